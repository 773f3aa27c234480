"""Refusals of comparisons of clusters, and of stocks that were counted anew."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import LANGUAGES, load_catalogue
from analysis.effects import panel_gate, router
from analysis.effects.gate import identification_gate, series_design
from analysis.effects.panel_design import PanelDesign, cluster_noise, panel_design, stock_jumps
from analysis.effects.power import ar1_panels
from analysis.effects.treated_block import treated_block
from analysis.errors import DataRejected, UsageError

SOUND = PanelDesign(n_clusters=581, n_treated=290, n_pre=24, n_post=12, std_dev=1.0, phi=0.8)

TABLE = [
    # name                              change                                             codes
    ("sound", {}, []),
    ("three regions one treated", {"n_clusters": 3, "n_treated": 1}, ["minimum_p_too_large"]),
    ("ten provinces one treated", {"n_clusters": 10, "n_treated": 1}, ["minimum_p_too_large"]),
    ("ten provinces two treated", {"n_clusters": 10, "n_treated": 2}, []),
    ("six provinces three treated", {"n_clusters": 6, "n_treated": 3}, ["minimum_p_too_large"]),
    ("nobody treated", {"n_treated": 0}, ["no_contrast"]),
    ("everybody treated", {"n_treated": 581}, ["no_contrast"]),
    ("nothing before", {"n_pre": 0}, ["no_contrast"]),
    ("two periods before", {"n_pre": 2}, ["pre_period_short"]),
    ("seven periods before ten provinces", {"n_clusters": 10, "n_treated": 5, "n_pre": 7}, ["pre_period_short"]),
    ("an effect too small to see", {"matters": 0.01}, ["effect_too_small_to_see"]),
    ("an effect large enough", {"matters": 0.5}, []),
    ("no noise", {"std_dev": 0.0}, ["no_variation"]),
    ("random walk", {"phi": 0.985}, ["unit_root"]),
    ("not converged", {"converged": False}, ["not_converged"]),
    ("no overlap", {"overlap": 0.0}, ["no_overlap"]),
    ("anticipation", {"announced": 3, "anticipation_t": -2.5}, ["anticipation"]),
    ("announced and quiet", {"announced": 3, "anticipation_t": 1.2}, []),
    ("flagged break", {"breaks": (-2,)}, ["break_near_onset"]),
    ("flagged break far away", {"breaks": (-3, 5)}, []),
    ("found break before", {"detected_breaks": (-1,)}, ["break_detected"]),
    ("found break at the onset", {"detected_breaks": (0,)}, []),
    ("stock counted anew", {"kind": "stock", "reregistrations": (0,)}, ["stock_recounted"]),
    ("flow beside a recount", {"kind": "flow", "reregistrations": (0,)}, []),
]


@pytest.mark.parametrize(
    ("change", "codes"), [row[1:] for row in TABLE], ids=[row[0].replace(" ", "-") for row in TABLE]
)
def test_refusals(change, codes):
    refusals = identification_gate(replace(SOUND, **change))
    assert [code for refusal in refusals for code in refusal.codes] == codes
    assert all(sentence.endswith(".") for refusal in refusals for sentence in refusal.sentences)


def test_every_code_is_in_the_table_of_the_module_and_in_four_languages():
    texts = load_catalogue().texts
    used = set(re.findall(r'_refuse(?:d)?\(\s*(?:design, )?"(\w+)"', Path(panel_gate.__file__).read_text("utf-8")))
    used |= set(re.findall(r'_refuse(?:d)?\(\s*(?:design, )?"(\w+)"', Path(router.__file__).read_text("utf-8")))
    used |= {"too_few_donors"}
    assert len(used) >= 14
    for code in used:
        for key in (f"refusal.{code}", f"code.{code}"):
            assert all(texts[key][lang] for lang in LANGUAGES), key
    table = panel_gate.__doc__ + router.__doc__ + "too_few_donors"
    assert not [code for code in used if code not in table]


def panel(n=10, treated=5, t=36, phi=0.5, seed=0, scale=1.0, regions=None):
    noise = ar1_panels(1, n, t, phi, seed)[0] * scale
    frame = pd.DataFrame({"unit": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n), "y": noise.ravel()})
    return frame if regions is None else frame.assign(region=frame["unit"] % regions)


def test_a_design_is_read_off_a_panel():
    got = panel_design(panel(), "unit", "t", "y", list(range(5)), 24, matters=3.0)
    assert (got.n_clusters, got.n_treated, got.n_pre, got.n_post) == (10, 5, 24, 12)
    assert got.std_dev == pytest.approx(1.0, abs=0.2) and got.phi == pytest.approx(0.5, abs=0.2)
    assert got.variance_ratio is None and identification_gate(got) == []


def test_municipalities_of_three_regions_are_three_clusters():
    got = panel_design(
        panel(60, regions=3), "unit", "t", "y", [u for u in range(60) if u % 3 == 0], 24, cluster="region"
    )
    assert (got.n_clusters, got.n_treated) == (3, 1)
    assert "minimum_p_too_large" in [r.codes[0] for r in identification_gate(got)]


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_noise_is_estimated_without_the_bias_of_short_series(phi):
    found = [cluster_noise(treated_block(panel(20, 1, 36, phi, seed), "unit", "t", "y", 0, 24)) for seed in range(60)]
    assert np.mean([noise.phi for noise in found]) == pytest.approx(phi, abs=0.06)
    assert np.mean([noise.std_dev for noise in found]) == pytest.approx(1.0, abs=0.12)


def test_noisier_treated_clusters_are_noticed():
    frame = panel(10, 2, 60)
    frame.loc[frame["unit"] < 2, "y"] *= 5
    got = panel_design(frame, "unit", "t", "y", [0, 1], 40)
    assert got.variance_ratio > 5 and router.choose_inference(got).refusal.codes == ("unequal_noise",)


def test_breaks_flags_and_announcements_are_read_as_periods_from_the_onset():
    frame = panel().assign(flag="")
    frame.loc[(frame["unit"] == 2) & (frame["t"] == 23), "flag"] = "b"
    frame.loc[(frame["unit"] == 9) & (frame["t"] == 24), "flag"] = "b"  # a control's
    got = panel_design(frame, "unit", "t", "y", list(range(5)), 24, announced=20, detected_breaks=[22])
    assert got.breaks == (-1,) and got.detected_breaks == (-2,) and got.announced == 4
    assert abs(got.anticipation_t) < 3


def test_an_outcome_that_moves_at_the_announcement_is_refused():
    frame = panel()
    frame.loc[(frame["unit"] < 5) & (frame["t"] >= 20), "y"] += 4.0
    got = panel_design(frame, "unit", "t", "y", list(range(5)), 24, announced=20)
    assert "anticipation" in [r.codes[0] for r in identification_gate(got)]


def test_jumps_of_a_stock():
    smooth = np.cumsum(np.r_[100.0, np.random.default_rng(1).normal(2, 0.3, 30)])
    recounted = smooth.copy()
    recounted[12:] -= 30
    assert stock_jumps(smooth) == [] and stock_jumps(recounted) == [12]
    flow = 100 + 10 * np.random.default_rng(2).normal(size=30)
    assert stock_jumps(flow) == []


STOCK = (
    Path(__file__).parents[2] / ".." / "shared" / "data" / "eurostat_migr_asytpsm_UA_T_TOTAL__sdmx_csv2_labels_both.csv"
)
RECOUNTS = [
    # country, onset, first code; a naive segmented regression calls these effects of -73, -41, -25, -49 %
    ("BG", "2024-02-01", "break_near_onset"),
    ("LT", "2024-10-01", "break_near_onset"),
    ("CZ", "2023-03-01", "stock_recounted"),
    ("SE", "2023-03-01", "stock_recounted"),
]


@pytest.mark.skipif(not STOCK.is_file(), reason="the stock file is not beside the repository")
@pytest.mark.parametrize(("country", "onset", "code"), RECOUNTS)
def test_recounts_of_real_stocks_are_refused(country, onset, code):
    raw = pd.read_csv(STOCK).query("geo == @country")
    frame = pd.DataFrame({"month": pd.to_datetime(raw["TIME_PERIOD"]), "y": raw["OBS_VALUE"], "flag": raw["OBS_FLAG"]})
    codes = [r.codes[0] for r in identification_gate(series_design(frame, "month", "y", onset, kind="stock"))]
    assert codes[0] == code and "stock_recounted" in codes


@pytest.mark.skipif(not STOCK.is_file(), reason="the stock file is not beside the repository")
@pytest.mark.parametrize("country", ["PL", "BE", "AT", "FR"])
def test_stocks_that_were_not_recounted_pass(country):
    raw = pd.read_csv(STOCK).query("geo == @country")
    frame = pd.DataFrame({"month": pd.to_datetime(raw["TIME_PERIOD"]), "y": raw["OBS_VALUE"], "flag": raw["OBS_FLAG"]})
    assert identification_gate(series_design(frame, "month", "y", "2023-10-01", kind="stock")) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [({"n_treated": 600}, "between 0 and 581"), ({"alpha": 0.9}, "ordered"), ({"variance_ratio": 0.0}, "positive")],
)
def test_impossible_designs_are_one_clear_line(change, words):
    with pytest.raises(UsageError, match=words):
        replace(SOUND, **change)


def test_a_region_half_treated_is_not_the_level_of_assignment():
    with pytest.raises(UsageError, match="level of assignment"):
        panel_design(panel(6, regions=2), "unit", "t", "y", [0, 1], 24, cluster="region")
    with pytest.raises(DataRejected, match="one row a pair"):
        panel_design(pd.concat([panel(), panel()]), "unit", "t", "y", [0], 24)
