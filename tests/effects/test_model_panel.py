import numpy as np
import pandas as pd
import pytest

from analysis.effects import ModelPanel, its_panel_of_models, series_design
from analysis.effects.arma import ORDERS, arma_noise, fit_arma
from analysis.effects.segmented import LEVEL, columns_of
from analysis.errors import UsageError
from effects.published import CASES, assert_printed, needs_cases
from effects.test_interrupted import series

LINEAR = ("ols_hac", "reml_ar1", "arima", "structural")


def california() -> pd.DataFrame:
    return pd.read_csv(CASES / "itsa_reml" / "california_itsa.csv")


@needs_cases
def test_four_defensible_models_of_one_published_series_differ_threefold_and_none_supports_inference():
    got = its_panel_of_models(california(), "Year", "PacksPerCapita", 1989, models=LINEAR, lags=1)
    sizes = [result.estimate for result in got.estimates.values()]
    assert_printed("itsa_reml", {"NW(1) level change": sizes[0], "AR1 REML level": sizes[1]})
    assert max(map(abs, sizes)) > 3 * min(map(abs, sizes))
    assert got.refused == dict.fromkeys(LINEAR, ("unit_root",))
    assert got.share_same_sign == 1.0
    assert np.isnan(got.share_excluding_null)


@needs_cases
@pytest.mark.parametrize(
    ("restricted", "figures"),
    [
        (False, {"AR1 ML level": "level", "AR1 ML phi": "phi"}),
        (True, {"AR1 REML level": "level", "AR1 REML SE level": "error", "AR1 REML phi (boundary)": "phi"}),
    ],
)
def test_the_arma_likelihood_of_order_1_0_is_that_of_r(restricted, figures):
    found = series_design(california(), "Year", "PacksPerCapita", 1989).series
    x = columns_of(found, True, 0, None).values
    got = arma_noise(x, found.outcome, found.position, (1, 0), restricted=restricted)
    ours = {"level": got.coefficients[LEVEL], "error": got.covariance[LEVEL, LEVEL] ** 0.5, "phi": got.ar[0]}
    assert_printed("itsa_reml", {name: float(ours[what]) for name, what in figures.items()})


@pytest.mark.parametrize("order", ORDERS)
def test_the_likelihood_is_that_of_statsmodels_with_gaps(order):
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    frame = series(level=3.0)
    holes = frame.assign(y=frame["y"].where(~frame["t"].isin([5, 6, 30])))
    found = series_design(holes, "t", "y", 24).series
    x = columns_of(found, True, 0, None).values
    ours = arma_noise(x, found.outcome, found.position, order, restricted=False)
    grid = columns_of(series_design(frame, "t", "y", 24).series, True, 0, None).values
    model = SARIMAX(holes["y"].to_numpy(), exog=grid, order=(order[0], 0, order[1]), trend="n")
    variance = float(ours.whitened @ ours.whitened) / len(ours.whitened)
    params = np.concatenate([ours.coefficients, ours.ar, ours.ma, [variance]])
    assert ours.log_likelihood == pytest.approx(model.loglike(params), abs=1e-6)


def test_the_rule_picks_the_order_of_the_smallest_criterion():
    found = series_design(series(level=6.0), "t", "y", 24).series
    columns = columns_of(found, True, 0, None)
    each = {order: fit_arma(found, columns, (order,)) for order in ORDERS}
    best = min(each.values(), key=lambda fit: fit.details["aicc"])
    assert fit_arma(found, columns).method == best.method


@needs_cases
def test_count_models_of_the_sicilian_ban_agree():
    frame = pd.read_csv(CASES / "sicily" / "sicily.csv")
    frame["date"] = pd.to_datetime(frame[["year", "month"]].assign(day=1))
    models = {
        "poisson": {"model": "poisson"},
        "quasipoisson": {"model": "quasipoisson"},
        "seasonal": {"model": "quasipoisson", "harmonics": 2, "period": 12},
    }
    options = {"population": "stdpop", "slope": False}
    got = its_panel_of_models(frame, "date", "aces", "2005-01-01", models=models, **options)
    ours = got.table.set_index("model")["estimate"]
    assert_printed("sicily", {"m1 Poisson RR": ours["poisson"], "m3 + 2 harmonics RR": ours["seasonal"]})
    assert (got.share_same_sign, got.share_excluding_null) == (1.0, 1.0)
    assert list(got.table["unit"].unique()) == ["rate ratio"]


def test_a_design_that_answers_nothing_is_refused_by_every_model_in_its_place():
    got = its_panel_of_models(series(n=12, onset=5), "t", "y", 5, models=LINEAR)
    assert isinstance(got, ModelPanel)
    assert list(got.table["model"]) == list(LINEAR)
    assert all("pre_period_short" in codes for codes in got.table["codes"])
    assert got.estimates == {} and np.isnan(got.share_same_sign)


def test_no_model_is_wrong_use():
    with pytest.raises(UsageError, match="one model or more"):
        its_panel_of_models(series(), "t", "y", 24, models=())


def test_without_names_every_model_that_fits_the_outcome_stands_side_by_side():
    frame = series(level=3.0)
    assert tuple(its_panel_of_models(frame, "t", "y", 24).results) == LINEAR
    counts = frame.assign(y=frame["y"].round().clip(lower=0), people=1000.0)
    both = its_panel_of_models(counts, "t", "y", 24, population="people")
    assert tuple(both.results) == (*LINEAR, "poisson", "quasipoisson")
