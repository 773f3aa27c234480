"""A working model of the noise: first-order autocorrelation, fitted by (restricted) maximum likelihood.

Gaps are exact: two observations d periods apart correlate by phi ** d. Any number of series on one calendar are fitted
together, for the likelihood of each needs only a few sums of products of neighbouring rows.
"""

from dataclasses import dataclass

import numpy as np

from analysis.effects.series import Floats, Integers

PHI_LIMIT = 0.99999  # where R's gls stops too
LOWEST = -2.5  # of the inverse hyperbolic tangent of phi
LONGEST_SPREAD = 400  # beyond this phi is known well enough, and n x n matrices for many phis cost too much
COARSEST = 0.15  # step between the phis tried, as inverse hyperbolic tangents; 1 / sqrt(n) where that is finer
NEGLIGIBLE = 14.0  # log-likelihood below the top at which a phi no longer counts
HALF_CHI2_95 = 1.920729
STEPS = 40
CLOSE = 1e-13


@dataclass(frozen=True, eq=False)
class Ar1Fit:
    """Generalised least squares under AR(1) noise.

    `likely_phis` and `likely_weights` (sum 1) spread over the values of phi that the likelihood supports, with a flat
    prior; one value where the series is long. `likely_scales` are the noise variances that go with them.
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
    likely_scales: Floats


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


class Ar1Likelihood:
    """The log-likelihood of phi in N series (outcomes n x N) on one calendar, all else profiled out.

    The columns of `x` (n x k) are rescaled inside, so their units do not matter. Every cross-product of whitened rows
    is a sum of cross-products of rows and of their differences, with weights that depend on phi alone.
    """

    def __init__(self, x: Floats, outcomes: Floats, position: Integers, *, restricted: bool = True) -> None:
        self.scale = np.sqrt((x**2).mean(axis=0))
        self.x = x / self.scale
        self.start = np.linalg.lstsq(self.x, outcomes, rcond=None)[0]
        # The residual keeps the likelihood exact to the last digits where the level of y is large against its noise.
        residual = outcomes - self.x @ self.start
        n, k = x.shape
        self.n, self.degrees, self.restricted = n, n - k if restricted else n, restricted
        self.distances, counts = np.unique(np.diff(position), return_counts=True)
        self.counts = counts.astype(float)
        gram, cross, square = [np.outer(self.x[0], self.x[0])], [np.outer(self.x[0], residual[0])], [residual[0] ** 2]
        for distance in self.distances:
            later = np.flatnonzero(np.diff(position) == distance) + 1
            xs, es = self.x[later - 1], residual[later - 1]
            dx, de = self.x[later] - xs, residual[later] - es
            mixed = dx.T @ xs
            gram += [dx.T @ dx, mixed + mixed.T, xs.T @ xs]
            cross += [dx.T @ de, dx.T @ es + xs.T @ de, xs.T @ es]
            square += [(de**2).sum(axis=0), 2 * (de * es).sum(axis=0), (es**2).sum(axis=0)]
        self.gram, self.cross, self.square = np.array(gram), np.array(cross), np.array(square)

    def _weights(self, phi: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Weights of the sums (m x q), their derivatives in phi, the log-determinant's data part and its derivative."""
        power = phi[:, None] ** self.distances
        slope = self.distances * phi[:, None] ** (self.distances - 1)
        rest, other = 1 - power, 1 + power
        first = np.stack([1 / (rest * other), 1 / other, rest / other], axis=2)
        moves = np.stack([2 * power / (rest * other) ** 2, -1 / other**2, -2 / other**2], axis=2) * slope[:, :, None]
        m = len(phi)
        weights = np.column_stack([np.ones(m), first.reshape(m, -1)])
        changes = np.column_stack([np.zeros(m), moves.reshape(m, -1)])
        return weights, changes, np.log(rest * other) @ self.counts, -2 * power * slope / (rest * other) @ self.counts

    def table(self, phis: Floats) -> tuple[Floats, Floats]:
        """Log-likelihood (up to a constant) and residual sum of squares of each series at each of `phis` (m x N)."""
        weights, _, log_variance, _ = self._weights(phis)
        sums = weights @ self.square
        heights = np.empty_like(sums)
        for j, row in enumerate(weights):
            root = np.linalg.cholesky(np.tensordot(row, self.gram, 1))
            half = np.linalg.inv(root) @ np.tensordot(row, self.cross, 1)
            sums[j] -= (half**2).sum(axis=0)
            heights[j] = -0.5 * log_variance[j] - 0.5 * self.degrees * np.log(sums[j])
            if self.restricted:
                heights[j] -= np.log(np.diag(root)).sum()
        return heights, sums

    def at(self, phi: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Each series at its own phi (N): inverse cross-product (N x k x k), coefficients, sum of squares, slope.

        Coefficients and inverse are those of the rescaled columns; the slope is the derivative of the likelihood.
        """
        weights, changes, _, log_slope = self._weights(phi)
        gram, moved = np.tensordot(weights, self.gram, 1), np.tensordot(changes, self.gram, 1)
        cross, shifted = (np.einsum("iq,qki->ik", w, self.cross) for w in (weights, changes))
        inverse = np.linalg.inv(gram)
        beta = np.einsum("ikl,il->ik", inverse, cross)
        rest = np.einsum("iq,qi->i", weights, self.square) - (beta * cross).sum(axis=1)
        slope = np.einsum("iq,qi->i", changes, self.square) - 2 * (beta * shifted).sum(axis=1)
        slope = slope + np.einsum("ik,ikl,il->i", beta, moved, beta)
        total = -0.5 * log_slope - 0.5 * self.degrees * slope / rest
        if self.restricted:
            total = total - 0.5 * np.einsum("ikl,ilk->i", inverse, moved)
        return inverse, self.start.T + beta, rest, total

    def of(self, chosen: Integers) -> "Ar1Likelihood":
        """The same for some of the series."""
        other = object.__new__(Ar1Likelihood)
        other.__dict__.update(self.__dict__)
        other.start, other.cross, other.square = self.start[:, chosen], self.cross[:, :, chosen], self.square[:, chosen]
        return other

    def best(self, nodes: Floats, heights: Floats) -> Floats:
        """The most likely phi of each series (N), its derivative brought to zero from the best of `nodes`."""
        top = heights.argmax(axis=0)
        low, high = nodes[np.maximum(top - 1, 0)], nodes[np.minimum(top + 1, len(nodes) - 1)]

        def slope(z: Floats) -> Floats:
            return self.at(np.tanh(z))[3]

        at_low, at_high = slope(low), slope(high)
        low, high = np.where(at_high > 0, high, low), np.where(at_low < 0, low, high)  # the end of the range itself
        at = low
        for _ in range(STEPS):  # regula falsi, Illinois: superlinear, and never leaves the bracket
            width, before = at_low - at_high, at
            at = np.where(width > 0, (at_low * high - at_high * low) / np.where(width > 0, width, 1.0), low)
            if (np.abs(at - before) <= CLOSE * (1 + np.abs(at))).all():
                break
            found = slope(at)
            up = found > 0
            low, high = np.where(up, at, low), np.where(up, high, at)
            at_low, at_high = np.where(up, found, at_low / 2), np.where(up, at_high / 2, found)
        return np.asarray(np.tanh(at))


def nodes_of(n: int) -> Floats:
    """The values of phi to try, as inverse hyperbolic tangents, a likelihood's standard deviation or less apart."""
    edge = float(np.arctanh(PHI_LIMIT))
    return np.linspace(LOWEST, edge, int(np.ceil((edge - LOWEST) / min(COARSEST, n**-0.5))) + 1)


def likely(nodes: Floats, heights: Floats) -> Floats:
    """Weights of the nodes (m x N, each column's sum 1): likelihood times a flat prior on phi; 0 where negligible."""
    below = heights - heights.max(axis=0)
    weights = np.where(below > -NEGLIGIBLE, np.exp(below), 0.0) / np.cosh(nodes)[:, None] ** 2
    return np.asarray(weights / weights.sum(axis=0))


def fit_ar1(x: Floats, y: Floats, position: Integers, *, restricted: bool = True) -> Ar1Fit:
    """Fit phi by restricted (or plain) maximum likelihood, then the coefficients by generalised least squares.

    `phi_low`, `phi_high` is the 95 % profile likelihood interval (chi-squared, 1 degree). Source: Pinheiro and Bates
    (2000), Mixed-Effects Models in S, ch. 5; for interrupted time series Turner et al. (2021), BMC Medical Research
    Methodology 21:134.
    """
    model = Ar1Likelihood(x, y[:, None], position, restricted=restricted)
    nodes = nodes_of(len(y))
    heights, sums = model.table(np.tanh(nodes))
    best = model.best(nodes, heights)
    inverse, beta, rest, _ = model.at(best)
    phi, top = float(best[0]), float(model.table(best)[0][0, 0])
    low, high = _range(np.tanh(nodes), heights[:, 0], phi, top)
    phis, weights, scales = best, np.ones(1), rest / (len(y) - x.shape[1])
    if len(y) <= LONGEST_SPREAD:
        shares = likely(nodes, heights)[:, 0]
        some = shares > 0
        phis, weights, scales = np.tanh(nodes[some]), shares[some], sums[some, 0] / (len(y) - x.shape[1])
    return Ar1Fit(
        phi=phi,
        phi_low=low,
        phi_high=high,
        coefficients=beta[0] / model.scale,
        covariance=inverse[0] * float(rest[0]) / model.degrees / np.outer(model.scale, model.scale),
        whitened=whiten(y - model.x @ beta[0], position, phi),
        log_likelihood=top,
        likely_phis=phis,
        likely_weights=weights,
        likely_scales=scales,
    )


def _range(phis: Floats, heights: Floats, best: float, top: float) -> tuple[float, float]:
    """Where the likelihood falls by half the chi-squared quantile on either side, between nodes by a straight line."""
    at, height = np.append(phis, best), np.append(heights, top)
    order = np.argsort(at)
    at, height = at[order], height[order] - (top - HALF_CHI2_95)
    inside = np.flatnonzero(height >= 0)
    first, last = int(inside[0]), int(inside[-1])
    low = np.interp(0.0, height[first - 1 : first + 1], at[first - 1 : first + 1]) if first else at[0]
    high = np.interp(0.0, height[last : last + 2][::-1], at[last : last + 2][::-1]) if last + 1 < len(at) else at[-1]
    return float(low), float(high)
