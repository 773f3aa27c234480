"""How often a true "no effect" is rejected at a nominal 5 %, simulated; seeded, so the figures are fixed.

Measured with 1,000 draws (seed 77; standard error about 0.7 points), level / slope; a refused draw is no rejection:

| periods, onset, correlation | Newey-West alone | ols_hac | reml_ar1 | refused |
|---|---|---|---|---|
| 48, 24, 0.0 | 11 % | 5.2 / 4.2 % | 4.7 / 4.3 % | 0 % |
| 48, 24, 0.4 | 17 % | 4.3 / 3.9 % | 4.4 / 3.1 % | 0 % |
| 48, 24, 0.8 | 31 % | 3.3 / 6.6 % | 4.9 / 5.9 % | 12 % |
| 48, 36, 0.4 | 23 % | 3.5 / 2.0 % | 4.2 / 3.0 % | 0 % |
| 31, 19, 0.4 | 24 % | 4.0 / 3.8 % | 5.5 / 2.9 % | 1 % |

Quasi-Poisson keeps its published normal interval: 5 % with independent noise, 12 % with correlation 0.4 (400 draws).
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.effects import interrupted_time_series_many
from analysis.effects.linear import fit_ols_hac, fit_reml_ar1
from analysis.effects.segmented import LEVEL, columns_of
from analysis.effects.series import ordered_series

DRAWS = 1_000


def ar1_noise(draws: int, n: int, phi: float, seed: int) -> np.ndarray:
    shocks = np.random.default_rng(seed).standard_normal((draws, n))
    shocks[:, 0] /= np.sqrt(1 - phi**2)
    for i in range(1, n):
        shocks[:, i] += phi * shocks[:, i - 1]
    return shocks


def rejection_rates(n: int, onset: int, phi: float, draws: int, seed: int = 20) -> dict[str, float]:
    """By the batch estimator, which is equal to the single one to 1e-8 (`test_many`)."""
    index = pd.MultiIndex.from_product([range(draws), range(n)], names=["draw", "t"])
    frame = pd.Series(ar1_noise(draws, n, phi, seed).ravel(), index=index, name="y").reset_index()
    hac, reml = (
        interrupted_time_series_many(frame, "draw", "t", "y", onset, model=model) for model in ("ols_hac", "reml_ar1")
    )
    usual = 1.0 / stats.t.ppf(0.975, n - 4)
    return {
        "newey_west_alone": float((hac["estimate"].abs() * usual > hac["std_error"]).mean()),
        "hac_level": float((hac["p_value"] < 0.05).mean()),
        "hac_slope": float((hac["slope_p_value"] < 0.05).mean()),
        "reml_level": float((reml["p_value"] < 0.05).mean()),
        "reml_slope": float((reml["slope_p_value"] < 0.05).mean()),
        "refused": float(hac["p_value"].isna().mean()),
    }


def test_two_years_of_two_weekly_figures_with_noise_of_correlation_0_4():
    got = rejection_rates(48, 24, 0.4, DRAWS)
    assert got["newey_west_alone"] > 0.14  # the reason for the correction
    for name in ("hac_level", "hac_slope", "reml_level", "reml_slope"):
        assert 0.025 <= got[name] <= 0.07, name  # 5 % with three standard errors of 1,000 draws above it
    assert got["refused"] < 0.01


@pytest.mark.parametrize("method", ["hac", "reml"])
def test_the_interval_and_the_p_value_agree(method):
    series = ordered_series(pd.DataFrame({"t": np.arange(48), "y": ar1_noise(1, 48, 0.4, 3)[0]}), "t", "y", 24)
    columns = columns_of(series, True, 0, None)
    fit = fit_ols_hac(series, columns, None) if method == "hac" else fit_reml_ar1(series, columns)
    level = fit.interval(LEVEL)
    shift = level.ci_low  # an effect at the bound of its interval has p = 0.05
    moved = dataclasses.replace(series, outcome=series.outcome - shift * series.post)
    again = fit_ols_hac(moved, columns, None) if method == "hac" else fit_reml_ar1(moved, columns)
    assert again.interval(LEVEL).p_value == pytest.approx(0.05, abs=1e-6)
