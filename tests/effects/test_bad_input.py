"""One table of bad and of merely unusual input for every public function: an error, a refusal, a count, no change."""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import (
    Refusal,
    bacon_decomposition,
    callaway_santanna,
    choose_inference,
    clustered_regression,
    honest_did,
    identification_gate,
    imputation_did,
    interrupted_time_series,
    interrupted_time_series_many,
    its_panel_of_models,
    minimum_attainable_p,
    minimum_detectable_effect,
    panel_design,
    randomization_inference,
    routed_difference,
    sun_abraham,
    synthetic_control,
    synthetic_did,
    two_stage_did,
    two_way_fixed_effects,
)
from analysis.errors import DataRejected, MonitorError, UsageError

KEYS = ("unit", "time", "y")
ONSET = 11


def onset_of(frame: pd.DataFrame):
    return frame.attrs.get("onset", ONSET)


def one_series(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["unit"].astype(str) == "10"]


def staggered(estimator):
    return lambda frame: estimator(frame, *KEYS, "start")


def dosed(estimator, **options):
    return lambda frame: estimator(frame, *KEYS, "d", **options)


STAGGERED = {f.__name__: staggered(f) for f in (callaway_santanna, sun_abraham, imputation_did, two_stage_did)}
DOSED = {
    "two_way_fixed_effects": dosed(two_way_fixed_effects, draws=99),
    "bacon_decomposition": dosed(bacon_decomposition),
}
BLOCKS = {
    "synthetic_control": dosed(synthetic_control, placebos=False),
    "synthetic_did": dosed(synthetic_did, placebos=False, draws=20),
    "randomization_inference": dosed(randomization_inference, draws=99),
    "routed_difference": dosed(routed_difference, draws=99),
    "panel_design": dosed(panel_design),
}
REGRESSION = {
    "clustered_regression": lambda f: clustered_regression(f, "y", "d", "unit", factors=["unit", "time"], draws=0),
}
SERIES = {
    "interrupted_time_series": lambda f: interrupted_time_series(one_series(f), "time", "y", onset_of(f)),
    "structural": lambda f: interrupted_time_series(one_series(f), "time", "y", onset_of(f), model="structural"),
    "interrupted_time_series_many": lambda f: interrupted_time_series_many(f, *KEYS, onset_of(f)),
    "its_panel_of_models": lambda f: its_panel_of_models(
        one_series(f), "time", "y", onset_of(f), models=["ols_hac", "reml_ar1"]
    ),
}
PANELS = {**STAGGERED, **DOSED, **BLOCKS}
ALL = {**PANELS, **REGRESSION, **SERIES}


def panel(units: int = 20, periods: int = 16) -> pd.DataFrame:
    generator = np.random.default_rng(7)
    unit, time = np.repeat(np.arange(10, 10 + units), periods), np.tile(np.arange(1, periods + 1), units)
    treated = unit < 17
    d = (treated & (time >= ONSET)).astype(float)
    y = generator.normal(size=len(unit)) + unit * 0.1 + time * 0.2 + d
    return pd.DataFrame({"unit": unit, "time": time, "start": np.where(treated, 11.0, 0.0), "d": d, "y": y})


def figures(result) -> list[float]:
    if isinstance(result, pd.DataFrame):
        return result[["estimate", "std_error"]].to_numpy().ravel().tolist()
    if hasattr(result, "estimates"):
        return [value for one in result.estimates.values() for value in figures(one)]
    names = ("estimate", "std_error", "n_obs", "n_units") if hasattr(result, "estimate") else ("n_clusters", "std_dev")
    return [float(getattr(result, name)) for name in names]


def said(result) -> str:
    return " ".join(result.warnings)


def on_dates(frame: pd.DataFrame, dates: pd.DatetimeIndex | pd.PeriodIndex) -> pd.DataFrame:
    start = pd.Series(dates[frame["start"].astype(int).clip(lower=1) - 1], index=frame.index).where(frame["start"] > 0)
    moved = frame.assign(time=dates[frame["time"] - 1], start=start)
    moved.attrs["onset"] = dates[ONSET - 1]
    return moved


