"""Cells of a unit (sexes, ages, nationalities) added up to one row a period, so that an estimator sees a panel."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.effects.panel import codes_of, numbers_of
from analysis.effects.series import Integers
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
    for name in names:
        if name not in frame.columns:
            raise UsageError(f"column {name!r}", must=f"one of {', '.join(map(str, frame.columns))}", where="the frame")
    if not sums:
        raise UsageError("sums", must="at least one column")
    u, units = codes_of(frame[unit], unit)
    t, times = codes_of(frame[time], time)
    key, size = u * len(times) + t, len(units) * len(times)
    cells = np.bincount(key, minlength=size)
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
        columns[name] = _sum(frame[name], name, key, size)[at]
    first = np.zeros(size, dtype=np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    for name in same:
        columns[name] = _carry(frame[name], name, key, first).iloc[first[at]].array
    return pd.DataFrame({**columns, "cells": cells[at]})


def _sum(column: pd.Series, name: str, key: Integers, size: int) -> np.ndarray:
    values = numbers_of(column, name)
    if np.isnan(values).any():
        raise DataRejected(
            name,
            must="filled in every row",
            found=f"{int(np.isnan(values).sum())} empty",
            mend="A missing cell would lower the sum: drop the unit and period, or fill it in.",
        )
    return np.bincount(key, weights=values, minlength=size)


def _carry(column: pd.Series, name: str, key: Integers, first: Integers) -> pd.Series:
    plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb"
    values = column.to_numpy() if plain else pd.factorize(column)[0]
    expected = values[first][key]
    changes = values != expected
    if values.dtype.kind == "f":
        changes &= ~(np.isnan(values) & np.isnan(expected))
    if changes.any():
        raise DataRejected(name, must="the same in every cell of a unit and period", where=f"row {changes.argmax()}")
    return column
