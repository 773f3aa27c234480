"""Accounting identities across series: what cannot all be true at once, and which cell is the likely culprit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.breaks import ROUNDING
from analysis.trends.intervals import Floats
from analysis.trends.periods import counted, one_row_a_period, require, series_keys

Places: TypeAlias = npt.NDArray[np.integer[Any]]

KINDS = ("stock_flow", "rise_within", "parts_total", "at_least", "never_falls")
FOUND = ["identity", "kind", "period", "left", "right", "excess", "culprit", "culprit_period"]


@dataclass(frozen=True)
class Identity:
    """What must hold between indicators, within `tolerance` (in their units).

    kind : `stock_flow` (`whole` now less before = sum of `parts` - sum of `minus`), `rise_within` (the same with <=,
        where leavers are not counted), `parts_total` (`whole` = sum of `parts`), `at_least` (`whole` >= the one part:
        ever >= current) or `never_falls` (cumulative).
    rounded_to : the figures are rounded to multiples of this (Eurostat: 5), so each may be off by half of it; an excess
        within the sum of these halves proves nothing and is no failure.
    tolerance : what is allowed beyond that, for a failure to matter.
    """

    name: str
    kind: str
    whole: str
    parts: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    tolerance: float = 0.0
    rounded_to: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError("kind", must=f"one of {', '.join(KINDS)}", found=self.kind, where=f"identity {self.name}")
        for what, number in (("tolerance", self.tolerance), ("rounded_to", self.rounded_to)):
            if not number >= 0:
                raise UsageError(what, must="0 or more", found=number, where=f"identity {self.name}")
        if bool(self.parts) == (self.kind == "never_falls") or (self.kind == "at_least" and len(self.parts) != 1):
            must = {"never_falls": "empty", "at_least": "one indicator"}.get(self.kind, "one or more indicators")
            raise UsageError("parts", must=must, found=self.parts, where=f"identity {self.name}")

    @property
    def indicators(self) -> tuple[str, ...]:
        """All that it speaks of."""
        return (self.whole, *self.parts, *self.minus)

    @property
    def allowed(self) -> float:
        """The greatest excess that rounding can explain, and `tolerance` with it; a step has its whole twice."""
        figures = len(self.indicators) + (self.kind in ("stock_flow", "rise_within", "never_falls"))
        return self.tolerance + figures * self.rounded_to / 2


def identities(
    frame: pd.DataFrame,
    rules: Sequence[Identity],
    *,
    by: Sequence[str] | None = None,
    period: str = "period",
    value: str = "value",
    indicator: str = "indicator",
    frequency: str = "frequency",
) -> pd.DataFrame:
    """Every place and period where an identity fails.

    Parameters
    ----------
    frame : one row a series, indicator and period (one vintage).
    rules : the identities.
    by : columns of the key that the indicators share; default: those of an observation's key that the frame has, but
        for `dataflow`, `provider` and the indicator: identities cross bodies.

    Returns
    -------
    One row a failure: key, `identity`, `kind`, `period`, `left` and `right` sides of the identity, `excess` (left -
    right, signed) in the values' units, `culprit` (an indicator) and `culprit_period`: the one cell whose mending would
    fit best, a suspicion and no proof. Rows where a figure or the period before is missing are not judged.
    The attribute `attrs["judged"]` counts the rows judged, per identity.

    The culprit: a stock that is wrong once leaves a residual and the opposite one a period later; so the stock before
    or after the step is named where the neighbouring residual is opposite and at least half as large, else the first
    flow. In a sum, the cell that mending brings nearest to the mean of its own neighbours in time, if any comes nearer.

    Raises
    ------
    DataRejected where a series repeats a period or an identity names an indicator that is not there.
    """
    shared = [name for name in series_keys(frame, by) if by or name not in ("dataflow", "provider", indicator)]
    keys = [name for name in shared if name != indicator and name != frequency]
    require(frame, [*keys, indicator, period, value])
    one_row_a_period(frame, [*keys, indicator], period)
    count = counted(frame, period, frequency)
    there = set(frame[indicator])
    for rule in rules:
        for name in rule.indicators:
            if name not in there:
                raise DataRejected(f"indicator {name!r}", must="in the frame", where=f"identity {rule.name}")
    table = frame[[*keys, indicator, period, value]].assign(_step=count["step"], _at=count["ordinal"], _one="")
    found, judged = [], {}
    for rule in rules:
        wide = _side_by_side(table[table[indicator].isin(rule.indicators)], keys, indicator, value, period)
        left, right = _sides(wide, rule)
        judged[rule.name] = int((~np.isnan(left - right)).sum())
        found.append(_failures(wide, rule, left, right, keys, period))
    out = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*keys, *FOUND])
    out.attrs["judged"] = judged
    return out


def _side_by_side(rows: pd.DataFrame, keys: list[str], indicator: str, value: str, period: str) -> pd.DataFrame:
    """One row a series and period, the indicators as columns, with `_before` and `_after`: rows of the neighbours."""
    index = [*keys, "_one", "_step", "_at"]
    wide = rows.set_index([*index, indicator])[value].astype(float).unstack(indicator).reset_index()
    dates = rows.drop_duplicates(index)[[*index, period]]
    wide = wide.merge(dates, on=index, how="left").sort_values(index, ignore_index=True)
    series = wide.groupby([*keys, "_one", "_step"], dropna=False, sort=False).ngroup()
    follows = (series == series.shift()) & (wide["_at"] - wide["_at"].shift() == wide["_step"])
    rows_at = np.arange(len(wide))
    wide["_before"] = np.where(follows, rows_at - 1, -1)
    wide["_after"] = np.where(follows.shift(-1, fill_value=False), rows_at + 1, -1)
    return wide


def _at(wide: pd.DataFrame, values: Floats, neighbour: str) -> Floats:
    place = wide[neighbour].to_numpy()
    return np.where(place >= 0, values[place], np.nan) if len(values) else values


def _sides(wide: pd.DataFrame, rule: Identity) -> tuple[Floats, Floats]:
    whole = wide[rule.whole].to_numpy(dtype=float)
    if rule.kind == "never_falls":
        return whole, _at(wide, whole, "_before")
    parts = wide[list(rule.parts)].to_numpy(dtype=float).sum(axis=1)
    minus = wide[list(rule.minus)].to_numpy(dtype=float).sum(axis=1) if rule.minus else 0.0
    if rule.kind in ("stock_flow", "rise_within"):
        return whole - _at(wide, whole, "_before"), parts - minus
    return whole, parts - minus


def _failures(
    wide: pd.DataFrame, rule: Identity, left: Floats, right: Floats, keys: list[str], period: str
) -> pd.DataFrame:
    excess = left - right
    allowed = rule.allowed + ROUNDING * np.nanmax(np.abs(wide[list(rule.indicators)].to_numpy(dtype=float)), initial=0)
    if rule.kind == "rise_within":
        failed = excess > allowed
    elif rule.kind in ("at_least", "never_falls"):
        failed = excess < -allowed
    else:
        failed = np.abs(excess) > allowed
    if rule.kind in ("stock_flow", "rise_within"):
        culprit, place = _in_flow(wide, rule, excess, keys)
    elif rule.kind == "never_falls":
        culprit, place = _in_cumulative(wide, rule)
    else:
        culprit, place = _in_sum(wide, rule, excess)
    dates = wide[period].to_numpy()
    out = wide[keys].assign(identity=rule.name, kind=rule.kind, period=dates, left=left, right=right, excess=excess)
    rows: pd.DataFrame = out.assign(culprit=culprit, culprit_period=dates[place])[failed]
    return rows


def _in_flow(wide: pd.DataFrame, rule: Identity, excess: Floats, keys: list[str]) -> tuple[list[str], Places]:
    usual = np.zeros(len(wide))
    if rule.kind == "rise_within":  # leavers are not counted, so what is usual is their number
        groups = [wide[name] for name in [*keys, "_one"]]
        usual = pd.Series(excess).groupby(groups, dropna=False).transform("median").to_numpy()
    odd = excess - usual
    earlier, later = (-np.sign(odd) * np.nan_to_num(_at(wide, odd, side)) for side in ("_before", "_after"))
    half = np.abs(odd) / 2
    before, after = (earlier >= half) & (earlier >= later), (later >= half) & (later > earlier)
    here = np.arange(len(wide))
    place = np.where(before, wide["_before"].to_numpy(), here)
    return np.where(before | after, rule.whole, rule.parts[0]).tolist(), place


def _in_cumulative(wide: pd.DataFrame, rule: Identity) -> tuple[list[str], Places]:
    """A dip that is made up for is its own fault; a spike that the value before last does not share is the spike's."""
    whole, here = wide[rule.whole].to_numpy(dtype=float), np.arange(len(wide))
    before = _at(wide, whole, "_before")
    dip = _at(wide, whole, "_after") >= before
    spike = ~dip & (_at(wide, before, "_before") <= whole)
    return [rule.whole] * len(wide), np.where(spike, wide["_before"].to_numpy(), here)


def _in_sum(wide: pd.DataFrame, rule: Identity, excess: Floats) -> tuple[list[str], Places]:
    gains = []
    for name in rule.indicators:
        x = wide[name].to_numpy(dtype=float)
        near = np.array([_at(wide, x, "_before"), _at(wide, x, "_after")])
        known = (~np.isnan(near)).sum(axis=0)
        expected = np.where(known > 0, np.nansum(near, axis=0) / np.maximum(known, 1), np.nan)
        mended = x + np.where(name in rule.parts, excess, -excess)
        gains.append(np.nan_to_num(np.abs(x - expected) - np.abs(mended - expected), nan=-np.inf))
    best = np.argmax(gains, axis=0)
    named = [rule.indicators[i] if gains[i][row] > 0 else "" for row, i in enumerate(best.tolist())]
    return named, np.arange(len(wide))
