"""The local linear trend of many series at once: exact diffuse Kalman filter and smoother, a lane for each series.

The state is level and slope; a level alone is one whose slope is known to be 0. A symmetric matrix is kept as its three
numbers (first, both, second) x lanes. While a series has shown fewer values than it has unknown states, `endless` holds
the part of the states' covariance that is without bound.

Source: Durbin and Koopman (2012), Time Series Analysis by State Space Methods, ch. 4 and 5.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.trends.intervals import Floats

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Step:
    """What was known of the states before a value, and what the value tells of them."""

    mean: Floats  # 2 x lanes
    spread: Floats  # 3 x lanes
    endless: Floats | None  # 3 x lanes; None once no series has it
    told: Flags  # a value that has a finite variance
    first: Flags  # a value that makes an endless variance finite
    error: Floats
    variance: Floats
    gain: Floats  # 2 x lanes


@dataclass(frozen=True, eq=False)
class Filtered:
    """Per lane: sum of squared errors over their variances, of their logarithms, how many; and of the first values'."""

    squares: Floats
    logs: Floats
    count: Floats
    start: Floats
    steps: list[_Step]

    def likelihood(self) -> tuple[Floats, Floats]:
        """Diffuse log-likelihood at the best scale of the variances, and that scale."""
        scale = self.squares / self.count
        total = self.count * (np.log(2 * np.pi * scale) + 1) + self.logs + self.start
        return -0.5 * total, scale


def filtered(values: Floats, variances: Floats, states: int, *, keep: bool = False) -> Filtered:
    """Run the filter over `values`, n x lanes, NaN where missing.

    `variances`: of the noise and of the moves of level and slope, 3 x lanes. `states`: 2, or 1 for a level alone.
    `keep` keeps the steps for `smoothed`.
    """
    noise, lanes = variances[0], values.shape[1]
    mean, spread, endless = np.zeros((2, lanes)), np.zeros((3, lanes)), _unknown(states, lanes)
    squares, logs, count, start, seen = np.zeros((5, lanes))
    steps: list[_Step] = []
    for i, value in enumerate(values):
        if endless is None and not keep:
            more = _bounded(values[i:], variances, mean, spread)
            return Filtered(squares + more[0], logs + more[1], count + more[2], start, steps)
        known = ~np.isnan(value)
        first = known & (seen < states)
        told = known & ~first
        error = np.where(known, value - mean[0], 0.0)
        variance = np.where(told, spread[0] + noise, 1.0)
        gain = told * spread[:2] / variance
        if endless is not None:
            size = np.where(first, endless[0], 1.0)
            gain = gain + first * endless[:2] / size
            start += np.log(size) + first * np.log(2 * np.pi)
        if keep:
            steps.append(_Step(mean, spread, endless, told, first, error, spread[0] + noise, gain))
        squares += told * error**2 / variance
        logs += np.log(variance)
        count += told
        seen += known
        spread = _less(spread, gain, endless, first, spread[0] + noise)
        mean = mean + gain * error
        mean[0] += mean[1]
        spread = _ahead(spread)
        spread[0] += variances[1]
        spread[2] += variances[2]
        if endless is not None:
            left = _ahead(endless - first * _outer(endless[:2], endless[:2]) / size) * (seen < states)
            endless = left if (seen < states).any() else None
    return Filtered(squares, logs, count, start, steps)


def _bounded(values: Floats, variances: Floats, mean: Floats, spread: Floats) -> tuple[Floats, Floats, Floats]:
    """The sums of `Filtered` over values that all have a finite variance: the same steps, none of them kept."""
    squares, logs, count = np.zeros((3, values.shape[1]))
    (level, slope), (p, q, r), (noise, moved, turned) = mean, spread, variances
    for value in values:
        known = ~np.isnan(value)
        variance = p + noise
        error = np.where(known, value - level, 0.0)
        weight = known / variance
        squares += error**2 * weight
        logs += np.log(np.where(known, variance, 1.0))
        count += known
        slope = slope + q * weight * error
        level = level + p * weight * error + slope
        r = r - q * q * weight
        q = q - p * q * weight
        p = p - p * p * weight + 2 * q + r + moved
        q = q + r
        r = r + turned
    return squares, logs, count


def _unknown(states: int, lanes: int) -> Floats | None:
    return np.array([1.0, 0.0, float(states == 2)])[:, None] * np.ones(lanes)


