from dataclasses import replace
from datetime import date
from math import isnan
from pathlib import Path

import pytest

from analysis.catalogue.corrections import Correction
from analysis.catalogue.mappings import Mapped
from analysis.store import Store
from analysis.submissions import intake
from analysis.submissions.clean import COLUMNS, WHYS, Change, change_log, corrected, scaled
from analysis.submissions.parse import Parsed, parse
from analysis.submissions.sheets import read_sheets
from submissions.sample import CATALOGUE, GOOD, RULEBOOK, delivery, edited

ENTRY = Correction(
    id="ibz-2022-03-wal",
    dataflow="registration",
    provider="ibz",
    keys={"indicator": "REG01", "geo": "WAL", "period": "2022-03-13"},
    column="value",
    before="300",
    after="3000",
    reason="a digit was lost",
    source="call with the unit",
    status="confirmed",
)


def parsed(text: str, *corrections: Correction, mapped: Mapped | None = None) -> Parsed:
    mappings = {("ibz", "registration"): mapped} if mapped else {}
    catalogue = replace(CATALOGUE, corrections=corrections, mappings=mappings)
    return parse(read_sheets("csv", text.encode()), CATALOGUE.dataflows["registration"], catalogue, frozenset(), "ibz")


def test_a_known_error_is_mended_and_logged_with_its_reason_and_source() -> None:
    file = parsed(GOOD, ENTRY)
    assert file.values["value"] == [1200, 700, 500, 3000, 5400]
    assert file.raw["value"][3] == "300"
    (change,) = file.changes
    assert (change.row, change.column, change.why, change.before, change.after) == (
        *(5, "Valeur", "correction", "300", "3000"),
    )
    assert change.reason == "a digit was lost (call with the unit; ibz-2022-03-wal)"


GUARD = [
    # the file                       status       value  finding
    (GOOD, "open", 3000, []),
    (GOOD, "fixed", 300, []),
    (edited(";300;", ";3000;"), "confirmed", 3000, ["STR-37"]),  # the source mended it
    (edited(";300;", ";310;"), "confirmed", 310, ["STR-37"]),
    (edited("Région wallonne", "Vlaams Gewest"), "confirmed", 300, []),  # not in this file
]


@pytest.mark.parametrize(("text", "status", "value", "rules"), GUARD)
def test_the_guard_of_a_correction(text: str, status: str, value: float, rules: list[str]) -> None:
    file = parsed(text, replace(ENTRY, status=status))
    assert file.values["value"][3] == value
    assert [problem.rule for problem in file.problems] == rules


def test_corrections_leave_what_they_are_given_alone() -> None:
    values = {"value": [1.0], "period": [date(2022, 3, 13)]}
    entry = replace(ENTRY, keys={"period": "2022-03-13"}, before="1", after="2")
    mended, applied, outlived = corrected(values, [entry])
    assert (values["value"], mended["value"], applied, outlived) == ([1.0], [2.0], [(0, entry)], [])


def test_what_a_provider_writes_otherwise_is_mapped_and_logged() -> None:
    text = edited("Valeur", "Eff.").replace("Région wallonne", "R.W.").replace(";300;", ";1.234;")
    mapped = Mapped("e-mail", {"Eff.": "value"}, {"geo": {"R.W.": "WAL"}}, {"value": "thousand"}, ",")
    file = parsed(text, mapped=mapped)
    assert file.values["value"] == [1_200_000, 700_000, 500_000, 1_234_000, 5_400_000]
    assert (file.values["geo"][3], file.problems) == ("WAL", ())
    assert [change.why for change in file.changes] == ["code", *["unit"] * 5]


def test_scaling_passes_over_what_is_no_figure() -> None:
    assert scaled([1.5, None, "x"], "thousand") == [1500, None, "x"]


def test_the_change_log_is_in_the_order_of_the_file() -> None:
    changes = [Change("B", 3, "D", "value", "zero", "nihil", "0"), Change("B", 2, "", "row", "total", "Total | 5", "")]
    log = change_log("ab", changes)
    assert list(log.columns) == list(COLUMNS)
    assert log["row"].tolist() == [2, 3]
    assert log["reason"].tolist() == [WHYS["total"], WHYS["zero"]]
    assert change_log("ab", []).empty


def test_the_store_keeps_the_change_log_and_the_interval(tmp_path: Path) -> None:
    store = Store(tmp_path)
    text = edited(";300;", ";<5;").replace(";5 400;", ";néant;") + "Source : SPF Intérieur;;;;;;\n"
    (receipt,) = intake(store, CATALOGUE, [delivery(tmp_path, text)], RULEBOOK)
    assert [(finding.rule, finding.severity) for finding in receipt.findings] == [
        ("STR-28", "info"),
        ("STR-29", "info"),
    ]
    assert (receipt.state, receipt.rows_accepted) == ("accepted", 5)
    log = store.changes()
    assert list(zip(log["row"], log["why"], log["before"], log["after"], strict=True)) == [
        (5, "interval", "<5", "[1, 4]"),
        (6, "zero", "néant", "0"),
        (7, "footnote", "Source : SPF Intérieur", ""),
    ]
    kept = store.observations(geos=["WAL"]).iloc[0]
    assert (kept["flag"], kept["note"]) == ("iv", "value in [1, 4]")
    assert isnan(kept["value"])
