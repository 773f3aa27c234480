"""The state of a claim depends on where the interval lies: the table of `analysis.evidence.claims`, and its laws."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.catalogue.recommendations import Claim
from analysis.evidence.claims import State, combine, confidence, judge

LEVEL = Claim("level", at_least=40.0, geos=("VLG",))
LENIENT = replace(LEVEL, still=35.0)
RISE = Claim("change", at_least=3.0, geos=("VLG",))
UP = replace(RISE, at_least=0.0)
FALL = Claim("change", at_most=-3.0, geos=("VLG",))
EFFECT = Claim("effect", at_least=0.0, grade="C", intervention="x")


@pytest.mark.parametrize(
    ("claim", "low", "high", "state"),
    [
        (LEVEL, 40.0, 44.0, "supported"),
        (LEVEL, 38.0, 43.0, "cannot tell"),  # a level has no lesser bound of its own
        (LENIENT, 38.0, 43.0, "weakened"),
        (LENIENT, 34.0, 43.0, "cannot tell"),
        (LENIENT, 36.0, 39.9, "no longer supported"),  # the lesser assertion holds, the one that was made does not
        (LEVEL, None, None, "cannot tell"),
        (RISE, 3.0, 5.0, "supported"),
        (RISE, 1.0, 5.0, "weakened"),
        (RISE, 0.0, 5.0, "cannot tell"),
        (RISE, -5.0, 2.9, "no longer supported"),
        (UP, 0.1, 5.0, "supported"),
        (UP, 0.0, 5.0, "cannot tell"),
        (UP, -5.0, 0.0, "no longer supported"),
        (FALL, -5.0, -3.0, "supported"),
        (FALL, -5.0, -1.0, "weakened"),
        (FALL, -5.0, 1.0, "cannot tell"),
        (FALL, -2.0, 1.0, "no longer supported"),
    ],
)
def test_the_position_of_the_interval_gives_the_state(
    claim: Claim, low: float | None, high: float | None, state: State
) -> None:
    assert judge(claim, low, high) == state


@pytest.mark.parametrize(
    ("grade", "state"), [("A", "supported"), ("C", "supported"), ("D", "weakened"), ("refused", "weakened")]
)
def test_an_effect_on_weaker_evidence_than_asked_is_only_weakened(grade: str, state: State) -> None:
    assert judge(EFFECT, 1.0, 2.0, grade) == state


@pytest.mark.parametrize(
    ("parts", "at_least", "state"),
    [
        (["supported", "supported", "cannot tell"], 2, "supported"),
        (["supported", "weakened", "no longer supported"], 2, "weakened"),
        (["supported", "cannot tell", "cannot tell"], 2, "cannot tell"),
        (["supported", "no longer supported", "no longer supported"], 2, "no longer supported"),
        ([], 1, "cannot tell"),
    ],
)
def test_several_territories(parts: list[State], at_least: int, state: State) -> None:
    assert combine(parts, at_least) == state


@pytest.mark.parametrize(
    ("geos", "in_at_least", "level"), [(1, 1, 0.95), (3, 1, 1 - 0.05 / 3), (3, 2, 0.975), (3, 3, 1 - 0.05 / 3)]
)
def test_several_territories_ask_for_wider_intervals(geos: int, in_at_least: int, level: float) -> None:
    assert confidence(replace(LEVEL, geos=("VLG",) * geos, in_at_least=in_at_least)) == pytest.approx(level)


numbers = st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3))
intervals = st.tuples(numbers, numbers).map(sorted)
claims = st.builds(
    lambda kind, bound, back: Claim(kind, at_least=bound, still=None if back is None else bound - back, geos=("VLG",)),
    st.sampled_from(["level", "change", "gap"]), numbers, st.none() | st.floats(0.001, 50),
)  # fmt: skip


@given(claims, intervals)
def test_at_most_is_the_mirror_image_of_at_least(claim: Claim, interval: list[float]) -> None:
    low, high = interval
    mirrored = replace(
        claim, at_least=None, at_most=-claim.at_least, still=None if claim.still is None else -claim.still
    )
    assert judge(claim, low, high) == judge(mirrored, -high, -low)


@given(claims, intervals, st.floats(0, 50))
def test_moving_the_interval_up_never_hurts_at_least(claim: Claim, interval: list[float], shift: float) -> None:
    order = ("no longer supported", "cannot tell", "weakened", "supported")
    low, high = interval
    before, after = judge(claim, low, high), judge(claim, low + shift, high + shift)
    assert order.index(after) >= order.index(before)


@given(claims, intervals, st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_more_data_never_undo_what_was_sure(claim: Claim, interval: list[float], inside: list[float]) -> None:
    low, high = interval
    narrow = [low + part * (high - low) for part in inside]
    wide = judge(claim, low, high)
    if wide in ("supported", "no longer supported") and low <= narrow[0] <= narrow[1] <= high:
        assert judge(claim, *narrow) == wide


@given(st.lists(st.sampled_from(get_args(State)), min_size=1, max_size=5), st.integers(1, 5))
def test_asking_for_more_territories_never_helps(parts: list[State], at_least: int) -> None:
    order = ("no longer supported", "cannot tell", "weakened", "supported")
    if at_least < len(parts):
        assert order.index(combine(parts, at_least + 1)) <= order.index(combine(parts, at_least))
