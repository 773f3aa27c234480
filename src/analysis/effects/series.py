"""One series made ready for a model: ordered, evenly spaced, every handling of bad input counted."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected, UsageError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
LARGEST = 1e100  # squares and their sums must stay finite


@dataclass(frozen=True, eq=False)
class OrderedSeries:
    """One unit's outcome by time; `position` counts periods from the first one, so a gap shows as a jump."""

    times: pd.Index
    position: Integers
    outcome: Floats
    population: Floats | None
    breaks: Integers
    onset: int
    n_missing: int
    n_absent: int
    warnings: tuple[str, ...]

    @property
    def post(self) -> npt.NDArray[np.bool_]:
        """Which observations lie at the onset or after it."""
        return self.position >= self.onset


def check_number(what: str, value: object, *, must: str = "a number") -> None:
    """Refuse an argument that is no number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise UsageError(what, must=must, found=value)


def check_seed(seed: object) -> None:
    """Refuse a seed of random numbers that is no whole number."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise UsageError("the seed", must="a whole number, zero or more", found=seed)


def check_named(frame: pd.DataFrame, names: Iterable[Hashable]) -> None:
    """Refuse what is no frame, and one that lacks a column or has it twice."""
    if not isinstance(frame, pd.DataFrame):
        raise UsageError("the frame", must="a pandas DataFrame", found=type(frame).__name__)
    for name in names:
        if not isinstance(name, Hashable):
            raise UsageError("a column", must="named by its label", found=name)
        if name not in frame.columns:
            raise UsageError(f"column {name!r}", must=f"one of {', '.join(map(str, frame.columns))}", where="the frame")
        if isinstance(frame[name], pd.DataFrame):
            raise UsageError(f"column {name!r}", must="named once", found=frame[name].shape[1], where="the frame")


def ordered_series(
    frame: pd.DataFrame, time: str, outcome: str, onset: object, population: str | None = None
) -> OrderedSeries:
    """Order and check one series.

    Parameters
    ----------
    frame : one row a period, one series only. A column named `flag` (SDMX observation status) is read for breaks `b`.
    time : column of dates, periods or numbers, evenly spaced (months, quarters and years may differ in days).
    outcome, population : numeric columns.
    onset : a value comparable with `time`; the first row at or after it is the first treated period.

    Raises
    ------
    UsageError : a column is absent, or the onset cannot be compared with the times.
    DataRejected : text instead of dates, missing or duplicate times, uneven spacing, text or infinite outcomes,
        a population that is not positive.

    Rows out of order are sorted; rows without an outcome (or population) are left out. Both are counted in `warnings`.
    """
    columns = [time, outcome] + ([population] if population else [])
    check_named(frame, columns)
    if frame.empty:
        raise DataRejected("the series", must="at least one row", found=0, where=outcome)
    times = _checked_times(frame[time], time)
    values = _numbers(frame[outcome], outcome)
    weights = _numbers(frame[population], population) if population else None
    warnings = []
    order = np.argsort(times.to_numpy(), kind="stable")
    if (np.diff(order) < 0).any():
        warnings.append(f"The rows were not in order of {time}; they were sorted.")
    times, values = times[order], values[order]
    position = _positions(times, time)
    onset_position = position_of(times, position, onset, time)
    keep = ~np.isnan(values)
    if weights is not None:
        weights = weights[order]
        if (weights <= 0).any():
            raise DataRejected(
                "the population", must="positive", found=float(weights[weights <= 0][0]), where=str(population)
            )
        keep &= ~np.isnan(weights)
        weights = weights[keep]
    missing = int((~keep).sum())
    absent = int(position[-1] + 1 - len(position))
    if missing:
        warnings.append(f"{missing} of {len(values)} periods have no outcome and were left out, not filled in.")
    if absent:
        warnings.append(f"{absent} periods between the first and the last have no row; they count as gaps.")
    flags = frame["flag"].fillna("").astype(str).str.lower().to_numpy()[order] if "flag" in frame.columns else None
    breaks = position[[("b" in text) for text in flags]] if flags is not None else np.empty(0, dtype=np.int64)
    return OrderedSeries(
        times[keep], position[keep], values[keep], weights, breaks, onset_position, missing, absent, tuple(warnings)
    )


