"""Intervals of proportions and counts, for whole columns at once. NaN goes in where NaN comes out."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Bounds: TypeAlias = tuple[Floats, Floats]


def _normal(level: float | Floats) -> Floats:
    from scipy import stats

    return np.asarray(stats.norm.ppf(0.5 + np.asarray(level) / 2), dtype=float)


def wilson(count: Floats, total: Floats, level: float | Floats = 0.95) -> Bounds:
    """Score interval of a proportion. Source: Wilson (1927), JASA 22:209-212."""
    z = _normal(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = count / total
        centre = (count + z**2 / 2) / (total + z**2)
        half = z / (total + z**2) * np.sqrt(count * (1 - p) + z**2 / 4)
    # The bounds equal 0 and 1 exactly at the ends; rounding must not push the proportion outside its interval.
    low = np.where(count == 0, 0.0, np.minimum(centre - half, p))
    high = np.where(count == total, 1.0, np.maximum(centre + half, p))
    known = ~np.isnan(p) & (total > 0)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def newcombe(
    count: Floats, total: Floats, count_before: Floats, total_before: Floats, level: float | Floats = 0.95
) -> Bounds:
    """Hybrid score interval of a difference of two proportions. Source: Newcombe (1998), Stat Med 17:873, no. 10."""
    now, before = count / total, count_before / total_before
    low, high = wilson(count, total, level)
    low_before, high_before = wilson(count_before, total_before, level)
    return _recovered(now, low, high, before, low_before, high_before)


def poisson(count: Floats, level: float = 0.95) -> Bounds:
    """Exact interval of the mean of a count. Source: Garwood (1936), Biometrika 28:437-442."""
    from scipy import stats

    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(count == 0, 0.0, stats.chi2.ppf(tail, 2 * count) / 2)
        high = stats.chi2.ppf(1 - tail, 2 * (count + 1)) / 2
    known = count >= 0
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def overdispersed(count: Floats, dispersion: float, level: float = 0.95) -> Bounds:
    """Interval of the mean of a count whose variance is `dispersion` (1 or more) times its mean.

    Garwood's interval of count / dispersion, times the dispersion: exact for groups of that size that come together.
    """
    low, high = poisson(count / dispersion, level)
    return dispersion * low, dispersion * high


def dispersion(counts: Floats) -> float:
    """Variance over mean of a series of counts whose level moves slowly, at least 1.

    From successive differences, so that a trend does not count as noise: mean of (y[t] - y[t-1])^2 / (y[t] + y[t-1]),
    which is 1 on average for Poisson counts (von Neumann 1941); NaN values are passed over. 1 for under 3 counts.
    """
    y = counts[~np.isnan(counts)]
    sums = y[1:] + y[:-1]
    if len(y) < 3 or not (sums > 0).any():
        return 1.0
    return max(1.0, float(np.mean(np.diff(y)[sums > 0] ** 2 / sums[sums > 0])))


def count_difference(count: Floats, before: Floats, level: float = 0.95) -> Bounds:
    """Interval of a difference of two Poisson means, recovered from their exact ones.

    Source: Zou and Donner (2008), Statistics in Medicine 27:1693-1702 (method of variance estimates recovery).
    """
    low, high = poisson(count, level)
    low_before, high_before = poisson(before, level)
    return _recovered(count, low, high, before, low_before, high_before)


def count_ratio(count: Floats, before: Floats, level: float = 0.95) -> Bounds:
    """Exact conditional interval of a ratio of two Poisson means. Przyborowski and Wilenski (1940), Biometrika 31."""
    from scipy import stats

    tail = (1 - level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.where(count == 0, 0.0, stats.beta.ppf(tail, count, before + 1))
        high = np.where(before == 0, 1.0, stats.beta.ppf(1 - tail, count + 1, before))
        return low / (1 - low), np.where(before == 0, np.inf, high / (1 - high))


def proportion_ratio(
    count: Floats, total: Floats, count_before: Floats, total_before: Floats, level: float = 0.95
) -> Bounds:
    """Log interval of a ratio of two proportions; NaN where a count is zero. Source: Katz (1978), Biometrics 34."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (count / total) / (count_before / total_before)
        error = np.sqrt(1 / count - 1 / total + 1 / count_before - 1 / total_before)
        wide = np.exp(_normal(level) * error)
        defined = (count > 0) & (count_before > 0)
        return np.where(defined, ratio / wide, np.nan), np.where(defined, ratio * wide, np.nan)


def _recovered(now: Floats, low: Floats, high: Floats, before: Floats, low_b: Floats, high_b: Floats) -> Bounds:
    difference = now - before
    down = np.sqrt((now - low) ** 2 + (high_b - before) ** 2)
    up = np.sqrt((high - now) ** 2 + (before - low_b) ** 2)
    return difference - down, difference + up
