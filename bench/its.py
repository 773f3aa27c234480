"""5,000 interrupted series at once, beside a loop over statsmodels (for REML, over scipy's minimiser)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize

from analysis.effects import interrupted_time_series_many

SERIES, PERIODS, ONSET, LAGS = 5_000, 48, 24, 3
LOOPED = 500  # series that the loop goes through; its seconds are scaled to all, for a loop takes as long for each
LEVEL = 2
Model = Callable[[np.ndarray], tuple[float, float]]


def measure(median: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds for 5,000 series of 48 periods, and how far estimates and standard errors lie from the loop's."""
    frame = _frame()
    rows = []
    for model, theirs in (("ols_hac", _ols_hac), ("quasipoisson", _quasi_poisson), ("reml_ar1", _reml)):
        outcome = "count" if model == "quasipoisson" else "y"
        lags = LAGS if model == "ols_hac" else None
        matrix = frame[outcome].to_numpy(dtype=float).reshape(SERIES, PERIODS)[:LOOPED]

        def ours(model=model, outcome=outcome, lags=lags) -> pd.DataFrame:
            ramp = {"model": model, "lags": lags, "ramp_from": "onset"}
            return interrupted_time_series_many(frame, "series", "t", outcome, ONSET, **ramp)

        def loop(theirs=theirs, matrix=matrix) -> list[tuple[float, float]]:
            return [theirs(row) for row in matrix]

        seconds, other = median(ours), median(loop) * SERIES / LOOPED
        rows.append(
            {
                "what": f"{model}, {SERIES:,} series",
                "seconds": seconds,
                "loop seconds": other,
                "times faster": other / seconds,
                "largest relative difference": _difference(ours(), matrix, theirs, model),
            }
        )
    return rows


def _frame() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(SERIES, PERIODS))
    phi = generator.uniform(0, 0.7, SERIES)
    for t in range(1, PERIODS):
        noise[:, t] += phi * noise[:, t - 1]
    return pd.DataFrame(
        {
            "series": np.repeat(np.arange(SERIES), PERIODS),
            "t": np.tile(np.arange(PERIODS), SERIES),
            "y": 100 + noise.ravel(),
            "count": generator.poisson(np.exp(4 + 0.1 * noise.ravel())),
        }
    )


def _columns() -> np.ndarray:
    t = np.arange(PERIODS)
    after = t >= ONSET
    return np.column_stack([np.ones(PERIODS), t, after, after * (t - ONSET)]).astype(float)


X = _columns()


def _ols_hac(y: np.ndarray) -> tuple[float, float]:
    fit = sm.OLS(y, X).fit(cov_type="HAC", cov_kwds={"maxlags": LAGS, "use_correction": True})
    fit.conf_int(), fit.pvalues
    return fit.params[LEVEL], fit.bse[LEVEL]


def _quasi_poisson(y: np.ndarray) -> tuple[float, float]:
    fit = sm.GLM(y, X, family=sm.families.Poisson()).fit(scale="X2", tol=1e-12)
    fit.conf_int(), fit.pvalues
    return fit.params[LEVEL], fit.bse[LEVEL]


def _reml(y: np.ndarray) -> tuple[float, float]:
    found = optimize.minimize_scalar(
        lambda phi: -_whitened(y, phi)[0], bounds=(-0.99, 0.99999), method="bounded", options={"xatol": 1e-10}
    )
    _, beta, error = _whitened(y, found.x)
    return beta, error


def _whitened(y: np.ndarray, phi: float) -> tuple[float, float, float]:
    """Restricted log-likelihood at phi, the level change and its standard error."""
    scale = np.sqrt(1 - phi**2)
    xw, yw = (np.concatenate([v[:1], (v[1:] - phi * v[:-1]) / scale]) for v in (X, y))
    fit = sm.OLS(yw, xw).fit()
    degrees = PERIODS - X.shape[1]
    value = -(PERIODS - 1) * np.log(scale) - degrees / 2 * np.log(fit.ssr)
    return value - 0.5 * np.linalg.slogdet(xw.T @ xw)[1], fit.params[LEVEL], fit.bse[LEVEL]


def _difference(table: pd.DataFrame, matrix: np.ndarray, theirs: Model, model: str) -> float:
    """Of estimates and standard errors; of REML at the same phi, for the minimiser stops within 1e-6 of the best."""
    some = table.iloc[:LOOPED]
    estimate, error = some["estimate"].to_numpy(), some["std_error"].to_numpy()
    if model == "quasipoisson":
        estimate, error = np.log(estimate), error / estimate
    if model == "reml_ar1":
        expected = [_whitened(row, phi)[1:] for row, phi in zip(matrix, some["noise"], strict=True)]
    else:
        expected = [theirs(row) for row in matrix]
    return float(np.abs(np.column_stack([estimate, error]) / np.array(expected) - 1).max())
