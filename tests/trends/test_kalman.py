"""The filter and smoother of many series at once beside statsmodels' exact diffuse ones, variances given."""

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.trends.kalman import filtered, smoothed

N = 24
MISSING = {
    "none": [],
    "inside": [5, 6, 20],
    "the first": [0, 1],
    "after the first": [1, 2, 3],
    "ends": [0, 2, 3, N - 1],
}
TRENDS = [(1, 0.3, 0.01), (0, 1, 0.2), (1, 0, 0.05), (1, 0.3, 0), (0, 0, 1), (1, 0, 0), (0, 1, 0)]
LEVELS = [(1, 0.3, 0), (0, 1, 0), (1, 0, 0)]
ASKED = [("lltrend", 2, one) for one in TRENDS] + [("llevel", 1, one) for one in LEVELS]


def series() -> np.ndarray:
    """A walk for each pattern of missing values, N x 5."""
    values = 100 + np.cumsum(np.random.default_rng(0).normal(size=(N, len(MISSING))), axis=0)
    for lane, gaps in enumerate(MISSING.values()):
        values[gaps, lane] = np.nan
    return values


@pytest.mark.parametrize(("level", "states", "variances"), ASKED)
def test_every_lane_is_as_statsmodels_has_it(level, states, variances):
    values = series()
    every = filtered(values, np.tile(np.array(variances, dtype=float), (len(MISSING), 1)).T, states, keep=True)
    means, spread = smoothed(every)
    likelihood = -0.5 * (every.count * np.log(2 * np.pi) + every.logs + every.squares + every.start)
    for lane in range(len(MISSING)):
        model = UnobservedComponents(values[:, lane], level=level, use_exact_diffuse=True)
        expected = model.smooth(variances[: len(model.param_names)], cov_type="none")
        assert likelihood[lane] == pytest.approx(expected.llf, abs=1e-9)
        assert means[:states, :, lane] == pytest.approx(expected.smoothed_state, rel=1e-9, abs=1e-9)
        sizes = np.diagonal(expected.smoothed_state_cov).T
        assert spread[:states, :, lane] == pytest.approx(sizes, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("states", [1, 2])
def test_sums_are_the_same_where_no_step_is_kept(states):
    variances = np.random.default_rng(1).exponential(size=(3, len(MISSING))) * [[1.0], [1.0], [states == 2]]
    plain, kept = (filtered(series(), variances, states, keep=keep) for keep in (False, True))
    assert np.array(plain.likelihood()) == pytest.approx(np.array(kept.likelihood()), rel=1e-12)
