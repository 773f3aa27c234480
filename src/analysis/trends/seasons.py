"""Seasonality: each series as trend, season and remainder by STL, with the settings of R."""

import itertools
from collections.abc import Sequence
from math import ceil

import numpy as np
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.intervals import Floats
from analysis.trends.periods import counted, one_row_a_period, require, series_keys

COMPONENTS = ["trend", "season", "remainder"]
COUNTED = ("_ordinal", "_step", "_per_year")


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

    As in R, two inner passes leave part of a steep line in the season (0.4 of a line that climbs 6 a year, over five
    years); `robust` makes fifteen more passes and leaves nothing.

    Source: Cleveland et al. (1990), Journal of Official Statistics 6; defaults of R's stats::stl.
    """
    if window != "periodic" and (not isinstance(window, int) or window < 7 or window % 2 == 0):
        raise UsageError("window", must="periodic or an odd number from 7", found=window)
    keys = series_keys(frame, by)
    require(frame, [*keys, period, value])
    one_row_a_period(frame, keys, period)
    if np.isinf(frame[value].to_numpy(dtype=float, na_value=np.nan)).any():
        raise DataRejected(f"column {value!r}", must="finite")
    table = frame[[*keys, period, value]].assign(**counted(frame, period, frequency).add_prefix("_"), _one="")
    table = table.sort_values([*keys, "_ordinal"], ignore_index=True)
    series = table.groupby([*keys, "_one"], dropna=False, sort=False).ngroup().to_numpy()
    values, ordinals, steps, years = (table[name].to_numpy(dtype=float) for name in (value, *COUNTED))
    parts, states = np.full((len(table), len(COMPONENTS)), np.nan), np.full(len(table), "ok", dtype=object)
    edges = np.r_[0, np.flatnonzero(np.diff(series)) + 1, len(table)]
    for first, end in itertools.pairwise(edges.tolist()):  # the rows of a series lie together: slices, no look-ups
        one = slice(first, end)
        y, per_year = values[one], int(years[first]) if end > first else 0
        gap = np.isnan(y).any() or (np.diff(ordinals[one]) != steps[one][1:]).any()
        short = len(y) <= 2 * per_year
        states[one] = "no_season" if per_year < 2 else "too_short" if short else "gaps" if gap else "ok"
        if len(y) and states[first] == "ok":
            parts[one] = _stl(y, per_year, window, robust)
    found = table[[*keys, period, value]].assign(**dict(zip(COMPONENTS, parts.T, strict=True)))
    return found.assign(status=pd.Series(states, index=found.index, dtype="str"))


def _stl(y: Floats, per_year: int, window: int | str, robust: bool) -> Floats:
    """Components (n x 3) at the defaults of R's stl."""
    from statsmodels.tsa.seasonal import STL

    periodic = not isinstance(window, int)
    seasonal = 10 * len(y) + 1 if periodic else int(window)
    trend, low_pass = _odd(ceil(1.5 * per_year / (1 - 1.5 / seasonal))), _odd(per_year)
    jumps = {
        f"{name}_jump": ceil(w / 10) for name, w in (("seasonal", seasonal), ("trend", trend), ("low_pass", low_pass))
    }
    model = STL(
        y, period=per_year, seasonal=seasonal, trend=trend, low_pass=low_pass, seasonal_deg=0, robust=robust, **jumps
    )
    fit = model.fit(inner_iter=1 if robust else 2, outer_iter=15 if robust else 0)
    season = np.asarray(fit.seasonal)
    if periodic:
        place = np.arange(len(y)) % per_year
        season = (np.bincount(place, season) / np.bincount(place))[place]
    return np.column_stack([fit.trend, season, y - fit.trend - season])


def _odd(count: int) -> int:
    return count + 1 - count % 2
