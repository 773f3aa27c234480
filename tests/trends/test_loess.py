"""STL of many series at once beside statsmodels' STL of each alone, at R's settings."""

from math import ceil

import numpy as np
import pytest
from statsmodels.tsa.seasonal import STL

from analysis.trends.loess import stl

LENGTHS = [(4, 9), (4, 43), (12, 25), (12, 60), (12, 131), (26, 53), (26, 90), (52, 200)]  # values a year, values


def alone(values, per_year, seasonal, robust):
    odd = [n + 1 - n % 2 for n in (ceil(1.5 * per_year / (1 - 1.5 / seasonal)), per_year)]
    jumps = [ceil(window / 10) for window in (seasonal, *odd)]
    model = STL(
        values, period=per_year, seasonal=seasonal, trend=odd[0], low_pass=odd[1], seasonal_deg=0, robust=robust,
        seasonal_jump=jumps[0], trend_jump=jumps[1], low_pass_jump=jumps[2],
    )  # fmt: skip
    fit = model.fit(inner_iter=1 if robust else 2, outer_iter=15 if robust else 0)
    return fit.trend, fit.seasonal


def strange(n, per_year):
    """Noise about a cycle, wild outliers, few distinct values, a walk, a great level."""
    rng = np.random.default_rng(n)
    cycle = 5 * np.sin(2 * np.pi * np.arange(n) / per_year)
    walk = np.cumsum(rng.normal(size=n))
    plain, wild, few = 100 + cycle + rng.normal(size=n), 10 * rng.standard_t(1.2, n), rng.integers(0, 9, n)
    return np.column_stack([plain, wild, few, walk, 1e7 + 100 * walk])


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize(("per_year", "n"), LENGTHS)
@pytest.mark.parametrize("years", [7, 11, 35, None])
def test_many_at_once_are_as_statsmodels_has_each(per_year, n, years, robust):
    values = strange(n, per_year)
    seasonal = years or 10 * n + 1
    trend, season = stl(values, per_year, seasonal=seasonal, robust=robust)
    for column, y in enumerate(values.T):
        expected = alone(np.ascontiguousarray(y), per_year, seasonal, robust)
        tolerance = 1e-8 * np.abs(y).max()
        assert trend[:, column] == pytest.approx(expected[0], abs=tolerance)
        assert season[:, column] == pytest.approx(expected[1], abs=tolerance)
