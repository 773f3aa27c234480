"""STL for many series at once: local regressions on a regular grid, as products with one matrix of tricube weights."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
import numpy.typing as npt

from analysis.trends.intervals import Floats

Smoother = Callable[[Floats, Floats | None], Floats]


@dataclass(frozen=True)
class _Local:
    """Weights (places x n) of the values for the regression at each place, and the places' distances to them."""

    weights: Floats
    distances: Floats
    line: bool
    spread: float  # below it, the values that count lie too close together for a slope

    def at(self, values: Floats, trust: Floats | None) -> Floats:
        """Places x series: the local mean or line; NaN where no value counts. `trust`: n x series, 1 where None."""
        if trust is None:
            return self.still @ values
        mass, level = self.weights @ trust, self.weights @ (values * trust)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = level / mass
            if not self.line:
                return mean
            lever = self.weights * self.distances
            centre = (lever @ trust) / mass
            width = ((lever * self.distances) @ trust) / mass - centre**2
            tilt = (lever @ (values * trust)) / mass - centre * mean
            sloped = np.sqrt(np.maximum(width, 0.0)) > self.spread
            return np.where(sloped, mean - np.where(sloped, tilt / width, 0.0) * centre, mean)

    @cached_property
    def still(self) -> Floats:
        """What each value adds to the local mean or line where all are trusted alike: places x n."""
        share: Floats = self.weights / self.weights.sum(axis=1, keepdims=True)
        if not self.line:
            return share
        centre = (share * self.distances).sum(axis=1, keepdims=True)
        off = self.distances - centre
        width = (share * off**2).sum(axis=1, keepdims=True)
        sloped = np.sqrt(width) > self.spread
        tilted: Floats = share * (1 - np.where(sloped, centre / np.where(sloped, width, 1.0), 0.0) * off)
        return tilted


def stl(values: Floats, per_year: int, *, seasonal: int, robust: bool) -> tuple[Floats, Floats]:
    """Trend and season (n x series each) of `values`, n x series, without gaps, more than two years of them.

    `seasonal` is the window of the season in years; the other windows, the degrees (season 0, others 1), the places
    that are interpolated and the passes are the defaults of R's stats::stl. Equal to statsmodels' STL to rounding.

    Source: Cleveland et al. (1990), Journal of Official Statistics 6.
    """
    n = len(values)
    trend_of = _smoother(n, _odd(ceil(1.5 * per_year / (1 - 1.5 / seasonal))), line=True)
    low_pass = _smoother(n, _odd(per_year), line=True)
    cycles = _cycles(n, per_year, seasonal)
    trend, season, trust = np.zeros_like(values), np.zeros_like(values), None
    for outer in range(16 if robust else 1):
        if outer:
            trust = _trust(values - trend - season)
        for _ in range(1 if robust else 2):
            rough = cycles(values - trend, trust)
            level = _mean(_mean(_mean(rough, per_year), per_year), 3)
            season = rough[per_year : per_year + n] - low_pass(level, None)
            trend = trend_of(values - season, trust)
    return trend, season


def _odd(count: int) -> int:
    return count + 1 - count % 2


def _smoother(n: int, window: int, *, line: bool) -> Smoother:
    """Local means or lines through n values, at every tenth of the window and at the last; interpolated between."""
    step = min(ceil(window / 10), n - 1)
    places = np.unique(np.r_[np.arange(0, n, step), n - 1])
    local = _local(n, window, places + 1, line=line)
    between = np.array([np.interp(np.arange(n), places, row) for row in np.eye(len(places))]).T

    def smoothed(values: Floats, trust: Floats | None) -> Floats:
        found = local.at(values, trust)
        return between @ np.where(np.isnan(found), values[places], found)

    return smoothed


def _cycles(n: int, per_year: int, window: int) -> Smoother:
    """Means of the same place in years nearby, of each place; one year more before the first and after the last."""
    longer = n % per_year  # so many places have a value more than the others
    parts = []
    for first, end in ((0, longer), (longer, per_year)):
        count = (n - first - 1) // per_year + 1
        rows = np.arange(count + 2)[:, None] * per_year + np.arange(first, end)
        if first < end:
            within = _smoother(count, window, line=False)
            parts.append((rows, within, _local(count, window, np.array([0, count + 1]), line=False)))

    def smoothed(values: Floats, trust: Floats | None) -> Floats:
        out = np.empty((n + 2 * per_year, values.shape[1]))
        for rows, within, beyond in parts:
            flat = (len(rows) - 2, -1)
            own = values[rows[:-2]].reshape(flat)
            counts = None if trust is None else trust[rows[:-2]].reshape(flat)
            inner, ends = within(own, counts), beyond.at(own, counts)
            ends = np.where(np.isnan(ends), inner[[0, -1]], ends)
            out[rows] = np.vstack([ends[:1], inner, ends[1:]]).reshape(*rows.shape, -1)
        return out

    return smoothed


def _local(n: int, window: int, places: npt.NDArray[np.int64], *, line: bool) -> _Local:
    """Tricube weights of the `window` values nearest to each place (1 to n, or one beyond), of all n if it is wider."""
    first = np.clip(places - window // 2, 1, max(n - window + 1, 1))
    last = np.minimum(first + window - 1, n)
    reach = np.maximum(places - first, last - places) + max(window - n, 0) // 2
    distances = np.arange(1, n + 1) - places[:, None]
    share = np.abs(distances) / reach[:, None]
    weights = np.where(share <= 0.001, 1.0, np.where(share <= 0.999, (1 - np.minimum(share, 1) ** 3) ** 3, 0.0))
    near = (np.arange(1, n + 1) >= first[:, None]) & (np.arange(1, n + 1) <= last[:, None])
    return _Local(np.where(near, weights, 0.0), distances.astype(float), line, 0.001 * (n - 1))


def _mean(values: Floats, length: int) -> Floats:
    """Moving means of `length`: as many rows less `length` - 1."""
    total = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), values]), axis=0)
    means: Floats = (total[length:] - total[:-length]) / length
    return means


def _trust(rest: Floats) -> Floats:
    """Bisquare weights of the remainders, 1 in a series without any."""
    size = np.abs(rest)
    limit = 6 * np.median(size, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = size / limit
        weights = np.where(share <= 0.001, 1.0, np.where(share <= 0.999, (1 - share**2) ** 2, 0.0))
    return np.where(limit == 0, 1.0, weights)
