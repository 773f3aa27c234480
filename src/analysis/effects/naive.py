"""What a naive analysis makes of a recount: a stock that was counted anew looks like a large, sudden effect."""

from dataclasses import dataclass

import pandas as pd

from analysis.effects.gate import identification_gate, series_design
from analysis.effects.interrupted import interrupted_time_series
from analysis.effects.results import Refusal


@dataclass(frozen=True)
class NaiveStep:
    """The change of level (per cent of the path without it) that a naive series reports, and why ours refuses it."""

    percent: float
    codes: tuple[str, ...]


def naive_step(frame: pd.DataFrame, time: str, outcome: str, first: object, *, periods: int, kind: str) -> NaiveStep:
    """The naive interrupted series around `first`, and the codes with which the gate refuses the whole one.

    The naive one takes `periods` rows before and from `first` on, and knows neither flags nor the indicator's `kind`;
    `percent` is NaN where even that cannot be fitted. Other arguments as `interrupted_time_series`.
    """
    known = frame[frame[outcome].notna()].sort_values(time)
    onset = pd.Timestamp(str(first))
    around = pd.concat([known[known[time] < onset].tail(periods), known[known[time] >= onset].head(periods)])
    found = interrupted_time_series(around[[time, outcome]], time, outcome, onset, checks=False)
    share = float("nan")
    if not isinstance(found, Refusal):
        share = 100 * found.estimate / float(found.counterfactual.iloc[0])
    refusals = identification_gate(series_design(known, time, outcome, onset, kind=kind))
    return NaiveStep(share, tuple(code for refusal in refusals for code in refusal.codes))
