"""How far parallel trends may fail before an event study says nothing (Rambachan and Roth 2023)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pandas as pd

from analysis.effects.flci import AffineInterval, shortest_interval
from analysis.effects.relative_magnitudes import RelativeTest
from analysis.effects.results import Estimate, Refusal
from analysis.effects.series import Floats, check_number
from analysis.effects.staggered import DynamicEffects, GroupTimeEffects
from analysis.errors import DataRejected, UsageError

WORDS = {
    "smoothness": ("trends that bend by at most {:g} a period", "shortest affine interval, largest bias included"),
    "relative_magnitudes": (
        "trends that stray at most {:g} times as far a period as before",
        "hybrid of conditional and least-favourable tests",
    ),
}
RESTRICTIONS = tuple(WORDS)
REBASED = "The event study was estimated again with one reference period for all, as the restrictions need."


class EventStudy(Protocol):
    """What is needed of an event study: a table with `event_time` and `estimate`, and the covariance of its rows."""

    @property
    def table(self) -> pd.DataFrame:
        """One row an event time."""

    @property
    def covariance(self) -> pd.DataFrame:
        """Rows and columns in the order of the table."""


@dataclass(frozen=True, eq=False)
class HonestEstimate(Estimate):
    """The effect and its interval when trends may differ within the bound `m`; effects in the outcome's units.

    Under `smoothness` `estimate` is the centre of the shortest interval and `std_error` its standard deviation; the
    interval also covers the largest bias. Under `relative_magnitudes` both are those of the plain event study, and the
    interval need not be centred. `p_value` is the largest under any trend allowed. `table` has a row for each m that
    was asked for; the fields are those of the last. `breakdown` is the m from which on the interval holds 0 (0 where it
    holds 0 from the start, infinite where none was found). `weights` are those of the estimate, by event time.
    `refusals` are those of the event study: where it bears no inference, interval, p-value and breakdown are NaN.
    """

    m: float
    breakdown: float
    table: pd.DataFrame
    weights: pd.Series
    refusals: tuple[Refusal, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def supported(self) -> bool:
        """Whether inference is given at all."""
        return not self.refusals


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
        (`sun_abraham`, `callaway_santanna(..., base="universal").aggregate("dynamic")`; of another base, and of
        `callaway_santanna` itself, that event study is estimated here, with a warning); or a pair of coefficients
        (indexed by event time, without the reference period) and their covariance.
    restriction : `smoothness`: the slope of the difference in trends changes by at most `m` from one period to the next
        (0: the trend before goes on in a straight line). `relative_magnitudes`: no step from one period to the next
        after treatment is larger than `m` times the largest one before (0: trends are parallel).
    m : bound; for `smoothness` in the outcome's units per period, per period. Several for a table.
    target : `first` (effect in the first treated period), `average` (mean of all), or a weight for each treated period.
    reference : event time of the reference period.
    alpha : one less the coverage.

    Returns
    -------
    HonestEstimate: by the shortest fixed-length interval (`analysis.effects.flci`), or by the conditional and
    least-favourable hybrid test (`analysis.effects.relative_magnitudes`), which allows for the sampling error of the
    steps before; a plug-in of the largest estimated step, as some packages have it, covers too rarely.

    Raises
    ------
    UsageError : an unknown option, a negative m, text, or no event study. DataRejected : event times with a hole or
        twice, none before the reference period (nothing to extrapolate from), figures that are missing or infinite, a
        covariance that does not fit, is not symmetric or not positive.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5):2555-2591.
    """
    if restriction not in RESTRICTIONS:
        raise UsageError("the restriction", must=f"one of {', '.join(RESTRICTIONS)}", found=restriction)
    bounds = _numbers(m, "m")
    if not len(bounds) or not np.isfinite(bounds).all() or (bounds < 0).any():
        raise UsageError("m", must="zero or more", found=m)
    check_number("alpha", alpha)
    check_number("the reference", reference, must="an event time")
    if not 0 < alpha < 0.5:
        raise UsageError("alpha", must="between 0 and 0.5", found=alpha)
    event_study, warnings = _one_reference(event_study)
    coefficients, covariance = _coefficients(event_study, reference)
    times = coefficients.index.to_numpy(dtype=float) - reference
    wanted = _wanted(target, int((times > 0).sum()))
    values = coefficients.to_numpy(dtype=float)

    problem = Problem(values, covariance, times, wanted, alpha)
    smooth = restriction == "smoothness"
    rows = [problem.smooth(float(bound)) if smooth else problem.relative(float(bound)) for bound in bounds]
    last, size = rows[-1], float(np.abs(values).max())
    words = WORDS[restriction]
    found = HonestEstimate(
        last.figures["estimate"],
        last.figures["std_error"],
        last.figures["ci_low"],
        last.figures["ci_high"],
        last.figures["p_value"],
        n_obs=int(getattr(event_study, "n_obs", 0)),
        n_units=int(getattr(event_study, "n_units", 0)),
        n_treated=int(getattr(event_study, "n_treated", 0)),
        method=f"event study, {words[0].format(bounds[-1])}",
        inference=f"{words[1]}, {1 - alpha:.0%}",
        diagnostics=(),
        warnings=warnings,
        m=float(bounds[-1]),
        breakdown=_breakdown(problem.smooth_holds_zero, 1e-3 * size, 1e-5)
        if smooth
        else _breakdown(problem.relative_holds_zero, 0.25, 1e-3),
        table=pd.DataFrame([one.figures for one in rows]),
        weights=pd.Series(last.weights, index=coefficients.index, name="weight"),
        details={name: last.figures[name] for name in ("largest_bias",) if name in last.figures},
    )
    return _withheld(found, tuple(getattr(event_study, "refusals", ())))


