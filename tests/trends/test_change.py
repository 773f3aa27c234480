from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataRejected, UsageError
from analysis.trends import change, rates


def observations(rows, frequency="P1M") -> pd.DataFrame:
    """Rows of (geo, period, value[, denominator])."""
    table = pd.DataFrame([(*row, np.nan)[:4] for row in rows], columns=["geo", "period", "value", "denominator"])
    return table.assign(period=pd.to_datetime(table["period"]), frequency=frequency)


TABLE = [
    # what                    frequency  rows                                                   previous  last year
    ("months", "P1M", [("2023-02-28", 80), ("2024-01-31", 90), ("2024-02-29", 100)], 10, 20),
    ("month by first day", "P1M", [("2023-02-01", 80), ("2024-01-01", 90), ("2024-02-01", 100)], 10, 20),
    ("two weeks", "P2W", [("2022-12-18", 80), ("2023-12-03", 90), ("2023-12-17", 100)], 10, 20),
    ("weeks", "P1W", [("2022-12-18", 80), ("2023-12-10", 90), ("2023-12-17", 100)], 10, 20),
    ("quarters", "P3M", [("2022-12-31", 80), ("2023-09-30", 90), ("2023-12-31", 100)], 10, 20),
    ("years", "P1Y", [("2022-12-31", 90), ("2023-12-31", 100)], 10, 10),
    ("gap before", "P1M", [("2023-02-28", 80), ("2023-12-31", 90), ("2024-02-29", 100)], None, 20),
    ("missing before", "P1M", [("2024-01-31", np.nan), ("2024-02-29", 100)], None, None),
    ("last one missing", "P1M", [("2023-12-31", 70), ("2024-01-31", 90), ("2024-02-29", np.nan)], 20, None),
]


@pytest.mark.parametrize(
    ("frequency", "rows", "previous", "last_year"), [r[1:] for r in TABLE], ids=[r[0].replace(" ", "-") for r in TABLE]
)
def test_what_is_compared_with_what(frequency, rows, previous, last_year):
    got = change(observations([("BE", *row) for row in rows], frequency)).set_index("comparison")
    for comparison, expected in {"previous": previous, "last_year": last_year}.items():
        row = got.loc[comparison]
        if expected is None:
            assert row["status"] == "no_reference" and np.isnan(row["absolute"]), comparison
        else:
            assert row["status"] == "ok" and row["absolute"] == expected, comparison
            assert row["absolute_low"] < expected < row["absolute_high"]
            assert row["relative"] == pytest.approx(row["current"] / row["reference"] - 1)


def test_a_late_series_is_a_gap_at_the_asked_period():
    rows = [("VLG", "2024-01-31", 10), ("VLG", "2024-02-29", 12), ("WAL", "2024-01-31", 20)]
    got = change(observations(rows), at=date(2024, 2, 29)).query("comparison == 'previous'").set_index("geo")
    assert got["status"].to_dict() == {"VLG": "ok", "WAL": "no_value"}
    assert np.isnan(got.loc["WAL", "current"]) and got.loc["WAL", "period"] == pd.Timestamp("2024-02-29")


def test_shares_are_compared_as_shares():
    got = change(observations([("BE", "2024-01-31", 48, 80), ("BE", "2024-02-29", 56, 70)])).iloc[0]
    assert (got["comparison"], got["interval"]) == ("previous", "Newcombe, Katz")
    assert (got["current"], got["reference"], got["absolute"]) == pytest.approx((0.8, 0.6, 0.2))
    assert (got["absolute_low"], got["absolute_high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


NO_INTERVAL = [
    # current, its denominator, earlier, its denominator, status
    (120, 100, 50, 100, "no_interval"),
    (-5, np.nan, 10, np.nan, "no_interval"),
    (5, 100, 10, np.nan, "no_reference"),
    (0, 100, 10, 100, "ok"),
]


@pytest.mark.parametrize(("x", "n", "x0", "n0", "status"), NO_INTERVAL)
def test_what_has_no_interval(x, n, x0, n0, status):
    got = change(observations([("BE", "2024-01-31", x0, n0), ("BE", "2024-02-29", x, n)])).iloc[0]
    assert got["status"] == status
    assert np.isnan(got["absolute_low"]) == (status != "ok")


@settings(max_examples=25, deadline=None)
@given(now=st.integers(0, 10**5), before=st.integers(0, 10**5))
def test_absolute_change_turns_with_its_sign(now, before):
    forth = change(observations([("BE", "2024-01-31", before), ("BE", "2024-02-29", now)])).iloc[0]
    back = change(observations([("BE", "2024-01-31", now), ("BE", "2024-02-29", before)])).iloc[0]
    assert forth["absolute"] == -back["absolute"]
    assert forth["absolute_low"] == pytest.approx(-back["absolute_high"])
    if now and before:
        assert (1 + forth["relative_low"]) * (1 + back["relative_high"]) == pytest.approx(1)


def test_many_series_at_once_equal_each_alone():
    rng = np.random.default_rng(4)
    periods = pd.date_range("2022-01-31", periods=26, freq="ME")
    rows = [(f"G{g}", p, int(rng.poisson(50)), 200) for g in range(40) for p in periods]
    frame = observations(rows)
    together = change(frame).query("geo == 'G7'").reset_index(drop=True)
    pd.testing.assert_frame_equal(together, change(frame[frame["geo"] == "G7"]))
    assert len(change(frame)) == 80


RATES = [
    # value  denominator  rate     status
    (48, 80, 0.6, "ok"),
    (0, 80, 0.0, "ok"),
    (80, 80, 1.0, "ok"),
    (90, 80, 1.125, "not_a_proportion"),
    (5, 0, None, "no_denominator"),
    (5, np.nan, None, "count"),
    (np.nan, 80, None, "no_value"),
]


@pytest.mark.parametrize(("value", "denominator", "rate", "status"), RATES)
def test_rates(value, denominator, rate, status):
    got = rates(pd.DataFrame({"value": [float(value)], "denominator": [float(denominator)]})).iloc[0]
    assert got["rate_status"] == status
    assert np.isnan(got["rate"]) if rate is None else got["rate"] == rate
    assert (got["rate_low"] <= got["rate"] <= got["rate_high"]) == (status == "ok")


WRONG = [
    (lambda f: pd.concat([f, f]), DataRejected, "2 rows repeat a period of their series, the first: geo BE"),
    (lambda f: f.assign(frequency="P5D"), DataRejected, "the frequency must be one of P1D, P1W, P2W, P1M, P3M, P1Y"),
    (lambda f: f.assign(period="January"), DataRejected, "column 'period' must be dates"),
    (lambda f: f.assign(value="many"), DataRejected, "column 'value' must be numeric"),
    (lambda f: f.assign(value=np.inf), DataRejected, "column 'value' must be finite"),
    (lambda f: f.assign(period=pd.NaT), DataRejected, "column 'period' must be filled in every row"),
    (lambda f: f.drop(columns="value"), UsageError, "column 'value' must be one of"),
]


@pytest.mark.parametrize(("edit", "error", "says"), WRONG)
def test_wrong_input_is_a_clear_error(edit, error, says):
    frame = observations([("BE", "2024-01-31", 1), ("BE", "2024-02-29", 2)])
    with pytest.raises(error) as caught:
        change(edit(frame).assign(period=lambda f: f["period"]))
    assert says in str(caught.value)
