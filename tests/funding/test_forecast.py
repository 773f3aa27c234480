"""Forecasts against series whose future is known, and scores worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataRejected, UsageError
from analysis.funding import forecast, score

LINE = [100.0 + 5 * k for k in range(30)]
SEASONS = [100.0 + 10 * (k % 4) for k in range(30)]


@pytest.mark.parametrize(
    ("values", "method", "ahead"),
    [
        (LINE, "last", [245, 245, 245]),
        (LINE, "drift", [250, 255, 260]),
        (LINE, "seasonal", [230, 235, 240]),
        (SEASONS, "seasonal", [120, 130, 100]),
        ([50.0] * 20, "damped", [50, 50, 50]),
        ([90.0 - 10 * k for k in range(9)] + [0.0] * 6, "drift", [0, 0, 0]),  # never below nothing
        ([*LINE[:10], float("nan"), *LINE[11:]], "drift", [250, 255, 260]),
    ],
)
def test_methods_say_what_they_are_made_to_say(values: list[float], method: str, ahead: list[float]) -> None:
    assert forecast(values, 3, method=method, season=4).steps["value"].tolist() == pytest.approx(ahead)


def test_a_damped_trend_flattens() -> None:
    steps = np.diff([LINE[-1], *forecast(LINE, 12).steps["value"]])
    assert (np.diff(steps) < 0).all() and 0 < steps[-1] < steps[0] <= 5.0


def test_intervals_are_the_ranked_past_errors() -> None:
    # The last value errs by exactly 5, 10, 15 on a line at every origin: those are the half widths, and 30 of the sum.
    made = forecast(LINE, 3, method="last")
    assert (made.steps["high"] - made.steps["value"]).tolist() == [5, 10, 15]
    assert (made.total, made.total_low, made.total_high) == (735, 705, 765)
    assert made.learnt_from == 13


def test_scores_by_hand() -> None:
    found = score(LINE, 2, first=12, season=4, level=0.9).set_index("method")
    assert found.loc["drift", ["mase", "coverage", "mean_error"]].tolist() == pytest.approx([0, 1, 0], abs=1e-9)
    # Errors of 5 and 10 in units of 5; the sum errs by 15, which its interval has learnt: width 30, nothing outside.
    expected = {"mase": 1.5, "interval_score": 30, "coverage": 1, "mean_error": -15}
    assert found.loc["last", list(expected)].to_dict() == pytest.approx(expected)
    assert found.loc["seasonal", "mean_error"] == pytest.approx(-40)
    assert set(found["origins"]) == {17}


def test_what_lies_outside_is_paid_for() -> None:
    jump = [10.0] * 20 + [30.0] * 2
    found = score(jump, 2, first=20, season=4, level=0.9).set_index("method")
    assert found.loc["last", ["interval_score", "coverage"]].tolist() == pytest.approx([2 / 0.1 * 40, 0])


@settings(max_examples=25)
@given(st.lists(st.integers(0, 1000).map(float), min_size=16, max_size=40), st.integers(1, 6))
def test_intervals_hold_their_forecast_and_nothing_is_negative(values: list[float], horizon: int) -> None:
    made = forecast(values, horizon)
    assert (made.steps["low"] <= made.steps["value"]).all() and (made.steps["value"] <= made.steps["high"]).all()
    assert 0 <= made.total_low <= made.total <= made.total_high
    assert made.total == pytest.approx(made.steps["value"].sum())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0] * 9, "11 values or more for damped, not 9"),
        ([1.0] * 12 + [float("nan")], "known at its end"),
        ([], "known"),
    ],
)
def test_too_little_is_refused(values: list[float], words: str) -> None:
    with pytest.raises(DataRejected, match=words):
        forecast(values, 3)


def test_an_unknown_method_and_an_early_origin_are_refused() -> None:
    with pytest.raises(UsageError, match="a method must be one of damped"):
        forecast(LINE, 3, method="crystal ball")
    with pytest.raises(DataRejected, match="the first origin must be from 11 to 27, not 5"):
        score(LINE, 3, first=5, season=4)


def test_past_forecasts_start_from_what_was_known_on_their_day() -> None:
    # Each count came 20 short and was corrected a round later: "last" then errs by 20 more at every step.
    came = {number: [*LINE[: number - 1], LINE[number - 1] - 20] for number in range(1, 31)}
    made = forecast(LINE, 3, method="last", editions=came)
    assert (made.steps["high"] - made.steps["value"]).tolist() == [25, 30, 35]
    assert (made.total, made.total_high) == (735, 735 + 90)
    found = score(LINE, 2, first=12, season=4, editions=came).set_index("method").loc["last"]
    # Errors of 25 and 30; the mean change of one step, 5, is 20 less at the last one: by hand from 11 to 27 steps.
    scale = [abs((5 * (n - 2) + 15) / (n - 1)) for n in range(12, 29)]
    assert found["mase"] == pytest.approx(sum(27.5 / one for one in scale) / len(scale))
    assert found["mean_error"] == -55


def test_editions_of_the_values_themselves_change_nothing() -> None:
    same = {number: SEASONS[:number] for number in range(8, 31)}
    plain, given = forecast(SEASONS, 3), forecast(SEASONS, 3, editions=same)
    assert (plain.total_low, plain.total_high) == (given.total_low, given.total_high)


def test_an_edition_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="an edition must be of 12 values, not 11"):
        forecast(LINE, 3, editions={12: LINE[:11]})
