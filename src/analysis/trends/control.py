"""Process-behaviour (XmR) charts: which values are more than a process's ordinary noise, many series at once."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.breaks import ROUNDING
from analysis.trends.intervals import Floats
from analysis.trends.periods import one_row_a_period, require, require_numbers, series_keys

NATURAL = 2.66  # three standard deviations in mean moving ranges, as the NHS rounds 3 / 1.128
SCREEN = 3.267  # moving ranges from here on, in mean moving ranges, are no noise
RULES = ("outside", "trend", "near", "run")  # a value that breaks several takes its direction from the first
IMPROVEMENT = {"up": 1, "down": -1, "none": 0}
FEWEST = 12  # values under which the NHS calls limits provisional

Ints: TypeAlias = npt.NDArray[np.integer[Any]]
Flags: TypeAlias = npt.NDArray[np.bool_]


def xmr(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    period: str = "period",
    value: str = "value",
    rebase: str | None = None,
    rules: Sequence[str] = RULES,
    run: int = 7,
    trend: int = 7,
    screen: bool = True,
    improvement: str = "none",
    factor: float = NATURAL,
) -> pd.DataFrame:
    """Limits of each series' ordinary noise, and the values that the NHS rules call special.

    Parameters
    ----------
    frame : one row a series and period. Missing values get no signal; ranges, runs and trends pass over them.
    by : columns of the key of a series; default: those of the observation's key that the frame has.
    rebase : a column of booleans; a true row starts a new process with limits of its own (a known break in series).
    rules : of `outside` (a limit), `run` (`run` values on one side of the mean), `trend` (`trend` values that each
        rise, or each fall) and `near` (of 3 in a row on one side of the mean, 2 beyond two thirds of the way to a
        limit, but inside it).
    screen : leave out moving ranges of 3.267 mean ranges or more, then take the mean again.
    improvement : `up`, `down` or `none`: the direction that is good.
    factor : limits lie so many mean moving ranges from the mean.

    Returns
    -------
    The key, period and value with `process` (0, 1, ... between rebases), `mean`, `lower`, `upper` (in the value's
    units), one boolean a rule asked for, `signal` (any), `meaning` (`improvement`, `concern`, `neutral`, or empty
    where nothing signals) and `status`: `ok`, `provisional` (under 12 values) or `too_short` (under 2, no limits).

    Raises
    ------
    UsageError for unknown columns, rules or directions; DataRejected where a series repeats a period.

    False alarms, simulated: 10,000 series of 24 independent normal values, limits from the same values. Share of values
    that signal, share of series with any signal: outside 0.44 % and 9.4 %; run 2.7 % and 8.1 %; trend 0.17 % and 0.6 %;
    near 0.30 % and 3.3 %; all four 3.5 % and 17.8 %. Values that depend on the one before alarm far more often (first
    autocorrelation 0.5: 22 % of values, 70 % of series), so a stock is better charted by its changes.

    Source: NHS England, Making Data Count; Wheeler (1993), Understanding Variation.
    """
    _check_options(rules, improvement, run, trend)
    keys = series_keys(frame, by)
    require(frame, [*keys, period, value, *([rebase] if rebase else [])])
    require_numbers(frame, value)
    one_row_a_period(frame, keys, period)
    if np.isinf(frame[value].to_numpy(dtype=float, na_value=np.nan)).any():
        raise DataRejected(f"column {value!r}", must="finite")
    table = frame[[*keys, period, value, *([rebase] if rebase else [])]].assign(_one="")
    table = table.sort_values([*keys, period], ignore_index=True)
    series = table.groupby([*keys, "_one"], dropna=False, sort=False).ngroup()
    begins = table[rebase].fillna(False).astype(int) if rebase else pd.Series(0, index=table.index)
    cumulated = begins.groupby(series).cumsum()
    out = table[[*keys, period, value]].assign(process=cumulated - cumulated.groupby(series).transform("first"))
    group = out.groupby([series, out["process"]], sort=False).ngroup().to_numpy(dtype=np.int64)
    y = table[value].to_numpy(dtype=float)
    known = np.flatnonzero(~np.isnan(y))
    limits = _limits(y[known], group[known], int(group.max(initial=-1)) + 1, factor, screen)
    out["mean"], out["lower"], out["upper"] = limits[group, 0], limits[group, 1], limits[group, 2]
    found, side = _found(y[known], group[known], limits[group[known]], run, trend)
    signs = np.zeros(len(out))
    for rule in (name for name in RULES if name in rules):
        out[rule] = False
        out.loc[known, rule] = found[rule]
        direction = side["trend"] if rule == "trend" else side["mean"]
        signs[known] = np.where((signs[known] == 0) & found[rule], direction, signs[known])
    out["signal"] = signs != 0
    good = IMPROVEMENT[improvement]
    out["meaning"] = np.select(
        [signs == 0, np.full(len(out), good == 0), signs == good], ["", "neutral", "improvement"], default="concern"
    )
    counted = np.bincount(group[known], minlength=len(limits))[group]
    out["status"] = np.select([counted < 2, counted < FEWEST], ["too_short", "provisional"], default="ok")
    return out


def _check_options(rules: Sequence[str], improvement: str, run: int, trend: int) -> None:
    unknown = [rule for rule in rules if rule not in RULES]
    if unknown or not rules:
        raise UsageError("rules", must=f"of {', '.join(RULES)}", found=unknown[0] if unknown else list(rules))
    if improvement not in IMPROVEMENT:
        raise UsageError("improvement", must=f"one of {', '.join(IMPROVEMENT)}", found=improvement)
    for name, count in (("run", run), ("trend", trend)):
        if count < 3:
            raise UsageError(name, must="3 or more", found=count)


def _limits(y: Floats, group: Ints, processes: int, factor: float, screen: bool) -> Floats:
    """Mean, lower and upper limit of every process (processes x 3)."""
    within = group[1:] == group[:-1]
    ranges, owner = np.abs(np.diff(y))[within], group[1:][within]
    typical = _means(ranges, owner, processes)
    if screen:
        kept = (ranges < SCREEN * typical[owner]) | (typical[owner] == 0)
        typical = _means(ranges[kept], owner[kept], processes)
    mean = _means(y, group, processes)
    return np.column_stack([mean, mean - factor * typical, mean + factor * typical])


def _means(values: Floats, group: Ints, groups: int) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.bincount(group, values, groups) / np.bincount(group, minlength=groups)


def _found(y: Floats, group: Ints, limits: Floats, run: int, trend: int) -> tuple[dict[str, Flags], dict[str, Floats]]:
    """Which rules each known value breaks, and on which side of the mean or in which direction."""
    mean, lower, upper = limits.T
    far = np.abs(y - mean) > ROUNDING * np.maximum(np.abs(y), np.abs(mean))
    side = np.where(far, np.sign(y - mean), 0.0)
    outside = far & ((y > upper) | (y < lower))
    close = far & ~outside & (np.abs(y - mean) > (upper - mean) * 2 / 3)
    move = np.where(group[1:] == group[:-1], np.sign(np.diff(y)), 0.0)
    long = (_lengths(move, group[1:]) >= trend - 1) & (move != 0)
    rising = np.zeros(len(y))
    rising[:-1][long] = move[long]
    rising[1:][long] = move[long]
    found = {
        "outside": outside,
        "run": (_lengths(side, group) >= run) & (side != 0),
        "trend": rising != 0,
        "near": close & _two_of_three(close, side, group),
    }
    return found, {"mean": side, "trend": rising}


def _lengths(signs: Floats, group: Ints) -> Ints:
    """For each value the length of the stretch of equal signs, within its process, that it stands in."""
    if not len(signs):
        return np.zeros(0, dtype=np.int64)
    starts = np.r_[True, (signs[1:] != signs[:-1]) | (group[1:] != group[:-1])]
    stretch = np.cumsum(starts) - 1
    lengths: Ints = np.bincount(stretch)[stretch]
    return lengths


def _two_of_three(close: Flags, side: Floats, group: Ints) -> Flags:
    """Whether any three values in a row around each lie on one side, two or more of them close to the limit."""
    member = np.zeros(len(close), dtype=bool)
    if len(close) < 3:
        return member
    first, last = slice(None, -2), slice(2, None)
    three = close[first].astype(int) + close[1:-1] + close[last] >= 2
    three &= (np.abs(side[first] + side[1:-1] + side[last]) == 3) & (group[first] == group[last])
    for shift in range(3):
        member[shift : len(member) - 2 + shift] |= three
    return member
