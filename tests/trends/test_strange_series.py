"""Every named function on every strange series: in one unsorted frame as alone, and without a warning."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.errors import MonitorError
from analysis.trends import breakpoints, change, decompose, joinpoint, structural_level, xmr

N, NAN = 30, np.nan
SERIES = {
    "noise": np.random.default_rng(1).normal(100, 5, N),
    "holes": np.where(np.arange(N) % 7 == 3, NAN, np.random.default_rng(2).normal(100, 5, N)),
    "ties": np.random.default_rng(3).integers(0, 3, N).astype(float),
    "below zero": np.random.default_rng(4).normal(-50, 5, N),
    "large": np.random.default_rng(5).normal(1e9, 1e3, N),
    "a step": np.repeat([1.0, 2.0], N // 2),
    "a line": 5.0 + 2.0 * np.arange(N),
    "constant": np.full(N, 7.0),
    "nothing but gaps": np.full(N, NAN),
    "two": np.array([1.0, 2.0]),
    "one": np.array([5.0]),
}
ASKED: dict[str, Callable[[pd.DataFrame], list[pd.DataFrame]]] = {
    "xmr": lambda frame: [xmr(frame)],
    "change": lambda frame: [change(frame)],
    "decompose": lambda frame: [decompose(frame)],
    "breakpoints": lambda frame: [(found := breakpoints(frame)).breaks, found.choice],
    "breakpoints of lines": lambda frame: [(found := breakpoints(frame, model="trend")).breaks, found.choice],
    "joinpoint": lambda frame: [(found := joinpoint(frame, most=1)).joints, found.segments, found.choice, found.fitted],
    "structural_level": lambda frame: [
        (found := structural_level(frame, trend="local level")).levels, found.parameters],
    "structural_level of a trend": lambda frame: [(found := structural_level(frame)).levels, found.parameters],
}  # fmt: skip


def named(name: str) -> pd.DataFrame:
    days = pd.date_range("2021-01-31", periods=len(SERIES[name]), freq="ME")
    return pd.DataFrame({"indicator": name, "period": days, "frequency": "P1M", "value": SERIES[name]})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("asked", ASKED)
def test_many_at_once_are_as_each_alone(asked: str) -> None:
    frame = pd.concat([named(name) for name in SERIES], ignore_index=True)
    together = ASKED[asked](frame.sample(frac=1, random_state=1))
    for name in SERIES:
        for whole, alone in zip(together, ASKED[asked](named(name)), strict=True):
            own = whole[whole["indicator"] == name].reset_index(drop=True)
            pd.testing.assert_frame_equal(own, alone.reset_index(drop=True), rtol=1e-7, check_dtype=False)


WRONG = [
    ("column 'value' must be numeric, not", lambda frame: frame.assign(value="many")),
    (
        "column 'value' must be numeric, not",
        lambda frame: frame.assign(value=frame["value"].astype(object).replace(7.0, "7,1")),
    ),
    ("1 rows repeat a period of their series", lambda frame: pd.concat([frame, frame[:1]])),
    ("column 'period' must be one of", lambda frame: frame.drop(columns="period")),
]
COUNTING = ["change", "decompose", "joinpoint", "structural_level"]  # the others only sort the periods


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(("said", "spoil"), WRONG)
def test_what_is_no_series_is_said_in_one_line(
    asked: str, said: str, spoil: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    with pytest.raises(MonitorError, match=said):
        ASKED[asked](spoil(named("constant")))


@pytest.mark.parametrize("asked", COUNTING)
def test_dates_of_a_time_zone_are_no_periods(asked: str) -> None:
    frame = named("noise")
    with pytest.raises(MonitorError, match="column 'period' must be dates without a time zone"):
        ASKED[asked](frame.assign(period=frame["period"].dt.tz_localize("Europe/Brussels")))