def _outer(one: Floats, other: Floats) -> Floats:
    """The symmetric part of their outer product."""
    return np.stack([one[0] * other[0], (one[0] * other[1] + one[1] * other[0]) / 2, one[1] * other[1]])


def _less(spread: Floats, gain: Floats, endless: Floats | None, first: Flags, variance: Floats) -> Floats:
    """The states' covariance after a value; where the value ends an endless variance, its noise comes in."""
    left = spread - _outer(gain, spread[:2])
    if endless is None:
        return left
    return np.where(first, spread - 2 * _outer(gain, spread[:2]) + _outer(gain, gain) * variance, left)


def _ahead(spread: Floats) -> Floats:
    """The covariance a period on: the slope adds to the level."""
    level, both, slope = spread
    return np.stack([level + 2 * both + slope, both + slope, slope])


def smoothed(filtered: Filtered) -> tuple[Floats, Floats]:
    """Level and slope given all values, and their variances (2 x n x lanes each), from steps that were kept."""
    lanes = len(filtered.count)
    pull, grip = np.zeros((2, 2, lanes)), np.zeros((3, 3, lanes))
    means, variances = np.empty((2, len(filtered.steps), lanes)), np.empty((2, len(filtered.steps), lanes))
    for i in range(len(filtered.steps) - 1, -1, -1):
        step = filtered.steps[i]
        pull, grip = _back(step, pull, grip)
        columns = _columns(step.spread)
        means[:, i] = step.mean + _times(columns, pull[0])
        variances[:, i] = columns[[0, 1], [0, 1]] - _between(columns, grip[0], columns)
        if step.endless is not None:
            beyond = _columns(step.endless)
            means[:, i] += _times(beyond, pull[1])
            variances[:, i] -= 2 * _between(columns, grip[1], beyond) + _between(beyond, grip[2], beyond)
    return means, np.maximum(variances, 0.0)


def _back(step: _Step, pull: Floats, grip: Floats) -> tuple[Floats, Floats]:
    """What the values from this one on tell of the states (`pull`), and how surely (`grip`).

    Of both, the later rows belong to the powers -1 and -2 of the endless variance.
    """
    pull = np.stack([pull[:, 0], pull[:, 0] + pull[:, 1]], axis=1)
    level, both, slope = grip[:, 0], grip[:, 1], grip[:, 2]
    grip = np.stack([level, level + both, level + 2 * both + slope], axis=1)
    kept = np.stack([1 - step.gain[0], -step.gain[1]])
    weight = step.told / np.where(step.told, step.variance, 1.0)
    new_pull, new_grip = pull.copy(), np.stack([_through(kept, one) for one in grip])
    new_pull[:, 0] -= (step.gain * pull).sum(axis=1)
    new_pull[0, 0] += weight * step.error
    new_grip[0, 0] += weight
    if step.endless is None:
        return new_pull, new_grip
    size = np.where(step.first, step.endless[0], 1.0)
    slack = step.first * (step.gain * step.variance - step.spread[:2]) / size
    sure = step.first / size
    new_pull[1, 0] += sure * step.error + (slack * pull[0]).sum(axis=0)
    for power in (1, 2):
        new_grip[power, 0] += 2 * _product(kept, grip[power - 1], slack)
        new_grip[power, 1] += slack[0] * grip[power - 1, 1] + slack[1] * grip[power - 1, 2]
    new_grip[1, 0] += sure
    new_grip[2, 0] += _product(slack, grip[0], slack) - sure * step.variance / size
    return new_pull, new_grip


def _product(one: Floats, matrix: Floats, other: Floats) -> Floats:
    """one' matrix other, for vectors of two."""
    level, both, slope = matrix
    found: Floats = one[0] * (level * other[0] + both * other[1]) + one[1] * (both * other[0] + slope * other[1])
    return found


def _through(kept: Floats, matrix: Floats) -> Floats:
    """A' matrix A, where the columns of A are `kept` and (0, 1)."""
    return np.stack([_product(kept, matrix, kept), kept[0] * matrix[1] + kept[1] * matrix[2], matrix[2]])


def _columns(matrix: Floats) -> Floats:
    """A symmetric matrix in full: 2 x 2 x lanes."""
    return np.stack([matrix[:2], matrix[1:]])


def _times(columns: Floats, vector: Floats) -> Floats:
    found: Floats = (columns * vector).sum(axis=1)
    return found


def _between(columns: Floats, matrix: Floats, others: Floats) -> Floats:
    """The diagonal of columns' matrix others."""
    return np.stack([_product(columns[i], matrix, others[i]) for i in (0, 1)])
