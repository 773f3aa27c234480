"""The range of ordinary noise: what it is taken from, what is judged, and what never is."""

import numpy as np
import pandas as pd
import pytest

from analysis.trends.watch import watch

KEY = {"dataflow": "housing", "provider": "fedasil", "indicator": "X", "geo": "VLG", "frequency": "P2W"}
NOISE = np.array([0.3, -0.2, 0.1, -0.4, 0.2, 0.5, -0.3, 0.0, -0.1, 0.4, -0.5, 0.2, 0.1])


def series(levels: np.ndarray, kind: str = "rate", mark: dict[int, str] | None = None) -> pd.DataFrame:
    periods = pd.date_range("2022-03-13", periods=len(levels), freq="14D")
    marks = pd.Series("", index=range(len(levels)))
    for place, name in (mark or {}).items():
        marks[place] = name
    return pd.DataFrame({**KEY, "period": periods, "level": levels, "kind": kind, "mark": marks})


def hovering(rounds: int = 26) -> np.ndarray:
    return 50 + np.tile(NOISE, 3)[:rounds]


def test_noise_around_a_level_is_noise_and_a_leap_is_not():
    quiet = watch(series(hovering()), {"X": "up"})
    assert not quiet["signal"].any() and set(quiet["basis"]) == {"level"}
    leap = watch(series(np.r_[hovering(25), 55.0]), {"X": "up"}).iloc[-1]
    assert (leap["signal"], leap["rule"], leap["meaning"]) == (True, "outside", "improvement")


@pytest.mark.parametrize(("better", "meaning"), [("up", "improvement"), ("down", "concern"), ("none", "neutral")])
def test_the_direction_says_what_a_rise_means(better, meaning):
    assert watch(series(np.r_[hovering(25), 55.0]), {"X": better}).iloc[-1]["meaning"] == meaning


def test_a_steady_climb_is_judged_by_its_pace():
    climb = watch(series(10 + 2.0 * np.arange(26) + np.tile(NOISE, 2)), {"X": "up"})
    assert set(climb["basis"]) == {"move"} and not climb["signal"].any()
    last = climb.iloc[-1]
    assert last["lower"] < last["level"] < last["upper"]


def test_a_stock_is_judged_by_its_moves_and_a_running_total_not_at_all():
    assert set(watch(series(hovering(), "stock"), {})["basis"]) == {"move"}
    total = watch(series(np.cumsum(hovering()) ** 2, "cumulative"), {})
    assert not total["signal"].any() and set(total["status"]) == {"running_total"}
    assert total["lower"].isna().all()


def test_a_first_wave_does_not_widen_the_range_of_a_quiet_year():
    calm = hovering()
    after_a_wave = watch(series(np.r_[np.linspace(900, 50, 20), calm]), {})
    assert set(after_a_wave["status"][:20]) == {"earlier"} and after_a_wave["lower"][:20].isna().all()
    alone = watch(series(calm), {})
    assert after_a_wave["upper"].iloc[-1] == pytest.approx(alone["upper"].iloc[-1])


def test_a_gap_is_never_bridged():
    levels = 100 + np.cumsum(np.tile(NOISE, 2))
    levels[20] = np.nan
    judged = watch(series(levels, "stock"), {})
    assert judged.loc[[20, 21], "signal"].tolist() == [False, False]
    assert np.isnan(judged.loc[21, "lower"])


def test_a_break_starts_anew():
    levels = np.r_[hovering(13), hovering(13) + 30]
    broken = watch(series(levels, mark={13: "break"}), {"X": "up"})
    assert not broken["signal"].any()
    assert watch(series(levels), {"X": "up"})["signal"].any()


def test_no_range_reaches_below_nothing():
    assert (watch(series(np.abs(np.tile(NOISE, 2)) * 3, "flow"), {})["lower"].dropna() >= 0).all()


def test_news_is_judged_over_all_series_together():
    leap = series(np.r_[hovering(25), 55.0])
    quiet = [series(np.roll(hovering(), shift)).assign(geo=f"G{shift}") for shift in range(6)]
    judged = watch(pd.concat([leap, *quiet], ignore_index=True), {"X": "down"})
    last = judged.groupby("geo").tail(1).set_index("geo")
    assert last.loc["VLG", ["news", "news_meaning"]].tolist() == ["last", "concern"]
    assert (last.drop("VLG")["news"] == "").all()
