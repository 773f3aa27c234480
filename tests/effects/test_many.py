"""Many series at once: the figures, refusals and errors of one at a time, and those of statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.effects import Refusal, interrupted_time_series, interrupted_time_series_many
from analysis.effects.ar1 import Ar1Likelihood, whiten
from analysis.errors import DataRejected, UsageError

FIGURES = ("estimate", "std_error", "ci_low", "ci_high", "p_value")
KEYS = ("series", "t", "y")


def stack(series: int = 6, periods: int = 40, onset: int = 20, seed: int = 3) -> pd.DataFrame:
    """Correlated noise on a trend, with an effect; counts of it and a population."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(size=(series, periods))
    for t in range(1, periods):
        noise[:, t] += 0.4 * noise[:, t - 1]
    t = np.tile(np.arange(periods), series)
    people = 1000.0 + 5 * t
    return pd.DataFrame(
        {
            "series": np.repeat([f"s{i}" for i in range(series)], periods),
            "t": t,
            "y": 20 + 0.1 * t + 2 * (t >= onset) + noise.ravel(),
            "people": people,
            "count": generator.poisson(0.05 * people * np.exp(0.1 * noise.ravel())),
        }
    )


def assert_same(frame: pd.DataFrame, outcome: str = "y", onset: object = 20, rel: float = 1e-8, **options) -> None:
    table = interrupted_time_series_many(frame, "series", "t", outcome, onset, **options)
    assert table["series"].tolist() == sorted(frame["series"].unique())
    for row in table.to_dict("records"):
        one = interrupted_time_series(frame[frame["series"] == row["series"]], "t", outcome, onset, **options)
        if isinstance(one, Refusal):
            assert row["codes"] == one.codes
            assert np.isnan([row[name] for name in FIGURES]).all()
            continue
        assert row["codes"] == tuple(code for refusal in one.refusals for code in refusal.codes)
        assert (row["n_obs"], row["unit"]) == (one.n_obs, one.unit)
        for name in FIGURES:
            assert row[name] == pytest.approx(getattr(one, name), rel=rel, nan_ok=True), name
            if options.get("slope", True):
                assert row[f"slope_{name}"] == pytest.approx(getattr(one.slope_change, name), rel=rel, nan_ok=True)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"slope": False, "lags": 6},
        {"harmonics": 1, "period": 12, "ramp_from": "period_before"},
        {"model": "reml_ar1"},
        {"model": "reml_ar1", "harmonics": 1, "period": 12},
    ],
    ids=str,
)
def test_each_series_has_the_figures_of_one_at_a_time(options):
    assert_same(stack(), **options)


@pytest.mark.parametrize("model", ["poisson", "quasipoisson"])
@pytest.mark.parametrize("population", [None, "people"])
def test_each_count_series_has_the_figures_of_one_at_a_time(model, population):
    assert_same(stack(), "count", model=model, population=population, harmonics=1, period=12)


def gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Series that start late, end early, lack outcomes, rows, the onset itself; one too short, two that never move."""
    s, t = frame["series"], frame["t"]
    kept = ~((s == "s0") & (t < 4)) & ~((s == "s1") & (t > 33)) & ~((s == "s2") & t.isin([7, 8, 20]))
    kept &= ~((s == "s5") & (t < 14))
    holes = ((s == "s3") & t.isin([0, 5, 20, 39])) | ((s == "s4") & (t % 3 == 1))
    return frame.assign(y=frame["y"].where(~holes))[kept].sample(frac=1, random_state=1)


@pytest.mark.parametrize("model", ["ols_hac", "reml_ar1"])
def test_gaps_late_starts_and_refusals_are_those_of_one_at_a_time(model):
    frame = gaps(stack())
    flat = stack(2).assign(series=lambda f: "z" + f["series"], y=lambda f: np.where(f["series"] == "zs0", 5.0, f["t"]))
    both = pd.concat([frame, flat])
    assert_same(both, model=model)
    table = interrupted_time_series_many(both, *KEYS, 20, model=model).set_index("series")
    assert table.loc["s5", "codes"] == ("pre_period_short",)
    assert table.loc[["zs0", "zs1"], "codes"].tolist() == [("no_variation",)] * 2
    assert table.loc[["s0", "s2", "s3"], ["n_missing", "n_absent"]].to_numpy().tolist() == [[0, 0], [0, 3], [4, 0]]


def test_breaks_recounts_and_random_walks_are_refused_as_one_at_a_time():
    frame = stack(4)
    frame["flag"] = np.where((frame["series"] == "s0") & (frame["t"] == 19), "b", "")
    jump = (frame["series"] == "s1") & (frame["t"] >= 20)
    frame["y"] = frame["y"] + 40 * jump
    walk = np.random.default_rng(1).normal(size=40).cumsum().cumsum()
    frame.loc[frame["series"] == "s2", "y"] = 1000 + walk
    assert_same(frame, kind="stock")
    assert_same(frame, model="reml_ar1")
    codes = interrupted_time_series_many(frame, *KEYS, 20, kind="stock").set_index("series")["codes"]
    assert codes["s0"] == ("break_near_onset",) and codes["s1"] == ("stock_recounted",) and codes["s3"] == ()
    assert codes["s2"] == ("unit_root",)


def test_dates_and_numbers_tell_the_same():
    frame = stack()
    dated = frame.assign(t=pd.date_range("2023-01-01", periods=40, freq="2W")[frame["t"]])
    by_date = interrupted_time_series_many(dated, *KEYS, dated["t"].unique()[20])
    pd.testing.assert_frame_equal(by_date, interrupted_time_series_many(frame, *KEYS, 20))


def columns(frame: pd.DataFrame) -> np.ndarray:
    t = frame["t"].to_numpy()[:40]
    return np.column_stack([np.ones(40), t, t >= 20, (t >= 20) * (t - 20)]).astype(float)


def test_newey_west_and_quasi_poisson_are_those_of_statsmodels():
    frame, x = stack(), columns(stack())
    hac = interrupted_time_series_many(frame, *KEYS, 20, lags=3)
    counts = interrupted_time_series_many(
        frame, "series", "t", "count", 20, model="quasipoisson", population="people", ramp_from="onset"
    )
    for i, (_, rows) in enumerate(frame.groupby("series")):
        ols = sm.OLS(rows["y"].to_numpy(), x).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True})
        offset = np.log(rows["people"].to_numpy())
        glm = sm.GLM(rows["count"].to_numpy(), x, family=sm.families.Poisson(), offset=offset).fit(
            scale="X2", tol=1e-12
        )
        assert hac.loc[i, ["estimate", "std_error"]].tolist() == pytest.approx([ols.params[2], ols.bse[2]], rel=1e-8)
        assert np.log(counts.loc[i, "estimate"]) == pytest.approx(glm.params[2], rel=1e-8)
        assert counts.loc[i, "std_error"] / counts.loc[i, "estimate"] == pytest.approx(glm.bse[2], rel=1e-8)


def test_reml_is_least_squares_of_whitened_rows_at_the_top_of_the_likelihood():
    frame, x, position = stack(), columns(stack()), np.arange(40)
    table = interrupted_time_series_many(frame, *KEYS, 20, model="reml_ar1")

    def fit(y, phi):
        return sm.OLS(whiten(y, position, phi), whiten(x, position, phi)).fit()

    def likelihood(y, phi):
        found = fit(y, phi)
        return (
            -39 / 2 * np.log(1 - phi**2)
            - 18 * np.log(found.ssr)
            - np.linalg.slogdet(found.normalized_cov_params)[1] / -2
        )

    for i, (_, rows) in enumerate(frame.groupby("series")):
        y, phi = rows["y"].to_numpy(), table.loc[i, "noise"]
        ours = table.loc[i, ["estimate", "std_error"]].tolist()
        assert ours == pytest.approx([fit(y, phi).params[2], fit(y, phi).bse[2]], rel=1e-8)
        assert likelihood(y, phi) >= max(likelihood(y, p) for p in (phi - 1e-4, phi + 1e-4, -0.3, 0.0, 0.3, 0.6, 0.9))


def test_the_slope_of_the_likelihood_is_its_derivative():
    position = np.array([0, 1, 2, 4, 5, 6, 9, 10, 11, 12, 13, 14])
    x = np.column_stack([np.ones(12), position])
    y = np.random.default_rng(0).normal(size=(12, 3))
    for restricted in (True, False):
        model = Ar1Likelihood(x, y, position, restricted=restricted)
        phis = np.array([-0.4, 0.3, 0.9])
        up, down = (np.diag(model.table(phis + step)[0]) for step in (1e-6, -1e-6))
        assert model.at(phis)[3] == pytest.approx((up - down) / 2e-6, rel=1e-6)


WRONG = [
    (
        {},
        lambda f: pd.concat([f, f.iloc[[4]]]),
        DataRejected,
        "1 unit-periods occur more than once, as unit s0, time 4",
    ),
    ({}, lambda f: f.assign(y=f["y"].where(f["t"] != 7, np.inf)), DataRejected, "y must be finite, not inf"),
    ({}, lambda f: f.assign(t=f["t"].astype(str)), DataRejected, "t must be dates or numbers, not '0'"),
    ({}, lambda f: f.assign(t=f["t"] + 0.5 * (f["t"] == 9)), DataRejected, "t must be evenly spaced"),
    ({}, lambda f: f.drop(columns="y"), UsageError, "column 'y' must be one of"),
    ({}, lambda f: f.iloc[:0], DataRejected, "at least one row"),
    ({"model": "arima"}, lambda f: f, UsageError, "for many series, not 'arima'"),
    ({"model": "poisson"}, lambda f: f.assign(y=-f["y"]), DataRejected, "zero or more"),
    ({"model": "poisson", "population": "people"}, lambda f: f.assign(people=0), DataRejected, "positive"),
]


@pytest.mark.parametrize(("options", "spoil", "error", "says"), WRONG)
def test_wrong_input_is_a_clear_error(options, spoil, error, says):
    with pytest.raises(error) as caught:
        interrupted_time_series_many(spoil(stack()), *KEYS, 20, **options)
    assert says in str(caught.value)
