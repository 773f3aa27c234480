import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from analysis.errors import DataRejected
from analysis.trends.smallareas import fay_herriot

# Thirteen trials of the BCG vaccine (Colditz et al. 1994): cases and others among the vaccinated, cases and others
# among the rest, and the latitude, as `dat.colditz1994` of the R package metadat has them; printed at
# https://www.metafor-project.org/doku.php/analyses:vanhouwelingen2002; rows and results were held against copies of it.
# A random-effects model with known variances is the Fay-Herriot model of one column.
TRIALS = np.array([
    (4, 119, 11, 128, 44), (6, 300, 29, 274, 55), (3, 228, 11, 209, 42), (62, 13536, 248, 12619, 52),
    (33, 5036, 47, 5761, 13), (180, 1361, 372, 1079, 44), (8, 2537, 10, 619, 19), (505, 87886, 499, 87892, 13),
    (29, 7470, 45, 7232, 27), (17, 1699, 65, 1600, 42), (186, 50448, 141, 27197, 18), (5, 2493, 3, 2338, 33),
    (27, 16886, 29, 17825, 33),
], dtype=float)  # fmt: skip
A, B, C, D, LATITUDE = TRIALS.T
RISK = np.log(A / (A + B)) - np.log(C / (C + D))
VARIANCE = 1 / A - 1 / (A + B) + 1 / C - 1 / (C + D)


def test_the_random_effects_model_of_metafor():
    """Viechtbauer (2010), Journal of Statistical Software 36(3): tau^2 0.3132, estimate -0.7145, its error 0.1798."""
    fit = fay_herriot(RISK, VARIANCE)
    assert fit.between == pytest.approx(0.3132, abs=5e-5)
    assert fit.coefficients == pytest.approx([-0.7145], abs=5e-5)
    assert fit.errors == pytest.approx([0.1798], abs=5e-5)


def test_the_mixed_effects_model_of_metafor():
    """The same with the latitude: tau^2 0.0764, intercept 0.2515 (0.2491), slope -0.0291 (0.0072).

    metafor stops searching at steps under 1e-5, hence the wider tolerance of its variance.
    """
    fit = fay_herriot(RISK, VARIANCE, np.column_stack([np.ones(13), LATITUDE]))
    assert fit.between == pytest.approx(0.0764, abs=1e-4)
    assert fit.coefficients == pytest.approx([0.2515, -0.0291], abs=5e-5)
    assert fit.errors == pytest.approx([0.2491, 0.0072], abs=5e-5)


def test_equal_variances_have_a_closed_form():
    y, d = np.array([3.0, 5.0, 8.0, 1.0, 4.0, 9.0]), 2.0
    fit = fay_herriot(y, np.full(6, d))
    between = y.var(ddof=1) - d
    assert fit.between == pytest.approx(between)
    assert fit.estimate == pytest.approx(y.mean() + between / (between + d) * (y - y.mean()))
    g1, g2 = between * d / (between + d), d**2 / (between + d) ** 2 * (between + d) / 6
    g3 = d**2 / (between + d) ** 3 * 2 * (between + d) ** 2 / 6
    assert fit.mse == pytest.approx(np.full(6, g1 + g2 + 2 * g3))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 3)), min_size=6, max_size=15))
def test_the_variance_between_areas_maximises_the_dense_restricted_likelihood(rows):
    y, d = (np.array(column) for column in zip(*rows, strict=True))
    x = np.ones((len(y), 1))
    contrasts = np.linalg.svd(x.T)[2][1:]  # the distribution of y without its mean

    def loss(between: float) -> float:
        covariance = contrasts @ np.diag(between + d) @ contrasts.T
        z = contrasts @ y
        return float(np.linalg.slogdet(covariance)[1] + z @ np.linalg.solve(covariance, z))

    fit = fay_herriot(y, d)
    other = optimize.minimize_scalar(loss, bounds=(0, 60), method="bounded", options={"xatol": 1e-9})
    assert loss(fit.between) <= min(other.fun, loss(0.0)) + 1e-6
    assert ((fit.weight >= 0) & (fit.weight < 1)).all() and (fit.mse > 0).all()


def test_mean_squared_errors_are_right_on_average():
    """400 draws: the errors made and the errors stated agree within 5 %."""
    generator, d = np.random.default_rng(5), np.repeat([0.5, 1.0, 4.0], 8)
    made, stated = np.zeros(24), np.zeros(24)
    for _ in range(400):
        truth = generator.normal(size=24)
        fit = fay_herriot(truth + np.sqrt(d) * generator.normal(size=24), d)
        made += (fit.estimate - truth) ** 2
        stated += fit.mse
    by_variance = (stated.reshape(3, 8).sum(axis=1) / made.reshape(3, 8).sum(axis=1)).tolist()
    assert by_variance == pytest.approx([1, 1, 1], abs=0.05)


@pytest.mark.parametrize(("y", "d"), [([1.0], [1.0]), ([1.0, 2.0], [1.0, 0.0]), ([1.0, np.nan], [1.0, 1.0])])
def test_what_is_refused(y, d):
    with pytest.raises(DataRejected, match="the areas"):
        fay_herriot(np.array(y), np.array(d))
