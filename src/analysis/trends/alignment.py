"""Series of different cadences on one calendar: stocks take their last value, flows are summed, nothing is made up."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.periods import FREQUENCIES, one_row_a_period, require, series_keys

SUMMED = ("flow", "amount")
DAYS = {"month": 365.2425 / 12, "day": 1.0}
ANCHOR = date(2022, 3, 13)  # the reference date of the first round: weeks and fortnights end on its days


def align(
    frame: pd.DataFrame,
    to: str,
    *,
    by: Sequence[str] | None = None,
    anchor: date = ANCHOR,
    period: str = "period",
    value: str = "value",
    denominator: str = "denominator",
    frequency: str = "frequency",
    kind: str = "kind",
) -> pd.DataFrame:
    """Every series on the calendar `to`.

    Parameters
    ----------
    frame : observations, one row a series and period (its last day), with `frequency` and `kind` columns. Flows and
        amounts are summed, `value` and `denominator`; of every other kind the last value in the window counts, both
        parts of a rate from the same day.
    to : an ISO 8601 duration (`P1W`, `P2W`, `P1M`, `P3M`, `P1Y`); weeks and fortnights end every 7 or 14 days from
        `anchor`, months, quarters and years on their last day.

    Returns
    -------
    The rows of the new calendar, same columns, `period` being the window's last day, `frequency` = `to`. A series
    coarser than `to` is left out: nobody knows how it moved in between. A window of a flow counts only when all of its
    periods have a value (NaN otherwise), a window of a stock when its last period has: nothing is carried forward.
    Of a week that reaches over the end of a month, the whole counts for the month in which it ends.

    So a weekly and a two-weekly run over the same raw data agree on the dates that they share.
    """
    if to not in FREQUENCIES:
        raise UsageError("to", must=f"one of {', '.join(FREQUENCIES)}", found=to)
    keys = [name for name in series_keys(frame, by) if name != frequency]
    require(frame, [*keys, period, value, frequency, kind])
    one_row_a_period(frame, [*keys, frequency], period)
    unknown = sorted(set(frame[frequency].astype(str)) - set(FREQUENCIES))
    if unknown:
        raise DataRejected("the frequency", must=f"one of {', '.join(FREQUENCIES)}", found=unknown[0])
    length = frame[frequency].map({name: _days(name) for name in FREQUENCIES})
    finer = frame[length <= _days(to) + 1e-9].sort_values(period, kind="stable")
    if finer.empty:
        return frame[:0].copy()
    window = window_ends(finer[period], to, anchor)
    numbers = [value, *([denominator] if denominator in frame.columns else [])]
    named = [*keys, frequency, "_one", "_window"]
    groups = finer.assign(_window=window, _one="").groupby(named, dropna=False, sort=False)
    last = groups.tail(1).assign(_window=lambda rows: window.reindex(rows.index))
    size = groups[value].transform("size")
    sums = {name: groups[name].transform("sum").where(groups[name].transform("count") == size) for name in numbers}
    count = size.reindex(last.index)
    summed = last[kind].isin(SUMMED)
    whole = (count >= _periods(last, frequency, to, anchor, period)).where(summed, _reaches(last, frequency, period))
    for name in numbers:
        last[name] = sums[name].reindex(last.index).where(summed, last[name]).where(whole)
    last[period], last[frequency] = last["_window"], to
    out = last[list(frame.columns)]
    return out.sort_values([*keys, period], ignore_index=True)


def window_ends(dates: pd.Series, to: str, anchor: date = ANCHOR) -> pd.Series:
    """The last day of the window of the calendar `to` in which each date lies."""
    step = FREQUENCIES[to].step
    if FREQUENCIES[to].unit == "month":
        months = dates.dt.year * 12 + dates.dt.month - 1
        last = months // step * step + step - 1
        firsts = pd.to_datetime(pd.DataFrame({"year": last // 12, "month": last % 12 + 1, "day": 1}))
        return (firsts + pd.offsets.MonthEnd(0)).astype(dates.dtype)
    days = (dates - pd.Timestamp(anchor)).dt.days
    return dates + pd.to_timedelta(-(-days // step) * step - days, unit="D")


def _days(duration: str) -> float:
    return FREQUENCIES[duration].step * DAYS[FREQUENCIES[duration].unit]


def _periods(last: pd.DataFrame, frequency: str, to: str, anchor: date, period: str) -> pd.Series:
    """How many periods of a series end within its window."""
    ends = last["_window"]
    starts = window_ends(ends + pd.Timedelta(days=1), to, anchor)
    months = FREQUENCIES[to].unit == "month"
    before = ends - pd.offsets.MonthEnd(FREQUENCIES[to].step) if months else ends - (starts - ends)
    unit = last[frequency].map({name: FREQUENCIES[name].unit for name in FREQUENCIES})
    step = last[frequency].map({name: FREQUENCIES[name].step for name in FREQUENCIES})
    in_months = (ends.dt.year - before.dt.year) * 12 + ends.dt.month - before.dt.month
    offset = (last[period] - before).dt.days
    in_days = (offset - 1) // step + 1 + (ends - last[period]).dt.days // step
    periods: pd.Series = (in_months // step).where(unit == "month", in_days)
    return periods


def _reaches(last: pd.DataFrame, frequency: str, period: str) -> pd.Series:
    """Whether no further period of the series would end within the window."""
    unit = last[frequency].map({name: FREQUENCIES[name].unit for name in FREQUENCIES})
    step = last[frequency].map({name: FREQUENCIES[name].step for name in FREQUENCIES})
    left = (last["_window"] - last[period]).dt.days
    months = (last["_window"].dt.year - last[period].dt.year) * 12 + last["_window"].dt.month - last[period].dt.month
    return pd.Series(np.where(unit == "month", months < step, left < step), index=last.index)
