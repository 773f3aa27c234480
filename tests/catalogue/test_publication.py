"""The release calendar goes on in the rhythm of the rounds, and starts with the first release still to come."""

from datetime import date

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import Label, Rounds
from analysis.catalogue.publication import Publication, calendar

NOBODY = Label("a", "b", "c", "d")
PUBLICATION = Publication("a@example.org", NOBODY, NOBODY, publish_after_days=10, calendar=3)
ROUNDS = Rounds(date(2024, 1, 1), date(2024, 1, 15), every_days=14, due_after_days=7)


@pytest.mark.parametrize(
    ("after", "collected"),
    [
        (date(2023, 6, 1), date(2024, 1, 1)),  # before the first round
        (date(2024, 1, 10), date(2024, 1, 1)),
        (date(2024, 1, 11), date(2024, 1, 15)),  # published that day: the next one counts
        (date(2024, 3, 1), date(2024, 2, 26)),  # beyond the last round planned
    ],
)
def test_the_first_release_ahead(after: date, collected: date) -> None:
    first, second, _ = calendar(PUBLICATION, ROUNDS, after)
    assert first.collected == collected
    assert (first.due - collected).days == 7
    assert (first.published - collected).days == 10
    assert (second.collected - collected).days == 14
    assert first.published > after


def test_the_tracked_publication_names_reviewer_and_approver_in_each_language() -> None:
    publication = load_catalogue().publication
    assert all(publication.reviewer[lang] and publication.approver[lang] for lang in ("en", "fr", "nl", "de"))
