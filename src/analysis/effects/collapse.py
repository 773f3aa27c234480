"""Cells of a unit (sexes, ages, nationalities) added up to one row a period, so that an estimator sees a panel."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.effects.panel import codes_of
from analysis.effects.series import Floats, Integers, check_named, numbers_of
from analysis.errors import DataRejected, UsageError


def collapse_cells(
    frame: pd.DataFrame, unit: str, time: str, *, sums: Sequence[str], same: Sequence[str] = (), even: bool = True
) -> pd.DataFrame:
    """Sum the cells of each unit and period.

    An average effect on unit totals is the sum of the effects on their cells, and with cohorts and clusters that do not
    vary within a unit nothing is lost: difference-in-differences is linear in the outcome, and units are what inference
    counts. Collapse first; 36 cells a unit then cost one pass over the rows instead of 36 panels.

    Parameters
    ----------
    frame : any number of rows for each unit and period.
    unit, time : columns that identify the result's rows.
    sums : numeric columns to add up, in their own units.
    same : columns that do not vary within a unit and period (cohort, cluster); carried over.
    even : whether each unit and period must have as many cells; otherwise sums of different cells would be compared.

    Returns
    -------
    One row for each unit and period, sorted, with the columns `unit`, `time`, `sums`, `same` and `cells`, their number.

    Raises
    ------
    UsageError : a column is absent, or there is nothing to sum.
    DataRejected : an empty key, an empty, text or infinite value to sum, a `same` column that varies, uneven cells.
    """
    names = [unit, time, *sums, *same]
    check_named(frame, names)
    if not sums:
        raise UsageError("sums", must="at least one column")
    runs = _runs(frame, unit, time)
    u, units = codes_of(frame[unit].iloc[runs], unit)
    t, times = codes_of(frame[time].iloc[runs], time)
    key, size = u * len(times) + t, len(units) * len(times)
    cells = np.bincount(key, weights=np.diff(np.append(runs, len(frame))), minlength=size).astype(np.int64)
    at = np.flatnonzero(cells)
    if even and len(np.unique(cells[at])) > 1:
        few = at[cells[at].argmin()]
        raise DataRejected(
            "the cells",
            must=f"as many in every unit and period ({cells.max()})",
            found=int(cells[few]),
            where=f"unit {units[few // len(times)]}, time {times[few % len(times)]}",
            mend="Add the absent cells, as zeros where that is what they are, or pass even=False.",
        )
    columns: dict[str, object] = {unit: units[at // len(times)], time: times[at % len(times)]}
    for name in sums:
        columns[name] = np.bincount(key, weights=_run_sums(frame[name], name, runs), minlength=size)[at]
    first = np.zeros(size, dtype=np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    for name in same:
        columns[name] = _carry(frame[name], name, runs, key, first).iloc[first[at]].array
    return pd.DataFrame({**columns, "cells": cells[at]})


def _runs(frame: pd.DataFrame, unit: str, time: str) -> Integers:
    """Where runs of rows of one unit and period begin: in a sorted file they are the result's rows already."""
    u, t = _comparable(frame[unit]), _comparable(frame[time])
    if not len(u):
        raise DataRejected("the frame", must="at least one row", found=0)
    return np.concatenate([[0], np.flatnonzero((u[1:] != u[:-1]) | (t[1:] != t[:-1])) + 1])


def _comparable(column: pd.Series) -> np.ndarray:
    """Values whose equality is that of the column's, empty ones equal to nothing or to each other."""
    plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufbM"
    return column.to_numpy() if plain else pd.factorize(column)[0]


def _run_sums(column: pd.Series, name: str, runs: Integers) -> Floats:
    values = numbers_of(column, name)
    if np.isnan(values).any():
        raise DataRejected(
            name,
            must="filled in every row",
            found=f"{int(np.isnan(values).sum())} empty",
            mend="A missing cell would lower the sum: drop the unit and period, or fill it in.",
        )
    return np.asarray(np.add.reduceat(values, runs))


def _carry(column: pd.Series, name: str, runs: Integers, key: Integers, first: Integers) -> pd.Series:
    """The column at the start of each run, once it is the same in every row of a unit and period."""
    values = _comparable(column)
    inside = _differ(values[1:], values[:-1])
    inside[runs[1:] - 1] = False
    starts = values[runs]
    between = _differ(starts, starts[first[key]])
    if inside.any() or between.any():
        row = int(inside.argmax()) + 1 if inside.any() else int(runs[between.argmax()])
        raise DataRejected(name, must="the same in every cell of a unit and period", where=f"row {row}")
    return column.iloc[runs]


def _differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    changes = one != other
    if one.dtype.kind == "f":
        changes &= ~(np.isnan(one) & np.isnan(other))
    elif one.dtype.kind == "M":
        changes &= ~(np.isnat(one) & np.isnat(other))
    return np.asarray(changes)
