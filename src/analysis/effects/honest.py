"""How far parallel trends may fail before an event study says nothing (Rambachan and Roth 2023)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from analysis.effects.flci import AffineInterval, shortest_interval
from analysis.effects.results import Diagnostic, Refusal
from analysis.effects.series import Floats
from analysis.errors import DataRejected, UsageError

RESTRICTIONS = ("smoothness", "relative_magnitudes")


class EventStudy(Protocol):
    """What is needed of an event study: a table with `event_time` and `estimate`, and the covariance of its rows."""

    @property
    def table(self) -> pd.DataFrame:
        """One row an event time."""

    @property
    def covariance(self) -> pd.DataFrame:
        """Rows and columns in the order of the table."""


@dataclass(frozen=True, eq=False)
class HonestEstimate:
    """The effect and its interval when the trend may bend by at most `m` a period; all in the outcome's units.

    `estimate` is the centre of the shortest interval, `std_error` its standard deviation; the interval also covers the
    largest bias, `details["largest_bias"]`. `p_value` is the largest p under any trend allowed. `table` has a row for
    each m that was asked for; the fields are those of the last. `breakdown` is the m from which on the interval holds
    0; it is 0 where it holds 0 even on a straight trend.
    """

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    p_value: float
    n_obs: int
    n_units: int
    n_treated: int
    method: str
    inference: str
    diagnostics: tuple[Diagnostic, ...]
    warnings: tuple[str, ...]
    m: float
    breakdown: float
    table: pd.DataFrame
    weights: pd.Series
    refusals: tuple[Refusal, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)


def honest_did(
    event_study: EventStudy | tuple[pd.Series, pd.DataFrame],
    *,
    restriction: str = "smoothness",
    m: float | Sequence[float] = 0.0,
    target: str | Sequence[float] = "first",
    reference: int = -1,
    alpha: float = 0.05,
) -> HonestEstimate:
    """The interval of an effect that stays right when trends are not parallel, within a stated bound.

    Parameters
    ----------
    event_study : a result with `table` (columns `event_time`, `estimate`) and `covariance`, with one reference period
        (`callaway_santanna(..., base="universal").aggregate("dynamic")`, `sun_abraham`); or a pair of coefficients
        (indexed by event time, without the reference period) and their covariance.
    restriction : `smoothness`: the slope of the difference in trends changes by at most `m` from one period to the next
        (0: the trend before goes on in a straight line). `relative_magnitudes` is refused, see below.
    m : bound in the outcome's units per period, per period; several for a table.
    target : `first` (effect in the first treated period), `average` (mean of all), or a weight for each treated period.
    reference : event time of the reference period.
    alpha : one less the coverage.

    Returns
    -------
    HonestEstimate, by the shortest fixed-length interval (`analysis.effects.flci`).

    Raises
    ------
    UsageError : an unknown option, `relative_magnitudes`, a negative m. DataRejected : event times with a hole, none
        before the reference period (nothing to extrapolate from), a covariance that does not fit or is not positive.

    Relative magnitudes need conditional tests of moment inequalities (Andrews, Roth and Pakes 2023) that allow for the
    sampling error of the trends before; a plug-in of the largest estimated one, as some packages have it, covers too
    rarely. Until these tests reproduce the published intervals, the restriction is not offered.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5):2555-2591.
    """
    if restriction not in RESTRICTIONS:
        raise UsageError("the restriction", must=f"one of {', '.join(RESTRICTIONS)}", found=restriction)
    if restriction == "relative_magnitudes":
        raise UsageError(
            "the restriction relative_magnitudes is not offered: its intervals could not be checked against R's",
            mend="Use smoothness with several m, and show the breakdown value.",
        )
    bounds = np.atleast_1d(np.asarray(m, dtype=float))
    if not len(bounds) or not np.isfinite(bounds).all() or (bounds < 0).any():
        raise UsageError("m", must="zero or more", found=m)
    if not 0 < alpha < 0.5:
        raise UsageError("alpha", must="between 0 and 0.5", found=alpha)
    coefficients, covariance = _coefficients(event_study, reference)
    times = coefficients.index.to_numpy(dtype=float) - reference
    wanted = _wanted(target, int((times > 0).sum()))
    values = coefficients.to_numpy(dtype=float)

    def interval(bound: float) -> AffineInterval:
        return shortest_interval(covariance, times, wanted, bound, alpha)

    found = [interval(float(bound)) for bound in bounds]
    rows = [_row(float(bound), one, values) for bound, one in zip(bounds, found, strict=True)]
    table = pd.DataFrame(rows)
    last = rows[-1]
    return HonestEstimate(
        last["estimate"],
        last["std_error"],
        last["ci_low"],
        last["ci_high"],
        last["p_value"],
        n_obs=int(getattr(event_study, "n_obs", 0)),
        n_units=int(getattr(event_study, "n_units", 0)),
        n_treated=int(getattr(event_study, "n_treated", 0)),
        method=f"event study, trends that bend by at most {bounds[-1]:g} a period",
        inference=f"shortest affine interval of fixed length, {1 - alpha:.0%}, largest bias included",
        diagnostics=(),
        warnings=(),
        m=float(bounds[-1]),
        breakdown=_breakdown(interval, values),
        table=table,
        weights=pd.Series(found[-1].weights, index=coefficients.index, name="weight"),
        details={"largest_bias": found[-1].bias, "half_length": found[-1].half_length},
    )


def _row(bound: float, one: AffineInterval, values: Floats) -> dict[str, float]:
    from scipy import special

    centre = float(one.weights @ values)
    ratio, shift = abs(centre) / one.std_dev, one.bias / one.std_dev
    return {
        "m": bound,
        "estimate": centre,
        "std_error": one.std_dev,
        "ci_low": centre - one.half_length,
        "ci_high": centre + one.half_length,
        "p_value": float(special.ndtr(shift - ratio) + special.ndtr(-shift - ratio)),
        "largest_bias": one.bias,
    }


def _coefficients(event_study: EventStudy | tuple[pd.Series, pd.DataFrame], reference: int) -> tuple[pd.Series, Floats]:
    if isinstance(event_study, tuple):
        series, covariance = event_study[0], np.asarray(event_study[1], dtype=float)
    else:
        table = event_study.table
        for name in ("event_time", "estimate"):
            if name not in table.columns:
                raise UsageError("the event study", must=f"a table with the column {name}")
        series = pd.Series(table["estimate"].to_numpy(dtype=float), index=table["event_time"].to_numpy())
        covariance = np.asarray(event_study.covariance, dtype=float)
    events = series.index.to_numpy(dtype=float)
    if covariance.shape != (len(series), len(series)):
        raise DataRejected("the covariance", must=f"{len(series)} x {len(series)}", found=covariance.shape)
    at = np.flatnonzero(events == reference)
    if len(at) and np.nan_to_num(covariance[at[0], at[0]]) > 0:
        raise UsageError(
            f"event time {reference}",
            must="the reference period, without an estimate",
            mend='Estimate with one reference period for all: base="universal".',
        )
    keep = np.flatnonzero(events != reference)
    keep = keep[np.argsort(events[keep])]
    return series.iloc[keep], _checked(series.iloc[keep], covariance[np.ix_(keep, keep)], reference)


def _checked(series: pd.Series, covariance: Floats, reference: int) -> Floats:
    times = series.index.to_numpy(dtype=float) - reference
    if len(times) < 2 or times[0] >= 0 or times[-1] <= 0:
        raise DataRejected("the event study", must="with coefficients before and after the reference period")
    if not np.array_equal(np.sort(np.append(times, 0.0)), np.arange(times[0], times[-1] + 1)):
        raise DataRejected("the event times", must="consecutive", found=[float(t) for t in series.index])
    if not (np.isfinite(series.to_numpy(dtype=float)).all() and np.isfinite(covariance).all()):
        raise DataRejected("the coefficients and their covariance", must="finite")
    if np.linalg.eigvalsh((covariance + covariance.T) / 2)[0] <= 0:
        raise DataRejected("the covariance", must="positive definite")
    return np.asarray((covariance + covariance.T) / 2)


def _wanted(target: str | Sequence[float], n_post: int) -> Floats:
    if target == "first":
        return np.asarray(np.eye(n_post)[0])
    if target == "average":
        return np.full(n_post, 1 / n_post)
    if isinstance(target, str):
        raise UsageError("the target", must=f"first, average or {n_post} weights", found=target)
    weights = np.asarray(target, dtype=float)
    if weights.shape != (n_post,) or not weights.any():
        raise UsageError("the target", must=f"first, average or {n_post} weights", found=list(target))
    return weights


def _breakdown(interval: Callable[[float], AffineInterval], values: Floats) -> float:
    """The smallest bound whose interval holds 0, to a relative 1e-6."""

    def holds_zero(bound: float) -> bool:
        one = interval(bound)
        return bool(abs(float(one.weights @ values)) <= one.half_length)

    if holds_zero(0.0):
        return 0.0
    high = max(1e-12, float(np.abs(values).max()) * 1e-3)
    for _ in range(60):
        if holds_zero(high):
            break
        high *= 2
    else:
        return float("inf")
    low = 0.0 if holds_zero(high / 2) else high / 2
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if holds_zero(middle) else (middle, high)
    return high
