from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.effects.series import ordered_series
from analysis.errors import DataRejected

CALENDARS = [
    # calendar             times                                                          onset         positions
    ("months, first day", pd.to_datetime(["2023-01-01", "2023-02-01", "2023-04-01"]), "2023-02-01", [0, 1, 3], 1),
    ("months, last day", pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"]), "2024-02-10", [0, 1, 2], 1),
    ("quarters", pd.to_datetime(["2023-03-31", "2023-06-30", "2023-12-31"]), "2023-07-01", [0, 1, 3], 3),
    ("years", pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]), "2021-01-01", [0, 1, 2], 1),
    ("two weeks", pd.to_datetime(["2023-01-01", "2023-01-15", "2023-02-12"]), "2023-01-29", [0, 1, 3], 3),
    ("numbers", pd.Index([1970, 1971, 1973]), 1972, [0, 1, 3], 3),
    ("pandas periods", pd.period_range("2023-01", periods=3, freq="M"), "2023-02-01", [0, 1, 2], 1),
    ("python dates", pd.Index([date(2023, 1, 1), date(2023, 1, 8), date(2023, 1, 15)]), date(2023, 1, 8), [0, 1, 2], 1),
    ("onset after all", pd.Index([1, 2, 3]), 9, [0, 1, 2], 3),
]


@pytest.mark.parametrize(
    ("times", "onset", "positions", "first"), [row[1:] for row in CALENDARS], ids=[row[0] for row in CALENDARS]
)
def test_positions_count_periods(times, onset, positions, first):
    got = ordered_series(pd.DataFrame({"t": times, "y": [1.0, 2.0, 3.0]}), "t", "y", onset)
    assert got.position.tolist() == positions
    assert got.onset == first
    assert got.n_absent == positions[-1] + 1 - 3


def test_a_population_must_be_positive():
    frame = pd.DataFrame({"t": [1, 2], "y": [1.0, 2.0], "people": [100.0, 0.0]})
    with pytest.raises(DataRejected, match=r"the population must be positive, not 0\.0"):
        ordered_series(frame, "t", "y", 2, "people")


def test_a_missing_population_is_a_missing_period():
    frame = pd.DataFrame({"t": [1, 2, 3], "y": [1.0, 2.0, 3.0], "people": [100.0, np.nan, 90.0]})
    got = ordered_series(frame, "t", "y", 2, "people")
    assert (got.outcome.tolist(), got.n_missing, got.onset) == ([1.0, 3.0], 1, 1)
