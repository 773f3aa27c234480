"""Linear segmented regression: ordinary least squares with Newey-West errors, or REML with AR(1) noise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.effects.ar1 import Ar1Fit, fit_ar1
from analysis.effects.results import Coefficient, Refusal
from analysis.effects.segmented import SegmentedColumns
from analysis.effects.series import Floats, OrderedSeries
from analysis.effects.small_sample import LONGEST_CORRECTED, Correction, bell_mccaffrey

BOUNDARY = 0.98


@dataclass(frozen=True, eq=False)
class ModelFit:
    """What every model of the mean hands to the front: coefficients, how to interval them, how it was done."""

    coefficients: Floats
    covariance: Floats
    interval: Callable[[int], Coefficient]
    band_factor: float
    residuals: Floats
    method: str
    inference: str
    details: dict[str, float]
    phi: float = float("nan")
    phi_range: tuple[float, float] = (float("nan"), float("nan"))
    refusals: tuple[Refusal, ...] = ()
    ar_parameters: int = 0


def default_lags(n: int) -> int:
    """floor(4 (n / 100)^(2/9)): Newey and West (1994), Review of Economic Studies 61(4), the usual plug-in rule."""
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


def student(estimate: float, std_error: float, correction: Correction) -> Coefficient:
    """A 95 % interval by Student's t after inflating the standard error."""
    from scipy import stats

    wide = std_error * correction.inflation
    half = float(stats.t.ppf(0.975, correction.degrees)) * wide
    p = 2 * float(stats.t.sf(abs(estimate) / wide, correction.degrees))
    return Coefficient(estimate, std_error, estimate - half, estimate + half, p)


def fit_ols_hac(series: OrderedSeries, columns: SegmentedColumns, lags: int | None) -> ModelFit:
    """Least squares with Newey-West errors; see `interrupted_time_series`."""
    n = len(series.outcome)
    lags = default_lags(n) if lags is None else lags
    fitted = _statsmodels_ols(series, columns.values, lags)
    k = columns.values.shape[1]
    noise = fit_ar1(columns.values, series.outcome, series.position)
    beta, covariance = np.asarray(fitted.params), _rescaled(fitted, n, k)

    def corrected(j: int) -> Correction:
        if n > LONGEST_CORRECTED:
            return Correction(1.0, n - k)
        return bell_mccaffrey(columns.values, series.position, lags, np.eye(k)[j], noise.phi)

    def interval(j: int) -> Coefficient:
        return student(float(beta[j]), float(np.sqrt(covariance[j, j])), corrected(j))

    level = interval(2)
    at_boundary = noise.phi >= BOUNDARY
    residuals = series.outcome - columns.values @ beta
    correction = corrected(2)
    return ModelFit(
        coefficients=beta,
        covariance=covariance,
        interval=interval,
        band_factor=(level.ci_high - level.estimate) / level.std_error,
        residuals=noise.whitened,
        method=f"segmented regression, ordinary least squares (lags = {lags})",
        inference=_hac_words(lags, correction, noise.phi, n),
        details={
            "lags": float(lags),
            "phi": noise.phi,
            "inflation": correction.inflation,
            "degrees_of_freedom": correction.degrees,
            "pre_trend": float(beta[1]),
            "pre_trend_std_error": float(np.sqrt(covariance[1, 1])),
            "durbin_watson": float(np.sum(np.diff(residuals) ** 2) / np.sum(residuals**2)),
            "breusch_godfrey_1": breusch_godfrey(columns.values, residuals),
        },
        phi=noise.phi,
        phi_range=(noise.phi_low, noise.phi_high),
        refusals=(unit_root(noise),) if at_boundary else (),
        ar_parameters=1,
    )


def fit_reml_ar1(series: OrderedSeries, columns: SegmentedColumns) -> ModelFit:
    """Generalised least squares, AR(1) noise by restricted maximum likelihood; see `interrupted_time_series`."""
    noise = fit_ar1(columns.values, series.outcome, series.position)
    n, k = columns.values.shape

    def interval(j: int) -> Coefficient:
        error = float(np.sqrt(noise.covariance[j, j]))
        return student(float(noise.coefficients[j]), error, Correction(1.0, n - k))

    level = interval(2)
    return ModelFit(
        coefficients=noise.coefficients,
        covariance=noise.covariance,
        interval=interval,
        band_factor=(level.ci_high - level.estimate) / level.std_error,
        residuals=noise.whitened,
        method="segmented regression, AR(1) noise by restricted maximum likelihood",
        inference=f"Student's t with {n - k} degrees of freedom, noise correlation {noise.phi:.2f} taken as known",
        details={"phi": noise.phi, "log_likelihood": noise.log_likelihood, "degrees_of_freedom": float(n - k)},
        phi=noise.phi,
        phi_range=(noise.phi_low, noise.phi_high),
        refusals=(unit_root(noise),) if noise.phi >= BOUNDARY else (),
        ar_parameters=1,
    )


def unit_root(noise: Ar1Fit) -> Refusal:
    """The refusal of inference when the noise sits at the boundary."""
    return Refusal(
        ("unit_root",),
        (
            f"The noise correlates by {noise.phi:.5f} from one period to the next, the boundary: the level change is "
            "not identified separately from a unit root, so the estimate is a description without interval or p-value.",
        ),
    )


def breusch_godfrey(x: Floats, residuals: Floats) -> float:
    """Lagrange multiplier statistic for first-order autocorrelation (absent first lag: zero), as R's bgtest."""
    lagged = np.concatenate([[0.0], residuals[:-1]])
    z = np.column_stack([x, lagged])
    explained = z @ np.linalg.lstsq(z, residuals, rcond=None)[0]
    return float(len(residuals) * (explained @ explained) / (residuals @ residuals))


def _statsmodels_ols(series: OrderedSeries, x: Floats, lags: int) -> Any:
    """Rows of zeros stand for gaps, so that lags count periods, not rows (Datta and Du 2012)."""
    import statsmodels.api as sm

    length = int(series.position[-1] - series.position[0]) + 1
    grid_x, grid_y = np.zeros((length, x.shape[1])), np.zeros(length)
    at = series.position - series.position[0]
    grid_x[at], grid_y[at] = x, series.outcome
    return sm.OLS(grid_y, grid_x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})


def _rescaled(fitted: Any, n: int, k: int) -> Floats:
    """The small-sample factor n / (n - k) with the n of real observations."""
    return np.asarray(fitted.cov_params()) * n / (n - k)


def _hac_words(lags: int, correction: Correction, phi: float, n: int) -> str:
    words = f"Newey-West standard error ({lags} lags, small-sample factor)"
    if n > LONGEST_CORRECTED:
        return f"{words}; Student's t; no further correction beyond {LONGEST_CORRECTED} periods"
    return (
        f"{words}; interval and p-value by Bell-McCaffrey: error times {correction.inflation:.2f} for its bias, "
        f"Student's t with {correction.degrees:.1f} degrees of freedom, working noise AR(1) with correlation {phi:.2f}"
    )
