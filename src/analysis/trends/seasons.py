"""Seasonality: each series as trend, season and remainder by STL, with the settings of R."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.intervals import Floats
from analysis.trends.loess import stl
from analysis.trends.periods import counted, one_row_a_period, require, require_numbers, series_keys

COMPONENTS = ["trend", "season", "remainder"]
COUNTED = ("_ordinal", "_step", "_per_year")
BATCH = 500_000  # values that are decomposed at once

Places = npt.NDArray[np.int64]


def decompose(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    period: str = "period",
    value: str = "value",
    frequency: str = "frequency",
    window: int | str = "periodic",
    robust: bool = False,
) -> pd.DataFrame:
    """Trend, season and remainder of each series (they add up to the value).

    Parameters
    ----------
    frame : one row a series and period, dates in `period`.
    by : columns of the key of a series; default: those of the observation's key that the frame has.
    frequency : a column of ISO 8601 durations, or one; a two-weekly year has 26 periods.
    window : `periodic` (the same season every year), or the years (odd, 7 or more) over which it may change.
    robust : outliers count little, as R's `robust = TRUE`.

    Returns
    -------
    Key, period, value, `trend`, `season`, `remainder` in the value's units and `status`: `ok`, `gaps` (a value or row
    is missing: nothing is filled in), `too_short` (two years or less) or `no_season` (one period a year).

    All series are decomposed at once (`loess.stl`), equal to statsmodels one by one to rounding, and to R but for this:
    with `robust`, R 4.2 takes in some passes a number far from the median for the median of the remainders.

    As in R, two inner passes leave part of a steep line in the season (0.4 of a line that climbs 6 a year, over five
    years); `robust` makes fifteen more passes and leaves nothing.

    Source: Cleveland et al. (1990), Journal of Official Statistics 6; defaults of R's stats::stl.
    """
    if window != "periodic" and (not isinstance(window, int) or window < 7 or window % 2 == 0):
        raise UsageError("window", must="periodic or an odd number from 7", found=window)
    keys = series_keys(frame, by)
    require(frame, [*keys, period, value])
    require_numbers(frame, value)
    one_row_a_period(frame, keys, period)
    if np.isinf(frame[value].to_numpy(dtype=float, na_value=np.nan)).any():
        raise DataRejected(f"column {value!r}", must="finite")
    table = frame[[*keys, period, value]].assign(**counted(frame, period, frequency).add_prefix("_"), _one="")
    table = table.sort_values([*keys, "_ordinal"], ignore_index=True)
    series = table.groupby([*keys, "_one"], dropna=False, sort=False).ngroup().to_numpy().astype(np.int64)
    values, ordinals, steps, years = (table[name].to_numpy(dtype=float) for name in (value, *COUNTED))
    states = _states(series, values, ordinals, steps, years)
    parts = np.full((len(table), len(COMPONENTS)), np.nan)
    for rows in _alike(series, years, states == "ok"):
        parts[rows] = _parts(values[rows], int(years[rows[0, 0]]), window, robust)
    found = table[[*keys, period, value]].assign(**dict(zip(COMPONENTS, parts.T, strict=True)))
    return found.assign(status=pd.Series(states, index=found.index, dtype="str"))


def _states(series: Places, values: Floats, ordinals: Floats, steps: Floats, years: Floats) -> npt.NDArray[np.object_]:
    """The status of each row's series; rows of a series lie together."""
    first = np.r_[True, series[1:] != series[:-1]][: len(series)]
    apart = ~first & (np.diff(ordinals, prepend=np.nan) != steps)
    length = np.bincount(series)[series]
    gap = np.bincount(series, apart | np.isnan(values))[series] > 0
    named = np.select([years < 2, length <= 2 * years, gap], ["no_season", "too_short", "gaps"], "ok")
    return named.astype(object)


def _alike(series: Places, years: Floats, whole: npt.NDArray[np.bool_]) -> Iterator[Places]:
    """Rows of the whole series, periods x series, those together that have as many periods in a year and in all."""
    start, length = np.unique(series, return_index=True, return_counts=True)[1:]
    kinds, kind = np.unique(np.column_stack([years[start], length]), axis=0, return_inverse=True)
    for number, (_, count) in enumerate(kinds.astype(int)):
        starts = start[(kind.ravel() == number) & whole[start]]
        at_once = max(BATCH // count, 1)
        for i in range(0, len(starts), at_once):
            yield np.arange(count)[:, None] + starts[i : i + at_once]


def _parts(values: Floats, per_year: int, window: int | str, robust: bool) -> Floats:
    """Components (n x series x 3) at the defaults of R's stl."""
    n = len(values)
    periodic = not isinstance(window, int)
    trend, season = stl(values, per_year, seasonal=10 * n + 1 if periodic else int(window), robust=robust)
    if periodic:
        place = np.arange(n) % per_year
        cycle = np.array([season[place == one].mean(axis=0) for one in range(per_year)])
        season = cycle[place]
    return np.stack([trend, season, values - trend - season], axis=-1)
