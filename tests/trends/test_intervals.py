import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.trends import intervals

PUBLISHED_WILSON = [
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]

PUBLISHED_NEWCOMBE = [
    # Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (10, 10, 0, 10, 0.6075, 1.0000),
]


def arrays(*numbers):
    return [np.array([float(n)]) for n in numbers]


@pytest.mark.parametrize(("count", "total", "low", "high"), PUBLISHED_WILSON)
def test_wilson_as_published(count, total, low, high):
    got = intervals.wilson(*arrays(count, total))
    assert (got[0][0], got[1][0]) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("x", "n", "x0", "n0", "low", "high"), PUBLISHED_NEWCOMBE)
def test_newcombe_as_published(x, n, x0, n0, low, high):
    got = intervals.newcombe(*arrays(x, n, x0, n0))
    assert (got[0][0], got[1][0]) == pytest.approx((low, high), abs=5e-5)


@given(total=st.integers(1, 10**6), share=st.floats(0, 1))
def test_wilson_contains_the_rate_and_agrees_with_statsmodels(total, share):
    count = round(total * share)
    low, high = intervals.wilson(*arrays(count, total))
    assert 0 <= low[0] <= count / total <= high[0] <= 1
    assert (low[0], high[0]) == pytest.approx(proportion_confint(count, total, method="wilson"), abs=1e-9)


@given(n=st.integers(2, 5000), n0=st.integers(2, 5000), share=st.floats(0.01, 0.99), share0=st.floats(0.01, 0.99))
def test_newcombe_agrees_with_statsmodels_and_turns_with_its_sign(n, n0, share, share0):
    x, x0 = round(n * share), round(n0 * share0)
    low, high = intervals.newcombe(*arrays(x, n, x0, n0))
    oracle = confint_proportions_2indep(x, n, x0, n0, compare="diff", method="newcomb")
    assert (low[0], high[0]) == pytest.approx(oracle, abs=1e-6)
    low_back, high_back = intervals.newcombe(*arrays(x0, n0, x, n))
    assert (low_back[0], high_back[0]) == pytest.approx((-high[0], -low[0]))


GARWOOD = [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904), (100, 81.3640, 121.6270)]


@pytest.mark.parametrize(("count", "low", "high"), GARWOOD)
def test_poisson_tables(count, low, high):
    got = intervals.poisson(*arrays(count))
    assert (got[0][0], got[1][0]) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(("now", "before"), [(30, 20), (5, 9), (0, 7), (1000, 900)])
def test_the_ratio_interval_holds_what_the_exact_test_does_not_reject(now, before):
    low, high = intervals.count_ratio(*arrays(now, before))
    for bound in (low[0], high[0]):
        if bound > 0:
            tails = [
                stats.binomtest(now, now + before, bound / (1 + bound), side).pvalue for side in ("less", "greater")
            ]
            assert min(tails) == pytest.approx(0.025, rel=1e-6)


def test_nothing_known_gives_nothing():
    nan = np.array([np.nan])
    assert np.isnan([*intervals.wilson(nan, nan), *intervals.poisson(nan), *intervals.count_difference(nan, nan)]).all()


def test_simulated_coverage_of_the_count_difference():
    rng = np.random.default_rng(8)
    now, before = rng.poisson(40, 20000).astype(float), rng.poisson(25, 20000).astype(float)
    low, high = intervals.count_difference(now, before)
    coverage = np.mean((low <= 15) & (high >= 15))
    assert 0.945 <= coverage <= 0.975


@pytest.mark.parametrize("size", [1, 4, 9])
def test_counts_that_come_in_groups_are_covered(size):
    """Persons arrive in families of `size`: the plain interval covers too little, the over-dispersed one 95 %."""
    generator = np.random.default_rng(size)
    counts = size * generator.poisson(20, 4000).astype(float)
    found = intervals.dispersion(counts)
    assert found == pytest.approx(size, rel=0.1)
    low, high = intervals.overdispersed(counts, found)
    assert 0.94 <= np.mean((low <= 20 * size) & (high >= 20 * size)) <= 0.98


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([5.0, 5.0], 1), ([0.0, 0.0, 0.0], 1), ([10.0, 11.0, np.nan, 12.0], 1), ([0.0, 9.0, 0.0], 9)],
)
def test_dispersion_is_at_least_that_of_chance(counts, expected):
    assert intervals.dispersion(np.array(counts)) == expected
