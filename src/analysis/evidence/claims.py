"""What the data say of a claim, by the position of an interval and never by a point estimate.

A claim asserts that a quantity is at least `x` (at most `x` is its mirror image). With the 95 % interval
`[low, high]` of the quantity and, where the claim has one, the lesser bound `y < x`:

| state | where the interval lies | in words |
|---|---|---|
| `supported` | `low >= x` | all of it meets the assertion |
| `no longer supported` | `high < x` | none of it does |
| `weakened` | `y <= low < x <= high` (`y < low` for a difference) | no longer sure, a lesser assertion is |
| `cannot tell` | any other, or no interval | too wide, too old, refused, or not there |

The lesser bound of a change, a gap or an effect is zero unless the claim says `still`: it is weakened while its
direction stays sure. A level has none unless the claim says so. A bound of zero of a difference asks for more than
zero, so that an interval which touches zero supports nothing. A number without an interval proves nothing.

"In at least `k` of `n` territories" is supported where `k` are; it is no longer supported where so many are refuted
that `k` cannot be. It tests a partial conjunction, so each territory's interval has the level
`1 - 0.05 / max(k, n - k + 1)`, which holds the error of either statement under 5 % whatever the dependence.
Source: Benjamini and Heller (2008), Biometrics 64:1215-1222.

An effect must also rest on evidence of the asked grade; below it, a supported claim is only weakened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.catalogue.recommendations import DIFFERENCES, GRADES, Claim

State = Literal["supported", "weakened", "no longer supported", "cannot tell"]
STATES: tuple[State, ...] = ("supported", "weakened", "cannot tell", "no longer supported")
ERROR = 0.05


@dataclass(frozen=True)
class Checked:
    """A claim after the check: its state and the state in each territory."""

    state: State
    parts: tuple[State, ...]


def judge(claim: Claim, low: float | None, high: float | None, grade: str = "") -> State:
    """The state of one interval; the table of this module is its definition.

    Parameters
    ----------
    low, high : bounds in the claim's unit; None where there is no interval.
    grade : of the evidence on an effect (`A` to `D`, or `refused`).
    """
    if low is None or high is None:
        return "cannot tell"
    bound, lesser = _bounds(claim)
    if claim.at_least is None:
        low, high = -high, -low
    strict = claim.kind in DIFFERENCES and bound == 0
    if high < bound or (strict and high <= bound):
        return "no longer supported"
    if low > bound or (low == bound and not strict):
        return "weakened" if claim.kind == "effect" and not _good_enough(grade, claim.grade) else "supported"
    if lesser is not None and (low > lesser or (low == lesser and claim.kind not in DIFFERENCES)):
        return "weakened"
    return "cannot tell"


def combine(parts: Sequence[State], at_least: int) -> State:
    """The state of "in at least `at_least` of these"."""
    counts = Counter(parts)
    if counts["supported"] >= at_least:
        return "supported"
    if len(parts) - counts["no longer supported"] < at_least:
        return "no longer supported" if parts else "cannot tell"
    return "weakened" if counts["supported"] + counts["weakened"] >= at_least else "cannot tell"


def confidence(claim: Claim) -> float:
    """The level that each territory's interval needs for the claim as a whole to have 95 %."""
    several = max(1, len(claim.geos))
    return 1 - ERROR / max(claim.in_at_least, several - claim.in_at_least + 1)


def worst(states: Sequence[State]) -> State:
    """What a reader must be told first of several claims."""
    return max(states, key=STATES.index, default="cannot tell")


def _bounds(claim: Claim) -> tuple[float, float | None]:
    """Bound and lesser bound of an assertion "at least", into which "at most" is turned by its sign."""
    sign = 1.0 if claim.at_least is not None else -1.0
    bound = sign * (claim.at_least if claim.at_least is not None else claim.at_most or 0.0)
    if claim.still is not None:
        return bound, sign * claim.still
    return bound, 0.0 if claim.kind in DIFFERENCES and bound > 0 else None


def _good_enough(grade: str, asked: str) -> bool:
    return grade in GRADES and GRADES.index(grade) <= GRADES.index(asked)
