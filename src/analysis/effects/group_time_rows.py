"""ATT(g,t) of a cohort from rows that need not be the same units in both periods."""

import numpy as np

from analysis.effects.panel import Booleans, Panel
from analysis.effects.series import Floats, Integers
from analysis.effects.two_by_two import propensity
from analysis.effects.two_by_two_rows import row_contrast


def cells_of_rows(
    panel: Panel, y: Floats, treated: Booleans, controls: Booleans, now: Integers, base: Integers, method: str
) -> tuple[Floats, Floats]:
    """Effects (K) and each unit's influence on them (n x K); NaN where a group has no row or cannot be compared.

    `y` n x T with NaN in absent cells, `treated` (n), `controls` (n x K), `now` and `base` (K) positions of periods.
    Covariates and weights are those of the row itself; the influence of a unit is that of its rows together.
    """
    effect, influence = np.zeros(len(now)), np.zeros((len(y), len(now)))
    for k in np.flatnonzero(now != base):
        pair = [base[k], now[k]]
        unit, late = np.nonzero((treated | controls[:, k])[:, None] & panel.present[:, pair])
        effect[k], moves = _one(panel, y, unit, np.asarray(pair)[late], late == 1, treated[unit], method)
        influence[:, k] = np.bincount(unit, weights=moves, minlength=len(y))
    return effect, influence


def _one(
    panel: Panel, y: Floats, unit: Integers, period: Integers, after: Booleans, treated: Booleans, method: str
) -> tuple[float, Floats]:
    nothing = float("nan"), np.zeros(len(unit))
    if min(np.bincount(2 * treated + after, minlength=4)) == 0:
        return nothing
    x = np.column_stack([np.ones(len(unit)), panel.covariates[unit, period]])
    w = panel.weights[unit, period]
    scores = None
    if x.shape[1] == 1:
        method = "reg"
    if method != "reg":
        scores = propensity(treated, x, w)
        if not scores.overlaps:
            return nothing
    effect, moves = row_contrast(method, y[unit, period], after, treated, x, w, scores)
    return (effect, moves) if np.isfinite(effect) else nothing
