"""Published figures, ours beside theirs, to the tolerances that the cases state."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.effects import EffectEstimate, Refusal, interrupted_time_series
from analysis.effects.ar1 import fit_ar1
from analysis.effects.segmented import columns_of
from analysis.effects.series import ordered_series

CASES = Path(__file__).parents[2] / ".." / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the published cases are not beside the repository")


def reference(case: str) -> dict[str, tuple[object, float]]:
    rows = json.loads((CASES / case / "reference.json").read_text(encoding="utf-8"))["references"]
    return {row["id"]: (row["value"], float(row["tol"])) for row in rows}


def california() -> pd.DataFrame:
    return pd.read_csv(CASES / "itsa_reml" / "california_itsa.csv")


def effect(frame, *args, **options) -> EffectEstimate:
    result = interrupted_time_series(frame, *args, **options)
    assert isinstance(result, EffectEstimate)
    return result


@needs_cases
def test_linden_2015_newey_west():
    got = effect(california(), "Year", "PacksPerCapita", 1989, lags=1)
    ours = {
        "NW(1) level change": got.estimate,
        "NW(1) SE level": got.std_error,
        "NW(1) slope change": got.slope_change.estimate,
        "NW(1) SE slope": got.slope_change.std_error,
        "NW(1) pre-trend": got.details["pre_trend"],
        "NW(1) SE pre-trend": got.details["pre_trend_std_error"],
        "Durbin-Watson": got.details["durbin_watson"],
        "BG(1) LM": got.details["breusch_godfrey_1"],
    }
    for name, value in ours.items():
        printed, tolerance = reference("itsa_reml")[name]
        assert value == pytest.approx(printed, abs=tolerance), name


@needs_cases
def test_turner_2021_reml_and_its_boundary():
    got = effect(california(), "Year", "PacksPerCapita", 1989, model="reml_ar1")
    ours = {
        "AR1 REML level": got.estimate,
        "AR1 REML SE level": got.std_error,
        "AR1 REML phi (boundary)": got.details["phi"],
    }
    for name, value in ours.items():
        printed, tolerance = reference("itsa_reml")[name]
        assert value == pytest.approx(printed, abs=tolerance), name


@needs_cases
def test_plain_maximum_likelihood():
    series = ordered_series(california(), "Year", "PacksPerCapita", 1989)
    got = fit_ar1(columns_of(series, True, 0, None).values, series.outcome, series.position, restricted=False)
    for name, value in {"AR1 ML level": got.coefficients[2], "AR1 ML phi": got.phi}.items():
        printed, tolerance = reference("itsa_reml")[name]
        assert value == pytest.approx(printed, abs=tolerance), name


@needs_cases
@pytest.mark.parametrize("model", ["ols_hac", "reml_ar1"])
def test_noise_at_the_boundary_refuses_inference_and_keeps_the_description(model):
    got = effect(california(), "Year", "PacksPerCapita", 1989, model=model)
    assert got.refusals[0].codes == ("unit_root",)
    assert "not identified separately from a unit root" in got.refusals[0].sentences[0]
    assert np.isnan([got.ci_low, got.ci_high, got.p_value]).all()
    assert {d.name: d.answer for d in got.diagnostics}["boundary"] == "failed"
    assert not got.supported and not got.excludes_null


SICILY = [
    # figure            model           harmonics  slope
    ("m1 Poisson RR", "m1 CI", "poisson", 0, False),
    ("m1 Poisson RR", "m2 CI", "quasipoisson", 0, False),
    ("m3 + 2 harmonics RR", "m3 CI", "quasipoisson", 2, False),
    ("m4 + slope RR", None, "quasipoisson", 2, True),
]


def sicily(model: str, harmonics: int, slope: bool) -> EffectEstimate:
    frame = pd.read_csv(CASES / "sicily" / "sicily.csv")
    frame["date"] = pd.to_datetime(frame[["year", "month"]].assign(day=1))
    options = {"population": "stdpop", "harmonics": harmonics, "period": 12, "slope": slope}
    return effect(frame, "date", "aces", "2005-01-01", model=model, **options)


@needs_cases
@pytest.mark.parametrize(("ratio", "interval", "model", "harmonics", "slope"), SICILY)
def test_lopez_bernal_2017_smoking_ban(ratio, interval, model, harmonics, slope):
    got, printed = sicily(model, harmonics, slope), reference("sicily")
    assert got.estimate == pytest.approx(printed[ratio][0], abs=printed[ratio][1])
    if interval:
        low, high = map(float, str(printed[interval][0]).split(".."))
        assert (got.ci_low, got.ci_high) == pytest.approx((low, high), abs=printed[interval][1])


@needs_cases
def test_sicily_dispersion_and_test_of_the_slope():
    printed = reference("sicily")
    plain, level, slope = (
        sicily("quasipoisson", 0, False),
        sicily("quasipoisson", 2, False),
        sicily("quasipoisson", 2, True),
    )
    for name, got in {"m2 quasi dispersion": plain, "m3 dispersion": level}.items():
        assert got.details["dispersion"] == pytest.approx(printed[name][0], abs=printed[name][1])
    f = (level.details["deviance"] - slope.details["deviance"]) / slope.details["dispersion"]
    assert f == pytest.approx(float(str(printed["m3 vs m4 F, p"][0]).split(",")[0]), abs=1e-4)


EUROSTAT = CASES.parent / "data" / "eurostat_migr_asytpsm_UA_T_TOTAL__sdmx_csv2_labels_both.csv"

STOCK_BREAKS = [
    # a naive segmented regression calls these "effects"
    ("BG", "2024-02-01", "break_near_onset"),  # -73 %, flagged
    ("DE", "2024-07-01", "break_near_onset"),
    ("LT", "2024-10-01", "break_near_onset"),  # -41 %, flagged
    ("NL", "2023-01-01", "break_near_onset"),
    ("CZ", "2023-03-01", "unit_root"),  # -27 %, re-registration, not flagged
    ("SE", "2023-03-01", "unit_root"),
]


@pytest.mark.skipif(not EUROSTAT.exists(), reason="Eurostat's stock file is not beside the repository")
@pytest.mark.parametrize(("geo", "onset", "code"), STOCK_BREAKS)
def test_a_break_in_a_stock_is_refused(geo, onset, code):
    raw = pd.read_csv(EUROSTAT).query("geo == @geo")
    frame = pd.DataFrame({"month": pd.to_datetime(raw["TIME_PERIOD"]), "y": raw["OBS_VALUE"], "flag": raw["OBS_FLAG"]})
    result = interrupted_time_series(frame, "month", "y", onset)
    refusals = (result,) if isinstance(result, Refusal) else result.refusals
    assert [refusal.codes for refusal in refusals] == [(code,)]
