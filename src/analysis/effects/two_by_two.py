"""One difference in differences between two groups and two periods, with covariates: the three estimators of DRDID.

Sources: Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), equations 2.2-2.6; Abadie (2005), Review of Economic
Studies 72(1) for `ipw` (weights normalised, Hajek); Heckman, Ichimura and Todd (1997) for `reg`. Influence functions
follow the R package DRDID, controls with a propensity of 0.995 or more trimmed as there.
"""

from dataclasses import dataclass

import numpy as np

from analysis.effects.panel import Booleans
from analysis.effects.series import Floats

TRIM = 0.995
NO_OVERLAP = 0.999
SINGULAR = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Propensity:
    """A fitted logit: scores, and how each unit moves the coefficients (m x k, summing over units)."""

    scores: Floats
    moves: Floats

    @property
    def overlaps(self) -> bool:
        """Whether no unit is all but certain to be treated."""
        return bool(np.isfinite(self.scores).all() and self.scores.max() < NO_OVERLAP)


def propensity(treated: Booleans, x: Floats, w: Floats) -> Propensity:
    """Logit of treatment on `x` (m x k, with its constant) by Newton's method; NaN scores where it cannot be fitted."""
    d = treated.astype(float)
    beta = np.zeros(x.shape[1])
    p = np.full(len(d), 0.5)
    for _ in range(50):
        information = (x * (w * p * (1 - p))[:, None]).T @ x
        if singular(information):
            return Propensity(np.full(len(d), np.nan), np.zeros_like(x))
        step = np.linalg.solve(information, x.T @ (w * (d - p)))
        beta = beta + step
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -500, 500)))
        if np.abs(x @ step).max() < 1e-12:
            break
    p = np.minimum(p, 1 - 1e-6)
    information = (x * (w * p * (1 - p))[:, None]).T @ x
    if singular(information):
        return Propensity(np.full(len(d), np.nan), np.zeros_like(x))
    return Propensity(p, ((w * (d - p))[:, None] * x) @ np.linalg.inv(information))


def singular(information: Floats) -> bool:
    """Whether a cross-product matrix cannot be inverted, whatever the units of its columns."""
    scale = np.sqrt(np.diag(information))
    if not np.isfinite(scale).all() or (scale <= 0).any():
        return True
    return bool(1 / np.linalg.cond(information / np.outer(scale, scale)) < SINGULAR)


def contrast(
    method: str, change: Floats, treated: Booleans, x: Floats, w: Floats, scores: Propensity | None
) -> tuple[float, Floats]:
    """The effect on the treated and each unit's influence on it, summing to zero over the m units.

    `change` (m) is the outcome's change between the two periods, `w` (m) the weights, `x` (m x k) the covariates with
    their constant. NaN where the controls cannot carry the regression.
    """
    if method == "ipw":
        assert scores is not None
        return _weighting(change, treated, x, w, scores)
    controls = np.where(treated, 0.0, w)
    information = (x * controls[:, None]).T @ x
    if singular(information):
        return float("nan"), np.zeros(len(change))
    inverse = np.linalg.inv(information)
    residual = change - x @ (inverse @ (x.T @ (controls * change)))
    moves = ((controls * residual)[:, None] * x) @ inverse
    if method == "reg":
        share = np.where(treated, w, 0.0) / w[treated].sum()
        effect = float(share @ residual)
        return effect, share * (residual - effect) - moves @ (x.T @ share)
    assert scores is not None
    return _doubly_robust(residual, treated, x, w, scores, moves)


def _shares(treated: Booleans, w: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Weights of the treated and, by their odds of treatment, of the controls; each sums to one."""
    of_treated = np.where(treated, w, 0.0)
    odds = np.where(treated | (scores >= TRIM), 0.0, w * scores / (1 - scores))
    return of_treated / of_treated.sum(), odds / odds.sum()


def _weighting(change: Floats, treated: Booleans, x: Floats, w: Floats, scores: Propensity) -> tuple[float, Floats]:
    of_treated, of_controls = _shares(treated, w, scores.scores)
    high, low = float(of_treated @ change), float(of_controls @ change)
    by_scores = scores.moves @ (x.T @ (of_controls * (change - low)))
    return high - low, of_treated * (change - high) - of_controls * (change - low) - by_scores


def _doubly_robust(
    residual: Floats, treated: Booleans, x: Floats, w: Floats, scores: Propensity, moves: Floats
) -> tuple[float, Floats]:
    of_treated, of_controls = _shares(treated, w, scores.scores)
    high, low = float(of_treated @ residual), float(of_controls @ residual)
    by_regression = moves @ (x.T @ of_treated) - moves @ (x.T @ of_controls)
    by_scores = scores.moves @ (x.T @ (of_controls * (residual - low)))
    direct = of_treated * (residual - high) - of_controls * (residual - low)
    return high - low, direct - by_regression - by_scores
