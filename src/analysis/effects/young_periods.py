"""An effect while its last periods are still being completed: their nowcast's uncertainty carried into the interval.

The model is fitted to several draws of the young periods, and the results are combined by Rubin's rules: the variance
is the mean one within a draw plus (1 + 1/m) times that between draws. The draws are the m equally likely values of a
normal nowcast rather than random ones, so the answer has no seed. All young periods move together from draw to draw, as
they do where one delay is misjudged for all of them: for a change of level that is the cautious case.

Source: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, chapter 3.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from analysis.effects.interrupted import interrupted_time_series
from analysis.effects.model_panel import Result
from analysis.effects.results import EffectEstimate, Refusal
from analysis.effects.series import Floats, numbers_of
from analysis.errors import DataRejected, UsageError

COLUMNS = ("nowcast", "nowcast_low", "nowcast_high")
NORMAL = float(stats.norm.ppf(0.975))
WIDEST = 1e3  # standard errors of an interval beyond which Student's t has no degrees of freedom to give


def with_nowcast(
    frame: pd.DataFrame,
    time: str,
    outcome: str,
    onset: object,
    nowcast: pd.DataFrame,
    *,
    draws: int = 20,
    **options: Any,
) -> Result:
    """The effect with the young periods at their nowcast, and an interval that knows how unsure that is.

    Parameters
    ----------
    frame, time, outcome, onset, options : as `interrupted_time_series`.
    nowcast : one row for each young period: `time`, `nowcast`, `nowcast_low`, `nowcast_high` (95 %), in the outcome's
        units. Its periods must be among those of the frame.
    draws : how many values of the nowcast are tried, two or more.

    Returns
    -------
    The result at the nowcast itself with `estimate`, `std_error`, interval and `p_value` of all draws together (rate
    ratios are combined as logarithms). The interval spans as many of the larger standard errors as the model's own.
    `details` adds `nowcast_periods` and `nowcast_share`, the part of the variance that the nowcast brings in. A Refusal
    where one draw is refused.

    Raises
    ------
    UsageError : a column is absent, fewer than two draws. DataRejected : no young period, one that the frame lacks or
        that comes twice, a nowcast that is missing, infinite or outside its interval.
    """
    if draws < 2 or int(draws) != draws:
        raise UsageError("draws", must="a whole number, two or more", found=draws)
    young = _checked(frame, time, nowcast)
    asked = (time, outcome, onset)
    middle = interrupted_time_series(_completed(frame, time, outcome, young, 0.0), *asked, **options)
    if isinstance(middle, Refusal) or not middle.supported:
        return middle
    results = []
    for z in _equally_likely(draws):
        drawn = _completed(frame, time, outcome, young, z)
        result = interrupted_time_series(drawn, *asked, **{**options, "checks": False})
        if isinstance(result, Refusal) or not result.supported:
            return result
        results.append(result)
    return _combined(middle, results, len(young))


def _checked(frame: pd.DataFrame, time: str, nowcast: pd.DataFrame) -> pd.DataFrame:
    for name in (time, *COLUMNS):
        if name not in nowcast.columns:
            raise UsageError(f"column {name!r}", must=f"one of {', '.join(nowcast.columns)}", where="the nowcast")
    if nowcast.empty:
        raise DataRejected("the nowcast", must="of at least one period", found=0)
    odd = nowcast.loc[nowcast[time].duplicated() | ~nowcast[time].isin(frame[time]), time]
    if len(odd):
        raise DataRejected("each period of the nowcast", must="one of the series, and once", found=str(odd.iloc[0]))
    values = np.column_stack([numbers_of(nowcast[name], name) for name in COLUMNS])
    wrong = ~((values[:, 1] <= values[:, 0]) & (values[:, 0] <= values[:, 2]))
    if wrong.any():
        raise DataRejected("the nowcast", must="inside its interval", found=values[wrong][0].tolist())
    return nowcast.set_index(time)[list(COLUMNS)]


def _equally_likely(draws: int) -> Floats:
    """Normal values at the middles of equal shares, scaled to a variance of one."""
    z = stats.norm.ppf((np.arange(draws) + 0.5) / draws)
    return np.asarray(z / z.std(ddof=1))


def _completed(frame: pd.DataFrame, time: str, outcome: str, young: pd.DataFrame, z: float) -> pd.DataFrame:
    """The frame with each young period at its nowcast, `z` standard deviations away from it."""
    spread = (young["nowcast_high"] - young["nowcast_low"]) / (2 * NORMAL)
    value = frame[time].map(young["nowcast"] + z * spread)
    if (frame[outcome] >= 0).all():
        value = value.clip(lower=0.0)
    return frame.assign(**{outcome: value.where(value.notna(), frame[outcome].astype(float))})


def _combined(middle: EffectEstimate, results: list[EffectEstimate], periods: int) -> EffectEstimate:
    ratio = middle.null == 1.0
    effects = np.array([math.log(one.estimate) if ratio else one.estimate for one in results])
    errors = np.array([one.std_error / one.estimate if ratio else one.std_error for one in results])
    halves = np.array([math.log(one.ci_high) if ratio else one.ci_high for one in results]) - effects
    within = float((errors**2).mean())
    between = (1 + 1 / len(results)) * float(effects.var(ddof=1))
    share = between / (within + between)
    if share < 1e-12:
        return _told(middle, middle.ci_low, middle.ci_high, 0.0, periods)
    error = math.sqrt(within + between)
    own = float((halves / errors).mean())
    mixing = stats.t.ppf(0.975, (len(results) - 1) / share**2)
    width = max(own, float(mixing))
    effect = float(effects.mean())
    p = 2 * float(stats.t.sf(abs(effect) / error, _degrees(width)))
    low, high = effect - width * error, effect + width * error
    if ratio:
        effect, low, high = math.exp(effect), math.exp(low), math.exp(high)
        error *= effect
    told = dataclasses.replace(middle, estimate=effect, std_error=error, p_value=p)
    return _told(told, low, high, share, periods)


def _degrees(width: float) -> float:
    """Degrees of freedom of the Student's t whose 95 % interval spans `width` standard errors to either side."""
    if width <= NORMAL * (1 + 1e-9):
        return float("inf")
    log = optimize.brentq(lambda log: stats.t.ppf(0.975, math.exp(log)) - min(width, WIDEST), -0.5, 30.0)
    return math.exp(log)


def _told(result: EffectEstimate, low: float, high: float, share: float, periods: int) -> EffectEstimate:
    words = (
        f"{result.inference}; the nowcast of {periods} periods brings in {share:.0%} of the variance (Rubin's rules)"
    )
    details = {**result.details, "nowcast_periods": float(periods), "nowcast_share": share}
    return dataclasses.replace(result, ci_low=low, ci_high=high, inference=words, details=details)
