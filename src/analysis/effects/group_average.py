"""Averages of ATT(g,t) by event time, cohort or calendar time, with the influence of estimated cohort sizes.

Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 3.1 and theorem 4; as `aggte` in the R
package did.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.effects.group_time import Cells
from analysis.effects.panel import Booleans, Panel
from analysis.effects.series import Floats
from analysis.errors import UsageError

KINDS = ("simple", "group", "calendar", "dynamic")


@dataclass(frozen=True, eq=False)
class Average:
    """Effects (m) with each unit's influence on them (n x m)."""

    effect: Floats
    influence: Floats


def averages(
    panel: Panel, cells: Cells, kind: str, balance_e: float | None, min_e: float, max_e: float
) -> tuple[Average, pd.DataFrame, Average]:
    """The parts of an average, their keys, and the overall figure."""
    if kind not in KINDS:
        raise UsageError("the average", must=f"one of {', '.join(KINDS)}", found=kind)
    event = cells.time - cells.cohort
    known = ~np.isnan(cells.effect)
    window = known & (event >= 0) & (event >= min_e) & (event <= max_e)
    sizes = _Sizes(panel, cells)
    if kind == "simple":
        overall = sizes.average([_some(window)])
        return overall, pd.DataFrame(index=range(1)), overall
    if kind == "dynamic":
        return _dynamic(panel, cells, sizes, known, (balance_e, min_e, max_e))
    if kind == "calendar":
        times = np.unique(cells.time[known & (event >= 0)])
        parts = sizes.average([known & (event >= 0) & (cells.time == t) for t in times])
        return parts, pd.DataFrame({"time": [panel.label(t) for t in times]}), _mean(parts)
    starts = np.unique(cells.cohort[_some(window)])
    parts = _plain([window & (cells.cohort == g) for g in starts], cells)
    return parts, pd.DataFrame({"cohort": [panel.label(g) for g in starts]}), sizes.of_cohorts(parts, starts)


def _dynamic(
    panel: Panel,
    cells: Cells,
    sizes: "_Sizes",
    known: Booleans,
    limits: tuple[float | None, float, float],
) -> tuple[Average, pd.DataFrame, Average]:
    balance_e, min_e, max_e = limits
    event = cells.time - cells.cohort
    used = known & (event >= min_e) & (event <= max_e)
    first, last = panel.calendar[0], panel.calendar[-1]
    if balance_e is not None:
        used &= (last - cells.cohort >= balance_e) & (event <= balance_e) & (event >= balance_e - last + first)
    events = np.unique(event[_some(used)])
    parts = sizes.average([used & (event == e) for e in events])
    after = events >= 0
    overall = _mean(Average(parts.effect[after], parts.influence[:, after]))
    return parts, pd.DataFrame({"event_time": events}), overall


class _Sizes:
    """Averages weighted by cohort size, which is estimated."""

    def __init__(self, panel: Panel, cells: Cells) -> None:
        self.cells = cells
        self.starts, self.of_cell = np.unique(cells.cohort, return_inverse=True)
        self.member = (panel.cohort[:, None] == self.starts) * panel.first_weights[:, None]
        self.size = self.member.sum(axis=0)

    def average(self, chosen: list[Booleans]) -> Average:
        """One average for each choice of cells (m)."""
        picks = np.array(chosen, dtype=float).T
        weights = picks * self.size[self.of_cell][:, None]
        total = weights.sum(axis=0)
        effects = np.nan_to_num(self.cells.effect)
        mean = weights.T @ effects / total
        gaps = picks * (effects[:, None] - mean)
        by_cohort = np.zeros((len(self.starts), len(chosen)))
        np.add.at(by_cohort, self.of_cell, gaps)
        influence = self.cells.influence @ (weights / total) + self.member @ (by_cohort / total)
        return Average(mean, influence)

    def of_cohorts(self, parts: Average, starts: Floats) -> Average:
        """The mean of cohort figures by cohort size."""
        at = np.searchsorted(self.starts, starts)
        size = self.size[at]
        mean = float(size @ parts.effect / size.sum())
        influence = (parts.influence @ size + self.member[:, at] @ (parts.effect - mean)) / size.sum()
        return Average(np.array([mean]), influence[:, None])


def _plain(chosen: list[Booleans], cells: Cells) -> Average:
    picks = np.array(chosen, dtype=float).T
    picks /= picks.sum(axis=0)
    return Average(picks.T @ np.nan_to_num(cells.effect), cells.influence @ picks)


def _mean(parts: Average) -> Average:
    if not len(parts.effect):
        return Average(np.array([np.nan]), np.zeros((len(parts.influence), 1)))
    return Average(np.array([parts.effect.mean()]), parts.influence.mean(axis=1, keepdims=True))


def _some(chosen: Booleans) -> Booleans:
    if not chosen.any():
        raise UsageError("the event times", must="such that an effect is left to average", found="none")
    return chosen
