"""Fixed effects with few clusters: published figures, brute force, and what theory says."""

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.effects import bacon_decomposition, callaway_santanna, clustered_regression, two_way_fixed_effects
from analysis.effects.clustered import cluster_errors, fit, prepare
from analysis.effects.wild import wild_bootstrap
from analysis.errors import DataRejected, UsageError
from effects.published import CASES, assert_printed, castle, mpdta, needs_cases, printed

STATE = ("sid", "year", "l_homicide", "post")


def row(result, kind: str) -> pd.Series:
    return result.table.set_index("inference").loc[kind]


@needs_cases
def test_castle_doctrine_the_two_copies_give_two_figures():
    ours, other = castle("bacondecomp"), castle("did2s")
    both = ours.merge(other, on=["sid", "year"])
    assert int((both["post_x"] != both["post_y"]).sum()) == 21
    pinned = two_way_fixed_effects(ours, *STATE)
    assert_printed(
        "castle",
        {
            "TWFE (bacondecomp copy)": pinned.estimate,
            "TWFE (did2s copy)": two_way_fixed_effects(other, *STATE, draws=0).estimate,
            "CR1S SE": row(pinned, "CR1S")["std_error"],
            "CR2 SE": pinned.std_error,
            "CR2 Satterthwaite df": pinned.details["df"],
            "CR2 p": pinned.p_value,
        },
    )
    assert (pinned.n_obs, pinned.n_units, pinned.n_treated) == (550, 50, 21)


@needs_cases
def test_castle_doctrine_decomposed():
    got, figures = bacon_decomposition(castle("bacondecomp"), *STATE), printed("castle")
    for name, kind in {
        "Bacon E-vs-L weight/est": "Earlier vs Later Treated",
        "Bacon L-vs-E": "Later vs Earlier Treated",
        "Bacon T-vs-U": "Treated vs Untreated",
    }.items():
        text, tolerance = figures[name]
        weight, estimate = map(float, str(text).split("/"))
        assert got.details[f"weight: {kind}"] == pytest.approx(weight, abs=tolerance), name
        assert got.details[f"estimate: {kind}"] == pytest.approx(estimate, abs=tolerance), name
    assert (got.table["weight"] * got.table["estimate"]).sum() == pytest.approx(got.estimate, abs=1e-12)
    assert got.table["weight"].sum() == pytest.approx(1)


@needs_cases
def test_minimum_wage_two_way():
    frame = mpdta().assign(d=lambda f: ((f["start"] > 0) & (f["year"] >= f["start"])) * 1)
    assert_printed("mpdta", {"TWFE": two_way_fixed_effects(frame, "countyreal", "year", "lemp", "d").estimate})


def voters(**options):
    frame = pd.read_csv(CASES / "voters" / "voters.csv")
    names = {"covariates": ["log_income"], "factors": ["Q1_immigration", "Q2_defense"]}
    return clustered_regression(frame, "proposition_vote", "treatment", "group_id1", **names, **options)


@needs_cases
@pytest.mark.parametrize("multiplier", ["rademacher", "webb"])
def test_voters_wild_cluster_bootstrap(multiplier):
    got = voters(inference="WCR", multiplier=multiplier)
    assert_printed(
        "voters",
        {
            "coef": got.estimate,
            "t (CR1S)": row(got, "CR1S")["t"],
            "WCR p (9999)": got.p_value,
            "CR2 SE": row(got, "CR2")["std_error"],
            "CR2 df": row(got, "CR2")["df"],
        },
    )
    text, tolerance = printed("voters")["WCR 95% CI"]
    low, high = map(float, str(text).strip("[]").split(","))
    assert (got.ci_low, got.ci_high) == pytest.approx((low, high), abs=tolerance)


def regression_data(clusters: int = 8, seed: int = 0, weighted: bool = False):
    """Uneven clusters, two covariates, a treatment that varies within some clusters; y, x, w, codes."""
    generator = np.random.default_rng(seed)
    codes = np.repeat(np.arange(clusters), generator.integers(4, 9, size=clusters))
    n = len(codes)
    x = np.column_stack([generator.normal(size=(n, 2)), (generator.random(n) < 0.2 + 0.6 * (codes % 2)) * 1.0])
    y = x @ [1.0, -0.5, 0.4] + generator.normal(size=clusters)[codes] + generator.normal(size=n)
    w = generator.uniform(0.5, 2, size=n) if weighted else np.ones(n)
    return y, x, w, codes


