"""Bad panels: each a clear line or a count, in every estimator."""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import (
    bacon_decomposition,
    callaway_santanna,
    collapse_cells,
    imputation_did,
    sun_abraham,
    two_stage_did,
    two_way_fixed_effects,
)
from analysis.effects.panel import NEVER, panel_of
from analysis.errors import DataRejected, UsageError

STAGGERED = [callaway_santanna, sun_abraham, imputation_did, two_stage_did]
DOSED = [two_way_fixed_effects, bacon_decomposition]
KEYS = ("unit", "time", "y")


def panel(units: int = 30, periods: int = 6) -> pd.DataFrame:
    generator = np.random.default_rng(7)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    start = np.array([0.0, 3.0, 5.0])[unit % 3]
    d = ((start > 0) & (time >= start)).astype(float)
    y = generator.normal(size=len(unit)) + unit * 0.1 + time * 0.2 + d
    return pd.DataFrame({"unit": unit, "time": time, "start": start, "d": d, "y": y})


def run(estimator, frame):
    return estimator(frame, *KEYS, "d" if estimator in DOSED else "start")


def duplicate(frame):
    return pd.concat([frame, frame.iloc[:1]])


def infinite(frame):
    return frame.assign(y=frame["y"].where(frame.index != 4, np.inf))


def text_outcome(frame):
    return frame.assign(y=frame["y"].astype(str))


def text_dates(frame):
    return frame.assign(time="2023-0" + frame["time"].astype(str))


def empty_unit(frame):
    return frame.assign(unit=frame["unit"].astype(float).where(frame.index != 4))


def empty_outcome(frame):
    return frame.assign(y=np.nan)


def one_period(frame):
    return frame[frame["time"] == 2].assign(start=2, d=1.0)


def nobody_treated(frame):
    return frame.assign(start=0, d=0.0)


def all_treated_always(frame):
    return frame.assign(start=1, d=1.0)


def no_variance(frame):
    return frame.assign(y=frame["unit"] * 1.0)


def nothing(frame):
    return frame.iloc[:0]


REJECTED = [
    (duplicate, r"1 unit-periods occur more than once, as unit 0, time 1.*collapse_cells"),
    (infinite, r"y must be finite, not inf \(in row 4\)"),
    (text_outcome, r"y must be numeric"),
    (text_dates, r"time must be dates or numbers.*pandas.to_datetime"),
    (empty_unit, r"unit must be filled in every row"),
    (empty_outcome, r"the outcome must be present in at least one row"),
    (one_period, r"the panel must be of at least two periods, not 1"),
    (nobody_treated, r"the panel must be treated somewhere"),
    (all_treated_always, r"the panel must be untreated somewhere"),
    (no_variance, r"the outcome must be varying over time"),
    (nothing, r"the panel must be at least one row"),
]


@pytest.mark.parametrize(("spoil", "message"), REJECTED, ids=[row[0].__name__ for row in REJECTED])
@pytest.mark.parametrize("estimator", STAGGERED + DOSED)
def test_bad_panels_are_rejected_in_one_line(estimator, spoil, message):
    with pytest.raises(DataRejected, match=message) as caught:
        run(estimator, spoil(panel()))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("estimator", STAGGERED + DOSED)
def test_an_absent_column_is_named(estimator):
    with pytest.raises(UsageError, match="column 'z' must be one of unit, time, start, d, y"):
        estimator(panel(), "unit", "time", "z", "d")


COHORTS = [
    (lambda f: f.assign(start=f["start"].where(f.index != 8, 4)), "start must be the same in every row of a unit"),
    (lambda f: f.assign(time=f["time"] - 3), "cohort 0 in start must be unambiguous, but 0 is also a period"),
    (lambda f: f.assign(start="2023"), "the cohort start must be numbers, as the times are"),
    (lambda f: f.assign(start=f["start"].where(f["unit"] != 1, -np.inf)), "the cohort start must be a time, 0"),
]


@pytest.mark.parametrize(("spoil", "message"), COHORTS)
@pytest.mark.parametrize("estimator", STAGGERED)
def test_bad_cohorts_are_rejected(estimator, spoil, message):
    with pytest.raises(DataRejected, match=message):
        run(estimator, spoil(panel()))


@pytest.mark.parametrize("estimator", STAGGERED + DOSED)
def test_a_missing_outcome_is_counted(estimator):
    frame = panel()
    frame.loc[9, "y"] = np.nan
    if estimator is bacon_decomposition:
        with pytest.raises(DataRejected, match="balanced for a decomposition, not '1 absent unit-periods'"):
            run(estimator, frame)
        return
    got = run(estimator, frame)
    assert got.warnings[0].startswith("1 of 180 rows have no outcome")
    assert got.n_obs == (174 if estimator is callaway_santanna else 179)


@pytest.mark.parametrize("estimator", STAGGERED)
def test_units_treated_from_the_start_are_counted(estimator):
    frame = panel()
    frame.loc[frame["unit"] == 1, "start"] = 1
    got = run(estimator, frame)
    assert got.n_units == 29
    assert any("already treated in the first period" in warning for warning in got.warnings)


