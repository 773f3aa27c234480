"""Small counts that a sender withheld: a range, and never a number."""

import numpy as np
import pandas as pd
import pytest

from analysis.trends.levels import levels, standing
from analysis.trends.withheld import withheld

ROWS = pd.DataFrame(
    {
        "flag": ["iv", "iv", "", "biv", "iv"],
        "note": ["value in [1, 4]", "value in [1, 9]; explained", "value in [1, 4]", "", np.nan],
    }
)


def test_the_flag_says_that_and_the_note_says_between_what():
    found = withheld(ROWS)
    assert found["withheld"].tolist() == [True, True, False, True, True]
    assert found["least"].tolist()[:2] == [1, 1] and found["most"].tolist()[:2] == [4, 9]
    assert found[["least", "most"]].iloc[2:].isna().all(axis=None)


@pytest.mark.parametrize(
    ("flag", "value", "hidden"),
    [("c", np.nan, True), ("cp", np.nan, True), ("c", 12.0, False), ("p", np.nan, False), ("", np.nan, False)],
)
def test_what_a_release_withholds_is_not_what_nobody_sent(flag, value, hidden):
    found = withheld(pd.DataFrame({"flag": [flag], "value": [value]}))
    assert found["withheld"].tolist() == [hidden]
    assert found[["least", "most"]].isna().all(axis=None)


def observed(**cells: object) -> pd.DataFrame:
    row = {"indicator": "X", "value": np.nan, "denominator": np.nan, "flag": "iv", "note": "value in [1, 4]"}
    return pd.DataFrame([{**row, **cells}])


@pytest.mark.parametrize(
    ("unit", "base", "bounds"),
    [("persons", np.nan, (1, 4)), ("%", 200, (0.5, 2.0)), ("per 1,000", 500, (2, 8))],
)
def test_bounds_are_in_the_unit_of_the_indicator(unit, base, bounds):
    row = levels(observed(denominator=base), pd.Series({"X": unit})).iloc[0]
    assert (row["least"], row["most"]) == pytest.approx(bounds)
    assert np.isnan(row["level"])


def test_a_rate_whose_denominator_was_withheld_is_not_its_numerator():
    row = levels(observed(value=3.0, flag="", note="denominator in [1, 4]"), pd.Series({"X": "%"})).iloc[0]
    assert np.isnan(row["level"])


def test_a_withheld_value_is_no_last_known_value():
    periods = pd.date_range("2023-01-01", periods=3, freq="14D")
    key = {"dataflow": "housing", "provider": "fedasil", "indicator": "X", "geo": "VLG", "frequency": "P2W"}
    known = [observed(value=value, flag="", note="") for value in (20.0, 18.0)]
    rows = pd.concat([*known, observed()], ignore_index=True)
    series = levels(rows.assign(**key, period=periods), pd.Series({"X": "persons"}))
    assert standing(series)["level"].tolist() == [18.0]
