"""Levels, totals of parts, marks and punctuality: input and expected output side by side."""

import numpy as np
import pandas as pd
import pytest

from analysis.trends.levels import levels, standing
from analysis.trends.marks import marks
from analysis.trends.punctuality import punctuality
from analysis.trends.together import together

NAN = float("nan")
UNITS = pd.Series({"RATE": "%", "PER": "per 1,000", "COUNT": "persons"})


def observed(rows: list[tuple], **same: object) -> pd.DataFrame:
    """Rows of (indicator, geo, round, value, denominator); round 0 is the first."""
    frame = pd.DataFrame(rows, columns=["indicator", "geo", "round", "value", "denominator"])
    frame["period"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(14 * frame.pop("round"), unit="D")
    common = {
        "dataflow": "d", "provider": "p", "frequency": "P2W", "kind": "stock", "flag": "", "synthetic": True,
        "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": "", "submission": "s",
    }  # fmt: skip
    return frame.assign(**{**common, **same})


@pytest.mark.parametrize(
    ("indicator", "value", "denominator", "level", "interval"),
    [
        ("RATE", 50.0, 200.0, 25.0, True),
        ("PER", 50.0, 200.0, 250.0, True),
        ("COUNT", 50.0, NAN, 50.0, False),
        ("COUNT", 50.0, 200.0, 50.0, False),  # a count is a count, whatever stands beside it
        ("RATE", 25.0, NAN, 25.0, False),  # sent as a rate already
        ("RATE", 50.0, 0.0, NAN, False),
        ("RATE", NAN, 200.0, NAN, False),
    ],
)
def test_levels(indicator, value, denominator, level, interval):
    row = levels(observed([(indicator, "A", 0, value, denominator)]), UNITS).iloc[0]
    assert row["level"] == pytest.approx(level, nan_ok=True)
    assert bool(np.isfinite(row["low"])) == interval
    if interval:
        assert row["low"] < row["level"] < row["high"]


def test_standing_compares_with_the_round_before_and_the_year_before():
    rows = [("RATE", "A", number, 20.0 + number, 100.0) for number in range(27)]
    now = standing(levels(observed(rows), UNITS)).iloc[0]
    assert (now["level"], now["round"], now["year"]) == pytest.approx((46.0, 1.0, 26.0))
    assert (now["round_period"], now["year_period"]) == (pd.Timestamp("2023-12-17"), pd.Timestamp("2023-01-01"))
    assert now["year_low"] < 26.0 < now["year_high"]


def test_a_round_that_did_not_come_is_never_replaced_by_an_earlier_one():
    series = levels(
        observed([("COUNT", "A", 0, 10.0, NAN), ("COUNT", "A", 1, NAN, NAN), ("COUNT", "A", 2, 13.0, NAN)]), UNITS
    )
    now = standing(series).iloc[0]
    assert now["level"] == 13.0 and np.isnan(now["round"])


def test_a_total_needs_all_its_parts():
    rows = [
        ("COUNT", "A", 0, 10.0, NAN), ("COUNT", "B", 0, 5.0, NAN), ("COUNT", "C", 0, 99.0, NAN),
        ("COUNT", "A", 1, 11.0, NAN), ("COUNT", "B", 1, NAN, NAN),
        ("COUNT", "A", 2, 12.0, NAN),
    ]  # fmt: skip
    whole = together(observed(rows), "ALL", ["A", "B"])
    assert whole["value"].tolist() == pytest.approx([15.0, NAN, NAN], nan_ok=True)
    assert set(whole["geo"]) == {"ALL"} and set(whole["provider"]) == {""}


def test_a_rate_of_the_whole_is_the_rate_of_the_sums():
    rows = [("RATE", "A", 0, 10.0, 100.0), ("RATE", "B", 0, 30.0, 50.0)]
    whole = levels(together(observed(rows, kind="rate"), "ALL", ["A", "B"]), UNITS)
    assert whole["level"].tolist() == pytest.approx([100 * 40 / 150])


def test_no_total_where_there_is_one_or_where_parts_do_not_add_up():
    rows = [("COUNT", "A", 0, 10.0, NAN), ("COUNT", "B", 0, 5.0, NAN)]
    assert together(observed([*rows, ("COUNT", "ALL", 0, 16.0, NAN)]), "ALL", ["A", "B"]).empty
    assert together(observed(rows, kind="duration"), "ALL", ["A", "B"]).empty


def course(*, kind: str = "stock", at: int = 12, step: float = 1.0, flag: str = "") -> pd.DataFrame:
    """Twenty rounds that rise by one, times `step` from round `at` on."""
    rows = [("COUNT", "A", number, (100.0 + number) * (step if number >= at else 1.0), NAN) for number in range(20)]
    frame = observed(rows, kind=kind)
    frame.loc[at, "flag"] = flag
    return levels(frame, UNITS)


@pytest.mark.parametrize(
    ("given", "mark"),
    [
        ({}, ""),
        ({"step": 0.8}, "drop"),
        ({"step": 1.25}, "jump"),
        ({"step": 0.8, "flag": "b"}, "break"),
        ({"step": 0.8, "flag": "bp"}, "break"),
        ({"step": 0.97}, ""),  # less than five per cent
        ({"step": 0.5, "kind": "flow"}, ""),  # flows fall by nature
        ({"step": 1.5, "at": 2}, ""),  # the beginning of a series is growth
    ],
)
def test_marks(given, mark):
    found = marks(course(**given))
    assert found[given.get("at", 12)] == mark
    assert (found.drop(given.get("at", 12)) == "").all()


def test_punctuality_counts_rounds_not_files():
    days = pd.to_datetime(["2023-01-01", "2023-01-01", "2023-01-15", "2023-01-29", "2022-01-01"])
    ledger = pd.DataFrame(
        {
            "dataflow": "d",
            "provider": "p",
            "period": days,
            "received_at": pd.to_datetime(["2023-01-05", "2023-02-20", "2023-01-30", "2023-02-02", "2022-01-02"]),
            "days_late": pd.array([0, 43, 8, 0, None], dtype="Int64"),
            "state": ["accepted", "accepted", "accepted_with_queries", "rejected", "accepted"],
        }
    )
    due = pd.date_range("2023-01-01", periods=4, freq="14D")
    (row,) = punctuality(ledger, due).to_dict("records")
    # The revision of 20 February does not make the first round late; the rejected one has not come; 2022 was not due.
    assert (row["expected"], row["reported"], row["late"], row["missing"]) == (4, 2, 1, 2)
    assert row["last"] == pd.Timestamp("2023-01-15")


@pytest.mark.parametrize(("base", "mark"), [(100000.0, "drop"), (100.0, "")])
def test_a_fall_of_a_rate_within_its_interval_is_no_drop(base, mark):
    rates = [0.50 + 0.001 * number - (0.08 if number >= 12 else 0.0) for number in range(20)]
    rows = [("RATE", "A", number, rate * base, base) for number, rate in enumerate(rates)]
    assert marks(levels(observed(rows, kind="rate"), UNITS))[12] == mark
