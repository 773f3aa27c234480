"""The models of `interrupted_time_series` for many series on one calendar at once: what they share is computed once.

Each function takes the columns of the design (n x k) and outcomes (n x N) and answers, for the coefficients `chosen`,
with estimates, standard errors, interval ends and p-values, each N x number chosen.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.effects.ar1 import LONGEST_SPREAD, Ar1Likelihood, likely, nodes_of
from analysis.effects.counts import LARGEST_SPAN, NORMAL_975
from analysis.effects.linear import BOUNDARY
from analysis.effects.series import Floats, Integers
from analysis.effects.small_sample import LONGEST_CORRECTED, SharedMixtures, TMixtures, newey_west_moments

IRLS_STEPS = 200
CONVERGED = 1e-13
Mixtures = TMixtures | SharedMixtures


@dataclass(frozen=True, eq=False)
class ManyFits:
    """Figures of N series (N x number of coefficients chosen); `noise` is phi or the dispersion."""

    estimate: Floats
    std_error: Floats
    ci_low: Floats
    ci_high: Floats
    p_value: Floats
    noise: Floats
    unit_root: npt.NDArray[np.bool_]
    converged: npt.NDArray[np.bool_]


def many_ols_hac(x: Floats, y: Floats, position: Integers, lags: int, chosen: Integers) -> ManyFits:
    """Least squares with Newey-West errors; the t's of `analysis.effects.small_sample` at common values of phi."""
    (n, k), count = x.shape, y.shape[1]
    size = np.sqrt((x**2).mean(axis=0))
    xs = x / size
    root: Floats = np.asarray(np.linalg.qr(xs, mode="r"))
    bread = np.linalg.inv(root.T @ root)
    beta = np.linalg.lstsq(xs, y, rcond=None)[0]
    residual = y - xs @ beta
    model, nodes, heights, _ = _searched(x, y, position)
    shares = likely(nodes, heights) if n <= LONGEST_SPREAD else None
    phi = model.best(nodes, heights) if shares is None else _near_boundary(model, nodes, heights)
    estimates: list[Floats] = []
    errors: list[Floats] = []
    mixtures: list[Mixtures] = []
    for j in chosen:
        scores = (xs @ bread[:, j])[:, None] * residual
        errors.append(np.sqrt(_long_run(scores, position, lags) * n / (n - k)) / size[j])
        estimates.append(beta[j] / size[j])
        mixtures.append(_newey_west_mixtures(x, position, lags, int(j), nodes, shares, phi, count))
    return _linear(estimates, errors, mixtures, phi)


def many_reml_ar1(x: Floats, y: Floats, position: Integers, chosen: Integers) -> ManyFits:
    """Generalised least squares with AR(1) noise by restricted maximum likelihood."""
    n, k = x.shape
    model, nodes, heights, sums = _searched(x, y, position)
    phi = model.best(nodes, heights)
    inverse, beta, rest, _ = model.at(phi)
    scale = rest / (n - k)
    shares = likely(nodes, heights) if n <= LONGEST_SPREAD else None
    estimates: list[Floats] = []
    errors: list[Floats] = []
    mixtures: list[Mixtures] = []
    for j in chosen:
        variance = scale * inverse[:, j, j]
        estimates.append(beta[:, j] / model.scale[j])
        errors.append(np.sqrt(variance) / model.scale[j])
        if shares is None or n > LONGEST_CORRECTED:
            mixtures.append(_plain(len(phi), float(n - k)))
            continue
        spread = _spread_of(_gls_weights(model.x, position, phi, inverse[:, :, j]), position, np.tanh(nodes))
        node, row = np.nonzero(shares)
        order = np.lexsort((node, row))
        node, row = node[order], row[order]
        inflation = np.sqrt(sums[node, row] / (n - k) * spread[row, node] / variance[row])
        mixtures.append(TMixtures(row, shares[node, row], inflation, np.full(len(row), float(n - k))))
    return _linear(estimates, errors, mixtures, phi)


def many_counts(x: Floats, y: Floats, offset: Floats, chosen: Integers, *, overdispersed: bool) -> ManyFits:
    """Log-linear models of counts by iteratively reweighted least squares; figures as rate ratios."""
    from scipy import stats

    n, k = x.shape
    size = np.sqrt((x**2).mean(axis=0))
    xs = x / size
    mu = (y + y.mean(axis=0)) / 2
    eta = np.log(np.maximum(mu, 1e-300))
    beta, moving = np.zeros((y.shape[1], k)), np.arange(y.shape[1])
    lost: list[Integers] = []
    for _ in range(IRLS_STEPS):
        m, e = mu[:, moving], eta[:, moving]
        gram = np.einsum("ni,nk,nl->ikl", m, xs, xs, optimize=True)
        right = np.einsum("ni,nk->ik", m * (e - offset[:, moving]) + y[:, moving] - m, xs, optimize=True)
        new = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
        change = np.abs(new - beta[moving]).max(axis=1)
        beta[moving] = new
        rate = xs @ new.T
        eta[:, moving] = rate + offset[:, moving]
        mu[:, moving] = np.exp(np.minimum(eta[:, moving], 700.0))
        escaped = np.ptp(rate, axis=0) >= LARGEST_SPAN
        lost.append(moving[escaped])
        moving = moving[~escaped & (change > CONVERGED * np.maximum(1.0, np.abs(new).max(axis=1)))]
        if not len(moving):
            break
    without = np.concatenate([moving, *lost])
    mu[:, without] = 1.0  # no figures of theirs are given
    gram = np.einsum("ni,nk,nl->ikl", mu, xs, xs, optimize=True)
    inverse = np.linalg.inv(gram)
    dispersion = ((y - mu) ** 2 / mu).sum(axis=0) / (n - k)
    dispersion[without] = np.nan
    spread = dispersion if overdispersed else np.ones_like(dispersion)
    log_ratio = beta[:, chosen] / size[chosen]
    log_error = np.sqrt(spread[:, None] * np.stack([inverse[:, j, j] for j in chosen], axis=1)) / size[chosen]
    ratio, half = np.exp(log_ratio), NORMAL_975 * log_error
    settled = np.ones(y.shape[1], dtype=bool)
    settled[without] = False
    return ManyFits(
        ratio,
        ratio * log_error,
        np.exp(log_ratio - half),
        np.exp(log_ratio + half),
        2 * stats.norm.sf(np.abs(log_ratio) / log_error),
        dispersion,
        np.zeros(len(dispersion), dtype=bool),
        settled,
    )


