"""The most likely variances of local linear trends, for many series at once, by Newton's method on their ratios.

Any of the variances may be 0, at the edge of what is possible. So every set of them that are above 0 is searched by
itself, on the logarithms of the ratios to its first, from the best of a grid; the scale of all follows from the ratios.
A variance is 0 where the set without it is as likely (to 1e-8).
"""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from analysis.trends.intervals import Floats
from analysis.trends.kalman import Flags, filtered

CELLS = 200_000  # values that are filtered at once
GRIDS = (np.arange(-10.0, 11.0, 2.0), np.arange(-16.0, 7.0, 2.0))  # logarithms of the ratios of level and slope
STEP = 1e-3  # of the differences in place of derivatives
LONGEST = 2.0  # step of the search
FLAT = 1e-12  # what a further step would add to the log-likelihood
ALIKE = 1e-8
MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class Likeliest:
    """Per series: variances (noise, level, slope; 3 x series), log-likelihood, and whether its search ended."""

    variances: Floats
    log_likelihood: Floats
    converged: Flags


def likeliest(values: Floats, states: int) -> Likeliest:
    """Maximum of the diffuse likelihood of each of `values`, n x series, NaN where missing.

    `states`: 2 for a local linear trend, 1 for a local level. At least `states` + 1 values that are not on one line.
    """
    series = values.shape[1]
    best = Likeliest(np.zeros((3, series)), np.full(series, -np.inf), np.zeros(series, dtype=bool))
    for size in range(1, states + 2):
        for free in combinations(range(states + 1), size):
            logs, height, converged = _searched(values, states, free)
            better = height > best.log_likelihood + ALIKE
            best.variances[:, better] = _variances(logs, free)[:, better]
            best.log_likelihood[better], best.converged[better] = height[better], converged[better]
    scale = _likelihoods(values, best.variances[:, None], states)[1][0]
    return Likeliest(best.variances * scale, best.log_likelihood, best.converged)


def _variances(logs: Floats, free: tuple[int, ...]) -> Floats:
    """3 x the lanes of `logs`, whose first dimension are the ratios to the first of the free variances."""
    found = np.zeros((3, *logs.shape[1:]))
    found[free[0]] = 1.0
    for i, place in enumerate(free[1:]):
        found[place] = np.exp(logs[i])
    return found


def _likelihoods(values: Floats, variances: Floats, states: int) -> tuple[Floats, Floats]:
    """Log-likelihood and scale, tries x series, of variances, 3 x tries x series."""
    tries, series = variances.shape[1:]
    lanes, at_once = variances.reshape(3, -1), max(CELLS // len(values), 1)
    found = np.empty((2, tries * series))
    for i in range(0, tries * series, at_once):
        these = np.arange(i, min(i + at_once, tries * series))
        found[:, these] = filtered(values[:, these % series], lanes[:, these], states).likelihood()
    return found[0].reshape(tries, series), found[1].reshape(tries, series)


def _searched(values: Floats, states: int, free: tuple[int, ...]) -> tuple[Floats, Floats, Flags]:
    """Best logarithms of the ratios ((free - 1) x series), their log-likelihood, and whether the search ended."""
    series, count = values.shape[1], len(free) - 1
    grid = np.array(list(product(*(GRIDS[place - 1] for place in free[1:])))).T
    tries = np.broadcast_to(grid[:, :, None], (count, grid.shape[1], series))
    heights = _likelihoods(values, _variances(tries, free), states)[0]
    if not count:
        return grid[:, [0]] * np.ones(series), heights[0], np.ones(series, dtype=bool)
    at, height, ended = grid[:, heights.argmax(axis=0)], heights.max(axis=0), np.zeros(series, dtype=bool)
    damping, slope, bend = np.zeros(series), np.zeros((count, series)), np.zeros((count, count, series))
    tried = at.copy()
    for _ in range(MOST_STEPS):
        open_ = np.flatnonzero(~ended)
        if not len(open_):
            break
        height_, slope_, bend_ = _derivatives(values[:, open_], tried[:, open_], free, states)
        better = (height_ >= height[open_]) | (slope[:, open_] == 0).all(axis=0)
        taken = open_[better]
        at[:, taken], height[taken] = tried[:, taken], height_[better]
        slope[:, taken], bend[:, :, taken] = slope_[:, better], bend_[:, :, better]
        damping[open_] = np.where(better, damping[open_] / 10, np.maximum(10 * damping[open_], 1e-3))
        step, gain = _step(slope[:, open_], bend[:, :, open_], damping[open_])
        ended[open_] = gain < FLAT
        tried[:, open_] = at[:, open_] + step
    return at, height, ended


def _derivatives(values: Floats, at: Floats, free: tuple[int, ...], states: int) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood, its slope and its bend at logarithms of ratios, by differences of both sides."""
    count = len(at)
    sides = np.concatenate([np.zeros((1, count)), np.eye(count), -np.eye(count), [np.ones(count)], [-np.ones(count)]])
    tries = at[:, None, :] + STEP * sides.T[:, :, None]
    heights = _likelihoods(values, _variances(tries, free), states)[0]
    here, up, down = heights[0], heights[1 : count + 1], heights[count + 1 : 2 * count + 1]
    slope = (up - down) / (2 * STEP)
    bends = (up - 2 * here + down) / STEP**2
    bend = np.zeros((count, count, len(here)))
    for i in range(count):
        bend[i, i] = bends[i]
    if count == 2:
        bend[0, 1] = bend[1, 0] = ((heights[-2] - 2 * here + heights[-1]) / STEP**2 - bends.sum(axis=0)) / 2
    return here, slope, bend


def _step(slope: Floats, bend: Floats, damping: Floats) -> tuple[Floats, Floats]:
    """Newton's step uphill, shortened to LONGEST, and what the bend promises of it undamped."""
    sizes, ways = np.linalg.eigh(-bend.transpose(2, 0, 1))
    along = np.einsum("sij,is->sj", ways, slope)
    sizes = np.maximum(np.abs(sizes), 1e-12)
    gain = 0.5 * (along**2 / sizes).sum(axis=1)
    step = np.einsum("sij,sj->is", ways, along / (sizes + damping[:, None]))
    length = np.sqrt((step**2).sum(axis=0))
    return step * np.minimum(1, LONGEST / np.maximum(length, LONGEST)), gain
