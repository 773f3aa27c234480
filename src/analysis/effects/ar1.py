"""A working model of the noise: first-order autocorrelation, fitted by (restricted) maximum likelihood.

Gaps are exact: two observations d periods apart correlate by phi ** d.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.effects.series import Floats, Integers

PHI_LIMIT = 0.99999  # where R's gls stops too
LONGEST_SPREAD = 400  # beyond this phi is known well enough, and n x n matrices for many phis cost too much


@dataclass(frozen=True, eq=False)
class Ar1Fit:
    """Generalised least squares under AR(1) noise.

    `likely_phis` and `likely_weights` (sum 1) spread over the values of phi that the likelihood supports, with a flat
    prior; one value where the series is long.
    """

    phi: float
    phi_low: float
    phi_high: float
    coefficients: Floats
    covariance: Floats
    whitened: Floats
    log_likelihood: float
    likely_phis: Floats
    likely_weights: Floats


def whiten(values: Floats, position: Integers, phi: float) -> Floats:
    """`values` (n or n x k) with the AR(1) correlation removed; unit variance in, unit variance out."""
    power = phi ** np.diff(position).astype(float)
    scale = np.sqrt(1 - power**2)
    if values.ndim == 2:
        power, scale = power[:, None], scale[:, None]
    return np.concatenate([values[:1], (values[1:] - power * values[:-1]) / scale])


def correlation(position: Integers, phi: float) -> Floats:
    """The n x n AR(1) correlation matrix."""
    distance = np.abs(position[:, None] - position[None, :])
    powers: Floats = float(phi) ** np.arange(distance.max() + 1)  # n powers, not n x n
    return np.asarray(powers[distance])


def profile_likelihood(x: Floats, y: Floats, position: Integers, phis: Floats, *, restricted: bool = True) -> Floats:
    """Log-likelihood at each of `phis` (m), coefficients and variance profiled out, up to a constant."""
    n, k = x.shape
    both = np.column_stack([x, y])
    power = phis[:, None] ** np.diff(position).astype(float)
    variance = 1 - power**2
    later = (both[1:] - power[:, :, None] * both[:-1]) / np.sqrt(variance)[:, :, None]
    products = later.transpose(0, 2, 1) @ later + np.outer(both[0], both[0])
    gram, cross = products[:, :k, :k], products[:, :k, k]
    explained = np.einsum("mk,mk->m", cross, np.linalg.solve(gram, cross[:, :, None])[:, :, 0])
    rest = products[:, k, k] - explained
    degrees = n - k if restricted else n
    value = -0.5 * np.log(variance).sum(axis=1) - 0.5 * degrees * np.log(rest)
    if restricted:
        value = value - 0.5 * np.linalg.slogdet(gram)[1]
    return np.asarray(value)


def fit_ar1(x: Floats, y: Floats, position: Integers, *, restricted: bool = True) -> Ar1Fit:
    """Fit phi by restricted (or plain) maximum likelihood, then the coefficients by generalised least squares.

    The columns of `x` are rescaled inside, so their units do not matter. `phi_low`, `phi_high` is the 95 % profile
    likelihood interval (chi-squared, 1 degree). Source: Pinheiro and Bates (2000), Mixed-Effects Models in S, ch. 5;
    for interrupted time series Turner et al. (2021), BMC Medical Research Methodology 21:134.
    """
    scale = np.sqrt((x**2).mean(axis=0))
    xs = x / scale
    # The residual keeps the likelihood exact to the last digits where the level of y is large against its noise.
    residual = y - xs @ np.linalg.lstsq(xs, y, rcond=None)[0]

    def likelihood(z: Floats) -> Floats:
        return profile_likelihood(xs, residual, position, np.tanh(z), restricted=restricted)

    edge = float(np.arctanh(PHI_LIMIT))
    grid = np.linspace(-2.5, edge, 41)
    values = likelihood(grid)
    z, step = float(grid[values.argmax()]), float(grid[1] - grid[0])
    for _ in range(6):
        finer = np.clip(np.linspace(z - step, z + step, 21), -2.5, edge)
        z, step = float(finer[likelihood(finer).argmax()]), step / 10
    phi, top = float(np.tanh(z)), float(likelihood(np.array([z]))[0])
    inside = np.append(grid[values >= top - 1.920729], z)
    phis, weights = np.array([phi]), np.ones(1)
    if len(y) <= LONGEST_SPREAD:
        phis, weights = _spread(likelihood, grid[values >= top - 8], z, step=float(grid[1] - grid[0]))
    low, high = float(np.tanh(inside.min())), float(np.tanh(inside.max()))
    xw, yw = whiten(xs, position, phi), whiten(y, position, phi)
    inverse = np.linalg.inv(xw.T @ xw)
    beta = inverse @ xw.T @ yw
    whitened = yw - xw @ beta
    degrees = len(y) - x.shape[1] if restricted else len(y)
    variance = float(whitened @ whitened) / degrees
    covariance = variance * inverse / np.outer(scale, scale)
    estimates = beta / scale
    return Ar1Fit(phi, low, high, estimates, covariance, whitened, top, phis, weights)


def _spread(
    likelihood: Callable[[Floats], Floats], supported: Floats, best: float, *, step: float
) -> tuple[Floats, Floats]:
    """Values of phi where the likelihood is not negligible, weighted by it (flat prior on phi)."""
    low = max(min(supported.min(initial=best), best) - step, -2.5)
    high = min(max(supported.max(initial=best), best) + step, float(np.arctanh(PHI_LIMIT)))
    z = np.linspace(low, high, 31)
    height = likelihood(z)
    weights = np.exp(height - height.max()) / np.cosh(z) ** 2
    return np.tanh(z), weights / weights.sum()
