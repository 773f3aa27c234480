"""The way back from a number to its cells."""

from datetime import date

import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.evidence import Lineage, record, trace
from analysis.evidence.trail import _no_cell

DAY = date(2024, 1, 7)
COLUMNS = ["geo", "period", "sex", "value", "submission", "row"]
CELLS = pd.DataFrame(
    [
        ("VLG", "2023-12-17", "T", 10.0, "aa", 2),
        ("VLG", "2023-12-31", "T", 12.0, "bb", 2),
        ("VLG", "2023-12-31", "F", 7.0, "bb", 3),
        ("BRU", "2023-12-31", "T", 5.0, "cc", 2),
        ("DG", "2023-12-31", "T", 1.0, "dd", 2),
    ],
    columns=COLUMNS,
).assign(
    period=lambda frame: pd.to_datetime(frame["period"]), dataflow="employment", provider="vdab", indicator="EMP01",
    age="TOTAL", nationality="TOTAL", breakdown="", denominator=float("nan"), flag="", sheet="Gegevens", column="G",
    synthetic=True,
)  # fmt: skip
LEDGER = pd.DataFrame(
    {
        "submission": ["aa", "bb", "cc", "dd"],
        "dataflow": "employment",
        "provider": ["vdab", "vdab", "actiris", "dg"],
        "file_name": ["a.xlsx", "b.xlsx", "c.csv", "d.xlsx"],
        "period": pd.to_datetime(["2023-12-17", *["2023-12-31"] * 3]),
        "received_at": pd.to_datetime(["2023-12-20", "2024-01-04", "2024-01-05", "2024-01-20"]),
    }
)


class Shelf:
    """Stands for the store: what it would answer."""

    def observations(self, as_of, *, dataflows=None, indicators=None, geos=None):
        assert as_of == DAY
        return CELLS[CELLS["indicator"].isin(indicators)]

    def submissions(self):
        return LEDGER


def found(lineage: Lineage) -> list[tuple[str, str, int | None]]:
    return [(origin.file_name, origin.geo, origin.row) for origin in trace(record(1.0, lineage, as_of=DAY), Shelf())]


ONE = {"dataflow": "employment", "indicator": "EMP01", "sex": "T"}


def test_a_level_leads_to_its_cell():
    lineage = Lineage("value", **ONE, geo="VLG", periods=("2023-12-31",))
    (origin,) = trace(record(12.0, lineage, as_of=DAY), Shelf())
    assert (origin.value, origin.submission, origin.sheet, origin.row, origin.column) == (
        12.0,
        "bb",
        "Gegevens",
        2,
        "G",
    )
    assert origin.received_at == date(2024, 1, 4)


def test_a_change_leads_to_both_dates_oldest_first():
    lineage = Lineage("round", **ONE, geo="VLG", periods=("2023-12-31", "2023-12-17"))
    assert found(lineage) == [("a.xlsx", "VLG", 2), ("b.xlsx", "VLG", 2)]


def test_an_effect_leads_to_its_whole_span():
    lineage = Lineage("effect", **ONE, geo="VLG", periods=("2023-12-17/2023-12-31",))
    assert [row for _, _, row in found(lineage)] == [2, 2]


def test_a_total_leads_to_its_parts_only():
    lineage = Lineage("value", **ONE, geo="BE", parts=("VLG", "BRU"), periods=("2023-12-31",))
    assert found(lineage) == [("c.csv", "BRU", 2), ("b.xlsx", "VLG", 2)]


def test_a_count_of_submissions_leads_to_what_had_come_by_then():
    assert [name for name, _, _ in found(Lineage("submissions", dataflow="employment"))] == [
        "a.xlsx",
        "b.xlsx",
        "c.csv",
    ]


def test_a_row_of_a_study_leads_to_that_row():
    assert found(Lineage("answer", "employment", submissions=("bb",), rows=(7,))) == [("b.xlsx", "", 7)]


@pytest.mark.parametrize(
    ("lineage", "why"),
    [
        (Lineage("value", **ONE, geo="VLG"), ""),
        (Lineage("answer", "employment", submissions=("bb",), rows=(7,)), ""),
        (Lineage("answer", "employment", breakdown="q19: both"), "worked out from all rows (q19: both)"),
        (Lineage("late", "employment", "vdab"), "told of when files came"),
        (Lineage("advised_claims"), "counted from reports/recommendations.yml"),
        (Lineage("expected", "employment"), "counted from the calendar of rounds"),
    ],
)
def test_a_walk_that_ends_at_files_says_why(lineage, why):
    evidence = record(1.0, lineage, as_of=DAY)
    said = _no_cell(evidence, trace(evidence, Shelf()))
    assert said.startswith(why) and bool(said) is bool(why)


def test_nothing_behind_a_number_is_said():
    with pytest.raises(UsageError, match="backed by data of this store"):
        found(Lineage("value", **ONE, geo="WAL"))
