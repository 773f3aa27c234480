"""One difference in differences between two groups and two periods whose rows are not the same units.

Repeated cross-sections: each period has its own rows, so that a change is a difference of two means and not the mean of
changes. Sources: Abadie (2005), Review of Economic Studies 72(1) for `ipw` (weights normalised); Heckman, Ichimura and
Todd (1997) for `reg`; Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), section 3.2 for `dr` (the locally
efficient one). Propensities are trimmed as in `analysis.effects.two_by_two`.
"""

import numpy as np

from analysis.effects.panel import Booleans
from analysis.effects.series import Floats
from analysis.effects.two_by_two import Propensity, fitted_line, odds_shares, plain_shares


def row_contrast(
    method: str, y: Floats, after: Booleans, treated: Booleans, x: Floats, w: Floats, scores: Propensity | None
) -> tuple[float, Floats]:
    """The effect on the treated and each row's influence on it: what one more of its weight would add, over m rows.

    `y` (m) outcomes, `after` (m) whether the row is of the later period, `x` (m x k) covariates with their constant,
    `w` (m) weights. NaN where one of the four groups cannot carry the regression.
    """
    effect, influence = 0.0, np.zeros(len(y))
    for sign, now in ((1, after), (-1, ~after)):
        if method == "ipw":
            assert scores is not None
            level, moves = _weighting(y, now, treated, x, w, scores)
        elif method == "reg":
            level, moves = _regression(y, now, treated, x, w)
        else:
            assert scores is not None
            level, moves = _doubly_robust(y, now, treated, x, w, scores)
        effect += sign * level
        influence += sign * moves
    return effect, influence


def _weighting(
    y: Floats, now: Booleans, treated: Booleans, x: Floats, w: Floats, scores: Propensity
) -> tuple[float, Floats]:
    """Mean of the treated less that of the controls, weighted by their odds of treatment, in one period."""
    high, of_treated = _mean(y, plain_shares(treated & now, w))
    low, of_controls = _by_odds(y, now, treated, x, w, scores)
    return high - low, of_treated - of_controls


def _regression(y: Floats, now: Booleans, treated: Booleans, x: Floats, w: Floats) -> tuple[float, Floats]:
    """Mean of the treated less what the controls' regression predicts for all treated rows, in one period."""
    high, of_treated = _mean(y, plain_shares(treated & now, w))
    line, moves = fitted_line(y, ~treated & now, x, w)
    everyone = plain_shares(treated, w)
    low, of_predicted = _mean(x @ line, everyone)
    return high - low, of_treated - of_predicted - moves @ (x.T @ everyone)


def _doubly_robust(
    y: Floats, now: Booleans, treated: Booleans, x: Floats, w: Floats, scores: Propensity
) -> tuple[float, Floats]:
    """Distance of the two groups' regressions at all treated rows, less what is left over among the controls."""
    line, moves = fitted_line(y, ~treated & now, x, w)
    own_line, own_moves = fitted_line(y, treated & now, x, w)
    everyone = plain_shares(treated, w)
    distance, influence = _mean(x @ (own_line - line), everyone)
    influence = influence + (own_moves - moves) @ (x.T @ everyone)
    left, of_left = _by_odds(y - x @ line, now, treated, x, w, scores)
    of_left = of_left - moves @ (x.T @ odds_shares(~treated & now, w, scores.scores))
    return distance - left, influence - of_left


def _by_odds(
    values: Floats, now: Booleans, treated: Booleans, x: Floats, w: Floats, scores: Propensity
) -> tuple[float, Floats]:
    shares = odds_shares(~treated & now, w, scores.scores)
    mean, influence = _mean(values, shares)
    return mean, influence + scores.moves @ (x.T @ influence)


def _mean(values: Floats, shares: Floats) -> tuple[float, Floats]:
    mean = float(shares @ values)
    return mean, shares * (values - mean)
