import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.trends import structural_level

NILE = Path(__file__).parents[2] / ".." / "shared" / "cases" / "nile"


@pytest.mark.skipif(not NILE.is_dir(), reason="the published cases are not beside the repository")
def test_durbin_koopman_2012_nile():
    frame = pd.read_csv(NILE / "nile.csv")
    got = structural_level(frame, by=[], period="year", value="volume", trend="local level").parameters.iloc[0]
    printed = {r["id"]: r for r in json.loads((NILE / "reference.json").read_text(encoding="utf-8"))["references"]}
    ours = {
        "sigma2 irregular": got["sigma2_irregular"],
        "sigma2 level": got["sigma2_level"],
        "loglik diffuse": got["log_likelihood"],
    }
    for name, value in ours.items():
        assert value == pytest.approx(printed[name]["value"], abs=printed[name]["tol"]), name
    assert got["status"] == "ok"


def wandering(n=60, seed=2, factor=1.0):
    rng = np.random.default_rng(seed)
    level = 100 + np.cumsum(0.5 + rng.normal(0, 1, n))
    periods = pd.date_range("2022-03-13", periods=n, freq="14D")
    frame = pd.DataFrame({"geo": "BE", "period": periods, "value": factor * (level + rng.normal(0, 3, n))})
    return frame.assign(frequency="P2W"), factor * level


def test_the_interval_covers_the_level_that_was_planted():
    frames, levels = zip(*(wandering(seed=seed) for seed in range(10)), strict=True)
    got = structural_level(pd.concat([one.assign(geo=str(i)) for i, one in enumerate(frames)])).levels
    level = np.concatenate(levels)
    assert 0.88 < np.mean((got["level_low"] <= level) & (level <= got["level_high"])) <= 1


def test_series_of_unlike_length_are_smoothed_as_each_alone():
    """Of several starts, with missing rows and values, a series too short and one on a line among them."""
    line = pd.DataFrame({"geo": "line", "period": wandering(12)[0]["period"], "value": 5.0 + 2 * np.arange(12)})
    frames = [wandering(n, seed=n)[0].assign(geo=f"{n}").iloc[n // 20 :] for n in (4, 9, 23, 41, 60)]
    frames[3] = frames[3].drop(index=[7, 8, 20])
    frames[4].loc[[5, 59], "value"] = np.nan
    every = pd.concat([*frames, line.assign(frequency="P2W")])
    whole = structural_level(every.sample(frac=1, random_state=2))
    assert set(whole.parameters["status"]) == {"too_short", "no_variation", "ok"}
    for one in every["geo"].unique():
        alone = structural_level(every[every["geo"] == one])
        for all_of_them, own in [(whole.levels, alone.levels), (whole.parameters, alone.parameters)]:
            rows = all_of_them[all_of_them["geo"] == one].reset_index(drop=True)
            pd.testing.assert_frame_equal(rows, own, rtol=1e-5, atol=1e-9)


def test_scaling_the_values_scales_the_level():
    plain, big = (structural_level(wandering(factor=f)[0]).levels["level"].to_numpy() for f in (1.0, 1000.0))
    assert big == pytest.approx(1000 * plain, rel=1e-3)


def test_a_gap_widens_the_interval_and_invents_no_row():
    frame, _ = wandering()
    holes = frame.assign(value=frame["value"].where(~frame.index.isin(range(30, 36))))
    got = structural_level(holes, trend="local level").levels
    width = (got["level_high"] - got["level_low"]).to_numpy()
    assert width[33] > 1.2 * width[20]
    without = structural_level(holes.dropna(), trend="local level").levels
    assert len(without) == 54
    assert without["level"].to_numpy() == pytest.approx(got["level"].drop(index=range(30, 36)).to_numpy(), rel=1e-3)


STATUS = [
    ("too_short", [1.0, 2.0, 4.0]),
    ("no_variation", [5.0] * 12),
    ("no_variation", [5.0 + 2 * n for n in range(12)]),
    ("no_variation", [5.0, 7.0, np.nan, 11.0, *(13.0 + 2 * n for n in range(12))]),
]


@pytest.mark.parametrize(("status", "values"), STATUS)
def test_no_level_where_none_can_be_had(status, values):
    frame = pd.DataFrame({"period": np.arange(len(values)), "value": values})
    got = structural_level(frame)
    assert got.parameters["status"].tolist() == [status]
    assert got.levels["level"].isna().all()


def test_an_unknown_trend_is_wrong_use():
    with pytest.raises(UsageError, match="trend must be one of local linear trend, local level, not 'cubic'"):
        structural_level(wandering()[0], trend="cubic")
