"""Quantities ahead: a damped trend with an interval from its own past errors, scored against naive forecasts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected, UsageError

Floats = npt.NDArray[np.float64]
Editions = Mapping[int, Sequence[float] | Floats]
SHORTEST = 8  # values that a forecast learns from, at least
MEMORY = 13  # past forecasts that an interval rests on, at most, half a year: older errors tell of another time
LEVEL = 0.9
DAMPED, LAST, SEASONAL, DRIFT = "damped", "last", "seasonal", "drift"
_ALPHAS, _BETAS, _DAMPING = (0.2, 0.4, 0.6, 0.8, 1.0), (0.05, 0.1, 0.2, 0.4), (0.8, 0.9, 0.98)


@dataclass(frozen=True, eq=False)
class Forecast:
    """The next values of a series and their sum, with intervals at `level`.

    `steps` has one row a step: `step`, `value`, `low`, `high`. `total`, `total_low`, `total_high` are of the sum of all
    steps: its interval comes from the past errors of such sums, for errors of neighbouring steps go together.
    """

    method: str
    steps: pd.DataFrame
    total: float
    total_low: float
    total_high: float
    level: float
    learnt_from: int


def forecast(
    values: Sequence[float],
    horizon: int,
    *,
    method: str = DAMPED,
    season: int = 26,
    level: float = LEVEL,
    editions: Editions | None = None,
) -> Forecast:
    """Forecast a series of counts, never below 0.

    Parameters
    ----------
    values
        One a round, oldest first, at least 8 + `horizon`; NaN where none came is filled by a straight line. Young ones
        are nowcasts where counts are revised.
    horizon
        Steps ahead.
    method
        `damped` (a trend that flattens; smoothing chosen by the squared one-step errors), `last` (stays as it is),
        `seasonal` (as one season ago), `drift` (the mean change goes on).
    season
        Steps of one season, for `seasonal`.
    level
        Of the intervals, which are the empirical quantile of the absolute errors of the same method at past origins
        (its rank as in split conformal prediction, no distribution assumed), the last 13 of them at most.
    editions
        By a number of rounds, the values of those rounds as they stood when the last of them had come. The forecasts at
        past origins start from them, so that later revisions count among their errors. Default: as `values`.

    Raises
    ------
    DataRejected
        The series is too short for the method, not finite at its end, or never known.

    Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 8.2 (damped) and 5.10 (origins).
    """
    if method not in _METHODS:
        raise UsageError("a method", must="one of " + ", ".join(_METHODS), found=method)
    known = _filled(values)
    return _made(known, horizon, method, season, level, _editions(known, editions))


def _made(known: Floats, horizon: int, method: str, season: int, level: float, editions: dict[int, Floats]) -> Forecast:
    start = max(SHORTEST, season if method == SEASONAL else 0)
    if len(known) < start + horizon or horizon < 1:
        raise DataRejected("the series", must=f"{start + horizon} values or more for {method}", found=len(known))
    point = _ahead(known, horizon, method, season)
    errors = _past_errors(known, horizon, method, season, start, editions)
    half, half_sum = _quantile(np.abs(errors), level), _quantile(np.abs(errors.sum(axis=1, keepdims=True)), level)
    steps = pd.DataFrame({"step": np.arange(1, horizon + 1), "value": point})
    steps = steps.assign(low=np.maximum(point - half, 0.0), high=point + half)
    whole = float(point.sum())
    low, high = max(0.0, whole - float(half_sum[0])), whole + float(half_sum[0])
    return Forecast(method, steps, whole, low, high, level, len(errors))


def score(
    values: Sequence[float],
    horizon: int,
    *,
    first: int,
    season: int = 26,
    level: float = LEVEL,
    editions: Editions | None = None,
) -> pd.DataFrame:
    """What each method would have said at past origins, against what happened.

    Parameters
    ----------
    values, horizon, season, level, editions
        As in `forecast`.
    first
        The first origin: how many values are known there; every later one that leaves `horizon` values to check counts.

    Returns
    -------
    One row a method: `method`, `origins`, `mase` (mean absolute error of all steps in units of the mean absolute change
    of one step before the origin), `interval_score` (Gneiting & Raftery 2007, of the sum of all steps; smaller is
    better), `coverage` (share of sums inside their interval), `mean_error` (of the sum, forecast minus actual).

    Notes
    -----
    A forecast at an origin sees nothing later: its smoothing and its interval are learnt before, from the figures as
    they stood then where there are `editions`. MASE below 1 beats the last value one step ahead (Hyndman & Koehler
    2006).
    """
    known = _filled(values)
    origins = range(first, len(known) - horizon + 1)
    if len(origins) < 1 or first < max(SHORTEST, season) + horizon:
        must = f"from {max(SHORTEST, season) + horizon} to {len(known) - horizon}"
        raise DataRejected("the first origin", must=must, found=first)
    stood = _editions(known, editions)
    return pd.DataFrame([_scored(known, origins, horizon, method, season, level, stood) for method in _METHODS])


def _scored(
    known: Floats, origins: range, horizon: int, method: str, season: int, level: float, editions: dict[int, Floats]
) -> dict[str, object]:
    scaled: list[float] = []
    winkler: list[float] = []
    inside: list[float] = []
    bias: list[float] = []
    for origin in origins:
        past, actual = editions.get(origin, known[:origin]), known[origin : origin + horizon]
        made = _made(past, horizon, method, season, level, editions)
        scale = float(np.abs(np.diff(past)).mean()) or 1.0
        scaled.append(float(np.abs(made.steps["value"].to_numpy() - actual).mean()) / scale)
        happened = float(actual.sum())
        beyond = max(made.total_low - happened, happened - made.total_high, 0.0)
        winkler.append(made.total_high - made.total_low + 2 / (1 - level) * beyond)
        inside.append(float(beyond == 0))
        bias.append(made.total - happened)
    means = {"mase": scaled, "interval_score": winkler, "coverage": inside, "mean_error": bias}
    return {"method": method, "origins": len(origins), **{name: float(np.mean(cells)) for name, cells in means.items()}}


def _filled(values: Sequence[float] | Floats) -> Floats:
    series = pd.Series(values, dtype=float)
    if series.dropna().empty or not np.isfinite(series.iloc[-1]) or bool(np.isinf(series).any()):
        raise DataRejected("the series", must="finite, and known at its end")
    filled: Floats = np.asarray(series.interpolate().bfill(), dtype=np.float64)
    return filled


def _ahead(known: Floats, horizon: int, method: str, season: int) -> Floats:
    return np.maximum(_METHODS[method](known, horizon, season), 0.0)


def _editions(known: Floats, editions: Editions | None) -> dict[int, Floats]:
    """Editions with their gaps filled; one that is not as long as it says is a mistake of the caller."""
    for number, values in (editions or {}).items():
        if len(values) != number:
            raise UsageError("an edition", must=f"of {number} values", found=len(values))
    return {number: _filled(values) for number, values in (editions or {}).items() if number < len(known)}


def _past_errors(
    known: Floats, horizon: int, method: str, season: int, start: int, editions: dict[int, Floats]
) -> Floats:
    origins = range(max(start, len(known) - horizon - MEMORY + 1), len(known) - horizon + 1)
    pasts = {at: editions.get(at, known[:at]) for at in origins}
    return np.array([_ahead(pasts[at], horizon, method, season) - known[at : at + horizon] for at in origins])


def _quantile(errors: Floats, level: float) -> Floats:
    """The error that a new one stays below with probability `level`, by rank; the largest where they are too few."""
    rank = min(int(np.ceil(level * (len(errors) + 1))), len(errors))
    ordered: Floats = np.sort(errors, axis=0)[rank - 1]
    return ordered


def _damped(known: Floats, horizon: int, _: int) -> Floats:
    """Holt's damped trend; the three smoothing constants with the smallest squared one-step errors of a small grid."""
    alpha, beta, phi = (np.array(part) for part in zip(*product(_ALPHAS, _BETAS, _DAMPING), strict=True))
    level, trend = np.full(alpha.shape, known[0]), np.full(alpha.shape, known[1] - known[0])
    loss = np.zeros(alpha.shape)
    for value in known[1:]:
        expected = level + phi * trend
        loss += (value - expected) ** 2
        before, level = level, expected + alpha * (value - expected)
        trend = beta * (level - before) + (1 - beta) * phi * trend
    best = int(loss.argmin())
    ahead: Floats = level[best] + np.cumsum(phi[best] ** np.arange(1, horizon + 1)) * trend[best]
    return ahead


def _last(known: Floats, horizon: int, _: int) -> Floats:
    return np.repeat(known[-1:], horizon)


def _seasonal(known: Floats, horizon: int, season: int) -> Floats:
    ago: Floats = known[len(known) - season + np.arange(horizon) % season]
    return ago


def _drift(known: Floats, horizon: int, _: int) -> Floats:
    ahead: Floats = known[-1] + np.arange(1, horizon + 1) * (known[-1] - known[0]) / (len(known) - 1)
    return ahead


_METHODS: dict[str, Callable[[Floats, int, int], Floats]] = {
    DAMPED: _damped,
    DRIFT: _drift,
    LAST: _last,
    SEASONAL: _seasonal,
}
