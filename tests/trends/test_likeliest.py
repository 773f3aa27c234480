"""Variances of many series at once: never less likely than what statsmodels finds for each, with simplex search."""

import warnings

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.trends.likeliest import likeliest

N = 40
PLANTED = [(1, 0.3, 0.01), (1, 0.1, 0), (1, 0, 0.001), (0, 1, 0.1), (1, 1, 0), (0, 0, 1)]  # noise, level, slope


def planted() -> np.ndarray:
    """N x 6: one of each planted kind, the third with a fifth of its values missing."""
    rng, found = np.random.default_rng(4), []
    for i, kind in enumerate(PLANTED):
        noise, level, slope = np.sqrt(kind)
        slopes = 0.3 + np.cumsum(slope * rng.normal(size=N))
        values = 100 + np.cumsum(slopes + level * rng.normal(size=N)) + noise * rng.normal(size=N)
        found.append(np.where((i == 2) & (rng.random(N) < 0.2), np.nan, values))
    return np.array(found).T


def searched(values: np.ndarray, level: str) -> float:
    """Diffuse log-likelihood at the variances that statsmodels finds, by quasi-Newton and then by simplex."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = UnobservedComponents(values, level=level, use_exact_diffuse=True)
        first = model.fit(disp=False, cov_type="none")
        simplex = {"maxiter": 5000, "xtol": 1e-8, "ftol": 1e-10}
        return float(model.fit(first.params, method="nm", disp=False, cov_type="none", **simplex).llf)


@pytest.mark.parametrize(("level", "states"), [("lltrend", 2), ("llevel", 1)])
def test_no_variances_are_likelier(level, states):
    values = planted()
    found = likeliest(values, states)
    assert found.converged.all()
    for lane in range(values.shape[1]):
        model = UnobservedComponents(values[:, lane], level=level, use_exact_diffuse=True)
        at_ours = model.smooth(found.variances[: states + 1, lane], cov_type="none").llf
        assert found.log_likelihood[lane] == pytest.approx(at_ours, abs=1e-7)
        assert found.log_likelihood[lane] > searched(values[:, lane], level) - 1e-6


def test_each_alone_is_as_all_at_once():
    values = planted()
    every = likeliest(values, 2)
    alone = [likeliest(values[:, [lane]], 2) for lane in range(values.shape[1])]
    assert every.log_likelihood == pytest.approx(np.concatenate([one.log_likelihood for one in alone]), abs=1e-9)
    own = np.concatenate([one.variances for one in alone], axis=1)
    assert ((every.variances == 0) == (own == 0)).all()
    assert every.variances == pytest.approx(own, rel=1e-4)


def test_without_moves_the_trend_is_the_line_of_least_squares():
    """In most series of noise about a line the other variances are 0; then that of the noise is the residuals'."""
    values, places = np.random.default_rng(0).normal(size=(N, 30)) + np.arange(N)[:, None], np.arange(N)
    variances = likeliest(values, 2).variances
    lines = (variances[1:] == 0).all(axis=0)
    assert lines.mean() > 0.3
    left = np.polyfit(places, values, 1, full=True)[1] / (N - 2)
    assert variances[0, lines] == pytest.approx(left[lines], rel=1e-9)
