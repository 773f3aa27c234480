"""Linear segmented regression: ordinary least squares with Newey-West errors, or REML with AR(1) noise."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.effects.ar1 import Ar1Fit, fit_ar1
from analysis.effects.results import Coefficient, Diagnostic, Refusal
from analysis.effects.segmented import LEVEL, SegmentedColumns
from analysis.effects.series import Floats, OrderedSeries
from analysis.effects.small_sample import LONGEST_CORRECTED, for_newey_west, for_reml

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
    checks: tuple[Diagnostic, ...] = ()


def default_lags(n: int) -> int:
    """floor(4 (n / 100)^(2/9)): Newey and West (1994), Review of Economic Studies 61(4), the usual plug-in rule."""
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


def fit_ols_hac(series: OrderedSeries, columns: SegmentedColumns, lags: int | None) -> ModelFit:
    """Least squares with Newey-West errors; see `interrupted_time_series`."""
    x, y = columns.values, series.outcome
    n, k = x.shape
    lags = default_lags(n) if lags is None else lags
    noise = fit_ar1(x, y, series.position)
    beta, covariance = _statsmodels_ols(series, x, lags)
    errors = np.sqrt(np.diag(covariance))

    def interval(j: int) -> Coefficient:
        reference = for_newey_west(x, series.position, lags, np.eye(k)[j], noise)
        return reference.coefficient(float(beta[j]), float(errors[j]))

    level, residuals = interval(LEVEL), y - x @ beta
    multiplier = (level.ci_high - level.estimate) / level.std_error
    return ModelFit(
        coefficients=beta,
        covariance=covariance,
        interval=interval,
        band_factor=multiplier,
        residuals=noise.whitened,
        method=f"segmented regression, ordinary least squares, Newey-West error ({lags} lags, small-sample factor)",
        inference=_words("Bell-McCaffrey t", multiplier, noise, n),
        details={
            "lags": float(lags),
            "phi": noise.phi,
            "multiplier": multiplier,
            "pre_trend": float(beta[1]),
            "pre_trend_std_error": float(errors[1]),
            "durbin_watson": float(np.sum(np.diff(residuals) ** 2) / np.sum(residuals**2)),
            "breusch_godfrey_1": breusch_godfrey(x, residuals),
        },
        phi=noise.phi,
        phi_range=(noise.phi_low, noise.phi_high),
        refusals=(unit_root(noise),) if noise.phi >= BOUNDARY else (),
        ar_parameters=1,
    )


def fit_reml_ar1(series: OrderedSeries, columns: SegmentedColumns) -> ModelFit:
    """Generalised least squares, AR(1) noise by restricted maximum likelihood; see `interrupted_time_series`."""
    x, y = columns.values, series.outcome
    noise = fit_ar1(x, y, series.position)

    def interval(j: int) -> Coefficient:
        reference = for_reml(x, series.position, j, noise)
        return reference.coefficient(float(noise.coefficients[j]), float(np.sqrt(noise.covariance[j, j])))

    level = interval(LEVEL)
    multiplier = (level.ci_high - level.estimate) / level.std_error
    return ModelFit(
        coefficients=noise.coefficients,
        covariance=noise.covariance,
        interval=interval,
        band_factor=multiplier,
        residuals=noise.whitened,
        method="segmented regression, AR(1) noise by restricted maximum likelihood",
        inference=_words("Student's t", multiplier, noise, len(y)),
        details={"phi": noise.phi, "multiplier": multiplier, "log_likelihood": noise.log_likelihood},
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


def _statsmodels_ols(series: OrderedSeries, x: Floats, lags: int) -> tuple[Floats, Floats]:
    """Coefficients and Newey-West covariance.

    Rows of zeros stand for gaps, so that lags count periods and not rows (Datta and Du 2012, amplitude modulation); the
    factor n / (n - k) takes the n of real observations.
    """
    import statsmodels.api as sm

    at = series.position - series.position[0]
    grid_x, grid_y = np.zeros((int(at[-1]) + 1, x.shape[1])), np.zeros(int(at[-1]) + 1)
    grid_x[at], grid_y[at] = x, series.outcome
    fitted = sm.OLS(grid_y, grid_x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
    n, k = x.shape
    return np.asarray(fitted.params), np.asarray(fitted.cov_params()) * n / (n - k)


def _words(reference: str, multiplier: float, noise: Ar1Fit, n: int) -> str:
    if n > LONGEST_CORRECTED:
        plain = f"95 % interval of {multiplier:.2f} standard errors, Student's t"
        return f"{plain}, not corrected beyond {LONGEST_CORRECTED} periods"
    spread = "averaged over its restricted likelihood" if len(noise.likely_phis) > 1 else "taken as known"
    return (
        f"95 % interval of {multiplier:.2f} standard errors to either side: {reference} for AR(1) noise, whose "
        f"correlation (best {noise.phi:.2f}) is {spread}"
    )
