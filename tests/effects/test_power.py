import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effects.power import change_std_dev, minimum_detectable_effect, power_of_effect, simulated_power
from analysis.errors import UsageError

PROVINCES = {"n_clusters": 10, "n_treated": 5, "n_pre": 24, "n_post": 12, "std_dev": 2.0, "phi": 0.8}


def test_independent_noise_gives_the_textbook_standard_deviation():
    assert change_std_dev(3.0, 9, 4) == pytest.approx(3.0 * np.sqrt(1 / 9 + 1 / 4))


def test_two_periods_of_correlated_noise():
    assert change_std_dev(1.0, 1, 1, 0.8) == pytest.approx(np.sqrt(2 * (1 - 0.8)))


def test_many_clusters_approach_the_sum_of_two_normal_quantiles():
    got = minimum_detectable_effect(n_clusters=4000, n_treated=2000, n_pre=1, n_post=1, std_dev=1.0)
    want = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * np.sqrt(2 * 2 / 2000)
    assert got == pytest.approx(want, rel=2e-3)


@pytest.mark.parametrize(
    "design",
    [PROVINCES, {**PROVINCES, "n_treated": 2, "phi": 0.0}, {**PROVINCES, "n_clusters": 30, "n_treated": 1}],
)
def test_the_formula_agrees_with_simulation(design):
    effect = minimum_detectable_effect(**design)
    assert power_of_effect(effect, **design) == pytest.approx(0.8, abs=1e-6)
    assert simulated_power(effect, **design, draws=2000, seed=4) == pytest.approx(0.8, abs=3.3 * np.sqrt(0.16 / 2000))
    assert simulated_power(0.0, **design, draws=2000, seed=5) == pytest.approx(0.05, abs=3.3 * np.sqrt(0.0475 / 2000))


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 60), st.integers(2, 30), st.integers(2, 30), st.floats(0, 0.95), st.floats(0.1, 50))
def test_laws(n, n_pre, n_post, phi, scale):
    design = {"n_clusters": n, "n_treated": n // 2, "n_pre": n_pre, "n_post": n_post, "std_dev": 1.0, "phi": phi}
    base = minimum_detectable_effect(**design)
    assert minimum_detectable_effect(**{**design, "std_dev": scale}) == pytest.approx(scale * base, rel=1e-6)
    assert minimum_detectable_effect(**{**design, "n_clusters": 2 * n, "n_treated": 2 * (n // 2)}) < base
    assert minimum_detectable_effect(**design, power=0.9) > base
    assert power_of_effect(0.0, **design) == pytest.approx(0.05, abs=1e-9)


def test_two_clusters_cannot_see_anything():
    assert minimum_detectable_effect(n_clusters=2, n_treated=1, n_pre=8, n_post=4, std_dev=1.0) == np.inf


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_treated": 10}, "between 1 and 9"),
        ({"phi": 1.0}, "between -1 and 1"),
        ({"std_dev": 0.0}, "positive"),
        ({"n_pre": 0}, "1 or more"),
        ({"power": 0.01}, "ordered"),
    ],
)
def test_bad_input_is_one_clear_line(change, words):
    with pytest.raises(UsageError, match=words):
        minimum_detectable_effect(**{**PROVINCES, **change})
