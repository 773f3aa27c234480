"""The quantities that claims speak of, with their intervals, from observations and the survey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.catalogue.recommendations import Claim
from analysis.evidence.record import Lineage

if TYPE_CHECKING:
    import pandas as pd

USUAL = 0.95
SCALES = {"%": 100.0, "per 1,000": 1000.0}
QUOTED = "published_figures"  # figures of others: a claim rests on them only where it names them


@dataclass(frozen=True)
class Figure:
    """One quantity: value and interval in `unit`, base, and lineage; None where it cannot be known."""

    geo: str
    value: float | None
    low: float | None
    high: float | None
    n: float | None
    unit: str
    lineage: Lineage


def figures(
    claim: Claim,
    observations: pd.DataFrame,
    units: Mapping[str, str],
    parts: Mapping[str, tuple[str, ...]],
    level: float,
) -> list[Figure]:
    """One figure a territory of a claim of kind `level`, `change` or `gap`.

    Parameters
    ----------
    observations : of the store, as known on one day.
    units, parts : unit by indicator; the territories below a territory, for wholes that nobody sends.
    level : of the intervals: Wilson and Newcombe for shares, exact Poisson for counts (`trends.intervals`); none for a
        mean, an amount or a share that came without its base.
    """
    if claim.between[:1] == ("geo",):
        one, other = (_stratum(observations, claim, geo, parts) for geo in claim.between[1:])
        return [_gap(claim, one, other, "+".join(claim.between[1:]), units, level)]
    found = [_in_one(claim, observations, geo, units, parts, level) for geo in claim.geos]
    if level == USUAL:
        return found
    return [replace(one, lineage=replace(one.lineage, level=f"{level:.2%}")) for one in found]


def answers(claim: Claim, survey: pd.DataFrame, everyone: str, level: float) -> list[Figure]:
    """The share of organisations that gave an answer, with Wilson's interval of the organisations asked.

    Parameters
    ----------
    survey : the table `survey` of the store; a store that never received one has a table without columns.
    """
    lineage = Lineage("claim_answer", "survey", breakdown=claim.option)
    unknown = [Figure("", None, None, None, None, "%", lineage)]
    if survey.empty:
        return unknown
    chosen = survey[
        (survey["question"] == claim.question) & (survey["option"] == claim.option) & (survey["column"] == everyone)
    ]
    if chosen.empty:
        return unknown
    row = chosen.iloc[0]
    lineage = replace(lineage, submissions=(str(row["submission"]),), rows=(int(row["row"]),))
    base = float(row["stated_base"])
    low, high = _wilson(round(float(row["pct"]) * base / 100), base, level)
    return [Figure("", float(row["pct"]), _times(low, 100), _times(high, 100), base, "%", lineage)]


def _in_one(
    claim: Claim,
    observations: pd.DataFrame,
    geo: str,
    units: Mapping[str, str],
    parts: Mapping[str, tuple[str, ...]],
    level: float,
) -> Figure:
    if claim.kind == "gap":
        key, *codes = claim.between
        one, other = (
            _stratum(observations, replace(claim, **{key: code}), geo, parts)  # type: ignore[arg-type]
            for code in codes
        )
        return _gap(claim, one, other, geo, units, level)
    series = _stratum(observations, claim, geo, parts)
    return (_change if claim.kind == "change" else _level)(claim, series, geo, units, level)


def _stratum(observations: pd.DataFrame, claim: Claim, geo: str, parts: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """The one series that the claim speaks of, oldest first; a whole that nobody sends is the sum of all its parts."""
    rows = observations[observations["indicator"] == claim.indicator]
    rows = rows[rows["dataflow"] == claim.dataflow] if claim.dataflow else rows[rows["dataflow"] != QUOTED]
    for key in ("sex", "age", "nationality", "breakdown"):
        rows = rows[rows[key] == getattr(claim, key)]
    own = rows[rows["geo"] == geo]
    below = parts.get(geo, ())
    if own.empty and below:
        there = rows[rows["geo"].isin(below)]
        sums = there.groupby(["dataflow", "period"], as_index=False)[["value", "denominator"]].sum(skipna=False)
        complete = there.groupby("period")["geo"].nunique()
        own = sums[sums["period"].map(complete) == there["geo"].nunique()].assign(provider="")
    return own[own["value"].notna()].sort_values("period")


def _level(claim: Claim, series: pd.DataFrame, geo: str, units: Mapping[str, str], level: float) -> Figure:
    unit = units[claim.indicator]
    if series.empty:
        return Figure(geo, None, None, None, None, unit, _lineage(claim, series, geo))
    row = series.iloc[-1]
    scale, base = _scale(unit, row)
    low, high = _wilson(row["value"], base, level) if base is not None else _poisson(row["value"], unit, level)
    value = float(row["value"]) / (base or 1.0) * scale
    return Figure(geo, value, _times(low, scale), _times(high, scale), base, unit, _lineage(claim, series, geo, row))


def _change(claim: Claim, series: pd.DataFrame, geo: str, units: Mapping[str, str], level: float) -> Figure:
    import pandas as pd

    before = series[series["period"] <= pd.Timestamp(claim.since or date.max)]
    if before.empty or series["period"].iloc[-1] <= before["period"].iloc[-1]:
        unit = _points(units[claim.indicator])
        return Figure(geo, None, None, None, None, unit, _lineage(claim, series, geo))
    lineage = _lineage(claim, series, geo, series.iloc[-1], before.iloc[-1])
    return _difference(series.iloc[-1], before.iloc[-1], geo, units[claim.indicator], lineage, level)


def _gap(
    claim: Claim, one: pd.DataFrame, other: pd.DataFrame, geo: str, units: Mapping[str, str], level: float
) -> Figure:
    """The difference of two groups on the last day that both are known."""
    together = sorted(set(one["period"]) & set(other["period"]))
    key, *codes = claim.between
    lineage = _lineage(claim, one, geo)
    lineage = replace(lineage, parts=tuple(codes)) if key == "geo" else replace(lineage, **{key: "+".join(codes)})  # type: ignore[arg-type]
    if not together:
        return Figure(geo, None, None, None, None, _points(units[claim.indicator]), lineage)
    first, second = (frame[frame["period"] == together[-1]].iloc[-1] for frame in (one, other))
    lineage = replace(lineage, periods=(f"{together[-1]:%Y-%m-%d}",), provider="")
    return _difference(first, second, geo, units[claim.indicator], lineage, level)


def _difference(first: Any, second: Any, geo: str, unit: str, lineage: Lineage, level: float) -> Figure:
    """First less second: Newcombe's interval for shares, recovered from Garwood's for counts."""
    import numpy as np

    from analysis.trends import intervals

    (scale, base), (_, base_before) = _scale(unit, first), _scale(unit, second)
    shares = base is not None and base_before is not None
    x, y = np.array([float(first["value"])]), np.array([float(second["value"])])
    n, m = np.array([base or 1.0]), np.array([base_before or 1.0])
    low: float | None = None
    high: float | None = None
    if shares:
        bounds = intervals.newcombe(x, n, y, m, level)
        low, high = float(bounds[0][0]), float(bounds[1][0])
    elif base is None and base_before is None and _counts(unit):
        bounds = intervals.count_difference(x, y, level)
        low, high = float(bounds[0][0]), float(bounds[1][0])
    value = float(x[0] / n[0] - y[0] / m[0]) * scale
    return Figure(geo, value, _times(low, scale), _times(high, scale), base, _points(unit), lineage)


def _lineage(claim: Claim, series: pd.DataFrame, geo: str, *rows: Any) -> Lineage:
    sent = str(series["dataflow"].iloc[-1]) if len(series) else claim.dataflow
    provider = str(series["provider"].iloc[-1]) if len(series) else ""
    return Lineage(
        f"claim_{claim.kind}", sent, provider, claim.indicator, geo,
        periods=tuple(f"{row['period']:%Y-%m-%d}" for row in rows),
        sex=claim.sex, age=claim.age, nationality=claim.nationality, breakdown=claim.breakdown,
    )  # fmt: skip


def _scale(unit: str, row: Any) -> tuple[float, float | None]:
    base = float(row["denominator"])
    return (SCALES[unit], base) if unit in SCALES and base == base and base > 0 else (1.0, None)


def _counts(unit: str) -> bool:
    """Whether an unbased number is a count: a share, a mean or money is not."""
    return unit not in SCALES and unit not in ("EUR", "days", "weeks", "months", "ratio")


def _points(unit: str) -> str:
    return "pp" if unit == "%" else unit


def _wilson(count: float, base: float | None, level: float) -> tuple[float | None, float | None]:
    import numpy as np

    from analysis.trends import intervals

    low, high = intervals.wilson(np.array([float(count)]), np.array([base or np.nan]), level)
    return (None, None) if np.isnan(low[0]) else (float(low[0]), float(high[0]))


def _poisson(count: float, unit: str, level: float) -> tuple[float | None, float | None]:
    import numpy as np

    from analysis.trends import intervals

    if not _counts(unit) or count < 0:
        return None, None
    low, high = intervals.poisson(np.array([float(count)]), level)
    return float(low[0]), float(high[0])


def _times(bound: float | None, scale: float) -> float | None:
    return None if bound is None else bound * scale
