"""Dashboards and the meeting pack: status from verdicts and targets, late bodies, questions, what nobody reports."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import LANGUAGES
from analysis.reporting.page import Page
from analysis.reporting.sections import goals, meeting, overview
from analysis.reporting.sections.collection import PUBLISHED
from analysis.reporting.sections.series import improvements, units
from analysis.reporting.text import Wording
from analysis.store import Store
from analysis.trends.levels import levels, standing
from analysis.trends.marks import marks
from analysis.trends.watch import watch

CATALOGUE = load_catalogue()
PERIODS = pd.date_range("2023-01-15", periods=26, freq="14D")
NOISE = np.tile([3, -2, 1, -4, 2, 5, -3, 0, -1, 4, -5, 2, 1], 2)


def page_in(folder, lang: str = "en") -> tuple[Page, list]:
    shown: list = []
    page = Page("meeting", CATALOGUE, Store(folder), Wording(CATALOGUE.texts, lang), date(2024, 1, 14), {})
    page.show = lambda data, metadata: shown.append((data, metadata["monitor"]))
    return page, shown


def occupancy(geo: str, level: float, **last: object) -> pd.DataFrame:
    """A year of occupied places of 1,000, hovering around `level` percent."""
    frame = pd.DataFrame(
        {
            "dataflow": "housing", "provider": "fedasil", "indicator": "HOU04", "geo": geo, "period": PERIODS,
            "frequency": "P2W", "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": "",
            "value": 10 * level + NOISE, "denominator": 1000.0, "flag": "", "note": "", "submission": "a" * 64,
            "synthetic": True, "kind": "rate",
        }
    )  # fmt: skip
    for name, value in last.items():
        frame.loc[25, name] = value
    return frame


def judged(page: Page, *frames: pd.DataFrame) -> pd.DataFrame:
    series = levels(pd.concat(frames, ignore_index=True), units(page))
    return watch(series.assign(mark=marks(series)), improvements(page))


WITHHELD = {"value": np.nan, "flag": "iv", "note": "value in [1, 4]"}


@pytest.mark.parametrize(
    ("level", "last", "why", "status"),
    [
        (85, {}, "noise", "green"),
        (99, {}, "not_met", "red"),
        (85, {"value": 930.0}, "jump", "amber"),
        (85, {"value": np.nan}, "late", "amber"),
        (85, WITHHELD, "withheld", "amber"),
        (99, {"value": np.nan}, "late", "amber"),
    ],
)
def test_a_status_rests_on_verdict_and_target(tmp_path, level, last, why, status):
    page, _ = page_in(tmp_path)
    watched = judged(page, occupancy("VLG", level, **last))
    row = overview.cells(page, watched, standing(watched)).iloc[0]
    assert (row["why"], row["status"]) == (why, status)


def test_the_pack_names_every_grave_cell_and_every_late_body(tmp_path):
    page, shown = page_in(tmp_path)
    watched = judged(page, occupancy("VLG", 99), occupancy("BRU", 85), occupancy("WAL", 85, value=np.nan))
    now = standing(watched)
    table = overview.cells(page, watched, now)
    meeting.show_attention(page, table, now, "BE")
    meeting.show_late_bodies(page, table)
    text = "\n".join(data["text/markdown"] for data, _ in shown)
    counts = re.search(r"\[1\]\(#ev-\w+\)\S* red, \[1\]\S* amber, \[1\]\S* green, \[0\]\S* not judged", text)
    assert counts, "each count is evidence"
    assert "| ■ red | Occupancy rate of reception places | Flemish Region |" in text
    assert "| ▲ amber | Occupancy rate of reception places | Walloon Region | 17 Dec 2023 |" in text
    assert "Fedasil has not sent its figures of 31 December 2023" in text


def test_a_leap_that_nobody_explained_is_a_question(tmp_path):
    page, shown = page_in(tmp_path)
    watched = judged(page, occupancy("VLG", 85, value=990.0))
    meeting.show_questions(page, watched, pd.DataFrame())
    assert "Flemish Region: large jump without flag on 31 December 2023. What happened?" in shown[0][0]["text/markdown"]


def test_targets_are_said_only_as_far_as_known(tmp_path):
    page, shown = page_in(tmp_path)
    goals.show_targets(page, judged(page, occupancy("VLG", 99), occupancy("BRU", 95)), ["HOU04", "INT04"])
    table = shown[0][0]["text/markdown"]
    assert [word in table for word in ("■ not met", "▲ cannot tell", "○ no data yet")] == [True, True, True]


def test_the_cohort_closes_and_private_hosting_is_an_interval(tmp_path):
    page, shown = page_in(tmp_path)
    goals.show_balances(page, "WAL")
    text = "\n".join(data["text/markdown"] for data, _ in shown)
    assert re.search(r"the terms explain all \[14,496 persons\]\(#ev-\w+\)", text)
    assert re.search(r"\*\*\[1,084 to 12,071 persons\]\(#ev-\w+\)", text) and "Assumption" in text
    assert re.search(r"\| \[1,084 to 12,071\]\(#ev-\w+\)", text), "the range of the rest, in its own row"


def test_every_number_of_an_account_is_evidence_that_rests_on_its_published_figures(tmp_path):
    """The same ids in every language, each named in its words; assumptions stand beside a table of three columns."""
    ids = []
    for lang in LANGUAGES:
        page, shown = page_in(tmp_path, lang)
        goals.show_balances(page, "WAL")
        page.close()
        text = "\n".join(data["text/markdown"] for data, _ in shown)
        known = page.register.entries
        assert {(one.lineage.indicator, one.lineage.dataflow) for one in known.values()} == {("DEM05", PUBLISHED)}
        assert all(f"{{#ev-{one}}}" in text for one in known), lang
        terms = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and "{#ev-" not in line]
        assert max(len(cells) for cells in terms) == 3
        numbers = [cells[1].strip(" |-:") for cells in terms]
        assert not [one for one in numbers if one.replace(".", "").replace(",", "").isdigit()], "a number without id"
        assert "walloon_cohort" not in text and "private_hosting" not in text
        ids.append(sorted(known))
    assert len(ids[0]) == 18 and all(one == ids[0] for one in ids)


def test_what_nobody_reports_is_listed_with_who_could(tmp_path):
    page, shown = page_in(tmp_path)
    wanted = overview.group_indicators(page, "brussels_groups", "collective_housing")
    overview.show_unreported(page, wanted, judged(page, occupancy("BRU", 85)))
    text = "\n".join(data["text/markdown"] for data, _ in shown)
    assert "Referrals to crisis reception (Fedasil)" in text and "Occupancy rate" not in text


def test_each_of_the_seven_brussels_groups_has_a_page():
    groups = {page.parameters["group"] for page in CATALOGUE.pages.values() if page.notebook == "dashboard"}
    assert groups == set(CATALOGUE.frameworks["brussels_groups"].groups)
