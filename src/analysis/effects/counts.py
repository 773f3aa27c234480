"""Poisson and quasi-Poisson segmented regression with a population offset."""

import numpy as np

from analysis.effects.linear import ModelFit
from analysis.effects.results import Coefficient, Refusal
from analysis.effects.segmented import LEVEL, SegmentedColumns
from analysis.effects.series import OrderedSeries
from analysis.errors import DataRejected

NORMAL_975 = 1.959963984540054
LARGEST_SPAN = 25.0  # of the log rate over the periods: one beyond it is on its way to minus infinity


def fit_counts(series: OrderedSeries, columns: SegmentedColumns, *, overdispersed: bool) -> ModelFit:
    """Log-linear model of counts; coefficients stay on the log scale, `interval` answers as a rate ratio.

    Where no case is counted from the onset on the likelihood has no maximum: refused (`not_converged`).
    """
    import statsmodels.api as sm

    if (series.outcome < 0).any():
        raise DataRejected("the outcome of a count model", must="zero or more", found=float(series.outcome.min()))
    offset = None if series.population is None else np.log(series.population)
    model = sm.GLM(series.outcome, columns.values, family=sm.families.Poisson(), offset=offset)
    fitted = model.fit(scale="X2" if overdispersed else 1.0, tol=1e-12, maxiter=200)
    beta, covariance = np.asarray(fitted.params), np.asarray(fitted.cov_params())
    n, k = columns.values.shape
    dispersion = float(fitted.pearson_chi2) / (n - k)

    settled = bool(np.ptp(columns.values @ beta) < LARGEST_SPAN)

    def interval(j: int) -> Coefficient:
        if not settled:
            return Coefficient(*[float("nan")] * 5)
        return rate_ratio(float(beta[j]), float(np.sqrt(covariance[j, j])))

    name = "quasi-Poisson" if overdispersed else "Poisson"
    spread = f"variance {dispersion:.2f} times the mean" if overdispersed else "variance equal to the mean"
    return ModelFit(
        coefficients=beta,
        covariance=covariance,
        interval=interval,
        band_factor=NORMAL_975,
        residuals=np.asarray(fitted.resid_pearson),
        method=f"segmented {name} regression" + (", offset log population" if offset is not None else ""),
        inference=f"normal interval on the log scale, {spread}; autocorrelation is not allowed for",
        details={
            "dispersion": dispersion,
            "deviance": float(fitted.deviance),
            "degrees_of_freedom": float(n - k),
            "log_ratio": float(beta[LEVEL]),
            "log_std_error": float(np.sqrt(covariance[LEVEL, LEVEL])),
        },
        refusals=() if settled else (_without_maximum(),),
    )


def _without_maximum() -> Refusal:
    sentence = "The rate ratio has no finite estimate: too few cases are counted on one side of the onset."
    return Refusal(("not_converged",), (sentence,))


def rate_ratio(log_ratio: float, log_error: float) -> Coefficient:
    """A rate ratio with its 95 % interval from the log scale; standard error by the delta method."""
    from scipy import stats

    ratio = float(np.exp(log_ratio))
    low, high = (float(np.exp(log_ratio + sign * NORMAL_975 * log_error)) for sign in (-1, 1))
    return Coefficient(ratio, ratio * log_error, low, high, 2 * float(stats.norm.sf(abs(log_ratio) / log_error)))