@pytest.mark.parametrize("estimator", STAGGERED + DOSED)
def test_without_any_noise_there_is_an_estimate_and_no_error(estimator):
    got = run(estimator, panel().assign(y=lambda f: f["unit"] + f["time"] + 2 * f["d"]))
    assert got.estimate == pytest.approx(2)
    assert np.isnan([got.std_error, got.ci_low, got.ci_high, got.p_value]).all()
    assert any("holds no noise" in warning for warning in got.warnings)


def test_zero_as_the_first_period_is_never_treated_and_said():
    frame = panel()
    shifted = frame.assign(time=frame["time"] - 1, start=(frame["start"] - 1).where(frame["start"] > 0, 0))
    got, plain = run(callaway_santanna, shifted), run(callaway_santanna, frame)
    assert got.estimate == plain.estimate
    assert got.warnings[0] == "0 in start was read as never treated, though 0 is also the first period."


def test_treatment_that_switches_off():
    frame = panel()
    frame.loc[(frame["unit"] == 1) & (frame["time"] == 6), "d"] = 0.0
    with pytest.raises(DataRejected, match="the treatment switches off in 1 units, the first 1"):
        run(bacon_decomposition, frame)
    got = run(two_way_fixed_effects, frame)
    assert got.warnings[0].startswith("The treatment falls again in 1 units")


@pytest.mark.parametrize("estimator", DOSED)
def test_an_unknown_treatment_is_never_guessed(estimator):
    frame = panel()
    frame.loc[9, "d"] = np.nan
    with pytest.raises(DataRejected, match="d must be filled in every row"):
        run(estimator, frame)


def test_a_dose_has_no_decomposition():
    with pytest.raises(DataRejected, match="the treatment must be 0 or 1"):
        run(bacon_decomposition, panel().assign(d=lambda f: f["d"] / 2))


def test_weights_must_be_positive():
    with pytest.raises(DataRejected, match=r"the weight w must be positive in every row, not 0\.0"):
        callaway_santanna(panel().assign(w=lambda f: (f.index > 3) * 1.0), *KEYS, "start", weights="w")


def test_dates_fall_on_a_calendar_and_cohorts_between_them_start_at_the_next():
    dates = pd.to_datetime(["2023-01-01", "2023-02-01", "2023-04-01"])
    frame = pd.DataFrame({"unit": np.repeat(["a", "b"], 3), "time": np.tile(dates, 2), "y": range(6)})
    frame["start"] = pd.to_datetime(["2023-01-15"] * 3 + [None] * 3)
    got = panel_of(frame, *KEYS, cohort="start")
    assert got.calendar.tolist() == [0, 1, 3]
    assert got.cohort.tolist() == [1, NEVER]
    assert got.label(1.0) == dates[1]
    late = panel_of(frame.assign(start=pd.Timestamp("2024-01-01")), *KEYS, cohort="start")
    assert late.cohort.tolist() == [4, 4]


def cells() -> pd.DataFrame:
    return panel(units=12).merge(pd.DataFrame({"sex": ["F", "M"]}), how="cross").assign(y=lambda f: f.index * 1.0)


@pytest.mark.parametrize("order", ["unit", "sex", "y"])
@pytest.mark.parametrize("kind", [int, float, str])
def test_cells_are_summed_and_counted(order, kind):
    frame = cells().sort_values(order, ascending=order != "y", kind="stable").assign(unit=lambda f: f["unit"].map(kind))
    got = collapse_cells(frame, "unit", "time", sums=["y"], same=["start"])
    pd.testing.assert_series_equal(got["unit"], got["unit"].sort_values())
    got = got.assign(unit=got["unit"].astype(float)).sort_values(["unit", "time"], ignore_index=True)
    expected = cells().groupby(["unit", "time"], as_index=False).agg(y=("y", "sum"), start=("start", "first"))
    pd.testing.assert_frame_equal(got.drop(columns="cells"), expected, check_dtype=False)
    assert (got["cells"] == 2).all()


def test_collapsing_first_gives_the_effect_on_totals():
    frame = cells().assign(y=lambda f: np.random.default_rng(1).normal(size=len(f)))
    totals = callaway_santanna(collapse_cells(frame, "unit", "time", sums=["y"], same=["start"]), *KEYS, "start")
    parts = [callaway_santanna(frame[frame["sex"] == sex], *KEYS, "start").estimate for sex in "FM"]
    assert totals.estimate == pytest.approx(sum(parts))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.iloc[1:], r"the cells must be as many in every unit and period \(2\), not 1"),
        (lambda f: f.assign(y=f["y"].where(f.index != 3)), "y must be filled in every row, not '1 empty'"),
        (lambda f: f.assign(start=f["start"].where(f.index != 3, 9)), "start must be the same in every cell"),
    ],
)
def test_cells_that_cannot_be_summed(spoil, message):
    with pytest.raises(DataRejected, match=message):
        collapse_cells(spoil(cells()), "unit", "time", sums=["y"], same=["start"])
    assert len(collapse_cells(cells().iloc[1:], "unit", "time", sums=["y"], even=False)) == 72
