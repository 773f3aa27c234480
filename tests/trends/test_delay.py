import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataRejected, UsageError
from analysis.trends import nowcast, revision_triangle

CASE = Path(__file__).parents[2] / ".." / "shared" / "cases" / "taylor_ashe"
needs_case = pytest.mark.skipif(not CASE.is_dir(), reason="the published cases are not beside the repository")

REFERENCE = [
    # file                   reserve             Mack error
    ("genins_triangle.csv", "Taylor-Ashe IBNR", "Taylor-Ashe Mack SE"),
    ("raa_triangle.csv", "RAA IBNR", "RAA Mack SE"),
]


@needs_case
@pytest.mark.parametrize(("file", "reserve", "error"), REFERENCE)
def test_published_reserves_and_errors(file, reserve, error):
    printed = {r["id"]: r for r in json.loads((CASE / "reference.json").read_text(encoding="utf-8"))["references"]}
    got = nowcast(pd.read_csv(CASE / file, index_col=0))
    assert got.expected == pytest.approx(printed[reserve]["value"], abs=printed[reserve]["tol"])
    assert got.error == pytest.approx(printed[error]["value"], abs=printed[error]["tol"])


@needs_case
def test_mack_1993_errors_by_year():
    got = nowcast(pd.read_csv(CASE / "genins_triangle.csv", index_col=0)).periods
    printed = [0.80, 0.26, 0.19, 0.27, 0.29, 0.26, 0.22, 0.23, 0.29]  # error / reserve, Mack (1993), table 1
    assert (got["error"] / got["expected"]).iloc[1:].round(2).tolist() == printed


def simulated(rng: np.random.Generator, n: int = 10) -> np.ndarray:
    full = rng.normal(1000, 50, (n, n))
    for k, factor in enumerate([2.0, 1.5, 1.3, 1.2, 1.1, 1.05, 1.03, 1.02, 1.01]):
        full[:, k + 1] = full[:, k] * factor + np.sqrt(full[:, k]) * rng.normal(0, 2 * (factor - 1), n)
    return full


def cut(full: np.ndarray) -> pd.DataFrame:
    n = len(full)
    return pd.DataFrame(np.where(np.add.outer(range(n), range(n)) < n, full, np.nan))


def test_the_interval_covers_what_was_later_reported():
    rng, runs, inside = np.random.default_rng(7), 300, 0
    for _ in range(runs):
        full = simulated(rng)
        last = nowcast(cut(full)).periods.iloc[-1]
        inside += last["low"] <= full[-1, -1] <= last["high"]
    assert 0.90 <= inside / runs <= 0.98


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.01, 3.0, 1e6]))
def test_units_scale_everything(seed, scale):
    triangle = cut(simulated(np.random.default_rng(seed)))
    plain, scaled = nowcast(triangle), nowcast(triangle * scale)
    columns = ["nowcast", "low", "high", "expected", "error"]
    assert scaled.periods[columns].to_numpy() == pytest.approx(plain.periods[columns].to_numpy() * scale, rel=1e-6)
    assert (plain.periods["low"] <= plain.periods["nowcast"]).all()


def test_what_is_complete_stays_as_it_is():
    full = pd.DataFrame(simulated(np.random.default_rng(1), 10))
    got = nowcast(full)
    assert (got.expected, got.error) == (0.0, 0.0)
    assert got.periods["nowcast"].tolist() == full.iloc[:, -1].tolist()


HISTORY = [
    # period      as_of         value
    ("2024-01-31", "2024-02-10", 10.0),
    ("2024-01-31", "2024-02-20", 14.0),
    ("2024-01-31", "2024-03-11", 13.0),
    ("2024-02-29", "2024-03-10", 20.0),
    ("2024-02-29", "2024-03-20", 26.0),
]


def history(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["period", "as_of", "value"])
    return frame.assign(period=pd.to_datetime(frame["period"]), as_of=pd.to_datetime(frame["as_of"]))


def test_a_revision_triangle_holds_what_was_known_by_then():
    got = revision_triangle(history(HISTORY), delays=[5, 10, 20, 30, 40])
    expected = [[np.nan, 10, 14, 14, 13], [np.nan, 20, 26, np.nan, np.nan]]
    np.testing.assert_array_equal(got.to_numpy(), expected)


def test_a_revision_triangle_takes_the_order_of_rows_for_nothing():
    shuffled = history(HISTORY).sample(frac=1, random_state=4)
    pd.testing.assert_frame_equal(revision_triangle(shuffled), revision_triangle(history(HISTORY)))


def test_a_nowcast_from_vintages_is_that_of_the_triangle():
    triangle = cut(simulated(np.random.default_rng(2)))
    triangle.index = pd.date_range("2023-01-31", periods=10, freq="ME")
    rows = triangle.stack().dropna().rename("value").rename_axis(["period", "delay"]).reset_index()
    as_of = [p + pd.offsets.MonthEnd(d) for p, d in zip(rows["period"], rows["delay"], strict=True)]
    built = revision_triangle(rows.assign(as_of=as_of), unit="month")
    assert nowcast(built).expected == pytest.approx(nowcast(triangle).expected, rel=1e-12)


SQUARE = [[1.0, 2.0, 3.0], [1.0, 2.0, np.nan], [1.0, np.nan, np.nan]]
BAD = [
    ([[1.0, 2.0], [1.0, np.nan]], "the triangle must be 2 or more periods x 3 or more delays, not"),
    ([SQUARE[1], SQUARE[0]], "the triangle must be filled from the left, the first period in full"),
    ([SQUARE[0], [np.nan, 2.0, 3.0], SQUARE[2]], "period 1"),
    ([SQUARE[0], [-1.0, 2.0, np.nan]], "the triangle must be finite and not negative"),
    ([[0.0, 2.0, 3.0], [0.0, 2.0, np.nan]], "the triangle must be above zero somewhere at every delay"),
]


@pytest.mark.parametrize(("values", "line"), BAD)
def test_a_bad_triangle_is_one_line(values, line):
    with pytest.raises(DataRejected, match=line):
        nowcast(pd.DataFrame(values))


def test_bad_histories_are_one_line():
    with pytest.raises(DataRejected, match="period 2024-01-31 has two values known on 2024-02-10"):
        revision_triangle(history([*HISTORY, HISTORY[0]]))
    with pytest.raises(DataRejected, match="as_of must be on or after its period 2024-03-31, not '2024-03-01'"):
        revision_triangle(history([("2024-03-31", "2024-03-01", 1.0)]))
    with pytest.raises(UsageError, match="unit must be day or month, not 'week'"):
        revision_triangle(history(HISTORY), unit="week")
