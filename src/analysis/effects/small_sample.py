"""How wide an interval must be in a short series whose noise correlates.

In 48 periods with noise that correlates by 0.4 the usual interval (estimate ± t · Newey-West error) excludes a true
"no effect" in about one of five series, not in one of twenty. Two things are missing from it, and both are put back:

- the Newey-West variance is too small and unsteady. It is a quadratic form in the outcome, so its mean and variance
  under a working model of the noise (AR(1)) are known exactly: the error is scaled by the mean, and Student's t takes
  Satterthwaite's degrees of freedom (Bell and McCaffrey 2002, Survey Methodology 28(2); Imbens and Kolesár 2016,
  Review of Economics and Statistics 98(4));
- the correlation of the noise is itself uncertain. The p-value is averaged over its values, weighted by their
  restricted likelihood (flat prior). The second step alone also mends the AR(1) model fitted by restricted likelihood.

What this achieves is simulated in `tests/effects/test_false_positives.py`.
"""

from dataclasses import dataclass

import numpy as np

from analysis.effects.ar1 import Ar1Fit, correlation, whiten
from analysis.effects.results import Coefficient
from analysis.effects.series import Floats, Integers

LONGEST_CORRECTED = 2000  # n x n matrices beyond this cost more than the correction is worth


@dataclass(frozen=True, eq=False)
class TMixture:
    """The distribution of (estimate - truth) / standard error: Student's t's, each inflated, in given shares."""

    weights: Floats
    inflation: Floats
    degrees: Floats

    def p_value(self, ratio: float) -> float:
        """Two-sided probability of a ratio at least as far from zero."""
        from scipy import special

        return float(self.weights @ (2 * special.stdtr(self.degrees, -abs(ratio) / self.inflation)))

    def multiplier(self) -> float:
        """How many standard errors the 95 % interval reaches to either side."""
        from scipy import optimize, stats

        reach = self.inflation * stats.t.ppf(0.975, self.degrees)
        low, high = float(reach.min()), float(reach.max())
        if high - low < 1e-9 * high:
            return high
        return float(optimize.brentq(lambda m: self.p_value(m) - 0.05, low, high, xtol=1e-10))

    def coefficient(self, estimate: float, std_error: float) -> Coefficient:
        """`estimate` with its 95 % interval and p-value against zero."""
        half = self.multiplier() * std_error
        return Coefficient(estimate, std_error, estimate - half, estimate + half, self.p_value(estimate / std_error))


def plain_t(degrees: float) -> TMixture:
    """Student's t, uncorrected."""
    return TMixture(np.ones(1), np.ones(1), np.array([degrees]))


def bartlett(position: Integers, lags: int) -> Floats:
    """Bartlett kernel weights between all pairs of observations (n x n)."""
    distance = np.abs(position[:, None] - position[None, :])
    return np.asarray(np.clip(1 - distance / (lags + 1), 0.0, None))


def newey_west_form(x: Floats, position: Integers, lags: int, contrast: Floats) -> Floats:
    """The n x n matrix A with residuals' A residuals = Newey-West variance of `contrast` · coefficients.

    With the small-sample factor n / (n - k), as statsmodels' `use_correction=True` and R's `adjust=TRUE`.
    """
    n, k = x.shape
    weights = x @ np.linalg.solve(x.T @ x, contrast)
    return np.asarray(bartlett(position, lags) * np.outer(weights, weights) * (n / (n - k)))


def for_newey_west(x: Floats, position: Integers, lags: int, contrast: Floats, noise: Ar1Fit) -> TMixture:
    """The t's of least squares with a Newey-West error, one for each likely correlation of the noise."""
    n, k = x.shape
    if n > LONGEST_CORRECTED:
        return plain_t(n - k)
    weights = x @ np.linalg.solve(x.T @ x, contrast)
    form = newey_west_form(x, position, lags, contrast)
    basis = np.linalg.qr(x)[0]
    inflation, degrees = [], []
    for phi in noise.likely_phis:
        omega = correlation(position, phi)
        half = omega - basis @ (basis.T @ omega)
        product = form @ (half - (half @ basis) @ basis.T)
        mean, variance = float(np.trace(product)), 2 * float(np.sum(product * product.T))
        inflation.append(np.sqrt(float(weights @ omega @ weights) / mean))
        degrees.append(2 * mean**2 / variance)
    return TMixture(noise.likely_weights, np.array(inflation), np.array(degrees))


def for_reml(x: Floats, y: Floats, position: Integers, column: int, noise: Ar1Fit) -> TMixture:
    """The t's of the generalised least squares estimate at the best correlation, were another one the true one."""
    n, k = x.shape
    if n > LONGEST_CORRECTED:
        return plain_t(n - k)
    inverse = np.linalg.inv(correlation(position, noise.phi))
    weights = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse)[column]
    variances = []
    for phi in noise.likely_phis:
        xw, yw = whiten(x, position, phi), whiten(y, position, phi)
        residual = yw - xw @ np.linalg.solve(xw.T @ xw, xw.T @ yw)
        scale = float(residual @ residual) / (n - k)
        variances.append(scale * float(weights @ correlation(position, phi) @ weights))
    inflation = np.sqrt(np.array(variances) / noise.covariance[column, column])
    return TMixture(noise.likely_weights, inflation, np.full(len(inflation), float(n - k)))
