"""What changed since the period before, and since the same period last year, for many series at once."""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected
from analysis.trends import intervals
from analysis.trends.periods import counted, one_row_a_period, ordinals, require, series_keys

Flags: TypeAlias = npt.NDArray[np.bool_]

COMPARISONS = ("previous", "last_year")
SPREAD = ["absolute", "absolute_low", "absolute_high", "relative", "relative_low", "relative_high"]


def rates(
    frame: pd.DataFrame, *, value: str = "value", denominator: str = "denominator", level: float = 0.95
) -> pd.DataFrame:
    """`frame` with `rate`, `rate_low`, `rate_high` (proportions, Wilson) and `rate_status`.

    A row without a denominator is no rate (`count`), one whose value lies outside 0..denominator is no proportion
    (`not_a_proportion`, rate without interval), one with a denominator of zero has none (`no_denominator`).
    """
    require(frame, [value, denominator])
    x, n = _numbers(frame, value), _numbers(frame, denominator)
    status = np.select(
        [np.isnan(x), np.isnan(n), n <= 0, (x < 0) | (x > n)],
        ["no_value", "count", "no_denominator", "not_a_proportion"],
        default="ok",
    )
    proportion = status == "ok"
    low, high = intervals.wilson(np.where(proportion, x, np.nan), np.where(proportion, n, np.nan), level)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(n > 0, x / n, np.nan)
    return frame.assign(rate=rate, rate_low=low, rate_high=high, rate_status=status)


def change(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    at: date | None = None,
    period: str = "period",
    value: str = "value",
    denominator: str = "denominator",
    frequency: str = "frequency",
    level: float = 0.95,
) -> pd.DataFrame:
    """Change of every series against the period before and against the same period last year.

    Parameters
    ----------
    frame : observations, one row a series and period (one vintage); dates in `period`, numbers in `value`. Where
        `denominator` is present and filled, the series is a proportion (value of denominator), else a count.
    by : columns of the key of a series; default: those of the observation's key that the frame has.
    at : the period to judge; default each series' own last period with a value. A series without a value there gets
        the status `no_value`: nothing is carried forward.
    frequency : a column of ISO 8601 durations, or one duration. Two-weekly years have 26 periods, weekly 52.
    level : of the intervals.

    Returns
    -------
    One row a series and comparison (`previous`, `last_year`): the key, `comparison`, `period`, `current`,
    `reference_period`, `reference`, then `absolute` (current - reference) and `relative` (current / reference - 1),
    each with `_low` and `_high`, `interval` (the method) and `status`: `ok`, `no_value`, `no_reference`, `no_interval`
    (negative, or outside 0..denominator: the change is given, the interval is not).

    Intervals: proportions by Newcombe's hybrid score (difference) and Katz's log (ratio); counts by Poisson: recovered
    from Garwood's (difference) and exact conditional (ratio). They speak of chance in each period's count as if the
    periods were independent, so a stock of largely the same people changes less by chance than they say.
    """
    keys = series_keys(frame, by)
    require(frame, [*keys, value])
    count = counted(frame, period, frequency)
    one_row_a_period(frame, keys, period)
    table = frame[[*keys, period]].assign(
        _value=_numbers(frame, value),
        _total=_numbers(frame, denominator) if denominator in frame.columns else np.nan,
        **count.add_prefix("_"),
        _one="",
    )
    join = [*keys, "_one"]
    current = _current(table, join, period, at)
    lags = {"previous": current["_step"], "last_year": current["_step"] * current["_per_year"]}
    reference = table[[*join, "_ordinal", period, "_value", "_total"]]
    parts = []
    for comparison in COMPARISONS:
        asked = current.assign(comparison=comparison, _ordinal=current["_ordinal"] - lags[comparison])
        parts.append(asked.merge(reference, how="left", on=[*join, "_ordinal"], suffixes=("", "_before")))
    pairs = pd.concat(parts, ignore_index=True)
    return _compared(pairs, keys, period, level)


