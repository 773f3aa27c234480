"""What a series could show, judged from the periods before the onset alone: its noise, its power, its earlier drift."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.effects.ar1 import correlation
from analysis.effects.segmented import LEVEL, columns_of
from analysis.effects.series import Floats, Integers, OrderedSeries, ordered_series

Chosen = npt.NDArray[np.bool_]
FEWEST_BEFORE = 8
LARGEST_PHI = 0.95


@dataclass(frozen=True)
class SeriesPower:
    """The smallest change of level that would be seen with the given power; outcome's units.

    `std_dev` and `phi` are the noise before the onset around its trend, and its correlation from period to period.
    """

    minimum_effect: float
    std_dev: float
    phi: float
    n_pre: int
    n_post: int
    alpha: float = 0.05
    power: float = 0.8


@dataclass(frozen=True)
class PreTrend:
    """The slope, a period, of a difference that should be level before the onset; outcome's units.

    `detectable` is the slope that would have been seen with 80 % power; `carried` is what that slope would have made
    of the mean of the periods from the onset on, had it gone on unseen (Roth 2022).
    """

    estimate: float
    ci_low: float
    ci_high: float
    p_value: float
    detectable: float
    carried: float
    n_pre: int
    n_post: int


def series_power(
    frame: pd.DataFrame,
    time: str,
    outcome: str,
    onset: object,
    *,
    slope: bool = True,
    alpha: float = 0.05,
    power: float = 0.8,
) -> SeriesPower | None:
    """The minimum detectable change of level of an interrupted series; None with fewer than 8 periods before.

    Arguments as in `interrupted_time_series`. Outcomes from the onset on are not looked at: only their dates count. The
    noise is AR(1) around a straight line, its correlation corrected for the bias of short series (Marriott and Pope
    1954), and the variance is that of least squares under such noise; quantiles are Student's, with Satterthwaite's
    degrees of freedom (Bell and McCaffrey 2002). Source of the formula: Bloom (1995), Evaluation Review 19(5).
    """
    series = ordered_series(frame, time, outcome, onset)
    noise = _noise(series)
    if noise is None or not series.post.any():
        return None
    std_dev, phi = noise
    x = columns_of(series, slope, 0, None).values
    error, degrees = _sandwich(x, series.position, phi, LEVEL)
    n_post = int(series.post.sum())
    smallest = _quantiles(degrees, alpha, power) * error * std_dev
    return SeriesPower(smallest, std_dev, phi, len(series.outcome) - n_post, n_post, alpha, power)


def pre_trend(frame: pd.DataFrame, time: str, outcome: str, onset: object) -> PreTrend | None:
    """The slope before the onset of `outcome`, a difference of treated and comparison; None with fewer than 8 periods.

    Noise and degrees of freedom as in `series_power`. Source: Roth (2022), American Economic Review: Insights 4(3), on
    why a slope that is not seen is no proof that there is none.
    """
    from scipy import stats

    series = ordered_series(frame, time, outcome, onset)
    noise = _noise(series)
    if noise is None:
        return None
    std_dev, phi = noise
    before = ~series.post
    x = _line(series, before)
    slope = float(np.linalg.lstsq(x, series.outcome[before], rcond=None)[0][1])
    error, degrees = _sandwich(x, series.position[before], phi, 1)
    error *= std_dev
    half = float(stats.t.ppf(0.975, degrees)) * error
    p = 2 * float(stats.t.sf(abs(slope) / error, degrees)) if error > 0 else float("nan")
    seen = _quantiles(degrees, 0.05, 0.8) * error
    ahead = series.position[series.post]
    distance = float(ahead.mean() - series.position[before].mean()) if len(ahead) else float("nan")
    n_pre = int(before.sum())
    return PreTrend(slope, slope - half, slope + half, p, seen, seen * distance, n_pre, len(series.outcome) - n_pre)


def announced_move(
    series: OrderedSeries, announced: int, harmonics: int = 0, period: float | None = None
) -> tuple[float, float] | None:
    """t-ratio, with its degrees of freedom, of a change of level from the period `announced` to the onset.

    Judged against the line (and the season of `harmonics` pairs) before the announcement and the noise around it, as in
    `series_power`; of rates where there is a population. None with fewer than 8 periods, or two for each coefficient,
    before the announcement, and none where nothing lies between it and the onset.
    """
    pre, early = ~series.post, series.position < announced
    if not (pre & ~early).any():
        return None
    values = series.outcome if series.population is None else series.outcome / series.population
    known = replace(series, position=series.position[pre], outcome=values[pre], onset=announced)
    x = columns_of(known, False, harmonics, period).values
    first = ~known.post
    line = np.delete(x[first], LEVEL, axis=1)
    noise = _noise_around(line, known.outcome[first], known.position[first])
    if noise is None or len(line) < 2 * line.shape[1]:
        return None
    std_dev, phi = noise
    error, _ = _sandwich(x, known.position, phi, LEVEL)
    change = float(np.linalg.lstsq(x, known.outcome, rcond=None)[0][LEVEL])
    return change / (error * std_dev), _sandwich(line, known.position[first], phi, 1)[1]


def _line(series: OrderedSeries, rows: Chosen) -> Floats:
    return np.column_stack([np.ones(int(rows.sum())), series.position[rows].astype(float)])


def _noise(series: OrderedSeries) -> tuple[float, float] | None:
    """Standard deviation and first-order correlation around a line before the onset."""
    before = ~series.post
    return _noise_around(_line(series, before), series.outcome[before], series.position[before])


def _noise_around(x: Floats, values: Floats, position: Integers) -> tuple[float, float] | None:
    n = len(x)
    if n < FEWEST_BEFORE:
        return None
    rest = values - x @ np.linalg.lstsq(x, values, rcond=None)[0]
    squares = float(rest @ rest)
    if squares <= 0:
        return None
    neighbours = np.diff(position) == 1
    raw = float(rest[1:][neighbours] @ rest[:-1][neighbours]) / squares
    phi = float(np.clip(raw + (1 + 4 * raw) / n, 0.0, LARGEST_PHI))
    annihilator = np.eye(n) - x @ np.linalg.pinv(x)
    kept = float(np.trace(annihilator @ correlation(position, phi)))
    return float(np.sqrt(squares / kept)), phi


def _sandwich(x: Floats, position: Integers, phi: float, column: int) -> tuple[float, float]:
    """Standard error of one least-squares coefficient for noise of unit variance, and its degrees of freedom."""
    omega = correlation(position, phi)
    half = np.linalg.pinv(x)
    annihilator = np.eye(len(x)) - x @ half
    spread = annihilator @ omega
    trace = float(np.trace(spread))
    degrees = trace**2 / float(np.trace(spread @ spread))
    return float(np.sqrt((half @ omega @ half.T)[column, column])), degrees


def _quantiles(degrees: float, alpha: float, power: float) -> float:
    from scipy import stats

    return float(stats.t.ppf(1 - alpha / 2, degrees) + stats.t.ppf(power, degrees))
