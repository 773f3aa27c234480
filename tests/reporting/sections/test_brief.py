"""The brief leads with what moved beyond ordinary noise, and says of every other move that it is noise."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.reporting.page import Page
from analysis.reporting.sections.brief import moved_most, show_changes
from analysis.reporting.sections.series import improvements, units
from analysis.reporting.text import Wording
from analysis.store import Store
from analysis.trends.levels import levels, standing
from analysis.trends.marks import marks
from analysis.trends.watch import watch

CATALOGUE = load_catalogue()
WAVE = np.tile([3, -2, 1, -4, 2, 5, -3, 0, -1, 4, -5, 2, 1], 2)


def series(indicator: str, last: float, geo: str = "BE") -> pd.DataFrame:
    """Around two thousand persons in each round of a year, and a last round of its own."""
    frame = pd.DataFrame(
        {
            "dataflow": "housing", "provider": "fedasil", "indicator": indicator, "geo": geo,
            "period": pd.date_range("2023-01-15", periods=26, freq="14D"), "frequency": "P2W", "sex": "T",
            "age": "TOTAL", "nationality": "TOTAL", "breakdown": "", "value": 2000.0 + 40 * WAVE,
            "denominator": np.nan, "flag": "", "note": "", "submission": "a" * 64, "synthetic": True, "kind": "flow",
        }
    )  # fmt: skip
    frame.loc[25, "value"] = last
    return frame


@pytest.fixture
def shown(tmp_path):
    said: list[str] = []
    page = Page("brief", CATALOGUE, Store(tmp_path), Wording(CATALOGUE.texts, "en"), date(2024, 1, 14), {})
    page.show = lambda data, metadata: said.append(data["text/markdown"])
    return page, said


def judged(page: Page, *frames: pd.DataFrame) -> pd.DataFrame:
    found = levels(pd.concat(frames, ignore_index=True), units(page))
    return watch(found.assign(mark=marks(found)), improvements(page))


def test_what_moved_beyond_noise_comes_first_and_is_counted(shown):
    page, said = shown
    watched = judged(page, series("HOU02", 2190.0), series("HOU06", 3900.0))
    now = standing(watched)
    assert moved_most(watched, now, "BE")["indicator"].tolist() == ["HOU06", "HOU02"]
    show_changes(page, watched, now, "BE")
    assert "judged in the latest round: [2](" in said[0] and "beyond ordinary noise: [1](" in said[0]
    first, second = said[1].splitlines()
    assert "more than noise" in first and "(expected" in first
    assert "ordinary noise (expected" in second


def test_what_moved_beyond_noise_in_a_part_of_the_country_is_named_with_it(shown):
    page, said = shown
    watched = judged(page, series("HOU02", 2190.0), series("HOU06", 3900.0, "WAL"), series("HOU02", 2100.0, "VLG"))
    now = standing(watched)
    assert moved_most(watched, now, "BE")["geo"].tolist() == ["WAL", "BE"]
    show_changes(page, watched, now, "BE")
    assert ", Walloon Region (" in said[1].splitlines()[0]


def test_a_series_that_did_not_come_is_not_among_the_moves(shown):
    page, said = shown
    watched = judged(page, series("HOU02", np.nan), series("HOU06", 2040.0))
    now = standing(watched)
    assert moved_most(watched, now, "BE")["indicator"].tolist() == ["HOU06"]
    show_changes(page, watched, now, "BE")
    assert "judged in the latest round: [1](" in said[0]


def test_nothing_known_is_said(shown):
    page, said = shown
    show_changes(page, pd.DataFrame(), pd.DataFrame(), "BE")
    assert said == [page.wording.say("table.empty")]