UNUSUAL = {
    "rows out of order": lambda f: f.sample(frac=1, random_state=3),
    "another index": lambda f: f.set_index(pd.Index(np.arange(len(f))[::-1] * 3)),
    "a repeated index": lambda f: f.set_index(pd.Index(np.zeros(len(f), dtype=int))),
    "extra columns of nothing": lambda f: f.assign(z=np.nan, w=None),
    "categories": lambda f: f.assign(unit=pd.Categorical(f["unit"].astype(str), [str(u) for u in range(10, 99)])),
    "months": lambda f: on_dates(f, pd.date_range("2023-01-01", periods=16, freq="MS")),
    "month ends": lambda f: on_dates(f, pd.date_range("2023-01-31", periods=16, freq="ME")),
    "two weeks": lambda f: on_dates(f, pd.date_range("2023-01-01", periods=16, freq="14D")),
    "periods": lambda f: on_dates(f, pd.period_range("2023-01", periods=16, freq="M")),
    "time zones": lambda f: on_dates(f, pd.date_range("2023-01-01", periods=16, freq="14D", tz="UTC")),
    "whole numbers that may be empty": lambda f: f.assign(d=f["d"].astype("Int64"), time=f["time"].astype("Int64")),
    "floats that may be empty": lambda f: f.assign(y=f["y"].astype("Float64"), start=f["start"].astype("Int64")),
    "treatment as true and false": lambda f: f.assign(d=f["d"].astype(bool)),
    "never treated is infinite": lambda f: f.assign(start=f["start"].where(f["start"] > 0, np.inf)),
    "never treated is empty": lambda f: f.assign(start=f["start"].where(f["start"] > 0)),
}


@pytest.mark.parametrize("name", ALL)
def test_what_is_merely_unusual_changes_nothing(name):
    plain = figures(ALL[name](panel()))
    for what, change in UNUSUAL.items():
        got = figures(ALL[name](change(panel())))
        assert got == pytest.approx(plain, rel=1e-7, nan_ok=True), what


def text_dates(f):
    return f.assign(time="2023-" + f["time"].astype(str).str.zfill(2))


BAD = [
    ("duplicate keys", lambda f: pd.concat([f, f.iloc[[4]]]), {**PANELS, **SERIES}, "more than once|one row a pair"),
    ("infinite", lambda f: f.assign(y=f["y"].where(f.index != 4, np.inf)), ALL, "y must be finite, not inf"),
    ("minus infinite", lambda f: f.assign(y=f["y"].where(f.index != 4, -np.inf)), ALL, "y must be finite, not -inf"),
    ("too large to square", lambda f: f.assign(y=f["y"] * 1e200), ALL, r"y must be at most 1e\+100"),
    ("text", lambda f: f.assign(y=f["y"].astype(str)), ALL, "y must be numeric"),
    ("numbers as objects", lambda f: f.assign(y=f["y"].astype(object)), ALL, "y must be numeric.*pandas.to_numeric"),
    (
        "who instead of when",
        lambda f: f.assign(start=f["start"] > 0),
        STAGGERED,
        "the cohort start must be each unit's first treated time, not 'True'",
    ),
    ("complex", lambda f: f.assign(y=f["y"].astype(complex)), ALL, "y must be numeric"),
    ("categories", lambda f: f.assign(y=pd.Categorical(f["y"])), ALL, "y must be numeric"),
    ("text dates", text_dates, {**PANELS, **SERIES}, "time must be dates or numbers.*to_datetime"),
    ("empty time", lambda f: f.assign(time=f["time"].where(f.index != 4)), ALL, "time must be filled in every row"),
    (
        "empty unit",
        lambda f: f.assign(unit=f["unit"].where(f.index != 4)),
        {**PANELS, **REGRESSION, "interrupted_time_series_many": SERIES["interrupted_time_series_many"]},
        "unit must be filled in every row",
    ),
    ("every outcome empty", lambda f: f.assign(y=np.nan), PANELS, "the outcome must be present in at least one row"),
    (
        "treatment in words",
        lambda f: f.assign(d=f["d"].astype(str)),
        {**DOSED, **BLOCKS},
        "d must be numeric, not '0.0'",
    ),
    (
        "units seen once",
        lambda f: f.assign(unit=np.arange(len(f))),
        {**STAGGERED, **DOSED},
        r"seen in two periods or more, not '320 units, each seen once'\. Repeated cross-sections: callaway",
    ),
    (
        "treated units seen once",
        lambda f: f.assign(unit=np.arange(len(f))),
        BLOCKS,
        "treated unit 10 must be observed in every period of time, not 'absent or empty in 15 of 16'",
    ),
    ("no row", lambda f: f.iloc[:0], ALL, "row, not 0"),
    ("a single period", lambda f: f[f["time"] == 12], PANELS, "two periods|None of the 1 periods lies before it"),
    (
        "all treated always",
        lambda f: f.assign(d=1.0, start=1.0),
        PANELS,
        "untreated somewhere|None of the 16 periods lies before it",
    ),
    (
        "all treated at once",
        lambda f: f.assign(d=(f["time"] >= ONSET) * 1.0, start=11.0),
        {**PANELS, **REGRESSION},
        "every unit treated at once|Every unit is treated|taken out",
    ),
    ("nobody treated", lambda f: f.assign(d=0.0, start=0.0), PANELS, "treated somewhere|1 for at least one unit"),
    ("no variance", lambda f: f.assign(y=5.0), {**PANELS, **REGRESSION}, "zero variance"),
    (
        "treatment that switches off",
        lambda f: f.assign(d=f["d"].where((f["unit"] != 10) | (f["time"] < 16), 0.0)),
        {**BLOCKS, "bacon_decomposition": DOSED["bacon_decomposition"]},
        "switches off",
    ),
    ("unknown treatment", lambda f: f.assign(d=f["d"].where(f.index != 9)), {**DOSED, **BLOCKS}, "d must be filled"),
]


