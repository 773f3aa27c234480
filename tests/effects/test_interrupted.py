import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.diagnostic import acorr_breusch_godfrey

from analysis.effects import EffectEstimate, Refusal, interrupted_time_series
from analysis.effects.linear import breusch_godfrey, default_lags
from analysis.errors import DataRejected, UsageError


def noise(n: int, phi: float, seed: int) -> np.ndarray:
    shocks = np.random.default_rng(seed).standard_normal(n + 100)
    values = np.zeros(n + 100)
    for i in range(1, n + 100):
        values[i] = phi * values[i - 1] + shocks[i]
    return values[100:]


def series(n: int = 48, onset: int = 24, level: float = 0.0, slope: float = 0.0, phi: float = 0.3, seed: int = 5):
    t = np.arange(n)
    after = t >= onset
    y = 20 + 0.2 * t + level * after + slope * after * (t - onset) + noise(n, phi, seed)
    dates = pd.date_range("2022-03-13", periods=n, freq="14D")
    return pd.DataFrame({"period": dates, "t": t, "y": y})


def estimate(frame, onset=24, time="t", **options) -> EffectEstimate:
    result = interrupted_time_series(frame, time, "y", onset, **options)
    assert isinstance(result, EffectEstimate), result
    return result


@pytest.mark.parametrize("lags", [0, 1, 3, 7])
@pytest.mark.parametrize("slope", [True, False])
def test_the_standard_error_is_that_of_statsmodels(lags, slope):
    frame = series()
    t, after = frame["t"].to_numpy(), (frame["t"] >= 24).to_numpy(float)
    x = np.column_stack([np.ones(48), t, after] + ([after * (t - 24)] if slope else []))
    oracle = sm.OLS(frame["y"], x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    lagrange = acorr_breusch_godfrey(oracle, nlags=1, result_object=False)
    got = estimate(frame, lags=lags, slope=slope)
    assert got.estimate == pytest.approx(oracle.params.iloc[2], rel=1e-10)
    assert got.std_error == pytest.approx(oracle.bse.iloc[2], rel=1e-10)
    assert got.fitted.to_numpy() == pytest.approx(oracle.fittedvalues.to_numpy())
    assert breusch_godfrey(x, oracle.resid.to_numpy()) == pytest.approx(lagrange[0])


@pytest.mark.parametrize(("n", "lags"), [(20, 2), (48, 3), (100, 4), (365, 5)])
def test_default_lags(n, lags):
    assert default_lags(n) == lags


@pytest.mark.parametrize("model", ["ols_hac", "reml_ar1", "arima", "structural"])
def test_a_planted_effect_lies_in_the_interval(model):
    got = estimate(series(level=6.0, slope=0.5), model=model)
    assert got.ci_low < 6.0 < got.ci_high
    assert got.slope_change.ci_low < 0.5 < got.slope_change.ci_high
    assert got.excludes_null and got.p_value < 0.05
    assert (got.n_obs, got.n_units, got.n_treated, got.unit, got.null) == (48, 1, 1, "outcome", 0.0)
    assert "t" in got.inference and got.counterfactual.index[0] == 24


def test_a_planted_rate_ratio_lies_in_the_interval():
    rng = np.random.default_rng(5)
    t = np.arange(60)
    people = 1000.0 + 10 * t
    frame = pd.DataFrame({"t": t, "people": people, "y": rng.poisson(people * 0.05 * np.where(t >= 30, 0.7, 1.0))})
    got = interrupted_time_series(frame, "t", "y", 30, model="poisson", population="people", slope=False)
    assert got.ci_low < 0.7 < got.ci_high < got.null == 1.0
    assert got.unit == "rate ratio"
    assert (got.counterfactual_low < got.counterfactual).all() and (got.counterfactual < got.counterfactual_high).all()


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-1e4, 1e4), seed=st.integers(0, 1000))
def test_a_constant_added_to_the_outcome_changes_no_effect(shift, seed):
    frame = series(level=3.0, seed=seed)
    plain, moved = (estimate(one, checks=False) for one in (frame, frame.assign(y=frame["y"] + shift)))
    for field in ("estimate", "std_error"):
        assert getattr(moved, field) == pytest.approx(getattr(plain, field), rel=1e-6, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(factor=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
def test_scaling_the_outcome_scales_the_effect(factor, seed):
    frame = series(level=3.0, seed=seed)
    plain, scaled = (estimate(one, checks=False) for one in (frame, frame.assign(y=frame["y"] * factor)))
    assert scaled.estimate == pytest.approx(plain.estimate * factor, rel=1e-6)
    assert scaled.std_error == pytest.approx(plain.std_error * factor, rel=1e-6)
    assert scaled.p_value == pytest.approx(plain.p_value, rel=1e-3, abs=1e-9, nan_ok=True)


def test_rows_out_of_order_are_sorted_and_said():
    frame = series(level=3.0)
    got = estimate(frame.sample(frac=1, random_state=1))
    assert got.estimate == pytest.approx(estimate(frame).estimate)
    assert any("sorted" in warning for warning in got.warnings)


def test_dates_and_counters_give_the_same_effect():
    frame = series(level=3.0)
    assert estimate(frame, onset="2023-02-12", time="period").estimate == pytest.approx(estimate(frame).estimate)


def test_missing_outcomes_are_left_out_counted_and_keep_their_distance():
    frame = series(level=3.0)
    holes = frame.assign(y=frame["y"].where(~frame["t"].isin([5, 6, 30])))
    got, absent = estimate(holes), estimate(holes.dropna())
    assert (got.n_obs, absent.n_obs) == (45, 45)
    assert any(warning.startswith("3 of 48 periods have no outcome") for warning in got.warnings)
    assert any(warning.startswith("3 periods between") for warning in absent.warnings)
    assert got.std_error == pytest.approx(absent.std_error)


WRONG_INPUT = [
    # what is wrong          change                                            error         the message says
    ("duplicate times", lambda f: pd.concat([f, f.iloc[[4]]]), DataRejected, "occur more than once, the first 4"),
    ("text dates", lambda f: f.assign(t=f["t"].astype(str)), DataRejected, "t must be dates or numbers, not '0'"),
    ("missing time", lambda f: f.assign(t=f["t"].where(f["t"] != 3)), DataRejected, "t must be filled in every row"),
    ("infinite", lambda f: f.assign(y=f["y"].where(f["t"] != 7, np.inf)), DataRejected, "y must be finite, not inf"),
    ("text outcome", lambda f: f.assign(y="many"), DataRejected, "y must be numeric, not 'many'"),
    ("uneven", lambda f: f.assign(t=f["t"] + 0.5 * (f["t"] == 9)), DataRejected, "t must be evenly spaced"),
    ("no rows", lambda f: f.iloc[:0], DataRejected, "at least one row"),
    ("no column", lambda f: f.rename(columns={"y": "z"}), UsageError, "column 'y' must be one of period, t, z"),
]


@pytest.mark.parametrize(
    ("change", "error", "says"), [w[1:] for w in WRONG_INPUT], ids=[w[0].replace(" ", "-") for w in WRONG_INPUT]
)
def test_wrong_input_is_a_clear_error(change, error, says):
    with pytest.raises(error) as caught:
        interrupted_time_series(change(series()), "t", "y", 24)
    assert says in str(caught.value)


WRONG_USE = [
    (
        {"model": "arimax"},
        "the model must be one of ols_hac, reml_ar1, arima, structural, poisson, quasipoisson, not 'arimax'",
    ),
    ({"harmonics": 2}, "period must be given"),
    ({"harmonics": 2, "period": 3}, "period must be given, and at least twice the harmonics, not 3"),
    ({"population": "t"}, "population must be given only with poisson or quasipoisson"),
    ({"lags": -1}, "lags must be a whole number, zero or more"),
    ({"model": "reml_ar1", "lags": 2}, "with the model ols_hac"),
    ({"ramp_from": "sometime"}, "ramp_from must be one of onset, period_before"),
]


@pytest.mark.parametrize(("options", "says"), WRONG_USE)
def test_wrong_use_is_a_clear_error(options, says):
    with pytest.raises(UsageError) as caught:
        interrupted_time_series(series(), "t", "y", 24, **options)
    assert says in str(caught.value)


@pytest.mark.parametrize("onset", ["2023-01-01", object()])
def test_an_onset_of_another_kind_is_wrong_use(onset):
    with pytest.raises(UsageError, match="the onset must be comparable with t"):
        interrupted_time_series(series(), "t", "y", onset)


@pytest.mark.parametrize("outcome", [-1.0])
def test_negative_counts_are_rejected(outcome):
    frame = series().assign(y=outcome).assign(y=lambda f: f["y"] + f["t"] % 3)
    with pytest.raises(DataRejected, match="zero or more"):
        interrupted_time_series(frame, "t", "y", 24, model="poisson")


def test_a_pre_trend_jump_fails_the_placebo():
    frame = series(level=8.0)
    jump = frame.assign(y=frame["y"] + 8 * (frame["t"] >= 12))
    answers = {d.name: d.answer for d in estimate(jump).diagnostics}
    assert answers["placebo onset"] == "failed"


def test_a_clean_series_passes_the_placebo_only_if_it_could_have_failed():
    strong, weak = estimate(series(level=30.0)), estimate(series(level=0.3))
    assert {d.name: d.answer for d in strong.diagnostics}["placebo onset"] == "passed"
    assert {d.name: d.answer for d in weak.diagnostics}["placebo onset"] == "cannot tell"


def test_autocorrelation_that_is_left_is_said():
    frame = series(96)
    rough = frame.assign(y=frame["y"] + 6 * np.cos(2 * np.pi * frame["t"] / 4))
    got = estimate(rough, onset=48)
    assert {d.name: d.answer for d in got.diagnostics}["residual autocorrelation"] == "failed"
    seasonal = estimate(rough, onset=48, harmonics=1, period=4)
    assert {d.name: d.answer for d in seasonal.diagnostics}["residual autocorrelation"] == "passed"
    assert seasonal.std_error < got.std_error


def test_a_short_series_is_refused_not_estimated():
    assert isinstance(interrupted_time_series(series(10), "t", "y", 5), Refusal)
