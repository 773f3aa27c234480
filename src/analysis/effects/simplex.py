"""Least squares over the simplex (weights >= 0 that sum to 1), exactly or by the published Frank-Wolfe steps."""

import numpy as np
import numpy.typing as npt

from analysis.effects.series import Floats

SOLVERS = ("frank_wolfe", "exact")
LARGEST_SUPPORT_CHANGES = 2000


def frank_wolfe(
    a: Floats, b: Floats, ridge: float, *, start: Floats, min_decrease: float, max_iterations: int
) -> Floats:
    """Minimise |a x - b|² + ridge |x|² over the simplex by steps toward its corners.

    `a` is n x k, `ridge` is n times zeta². Stops when a step lowers the objective divided by n by less than
    `min_decrease`²: the rule, and so the digits, of Arkhangelsky et al. (2021), AER 111(12), in their R package.
    """
    n = len(b)
    gram, cross, constant = a.T @ a, a.T @ b, float(b @ b)
    x, gx, previous = start.copy(), gram @ start, np.inf
    for taken in range(max_iterations):
        half_gradient = gx - cross + ridge * x
        corner = int(half_gradient.argmin())
        slope = float(half_gradient @ x) - float(half_gradient[corner])
        direction_gram = gram[corner] - gx
        squared = float(x @ x)
        curvature = float(gram[corner, corner] - 2 * gx[corner] + x @ gx) + ridge * (squared - 2 * x[corner] + 1)
        if curvature <= 0:
            break
        step = min(1.0, max(0.0, slope / curvature))
        x = (1 - step) * x
        x[corner] += step
        gx = gx + step * direction_gram
        value = (float(x @ gx) - 2 * float(cross @ x) + constant + ridge * float(x @ x)) / n
        if taken and previous - value <= min_decrease**2:
            break
        previous = value
    return np.asarray(x)


def exact(a: Floats, b: Floats, ridge: float) -> Floats:
    """The minimiser of |a x - b|² + ridge |x|² over the simplex, by an active set (Lawson and Hanson 1974, ch. 23).

    Where several weights fit equally well (more columns than rows, no ridge) one of them.
    """
    k = a.shape[1]
    gram, cross = a.T @ a + ridge * np.eye(k), a.T @ b
    x = np.zeros(k)
    x[int((np.diag(gram) - 2 * cross).argmin())] = 1.0
    tolerance = 1e-10 * max(float(np.abs(gram).max()), float(np.abs(cross).max()), 1e-300)
    for _ in range(LARGEST_SUPPORT_CHANGES):
        x = _settle(gram, cross, x)
        gradient = gram @ x - cross
        level = float(gradient @ x)
        entering = np.where(x > 0, np.inf, gradient)
        best = int(entering.argmin())
        if entering[best] >= level - tolerance:
            break
        moved = _settle(gram, cross, x, entering=best)
        if np.array_equal(moved > 0, x > 0):
            break
        x = moved
    return x


def _settle(gram: Floats, cross: Floats, x: Floats, entering: int | None = None) -> Floats:
    """Move to the best point of the support of `x`, dropping the weights that would turn negative on the way."""
    support = x > 0
    if entering is not None:
        support[entering] = True
    for _ in range(len(x)):
        target = _on_support(gram, cross, support)
        if (target[support] > 0).all():
            return target
        falling = support & (target <= 0)
        shares = x[falling] / np.maximum(x[falling] - target[falling], 1e-300)
        step = float(shares.min())
        x = x + step * (target - x)
        leaving = np.flatnonzero(falling)[shares <= step * (1 + 1e-12)]
        x[leaving] = 0.0
        support[leaving] = False
        x = np.where(support, np.maximum(x, 0.0), 0.0)
        if support.sum() == 1:
            return np.where(support, 1.0, 0.0)
    return np.asarray(x / x.sum())


def _on_support(gram: Floats, cross: Floats, support: npt.NDArray[np.bool_]) -> Floats:
    at = np.flatnonzero(support)
    m = len(at)
    system = np.ones((m + 1, m + 1))
    system[:m, :m], system[m, m] = gram[np.ix_(at, at)], 0.0
    scale = max(float(np.abs(system[:m, :m]).max()), 1e-300)
    system[:m, :m] /= scale
    out = np.zeros(len(cross))
    out[at] = _solved(system, np.append(cross[at] / scale, 1.0))[:m]
    return out


def _solved(system: Floats, right: Floats) -> Floats:
    """The solution, or the shortest one where there are many."""
    try:
        solution = np.linalg.solve(system, right)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(system, right, rcond=1e-13)[0])
    if np.abs(system @ solution - right).max() <= 1e-10 * max(1.0, float(np.abs(solution).max())):
        return np.asarray(solution)
    return np.asarray(np.linalg.lstsq(system, right, rcond=1e-13)[0])


def effective_number(weights: Floats) -> float:
    """1 / sum of squared weights: how many equal weights would spread as much."""
    return 1.0 / float(weights @ weights)
