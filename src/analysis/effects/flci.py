"""Intervals for an effect whose parallel trends may bend by at most M a period: fixed-length, optimal, affine.

The difference in trends d (d = 0 in the reference period) may have any slope, but its slope may change by at most M
from one period to the next. An affine estimator a'b, with a equal to the wanted weights on the periods after and free
before, has bias a'd; writing d as a slope and its changes, the bias is finite where a has no slope (a't = 0), and then
at most M times the sum of |B'a|. The shortest interval trades this against the standard deviation of a'b: a convex
problem in the weights before, solved here directly.

Sources: Rambachan and Roth (2023), Review of Economic Studies 90(5), section 4 (their R package HonestDiD simulates the
quantile, so its figures agree to about four decimals); Armstrong and Kolesár (2018), Econometrica 86(2).
"""

from dataclasses import dataclass

import numpy as np

from analysis.effects.series import Floats


@dataclass(frozen=True, eq=False)
class AffineInterval:
    """`weights` on all coefficients (before, then after), the largest bias, the standard deviation, half the length."""

    weights: Floats
    bias: float
    std_dev: float
    half_length: float


def folded_normal_quantile(shift: float, alpha: float) -> float:
    """The 1 - alpha quantile of |N(shift, 1)|."""
    from scipy import optimize, special

    shift = abs(shift)

    def excess(value: float) -> float:
        return float(special.ndtr(value - shift) - special.ndtr(-value - shift)) - (1 - alpha)

    low = max(0.0, shift + float(special.ndtri(1 - alpha)) - 1e-9)
    high = shift + float(special.ndtri(1 - alpha / 2)) + 1e-9
    return float(optimize.brentq(excess, low, high, xtol=1e-13, rtol=1e-14))


def bends(times: Floats) -> tuple[Floats, Floats]:
    """The slope (k) and the bends (k x changes of slope) of a path that is 0 at time 0, at the periods `times`.

    `times` are whole numbers without a gap but for 0, in order. The change of slope at 0 is shared by both sides: the
    slope is that of the step after 0, and the change at 0 bends the path before.
    """
    first, last = int(times.min()), int(times.max())
    at = range(min(first + 1, 0), max(last, 1))
    columns = []
    for change in at:
        after = np.maximum(times - change, 0.0) if change > 0 else np.zeros_like(times)
        before = np.maximum(change - times, 0.0) if change <= 0 else np.zeros_like(times)
        columns.append(after + before)
    return times.astype(float), np.column_stack(columns)


def shortest_interval(covariance: Floats, times: Floats, wanted: Floats, m: float, alpha: float) -> AffineInterval:
    """The affine estimator with the shortest interval that covers with probability 1 - alpha.

    `covariance` is k x k over the coefficients at `times` (before, then after the reference period 0); `wanted` are the
    weights on the coefficients after; `m` is in the outcome's units per period, per period.
    """
    slope, bend = bends(times)
    n_pre = int((times < 0).sum())
    fixed = np.r_[np.zeros(n_pre), wanted]
    start, basis = _slopeless(slope, fixed, n_pre)
    minimal = _least_variance(covariance, start, basis)
    if m == 0 or basis.shape[1] == 0:
        return _measured(minimal, covariance, bend, m, alpha)
    return _measured(_least_length(covariance, bend, start, basis, minimal, m, alpha), covariance, bend, m, alpha)


def _slopeless(slope: Floats, fixed: Floats, n_pre: int) -> tuple[Floats, Floats]:
    """One set of weights without a slope, and a basis (k x (n_pre - 1)) of the moves that keep it so."""
    pre = slope[:n_pre]
    start = fixed.copy()
    start[:n_pre] = -pre * float(slope @ fixed) / float(pre @ pre)
    basis = np.zeros((len(slope), n_pre - 1))
    basis[:n_pre] = np.linalg.svd(pre[None, :])[2][1:].T
    return start, basis


def _least_variance(covariance: Floats, start: Floats, basis: Floats) -> Floats:
    if basis.shape[1] == 0:
        return start
    move = np.linalg.solve(basis.T @ covariance @ basis, basis.T @ covariance @ start)
    return np.asarray(start - basis @ move)


def _measured(weights: Floats, covariance: Floats, bend: Floats, m: float, alpha: float) -> AffineInterval:
    bias = m * float(np.abs(bend.T @ weights).sum())
    spread = float(np.sqrt(weights @ covariance @ weights))
    return AffineInterval(weights, bias, spread, spread * folded_normal_quantile(bias / spread, alpha))


def _least_length(
    covariance: Floats, bend: Floats, start: Floats, basis: Floats, first: Floats, m: float, alpha: float
) -> Floats:
    """Minimise std_dev x quantile(bias / std_dev), which is convex, over moves z and bounds u >= |bends' weights|."""
    from scipy import optimize

    k, n_bends = basis.shape[1], bend.shape[1]
    scale = float(np.sqrt(first @ covariance @ first))
    unit = covariance / scale**2
    slope_m = m / scale

    def parts(x: Floats) -> tuple[Floats, float, float]:
        weights = start + basis @ x[:k]
        return weights, float(np.sqrt(weights @ unit @ weights)), slope_m * float(x[k:].sum())

    def length(x: Floats) -> tuple[float, Floats]:
        weights, spread, bias = parts(x)
        shift = bias / spread
        quantile = folded_normal_quantile(shift, alpha)
        by_shift = _quantile_slope(shift, quantile)
        by_spread = quantile - shift * by_shift
        gradient = np.r_[by_spread * (basis.T @ (unit @ weights)) / spread, np.full(n_bends, by_shift * slope_m)]
        return spread * quantile, gradient

    turned = bend.T @ basis
    both = np.block([[-turned, np.eye(n_bends)], [turned, np.eye(n_bends)]])
    offset = np.r_[-(bend.T @ start), bend.T @ start]
    z = basis.T @ (first - start)
    guess = np.r_[z, np.abs(bend.T @ first)]
    found = optimize.minimize(
        length,
        guess,
        jac=True,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda x: both @ x + offset, "jac": lambda x: both},
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    return np.asarray(start + basis @ found.x[:k])


def _quantile_slope(shift: float, quantile: float) -> float:
    near, far = np.exp(-0.5 * (quantile - shift) ** 2), np.exp(-0.5 * (quantile + shift) ** 2)
    return float((near - far) / (near + far))
