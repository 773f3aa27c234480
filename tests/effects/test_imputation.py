"""Imputation, two stages and the interaction-weighted event study: published figures, oracles, agreement in theory."""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import callaway_santanna, imputation_did, sun_abraham, two_stage_did, two_way_fixed_effects
from analysis.effects.interaction import _estimate, _regressed
from analysis.effects.panel import panel_of
from analysis.effects.untreated import fit_untreated
from analysis.errors import DataRejected
from effects.published import assert_printed, castle, mpdta, needs_cases, printed

COUNTY = ("countyreal", "year", "lemp", "start")
STATE = ("sid", "year", "l_homicide", "start")
PANEL = ("unit", "time", "y", "start")
BOTH = [imputation_did, two_stage_did]


@needs_cases
@pytest.mark.parametrize("estimator", BOTH)
def test_published_overall_effects(estimator):
    assert_printed("mpdta", {"BJS/Gardner/ETWFE overall": estimator(mpdta(), *COUNTY).estimate})
    assert_printed("castle", {"Gardner/BJS (bacondecomp copy)": estimator(castle("bacondecomp"), *STATE).estimate})


@needs_cases
def test_published_event_study_with_a_covariate():
    """Extended two-way fixed effects: the covariate may act differently every year."""
    frame = mpdta()
    years = range(2004, 2008)
    for year in years:
        frame[f"lpop{year}"] = frame["lpop"] * (frame["year"] == year)
    got = imputation_did(frame, *COUNTY, covariates=[f"lpop{year}" for year in years]).table
    text, tolerance = printed("mpdta")["etwfe README event0..3 (~lpop)"]
    np.testing.assert_allclose(got["estimate"], [float(v) for v in str(text).split(",")], rtol=0, atol=tolerance)


ERRORS = [
    # independent implementation, run once: diff-diff 3.13.0 (all), pyfixest 0.60.0 did2s and saturated (the last two)
    (imputation_did, "mpdta", 0.01322248865, [0.01357724975, 0.01881242683, 0.03534197213, 0.03376585336]),
    (two_stage_did, "mpdta", 0.01347840881, [0.01364306634, 0.01896383753, 0.03534197213, 0.03376585336]),
    (sun_abraham, "mpdta", 0.01179627744, [0.01185753896, 0.01687067838, 0.03658947597, 0.03450427191]),
]


@needs_cases
@pytest.mark.parametrize(("estimator", "case", "overall", "events"), ERRORS)
def test_standard_errors_of_independent_implementations(estimator, case, overall, events):
    got = estimator(mpdta(), *COUNTY)
    assert got.std_error == pytest.approx(overall, abs=1e-10)
    after = got.table.query("event_time >= 0")
    np.testing.assert_allclose(after["std_error"], events, rtol=0, atol=1e-10)


@needs_cases
def test_castle_errors_of_independent_implementations():
    assert two_stage_did(castle("bacondecomp"), *STATE).std_error == pytest.approx(0.060979, abs=1e-6)


def panel(units: int = 90, periods: int = 8, seed: int = 2, holes: int = 0) -> pd.DataFrame:
    """Cohorts 4, 6 and never; the effect is 1 + event time."""
    generator = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    start = np.array([0, 4, 6])[unit % 3]
    effect = np.where((start > 0) & (time >= start), 1 + time - start, 0)
    x = generator.normal(size=len(unit))
    y = (
        effect
        + 0.7 * x
        + generator.normal(size=units)[unit]
        + np.sin(time)
        + generator.normal(scale=0.5, size=len(unit))
    )
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start, "x": x, "y": y, "w": 1.0 + unit % 2})
    return frame.drop(frame.index[generator.permutation(len(frame))[:holes]])


OPTIONS = [
    {},
    {"covariates": ["x"]},
    {"weights": "w"},
    {"holes": 60},
    {"holes": 60, "covariates": ["x"], "weights": "w"},
]


def split(options):
    return panel(holes=options.get("holes", 0)), {k: v for k, v in options.items() if k != "holes"}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("estimator", [*BOTH, sun_abraham])
