"""The few-cluster router: its rules, and the false-positive table that they rest on."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.effects.panel_design import PanelDesign
from analysis.effects.power import ar1_panels
from analysis.effects.router import attainable_size, choose_inference, routed_difference

BENCH = Path(__file__).parents[2] / "bench"
TABLE = [
    # clusters, treated, noise variance ratio, method, code
    (3, 1, None, "refused", "minimum_p_too_large"),
    (10, 1, None, "refused", "minimum_p_too_large"),
    (6, 3, None, "refused", "minimum_p_too_large"),
    (7, 3, None, "refused", "test_too_coarse"),
    (10, 2, None, "randomization", ""),
    (10, 2, 4.0, "refused", "unequal_noise"),
    (10, 5, None, "cr2", ""),
    (10, 5, 4.0, "cr2", ""),
    (20, 1, None, "randomization", ""),
    (30, 6, None, "wild_bootstrap", ""),
    (30, 24, None, "wild_bootstrap", ""),
    (581, 1, None, "randomization", ""),
    (40, 5, None, "randomization", ""),
    (581, 5, None, "wild_bootstrap", ""),
    (581, 290, None, "cr2", ""),
    (581, 0, None, "refused", "no_contrast"),
]


@pytest.mark.parametrize(("n", "k", "ratio", "method", "code"), TABLE)
def test_choice(n, k, ratio, method, code):
    got = choose_inference(PanelDesign(n, k, 24, 12, variance_ratio=ratio))
    assert got.method == method and (got.refusal.codes[0] if got.refusal else "") == code
    assert got.supported == (method != "refused") and got.reason.endswith(".")


@given(st.integers(2, 700), st.data())
def test_treating_the_others_instead_changes_nothing_but_where_it_must(n, data):
    k = data.draw(st.integers(1, n - 1))
    one, other = (choose_inference(PanelDesign(n, m, 24, 12)) for m in (k, n - k))
    assert one.method == other.method and one.minimum_p == pytest.approx(other.minimum_p)
    if one.supported:
        assert one.minimum_p <= 0.05 * (1 + 1e-9) and 0.03 <= one.attainable_size <= 0.05
    assert attainable_size(n, k) <= 0.05


def frame(n, effect=0.0, treated=1, seed=0):
    y = ar1_panels(1, n, 36, 0.8, seed)[0]
    y[:treated, 24:] += effect
    return pd.DataFrame({"unit": np.repeat(np.arange(n), 36), "t": np.tile(np.arange(36), n), "y": y.ravel()})


@pytest.mark.parametrize(("n", "k"), [(10, 2), (10, 5), (30, 6)])
def test_a_large_planted_effect_is_found_by_whichever_method(n, k):
    got = routed_difference(frame(n, 8.0, k), "unit", "t", "y", list(range(k)), 24)
    assert got.p_value <= 0.05 and got.ci_low < 8.0 < got.ci_high


@pytest.mark.parametrize(("n", "k"), [(3, 1), (10, 1), (7, 3)])
def test_a_refused_design_keeps_its_descriptive_contrast(n, k):
    got = routed_difference(frame(n, 8.0, k), "unit", "t", "y", list(range(k)), 24)
    assert got.refusals and np.isfinite(got.estimate) and np.isnan([got.p_value, got.ci_low, got.ci_high]).all()
    assert got.inference.startswith("withheld: ")


def test_noisier_treated_clusters_are_refused_and_left_out_controls_said():
    noisy = frame(20, treated=2).assign(y=lambda f: f["y"].where(f["unit"] > 1, 9 * f["y"]))
    got = routed_difference(noisy, "unit", "t", "y", [0, 1], 24)
    assert got.refusals[0].codes == ("unequal_noise",) and np.isfinite(got.estimate)
    for treated in ([0], list(range(8))):
        holed = routed_difference(frame(22, treated=8).drop(index=35 + 21 * 36), "unit", "t", "y", treated, 24)
        assert holed.warnings[0] == "1 controls lack a period and were left out: 21."


def bench():
    spec = importlib.util.spec_from_file_location("false_positives", BENCH / "false_positives.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


KEPT = json.loads((BENCH / "results" / "false_positives.json").read_text(encoding="utf-8"))


def test_the_kept_table_holds_its_size_wherever_it_gives_a_p_value():
    assert KEPT["draws"] == 2000 and KEPT["phi"] == 0.8
    given_p = [row for row in KEPT["rows"] if row["rate"] is not None]
    assert len(given_p) > 30 and {row["method"] for row in given_p} == {"cr2", "wild_bootstrap", "randomization"}
    assert not [row for row in given_p if not 0.03 <= row["rate"] <= 0.07]
    assert max(KEPT["largest_disagreement"].values()) < 0.05  # 999 bootstrap draws; the others agree to 1e-9


def test_the_kept_table_follows_todays_rules():
    for row in KEPT["rows"]:
        ratio = None if row["noise_ratio"] == 1 else row["noise_ratio"] ** 2
        got = choose_inference(PanelDesign(row["clusters"], row["treated"], 24, 12, variance_ratio=ratio))
        assert (got.method, got.refusal.codes[0] if got.refusal else "") == (row["method"], row["code"]), row


@pytest.mark.parametrize(("n", "k", "ratio"), [(10, 2, 1.0), (10, 5, 2.0), (30, 6, 0.5), (60, 6, 2.0)])
def test_a_smaller_simulation_agrees_with_the_kept_table(n, k, ratio):
    kept = next(r for r in KEPT["rows"] if (r["clusters"], r["treated"], r["noise_ratio"]) == (n, k, ratio))
    again = bench().row(n, k, ratio, 400, seed=77)
    tolerance = 4 * np.sqrt(0.05 * 0.95 * (1 / 400 + 1 / 2000))
    assert again["rate"] == pytest.approx(kept["rate"], abs=tolerance)


@pytest.mark.parametrize(("n", "k", "within"), [(10, 5, 1e-9), (10, 2, 1e-9), (30, 6, 0.06)])
def test_the_closed_forms_of_the_simulation_are_the_library(n, k, within):
    assert bench().agreement(n, k, 3, seed=5) < within
