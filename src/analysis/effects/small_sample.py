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
from functools import cached_property

import numpy as np

from analysis.effects.ar1 import Ar1Fit, correlation, whiten
from analysis.effects.results import Coefficient
from analysis.effects.series import Floats, Integers

LONGEST_CORRECTED = 2000  # n x n matrices beyond this cost more than the correction is worth
NEWTON_STEPS = 20
CHEBYSHEV = 64  # coefficients: p-values of t's to about twelve digits
LOG_LEVEL = float(np.log(0.05))


@dataclass(frozen=True, eq=False)
class TMixtures:
    """For each of N estimates the distribution of (estimate - truth) / standard error: Student's t's, each inflated.

    All parts of all mixtures in one line (m): `row` (rising, 0 to N - 1) says whose a part is, `weights` its share.
    """

    row: Integers
    weights: Floats
    inflation: Floats
    degrees: Floats

    @property
    def starts(self) -> Integers:
        """Where the parts of each estimate begin."""
        return np.flatnonzero(np.diff(self.row, prepend=-1))

    def p_values(self, ratios: Floats) -> Floats:
        """Two-sided probabilities (N) of ratios at least as far from zero."""
        from scipy import special

        tails = special.stdtr(self.degrees, -np.abs(ratios)[self.row] / self.inflation)
        return np.asarray(np.add.reduceat(2 * self.weights * tails, self.starts))

    def multipliers(self) -> Floats:
        """How many standard errors each 95 % interval reaches to either side (N), by Newton's method."""
        from scipy import special

        reach = self.inflation * special.stdtrit(self.degrees, 0.975)
        low, high = np.minimum.reduceat(reach, self.starts), np.maximum.reduceat(reach, self.starts)
        m = np.add.reduceat(self.weights * reach, self.starts)
        peak = np.exp(special.gammaln((self.degrees + 1) / 2) - special.gammaln(self.degrees / 2))
        peak = 2 * self.weights * peak / np.sqrt(self.degrees * np.pi) / self.inflation
        for _ in range(NEWTON_STEPS):
            squares = (m[self.row] / self.inflation) ** 2 / self.degrees
            density = np.add.reduceat(peak * (1 + squares) ** (-(self.degrees + 1) / 2), self.starts)
            p = self.p_values(m)
            moved = np.clip(m * np.exp(p * np.log(p / 0.05) / (m * density)), low, high)
            change, m = float(np.abs(moved / m - 1).max()), moved
            if change < 1e-9:  # quadratic: the next step would be below the last digit
                break
        return np.asarray(m)