CASES = [
    pytest.param(run, spoil, says, id=f"{what}-{name}") for what, spoil, runs, says in BAD for name, run in runs.items()
]


@pytest.mark.parametrize(("run", "spoil", "says"), CASES)
def test_bad_input_is_one_clear_line(run, spoil, says):
    with pytest.raises(MonitorError, match=says) as caught:
        run(spoil(panel()))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ALL)
def test_what_is_no_frame_or_names_a_column_twice_is_one_clear_line(name):
    run = {**ALL, **{series: lambda f: interrupted_time_series(f, "time", "y", ONSET) for series in SERIES}}[name]
    for given, says in ((None, "a pandas DataFrame, not 'NoneType'"), ({"y": [1.0]}, "a pandas DataFrame, not 'dict'")):
        with pytest.raises(UsageError, match=says):
            run(given)
    with pytest.raises(UsageError, match="column 'y' must be named once, not 2"):
        run(panel().assign(other=1.0).rename(columns={"other": "y"}))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: minimum_attainable_p(3.5, 1), "n_clusters must be a whole number, not 3.5"),
        (lambda: minimum_attainable_p("3", 1), "n_clusters must be a whole number, not '3'"),
        (lambda: minimum_attainable_p(0, 0), "n_clusters must be two or more, not 0"),
        (lambda: minimum_attainable_p(3, 3), "n_treated must be between 1 and 2, not 3"),
        (lambda: interrupted_time_series(one_series(panel()), "time", "y", None), "the onset must be a value compar"),
        (lambda: interrupted_time_series(one_series(panel()), "time", "y", np.nan), "the onset must be a value compar"),
        (lambda: callaway_santanna(panel(), *KEYS, "start", anticipation="1"), "anticipation must be zero or more"),
        *[
            (lambda run=run, odd=odd: run(odd), says)
            for run in (
                lambda onset: interrupted_time_series(one_series(panel()), "time", "y", onset),
                lambda onset: its_panel_of_models(one_series(panel()), "time", "y", onset, models="ols_hac"),
                lambda onset: interrupted_time_series_many(panel(), *KEYS, onset),
                lambda onset: synthetic_control(panel(), *KEYS, 10, onset),
                lambda onset: randomization_inference(panel(), *KEYS, [10, 11], onset),
            )
            for odd, says in (
                (pd.Series([11]), "a value comparable with time, not 'Series'"),
                ([11], "a value comparable with time, not 'list'"),
                (pd.NA, "a value comparable with time, not <NA>"),
                (True, "a value comparable with time, not True"),
                ("11", "comparable with time"),
                (pd.Timestamp("2011-01-01"), "comparable with time"),
            )
        ],
    ],
)
def test_wrong_arguments_are_one_clear_line(call, says):
    with pytest.raises(UsageError, match=says):
        call()


