"""Every ATT(g,t) of a staggered adoption with each unit's influence on it, computed a cohort at a time.

Conventions are those of the R package did: before its cohort starts, a period is compared with the one just before it
(`varying` base) or with the last untreated one (`universal` base); from then on always with the last period before the
cohort could anticipate. Covariates and weights are those of the earlier of the two periods.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.effects.group_time_rows import cells_of_rows
from analysis.effects.panel import NEVER, Booleans, Panel
from analysis.effects.series import Floats, Integers
from analysis.effects.two_by_two import Propensity, contrast, propensity
from analysis.errors import DataRejected

SMALL_COHORT = 5
FEW_CLUSTERS = 20


@dataclass(frozen=True)
class Comparisons:
    """What is compared: the control group, the base period, the estimator, and whether units are followed."""

    controls: str
    base: str
    anticipation: float
    method: str
    followed: bool = True


@dataclass(frozen=True, eq=False)
class Cells:
    """ATT(g,t) for K pairs: calendar numbers of cohort and period, position of the base, effect, influence (n x K).

    `fixed` marks base periods, zero by construction. An effect is NaN where its comparison cannot be made.
    """

    cohort: Floats
    time: Floats
    base: Integers
    effect: Floats
    influence: Floats
    fixed: Booleans
    warnings: tuple[str, ...]


def ready_for_controls(panel: Panel, plan: Comparisons) -> tuple[Panel, Floats]:
    """The panel that has controls throughout, and the cohorts whose effects can be found.

    Without units never treated, the cohort that starts last serves as control until it could anticipate; the periods
    from then on are left out.
    """
    starts = np.unique(panel.cohort[np.isfinite(panel.cohort)])
    if not len(starts):
        raise DataRejected("the panel", must="treated somewhere", mend="Check the column of cohorts.")
    if (panel.cohort == NEVER).any():
        return panel, _estimable(panel, starts, plan)
    if plan.controls == "never":
        raise DataRejected(
            "the panel", must="of some never-treated units", found="none", mend='Use controls="notyet" instead.'
        )
    last = starts[-1]
    before = panel.calendar < last - plan.anticipation
    if not before.any():
        raise DataRejected("the panel", must="of an untreated period for the cohort that starts last", found="none")
    sentence = (
        f"No unit is never treated: the cohort of {panel.label(last)} is the last control, and "
        f"{int((~before).sum())} periods from then on were left out."
    )
    panel = panel.keep(np.asarray(panel.present[:, before].any(axis=1)), before, warning=sentence)
    return panel, _estimable(panel, starts[:-1], plan)


def _estimable(panel: Panel, starts: Floats, plan: Comparisons) -> Floats:
    found: Floats = starts[starts > panel.calendar[0] + plan.anticipation]
    if not len(found):
        raise DataRejected("the panel", must="of a cohort with an untreated period and controls", found="none")
    if len(panel.calendar) < 2:
        raise DataRejected("the panel", must="of at least two periods with controls", found=len(panel.calendar))
    return found


def group_time_cells(panel: Panel, starts: Floats, plan: Comparisons) -> Cells:
    """All ATT(g,t) of the cohorts `starts`, in the order of cohort and period."""
    y = panel.outcome - (panel.outcome.mean(axis=1, keepdims=True) if plan.followed else np.nanmean(panel.outcome))
    scores: dict[tuple[object, ...], Propensity] = {}
    fixed_x = panel.covariates.shape[2] == 0 or bool((panel.covariates == panel.covariates[:, :1]).all())
    parts, unmet = [], 0
    for start in starts:
        now, base = _periods_of(panel.calendar, start, plan)
        if not plan.followed:
            controls = _controls_of(panel, start, now, base, plan)
            part = cells_of_rows(panel, y, panel.cohort == start, controls, now, base, plan.method)
        elif panel.covariates.shape[2]:
            part = _adjusted(panel, y, start, now, base, plan, scores, fixed_x)
        else:
            part = _unadjusted(panel, y, start, now, base, plan)
        unmet += int(np.isnan(part[0]).sum())
        parts.append((np.full(len(now), start), panel.calendar[now], base, *part, now == base))
    cohort, time, base_of, effect, influence, fixed = (
        np.concatenate(part, axis=-1) for part in zip(*parts, strict=True)
    )
    warnings = (*small_cohorts(panel), *_unmet(unmet, plan))
    return Cells(cohort, time, base_of, effect, influence, fixed, warnings)


def _periods_of(calendar: Floats, start: float, plan: Comparisons) -> tuple[Integers, Integers]:
    """Positions of the periods estimated for a cohort, and of the base of each."""
    last_before = int(np.flatnonzero(calendar + plan.anticipation < start)[-1])
    if plan.base == "universal":
        now = np.arange(len(calendar))
        return now, np.full(len(now), last_before)
    now = np.arange(1, len(calendar))
    return now, np.where(calendar[now] >= start, last_before, now - 1)


def _controls_of(panel: Panel, start: float, now: Integers, base: Integers, plan: Comparisons) -> Booleans:
    """Which units are controls in each comparison (n x K)."""
    never = (panel.cohort == NEVER)[:, None]
    if plan.controls == "never":
        return np.broadcast_to(never, (len(panel.units), len(now)))
    limit = panel.calendar[np.maximum(now, base)] + plan.anticipation
    return np.asarray(never | ((panel.cohort[:, None] > limit) & (panel.cohort[:, None] != start)))


def _unadjusted(
    panel: Panel, y: Floats, start: float, now: Integers, base: Integers, plan: Comparisons
) -> tuple[Floats, Floats]:
    effect, influence = np.zeros(len(now)), np.zeros((len(y), len(now)))
    treated = np.broadcast_to((panel.cohort == start)[:, None], influence.shape)
    for sign, group in ((1, treated), (-1, _controls_of(panel, start, now, base, plan))):
        rows = np.flatnonzero(group.any(axis=1))
        change = y[np.ix_(rows, now)] - y[np.ix_(rows, base)]
        shares = np.where(group[rows], panel.weights[np.ix_(rows, np.minimum(now, base))], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares /= shares.sum(axis=0)
        mean = (shares * change).sum(axis=0)
        effect += sign * np.where(group.any(axis=0), mean, np.nan)
        influence[rows] += sign * shares * (change - mean)
    influence[:, np.isnan(effect)] = 0.0
    return effect, influence


def _adjusted(
    panel: Panel,
    y: Floats,
    start: float,
    now: Integers,
    base: Integers,
    plan: Comparisons,
    known: dict[tuple[object, ...], Propensity],
    fixed_x: bool,
) -> tuple[Floats, Floats]:
    n = len(panel.units)
    effect, influence = np.zeros(len(now)), np.zeros((n, len(now)))
    controls = _controls_of(panel, start, now, base, plan)
    treated = panel.cohort == start
    same_weights = bool((panel.weights == panel.weights[:, :1]).all())
    for k in np.flatnonzero(now != base):
        earlier = min(now[k], base[k])
        used = treated | controls[:, k]
        x = np.column_stack([np.ones(n), panel.covariates[:, earlier]])[used]
        w = panel.weights[used, earlier]
        scores = None
        if plan.method != "reg":
            key = (start, controls[:, k].tobytes(), None if fixed_x and same_weights else earlier)
            if key not in known:
                known[key] = propensity(treated[used], x, w)
            scores = known[key]
        if not controls[:, k].any() or (scores is not None and not scores.overlaps):
            effect[k] = np.nan
            continue
        change = y[used, now[k]] - y[used, base[k]]
        effect[k], influence[used, k] = contrast(plan.method, change, treated[used], x, w, scores)
    return effect, influence


def small_cohorts(panel: Panel) -> tuple[str, ...]:
    """A warning that names the cohorts with fewer units than influence functions need."""
    needed = SMALL_COHORT + panel.covariates.shape[2]
    starts, counts = np.unique(panel.cohort, return_counts=True)
    small = ["never treated" if g == NEVER else str(panel.label(g)) for g in starts[counts < needed]]
    if not small:
        return ()
    return (f"Small cohorts, whose standard errors are too small: {', '.join(small)} (fewer than {needed} units).",)


def few_clusters(panel: Panel) -> tuple[str, ...]:
    """A warning where there are fewer clusters than errors over clusters need."""
    clusters = int(panel.clusters.max()) + 1
    if clusters >= FEW_CLUSTERS:
        return ()
    return (f"Only {clusters} clusters: normal intervals are too narrow below about {FEW_CLUSTERS}.",)


def _unmet(count: int, plan: Comparisons) -> tuple[str, ...]:
    if not count:
        return ()
    lack = "have no usable controls" if plan.followed else "lack treated rows or usable controls in a period"
    return (
        f"{count} comparisons {lack} ({plan.method}: no overlap, or too few for the covariates); "
        "they are empty and left out of the averages.",
    )


def cell_frame(panel: Panel, cells: Cells) -> pd.DataFrame:
    """Keys of the table of ATT(g,t): cohort, time, event time, base period."""
    return pd.DataFrame(
        {
            "cohort": _labels(panel, cells.cohort),
            "time": _labels(panel, cells.time),
            "event_time": cells.time - cells.cohort,
            "base": panel.periods[cells.base],
        }
    )


def _labels(panel: Panel, numbers: Floats) -> pd.Index:
    values, at = np.unique(numbers, return_inverse=True)
    labels: pd.Index = pd.Index([panel.label(value) for value in values])
    return labels.take(at)
