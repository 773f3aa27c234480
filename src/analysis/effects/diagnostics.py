"""Checks of a fitted interrupted series. Each looks at an uncertainty, or says that it cannot tell."""

from collections.abc import Callable

import numpy as np

from analysis.effects.linear import BOUNDARY, ModelFit
from analysis.effects.results import Coefficient, Diagnostic
from analysis.effects.series import OrderedSeries

FEWEST_FOR_AUTOCORRELATION = 20
FEWEST_EITHER_SIDE_OF_PLACEBO = 8


def residual_autocorrelation(fit: ModelFit) -> Diagnostic:
    """Ljung-Box on what the model leaves (after its AR(1) noise, where it has one)."""
    from scipy import stats

    name, residuals = "residual autocorrelation", fit.residuals
    n = len(residuals)
    if n < FEWEST_FOR_AUTOCORRELATION:
        return Diagnostic(name, "cannot tell", f"{n} periods are too few to judge what autocorrelation is left.")
    lags = min(10, n // 5)
    total = float(residuals @ residuals)
    correlations = np.array([float(residuals[k:] @ residuals[:-k]) / total for k in range(1, lags + 1)])
    statistic = float(n * (n + 2) * np.sum(correlations**2 / (n - np.arange(1, lags + 1))))
    p = float(stats.chi2.sf(statistic, lags - fit.ar_parameters))
    if p < 0.05:
        what = f"Autocorrelation is left in the residuals (Ljung-Box, {lags} lags, p = {p:.3f}): the interval misleads."
        return Diagnostic(name, "failed", what, statistic, p)
    what = f"No autocorrelation is seen in the residuals (Ljung-Box, {lags} lags, p = {p:.2f})."
    return Diagnostic(name, "passed", what, statistic, p)


def boundary(fit: ModelFit) -> Diagnostic:
    """Whether the noise can be told from a random walk."""
    name, (low, high) = "boundary", fit.phi_range
    if np.isnan(fit.phi):
        return Diagnostic(name, "cannot tell", "The model has no noise correlation to compare with a random walk.")
    words = f"noise correlation {fit.phi:.2f}, 95 % range {low:.2f} to {high:.2f}"
    if fit.phi >= BOUNDARY:
        sentence = f"The noise cannot be told from a random walk ({words})."
        return Diagnostic(name, "failed", sentence, fit.phi)
    if high >= BOUNDARY:
        return Diagnostic(name, "cannot tell", f"A random walk cannot be ruled out ({words}).", fit.phi)
    return Diagnostic(name, "passed", f"A random walk is ruled out ({words}).", fit.phi)


def placebo_onset(
    series: OrderedSeries, effect: Coefficient, null: float, estimate: Callable[[OrderedSeries], Coefficient | None]
) -> Diagnostic:
    """The same model on the periods before the onset, with an onset put in their middle."""
    name = "placebo onset"
    before = ~series.post
    n = int(before.sum())
    if n < 2 * FEWEST_EITHER_SIDE_OF_PLACEBO:
        return Diagnostic(name, "cannot tell", f"{n} periods before the onset are too few for a placebo onset.")
    middle = int(series.position[before][n // 2])
    placebo = estimate(
        OrderedSeries(
            series.times[before],
            series.position[before],
            series.outcome[before],
            None if series.population is None else series.population[before],
            series.breaks,
            middle,
            0,
            0,
            (),
        )
    )
    when = series.times[before][n // 2]
    when = when.date().isoformat() if hasattr(when, "date") else when
    if placebo is None:
        return Diagnostic(name, "cannot tell", f"The model cannot be fitted with an onset at {when}.")
    words = f"{placebo.estimate:.4g} ({placebo.ci_low:.4g} to {placebo.ci_high:.4g})"
    if not placebo.ci_low <= null <= placebo.ci_high:
        sentence = f"An effect is found at {when} where none can be: {words}."
        return Diagnostic(name, "failed", sentence, placebo.estimate, placebo.p_value)
    if placebo.ci_low <= effect.estimate <= placebo.ci_high:
        sentence = (
            f"At {when} nothing is found ({words}), but an effect of the size estimated would not be seen either."
        )
        return Diagnostic(name, "cannot tell", sentence, placebo.estimate, placebo.p_value)
    sentence = f"At {when} nothing is found ({words}), and an effect of the size estimated would have been seen."
    return Diagnostic(name, "passed", sentence, placebo.estimate, placebo.p_value)
