import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.trends import decompose

CYCLE = np.array([5.0, 3, 1, 0, -2, -4, -6, -3, -1, 0, 2, 5])


def monthly(values, geo="BE") -> pd.DataFrame:
    periods = pd.date_range("2019-01-31", periods=len(values), freq="ME")
    return pd.DataFrame({"geo": geo, "period": periods, "value": values, "frequency": "P1M"})


def planted(years=5, slope=0.5) -> np.ndarray:
    return 100 + slope * np.arange(12 * years) + np.tile(CYCLE, years)


@pytest.mark.parametrize("window", ["periodic", 7])
@pytest.mark.parametrize(("robust", "slope"), [(False, 0.0), (True, 0.0), (True, 0.5)])
def test_a_line_and_a_cycle_come_back(window, robust, slope):
    got = decompose(monthly(planted(slope=slope)), window=window, robust=robust)
    assert got["season"].to_numpy() == pytest.approx(np.tile(CYCLE, 5), abs=1e-6)
    assert got["trend"].to_numpy() == pytest.approx(100 + slope * np.arange(60), abs=1e-6)


def test_parts_add_up_and_a_periodic_season_repeats():
    values = planted() + np.random.default_rng(3).normal(0, 2, 60)
    got = decompose(monthly(values))
    assert got[["trend", "season", "remainder"]].sum(axis=1).to_numpy() == pytest.approx(values, rel=1e-12)
    assert got["season"].iloc[:48].to_numpy() == pytest.approx(got["season"].iloc[12:].to_numpy(), rel=1e-12)


def test_a_robust_season_ignores_one_misprint():
    values = planted() + np.random.default_rng(3).normal(0, 0.1, 60)
    values[30] += 500
    off = {r: np.abs(decompose(monthly(values), robust=r)["season"] - np.tile(CYCLE, 5)).max() for r in (False, True)}
    assert off[True] < 0.3 < 50 < off[False]


def test_a_two_weekly_year_has_26_periods():
    cycle = np.sin(2 * np.pi * np.arange(26) / 26)
    periods = pd.date_range("2022-03-13", periods=78, freq="14D")
    got = decompose(pd.DataFrame({"period": periods, "value": np.tile(cycle, 3)}), frequency="P2W")
    assert got["season"].to_numpy() == pytest.approx(np.tile(cycle, 3), abs=1e-6)


def test_series_are_decomposed_apart():
    both = pd.concat([monthly(planted()), monthly(1000 - planted(), "NL")])
    got = decompose(both).groupby("geo")["season"].first()
    alone = decompose(monthly(planted()))["season"].iloc[0]
    assert got.to_dict() == pytest.approx({"BE": alone, "NL": -alone}, rel=1e-9)


STATUS = [
    ("too_short", monthly(planted(2))),
    ("gaps", monthly(planted()).drop(index=20)),
    ("gaps", monthly(np.r_[np.nan, planted()[1:]])),
    ("no_season", monthly(planted()).iloc[::12].assign(frequency="P1Y")),
]


@pytest.mark.parametrize(("status", "frame"), STATUS)
def test_nothing_is_filled_in(status, frame):
    got = decompose(frame)
    assert got["status"].unique().tolist() == [status]
    assert got[["trend", "season", "remainder"]].isna().all(axis=None)


@pytest.mark.parametrize("window", [8, 5, "free"])
def test_a_wrong_window_is_one_line(window):
    with pytest.raises(UsageError, match="window must be periodic or an odd number from 7, not"):
        decompose(monthly(planted()), window=window)