REGISTERED = {"n_clusters": 10, "n_treated": 3, "n_pre": 5, "n_post": 5, "std_dev": 1.0}
SERIES_OPTIONS = [
    ({"lags": "a"}, "lags must be a number, not 'a'"),
    ({"harmonics": "a"}, "harmonics must be a number, not 'a'"),
    ({"harmonics": 1, "period": "a"}, "period must be a number, not 'a'"),
    ({"slope": None}, "slope must be True or False"),
    ({"slope": "no"}, "slope must be True or False, not 'no'"),
]
WRONG_KINDS = [
    *[
        (lambda options=options: interrupted_time_series(one_series(panel()), "time", "y", ONSET, **options), says)
        for options, says in SERIES_OPTIONS
    ],
    *[
        (lambda run=run: run(panel(), ["unit"], "time", "y", "start"), r"a column must be named by its label, not \['u")
        for run in (callaway_santanna, sun_abraham, imputation_did, two_stage_did, two_way_fixed_effects)
    ],
    (lambda: callaway_santanna(panel(), *KEYS, "start", seed="a"), "the seed must be a whole number"),
    (lambda: two_way_fixed_effects(panel(), *KEYS, "d", seed=1.5), "the seed must be a whole number"),
    (lambda: randomization_inference(panel(), *KEYS, "d", seed=-1), "the seed must be a whole number"),
    (lambda: synthetic_did(panel(), *KEYS, "d", seed="a"), "the seed must be a whole number"),
    (lambda: synthetic_did(panel(), *KEYS, "d", draws=-1), "draws must be 1 or more, not -1"),
    (lambda: synthetic_control(panel(), *KEYS, 10, ONSET, placebo_onsets="x"), "a placebo onset must be comparable"),
    (lambda: callaway_santanna(panel(), *KEYS, "start").aggregate("dynamic", min_e="a"), "min_e must be a number"),
    (lambda: synthetic_control(panel(), *KEYS, 10, ONSET, predictors={"d": "a"}), "importance of d must be a positive"),
    (lambda: minimum_detectable_effect(**{**REGISTERED, "n_pre": 5.5}), "n_pre must be a whole number, not 5.5"),
    (lambda: minimum_detectable_effect(**{**REGISTERED, "std_dev": "1"}), "std_dev must be a number, not '1'"),
    (lambda: identification_gate(None), "the design must be made by series_design or panel_design, not 'NoneType'"),
    (lambda: choose_inference(panel()), "the design must be made by panel_design, not 'DataFrame'"),
    (lambda: honest_did(sun_abraham(panel(), *KEYS, "start"), alpha="x"), "alpha must be a number, not 'x'"),
    (lambda: honest_did(sun_abraham(panel(), *KEYS, "start"), reference="x"), "the reference must be an event time"),
    (lambda: honest_did(sun_abraham(panel(), *KEYS, "start"), target=["a"] * 6), "the target must be numbers, not 'a'"),
]


@pytest.mark.parametrize(("call", "says"), WRONG_KINDS)
def test_arguments_of_another_kind_are_one_clear_line(call, says):
    with pytest.raises(UsageError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("times", "onset"),
    [
        (pd.date_range("2023-01-01", periods=16, freq="MS"), "2023-11-01"),
        (pd.date_range("2023-01-01", periods=16, freq="MS"), pd.Timestamp("2023-11-01").date()),
        (pd.date_range("2023-01-01", periods=16, freq="MS"), pd.Period("2023-11")),
        (pd.period_range("2023-01", periods=16, freq="M"), "2023-11"),
    ],
)
def test_an_onset_in_words_agrees_with_the_column_of_treatment(times, onset):
    plain = randomization_inference(panel(), *KEYS, "d", ONSET)
    dated = randomization_inference(on_dates(panel(), times), *KEYS, "d", onset)
    assert (dated.estimate, dated.p_value) == (pytest.approx(plain.estimate), plain.p_value)
    with pytest.raises(UsageError, match="as the column d says"):
        randomization_inference(on_dates(panel(), times), *KEYS, "d", "2023-10")


def test_one_name_may_stand_for_a_list_of_one():
    frame = panel().assign(x=lambda f: np.cos(f["unit"] * f["time"]))
    one, listed = (callaway_santanna(frame, *KEYS, "start", covariates=named, draws=0) for named in ("x", ["x"]))
    assert one.estimate == listed.estimate
    panels = [its_panel_of_models(one_series(frame), "time", "y", ONSET, models=m) for m in ("ols_hac", ["ols_hac"])]
    assert [list(found.results) for found in panels] == [["ols_hac"]] * 2


@pytest.mark.parametrize("number", [2023, 2023.0, np.int64(2023), np.float32(2023)])
@pytest.mark.parametrize("name", [*BLOCKS, *SERIES])
def test_a_number_is_no_date(name, number):
    frame = on_dates(panel().drop(columns="d"), pd.date_range("2023-01-01", periods=16, freq="MS"))
    frame.attrs["onset"] = number
    run = SERIES.get(name) or (lambda f: globals()[name](f, *KEYS, [10, 11], number))
    with pytest.raises(UsageError, match="the onset must be comparable with time"):
        run(frame)


