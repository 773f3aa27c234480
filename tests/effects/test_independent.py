"""Figures of independent libraries on one panel that a formula makes: diff-diff 3.13.0 (pinned, not installed here).

Its `dr` differs in the sixth digit: it bounds propensities elsewhere; ours are those of R's DRDID (`test_staggered`).
"""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import bacon_decomposition, callaway_santanna, imputation_did, sun_abraham, two_stage_did

KEYS = ("unit", "time", "y", "start")


def scatter(*numbers: np.ndarray) -> np.ndarray:
    """Numbers between -1 and 1 that look like noise and are the same on every machine."""
    total = sum(weight * number for weight, number in zip((12.9898, 78.233, 37.719), numbers, strict=False))
    return 2 * np.mod(np.sin(total) * 4375.85453, 1.0) - 1


def panel(units: int = 120, periods: int = 8) -> pd.DataFrame:
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    start = np.array([0, 4, 5, 7, 0])[unit % 5]
    x = scatter(unit + 0.5)
    effect = np.where((start > 0) & (time >= start), 1 + 0.3 * (time - start), 0.0)
    y = 3 * scatter(unit) + 0.3 * time + 0.2 * x * time + effect + 2 * scatter(unit, time)
    return pd.DataFrame({"unit": unit, "time": time, "start": start, "x": x, "y": y})


# method, controls, anticipation, then (effect, standard error) at event times -2, 0 and 2
GROUP_TIME = [
    ("reg", "never", 0, (0.0076393, 0.2252261), (0.9879118, 0.19815758), (1.9739282, 0.29118457)),
    ("reg", "never", 1, (0.0076393, 0.2252261), (0.78038921, 0.2042804), (1.73361023, 0.27682394)),
    ("reg", "notyet", 0, (-0.02210182, 0.22919584), (1.04169444, 0.20194767), (2.07451849, 0.27955155)),
    ("reg", "notyet", 1, (-0.0464016, 0.22393449), (0.88280922, 0.20510538), (1.73361023, 0.27682394)),
    ("ipw", "never", 0, (0.00805365, 0.22520446), (0.98980668, 0.19842344), (1.97407788, 0.29112076)),
    ("ipw", "never", 1, (0.00805365, 0.22520446), (0.78348269, 0.20458551), (1.73373828, 0.27666994)),
    ("ipw", "notyet", 0, (-0.02180481, 0.22890539), (1.04368223, 0.20230515), (2.07460565, 0.27936958)),
    ("ipw", "notyet", 1, (-0.04611704, 0.22361635), (0.88605824, 0.20532694), (1.73373828, 0.27666994)),
    ("dr", "never", 0, (0.00769947, 0.22521383), (0.98923759, 0.19838016), (1.97409068, 0.29123173)),
    ("dr", "never", 1, (0.00769947, 0.22521383), (0.78282399, 0.20448917), (1.7336914, 0.27681453)),
    ("dr", "notyet", 0, (-0.02216259, 0.22900023), (1.04306094, 0.20204282), (2.07463298, 0.27949918)),
    ("dr", "notyet", 1, (-0.04649035, 0.22374095), (0.88538156, 0.20502511), (1.7336914, 0.27681453)),
]


@pytest.mark.parametrize(("method", "controls", "anticipation", "before", "at", "after"), GROUP_TIME)
def test_event_studies_with_a_covariate(method, controls, anticipation, before, at, after):
    options = {"method": method, "controls": controls, "anticipation": anticipation, "covariates": ["x"]}
    table = callaway_santanna(panel(), *KEYS, **options, draws=0).aggregate("dynamic").table.set_index("event_time")
    got = table.loc[[-2, 0, 2], ["estimate", "std_error"]].to_numpy()
    np.testing.assert_allclose(got, [before, at, after], rtol=0, atol=2e-5 if method == "dr" else 2e-8)


@pytest.mark.parametrize(
    ("estimator", "effect", "error"),
    [
        (imputation_did, 1.471851201154118, 0.1720789555279254),
        (two_stage_did, 1.471851201154118, 0.17207784392242084),
    ],
)
def test_imputation_and_two_stages(estimator, effect, error):
    got = estimator(panel(), *KEYS)
    assert (got.estimate, got.std_error) == pytest.approx((effect, error), abs=1e-9)


def test_interaction_weights():
    table = sun_abraham(panel(), *KEYS).table.set_index("event_time").loc[[-2, 0, 2]]
    assert table["estimate"].tolist() == pytest.approx([0.197521606184, 1.024582538508, 1.993193715757], abs=1e-9)
    assert table["std_error"].tolist() == pytest.approx([0.227073835068, 0.205103483290, 0.307478452251], abs=1e-9)


BACON = {
    (4, np.nan): (1.3631477538662367, 0.25),
    (5, np.nan): (1.4281940469962715, 0.26666666666),
    (7, np.nan): (1.474500542762313, 0.2),
    (4, 5): (1.1184771479111046, 0.025),
    (5, 4): (0.8961465875888948, 0.03333333333),
    (4, 7): (1.2823735751322285, 0.075),
    (7, 4): (0.5489953865511592, 0.05),
    (5, 7): (1.0112882487005272, 0.06666666666),
    (7, 5): (0.4908652104452502, 0.03333333333),
}


def test_two_by_two_comparisons():
    frame = panel().assign(d=lambda f: ((f["start"] > 0) & (f["time"] >= f["start"])) * 1)
    table = bacon_decomposition(frame, "unit", "time", "y", "d").table.sort_values(["treated", "untreated"])
    expected = [BACON[key] for key in sorted(BACON, key=lambda pair: (pair[0], np.nan_to_num(pair[1], nan=99)))]
    np.testing.assert_allclose(table[["estimate", "weight"]].to_numpy(dtype=float), expected, rtol=0, atol=1e-9)