@pytest.mark.parametrize("weighted", [False, True])
def test_cr2_is_unbiased_for_independent_errors_and_cr3_is_the_jackknife(weighted):
    y, x, w, codes = regression_data(weighted=weighted)
    result = fit(prepare(y, x, w, codes, None, []))
    errors = cluster_errors(result)
    full = np.column_stack([np.ones(len(y)), x])
    bread = np.linalg.inv((full * w[:, None]).T @ full)
    lean = bread @ (full * w[:, None]).T
    residual_maker = np.eye(len(y)) - full @ lean
    squares = []
    for e in residual_maker.T:
        scaled = type(result)(result.design, result.beta, result.bread, e * np.sqrt(w))
        squares.append(cluster_errors(scaled)["CR2"].std_error ** 2)
    assert sum(squares) == pytest.approx((lean @ lean.T)[-1, -1], rel=1e-9)
    whole = (lean @ y)[-1]
    gaps = []
    for g in np.unique(codes):
        rest = codes != g
        part = np.linalg.lstsq(full[rest] * np.sqrt(w[rest])[:, None], y[rest] * np.sqrt(w[rest]), rcond=None)[0]
        gaps.append(part[-1] - whole)
    assert errors["CR3 (no factor)"].std_error == pytest.approx(np.sqrt(np.sum(np.square(gaps))), rel=1e-9)
    assert errors["CR3"].std_error == pytest.approx(np.sqrt(7 / 8 * np.sum(np.square(gaps))), rel=1e-9)


def brute_force_p(y, full, codes, null: float) -> float:
    """The restricted wild cluster bootstrap over all sign patterns, one regression for each."""

    def t_of(response, effect):
        beta = np.linalg.lstsq(full, response, rcond=None)[0]
        scores = full * (response - full @ beta)[:, None]
        sums = np.array([scores[codes == g].sum(axis=0) for g in np.unique(codes)]) @ np.linalg.inv(full.T @ full)
        return (beta[-1] - effect) / np.sqrt((sums[:, -1] ** 2).sum())

    others = full[:, :-1]
    fitted = others @ np.linalg.lstsq(others, y - null * full[:, -1], rcond=None)[0] + null * full[:, -1]
    observed, reached = abs(t_of(y, null)), 0
    patterns = list(itertools.product((1, -1), repeat=len(np.unique(codes))))
    for signs in patterns:
        reached += abs(t_of(fitted + np.array(signs)[codes] * (y - fitted), null)) >= observed * (1 - 1e-9)
    return reached / len(patterns)


@pytest.mark.parametrize("null", [0.0, 0.4, -1.0])
def test_the_wild_bootstrap_is_what_one_regression_a_draw_gives(null):
    y, x, w, codes = regression_data(clusters=7)
    wild = wild_bootstrap(fit(prepare(y, x, w, codes, None, [])), 999, "rademacher", 0)
    assert wild.exact and wild.draws == 128
    assert wild.p_value(null) == brute_force_p(y, np.column_stack([np.ones(len(y)), x]), codes, null)


def test_the_interval_holds_what_the_test_does_not_reject():
    y, x, w, codes = regression_data(clusters=20)
    wild = wild_bootstrap(fit(prepare(y, x, w, codes, None, [])), 1999, "webb", 3)
    low, high = wild.interval()
    assert wild.p_value(low - 1e-6) <= 0.05 < wild.p_value(low + 1e-6)
    assert wild.p_value(high + 1e-6) <= 0.05 < wild.p_value(high - 1e-6)


