"""Intervals when trends after treatment stray at most `m` times as far, a period, as the worst step before.

For each step before (and each sign) that could be the worst, the bound is a set of linear inequalities on the trend; an
effect t is kept if the inequalities hold for some path of effects with that t. With the other effects profiled out, the
inequalities that remain are few: their multipliers form a cone whose edges are known in closed form (one for each sign
of the wanted effect, one for each step after), so the test statistic is the largest of that many normal variables. The
test is the hybrid of a least-favourable first stage and a test conditional on which of them is the largest, which
allows for the sampling error of the steps before. The interval spans the effects that some worst step would keep.

Sources: Rambachan and Roth (2023), Review of Economic Studies 90(5), sections 2.4.1 and 3; Andrews, Roth and Pakes
(2023), Review of Economic Studies 90(6); like their R package HonestDiD, only inequalities on periods after treatment
enter the test, and a tenth of alpha goes to the first stage.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.effects.series import Floats

Booleans = npt.NDArray[np.bool_]
FIRST_STAGE_SHARE = 0.1
DRAWS = 20_000
GRID, REACH, HALVINGS = 401, 20.0, 30
NEGLIGIBLE = 1e-12


@dataclass(frozen=True, eq=False)
class Edges:
    """For one worst step: statistics (edges) are `level - effect * slope`, normal with `covariance`."""

    level: Floats
    slope: Floats
    covariance: Floats


class RelativeTest:
    """The hybrid test of every effect, for every step before (and sign) that may be the worst.

    `values` (k) and `covariance` are of the coefficients before, then after, the reference period; `wanted` weighs
    those after; `m` is the multiple. `draws` and `seed` are of the first stage.
    """

    def __init__(
        self,
        values: Floats,
        covariance: Floats,
        n_pre: int,
        wanted: Floats,
        m: float,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> None:
        self.estimate = float(wanted @ values[n_pre:])
        self.std_error = float(np.sqrt(wanted @ covariance[n_pre:, n_pre:] @ wanted))
        worst = float(np.abs(np.diff(np.append(values[:n_pre], 0.0))).max())
        self._reach = REACH * self.std_error + 2 * m * worst * float(np.abs(np.cumsum(wanted[::-1])).sum())
        noise = np.random.default_rng(seed).standard_normal((draws, len(wanted) + 2))
        self._cases = [
            edges_of(values, covariance, n_pre, wanted, m, step, sign) for step in range(n_pre) for sign in (1.0, -1.0)
        ]
        self._largest = [np.sort(_largest(case, noise)) for case in self._cases]

    def kept(self, effects: Floats, alpha: float) -> Booleans:
        """Which `effects` some worst step would keep."""
        found = np.zeros(len(effects), dtype=bool)
        for case, largest in zip(self._cases, self._largest, strict=True):
            rank = int(np.ceil((1 - alpha * FIRST_STAGE_SHARE) * len(largest))) - 1
            first_stage = float(largest[rank])
            found |= _kept(case, first_stage, effects, alpha)
        return found

    def interval(self, alpha: float) -> tuple[float, float]:
        """The smallest and largest effect kept; infinite where the search (20 errors, two worst paths) ends before."""
        grid = self.estimate + np.linspace(-1, 1, GRID) * self._reach
        inside = np.flatnonzero(self.kept(grid, alpha))
        if not len(inside):
            return float("nan"), float("nan")
        first, last = int(inside[0]), int(inside[-1])
        low = -np.inf if first == 0 else self._end(grid[first], grid[first - 1], alpha)
        high = np.inf if last == GRID - 1 else self._end(grid[last], grid[last + 1], alpha)
        return float(low), float(high)

    def p_value(self) -> float:
        """The smallest level at which no effect is rejected, to 1e-5."""
        low, high = 1e-6, 0.999
        zero = np.zeros(1)
        if not self.kept(zero, low)[0]:
            return low
        while high - low > 1e-5:
            middle = (low + high) / 2
            low, high = (middle, high) if self.kept(zero, middle)[0] else (low, middle)
        return low

    def _end(self, inside: float, outside: float, alpha: float) -> float:
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if self.kept(np.array([middle]), alpha)[0] else (inside, middle)
        return inside


def edges_of(values: Floats, covariance: Floats, n_pre: int, wanted: Floats, m: float, step: int, sign: float) -> Edges:
    """Edges when the step before that is numbered `step` is the worst, and has this `sign`.

    Inequalities on step t after: |d(t) - d(t-1)| - m v <= 0, with v = sign times the worst step. Taking out all effects
    but the wanted one leaves the multipliers of the signed steps proportional to the tail sums of the wanted weights.
    """
    n_post = len(wanted)
    steps = np.zeros((n_post, n_pre + n_post))
    steps[:, n_pre:] = np.eye(n_post) - np.eye(n_post, k=-1)
    worst = np.zeros(n_pre + n_post)
    worst[step] = -sign
    if step + 1 < n_pre:
        worst[step + 1] = sign
    rows = np.vstack([steps - m * worst, -steps - m * worst])
    tails = np.cumsum(wanted[::-1])[::-1]
    multipliers = [
        np.r_[np.maximum(tails, 0.0), np.maximum(-tails, 0.0)],
        np.r_[np.maximum(-tails, 0.0), np.maximum(tails, 0.0)],
        *np.hstack([np.eye(n_post), np.eye(n_post)]),
    ]
    scale = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
    edges = np.array([one / float(one @ scale) for one in multipliers])
    combined = edges @ rows
    slope = np.zeros(len(edges))
    slope[:2] = [1.0 / float(multipliers[0] @ scale), -1.0 / float(multipliers[1] @ scale)]
    return Edges(combined @ values, slope, combined @ covariance @ combined.T)


def _largest(case: Edges, draws: Floats) -> Floats:
    """Draws of the largest statistic where every inequality binds."""
    size, vectors = np.linalg.eigh(case.covariance)
    return np.asarray((draws @ (vectors * np.sqrt(np.maximum(size, 0.0))).T).max(axis=1))


def _kept(case: Edges, first_stage: float, effects: Floats, alpha: float) -> Booleans:
    """Which `effects` the hybrid test keeps."""
    level = (alpha - alpha * FIRST_STAGE_SHARE) / (1 - alpha * FIRST_STAGE_SHARE)
    statistics = case.level[:, None] - np.outer(case.slope, effects)
    best = statistics.argmax(axis=0)
    rejected = statistics.max(axis=0) > first_stage
    for edge in np.unique(best):
        at = np.flatnonzero((best == edge) & ~rejected)
        rejected[at] = _conditional(case, int(edge), statistics[:, at], first_stage, level)
    return np.asarray(~rejected)


def _conditional(case: Edges, edge: int, statistics: Floats, first_stage: float, level: float) -> Booleans:
    """Whether the largest statistic is too large, given that it is the largest and passed the first stage."""
    from scipy import special

    variance, top = float(case.covariance[edge, edge]), statistics[edge]
    if variance <= NEGLIGIBLE * float(np.diag(case.covariance).max()):
        return np.asarray(top > 1e-9)
    share = case.covariance[:, edge] / variance
    rest = statistics - np.outer(share, top)
    low, high = np.full(len(top), -np.inf), np.full(len(top), first_stage)
    for other in range(len(share)):
        if abs(1 - share[other]) < 1e-10:
            continue
        bound = rest[other] / (1 - share[other])
        low, high = (np.maximum(low, bound), high) if share[other] < 1 else (low, np.minimum(high, bound))
    error = np.sqrt(variance)
    lower, upper = special.ndtr(-low / error), special.ndtr(-high / error)
    critical = -error * special.ndtri(upper + level * (lower - upper))
    return np.asarray(top > np.maximum(critical, 0.0))
