from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.effects import Refusal, identification_gate, interrupted_time_series, series_design
from analysis.errors import UsageError


def frame(n=48, values=None, flags=None):
    y = np.random.default_rng(1).normal(10, 1, n) if values is None else values
    out = pd.DataFrame({"t": np.arange(n), "y": y})
    return out if flags is None else out.assign(flag=[flags.get(t, "") for t in range(n)])


HOLES = np.where(np.arange(48) % 2 == 0, np.nan, np.random.default_rng(2).normal(size=48))
STEP = np.r_[np.full(24, 3.0), np.random.default_rng(3).normal(size=24)]

RAMP = np.random.default_rng(4).normal(10, 1, 48) + 8 * (np.arange(48) >= 20)

TABLE = [
    # name                        frame                          onset  options                codes
    ("sound", frame(), 24, {}, []),
    ("onset before all", frame(), -5, {}, ["pre_period_short"]),
    ("seven before", frame(), 7, {}, ["pre_period_short"]),
    ("eight before", frame(), 8, {}, []),
    ("less than two seasons", frame(), 24, {"harmonics": 1, "period": 26}, ["pre_period_short"]),
    ("three after, with slope", frame(), 45, {}, ["post_period_short"]),
    ("three after, level only", frame(), 45, {"slope": False}, []),
    ("onset after all", frame(), 99, {}, ["post_period_short"]),
    ("too many coefficients", frame(16), 12, {"harmonics": 3, "period": 6}, ["too_many_parameters"]),
    ("too short on both sides", frame(6), 3, {}, ["pre_period_short", "post_period_short", "too_many_parameters"]),
    ("constant before", frame(values=STEP), 24, {}, ["no_variation"]),
    ("exact line", frame(values=2.0 * np.arange(48)), 24, {}, ["no_variation"]),
    ("half missing", frame(values=HOLES), 24, {}, ["too_many_gaps"]),
    ("break at onset", frame(flags={24: "b"}), 24, {}, ["break_near_onset"]),
    ("break two before", frame(flags={22: "bd"}), 24, {}, ["break_near_onset"]),
    ("break far away", frame(flags={5: "b"}), 24, {}, []),
    ("moves once announced", frame(values=RAMP), 24, {"announced": 20}, ["anticipation"]),
    ("announced on the day", frame(values=RAMP), 24, {"announced": 24}, []),
    ("announced, still", frame(), 24, {"announced": 20}, []),
    ("announced too early to tell", frame(values=RAMP), 24, {"announced": 7}, []),
    ("other flag at onset", frame(flags={24: "e"}), 24, {}, []),
]


@pytest.mark.parametrize(
    ("data", "onset", "options", "codes"), [row[1:] for row in TABLE], ids=[row[0].replace(" ", "-") for row in TABLE]
)
def test_refusals(data, onset, options, codes):
    refusals = identification_gate(series_design(data, "t", "y", onset, **options))
    assert [code for refusal in refusals for code in refusal.codes] == codes
    result = interrupted_time_series(data, "t", "y", onset, **options)
    assert isinstance(result, Refusal) == bool(codes)
    if isinstance(result, Refusal):
        assert list(result.codes) == codes
        assert all(sentence.endswith(".") for sentence in result.sentences)


def test_a_refusal_has_one_sentence_a_code():
    with pytest.raises(ValueError, match="one sentence for each code"):
        Refusal(("a", "b"), ("Only one.",))


def test_anticipation_is_looked_for_in_dated_series_and_in_rates():
    months = pd.date_range("2020-01-01", periods=48, freq="MS")
    people = np.full(48, 1000.0)
    people[20:24] = 2000.0
    data = pd.DataFrame({"t": months, "y": RAMP.round(), "people": people})
    asked = {"model": "poisson", "announced": date(2021, 8, 15)}
    assert interrupted_time_series(data, "t", "y", months[24], **asked).codes == ("anticipation",)
    stays = data.assign(y=np.random.default_rng(5).poisson(people / 100))
    assert not isinstance(interrupted_time_series(stays, "t", "y", months[24], population="people", **asked), Refusal)
    with pytest.raises(UsageError, match="a date of the design"):
        interrupted_time_series(data, "t", "y", months[24], announced=20)