def panel(units: int = 24, periods: int = 6, seed: int = 0, holes: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    start = np.array([99, 2, 4])[unit % 3]
    d = (time >= start) * 1
    y = generator.normal(size=len(unit)) + 0.5 * d + generator.normal(size=units)[unit] + time
    frame = pd.DataFrame({"unit": unit, "time": time, "d": d, "x": generator.normal(size=len(unit)), "y": y})
    frame["w"] = 1 + unit % 2
    return frame.drop(frame.index[generator.permutation(len(frame))[:holes]])


@pytest.mark.parametrize("options", [{}, {"covariates": ["x"]}, {"weights": "w"}, {"clusters": "half"}], ids=str)
@pytest.mark.parametrize("holes", [0, 20])
def test_absorbed_and_explicit_effects_agree_and_nothing_else_matters(options, holes):
    frame = panel(holes=holes).assign(half=lambda f: f["unit"] // 2)
    got = two_way_fixed_effects(frame, "unit", "time", "y", "d", **options)
    named = {name: options[name] for name in options if name != "clusters"}
    names = {"factors": ["unit", "time"], **named}
    explicit = clustered_regression(frame, "y", "d", options.get("clusters", "unit"), **names)
    pd.testing.assert_frame_equal(got.table, explicit.table)
    moved = frame.assign(y=3 * (frame["y"] + 20 * frame["unit"] - frame["time"] ** 3), unit=500 - frame["unit"])
    scaled = two_way_fixed_effects(moved, "unit", "time", "y", "d", **options, draws=0)
    assert scaled.estimate == pytest.approx(3 * got.estimate)
    for kind in ("CR1S", "CR1", "CR2", "CR3"):
        assert row(scaled, kind)["std_error"] == pytest.approx(3 * row(got, kind)["std_error"])
        assert row(scaled, kind)["df"] == pytest.approx(row(got, kind)["df"])


def test_two_groups_and_one_start_are_a_difference_in_differences():
    frame = panel()
    frame = frame[frame["unit"] % 3 != 2].assign(start=lambda f: np.where(f["unit"] % 3 == 1, 2, np.nan))
    two_way = two_way_fixed_effects(frame, "unit", "time", "y", "d").estimate
    means = (
        frame.assign(after=frame["time"] >= 2, treated=frame["start"] == 2).groupby(["treated", "after"])["y"].mean()
    )
    gap = means[True, True] - means[True, False] - means[False, True] + means[False, False]
    assert two_way == pytest.approx(gap)
    last = frame[frame["time"].isin([1, 2])]
    assert callaway_santanna(last, "unit", "time", "y", "start").estimate == pytest.approx(
        two_way_fixed_effects(last, "unit", "time", "y", "d").estimate
    )


def test_always_treated_units_are_a_kind_of_their_own():
    frame = panel().assign(d=lambda f: np.where(f["unit"] == 0, 1, f["d"]))
    got = bacon_decomposition(frame, "unit", "time", "y", "d")
    assert got.details["weight: Later vs Always Treated"] > 0
    assert (got.table["weight"] * got.table["estimate"]).sum() == pytest.approx(got.estimate)


def test_few_clusters_say_what_they_cannot():
    frame = panel(units=4)
    got = two_way_fixed_effects(frame, "unit", "time", "y", "d", inference="WCR")
    assert any("cannot reject at 5 %" in warning for warning in got.warnings)
    assert np.isnan([got.p_value, got.ci_low, got.ci_high]).all() and np.isfinite([got.estimate, got.std_error]).all()
    assert got.refusals[0].codes == ("minimum_p_too_large",)
    alone = two_way_fixed_effects(frame[frame["unit"].isin([0, 1, 3])], "unit", "time", "y", "d")
    assert any("Only 1 treated" in warning for warning in alone.warnings)


def test_collinear_columns_are_counted_or_refused():
    frame = panel().assign(twin=lambda f: f["unit"] * 2.0, shadow=lambda f: f["d"] + f["unit"] - f["time"])
    got = two_way_fixed_effects(frame, "unit", "time", "y", "d", covariates=["twin"])
    assert any("1 covariates are collinear" in warning for warning in got.warnings)
    assert got.estimate == pytest.approx(two_way_fixed_effects(frame, "unit", "time", "y", "d").estimate)
    with pytest.raises(DataRejected, match="the treatment must be varying once the fixed effects"):
        two_way_fixed_effects(frame, "unit", "time", "y", "d", covariates=["shadow"])
    with pytest.raises(UsageError, match="the inference must be one of CR1S, CR1, CR2, CR3, WCR"):
        two_way_fixed_effects(frame, "unit", "time", "y", "d", inference="HC1")