@pytest.mark.parametrize("model", ["poisson", "quasipoisson"])
@pytest.mark.parametrize("slope", [True, False])
def test_no_case_from_the_onset_on_has_no_rate_ratio(model, slope):
    """The ratio falls to 0 without end: its error is then of the size of a million, and p near 1 for a sure effect."""
    counts = pd.DataFrame({"unit": 1, "time": range(40), "y": [4, 6, 5, 7, 3] * 5 + [0] * 15})
    found = interrupted_time_series(counts, "time", "y", 25, model=model, slope=slope)
    assert [code for refusal in found.refusals for code in refusal.codes] == ["not_converged"]
    assert np.isnan([found.estimate, found.ci_low, found.ci_high, found.p_value]).all()
    others = counts.assign(unit=2, y=[4, 6, 5, 7, 3] * 8)
    batch = interrupted_time_series_many(pd.concat([counts, others]), *KEYS, 25, model=model, slope=slope)
    alone = interrupted_time_series(others, "time", "y", 25, model=model, slope=slope)
    assert list(batch["codes"]) == [("not_converged",), ()]
    assert batch["estimate"].tolist() == pytest.approx([np.nan, alone.estimate], rel=1e-8, nan_ok=True)


@pytest.mark.parametrize("name", ["interrupted_time_series", "structural"])
def test_a_series_that_never_moves_or_has_one_period_is_refused(name):
    for spoil in (lambda f: f.assign(y=5.0), lambda f: f[f["time"] == 12]):
        assert isinstance(SERIES[name](spoil(panel())), Refusal)


HOLES = {
    "an absent row": lambda f: f.drop(index=300),
    "an empty outcome": lambda f: f.assign(y=f["y"].where(f.index != 300)),
}


@pytest.mark.parametrize("name", {**PANELS, **REGRESSION})
@pytest.mark.parametrize("hole", HOLES)
def test_holes_among_the_controls_are_an_error_or_counted(name, hole):
    frame = HOLES[hole](panel())
    if name == "bacon_decomposition":
        with pytest.raises(DataRejected, match="balanced for a decomposition, not '1 absent unit-periods'"):
            ALL[name](frame)
        return
    got = ALL[name](frame)
    if name == "clustered_regression" and hole == "an absent row":  # it has no panel for a row to be absent from
        assert got.n_obs == 319
        return
    assert "1 of 320" in said(got) or "1 controls lack a period and were left out: 28" in said(got)
    if name == "callaway_santanna":
        assert "1 of 20 units are not observed in every period and were left out." in said(got)


@pytest.mark.parametrize(
    ("units", "treated", "code"),
    [(3, 1, "minimum_p_too_large"), (10, 1, "minimum_p_too_large"), (6, 5, "minimum_p_too_large"),
     (24, 1, "one_cluster_alone"), (24, 23, "one_cluster_alone"), (10, 2, ""), (6, 3, "")],
)  # fmt: skip
@pytest.mark.parametrize("name", {**STAGGERED, **DOSED})
def test_designs_that_bear_no_inference_get_a_description(name, units, treated, code):
    """1 of 3 regions and 1 of 10 provinces can reach 1/3 and 0.1 at best; one cluster alone has no error to trust."""
    first = panel(units)["unit"] < 10 + treated
    frame = panel(units).assign(start=np.where(first, 11.0, 0.0), d=lambda f: (first & (f["time"] >= ONSET)) * 1.0)
    for grouped in (frame, pd.concat([frame, frame.assign(unit=frame["unit"] + 100)])):
        by = {} if grouped is frame else {"clusters": "region"}
        estimator = globals()[name]
        got = estimator(
            grouped.assign(region=grouped["unit"] % 100), *KEYS, "start" if name in STAGGERED else "d", **by
        )
        assert np.isfinite(got.estimate)
        assert [one for refusal in got.refusals for one in refusal.codes] == ([code] if code else [])
        assert got.supported == (not code) == bool(np.isfinite(got.p_value))
        if "p_value" in got.table:
            assert got.table["p_value"].isna().all() == bool(code)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_treated_unit_with_a_hole_is_an_error(name):
    with pytest.raises(DataRejected, match="treated unit 10 must be observed in every period"):
        BLOCKS[name](panel().drop(index=3))


def test_cohorts_in_another_time_zone_are_an_error():
    frame = on_dates(panel(), pd.date_range("2023-01-01", periods=16, freq="14D"))
    for run in STAGGERED.values():
        with pytest.raises(DataRejected, match=r"the cohort start must be in the times' zone \(UTC\)"):
            run(frame.assign(time=frame["time"].dt.tz_localize("UTC")))
