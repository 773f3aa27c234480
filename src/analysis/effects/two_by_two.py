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
    line, moves = fitted_line(change, ~treated, x, w)
    if np.isnan(line).any():
        return float("nan"), np.zeros(len(change))
    residual = change - x @ line
    if method == "reg":
        share = plain_shares(treated, w)
        effect = float(share @ residual)
        return effect, share * (residual - effect) - moves @ (x.T @ share)
    assert scores is not None
    return _doubly_robust(residual, treated, x, w, scores, moves)


def fitted_line(y: Floats, rows: Booleans, x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Least squares of some rows (k), NaN where they cannot carry it, and how each row moves it (m x k)."""
    own = np.where(rows, w, 0.0)
    information = (x * own[:, None]).T @ x
    if singular(information):
        return np.full(x.shape[1], np.nan), np.zeros_like(x)
    inverse = np.linalg.inv(information)
    line = inverse @ (x.T @ (own * y))
    return line, ((own * (y - x @ line))[:, None] * x) @ inverse


def plain_shares(rows: Booleans, w: Floats) -> Floats:
    """Weights of some rows, summing to one."""
    own = np.where(rows, w, 0.0)
    return np.asarray(own / own.sum())


def odds_shares(controls: Booleans, w: Floats, scores: Floats) -> Floats:
    """Weights of controls by their odds of treatment, summing to one."""
    odds = np.where(controls & (scores < TRIM), w * scores / (1 - scores), 0.0)
    return np.asarray(odds / odds.sum())


def _weighting(change: Floats, treated: Booleans, x: Floats, w: Floats, scores: Propensity) -> tuple[float, Floats]:
    of_treated, of_controls = plain_shares(treated, w), odds_shares(~treated, w, scores.scores)
    high, low = float(of_treated @ change), float(of_controls @ change)
    by_scores = scores.moves @ (x.T @ (of_controls * (change - low)))
    return high - low, of_treated * (change - high) - of_controls * (change - low) - by_scores


def _doubly_robust(
    residual: Floats, treated: Booleans, x: Floats, w: Floats, scores: Propensity, moves: Floats
) -> tuple[float, Floats]:
    of_treated, of_controls = plain_shares(treated, w), odds_shares(~treated, w, scores.scores)
    high, low = float(of_treated @ residual), float(of_controls @ residual)
    by_regression = moves @ (x.T @ of_treated) - moves @ (x.T @ of_controls)
    by_scores = scores.moves @ (x.T @ (of_controls * (residual - low)))
    direct = of_treated * (residual - high) - of_controls * (residual - low)
    return high - low, direct - by_regression - by_scores
