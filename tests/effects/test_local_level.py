"""The structural model against the state space form of statsmodels, and against what is known exactly."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.effects import interrupted_time_series, its_panel_of_models
from analysis.effects.local_level import covariance_of, fit_level_noise
from analysis.effects.segmented import columns_of
from analysis.effects.series import ordered_series


def wandering(n: int = 60, onset: int = 30, step: float = 0.5, effect: float = 0.0, seed: int = 4) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    t = np.arange(n)
    level = 50 + 0.3 * t + step * generator.normal(size=n).cumsum()
    return pd.DataFrame({"t": t, "y": level + generator.normal(size=n) + effect * (t >= onset)})


def columns(frame: pd.DataFrame, onset: int = 30, harmonics: int = 0) -> np.ndarray:
    return columns_of(ordered_series(frame, "t", "y", onset), True, harmonics, 12).values


@pytest.mark.parametrize("harmonics", [0, 2])
@pytest.mark.parametrize("holes", [[], [7, 8, 41]])
def test_estimates_errors_and_likelihood_are_those_of_the_diffuse_kalman_filter(harmonics, holes):
    frame = wandering(effect=3.0)
    x = columns(frame, harmonics=harmonics)
    gone = frame.assign(y=frame["y"].where(~frame["t"].isin(holes)))
    got = interrupted_time_series(gone, "t", "y", 30, model="structural", harmonics=harmonics, period=12)
    model = UnobservedComponents(
        gone["y"].to_numpy(), "lldtrend", exog=x[:, 2:], mle_regression=False, use_exact_diffuse=True
    )
    at = [got.details["sigma2_irregular"], got.details["sigma2_level"]]
    theirs = model.smooth(at, cov_type="none")
    level = list(model.state_names).index("beta.x1")
    assert got.estimate == pytest.approx(theirs.smoothed_state[level, -1], rel=1e-7)
    assert got.std_error == pytest.approx(np.sqrt(theirs.smoothed_state_cov[level, level, -1]), rel=1e-6)
    for other in ([at[0] * 1.2, at[1]], [at[0], at[1] * 1.2], [at[0] * 0.8, at[1]], [at[0], at[1] * 0.8]):
        assert theirs.llf > model.smooth(other, cov_type="none").llf


def test_without_a_wandering_level_it_is_least_squares():
    frame = wandering(step=0.0, seed=2)
    x, y = columns(frame), frame["y"].to_numpy()
    got = interrupted_time_series(frame, "t", "y", 30, model="structural")
    beta, rest = np.linalg.lstsq(x, y, rcond=None)[:2]
    error = np.sqrt(rest[0] / 56 * np.linalg.inv(x.T @ x)[2, 2])
    assert got.details["sigma2_level"] == pytest.approx(0.0, abs=1e-9)
    assert (got.estimate, got.std_error) == pytest.approx((beta[2], error), rel=1e-6)
    assert got.ci_high - got.estimate > 2.0 * error  # a level that may wander costs certainty
    assert {d.name: d.answer for d in got.diagnostics}["convergence"] == "passed"


def test_a_random_walk_alone_is_refused():
    found = []
    for seed in range(4):
        frame = pd.DataFrame({"t": np.arange(60), "y": np.random.default_rng(seed).normal(size=60).cumsum()})
        found.append(interrupted_time_series(frame, "t", "y", 30, model="structural"))
    walks = [one for one in found if one.details["sigma2_irregular"] < 1e-9]
    assert walks
    for one in walks:
        assert one.refusals[0].codes == ("unit_root",) and np.isnan([one.ci_low, one.p_value]).all()
        assert {d.name: d.answer for d in one.diagnostics}["convergence"] == "failed"


def test_the_likelihood_is_that_of_the_contrasts():
    frame = wandering()
    x, y, position = columns(frame), frame["y"].to_numpy(), np.arange(60)
    noise = fit_level_noise(x, y, position)
    free = np.linalg.svd(x, full_matrices=True)[0][:, 4:]
    inside = free.T @ covariance_of(position, noise.angle) @ free
    contrast = free.T @ y
    assert noise.scale == pytest.approx(contrast @ np.linalg.solve(inside, contrast) / 56, rel=1e-9)
    assert noise.likely_weights.sum() == pytest.approx(1.0)


def test_it_stands_beside_the_other_models():
    panel = its_panel_of_models(wandering(effect=8.0), "t", "y", 30, models=["ols_hac", "reml_ar1", "structural"])
    assert panel.estimates["structural"].supported and panel.share_same_sign == 1.0