def _withheld(found: HonestEstimate, refusals: tuple[Refusal, ...]) -> HonestEstimate:
    """`found`; a description alone where the event study that it rests on bears no inference."""
    if not refusals:
        return found
    nan = float("nan")
    return replace(
        found,
        ci_low=nan,
        ci_high=nan,
        p_value=nan,
        breakdown=nan,
        inference=f"withheld: {refusals[0].codes[0]}",
        table=found.table.assign(ci_low=nan, ci_high=nan, p_value=nan),
        refusals=refusals,
    )


@dataclass(frozen=True, eq=False)
class Row:
    """The figures under one bound, and the weights of the estimate."""

    figures: dict[str, float]
    weights: Floats


@dataclass(frozen=True, eq=False)
class Problem:
    """Coefficients in the order of time (0 = reference period) and the weights wanted after it."""

    values: Floats
    covariance: Floats
    times: Floats
    wanted: Floats
    alpha: float

    def smooth(self, bound: float) -> Row:
        """The shortest interval under smoothness."""
        one = shortest_interval(self.covariance, self.times, self.wanted, bound, self.alpha)
        return Row(_row(bound, one, self.values), one.weights)

    def smooth_holds_zero(self, bound: float) -> bool:
        """Whether that interval holds 0."""
        figures = self.smooth(bound).figures
        return figures["ci_low"] <= 0 <= figures["ci_high"]

    def relative(self, bound: float) -> Row:
        """The effects kept under relative magnitudes."""
        test = self._test(bound)
        low, high = test.interval(self.alpha)
        figures = {"m": bound, "estimate": test.estimate, "std_error": test.std_error, "ci_low": low, "ci_high": high}
        weights = np.r_[np.zeros(len(self.values) - len(self.wanted)), self.wanted]
        return Row({**figures, "p_value": test.p_value()}, weights)

    def relative_holds_zero(self, bound: float) -> bool:
        """Whether 0 is kept."""
        return bool(self._test(bound).kept(np.zeros(1), self.alpha)[0])

    def _test(self, bound: float) -> RelativeTest:
        n_pre = int((self.times < 0).sum())
        return RelativeTest(self.values, self.covariance, n_pre, self.wanted, bound)


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


def _one_reference(
    event_study: EventStudy | tuple[pd.Series, pd.DataFrame],
) -> tuple[EventStudy | tuple[pd.Series, pd.DataFrame], tuple[str, ...]]:
    if isinstance(event_study, GroupTimeEffects):
        event_study = event_study.aggregate("dynamic")
    if isinstance(event_study, DynamicEffects):
        return event_study.one_reference(), (REBASED,)
    return event_study, ()


def _numbers(values: object, what: str) -> Floats:
    """Numbers, one or many; refuses text and what is no number."""
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind == "O" and not any(isinstance(value, str) for value in array.flat):
        array = pd.to_numeric(pd.Series(array.ravel()), errors="coerce").to_numpy(dtype=float).reshape(array.shape)
    if array.dtype.kind not in "iufb":
        raise UsageError(what, must="numbers", found=str(array.flat[0]) if array.size else "nothing")
    return array.astype(float)


def _coefficients(event_study: EventStudy | tuple[pd.Series, pd.DataFrame], reference: int) -> tuple[pd.Series, Floats]:
    if isinstance(event_study, tuple):
        given, covariance = pd.Series(event_study[0]), _numbers(event_study[1], "the covariance")
        series = pd.Series(_numbers(given, "the coefficients"), index=_numbers(given.index, "the event times"))
        if not isinstance(event_study[0], pd.Series):
            raise UsageError(
                "the coefficients",
                must="a pandas Series indexed by event time, without the reference period",
                found=type(event_study[0]).__name__,
                mend="For four before and four after: pd.Series(beta, index=[-5, -4, -3, -2, 0, 1, 2, 3]).",
            )
    elif not (hasattr(event_study, "table") and hasattr(event_study, "covariance")):
        raise UsageError(
            "the event study",
            must="a result with a table and a covariance, or a pair of coefficients and covariance",
            found=type(event_study).__name__,
        )
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
    if np.abs(covariance - covariance.T).max() > 1e-8 * np.abs(covariance).max():
        raise DataRejected("the covariance", must="symmetric")
    if np.linalg.eigvalsh((covariance + covariance.T) / 2)[0] <= 0:
        raise DataRejected("the covariance", must="positive definite", mend="Without noise there is no test to make.")
    return np.asarray((covariance + covariance.T) / 2)


def _wanted(target: str | Sequence[float], n_post: int) -> Floats:
    if target == "first":
        return np.asarray(np.eye(n_post)[0])
    if target == "average":
        return np.full(n_post, 1 / n_post)
    if isinstance(target, str):
        raise UsageError("the target", must=f"first, average or {n_post} weights", found=target)
    weights = _numbers(target, "the target")
    if weights.shape != (n_post,) or not weights.any():
        raise UsageError("the target", must=f"first, average or {n_post} weights", found=list(target))
    return weights


def _breakdown(holds_zero: Callable[[float], bool], step: float, tolerance: float) -> float:
    """The smallest bound whose interval holds 0, to a relative `tolerance`; infinite beyond 2^20 steps."""
    if holds_zero(0.0):
        return 0.0
    high = step
    while not holds_zero(high):
        high *= 2
        if high > step * 2**20:
            return float("inf")
    low = 0.0 if high == step else high / 2
    while high - low > tolerance * high:
        middle = (low + high) / 2
        low, high = (low, middle) if holds_zero(middle) else (middle, high)
    return high
