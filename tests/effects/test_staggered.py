"""Group-time effects: the R package's figures, a planted effect, and what must not matter."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.effects import callaway_santanna
from analysis.errors import DataRejected, UsageError
from effects.published import CASES, assert_printed, mpdta, needs_cases

COUNTY = ("countyreal", "year", "lemp", "start")
SCENARIOS = {
    "mpdta_nev_dr": {},
    "mpdta_nyt_dr": {"controls": "notyet"},
    "mpdta_nev_reg_cov": {"covariates": ["lpop"], "method": "reg"},
    "mpdta_nev_ipw": {"method": "ipw"},
    "sim_nev_dr": {"covariates": ["X"]},
}


def scenario(name: str):
    if name == "sim_nev_dr":
        frame = pd.read_csv(CASES / "mpdta" / "sim_data.csv")
        return callaway_santanna(frame, "id", "period", "Y", "G", **SCENARIOS[name], draws=0)
    return callaway_santanna(mpdta(), *COUNTY, **SCENARIOS[name], draws=0)


def theirs(table: str, name: str) -> pd.DataFrame:
    return pd.read_csv(CASES / "mpdta" / f"R_did_ref_{table}.csv").query("scenario == @name")


@needs_cases
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_group_time_effect_of_r_did(name):
    got, r = scenario(name).table, theirs("attgt", name)
    both = got.merge(r, left_on=["cohort", "time"], right_on=["group", "t"])
    assert len(both) == len(r) == len(got)
    np.testing.assert_allclose(both["estimate"], both["att"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(both["std_error"], both["se"], rtol=0, atol=1e-9)


@needs_cases
@pytest.mark.parametrize("kind", ["simple", "group", "calendar", "dynamic"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_average_of_r_did(name, kind):
    got, r = scenario(name).aggregate(kind), theirs("aggte", name).query("type == @kind")
    assert got.estimate == pytest.approx(r["overall_att"].iloc[0], abs=1e-9)
    assert got.std_error == pytest.approx(r["overall_se"].iloc[0], abs=1e-9)
    if kind != "simple":
        both = got.table.merge(r, left_on=got.table.columns[0], right_on="egt")
        assert len(both) == len(r) == len(got.table)
        np.testing.assert_allclose(both["estimate"], both["att_egt"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(both["std_error"], both["se_egt"], rtol=0, atol=1e-9)


@needs_cases
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_test_of_earlier_trends_of_r_did(name):
    got, r = scenario(name).diagnostics[0], theirs("pretest", name).iloc[0]
    assert got.statistic == pytest.approx(r["W"], abs=1e-8)
    assert got.p_value == pytest.approx(r["Wpval"], abs=5.1e-6)


@needs_cases
def test_minimum_wage_figures_to_their_tolerances():
    never, reg, dr = scenario("mpdta_nev_dr"), scenario("mpdta_nev_reg_cov"), ["lpop"]
    group, dynamic = never.aggregate("group"), never.aggregate("dynamic")
    assert_printed(
        "mpdta",
        {
            "CS never simple ATT": never.estimate,
            "CS never simple SE (analytic)": never.std_error,
            "CS never group ATT": group.estimate,
            "CS never group SE": group.std_error,
            "CS never dynamic ATT": dynamic.estimate,
            "CS never dynamic SE": dynamic.std_error,
            "CS never calendar ATT": never.aggregate("calendar").estimate,
            "CS notyet simple ATT": scenario("mpdta_nyt_dr").estimate,
            "CS never reg ~lpop simple ATT": reg.estimate,
            "CS never reg ~lpop simple SE": reg.std_error,
            "pre-test Wald p (no cov)": round(never.diagnostics[0].p_value, 5),
            "CS never dr ~lpop simple ATT": callaway_santanna(mpdta(), *COUNTY, covariates=dr, draws=0).estimate,
        },
    )


def planted(units: int = 200, periods: int = 8, seed: int = 1, never: float = 0.3) -> pd.DataFrame:
    """Cohorts 4, 5 and 7 whose effect is 1 + event time; unit and period effects; noise of sd 0.5."""
    generator = np.random.default_rng(seed)
    rest = (1 - never) / 3
    start = generator.choice([0, 4, 5, 7], size=units, p=[never, rest, rest, rest])
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    g = start[unit]
    effect = np.where((g > 0) & (time >= g), 1 + time - g, 0)
    level = generator.normal(size=units)[unit] + 0.3 * time
    x = generator.normal(size=units)[unit]
    y = level + effect + generator.normal(scale=0.5, size=len(unit))
    return pd.DataFrame(
        {"unit": unit, "time": time, "start": g, "x": x, "y": y, "region": unit % 25, "w": 1.0 + unit % 3}
    )


PANEL = ("unit", "time", "y", "start")
OPTIONS = [
    {},
    {"controls": "notyet"},
    {"base": "universal"},
    {"covariates": ["x"], "method": "dr"},
    {"covariates": ["x"], "method": "ipw"},
    {"covariates": ["x"], "method": "reg", "controls": "notyet"},
    {"weights": "w"},
    {"clusters": "region"},
    {"anticipation": 1},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_planted_effect_is_found(options):
    got = callaway_santanna(planted(), *PANEL, **options, draws=0)
    truth = 1 + got.table["event_time"].clip(lower=-1)
    gap = ((got.table["estimate"] - truth) / got.table["std_error"]).dropna()
    assert gap.abs().max() < 4.2
    dynamic = got.aggregate("dynamic")
    assert dynamic.ci_low < 1 + dynamic.table["event_time"].clip(lower=0).unique().mean() < dynamic.ci_high


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_what_must_not_matter_does_not(options):
    frame = planted(units=80)
    plain = callaway_santanna(frame, *PANEL, **options, draws=0)
    shifted = frame.assign(y=frame["y"] + 50 * frame["unit"] - 7 * frame["time"] ** 2)
    renamed = frame.assign(unit=frame["unit"].map(lambda u: f"v{9999 - u}")).sample(frac=1, random_state=1)
    for other in (shifted, renamed):
        got = callaway_santanna(other, *PANEL, **options, draws=0)
        np.testing.assert_allclose(got.table["estimate"], plain.table["estimate"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(got.table["std_error"], plain.table["std_error"], rtol=0, atol=1e-9)
    scaled = callaway_santanna(frame.assign(y=-40 * frame["y"]), *PANEL, **options, draws=0)
    np.testing.assert_allclose(scaled.table["estimate"], -40 * plain.table["estimate"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(scaled.table["std_error"], 40 * plain.table["std_error"], rtol=0, atol=1e-8)
    assert scaled.aggregate("group").std_error == pytest.approx(40 * plain.aggregate("group").std_error)


def test_dates_and_numbers_tell_the_same():
    frame = planted(units=60)
    dates = pd.date_range("2023-01-01", periods=8, freq="MS")
    dated = frame.assign(
        time=dates[frame["time"] - 1],
        start=pd.to_datetime(frame["start"].map(lambda g: dates[g - 1] if g else pd.NaT)),
    )
    numbered, by_date = callaway_santanna(frame, *PANEL), callaway_santanna(dated, *PANEL)
    np.testing.assert_allclose(numbered.table["estimate"], by_date.table["estimate"])
    np.testing.assert_allclose(numbered.table["event_time"], by_date.table["event_time"])
    assert by_date.table["cohort"].iloc[0] == dates[3]


@pytest.mark.parametrize("mark", [0, np.inf, np.nan])
def test_never_treated_may_be_zero_infinite_or_empty(mark):
    frame = planted(units=60)
    other = frame.assign(start=frame["start"].where(frame["start"] > 0, mark))
    assert callaway_santanna(other, *PANEL).estimate == callaway_santanna(frame, *PANEL).estimate


def test_copies_of_units_in_clusters_carry_no_information():
    frame = planted(units=60)
    twice = pd.concat([frame, frame.assign(unit=frame["unit"] + 1000)])
    twice["pair"] = twice["unit"] % 1000
    one, two = callaway_santanna(frame, *PANEL), callaway_santanna(twice, *PANEL, clusters="pair")
    assert two.estimate == pytest.approx(one.estimate)
    assert two.std_error == pytest.approx(one.std_error)
    weighed = callaway_santanna(frame.assign(w=2.0), *PANEL, weights="w")
    assert weighed.std_error == pytest.approx(one.std_error)


@pytest.mark.parametrize("multiplier", ["rademacher", "mammen", "webb"])
def test_bootstrap_errors_are_near_the_analytic_ones_and_bands_are_wider(multiplier):
    options = {"draws": 4000, "multiplier": multiplier}
    plain = callaway_santanna(planted(), *PANEL, **options)
    drawn = callaway_santanna(planted(), *PANEL, **options, errors="bootstrap")
    np.testing.assert_allclose(drawn.table["std_error"], plain.table["std_error"], rtol=0.12)
    again = callaway_santanna(planted(), *PANEL, **options, errors="bootstrap")
    pd.testing.assert_frame_equal(drawn.table, again.table)
    dynamic = plain.aggregate("dynamic").table
    width = (dynamic["band_high"] - dynamic["estimate"]) / dynamic["std_error"]
    assert width.round(9).nunique() == 1
    assert 2.3 < width.iloc[0] < 3.2


def test_bands_cover_all_effects_at_once():
    covered = 0
    for seed in range(100):
        table = (
            callaway_santanna(planted(units=120, periods=6, seed=seed), *PANEL, draws=199).aggregate("dynamic").table
        )
        truth = 1 + table["event_time"].clip(lower=-1)
        covered += bool(((table["band_low"] < truth) & (truth < table["band_high"])).all())
    assert 88 <= covered <= 100


def test_without_never_treated_the_last_cohort_is_the_control():
    frame = planted(never=0.0)
    with pytest.raises(DataRejected, match=r'never-treated units, not \'none\'. Use controls="notyet"'):
        callaway_santanna(frame, *PANEL)
    got = callaway_santanna(frame, *PANEL, controls="notyet")
    assert set(got.table["cohort"]) == {4, 5}
    assert got.table["time"].max() == 6
    assert "cohort of 7 is the last control, and 2 periods from then on were left out" in got.warnings[0]


def test_what_is_left_out_is_counted():
    frame = planted(units=60)
    frame.loc[frame["unit"] == 3, "start"] = 1
    frame.loc[(frame["unit"] == 5) & (frame["time"] == 2), "y"] = np.nan
    frame = frame.drop(frame.index[(frame["unit"] == 6) & (frame["time"] == 4)])
    got = callaway_santanna(frame, *PANEL)
    assert got.n_units == 57
    assert [warning.split(" ", 1)[0] for warning in got.warnings[:4]] == ["1", "1", "2", "1"]
    assert "already treated in the first period" in got.warnings[3]


def test_averages_can_be_cut_and_balanced():
    got = callaway_santanna(planted(), *PANEL, draws=0)
    cut = got.aggregate("dynamic", min_e=-1, max_e=2)
    assert cut.table["event_time"].tolist() == [-1, 0, 1, 2]
    balanced = got.aggregate("dynamic", balance_e=3)
    assert balanced.table["event_time"].max() == 3
    assert balanced.table["event_time"].min() == 3 - 8 + 1 + 1
    with pytest.raises(UsageError, match="an effect is left to average"):
        got.aggregate("simple", min_e=50)


def test_a_difference_in_earlier_trends_is_seen_and_many_tests_do_not_cry_wolf():
    frame = planted()
    drift = frame.assign(y=frame["y"] + 0.3 * frame["time"] * (frame["start"] > 0))
    assert callaway_santanna(drift, *PANEL).diagnostics[0].answer == "failed"
    failed = 0
    for seed in range(40):
        got = callaway_santanna(planted(units=70, periods=12, seed=seed), *PANEL, draws=0)
        failed += got.diagnostics[0].answer == "failed"
    assert failed <= 7


def test_covariance_matches_the_errors_and_the_influence():
    got = callaway_santanna(planted(), *PANEL, clusters="region", draws=0).aggregate("dynamic")
    np.testing.assert_allclose(np.sqrt(np.diag(got.covariance)), got.table["std_error"])
    assert dataclasses.is_dataclass(got)
    with pytest.raises(dataclasses.FrozenInstanceError):
        got.estimate = 0


def test_no_overlap_is_said_not_hidden():
    frame = planted(units=60)
    frame["x"] = np.where(frame["start"] == 5, 10.0, frame["x"])
    got = callaway_santanna(frame, *PANEL, covariates=["x"], method="ipw", draws=0)
    assert got.table.loc[got.table["cohort"] == 5, "estimate"].isna().all()
    assert any("comparisons have no usable controls" in warning for warning in got.warnings)
    assert np.isfinite(got.estimate)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"controls": "some"}, "controls must be one of never, notyet, not 'some'"),
        ({"method": "ols"}, "the method must be one of reg, ipw, dr"),
        ({"base": "first"}, "the base period must be one of"),
        ({"anticipation": -1}, "anticipation must be zero or more, not -1"),
        ({"draws": -1}, "draws must be a whole number"),
        ({"multiplier": "normal"}, "the multiplier must be one of"),
        ({"errors": "bootstrap", "draws": 0}, "draws must be more than zero"),
        ({"covariates": ["z"]}, "column 'z' must be one of"),
    ],
)
def test_wrong_use_is_named(options, message):
    with pytest.raises(UsageError, match=message):
        callaway_santanna(planted(units=30), *PANEL, **options)
