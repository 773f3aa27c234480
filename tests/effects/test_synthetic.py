"""Synthetic control and synthetic difference in differences: published figures, planted effects, laws, bad input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effects import simplex
from analysis.effects.synthetic import synthetic_control, synthetic_did
from analysis.effects.synthetic_weights import contrast, did_rule
from analysis.effects.treated_block import treated_block
from analysis.errors import DataRejected, UsageError

CASE = Path(__file__).parents[2] / ".." / "shared" / "cases" / "prop99"
needs_case = pytest.mark.skipif(not CASE.is_dir(), reason="the published case is not beside the repository")
COLUMNS = ("State", "Year", "PacksPerCapita")


@pytest.fixture(scope="module")
def california() -> pd.DataFrame:
    return pd.read_csv(CASE / "california_prop99.csv", sep=";")


def published(name: str) -> tuple[str, float]:
    rows = json.loads((CASE / "reference.json").read_text(encoding="utf-8"))["references"]
    return next((row["value"], float(row["tol"])) for row in rows if row["id"] == name)


def check(ours: float, name: str) -> None:
    printed, tolerance = published(name)
    assert ours == pytest.approx(float(str(printed).split("/")[0]), abs=tolerance), name


@needs_case
def test_california_synthetic_did(california):
    got = synthetic_did(california, *COLUMNS, "treated")
    check(got.estimate, "SDID")
    check(got.std_error, "SDID placebo SE")
    check(got.details["effective_donors"], "eff. N0")
    check(got.details["effective_periods"], "eff. T0")
    assert (len(got.unit_weights), len(got.time_weights)) == (38, 19)
    assert got.unit_weights.sum() == pytest.approx(1) and got.time_weights.sum() == pytest.approx(1)


@needs_case
def test_california_synthetic_control(california):
    got = synthetic_control(california, *COLUMNS, "California", 1989)
    check(got.estimate, "SC (synthdid sc_estimate)")
    assert got.details["minimum_p"] == pytest.approx(1 / 39)
    assert got.p_value * 39 == pytest.approx(round(got.p_value * 39)) and got.p_value >= 1 / 39
    assert len(got.in_space) == 39 and got.in_space["unit"].iloc[0] == "California"
    assert got.leave_one_out["estimate"].max() < 0


@needs_case
def test_california_exact_weights_are_the_optimum_that_the_steps_approach(california):
    got = synthetic_control(california, *COLUMNS, "treated", solver="exact", placebos=False)
    assert got.estimate == pytest.approx(-19.5136, abs=1e-4)  # what an independent optimiser without a ridge gives


@needs_case
def test_california_plain_difference_in_differences(california):
    check(contrast(treated_block(california, *COLUMNS, "treated"), did_rule()).estimate, "DiD")


def panel(n_units=25, n_times=20, onset=12, effect=0.0, treated=1, seed=0, noise=0.3):
    rng = np.random.default_rng(seed)
    factors, loads = rng.normal(size=(2, n_times)).cumsum(axis=1), rng.uniform(size=(n_units, 2))
    y = loads @ factors + noise * rng.normal(size=(n_units, n_times))
    y[:treated, onset:] += effect
    grid = [(f"u{i:02d}", t, y[i, t], int(i < treated and t >= onset)) for i in range(n_units) for t in range(n_times)]
    return pd.DataFrame(grid, columns=["unit", "t", "y", "d"])


@pytest.mark.parametrize("estimator", [synthetic_control, synthetic_did])
def test_a_planted_effect_is_found_and_adds_exactly(estimator):
    without = estimator(panel(), "unit", "t", "y", "u00", 12, placebos=False)
    got = estimator(panel(effect=3.0), "unit", "t", "y", "u00", 12)
    assert got.estimate == pytest.approx(without.estimate + 3.0)
    assert got.p_value <= 0.05 and got.ci_low < got.estimate < got.ci_high
    assert got.estimate == pytest.approx(float((got.observed - got.synthetic)[12:].mean()), abs=1e-6)


def test_the_interval_and_the_p_value_of_synthetic_control_agree():
    got = synthetic_control(panel(n_units=20, effect=2.0), "unit", "t", "y", "u00", 12)
    for bound, below in ((got.ci_low, 1e-6), (got.ci_low, -1e-6)):
        moved = panel(n_units=20, effect=2.0 - bound + below)
        p = synthetic_control(moved, "unit", "t", "y", "u00", 12).p_value
        assert (p <= 0.05) == (below > 0)


def test_no_p_value_is_smaller_than_the_placebos_can_show():
    got = synthetic_did(panel(n_units=20, effect=20.0), "unit", "t", "y", "u00", 12)
    assert got.p_value == got.details["placebo_p"] == pytest.approx(1 / 20)
    assert abs(got.estimate) > 4 * got.std_error and "p at least 0.05" in got.inference
    doubtful = synthetic_did(panel(n_units=20, effect=0.5), "unit", "t", "y", "u00", 12)
    normal = 2 * stats.norm.sf(abs(doubtful.estimate) / doubtful.std_error)
    assert doubtful.p_value == pytest.approx(normal) and doubtful.p_value > 0.05


@pytest.mark.parametrize("estimator", [synthetic_control, synthetic_did])
def test_too_few_donors_withhold_inference_but_not_the_description(estimator):
    got = estimator(panel(n_units=10), "unit", "t", "y", "u00", 12)
    assert [code for refusal in got.refusals for code in refusal.codes] == ["too_few_donors"]
    assert np.isfinite(got.estimate) and np.isnan([got.p_value, got.ci_low, got.ci_high]).all()
    assert not got.supported and got.inference == "withheld: too_few_donors"


def test_nineteen_donors_are_enough_for_five_per_cent():
    got = synthetic_control(panel(n_units=20, effect=5.0), "unit", "t", "y", "u00", 12)
    assert got.supported and got.p_value == pytest.approx(0.05) and got.details["minimum_p"] == pytest.approx(0.05)


def test_several_treated_units_and_the_jackknife():
    got = synthetic_did(panel(treated=4, effect=2.0), "unit", "t", "y", "d", std_error="jackknife", placebos=False)
    assert got.n_treated == 4 and 0 < got.std_error < 2 and got.ci_low < got.estimate < got.ci_high


@pytest.mark.parametrize("solver", simplex.SOLVERS)
@pytest.mark.parametrize("estimator", [synthetic_control, synthetic_did])
def test_units_may_come_in_any_order_and_the_outcome_in_any_scale(estimator, solver):
    frame = panel(effect=1.0)
    base = estimator(frame, "unit", "t", "y", "u00", 12, placebos=False, solver=solver).estimate
    mixed = frame.sample(frac=1, random_state=3)
    assert estimator(mixed, "unit", "t", "y", "u00", 12, placebos=False, solver=solver).estimate == pytest.approx(base)
    scaled = frame.assign(y=1000 * frame["y"])
    got = estimator(scaled, "unit", "t", "y", "u00", 12, placebos=False, solver=solver).estimate
    assert got == pytest.approx(1000 * base, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 20), st.integers(2, 25), st.sampled_from([0.0, 1e-3, 1.0]), st.integers(0, 10_000))
def test_exact_weights_satisfy_the_conditions_of_the_optimum(n, k, ridge, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, k)), rng.normal(size=n)
    x = simplex.exact(a, b, ridge)
    gradient = a.T @ (a @ x - b) + ridge * x
    assert x.min() >= 0 and x.sum() == pytest.approx(1)
    assert gradient @ x - gradient.min() < 1e-7  # no corner of the simplex lies downhill
    assert 1 - 1e-12 <= simplex.effective_number(x) <= k + 1e-12


HOLED = panel().drop(index=[45])
BAD = [
    ("unknown column", panel().rename(columns={"y": "z"}), "u00", 12, UsageError, "column 'y'"),
    ("unknown unit", panel(), "nobody", 12, UsageError, "treated units"),
    ("no onset", panel(), "u00", None, UsageError, "the onset"),
    ("onset before all", panel(), "u00", 0, DataRejected, "after the first"),
    ("onset after all", panel(), "u00", 99, DataRejected, "after the first"),
    ("duplicate keys", pd.concat([panel(), panel().head(1)]), "u00", 12, DataRejected, "one row a pair"),
    ("infinite", panel().assign(y=lambda f: f["y"].where(f.index != 3, np.inf)), "u00", 12, DataRejected, "finite"),
    ("text outcome", panel().assign(y="many"), "u00", 12, DataRejected, "numeric"),
    ("text dates", panel().assign(t=lambda f: f["t"].astype(str)), "u00", 12, DataRejected, "dates or numbers"),
    ("treated unit with a hole", panel().drop(index=[5]), "u00", 12, DataRejected, "observed in every period"),
    ("all treated", panel(2), ["u00", "u01"], 12, DataRejected, "untreated unit"),
    ("one period", panel()[lambda f: f["t"] == 3], "u00", 3, DataRejected, "after the first"),
    ("switches off", panel().assign(d=lambda f: f["d"].where(f["t"] < 18, 0)), "d", None, DataRejected, "switches off"),
    ("empty", panel().head(0), "u00", 12, DataRejected, "at least one row"),
]


@pytest.mark.parametrize(
    ("frame", "treated", "onset", "error", "words"), [b[1:] for b in BAD], ids=[b[0].replace(" ", "-") for b in BAD]
)
def test_bad_input_is_one_clear_line(frame, treated, onset, error, words):
    with pytest.raises(error, match=words) as caught:
        synthetic_control(frame, "unit", "t", "y", treated, onset)
    assert "\n" not in str(caught.value)


def test_a_control_with_a_hole_is_left_out_and_named():
    got = synthetic_control(HOLED, "unit", "t", "y", "u00", 12, placebos=False)
    assert got.n_units == 24 and "u02" in got.warnings[0] and "1 controls" in got.warnings[0]


def test_staggered_treatment_is_sent_elsewhere():
    frame = panel(treated=2)
    frame.loc[(frame["unit"] == "u01") & (frame["t"] == 12), "d"] = 0
    with pytest.raises(DataRejected, match="one common date"):
        synthetic_did(frame, "unit", "t", "y", "d")


def test_the_jackknife_needs_two_treated_units():
    with pytest.raises(UsageError, match="two treated"):
        synthetic_did(panel(), "unit", "t", "y", "u00", 12, std_error="jackknife")