def _current(table: pd.DataFrame, join: list[str], period: str, at: date | None) -> pd.DataFrame:
    if at is None:
        known = table[table["_value"].notna()]
        return known.loc[known.groupby(join, dropna=False, sort=False)["_ordinal"].idxmax()].reset_index(drop=True)
    asked = table.drop_duplicates(join)[[*join, "_unit", "_step", "_per_year"]].reset_index(drop=True)
    asked[period] = pd.Timestamp(at)
    asked["_ordinal"] = ordinals(asked[period], asked["_unit"])
    return asked.merge(table[[*join, "_ordinal", "_value", "_total"]], how="left", on=[*join, "_ordinal"])


def _compared(pairs: pd.DataFrame, keys: list[str], period: str, level: float) -> pd.DataFrame:
    x, n = pairs["_value"].to_numpy(dtype=float), pairs["_total"].to_numpy(dtype=float)
    x0, n0 = pairs["_value_before"].to_numpy(dtype=float), pairs["_total_before"].to_numpy(dtype=float)
    share = ~np.isnan(n) & ~np.isnan(n0)
    with np.errstate(divide="ignore", invalid="ignore"):
        now, before = np.where(share, x / n, x), np.where(share, x0 / n0, x0)
        relative = np.where(before != 0, now / before - 1, np.nan)
    mixed = np.isnan(n) != np.isnan(n0)
    sound = (x >= 0) & (x0 >= 0) & (~share | ((x <= n) & (x0 <= n0) & (n > 0) & (n0 > 0)))
    status = np.select(
        [np.isnan(x), np.isnan(x0) | mixed, ~sound], ["no_value", "no_reference", "no_interval"], default="ok"
    )
    out = pairs[[*keys, "comparison", period]].assign(current=now, reference_period=pairs[f"{period}_before"])
    out["reference"] = before
    usable = (status == "ok") | (status == "no_interval")
    out["absolute"], out["relative"] = np.where(usable, now - before, np.nan), np.where(usable, relative, np.nan)
    (low, high), (ratio_low, ratio_high) = _bounds(status == "ok", share, (x, n, x0, n0), level)
    out["absolute_low"], out["absolute_high"] = low, high
    out["relative_low"], out["relative_high"] = ratio_low - 1, ratio_high - 1
    out["interval"] = np.where(status != "ok", "", np.where(share, "Newcombe, Katz", "Poisson"))
    out["status"] = status
    named = [*keys, "comparison", period, "current", "reference_period", "reference", *SPREAD, "interval", "status"]
    return out[named].sort_values([*keys, "comparison"], ascending=[True] * len(keys) + [False], ignore_index=True)


def _bounds(
    ok: Flags, share: Flags, numbers: tuple[intervals.Floats, ...], level: float
) -> tuple[intervals.Bounds, intervals.Bounds]:
    """Bounds of the difference and of the ratio; NaN where the row is not `ok`."""
    x, n, x0, n0 = (np.where(ok, column, np.nan) for column in numbers)
    by_share = intervals.newcombe(x, n, x0, n0, level), intervals.proportion_ratio(x, n, x0, n0, level)
    by_count = intervals.count_difference(x, x0, level), intervals.count_ratio(x, x0, level)
    difference, ratio = (
        (np.where(share, of_share[0], of_count[0]), np.where(share, of_share[1], of_count[1]))
        for of_share, of_count in zip(by_share, by_count, strict=True)
    )
    return difference, ratio


def _numbers(frame: pd.DataFrame, column: str) -> intervals.Floats:
    if not pd.api.types.is_numeric_dtype(frame[column]):
        raise DataRejected(f"column {column!r}", must="numeric", found=str(frame[column].dtype))
    values = frame[column].to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        raise DataRejected(f"column {column!r}", must="finite", found=f"{int(np.isinf(values).sum())} infinite values")
    return values
