"""How sure the places of joints are, and what that does to the slopes between them."""

import itertools

import numpy as np

from analysis.trends.intervals import Floats

POINTS = {1: 401, 2: 49, 3: 19}  # places tried a joint
REACH = 6.0  # standard errors of a joint's place that are tried around it


def over_places(
    t: Floats, y: Floats, weights: Floats, joints: Floats, freedom: int, level: float
) -> tuple[Floats, Floats]:
    """Bounds of the places of k joints (k x 2), and half widths of the intervals of the k + 1 slopes.

    The joints are moved over a grid around the optimum. Each arrangement weighs ssr^(-(freedom + k) / 2): its
    likelihood at a flat prior on the places, with the lines and the noise integrated out. Bounds are quantiles of those
    weights; a slope's variance is the weighted mean of its variance and of its squared distance from the optimum.
    """
    from scipy import stats

    k = len(joints)
    arrangements = _arrangements(t, y, weights, joints)
    ssr, slopes, variances = _fits(t, y, weights, arrangements)
    freedom_left = freedom + k
    with np.errstate(divide="ignore"):
        height = -freedom_left / 2 * np.log(np.maximum(ssr, np.finfo(float).tiny))
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    best = np.cumsum(line_slopes(t, y, weights, joints))
    spread = weight @ (variances * ssr[:, None] / freedom_left + (slopes - best) ** 2)
    half = float(stats.t.ppf(0.5 + level / 2, freedom)) * np.sqrt(spread)
    tail = 0.5 - level / 2
    bounds = np.array([_quantiles(arrangements[:, i], weight, (tail, 1 - tail)) for i in range(k)]).reshape(k, 2)
    return bounds, half


def line_slopes(t: Floats, y: Floats, weights: Floats, joints: Floats) -> Floats:
    """The first slope and the bends (1 + k)."""
    root = np.sqrt(weights)
    coefficients = np.linalg.lstsq(_design(t, joints) * root[:, None], y * root, rcond=None)[0]
    return coefficients[1:].astype(np.float64)


def _design(t: Floats, joints: Floats) -> Floats:
    """Columns of the line (... x n x (2 + k)) for joints (... x k)."""
    bends = np.maximum(t[:, None] - joints[..., None, :], 0.0)
    straight = np.broadcast_to(np.column_stack([np.ones_like(t), t]), (*bends.shape[:-1], 2))
    return np.concatenate([straight, bends], axis=-1)


def _arrangements(t: Floats, y: Floats, weights: Floats, joints: Floats) -> Floats:
    """Rising places of the joints to try (m x k)."""
    k = len(joints)
    if k == 0:
        return np.zeros((1, 0))
    bends = line_slopes(t, y, weights, joints)[1:]
    design = _design(t, joints)
    derivatives = np.column_stack([design, -bends * (t[:, None] > joints)])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    noise = float((weights * residual**2).sum()) / max(len(t) - 2 - 2 * k, 1)
    covariance = noise * np.linalg.pinv(derivatives.T @ (weights[:, None] * derivatives))
    reach = REACH * np.sqrt(np.maximum(np.diag(covariance)[2 + k :], 0))
    low, high = np.maximum(joints - reach, t[1]), np.minimum(joints + reach, t[-2])
    axes = [np.linspace(a, b, POINTS[k]) for a, b in zip(low, high, strict=True)]
    grid = np.array(list(itertools.product(*axes)))
    grid = grid[(np.diff(grid, axis=1) > (t[-1] - t[0]) / len(t)).all(axis=1)]
    return np.concatenate([grid, joints[None]])


def _fits(t: Floats, y: Floats, weights: Floats, arrangements: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum of squares (m), slopes and their variances in units of the noise's (m x (1 + k)) of each arrangement."""
    design = _design(t, arrangements)
    weighted = design * weights[:, None]
    inverse = np.linalg.pinv(np.einsum("mni,mnj->mij", weighted, design))
    coefficients = np.einsum("mij,mnj,n->mi", inverse, weighted, y)
    residuals = y - np.einsum("mni,mi->mn", design, coefficients)
    sums = np.zeros((design.shape[2] - 1, design.shape[2]))
    sums[:, 1:] = np.tri(len(sums))
    variances = np.einsum("si,mij,sj->ms", sums, inverse, sums)
    return (weights * residuals**2).sum(axis=1), coefficients @ sums.T, variances


def _quantiles(places: Floats, weight: Floats, at: tuple[float, float]) -> list[float]:
    order = np.argsort(places)
    summed = np.cumsum(weight[order]) - weight[order] / 2
    return [float(np.interp(share, summed, places[order])) for share in at]
