"""Feedback, evaluations and release notes: the tracked files load, counts add up, each mistake is one line."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from analysis.catalogue import load_catalogue
from analysis.catalogue.feedback import EVALUATIONS, FEEDBACK, RELEASES, load_exchange, unpublished
from analysis.errors import CatalogueError

REPORTS = Path(__file__).parents[2] / "reports"
CATALOGUE = load_catalogue()
FOUR = {"en": "a", "fr": "b", "nl": "c", "de": "d"}
NOTES = {"R1": {"published": date(2024, 1, 14), "data": FOUR}, "R2": {"published": date(2024, 2, 11), "method": FOUR}}
ITEM = {"received": date(2024, 1, 10), "from": FOUR, "page": "brief", "text": FOUR}
SETTLED = {"answer": FOUR, "closed_in": "R2"}
JUDGED = {
    "held": date(2024, 2, 1), "by": FOUR, "mechanism": FOUR,
    "answers": [{"question": FOUR, "verdict": "no", "words": FOUR}],
}  # fmt: skip


def written(folder: Path, item: dict | None = None, judged: dict | None = None, **items: dict) -> Path:
    said = {"one": ITEM | item} if item is not None else items
    contents = {RELEASES: NOTES, FEEDBACK: said, EVALUATIONS: {"first": JUDGED | (judged or {})}}
    for name, content in contents.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def test_the_tracked_files_load() -> None:
    exchange = load_exchange(REPORTS, CATALOGUE)
    assert exchange.releases and exchange.items and exchange.evaluations
    assert {one.closed_in for one in exchange.items} - {""} <= {one.id for one in exchange.releases}


def test_no_files_are_an_empty_exchange(tmp_path: Path) -> None:
    exchange = load_exchange(tmp_path, CATALOGUE)
    assert exchange == type(exchange)((), (), ())


def test_each_release_counts_what_came_what_it_settled_and_what_stays(tmp_path: Path) -> None:
    later = {"received": date(2024, 1, 20)}
    folder = written(tmp_path, a=ITEM | SETTLED, b=ITEM, c=ITEM | later | SETTLED, d=ITEM | later)
    second, first = load_exchange(folder, CATALOGUE).releases
    exchange = load_exchange(folder, CATALOGUE)
    assert exchange.standing(first) == (2, 0, 2)
    assert exchange.standing(second) == (2, 2, 2)


def test_a_page_of_an_earlier_day_does_not_know_what_came_later(tmp_path: Path) -> None:
    folder = written(tmp_path, a=ITEM | SETTLED, b=ITEM | {"received": date(2024, 1, 20)})
    exchange = load_exchange(folder, CATALOGUE, date(2024, 1, 14))
    assert [one.id for one in exchange.releases] == ["R1"]
    assert [one.id for one in exchange.items] == ["a"]
    assert exchange.closing(exchange.items[0]) is None
    assert exchange.evaluations == ()


def test_only_what_was_agreed_to_may_be_published(tmp_path: Path) -> None:
    open_to_all = {"public": True}
    folder = written(tmp_path, None, open_to_all, a=ITEM | SETTLED, b=ITEM | open_to_all)
    assert [what for what, _ in unpublished(load_exchange(folder, CATALOGUE))] == [
        "feedback a",
        "the answer to feedback a",
    ]


@pytest.mark.parametrize(
    ("item", "judged", "named"),
    [
        ({"page": "nowhere"}, {}, "'nowhere'"),
        ({"text": {"en": "a"}}, {}, "en, fr, nl, de"),
        ({"closed_in": "R2"}, {}, "`answer` must be given where the item is closed"),
        (SETTLED | {"closed_in": "R9"}, {}, "one of R1, R2"),
        (SETTLED | {"received": date(2024, 3, 1)}, {}, "a release after 2024-03-01"),
        ({"mood": "good"}, {}, "'mood'"),
        ({}, {"answers": []}, "a list of question, verdict and words"),
        ({}, {"answers": [{"question": FOUR, "verdict": "maybe", "words": FOUR}]}, "'maybe'"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_entry_and_value(
    tmp_path: Path, item: dict, judged: dict, named: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_exchange(written(tmp_path, item, judged), CATALOGUE)
    line = str(caught.value)
    assert named in line and "\n" not in line
    assert ("evaluations.yml, first" if judged else "feedback.yml, one") in line