@dataclass(frozen=True, eq=False)
class SharedMixtures:
    """Mixtures of N estimates whose parts (m) are the same t's in different `shares` (m x N, columns adding to 1).

    The logarithms of their p-values are read off Chebyshev polynomials in the inverse hyperbolic sine of the ratio,
    which follow them to twelve digits; ratios beyond the polynomials' range are computed one by one.
    """

    shares: Floats
    inflation: Floats
    degrees: Floats

    @cached_property
    def _reach(self) -> Floats:
        from scipy import special

        return np.asarray(self.inflation * special.stdtrit(self.degrees, 0.975))

    @cached_property
    def _far(self) -> float:
        return max(15.0, float(self._reach.max()))

    @cached_property
    def _coefficients(self) -> Floats:
        from scipy import special

        at = np.sinh(np.arcsinh(self._far) * (np.polynomial.chebyshev.chebpts1(CHEBYSHEV) + 1) / 2)
        tails = 2 * special.stdtr(self.degrees[:, None], -at / self.inflation[:, None])
        heights = np.log(tails.T @ self.shares)
        angles = np.pi * (np.arange(CHEBYSHEV)[::-1] + 0.5) / CHEBYSHEV
        transform = np.cos(np.arange(CHEBYSHEV)[:, None] * angles) * 2 / CHEBYSHEV
        transform[0] /= 2
        return np.asarray(transform @ heights)

    def _log_p(self, ratios: Floats) -> Floats:
        place = 2 * np.arcsinh(ratios) / np.arcsinh(self._far) - 1
        return np.asarray(np.polynomial.chebyshev.chebval(place, self._coefficients, tensor=False))

    def p_values(self, ratios: Floats) -> Floats:
        """Two-sided probabilities (N) of ratios at least as far from zero."""
        size = np.abs(ratios)
        p = np.exp(self._log_p(np.minimum(size, self._far)))
        far = np.flatnonzero(size > self._far)
        if len(far):
            p[far] = self._apart(far).p_values(ratios[far])
        return np.asarray(p)

    def multipliers(self) -> Floats:
        """How many standard errors each 95 % interval reaches to either side (N), by bisection and two secants."""
        low, high = (np.full(self.shares.shape[1], end) for end in (self._reach.min(), self._reach.max()))
        for _ in range(8):
            middle = np.sqrt(low * high)
            inside = self._log_p(middle) > LOG_LEVEL
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        at, before = np.log(high), np.log(low)
        height, earlier = (self._log_p(np.exp(end)) - LOG_LEVEL for end in (at, before))
        for _ in range(4):
            gap = height - earlier
            step = np.where(gap == 0, 0.0, height * (at - before) / np.where(gap == 0, 1.0, gap))
            before, at, earlier = at, at - step, height
            height = self._log_p(np.exp(at)) - LOG_LEVEL
        return np.asarray(np.exp(at))

    def _apart(self, chosen: Integers) -> TMixtures:
        row, at = np.nonzero(self.shares[:, chosen].T)
        return TMixtures(row, self.shares[at, chosen[row]], self.inflation[at], self.degrees[at])


@dataclass(frozen=True, eq=False)
class TMixture:
    """The same for one estimate."""

    weights: Floats
    inflation: Floats
    degrees: Floats

    def coefficient(self, estimate: float, std_error: float) -> Coefficient:
        """`estimate` with its 95 % interval and p-value against zero."""
        alone = TMixtures(np.zeros(len(self.weights), dtype=np.int64), self.weights, self.inflation, self.degrees)
        half = float(alone.multipliers()[0]) * std_error
        p = float(alone.p_values(np.array([estimate / std_error]))[0])
        return Coefficient(estimate, std_error, estimate - half, estimate + half, p)


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
    inflation, degrees = newey_west_moments(x, position, lags, contrast, noise.likely_phis)
    return TMixture(noise.likely_weights, inflation, degrees)


def newey_west_moments(
    x: Floats, position: Integers, lags: int, contrast: Floats, phis: Floats
) -> tuple[Floats, Floats]:
    """Inflation and degrees of freedom of the t of `contrast` · coefficients at each of `phis` (m)."""
    weights = x @ np.linalg.solve(x.T @ x, contrast)
    form = newey_west_form(x, position, lags, contrast)
    basis = np.linalg.qr(x)[0]
    inflation, degrees = np.empty(len(phis)), np.empty(len(phis))
    for j, phi in enumerate(phis):
        omega = correlation(position, phi)
        half = omega - basis @ (basis.T @ omega)
        product = form @ (half - (half @ basis) @ basis.T)
        mean, variance = float(np.trace(product)), 2 * float(np.sum(product * product.T))
        inflation[j] = np.sqrt(float(weights @ omega @ weights) / mean)
        degrees[j] = 2 * mean**2 / variance
    return inflation, degrees


def for_reml(x: Floats, position: Integers, column: int, noise: Ar1Fit) -> TMixture:
    """The t's of the generalised least squares estimate at the best correlation, were another one the true one."""
    n, k = x.shape
    if n > LONGEST_CORRECTED:
        return plain_t(n - k)
    unit = whiten(np.eye(n), position, noise.phi)
    white = unit @ x
    weights = np.linalg.solve(white.T @ white, white.T @ unit)[column]
    spread = np.array([weights @ correlation(position, phi) @ weights for phi in noise.likely_phis])
    inflation = np.sqrt(noise.likely_scales * spread / noise.covariance[column, column])
    return TMixture(noise.likely_weights, inflation, np.full(len(inflation), float(n - k)))
