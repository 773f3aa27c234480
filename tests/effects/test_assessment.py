"""One intervention judged whole: what contradicts it lowers the grade, and a recount is never an effect."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.effects.assessment import Elsewhere, Question, assess_comparison, assess_series
from analysis.effects.interrupted import interrupted_time_series
from analysis.effects.naive import naive_step
from analysis.effects.reruns import Rerun, stands
from analysis.effects.series_power import pre_trend, series_power

ONSET = pd.Timestamp("2023-07-31")


def monthly(level: float = 0.0, *, seed: int = 1, n: int = 36, slope: float = 0.2) -> pd.DataFrame:
    period = pd.date_range("2022-01-31", periods=n, freq="ME")
    noise = np.random.default_rng(seed).normal(0, 1, n)
    return pd.DataFrame({"period": period, "level": 20 + slope * np.arange(n) + noise + level * (period >= ONSET)})


def question(**more) -> Question:
    return Question(ONSET, "ols_hac", ("ols_hac", "reml_ar1"), (pd.Timestamp("2022-10-31"),), protocol="passed", **more)


def test_a_clear_effect_on_one_series_is_graded_c_and_nothing_is_missing():
    editions = {day: monthly(8.0).iloc[: 30 + day] for day in range(6)}
    elsewhere = Elsewhere(territories={"B": monthly(seed=2)}, explored={"X": monthly(seed=3)})
    got = assess_series(monthly(8.0), "level", question(), elsewhere=elsewhere, editions=editions)
    assert got.verdict.grade == "C" and got.verdict.failed == ("comparison",)
    assert len(got.left_out) == 36 and {run.concludes for run in got.left_out} == {"higher"}
    assert [run.label for run in got.editions] == list(range(6))
    assert [(one.kind, one.counted) for one in got.placebos] == [
        ("date", True),
        ("territory", True),
        ("outcome", False),
    ]
    assert got.contrast is not None and "minimum_p_too_large" in got.contrast.refused


@pytest.mark.parametrize(
    ("elsewhere", "grade"),
    [
        (Elsewhere(territories={"B": monthly(8.0, seed=2)}), "D"),  # the same jump where the measure did not apply
        (Elsewhere(outcomes={"X": monthly(8.0, seed=2)}), "D"),
        (Elsewhere(explored={"X": monthly(8.0, seed=2)}), "C"),  # shown, never counted
    ],
)
def test_the_same_jump_elsewhere_lowers_the_grade(elsewhere, grade):
    assert assess_series(monthly(8.0), "level", question(), elsewhere=elsewhere, thorough=False).verdict.grade == grade


def test_another_unit_can_fail_a_placebo_and_never_pass_it():
    elsewhere = Elsewhere(outcomes={"X": monthly(seed=2)}, other_unit=frozenset({"X"}))
    got = assess_series(monthly(8.0), "level", question(), elsewhere=elsewhere, thorough=False)
    assert [one.answer for one in got.placebos if one.kind == "outcome"] == ["cannot tell"]
    assert got.left_out == ()


@pytest.mark.parametrize(
    ("concluded", "fewest", "answer"),
    [
        (["unclear"] * 3, 3, "passed"),
        (["unclear", "unclear", "higher"], 3, "failed"),
        (["unclear", "unclear"], 3, "cannot tell"),
        (["refused", "unclear", "unclear", "unclear"], 3, "passed"),  # an edition that cannot answer says nothing
        ([], 1, "cannot tell"),
    ],
)
def test_a_conclusion_stands_when_enough_reruns_share_it(concluded, fewest, answer):
    main = assess_series(monthly(0.0), "level", question(), thorough=False).main
    assert stands(main, [Rerun(i, concludes=one) for i, one in enumerate(concluded)], fewest) == answer


def countries(effect: float, donors: int = 20) -> pd.DataFrame:
    rng, period = np.random.default_rng(5), pd.date_range("2022-01-31", periods=30, freq="ME")
    common = np.cumsum(rng.normal(0, 0.2, 30))
    frames = []
    for i in range(donors + 1):
        level = 5 + common * (1 + 0.05 * i) + rng.normal(0, 0.1, 30) + effect * (period >= ONSET) * (i == 0)
        frames.append(pd.DataFrame({"geo": f"U{i:02}", "period": period, "y": level}))
    return pd.concat(frames, ignore_index=True)


COMPARISON = {"model": "synthetic_control", "models": ("synthetic_control", "synthetic_did")}


def test_a_comparison_with_donors_reports_its_placebos_and_donors_left_out():
    asked = Question(ONSET, **COMPARISON, placebo_dates=(pd.Timestamp("2022-10-31"),), protocol="passed")
    got = assess_comparison(countries(-2.0), "y", "U00", asked)
    assert got.main.estimate == pytest.approx(-2.0, abs=0.3) and got.main.p_value == pytest.approx(1 / 21)
    assert [one.kind for one in got.placebos].count("donor") == 20
    assert "comparison" in got.verdict.met and got.verdict.grade in ("B", "C")
    assert got.left_out and all(run.estimate < 0 for run in got.left_out)


@pytest.mark.parametrize(("early", "codes"), [(0.0, []), (-2.0, ["anticipation"])])
def test_a_move_between_announcement_and_onset_is_refused_in_a_comparison_too(early, codes):
    frame = countries(-2.0)
    told = date(2023, 4, 15)  # three month ends lie between it and the onset
    between = (frame["geo"] == "U00") & (frame["period"] > pd.Timestamp(told)) & (frame["period"] < ONSET)
    got = assess_comparison(
        frame.assign(y=frame["y"] + early * between), "y", "U00", Question(ONSET, **COMPARISON, announced=told)
    )
    assert list(getattr(got.main, "codes", ())) == codes


def test_too_few_donors_are_refused():
    got = assess_comparison(countries(-2.0, donors=5), "y", "U00", Question(ONSET, **COMPARISON))
    assert got.verdict.grade == "refused"


def test_a_recount_is_refused_although_a_naive_series_calls_it_an_effect():
    frame = monthly(slope=5.0).assign(flag="")
    frame["level"] = frame["level"] * np.where(frame["period"] >= ONSET, 0.5, 1.0) * 1000
    got = naive_step(frame, "period", "level", ONSET, periods=9, kind="stock")
    assert got.percent == pytest.approx(-50, abs=3) and got.codes == ("stock_recounted",)
    flagged = frame.assign(flag=np.where(frame["period"] == ONSET, "b", ""))
    assert naive_step(flagged, "period", "level", ONSET, periods=9, kind="stock").codes == (
        "break_near_onset",
        "stock_recounted",
    )


def test_power_and_earlier_trend_look_only_at_what_came_before():
    calm, moved = monthly(0.0), monthly(50.0)
    assert series_power(calm, "period", "level", ONSET) == series_power(moved, "period", "level", ONSET)
    drift = pre_trend(calm, "period", "level", ONSET)
    assert drift.ci_low < 0.2 < drift.ci_high and drift.ci_low > 0  # the slope that is there is seen
    assert drift.detectable < 0.2
    assert series_power(calm.head(4), "period", "level", calm["period"][3]) is None


def test_the_smallest_detectable_effect_is_found_in_four_cases_of_five():
    found, frames = [], [monthly(seed=seed) for seed in range(24)]
    for frame in frames:
        power = series_power(frame, "period", "level", ONSET)
        shifted = frame.assign(level=frame["level"] + power.minimum_effect * (frame["period"] >= ONSET))
        found.append(interrupted_time_series(shifted, "period", "level", ONSET, checks=False).excludes_null)
    assert 0.5 < np.mean(found) <= 1.0  # 24 draws; our intervals are wider than those of the formula
