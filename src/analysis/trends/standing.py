"""A count as it stands on a day and stood on past ones: its young periods nowcast where revision is the rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected
from analysis.trends.delay import nowcast
from analysis.trends.intervals import Floats
from analysis.trends.periods import require
from analysis.trends.revised import ENOUGH, SHARE, STEP, STEPS

FINAL = STEP * STEPS  # days after which a count is taken as final
FEWEST = 10  # final counts, from which past revisions give an interval
COLUMNS = ["period", "known", "value", "low", "high"]
Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Vintages:
    """`known`: periods x days on which something was learnt; what was known of each period on each day."""

    periods: pd.DatetimeIndex
    days: Days
    known: Floats

    @property
    def ends(self) -> Days:
        """The periods as days."""
        return _days(self.periods)

    @property
    def youngest(self) -> int:
        """Days from the last period to the last day."""
        return int(self.days[-1] - self.ends[-1])

    def when_came(self, period: pd.Timestamp) -> _Vintages:
        """What had come of it and the periods before on the day on which it first did."""
        last = int((~np.isnan(self.known[self.periods.get_loc(period)])).argmax()) + 1
        there = (self.periods <= period) & ~np.isnan(self.known[:, last - 1])
        return _Vintages(self.periods[there], self.days[:last], self.known[there, :last])


def standing(history: pd.DataFrame, *, level: float = 0.9) -> pd.DataFrame:
    """One count as the last day of its history lets it be known.

    Parameters
    ----------
    history : all vintages of one series: `period`, `as_of` (dates), `value`.
    level : of the intervals.

    Returns
    -------
    One row a reported period, oldest first: `period`, `known` (as last reported), `value`, `low`, `high`. Periods of
    twelve weeks and more are final: all four are equal. Of the younger ones `value` is what they are expected to become
    (chain ladder with Mack's interval) where 12 periods or more and a fifth of all were revised. Else it is what is
    known, and the interval is the revision by which past counts of that age later moved, ranked as in split conformal
    prediction; NaN where fewer than 10 counts are final.
    """
    seen = _vintages(history)
    last = seen.known[:, -1] if len(seen.periods) else np.zeros(0)
    own = pd.DataFrame({"known": last, "value": last, "low": last, "high": last}, index=seen.periods)
    if len(own) and seen.youngest < FINAL:
        triangle = _triangle(seen)
        young = _as_known(triangle, level)
        young.update(_nowcast(seen, triangle, level))
        own.loc[young.index, list(young.columns)] = young
    return own.rename_axis("period").reset_index()[COLUMNS]


def editions(history: pd.DataFrame, periods: pd.DatetimeIndex) -> dict[int, list[float]]:
    """The series as it stood each time another of `periods` (rising) had come, by how many of them there were.

    Each holds the value of `standing` of every period so far, NaN for one not reported by that day: what a forecast
    made on the day that its last period first came could start from. A period that never came gives no edition.
    """
    vintages = _vintages(history)
    made: dict[int, list[float]] = {}
    for number, period in enumerate(periods, start=1):
        if period in vintages.periods:
            seen = vintages.when_came(period)
            value = pd.Series(seen.known[:, -1], index=seen.periods)
            if seen.youngest < FINAL:
                nowcasts = _nowcast(seen, _triangle(seen), 0.9)["value"]
                value[nowcasts.index] = nowcasts
            made[number] = [float(one) for one in value.reindex(periods[:number])]
    return made


def _vintages(history: pd.DataFrame) -> _Vintages:
    require(history, ["period", "as_of", "value"])
    wide = history.dropna(subset="value").pivot_table(index="period", columns="as_of", values="value", aggfunc="last")
    return _Vintages(pd.DatetimeIndex(wide.index), _days(wide.columns), wide.ffill(axis=1).to_numpy(dtype=float))


def _days(dates: pd.Index) -> Days:
    return pd.DatetimeIndex(dates).to_numpy().astype("datetime64[D]").astype(np.int64)


def _triangle(seen: _Vintages) -> pd.DataFrame:
    """What was known of each period after each delay: the age of the youngest, and every two weeks from there on."""
    delays = seen.youngest + STEP * np.arange(max(3, 1 - (seen.youngest - FINAL) // STEP))
    when = seen.ends[:, None] + delays[None, :]
    column = np.searchsorted(seen.days, when, side="right") - 1
    cells = np.take_along_axis(seen.known, np.maximum(column, 0), axis=1)
    reached = (column >= 0) & (when <= seen.days[-1])
    return pd.DataFrame(np.where(reached, cells, np.nan), index=seen.periods, columns=delays)


def _regular(seen: _Vintages) -> bool:
    first = np.take_along_axis(seen.known, np.isnan(seen.known).sum(axis=1)[:, None], axis=1)[:, 0]
    changed = int((first != seen.known[:, -1]).sum())
    return changed >= ENOUGH and changed >= SHARE * len(first)


def _nowcast(seen: _Vintages, triangle: pd.DataFrame, level: float) -> pd.DataFrame:
    """Mack's nowcasts by period; none where revision is not the rule or the triangle allows none."""
    none = pd.DataFrame(columns=["value", "low", "high"], dtype=float)
    if not _regular(seen):
        return none
    try:
        found = nowcast(triangle[triangle.iloc[:, 0].notna()], level=level).periods.set_index("period")
    except DataRejected:
        return none
    young = found[found["delay"] < triangle.columns[-1]]
    return young[["nowcast", "low", "high"]].rename(columns={"nowcast": "value"})


def _as_known(triangle: pd.DataFrame, level: float) -> pd.DataFrame:
    """The interval of each young period by the size of past revisions after the same delay."""
    cells = triangle.to_numpy(dtype=float)
    final, rows = ~np.isnan(cells[:, -1]), {}
    for period, row in zip(triangle.index[~final], cells[~final], strict=True):
        there = np.flatnonzero(~np.isnan(row))
        if len(there):
            moved = np.abs(cells[final, -1] - cells[final, there[-1]])
            half, value = _ranked(moved[~np.isnan(moved)], level), row[there[-1]]
            rows[period] = (value, np.maximum(value - half, 0.0), value + half)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])


def _ranked(sizes: Floats, level: float) -> float:
    if len(sizes) < FEWEST:
        return float("nan")
    return float(np.sort(sizes)[min(int(np.ceil(level * (len(sizes) + 1))), len(sizes)) - 1])
