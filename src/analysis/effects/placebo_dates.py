"""The same model at earlier dates, where the intervention cannot have done anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.effects.interrupted import interrupted_time_series
from analysis.effects.results import Answer, Diagnostic, EffectEstimate, Refusal


@dataclass(frozen=True, eq=False)
class PlaceboDates:
    """What the model finds at each placebo date, and what that says about the estimate."""

    results: Mapping[object, EffectEstimate | Refusal]
    diagnostics: tuple[Diagnostic, ...]


def placebo_dates(
    frame: pd.DataFrame,
    time: str,
    outcome: str,
    onset: object,
    dates: Sequence[object],
    *,
    main: EffectEstimate | Refusal,
    **options: Any,
) -> PlaceboDates:
    """Estimate at each of `dates` from the periods before `onset` alone (arguments as `interrupted_time_series`).

    A date passes where its interval holds "no effect" and not the estimate of `main`, so that an effect of that size
    would have been seen; it fails where an effect is found; else it cannot tell.
    """
    before = frame[frame[time] < pd.Timestamp(str(onset))] if dates else frame
    results = {day: interrupted_time_series(before, time, outcome, day, **options) for day in dates}
    return PlaceboDates(results, tuple(_judged(day, result, main) for day, result in results.items()))


def _judged(day: object, result: EffectEstimate | Refusal, main: EffectEstimate | Refusal) -> Diagnostic:
    name = f"placebo date {day}"
    if isinstance(result, Refusal) or not result.supported:
        return Diagnostic(name, "cannot tell", f"The design gives no answer at {day}.")
    words = f"At {day}: {result.estimate:.4g} ({result.ci_low:.4g} to {result.ci_high:.4g})."
    return Diagnostic(name, judged_placebo(result, main), words, result.estimate, result.p_value)


def judged_placebo(result: EffectEstimate | Refusal, main: EffectEstimate | Refusal) -> Answer:
    """Whether nothing is found where nothing can be, and an effect as large as `main` (same unit) would have been."""
    if isinstance(result, Refusal) or not result.supported:
        return "cannot tell"
    if result.excludes_null:
        return "failed"
    if isinstance(main, Refusal) or not main.supported or result.ci_low <= main.estimate <= result.ci_high:
        return "cannot tell"
    return "passed"
