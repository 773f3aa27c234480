import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from analysis.errors import DataRejected, UsageError
from analysis.trends import joinpoint
from analysis.trends.jointed import best_joints


def series(values: object, **keys: object) -> pd.DataFrame:
    y = np.asarray(values, dtype=float)
    return pd.DataFrame({**keys, "period": np.arange(len(y)), "value": y})


def bent(n: int, at: float, before: float, after: float) -> np.ndarray:
    t = np.arange(n)
    return before * t + (after - before) * np.maximum(t - at, 0)


def ssr_of(t: np.ndarray, y: np.ndarray, joints: np.ndarray) -> float:
    design = np.column_stack([np.ones_like(t), t, *(np.maximum(t - place, 0) for place in joints)])
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


def by_optimiser(t: np.ndarray, y: np.ndarray, joints: int) -> float:
    """The least squares over every box of places, each searched from three starts: another way to the optimum."""
    best = np.inf
    for cuts in itertools.combinations(range(2, len(t) - 3), joints):
        if all(later - cut >= 3 for cut, later in itertools.pairwise(cuts)):
            box = [(t[cut], t[cut + 1]) for cut in cuts]
            for share in (0.1, 0.5, 0.9):
                start = [low + share * (high - low) for low, high in box]
                best = min(best, minimize(lambda j: ssr_of(t, y, j), start, bounds=box, method="L-BFGS-B").fun)
    return best


@pytest.mark.parametrize(("n", "joints"), [(12, 1), (13, 2)])
def test_the_optimum_is_global(n: int, joints: int) -> None:
    t, y = np.arange(float(n)), np.random.default_rng(n).normal(size=(n, 3))
    found = best_joints(t, y, np.ones(n), joints)
    for i in range(3):
        assert found.ssr[i] == pytest.approx(ssr_of(t, y[:, i], found.joints[i]))
        assert found.ssr[i] == pytest.approx(by_optimiser(t, y[:, i], joints), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=9, max_size=16), st.floats(-5, 5), st.floats(0.1, 10))
@example([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], 0.0, 1.0)
def test_laws_of_the_optimum(values: list[float], slope: float, factor: float) -> None:
    y = np.array(values)
    t, ones = np.arange(float(len(y))), np.ones(len(y))
    many = np.column_stack([y, y * factor, y + slope * t])
    straight, one, two = (best_joints(t, many, ones, k).ssr for k in range(3))
    grid = best_joints(t, many, ones, 1, between=False).ssr
    near = 1e-6 * (1 + (many**2).sum(axis=0))
    assert (one <= straight + near).all() and (one <= grid + near).all()
    if len(y) >= 11:  # in fewer values a best joint may leave no room for a second one beside it
        assert (two <= one + near).all()
    assert one[1] == pytest.approx(factor**2 * one[0], abs=near[1])
    assert one[2] == pytest.approx(one[0], abs=near[2])


@pytest.mark.parametrize("at", [14, 14.4, 20.75])
def test_a_bend_without_noise_is_found_where_it_is(at: float) -> None:
    found = joinpoint(series(bent(40, at, 2.0, -1.0)), choose=1)
    assert found.joints["at"].item() == pytest.approx(at, abs=1e-6)
    assert found.joints["date"].item() == int(at)
    assert found.segments["slope"].tolist() == pytest.approx([2.0, -1.0])
    assert found.fitted["fitted"].to_numpy() == pytest.approx(found.fitted["value"].to_numpy())


def test_number_and_slopes_of_two_bends_in_noise() -> None:
    y = bent(60, 20, 1.0, -0.5) + 1.5 * np.maximum(np.arange(60) - 40, 0)
    found = joinpoint(series(y + np.random.default_rng(1).normal(size=60)))
    assert found.choice.loc[found.choice["chosen"], "n_joints"].item() == 2
    assert ((found.joints["low"] <= [20, 40]) & (found.joints["high"] >= [20, 40])).all()
    assert (
        (found.segments["slope_low"] <= [1.0, -0.5, 1.0]) & (found.segments["slope_high"] >= [1.0, -0.5, 1.0])
    ).all()


@pytest.mark.parametrize(("values", "joints"), [(bent(30, 15, 1, -1), 1), (bent(30, 15, 1, 1), 0)])
def test_permutation_tests_choose_the_number(values: np.ndarray, joints: int) -> None:
    noise = np.random.default_rng(2).normal(size=30)
    found = joinpoint(series(values + noise), choose="permutation", draws=199).choice
    assert found.loc[found["chosen"], "n_joints"].item() == joints
    assert found["p"].notna().any()


def test_many_series_at_once_are_as_each_alone() -> None:
    draws = np.random.default_rng(3).normal(size=(4, 20)).cumsum(axis=1)
    together = joinpoint(pd.concat([series(y, geo=f"g{i}") for i, y in enumerate(draws)]))
    for i, y in enumerate(draws):
        alone = joinpoint(series(y, geo=f"g{i}"))
        mine = together.segments[together.segments["geo"] == f"g{i}"].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone.segments)


def test_named_series_without_any_joint_are_straight_lines() -> None:
    """No joint at all leaves a frame without rows, whatever the type of the key."""
    straight = pd.concat([series(np.arange(12.0) + step, geo=geo) for geo, step in (("VLG", 0.0), ("WAL", 5.0))])
    found = joinpoint(straight, by=["geo"])
    assert found.joints.empty and list(found.joints) == ["geo", "joint", "at", "date", "low", "high"]
    assert found.segments["slope"].tolist() == pytest.approx([1.0, 1.0])


def test_dates_and_percent() -> None:
    dates = pd.date_range("2022-03-31", periods=24, freq="ME")
    values = 100 * np.exp(np.where(np.arange(24) < 12, 0.1 * np.arange(24), 1.2 - 0.05 * (np.arange(24) - 12)))
    frame = pd.DataFrame({"period": dates, "frequency": "P1M", "value": values})
    found = joinpoint(frame, scale="log", choose=1)
    assert found.joints["date"].item() == pd.Timestamp("2023-03-31")
    assert found.segments["percent"].tolist() == pytest.approx([100 * np.expm1(0.1), 100 * np.expm1(-0.05)])


def test_heavy_errors_count_little() -> None:
    frame = series(bent(20, 10, 1, -1)).assign(se=1.0)
    frame.loc[5, ["value", "se"]] = [500.0, 1e6]
    assert joinpoint(frame, choose=1, error="se").joints["at"].item() == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize("n", [0, 2, 3, 7, 8])
def test_short_series(n: int) -> None:
    found = joinpoint(series(np.arange(n) ** 2.0), by=[])
    assert len(found.joints) <= (n >= 8)
    assert len(found.segments) == (0 if n < 3 else 1 + len(found.joints))


def test_a_gap_counts_as_time() -> None:
    found = joinpoint(series(bent(30, 12, 1, 3)).drop(index=[6, 7, 20]), choose=1)
    assert found.joints["at"].item() == pytest.approx(12)


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({}, {"choose": "aic"}, UsageError, "choose must be one of bic, permutation"),
        ({}, {"most": 9}, UsageError, "most must be 0 to 3"),
        ({}, {"scale": "root"}, UsageError, "scale must be one of linear, log"),
        ({"value": -1.0}, {"scale": "log"}, DataRejected, "above 0"),
        ({"value": np.inf}, {}, DataRejected, "finite"),
        ({"period": 1}, {}, DataRejected, "repeat a period"),
    ],
)
def test_what_is_refused(change: dict, options: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        joinpoint(series(np.arange(10.0)).assign(**change), **options)
