"""Trends that may bend: R's figures on the data of Benzarti and Carloni, laws, coverage."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effects.flci import bends, folded_normal_quantile, shortest_interval
from analysis.effects.honest import honest_did
from analysis.effects.relative_magnitudes import RelativeTest
from analysis.errors import DataRejected, UsageError

# Event study of Benzarti and Carloni (2019), American Economic Journal: Economic Policy 11(1), as distributed with the
# R package HonestDiD (BCdata_EventStudy); four coefficients before and four after the reference period.
EVENTS = [-5, -4, -3, -2, 0, 1, 2, 3]
BETA = np.array(
    [
        0.006696351804,
        0.02934503369,
        -0.006472972222,
        0.0730149895,
        0.1959611177,
        0.3120639026,
        0.2395415455,
        0.1260425001,
    ]
)
UPPER = """
8.428358124 4.768686777 2.618051076 2.354220342 1.676371467 1.128707663 0.1992816215 -1.368265366
6.425420288 3.987425007 2.435515198 2.201960306 1.804591157 0.384376508 -0.2960421989
5.229949602 2.117686090 1.840722252 1.458527840 0.7005197403 0.5952994979
3.089595411 1.197866077 1.334081317 1.016335009 1.079051726
3.599704360 2.478818642 1.749579242 1.654256921
4.263949813 2.171437809 2.892747871
4.886697861 3.805322049
7.617394440
"""


def covariance() -> np.ndarray:
    sigma = np.zeros((8, 8))
    sigma[np.triu_indices(8)] = np.array(UPPER.split(), dtype=float) * 1e-4
    return sigma + np.triu(sigma, 1).T


def study(beta=BETA, sigma=None, events=EVENTS):
    return pd.Series(beta, index=events), pd.DataFrame(covariance() if sigma is None else sigma)


R_FIGURES = [
    # m, low, high, half the length: createSensitivityResults(method = "FLCI") of HonestDiD
    (0.0, 0.131411316, 0.2161696482, 0.04237916612),
    (0.1, 0.1194440001, 0.4185082143, 0.1495321071),
    (0.2, 0.01944400015, 0.5185082143, 0.2495321071),
]


@pytest.mark.parametrize(("m", "low", "high", "half"), R_FIGURES)
def test_figures_of_r(m, low, high, half):
    got = honest_did(study(), m=m)
    assert (got.ci_low, got.ci_high) == pytest.approx((low, high), abs=1e-4)  # R simulates the quantile
    assert (got.ci_high - got.ci_low) / 2 == pytest.approx(half, abs=1e-4)


def test_the_breakdown_value_of_r():
    assert honest_did(study(), m=0.1).breakdown == pytest.approx(0.2194, abs=1e-3)  # 0.2 + 0.0194, slope -1 there


def test_a_straight_trend_is_extrapolated_by_generalised_least_squares():
    got = honest_did(study(), m=0.0)
    sigma, t = covariance(), np.array([-4.0, -3, -2, -1])
    inverse = np.linalg.inv(sigma[:4, :4])
    slope = t @ inverse @ BETA[:4] / (t @ inverse @ t)
    # the period after also corrects for what the errors before tell about its own
    adjusted = BETA[4] - slope - sigma[4, :4] @ inverse @ (BETA[:4] - slope * t)
    assert got.estimate == pytest.approx(adjusted)
    assert (got.ci_high - got.estimate) / got.std_error == pytest.approx(stats.norm.ppf(0.975))


def test_one_period_before_leaves_no_choice():
    got = honest_did((pd.Series([1.0, 5.0], index=[-2, 0]), pd.DataFrame(np.eye(2))), m=0.3)
    assert got.estimate == pytest.approx(6.0) and got.std_error == pytest.approx(np.sqrt(2))
    assert got.details["largest_bias"] == pytest.approx(0.3)  # one change of slope, at the reference period
    assert got.ci_high - got.estimate == pytest.approx(np.sqrt(2) * folded_normal_quantile(0.3 / np.sqrt(2), 0.05))


@given(st.floats(0, 30), st.sampled_from([0.01, 0.05, 0.2]))
def test_quantile_of_the_folded_normal(shift, alpha):
    quantile = folded_normal_quantile(shift, alpha)
    assert stats.norm.cdf(quantile - shift) - stats.norm.cdf(-quantile - shift) == pytest.approx(1 - alpha, abs=1e-9)
    assert folded_normal_quantile(0.0, alpha) == pytest.approx(stats.norm.ppf(1 - alpha / 2))


def random_study(seed, n_pre, n_post):
    rng = np.random.default_rng(seed)
    k = n_pre + n_post
    root = rng.normal(size=(k, k)) + 2 * np.eye(k)
    return rng.normal(size=k), root @ root.T / k, [*range(-n_pre - 1, -1), *range(n_post)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(1, 6), st.integers(1, 4), st.floats(-3, 3), st.floats(0.2, 20))
def test_laws(seed, n_pre, n_post, slope, scale):
    beta, sigma, events = random_study(seed, n_pre, n_post)
    got = honest_did(study(beta, sigma, events), m=[0.0, 0.05, 0.2, 1.0], target="average")
    lengths = got.table["ci_high"] - got.table["ci_low"]
    assert (np.diff(lengths) >= -1e-7).all()  # a looser bound never shortens the interval
    tilted = beta + slope * (np.array(events) + 1)
    again = honest_did(study(tilted, sigma, events), m=[0.0, 0.05, 0.2, 1.0], target="average")
    np.testing.assert_allclose(
        again.table["estimate"], got.table["estimate"], atol=1e-5
    )  # a straight trend is no effect
    wide = honest_did(study(scale * beta, scale**2 * sigma, events), m=0.2 * scale, target="average")
    assert wide.ci_high - wide.ci_low == pytest.approx(scale * lengths.iloc[2], rel=1e-4)
    assert ((got.table["p_value"] < 0.05) == ((got.table["ci_low"] > 0) | (got.table["ci_high"] < 0))).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999), st.floats(0.01, 2.0))
def test_no_other_weights_give_a_shorter_interval(seed, m):
    _, sigma, events = random_study(seed, 5, 3)
    times = np.array(events) + 1.0
    best = shortest_interval(sigma, times, np.array([1.0, 0, 0]), m, 0.05)
    slope, bend = bends(times)
    assert best.weights @ slope == pytest.approx(0, abs=1e-9)
    rng = np.random.default_rng(seed)
    for size in (1e-3, 1e-2, 1e-1):
        move = np.r_[rng.normal(size=5), 0, 0, 0]
        move[:5] -= slope[:5] * (move[:5] @ slope[:5]) / (slope[:5] @ slope[:5])
        other = best.weights + size * move
        spread = np.sqrt(other @ sigma @ other)
        half = spread * folded_normal_quantile(m * np.abs(bend.T @ other).sum() / spread, 0.05)
        assert half >= best.half_length * (1 - 1e-7)


def test_coverage_under_the_worst_trend_allowed():
    m, times = 0.05, np.array(EVENTS) + 1.0
    best = shortest_interval(covariance(), times, np.eye(4)[0], m, 0.05)
    _, bend = bends(times)
    trend = 0.3 * times + bend @ (m * np.sign(bend.T @ best.weights))
    draws = np.random.default_rng(3).multivariate_normal(trend, covariance(), size=4000)
    covered = np.abs(draws @ best.weights) <= best.half_length  # the true effect is 0
    assert covered.mean() == pytest.approx(0.95, abs=4 * np.sqrt(0.0475 / 4000))


def test_bends_make_every_path_that_is_zero_at_the_reference_period():
    times = np.array(EVENTS) + 1.0
    slope, bend = bends(times)
    path = np.random.default_rng(1).normal(size=8)
    solution = np.linalg.solve(np.column_stack([slope, bend]), path)
    whole = np.insert(path, 4, 0.0)
    np.testing.assert_allclose(solution[1:], np.diff(whole, n=2))


GRID_STEP = 40 * np.sqrt(covariance()[4, 4]) / 199  # R's test walks a grid of 200 effects


def test_relative_magnitudes_of_r():
    got = honest_did(study(), restriction="relative_magnitudes", m=1.0)
    low, high = (
        0.07055244362,
        0.3184394077,
    )  # computeConditionalCS_DeltaRM(Mbar = 1, gridPoints = 200), ARP and LF alike
    assert low - 1.1 * GRID_STEP < got.ci_low <= low and high <= got.ci_high < high + 1.1 * GRID_STEP


def test_parallel_trends_are_no_relative_deviation():
    got = honest_did(study(), restriction="relative_magnitudes", m=0.0)
    plain = BETA[4] + np.array([-1, 1]) * stats.norm.ppf(0.975) * np.sqrt(covariance()[4, 4])
    assert (got.ci_low, got.ci_high) == pytest.approx(
        plain, abs=1e-3
    )  # R prints 0.158775 to 0.233147 for the plain one
    assert plain == pytest.approx((0.15877494280765, 0.233147292681241), abs=1e-8)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 999), st.integers(1, 4), st.integers(1, 3), st.floats(0.2, 20))
def test_laws_of_relative_magnitudes(seed, n_pre, n_post, scale):
    beta, sigma, events = random_study(seed, n_pre, n_post)
    options = {"restriction": "relative_magnitudes", "target": "average"}
    got = honest_did(study(beta, sigma, events), m=[0.0, 0.5, 2.0], **options)
    lengths = (got.table["ci_high"] - got.table["ci_low"]).to_numpy()
    assert (np.diff(lengths) >= -1e-3 * lengths[1:]).all()
    assert ((got.table["p_value"] < 0.0499) <= ((got.table["ci_low"] > 0) | (got.table["ci_high"] < 0))).all()
    scaled = honest_did(study(scale * beta, scale**2 * sigma, events), m=2.0, **options)
    assert scaled.ci_high == pytest.approx(scale * got.ci_high, rel=1e-3, abs=1e-3 * scale)
    flipped = honest_did(study(-beta, sigma, events), m=2.0, **options)
    assert flipped.ci_low == pytest.approx(-got.ci_high, rel=2e-2, abs=2e-2)


@pytest.mark.parametrize(("m", "trend"), [(1.0, [0.15, 0.1, 0.0, 0.05]), (0.5, [0.0, 0.0, 0.2, 0.0])])
def test_coverage_of_relative_magnitudes_under_the_worst_trend_allowed(m, trend):
    """Steps before as given; the one after is m times the worst of them, upward. The true effect is 0."""
    worst = np.abs(np.diff([*trend, 0.0])).max()
    mean = np.r_[trend, m * worst * np.arange(1, 5)]
    first_stage = RelativeTest(mean, covariance(), 4, np.eye(4)[0], m)._largest  # rests on the covariance alone
    kept = []
    for draw in np.random.default_rng(8).multivariate_normal(mean, covariance(), size=500):
        one = RelativeTest(draw, covariance(), 4, np.eye(4)[0], m, draws=1)
        one._largest = first_stage
        kept.append(one.kept(np.zeros(1), 0.05)[0])
    assert np.mean(kept) >= 0.95 - 3 * np.sqrt(0.0475 / 500)


BAD = [
    ("unknown restriction", {"restriction": "none"}, study(), UsageError, "smoothness"),
    ("negative m", {"m": -1.0}, study(), UsageError, "zero or more"),
    ("wrong target", {"target": [1.0]}, study(), UsageError, "4 weights"),
    ("a hole", {}, study(events=[-6, -4, -3, -2, 0, 1, 2, 3]), DataRejected, "consecutive"),
    ("no period before", {}, study(events=list(range(8))), DataRejected, "before and after"),
    ("estimated reference", {}, study(events=[-4, -3, -2, -1, 0, 1, 2, 3]), UsageError, "universal"),
    ("wrong shape", {}, (study()[0], pd.DataFrame(np.eye(3))), DataRejected, "8 x 8"),
    ("not positive", {}, study(sigma=np.zeros((8, 8))), DataRejected, "positive definite"),
    ("missing", {}, study(beta=np.full(8, np.nan)), DataRejected, "finite"),
    ("infinite", {}, study(sigma=np.full((8, 8), np.inf)), DataRejected, "finite"),
    ("an event time twice", {}, study(events=[-4, -4, -3, -2, 0, 1, 2, 3]), DataRejected, "consecutive"),
    ("event times in words", {}, study(events=list("abcdefgh")), UsageError, "event times must be numbers, not 'a'"),
    ("coefficients in words", {}, study(beta=BETA.astype(str)), UsageError, "coefficients must be numbers, not '0.00"),
    ("m in words", {"m": "small"}, study(), UsageError, "m must be numbers, not 'small'"),
    ("lopsided", {}, study(sigma=np.eye(8) + np.eye(8, k=1) / 9), DataRejected, "covariance must be symmetric"),
    ("no event times", {}, (BETA, covariance()), UsageError, "Series indexed by event time.*index="),
    ("no event study", {}, None, UsageError, "result with a table and a covariance.*not 'NoneType'"),
]


@pytest.mark.parametrize(
    ("options", "given_study", "error", "words"), [b[1:] for b in BAD], ids=[b[0].replace(" ", "-") for b in BAD]
)
def test_bad_input_is_one_clear_line(options, given_study, error, words):
    with pytest.raises(error, match=words) as caught:
        honest_did(given_study, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", ["callaway_santanna", "sun_abraham"])
def test_event_studies_of_the_package_fit(method):
    from analysis.effects.interaction import sun_abraham
    from analysis.effects.staggered import callaway_santanna

    rng = np.random.default_rng(5)
    cohort = np.repeat(np.r_[np.full(60, 6), np.zeros(60)], 10)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(120), 10), "t": np.tile(np.arange(1, 11), 120), "g": cohort})
    frame["y"] = rng.normal(size=1200) + 2.0 * ((frame["g"] > 0) & (frame["t"] >= frame["g"]))
    if method == "callaway_santanna":
        events = callaway_santanna(frame, "unit", "t", "y", "g", base="universal").aggregate("dynamic")
    else:
        events = sun_abraham(frame, "unit", "t", "y", "g")
    got = honest_did(events, m=0.02, target="average")
    assert got.ci_low < 2.0 < got.ci_high and got.n_units == 120
