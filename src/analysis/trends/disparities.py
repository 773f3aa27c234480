"""Gaps between groups: who is behind the others, by how much, how sure; and who is falling further behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.catalogue.disclosure import KEPT_BACK
from analysis.errors import DataRejected, UsageError
from analysis.trends.change import Flags
from analysis.trends.intervals import Bounds, Floats, newcombe, wilson
from analysis.trends.periods import require, series_keys
from analysis.trends.smallareas import FEWEST, fay_herriot

LEAST, MOST = 1.0, 4.0
REST = "rest"
BETTER = {"higher": 1.0, "lower": -1.0}
STEPS = 40  # halvings on the way to a certainty


@dataclass(frozen=True, eq=False)
class GroupGaps:
    """`groups`: the rate of every group. `gaps`: its distance from the others; see `group_gaps`."""

    groups: pd.DataFrame
    gaps: pd.DataFrame


def group_gaps(
    frame: pd.DataFrame,
    *,
    group: str,
    by: Sequence[str] | None = None,
    reference: str | None = None,
    value: str = "value",
    denominator: str = "denominator",
    flag: str = "flag",
    better: str = "higher",
    level: float = 0.95,
    shrink: bool = True,
) -> GroupGaps:
    """Rates of groups and their gaps, with intervals that hold for all groups of a comparison together.

    Parameters
    ----------
    frame : one row a group and comparison, without totals; counts of persons in `value` and `denominator`.
    group : the column that tells the groups apart (`sex`, `age`, `nationality`, `geo`, `breakdown`).
    by : columns that tell one comparison from another; default: those of an observation's key but `group`, and
        `period` where the frame has it.
    reference : the group that the others are held against; default each against all the others together (`rest`).
    better : `higher` or `lower`, the good direction of the rate.
    level : of all intervals of one comparison together (Sidak).

    Returns
    -------
    GroupGaps. `groups`: key, the group, value, denominator, `rate`, `low`, `high` (proportions; Wilson), `status`
    (`ok`, `withheld`, `no_value`, `no_denominator`, `not_a_proportion`), and where 6 or more groups of a comparison are
    `ok` the Fay-Herriot `shrunk`, `shrunk_low`, `shrunk_high` and `weight` (the share its own figure has; else NaN).
    `gaps`, worst first: key, the group, `reference`, `gap` (rate less the reference's, in proportions), `low`, `high`
    (Newcombe), `verdict` (`behind`, `ahead`, `cannot tell`), `certainty` (the joint level at which the interval just
    reaches zero), `status` (`ok`, `withheld`, `no_rate`).

    A withheld cell (flag `iv`, no value) counts as anything from 1 to 4: the bounds cover all of these, and no rate,
    gap or shrunk figure is given that would tell the cell. A group without a rate is left out of the rest.
    """
    if better not in BETTER:
        raise UsageError("better", must=f"one of {', '.join(BETTER)}", found=better)
    keys = [name for name in series_keys(frame, by) if name != group]
    if by is None and "period" in frame.columns:
        keys.append("period")
    require(frame, [*keys, group, value, denominator])
    if frame.duplicated([*keys, group]).any():
        row = frame[frame.duplicated([*keys, group])].iloc[0]
        raise DataRejected(
            "a group", must="once in each comparison", found=str(row[group]), mend="Name the key in `by`."
        )
    if reference is not None and reference not in set(frame[group]):
        raise UsageError("reference", must=f"a value of column {group}", found=reference)
    table = _bounded(frame[[*keys, group, value, denominator]], frame, value, denominator, flag)
    table["_block"] = table.assign(_one="").groupby([*keys, "_one"], dropna=False, sort=False).ngroup()
    groups = _rates(table, level)
    if shrink:
        groups = _shrunk(groups, value, denominator, level)
    compared = _compared(table, group, reference, level, BETTER[better])
    shown = [*keys, group, value, denominator, "rate", "low", "high"]
    shown += (["shrunk", "shrunk_low", "shrunk_high", "weight"] if shrink else []) + ["status"]
    order = [*keys, "_worst"]
    gaps = pd.concat([table[[*keys, group]], compared], axis=1).sort_values(order, kind="stable", ignore_index=True)
    if reference is not None:
        gaps = gaps[gaps[group] != reference].reset_index(drop=True)
    return GroupGaps(groups[shown].reset_index(drop=True), gaps.drop(columns="_worst"))


def widening(gaps: pd.DataFrame, *, before: object, now: object, group: str, better: str = "higher") -> pd.DataFrame:
    """Whose gap grew between two periods of `group_gaps(...).gaps` (with `period` among its keys).

    Returns the rows of `now` with `gap_before`, `change` (now less before), `change_low`, `change_high` and `verdict`:
    `falling behind`, `catching up` or `cannot tell`. The interval is recovered from both gaps' intervals as if the
    periods were independent. Source: Zou and Donner (2008), Statistics in Medicine 27.
    """
    require(gaps, ["period", group, "reference", "gap", "low", "high"])
    keys = [name for name in gaps.columns if name in series_keys(gaps, None) and name != group]
    join = [*keys, group, "reference"]
    first = gaps.loc[gaps["period"] == before, [*join, "gap", "low", "high"]]
    out = gaps[gaps["period"] == now].merge(first, on=join, suffixes=("", "_before"))
    change = out["gap"] - out["gap_before"]
    down = np.hypot(out["gap"] - out["low"], out["high_before"] - out["gap_before"])
    up = np.hypot(out["high"] - out["gap"], out["gap_before"] - out["low_before"])
    good = BETTER[better]
    falls = (change + up < 0) if good > 0 else (change - down > 0)
    gains = (change - down > 0) if good > 0 else (change + up < 0)
    verdict = np.select([falls, gains], ["falling behind", "catching up"], default="cannot tell")
    columns = [*join, "period", "gap_before", "gap", "change", "change_low", "change_high", "verdict"]
    found = out.assign(change=change, change_low=change - down, change_high=change + up, verdict=verdict)[columns]
    return found.assign(_worst=good * change).sort_values("_worst", ignore_index=True).drop(columns="_worst")


def _bounded(table: pd.DataFrame, frame: pd.DataFrame, value: str, denominator: str, flag: str) -> pd.DataFrame:
    """The rows with the least and greatest count that they allow, and what is wrong with them."""
    x, n = (
        table[value].to_numpy(dtype=float, na_value=np.nan),
        table[denominator].to_numpy(dtype=float, na_value=np.nan),
    )
    flags = frame[flag].fillna("").astype(str) if flag in frame.columns else pd.Series("", index=frame.index)
    withheld = (flags.str.split(r"[ ,;]+").map(lambda all_of: KEPT_BACK in all_of)).to_numpy() & np.isnan(x)
    status = np.select(
        [np.isnan(n) | (n <= 0), withheld, np.isnan(x), (x < 0) | (x > n)],
        ["no_denominator", "withheld", "no_value", "not_a_proportion"],
        default="ok",
    )
    used = np.isin(status, ["ok", "withheld"])
    hidden = status == "withheld"
    return table.assign(
        _low=np.where(used, np.where(hidden, np.minimum(LEAST, n), x), np.nan),
        _high=np.where(used, np.where(hidden, np.minimum(MOST, n), x), np.nan),
        _n=np.where(used, n, np.nan),
        status=status,
    )


def _sidak(table: pd.DataFrame, fewer: int, level: float | Floats) -> Floats:
    """The level of each interval such that all of its comparison hold together."""
    count = table["_n"].notna().groupby(table["_block"]).transform("sum").to_numpy() - fewer
    alone: Floats = np.power(level, 1 / np.maximum(count, 1))
    return alone


def _rates(table: pd.DataFrame, level: float) -> pd.DataFrame:
    alone = _sidak(table, 0, level)
    least, most, n = (table[name].to_numpy(dtype=float) for name in ("_low", "_high", "_n"))
    low, high = wilson(least, n, alone)[0], wilson(most, n, alone)[1]
    rate = np.where(table["status"] == "ok", table["_low"] / table["_n"], np.nan)
    return table.assign(rate=rate, low=low, high=high)


def _compared(table: pd.DataFrame, group: str, reference: str | None, level: float, good: float) -> pd.DataFrame:
    """Columns of the gaps, row by row."""
    blocks = table["_block"]
    own = [table[name].to_numpy(dtype=float) for name in ("_low", "_high", "_n")]
    if reference is None:
        sums = table[["_low", "_high", "_n"]].groupby(blocks).transform("sum")
        other = [sums[name].to_numpy() - np.nan_to_num(mine) for name, mine in zip(sums, own, strict=True)]
    else:
        chosen = table[table[group] == reference].set_index("_block")[["_low", "_high", "_n"]]
        other = [chosen[name].reindex(blocks).to_numpy(dtype=float) for name in chosen]
    other[2] = np.where(other[2] > 0, other[2], np.nan)

    def bounds(joint: float | Floats) -> Bounds:
        alone = _sidak(table, reference is not None, joint)
        return newcombe(own[0], own[2], other[1], other[2], alone)[0], newcombe(
            own[1], own[2], other[0], other[2], alone
        )[1]

    low, high = bounds(level)
    with np.errstate(invalid="ignore"):
        gap = np.where((own[0] == own[1]) & (other[0] == other[1]), own[0] / own[2] - other[0] / other[2], np.nan)
    behind, ahead = (high < 0, low > 0) if good > 0 else (low > 0, high < 0)
    status = np.where(np.isnan(low), "no_rate", np.where(np.isnan(gap), "withheld", "ok"))
    columns = {
        "reference": REST if reference is None else reference,
        "gap": gap,
        "low": low,
        "high": high,
        "verdict": np.select([behind, ahead], ["behind", "ahead"], default="cannot tell"),
        "certainty": _certainty(bounds, len(table), np.isnan(low)),
        "status": status,
        "_worst": good * np.where(np.isnan(gap), (low + high) / 2, gap),
    }
    return pd.DataFrame(columns, index=table.index)


def _certainty(bounds: Callable[[Floats], Bounds], rows: int, unknown: Flags) -> Floats:
    """The joint level at which each interval just reaches zero, by halving; 0 where it always holds zero."""
    sure, unsure = np.zeros(rows), np.full(rows, 1 - 1e-9)
    for _ in range(STEPS):
        middle = (sure + unsure) / 2
        low, high = bounds(middle)
        clear = (low > 0) | (high < 0)
        sure, unsure = np.where(clear, middle, sure), np.where(clear, unsure, middle)
    return np.where(unknown, np.nan, np.where(sure > 1e-9, sure, 0.0))


def _shrunk(groups: pd.DataFrame, value: str, denominator: str, level: float) -> pd.DataFrame:
    """Fay-Herriot within each comparison; sampling variances from its common rate, so that no group's is zero."""
    from scipy import stats

    out = groups.assign(shrunk=np.nan, shrunk_low=np.nan, shrunk_high=np.nan, weight=np.nan)
    for _, rows in groups[groups["status"] == "ok"].groupby("_block", sort=False):
        n = rows[denominator].to_numpy(dtype=float)
        common = float(rows[value].sum() / n.sum())
        if len(rows) < FEWEST + 1 or not 0 < common < 1:
            continue
        fit = fay_herriot(rows["rate"].to_numpy(), common * (1 - common) / n)
        half = float(stats.norm.ppf(0.5 + level ** (1 / len(rows)) / 2)) * np.sqrt(fit.mse)
        columns = [fit.estimate, fit.estimate - half, fit.estimate + half]
        out.loc[rows.index, ["shrunk", "shrunk_low", "shrunk_high"]] = np.clip(np.column_stack(columns), 0, 1)
        out.loc[rows.index, "weight"] = fit.weight
    return out
