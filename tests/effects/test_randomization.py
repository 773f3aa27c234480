from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.effects.randomization import minimum_attainable_p, randomization_inference
from analysis.errors import UsageError

TABLE = [
    # clusters, treated, smallest p
    (3, 1, 1 / 3),
    (10, 1, 0.1),
    (20, 1, 0.05),
    (10, 5, 1 / 252),
    (581, 1, 1 / 581),
]


@pytest.mark.parametrize(("clusters", "treated", "p"), TABLE)
def test_smallest_attainable_p(clusters, treated, p):
    assert minimum_attainable_p(clusters, treated) == pytest.approx(p)


@given(st.integers(2, 40), st.integers(1, 39))
def test_the_smallest_p_is_one_over_the_number_of_assignments(n, k):
    if k >= n:
        with pytest.raises(UsageError, match="n_treated"):
            minimum_attainable_p(n, k)
        return
    assert minimum_attainable_p(n, k) == pytest.approx(1 / comb(n, k))
    assert minimum_attainable_p(n, k) == pytest.approx(minimum_attainable_p(n, n - k))
    assert minimum_attainable_p(n, k, mirrored=True) == pytest.approx((1 + (2 * k == n)) / comb(n, k))


def panel(changes, treated, n_pre=3, n_post=2, level=7.0):
    rows = [
        (f"u{i}", t, level + i + (change if t >= n_pre else 0.0), int(i in treated and t >= n_pre))
        for i, change in enumerate(changes)
        for t in range(n_pre + n_post)
    ]
    return pd.DataFrame(rows, columns=["unit", "t", "y", "d"])


@pytest.mark.parametrize(
    ("scale", "n_pre", "answer", "warned"),
    [
        (1.0, 40, "cannot tell", False),
        (8.0, 40, "failed", True),
        (0.1, 40, "failed", True),
        (8.0, 3, "cannot tell", False),
    ],
)
def test_noisier_treated_clusters_are_said(scale, n_pre, answer, warned):
    noise = np.random.default_rng(5).normal(size=(20, n_pre + 5))
    noise[:2] *= scale
    frame = pd.DataFrame(noise).melt(ignore_index=False, var_name="t", value_name="y").reset_index(names="unit")
    got = randomization_inference(frame, "unit", "t", "y", [0, 1], n_pre)
    assert [(d.name, d.answer) for d in got.diagnostics] == [("equal noise", answer)]
    assert any("noise variance" in warning for warning in got.warnings) == warned
    assert np.isfinite(got.p_value)


def test_every_assignment_counted_by_hand():
    changes = np.array([5.0, 4.0, 1.0, 0.0, -1.0, 0.5, 0.2])
    got = randomization_inference(panel(changes, {0, 1}), "unit", "t", "y", "d")
    observed = 4.5 - changes[2:].mean()
    others = [abs(changes[list(c)].mean() - np.delete(changes, list(c)).mean()) for c in combinations(range(7), 2)]
    assert got.estimate == pytest.approx(observed)
    assert got.p_value == pytest.approx(np.mean(np.array(others) >= observed - 1e-9)) == pytest.approx(1 / 21)
    assert got.ci_low < observed < got.ci_high


@pytest.mark.parametrize(("n", "k"), [(3, 1), (10, 1), (6, 3), (5, 2)])
def test_a_test_that_cannot_reject_is_withheld_but_described(n, k):
    got = randomization_inference(panel(np.arange(n) ** 2.0, set(range(k))), "unit", "t", "y", "d")
    assert got.refusals[0].codes == ("minimum_p_too_large",)
    assert np.isnan([got.p_value, got.ci_low, got.ci_high]).all() and np.isfinite(got.estimate)


def test_clusters_are_the_level_of_assignment():
    rng = np.random.default_rng(2)
    frame = panel(rng.normal(size=60), set(range(20)))
    frame["region"] = frame["unit"].str[1:].astype(int) // 20
    got = randomization_inference(frame, "unit", "t", "y", "d", cluster="region")
    assert got.refusals and "3 clusters, 1 treated" in got.method
    with pytest.raises(UsageError, match="level of assignment"):
        randomization_inference(panel([1.0, 2, 3, 4], {0}).assign(r="one"), "unit", "t", "y", "d", cluster="r")


def test_simulated_assignments_are_seeded_and_count_the_observed_one():
    rng = np.random.default_rng(3)
    frame = panel(np.r_[rng.normal(size=30) + 40, rng.normal(size=30)], set(range(30)))
    got = randomization_inference(frame, "unit", "t", "y", "d", draws=199, seed=1)
    assert got.p_value == pytest.approx(1 / 200)
    assert got.p_value == randomization_inference(frame, "unit", "t", "y", "d", draws=199, seed=1).p_value


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["difference", "studentized"]), st.floats(-5, 5))
def test_laws(seed, statistic, shift):
    changes = np.random.default_rng(seed).normal(size=9)
    base = randomization_inference(panel(changes, {0, 1, 2}), "unit", "t", "y", "d", statistic=statistic)
    moved = randomization_inference(panel(changes + shift, {0, 1, 2}), "unit", "t", "y", "d", statistic=statistic)
    assert moved.estimate == pytest.approx(base.estimate, abs=1e-9)
    assert moved.p_value == pytest.approx(base.p_value)  # what all share is no effect
    assert (base.p_value > 0.05) == (base.ci_low <= 0 <= base.ci_high)
    assert base.p_value >= base.details["minimum_p"] - 1e-12


def test_an_unknown_statistic_is_one_clear_line():
    with pytest.raises(UsageError, match="difference, studentized"):
        randomization_inference(panel([1.0, 2, 3], {0}), "unit", "t", "y", "d", statistic="rank")
