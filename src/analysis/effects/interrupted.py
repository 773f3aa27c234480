"""The effect of one dated intervention on one series."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.effects import diagnostics
from analysis.effects.arma import fit_arma
from analysis.effects.counts import fit_counts
from analysis.effects.gate import COMFORTABLE, SeriesDesign, identification_gate, series_design
from analysis.effects.linear import ModelFit, fit_ols_hac, fit_reml_ar1
from analysis.effects.local_level import fit_structural
from analysis.effects.results import Coefficient, Diagnostic, EffectEstimate, Refusal
from analysis.effects.segmented import LEVEL, SLOPE, SegmentedColumns, columns_of
from analysis.effects.series import Floats, OrderedSeries, check_number
from analysis.errors import UsageError

COUNT_MODELS = ("poisson", "quasipoisson")
MODELS = ("ols_hac", "reml_ar1", "arima", "structural", *COUNT_MODELS)
RAMP_STARTS = {"onset": 0, "period_before": -1}


def interrupted_time_series(
    frame: pd.DataFrame,
    time: str,
    outcome: str,
    onset: object,
    *,
    model: str = "ols_hac",
    population: str | None = None,
    harmonics: int = 0,
    period: float | None = None,
    slope: bool = True,
    lags: int | None = None,
    ramp_from: str | None = None,
    kind: str = "",
    announced: object = None,
    checks: bool = True,
) -> EffectEstimate | Refusal:
    """Estimate the change of level (and slope) of one series at a known date.

    Parameters
    ----------
    frame : one row a period (n rows), one series. A column `flag` with SDMX observation status is read for breaks.
    time, outcome : columns; `time` holds evenly spaced dates or numbers, `outcome` numbers in any unit.
    onset : the first treated time; every row at or after it counts as treated.
    model : `ols_hac` (least squares, Newey-West error), `reml_ar1` (AR(1) noise, restricted maximum likelihood),
        `arima` (ARMA noise of an order chosen by rule, see `analysis.effects.arma`), `structural` (unobserved
        components: a level that wanders, and noise, see `analysis.effects.local_level`),
        `poisson` or `quasipoisson` (counts; the estimate is a rate ratio).
    population : column of the population at risk, positive; its logarithm is the offset of the count models.
    harmonics, period : pairs of sine and cosine terms of a season of `period` periods (months: 12, two weeks: 26).
    slope : whether the slope may change too. Slopes are per period.
    lags : Newey-West lags, counted in periods; default floor(4 (n/100)^(2/9)) (Newey and West 1994).
    ramp_from : where the change of slope starts from zero, which decides when the level change is read: `onset` (Linden
        2015; default of the linear models) or `period_before` (Lopez Bernal et al. 2017; default of the count models).
    kind : the indicator's kind; in a `stock`, a single-period jump near the onset is refused as a recount.
    announced : day of the announcement; a change of level between it and the onset is refused as anticipation.
    checks : whether to run the diagnostics, which take longer than the estimate; without them `diagnostics` is empty.

    Returns
    -------
    EffectEstimate, in which inference is withheld (`refusals`) when the noise is at the boundary of a unit root; or a
    Refusal, when the design cannot support any estimate (codes: `analysis.effects.gate`).

    Raises
    ------
    UsageError for an unknown model, column or combination of arguments; DataRejected for text dates, duplicate times,
    uneven spacing, infinite or negative counts (`analysis.effects.series.ordered_series`). Missing outcomes are left
    out and counted in `warnings`.

    Sources: Lopez Bernal, Cummins and Gasparrini (2017), International Journal of Epidemiology 46(1):348-355; Linden
    (2015), Stata Journal 15(2):480-500; Newey and West (1987), Econometrica 55(3):703-708; Bell and McCaffrey (2002),
    Survey Methodology 28(2).

    `std_error` of `ols_hac` is statsmodels' Newey-West with factor n / (n - k). Interval and p-value of the linear
    models are wider than it alone would give: `analysis.effects.small_sample` says why and how. Those of the count
    models are normal, as published, and do not allow for autocorrelation; a failed diagnostic says when that matters.
    """
    check_arguments(model, population, harmonics, period, lags, ramp_from)
    design = series_design(
        frame, time, outcome, onset, population=population, harmonics=harmonics, period=period, slope=slope, kind=kind,
        announced=announced,
    )  # fmt: skip
    refused = identification_gate(design)
    if refused:
        return Refusal.merged(refused)
    start = RAMP_STARTS[ramp_from or ("period_before" if model in COUNT_MODELS else "onset")]

    def columns(series: OrderedSeries) -> SegmentedColumns:
        return columns_of(series, slope, harmonics, period, ramp_from=start)

    def level(series: OrderedSeries) -> Coefficient | None:
        if identification_gate(dataclasses.replace(design, series=series)):
            return None
        fit = _fit(model, series, columns(series), lags)
        return None if fit.refusals else fit.interval(LEVEL)

    fit = _fit(model, design.series, columns(design.series), lags)
    return _estimate(design, model, fit, columns(design.series), level if checks else None)


def check_arguments(
    model: str, population: str | None, harmonics: int, period: float | None, lags: int | None, ramp_from: str | None
) -> None:
    """Refuse an unknown model, and options that do not go with it."""
    if model not in MODELS:
        raise UsageError("the model", must=f"one of {', '.join(MODELS)}", found=model)
    if population and model not in COUNT_MODELS:
        raise UsageError(
            "population", must=f"given only with {' or '.join(COUNT_MODELS)}", found=population, mend="Model the rate."
        )
    given = {"harmonics": harmonics, "period": period, "lags": lags}
    for name, value in given.items():
        if value is not None:
            check_number(name, value)
    if harmonics < 0 or int(harmonics) != harmonics:
        raise UsageError("harmonics", must="a whole number, zero or more", found=harmonics)
    if harmonics and (period is None or not 2 <= 2 * harmonics <= period):
        raise UsageError("period", must="given, and at least twice the harmonics", found=period)
    if lags is not None and (lags < 0 or int(lags) != lags or model != "ols_hac"):
        raise UsageError("lags", must="a whole number, zero or more, with the model ols_hac", found=lags)
    if ramp_from is not None and ramp_from not in RAMP_STARTS:
        raise UsageError("ramp_from", must=f"one of {', '.join(RAMP_STARTS)}", found=ramp_from)


def _fit(model: str, series: OrderedSeries, columns: SegmentedColumns, lags: int | None) -> ModelFit:
    if model == "ols_hac":
        return fit_ols_hac(series, columns, lags)
    if model == "reml_ar1":
        return fit_reml_ar1(series, columns)
    if model == "arima":
        return fit_arma(series, columns)
    if model == "structural":
        return fit_structural(series, columns)
    return fit_counts(series, columns, overdispersed=model == "quasipoisson")


def _estimate(
    design: SeriesDesign,
    model: str,
    fit: ModelFit,
    columns: SegmentedColumns,
    level: Callable[[OrderedSeries], Coefficient | None] | None,
) -> EffectEstimate:
    series, counts = design.series, model in COUNT_MODELS
    null = 1.0 if counts else 0.0
    effect = fit.interval(LEVEL)
    checks = (
        ()
        if level is None
        else (
            diagnostics.residual_autocorrelation(fit),
            diagnostics.boundary(fit),
            diagnostics.placebo_onset(series, effect, null, level),
            *fit.checks,
        )
    )
    if fit.refusals:
        effect = _withheld(effect)
    fitted, without = _paths(series, fit, columns, counts)
    return EffectEstimate(
        **dataclasses.asdict(effect),
        n_obs=len(series.outcome),
        n_units=1,
        n_treated=1,
        method=fit.method,
        inference=f"withheld: {fit.refusals[0].codes[0]}" if fit.refusals else fit.inference,
        diagnostics=checks,
        warnings=_warnings(design, checks),
        unit="rate ratio" if counts else "outcome",
        null=null,
        slope_change=_slope(design, fit),
        fitted=fitted,
        counterfactual=without["mean"],
        counterfactual_low=without["low"],
        counterfactual_high=without["high"],
        refusals=fit.refusals,
        details=fit.details,
    )


def _withheld(effect: Coefficient) -> Coefficient:
    nan = float("nan")
    return dataclasses.replace(effect, ci_low=nan, ci_high=nan, p_value=nan)


def _slope(design: SeriesDesign, fit: ModelFit) -> Coefficient | None:
    if not design.slope:
        return None
    change = fit.interval(SLOPE)
    return _withheld(change) if fit.refusals else change


def _paths(
    series: OrderedSeries, fit: ModelFit, columns: SegmentedColumns, counts: bool
) -> tuple[pd.Series, pd.DataFrame]:
    """The fitted path, and the path without the intervention with its band (width scaled as the level's interval)."""
    post = series.post
    x = columns.untreated[post]
    centre = x @ fit.coefficients
    half = fit.band_factor * np.sqrt(np.einsum("ij,jk,ik->i", x, fit.covariance, x))
    if fit.refusals:
        half = half * float("nan")
    scale = np.ones(len(series.outcome)) if series.population is None else series.population

    def units(values: Floats, exposure: Floats) -> Floats:
        return np.exp(values) * exposure if counts else values

    fitted = pd.Series(units(columns.values @ fit.coefficients, scale), index=series.times, name="fitted")
    bands = {"mean": centre, "low": centre - half, "high": centre + half}
    without = pd.DataFrame(
        {name: units(values, scale[post]) for name, values in bands.items()}, index=series.times[post]
    )
    return fitted, without


def _warnings(design: SeriesDesign, checks: tuple[Diagnostic, ...]) -> tuple[str, ...]:
    series = design.series
    found = list(series.warnings)
    for side, n in (("before", int((~series.post).sum())), ("from", int(series.post.sum()))):
        if n < COMFORTABLE:
            found.append(f"Only {n} periods {side} the onset; {COMFORTABLE} or more are advised.")
    if len(series.breaks):
        found.append(f"The source flags {len(series.breaks)} breaks in this series, none near the onset.")
    found += [check.sentence for check in checks if check.answer == "failed"]
    return tuple(found)