def _searched(x: Floats, y: Floats, position: Integers) -> tuple[Ar1Likelihood, Floats, Floats, Floats]:
    model = Ar1Likelihood(x, y, position)
    nodes = nodes_of(len(x))
    return model, nodes, *model.table(np.tanh(nodes))


def _near_boundary(model: Ar1Likelihood, nodes: Floats, heights: Floats) -> Floats:
    """The most likely phi; to the last digit only where it decides whether the noise is at the boundary."""
    top = heights.argmax(axis=0)
    phi = np.tanh(nodes[top])
    close = np.flatnonzero(nodes[np.minimum(top + 1, len(nodes) - 1)] >= np.arctanh(BOUNDARY))
    if len(close):
        phi[close] = model.of(close).best(nodes, heights[:, close])
    return np.asarray(phi)


def _long_run(scores: Floats, position: Integers, lags: int) -> Floats:
    """Bartlett-weighted sum of products of scores (n x N); gaps keep their distance."""
    grid = np.zeros((int(position[-1] - position[0]) + 1, scores.shape[1]))
    grid[position - position[0]] = scores
    total = (grid**2).sum(axis=0)
    for lag in range(1, min(lags, len(grid) - 1) + 1):
        total = total + 2 * (1 - lag / (lags + 1)) * np.einsum("ti,ti->i", grid[lag:], grid[:-lag])
    return np.asarray(total)


def _newey_west_mixtures(
    x: Floats,
    position: Integers,
    lags: int,
    column: int,
    nodes: Floats,
    shares: Floats | None,
    phi: Floats,
    count: int,
) -> Mixtures:
    n, k = x.shape
    contrast = np.eye(k)[column]
    if n > LONGEST_CORRECTED:
        return _plain(count, float(n - k))
    if shares is None:
        inflation, degrees = newey_west_moments(x, position, lags, contrast, phi)
        return TMixtures(np.arange(count), np.ones(count), inflation, degrees)
    some = np.flatnonzero(shares.any(axis=1))
    return SharedMixtures(shares[some], *newey_west_moments(x, position, lags, contrast, np.tanh(nodes[some])))


def _gls_weights(xs: Floats, position: Integers, phi: Floats, row: Floats) -> Floats:
    """Each series' weights on its outcomes (N x n): its `row` of the inverse, times x', times inverse correlation."""
    power = phi[:, None] ** np.diff(position)
    spread = 1 - power**2
    plain = row @ xs.T
    later = (plain[:, 1:] - power * plain[:, :-1]) / spread
    weights = np.zeros_like(plain)
    weights[:, 0] = plain[:, 0]
    weights[:, 1:] += later
    weights[:, :-1] -= power * later
    return weights


def _spread_of(weights: Floats, position: Integers, phis: Floats) -> Floats:
    """Variance of each weighted sum under each phi (N x m): autocorrelations of the weights, times powers of phi."""
    grid = np.zeros((len(weights), int(position[-1] - position[0]) + 1))
    grid[:, position - position[0]] = weights
    length = grid.shape[1]
    spectrum = np.fft.rfft(grid, 2 * length, axis=1)
    products = np.fft.irfft(np.abs(spectrum) ** 2, 2 * length, axis=1)[:, :length]
    powers = phis[:, None] ** np.arange(length)
    powers[:, 1:] *= 2
    return np.asarray(products @ powers.T)


def _plain(count: int, degrees: float) -> TMixtures:
    return TMixtures(np.arange(count), np.ones(count), np.ones(count), np.full(count, degrees))


def _linear(estimates: list[Floats], errors: list[Floats], mixtures: list[Mixtures], phi: Floats) -> ManyFits:
    estimate, error = np.column_stack(estimates), np.column_stack(errors)
    half = np.column_stack([mixture.multipliers() for mixture in mixtures]) * error
    p = np.column_stack([one.p_values(e / s) for one, e, s in zip(mixtures, estimates, errors, strict=True)])
    fine = np.ones(len(phi), dtype=bool)
    return ManyFits(estimate, error, estimate - half, estimate + half, p, phi, phi >= BOUNDARY, fine)