def test_a_planted_effect_is_found_and_nothing_else_matters(estimator, options):
    frame, names = split(options)
    got = estimator(frame, *PANEL, **names)
    after = got.table.query("event_time >= 0")
    gaps = (after["estimate"] - 1 - after["event_time"]) / after["std_error"]
    assert gaps.abs().max() < 4
    moved = frame.assign(y=-2 * (frame["y"] + 9 * frame["unit"] - frame["time"] ** 2), unit=999 - frame["unit"])
    other = estimator(moved.sample(frac=1, random_state=3), *PANEL, **names)
    np.testing.assert_allclose(other.table["estimate"], -2 * got.table["estimate"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(other.table["std_error"], 2 * got.table["std_error"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(got.covariance)), got.table["std_error"], atol=1e-12)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_imputation_is_two_regressions(options):
    """Dummies for everything on untreated rows, predicted to the treated ones."""
    frame, names = split(options)
    columns = [frame["x"].to_numpy()] if "covariates" in names else []
    full = np.column_stack([pd.get_dummies(frame["unit"]), pd.get_dummies(frame["time"]), *columns]).astype(float)
    treated = ((frame["start"] > 0) & (frame["time"] >= frame["start"])).to_numpy()
    w = frame["w"].to_numpy() if "weights" in names else np.ones(len(frame))
    root = np.sqrt(w[~treated])
    beta = np.linalg.lstsq(full[~treated] * root[:, None], frame["y"].to_numpy()[~treated] * root, rcond=None)[0]
    gap = (frame["y"].to_numpy() - full @ beta)[treated]
    expected = np.average(gap, weights=w[treated])
    for estimator in BOTH:
        assert estimator(frame, *PANEL, **names).estimate == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_estimate_is_linear_in_the_outcomes(options):
    """Its weights on untreated cells, which carry the standard error, give the estimate back."""
    frame, names = split(options)
    first = fit_untreated(panel_of(frame, *PANEL[:3], cohort="start", **names))
    y = np.nan_to_num(first.panel.outcome)
    aim = np.where(first.treated, np.nan_to_num(first.panel.weights), 0.0)
    aim /= aim.sum()
    weights = aim + first.adjoint(aim)
    assert (weights * y).sum() == pytest.approx(imputation_did(frame, *PANEL, **names).estimate)
    np.testing.assert_allclose(weights.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=1), 0, atol=1e-12)


def test_two_stage_errors_are_those_of_the_stacked_moments():
    frame = panel(units=30)
    got = two_stage_did(frame, *PANEL)
    x1 = np.column_stack([pd.get_dummies(frame["unit"]), pd.get_dummies(frame["time"]).iloc[:, 1:]]).astype(float)
    d = ((frame["start"] > 0) & (frame["time"] >= frame["start"])).to_numpy().astype(float)
    y, x10 = frame["y"].to_numpy(), x1 * (1 - d)[:, None]
    first = np.linalg.lstsq(x10, y * (1 - d), rcond=None)[0]
    left = y - x1 @ first
    second = left - d * (d @ left) / d.sum()
    moves = x10 @ np.linalg.solve(x10.T @ x10, x1.T @ d)
    each = pd.Series((d * second - moves * (left * (1 - d))) / d.sum()).groupby(frame["unit"].to_numpy()).sum()
    assert got.std_error == pytest.approx(np.sqrt((each**2).sum()), rel=1e-9)


@pytest.mark.parametrize("options", OPTIONS[:3], ids=str)
def test_interactions_by_means_and_by_regression_agree(options):
    frame, names = split(options)
    got = sun_abraham(frame, *PANEL, **names)
    checked = panel_of(frame, *PANEL[:3], cohort="start", **names)
    again = _estimate(checked, _regressed(checked))
    assert (again.estimate, again.std_error) == pytest.approx((got.estimate, got.std_error))
    np.testing.assert_allclose(again.covariance, got.covariance, atol=1e-12)


def test_interactions_are_group_time_effects_from_one_base():
    frame = panel()
    ours = sun_abraham(frame, *PANEL).table.set_index("event_time")["estimate"]
    theirs = callaway_santanna(frame, *PANEL, base="universal").aggregate("dynamic").table.set_index("event_time")
    np.testing.assert_allclose(ours, theirs["estimate"].drop(-1.0), atol=1e-12)


def test_one_cohort_makes_all_estimators_agree_on_the_average():
    frame = panel().query("start != 6")
    frame = frame.assign(d=((frame["start"] > 0) & (frame["time"] >= frame["start"])) * 1)
    two_way = two_way_fixed_effects(frame, "unit", "time", "y", "d").estimate
    assert imputation_did(frame, *PANEL).estimate == pytest.approx(two_way)
    assert two_stage_did(frame, *PANEL).estimate == pytest.approx(two_way)
    last = frame.query("time >= 3")
    two_way = two_way_fixed_effects(last, "unit", "time", "y", "d").estimate
    assert sun_abraham(last, *PANEL).estimate == pytest.approx(two_way)
    assert callaway_santanna(last, *PANEL).estimate == pytest.approx(two_way)


def test_the_test_of_earlier_trends_sees_them():
    frame = panel()
    assert imputation_did(frame, *PANEL).diagnostics[0].answer == "passed"
    drift = frame.assign(y=frame["y"] + 0.5 * frame["time"] * (frame["start"] > 0))
    assert imputation_did(drift, *PANEL).diagnostics[0].answer == "failed"
    assert imputation_did(frame, *PANEL, leads=0).diagnostics[0].answer == "cannot tell"


def test_without_never_treated_what_nothing_reaches_is_left_out_and_counted():
    frame = panel().query("start > 0")
    for estimator in BOTH:
        got = estimator(frame, *PANEL)
        assert got.table["event_time"].max() == 1
        assert "180 treated unit-periods have no untreated one" in got.warnings[0]
    got = sun_abraham(frame, *PANEL)
    assert "the cohort of 6 is the control, and 3 periods from then on were left out" in got.warnings[0]


def test_untreated_cells_must_hang_together():
    frame = panel(units=30)
    early = (frame["unit"] < 15) & (frame["time"] <= 3)
    late = (frame["unit"] >= 15) & (frame["time"] > 5)
    for estimator in BOTH:
        with pytest.raises(DataRejected, match="connected through shared units and periods, not '2 parts'"):
            estimator(frame[early | late].assign(start=lambda f: np.where(f["unit"] % 5 == 0, 3, 0)), *PANEL)


def test_covariates_must_vary():
    with pytest.raises(DataRejected, match="the covariates must be varying within untreated units"):
        imputation_did(panel().assign(x=lambda f: f["unit"]), *PANEL, covariates=["x"])
