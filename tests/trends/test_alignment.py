from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataRejected, UsageError
from analysis.trends import align

FIRST = pd.Timestamp("2022-03-13")


def series(frequency: str, kind: str, first: str, step: str, values: list[float], **columns: object) -> pd.DataFrame:
    dates = pd.date_range(first, periods=len(values), freq=step)
    columns = {"indicator": f"{frequency} {kind}", **columns}
    return pd.DataFrame({**columns, "period": dates, "frequency": frequency, "kind": kind, "value": values})


def table(frame: pd.DataFrame) -> list[tuple[str, float]]:
    return [(f"{row.period:%Y-%m-%d}", row.value) for row in frame.itertuples()]


CASES = [
    # a series, the calendar, what comes of it
    (series("P1W", "flow", "2022-03-06", "7D", [1, 2, 3, 4]), "P2W", [("2022-03-13", 3), ("2022-03-27", 7)]),
    (series("P1W", "stock", "2022-03-06", "7D", [1, 2, 3, 4]), "P2W", [("2022-03-13", 2), ("2022-03-27", 4)]),
    (series("P1W", "flow", "2022-03-13", "7D", [2, 3, 4]), "P2W", [("2022-03-13", None), ("2022-03-27", 7)]),
    (series("P1W", "stock", "2022-03-13", "7D", [2, 3]), "P2W", [("2022-03-13", 2), ("2022-03-27", None)]),
    (series("P1D", "flow", "2022-02-28", "D", [1] * 14), "P2W", [("2022-03-13", 14)]),
    (series("P1M", "flow", "2022-01-31", "ME", [1, 2, 4, 8]), "P3M", [("2022-03-31", 7), ("2022-06-30", None)]),
    (series("P1M", "stock", "2022-01-31", "ME", [1, 2, 4, 8]), "P3M", [("2022-03-31", 4), ("2022-06-30", None)]),
    (series("P3M", "amount", "2022-03-31", "QE", [1, 2, 3, 4]), "P1Y", [("2022-12-31", 10)]),
    (series("P1M", "stock", "2022-01-01", "MS", [5, 6]), "P1M", [("2022-01-31", 5), ("2022-02-28", 6)]),
    (series("P1W", "flow", "2022-04-03", "7D", [1, 2, 3, 4]), "P1M", [("2022-04-30", 10)]),
    (series("P1M", "stock", "2022-01-31", "ME", [1, 2]), "P2W", []),
    (series("P1W", "rate", "2022-03-06", "7D", [10, 20]), "P2W", [("2022-03-13", 20)]),
]


@pytest.mark.parametrize(("frame", "to", "expected"), CASES)
def test_series_on_a_calendar(frame, to, expected):
    found = align(frame, to)
    assert table(found.fillna({"value": -1})) == [(day, -1 if value is None else value) for day, value in expected]
    assert set(found["frequency"]) <= {to}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=8, max_size=40), st.sampled_from(["flow", "stock"]))
def test_a_weekly_and_a_two_weekly_run_agree_on_the_dates_they_share(values, kind):
    """Fortnights straight from the days, and fortnights from the weeks that were made of the days."""
    numbers = [np.nan if value is None else float(value) for value in values]
    days = series("P1D", kind, "2022-03-07", "D", numbers, indicator="x")
    by_weeks = align(align(days, "P1W"), "P2W").set_index("period")["value"]
    straight = align(days, "P2W").set_index("period")["value"]
    pd.testing.assert_series_equal(by_weeks, straight)


def test_a_rate_keeps_both_parts_of_the_same_day():
    frame = series("P1W", "rate", "2022-03-06", "7D", [10, 20], denominator=[100.0, 50.0])
    found = align(frame, "P2W")
    assert found[["value", "denominator"]].values.tolist() == [[20.0, 50.0]]


def test_mixed_cadences_in_one_frame():
    mixed = [
        series("P1W", "flow", "2022-03-06", "7D", [1.0] * 4),
        series("P2W", "stock", "2022-03-13", "14D", [7.0, 8.0]),
    ]
    found = align(pd.concat(mixed, ignore_index=True), "P2W")
    assert found.groupby("indicator")["value"].apply(list).to_dict() == {
        "P1W flow": [2.0, 2.0],
        "P2W stock": [7.0, 8.0],
    }


def test_another_anchor_shifts_the_fortnights():
    frame = series("P1W", "flow", "2022-03-06", "7D", [1, 2, 3, 4])
    assert table(align(frame, "P2W", anchor=date(2022, 3, 20)).dropna()) == [("2022-03-20", 5)]


@pytest.mark.parametrize(
    ("to", "frequency", "error", "words"),
    [("P5D", "P1W", UsageError, "to must be one of"), ("P2W", "P5D", DataRejected, "the frequency must be one of")],
)
def test_unknown_durations(to, frequency, error, words):
    with pytest.raises(error, match=words):
        align(series(frequency, "flow", "2022-03-06", "7D", [1]), to)