def _checked_times(column: Any, name: str) -> pd.Index:
    if column.isna().any():
        raise DataRejected(f"{name}", must="filled in every row", found=f"{int(column.isna().sum())} empty")
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.start_time
    elif column.dtype == object and not any(isinstance(value, str) for value in column):
        column = pd.to_datetime(column)
    if not (pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_numeric_dtype(column)):
        raise DataRejected(
            name, must="dates or numbers", found=str(column.iloc[0]), mend="Convert text with pandas.to_datetime first."
        )
    if pd.api.types.is_numeric_dtype(column) and not np.isfinite(column.to_numpy(dtype=float)).all():
        raise DataRejected(name, must="finite")
    twice = column[column.duplicated()]
    if len(twice):
        raise DataRejected(
            f"{name}: {len(twice)} times that occur more than once, the first {twice.iloc[0]}",
            mend="An interrupted time series takes one series: filter the frame to one row a period.",
        )
    times: pd.Index = pd.Index(column)
    return times


def _numbers(column: pd.Series, name: str) -> Floats:
    if pd.api.types.is_bool_dtype(column):
        raise DataRejected(name, must="numeric", found=str(column.iloc[0]))
    return numbers_of(column, name).copy()


def numbers_of(column: pd.Series, name: str) -> Floats:
    """A numeric column as floats, empty cells NaN; refuses text, complex and infinite values."""
    types = pd.api.types
    plain = types.is_numeric_dtype(column) and not types.is_complex_dtype(column)
    if not (plain or types.is_bool_dtype(column)):
        raise DataRejected(name, must="numeric", found=str(column.iloc[0]), mend=_conversion(column))
    values = column.to_numpy(dtype=float, na_value=np.nan)
    extreme = np.abs(values) > LARGEST
    if extreme.any():
        row = int(np.flatnonzero(extreme)[0])
        must = "finite" if np.isinf(values[row]) else f"at most {LARGEST:.0e}"
        raise DataRejected(name, must=must, found=float(values[row]), where=f"row {row}")
    return np.asarray(values)


def _conversion(column: pd.Series) -> str:
    """How to make numbers of a column that holds nothing else, as one read from a database or Excel does."""
    if column.dtype != object or pd.to_numeric(column, errors="coerce").isna().sum() > column.isna().sum():
        return ""
    return "The column holds objects: convert it with pandas.to_numeric first."


def _positions(times: pd.Index, name: str) -> Integers:
    """Whole numbers of periods since the first time."""
    if len(times) == 1:
        return np.zeros(1, dtype=np.int64)
    exact = _elapsed(times)
    position = np.rint(exact).astype(np.int64)
    if (np.abs(exact - position) > 1e-6).any():
        row = int(np.flatnonzero(np.abs(exact - position) > 1e-6)[0])
        raise DataRejected(
            name, must="evenly spaced", found=str(times[row]), mend="Put the series on one calendar first."
        )
    return position


def _elapsed(times: pd.Index) -> Floats:
    if not isinstance(times, pd.DatetimeIndex):
        values = times.to_numpy(dtype=float)
        return np.asarray((values - values[0]) / _usual_step(values))
    days = (times - times[0]).days.to_numpy().astype(float)
    months = (times.year * 12 + times.month).to_numpy().astype(float)
    if np.diff(days).min() >= 28 and len(np.unique(months)) == len(months) and _same_day_of_month(times):
        return np.asarray((months - months[0]) / _usual_step(months))
    seconds = (times - times[0]).total_seconds().to_numpy().astype(float)
    return np.asarray(seconds / _usual_step(seconds))


def _usual_step(values: Floats) -> float:
    """The most common distance between neighbours; the shortest of them where several are as common."""
    steps, counts = np.unique(np.round(np.diff(values), 9), return_counts=True)
    return float(steps[counts.argmax()])


def _same_day_of_month(times: pd.DatetimeIndex) -> bool:
    return bool(times.is_month_end.all() or len(np.unique(times.day)) == 1)


def position_of(times: pd.Index, position: Integers, date: Any, name: str, what: str = "the onset") -> int:
    """The position of the first time at or after `date`; one past the last where there is none."""
    several = pd.api.types.is_list_like(date)
    if several or isinstance(date, bool | np.bool_) or pd.isna(date):
        shown = type(date).__name__ if several else date
        raise UsageError(what, must=f"a value comparable with {name}", found=shown)
    try:
        if isinstance(times, pd.DatetimeIndex):
            if isinstance(date, int | float | np.number):
                raise TypeError
            date = date.start_time if isinstance(date, pd.Period) else pd.Timestamp(date)
        elif isinstance(date, str):
            raise TypeError
        after = np.asarray(times >= date)
    except (TypeError, ValueError):
        raise UsageError(what, must=f"comparable with {name} ({times.dtype})", found=date) from None
    return int(position[after][0]) if after.any() else int(position[-1]) + 1
