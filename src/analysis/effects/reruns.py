"""The same question asked again: without one period, on an earlier edition of the data, of somebody untreated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.effects.interrupted import interrupted_time_series
from analysis.effects.model_panel import Result
from analysis.effects.placebo_dates import judged_placebo
from analysis.effects.results import Answer, EffectEstimate, Refusal
from analysis.effects.verdict import REFUSED, answer_of

NaN = float("nan")
FEWEST_EDITIONS = 3


@dataclass(frozen=True)
class Rerun:
    """One further run: what was left out or put in its place, the figures, and what they conclude (`answer_of`)."""

    label: object
    estimate: float = NaN
    ci_low: float = NaN
    ci_high: float = NaN
    p_value: float = NaN
    concludes: str = ""


@dataclass(frozen=True)
class Placebo:
    """A run where nothing can be: an earlier `date`, another `territory`, another `outcome`, a `donor` in its place.

    `counted` is False for a placebo named after the protocol was locked: it is shown, and left out of the verdict.
    """

    kind: str
    run: Rerun
    answer: Answer
    counted: bool = True


def rerun(label: object, result: Result) -> Rerun:
    """The figures of one result; NaN throughout where it was refused."""
    concludes = answer_of(result)
    if isinstance(result, Refusal):
        return Rerun(label, concludes=concludes)
    return Rerun(label, result.estimate, result.ci_low, result.ci_high, result.p_value, concludes)


def leave_one_period_out(
    frame: pd.DataFrame, time: str, outcome: str, onset: object, **options: Any
) -> tuple[Rerun, ...]:
    """The estimate without each period that has an outcome, one at a time (arguments as `interrupted_time_series`)."""
    asked = {"checks": False, **options}
    return tuple(
        rerun(row[time], interrupted_time_series(frame.drop(index=index), time, outcome, onset, **asked))
        for index, row in frame[frame[outcome].notna()].iterrows()
    )


def over_editions(
    frames: Mapping[object, pd.DataFrame], time: str, outcome: str, onset: object, **options: Any
) -> tuple[Rerun, ...]:
    """The estimate on each edition of the data, oldest first; keys of `frames` are the days they were known."""
    asked = {"checks": False, **options}
    return tuple(
        rerun(day, interrupted_time_series(frame, time, outcome, onset, **asked)) for day, frame in frames.items()
    )


def placebo_series(
    kind: str,
    frames: Mapping[object, pd.DataFrame],
    time: str,
    outcome: str,
    onset: object,
    *,
    main: Result,
    same_unit: bool = True,
    counted: bool = True,
    **options: Any,
) -> tuple[Placebo, ...]:
    """The same model, at the same date, on series that the intervention cannot have moved.

    `kind` is `territory` or `outcome`. Where units differ from those of `main` (`same_unit` False) sizes cannot be
    compared: such a placebo can fail, and cannot pass.
    """
    size = main if same_unit and isinstance(main, EffectEstimate) else Refusal(("other_unit",), ("Units differ.",))
    found = []
    for label, frame in frames.items():
        result = interrupted_time_series(frame, time, outcome, onset, checks=False, **options)
        found.append(Placebo(kind, rerun(label, result), judged_placebo(result, size), counted))
    return tuple(found)


def stands(main: Result, runs: Iterable[Rerun], fewest: int = 1) -> Answer:
    """Whether every run that gives an answer gives that of `main`; fewer than `fewest` such runs leave it open."""
    concluded = [run.concludes for run in runs if run.concludes != REFUSED]
    if any(one != answer_of(main) for one in concluded):
        return "failed"
    return "passed" if len(concluded) >= fewest else "cannot tell"
