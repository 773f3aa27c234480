"""A claim about the present rests on figures of the present, not on the last that happened to come in."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from analysis.catalogue import load_catalogue
from analysis.evidence.claim_figures import Figure
from analysis.evidence.record import Lineage
from analysis.reporting.sections.claims import Examiner

CATALOGUE = load_catalogue()
LIMIT = CATALOGUE.publication.current_days
AS_OF = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("ages", "current"),
    [
        ((0,), True),
        ((LIMIT,), True),
        ((LIMIT + 1,), False),
        ((LIMIT, 999), True),
        ((LIMIT + 1, 999), False),
        ((), True),
    ],
)
def test_an_old_figure_tells_nothing_of_today(ages, current):
    periods = tuple((AS_OF - timedelta(days)).isoformat() for days in ages)
    figure = Figure("VLG", 80.0, 79.0, 81.0, 100.0, "%", Lineage("claim_change", periods=periods))
    examiner = Examiner(SimpleNamespace(as_of=AS_OF, catalogue=CATALOGUE))
    assert examiner._current(figure) is current
