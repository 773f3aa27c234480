"""Nowcasts held against what was later reported: each past day's forecast, made from what was known that day."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.delay import nowcast, revision_triangle
from analysis.trends.periods import ordinals, require

COLUMNS = ["as_of", "period", "delay", "known", "nowcast", "low", "high", "trained_low", "trained_high", "later"]
FEWEST = 10  # earlier nowcasts at a delay, from which their errors train an interval


def backtest(
    history: pd.DataFrame,
    *,
    delays: Sequence[int],
    at: Sequence[date] | None = None,
    last: int = 40,
    period: str = "period",
    as_of: str = "as_of",
    value: str = "value",
    unit: str = "day",
    level: float = 0.95,
) -> pd.DataFrame:
    """Every nowcast that could have been made, and what was reported by the longest delay.

    Parameters
    ----------
    history : all vintages of one series: reference `period`, `as_of`, `value` (the store's `history=True`).
    delays : rising, in `unit`s after the period; the longest counts as final. A period whose first report came after
        the first delay is left out.
    at : the days on which a nowcast is made; default every `as_of` of the history.
    last : periods of a triangle, the latest ones.

    Returns
    -------
    One row a day and period that was not final then and is now: `as_of`, `period`, `delay`, `known`, `nowcast`, `low`,
    `high` (Mack's), `trained_low`, `trained_high` (from the store's own revisions: quantiles of later / nowcast over
    the earlier nowcasts at that delay whose outcome was known by then, at least 10; else NaN) and `later`: the truth.
    Days on which the triangle allows no nowcast give no row. `scores` sums up.
    """
    require(history, [period, as_of, value])
    if len(delays) < 3:
        raise UsageError("delays", must="3 or more", found=list(delays))
    names = {"period": period, "as_of": as_of, "value": value}
    whole = revision_triangle(history, delays=delays, unit=unit, **names)
    final = whole[delays[-1]].dropna()
    starts = ordinals(pd.Series(whole.index), pd.Series(unit, index=range(len(whole))))
    known = pd.DatetimeIndex(sorted(set(history[as_of])))
    parts = []
    for day in known if at is None else pd.DatetimeIndex(list(at)):
        # A cell holds what was known after its delay, so the past is the triangle without the cells reached since.
        seen = known[known <= day][-1:].to_series()
        reached = ordinals(seen, pd.Series(unit, index=seen.index)).max(initial=-1) - starts
        triangle = whole.where(np.asarray(delays)[None, :] <= reached[:, None])
        triangle = triangle[triangle[delays[0]].notna()].tail(last + len(delays))
        try:
            found = nowcast(triangle, level=level).periods
        except DataRejected:
            continue
        open_now = found[(found["delay"] < delays[-1]) & found["period"].isin(final.index)]
        parts.append(open_now.assign(as_of=day, later=final.reindex(open_now["period"]).to_numpy()))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return _trained(pd.concat(parts, ignore_index=True), delays[-1], unit, level)[COLUMNS]


def scores(tested: pd.DataFrame) -> pd.DataFrame:
    """A backtest summed up per delay.

    `n` (nowcasts with both intervals), `covered` and `trained` (shares of truths within each interval), `error_known`
    and `error_nowcast` (median absolute errors of the figure as it stood and of the nowcast, relative to the truth).
    """
    both = tested[tested["trained_low"].notna() & (tested["later"] > 0)]
    later = both["later"]
    rows = both.assign(
        covered=later.between(both["low"], both["high"]),
        trained=later.between(both["trained_low"], both["trained_high"]),
        error_known=(both["known"] / later - 1).abs(),
        error_nowcast=(both["nowcast"] / later - 1).abs(),
    ).groupby("delay")
    shares = rows[["covered", "trained"]].mean()
    return shares.assign(n=rows.size(), **rows[["error_known", "error_nowcast"]].median()).reset_index()


def _trained(found: pd.DataFrame, longest: int, unit: str, level: float) -> pd.DataFrame:
    """Intervals from the ratios of truth to nowcast that were known on each day."""
    found = found.sort_values(["as_of", "period"], ignore_index=True).assign(trained_low=np.nan, trained_high=np.nan)
    offset = pd.DateOffset(months=longest) if unit == "month" else pd.DateOffset(days=longest)
    ratio = np.where(found["nowcast"] > 0, found["later"] / found["nowcast"].where(found["nowcast"] > 0), np.nan)
    settled = found["period"] + offset
    for _, rows in found.groupby("delay"):
        for day in rows["as_of"].unique():
            past = ratio[rows.index[(settled[rows.index] <= day) & (rows["as_of"] < day)]]
            past = np.sort(past[~np.isnan(past)])
            if len(past) < FEWEST:
                continue
            now = rows.index[rows["as_of"] == day]
            tail = (1 - level) / 2 * (len(past) + 1) / len(past)
            low, high = np.quantile(past, [max(tail - 1 / len(past), 0), min(1 - tail + 1 / len(past), 1)])
            found.loc[now, "trained_low"] = found.loc[now, "nowcast"] * low
            found.loc[now, "trained_high"] = found.loc[now, "nowcast"] * high
    return found
