"""Which designs bear inference over clusters: those of published studies do, and no way around the others is open."""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import (
    callaway_santanna,
    clustered_regression,
    honest_did,
    imputation_did,
    sun_abraham,
    two_stage_did,
    two_way_fixed_effects,
)
from analysis.errors import DataRejected

KEYS = ("unit", "time", "y")
PERIODS = 10
COHORTS = [callaway_santanna, sun_abraham, imputation_did, two_stage_did]
TIME = np.arange(1, PERIODS + 1)


def panel(doses: list[np.ndarray], starts: list[float] | None = None) -> pd.DataFrame:
    """A unit for each course of doses, with noise."""
    units = len(doses)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(units), PERIODS), "time": np.tile(TIME, units)})
    noise = np.random.default_rng(3).normal(size=len(frame))
    frame = frame.assign(d=np.concatenate(doses), y=noise + 0.1 * frame["time"] + 0.2 * frame["unit"])
    return frame.assign(start=np.repeat(starts if starts is not None else np.zeros(units), PERIODS))


def cohorts(*starts: float) -> pd.DataFrame:
    return panel([(start <= TIME) * (start > 0) * 1.0 for start in starts], list(starts))


def codes(result) -> list[str]:
    return [code for refusal in result.refusals for code in refusal.codes]


on, off, never, always = (TIME >= 6) * 1.0, (TIME < 6) * 1.0, TIME * 0.0, TIME * 0.0 + 1
DOSES = [
    ("half switch off", [off] * 10 + [always] * 10, []),
    ("all switch off, at two dates", [off] * 10 + [(TIME < 4) * 1.0] * 10, []),
    ("one switches off", [off] + [always] * 19, ["one_cluster_alone"]),
    ("one starts, the others never or always treated", [on] + [never] * 10 + [always] * 9, ["one_cluster_alone"]),
    ("a dose of its own in each unit, never 0", [1 + np.sin(unit + TIME) ** 2 for unit in range(20)], []),
    ("a constant tax, raised in half", [2 + on * (unit < 10) for unit in range(20)], []),
    ("a constant tax, raised in one", [2 + on * (unit < 1) for unit in range(20)], ["one_cluster_alone"]),
    ("crossing over", [on, off] * 10, []),
    ("two starts of one unit each", [on, (TIME >= 8) * 1.0] + [never] * 18, []),
]


@pytest.mark.parametrize(("doses", "expected"), [case[1:] for case in DOSES], ids=[case[0] for case in DOSES])
def test_courses_of_treatment_count_and_not_their_first_dates(doses, expected):
    got = two_way_fixed_effects(panel(doses), *KEYS, "d", draws=0)
    assert codes(got) == expected
    assert np.isfinite(got.p_value) == (not expected)


@pytest.mark.parametrize("estimator", COHORTS)
@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ((5, 8, *[0] * 18), ["one_cluster_alone"]),  # a true null of noise AR(1) 0.8 was rejected in 29 to 72 % of 150
        ((*range(3, 8), *[0] * 15), ["one_cluster_alone"]),
        ((5, 5, 8, *[0] * 17), []),
        ((5, 6, 6, 6, 6, 8, *[0] * 14), []),  # as castle doctrine laws: two of five starts had one state
        ((*[4] * 7, *[9] * 13), []),
    ],
)
def test_starts_of_one_cluster_each_bear_no_inference(estimator, starts, expected):
    options = {"controls": "notyet"} if estimator is callaway_santanna else {}
    assert codes(estimator(cohorts(*starts), *KEYS, "start", **options)) == expected


@pytest.mark.parametrize("estimator", COHORTS)
def test_clusters_of_units_that_start_at_different_times_are_no_design_of_clusters(estimator):
    frame = cohorts(*[4, 6, 0, 0] * 6).assign(region=lambda f: f["unit"] // 8)
    assert codes(estimator(frame, *KEYS, "start", clusters="region")) == []
    with pytest.raises(DataRejected, match="the clusters must be two or more, not 1"):
        estimator(frame.assign(region=1), *KEYS, "start", clusters="region")


def test_a_hole_does_not_hide_that_one_region_alone_was_treated():
    """3 regions of 4 municipalities; one municipality treated has no row in the first period of treatment."""
    frame = cohorts(*[6] * 4, *[0] * 8).assign(region=lambda f: f["unit"] // 4)
    holed = frame[~((frame["unit"] == 1) & (frame["time"] == 6))]
    for given in (frame, holed):
        got = two_way_fixed_effects(given, *KEYS, "d", clusters="region", draws=0)
        assert codes(got) == ["minimum_p_too_large"]


@pytest.mark.parametrize("restriction", ["smoothness", "relative_magnitudes"])
def test_an_event_study_without_inference_gives_none_to_the_honest_interval(restriction):
    frame = cohorts(6, *[0] * 23)
    groups = callaway_santanna(frame, *KEYS, "start", draws=0)
    for study in (groups, groups.aggregate("dynamic"), sun_abraham(frame, *KEYS, "start")):
        got = honest_did(study, restriction=restriction, m=[0.0, 0.5])
        assert codes(got) == ["one_cluster_alone"]
        assert not got.supported
        assert np.isnan([got.ci_low, got.ci_high, got.p_value, got.breakdown]).all()
        assert got.table[["ci_low", "ci_high", "p_value"]].isna().all(axis=None)
        assert np.isfinite(got.estimate)


@pytest.mark.parametrize(
    ("treated", "clusters", "expected"),
    [
        ("region == 0", 3, ["minimum_p_too_large"]),
        ("region == 0", 24, ["one_cluster_alone"]),
        ("region > 0", 24, ["one_cluster_alone"]),
        ("region == 0 and time > 5", 24, ["one_cluster_alone"]),  # one region alone, before and after
        ("region < 12", 24, []),
        ("unit % 2 == 0", 3, []),  # handed out inside every region
        ("region < 20 and unit % 2 == 0", 24, []),  # inside some of them
    ],
)
def test_rows_of_whole_clusters_are_judged_as_panels_are(treated, clusters, expected):
    frame = cohorts(*[0] * 4 * clusters).assign(region=lambda f: f["unit"] // 4)
    frame["given"] = frame.eval(treated).astype(float)
    assert codes(clustered_regression(frame, "y", "given", "region", factors=["time"], draws=0)) == expected
