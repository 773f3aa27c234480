"""Reference periods on a calendar: which one comes before, which one lay a year earlier."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected, UsageError

SERIES_KEYS = (
    "dataflow",
    "provider",
    "indicator",
    "geo",
    "frequency",
    "sex",
    "age",
    "nationality",
    "breakdown",
)  # the key of an observation without its period


@dataclass(frozen=True)
class Frequency:
    """How a reference period is counted: `step` units (days or months) apart, `per_year` of them to the same one."""

    unit: str
    step: int
    per_year: int


# A year of weeks is 52 (364 days), so that a day of the week meets itself.
FREQUENCIES = {
    "P1D": Frequency("day", 1, 364),
    "P1W": Frequency("day", 7, 52),
    "P2W": Frequency("day", 14, 26),
    "P1M": Frequency("month", 1, 12),
    "P3M": Frequency("month", 3, 4),
    "P1Y": Frequency("month", 12, 1),
}


def series_keys(frame: pd.DataFrame, by: Sequence[str] | None) -> list[str]:
    """The columns that tell one series from another: `by`, or those of an observation that `frame` has."""
    if by is None:
        return [name for name in SERIES_KEYS if name in frame.columns]
    require(frame, by)
    return list(by)


def require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """UsageError that names the first column that `frame` lacks."""
    for name in columns:
        if name not in frame.columns:
            raise UsageError(f"column {name!r}", must=f"one of {', '.join(map(str, frame.columns))}", where="the frame")


def require_numbers(frame: pd.DataFrame, column: str) -> None:
    """DataRejected where `column` holds anything but numbers and missing values."""
    try:
        frame[column].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataRejected(f"column {column!r}", must="numeric", found=str(frame[column].dtype)) from None


def counted(frame: pd.DataFrame, period: str, frequency: str) -> pd.DataFrame:
    """`unit`, `ordinal`, `step` and `per_year` of each row.

    `frequency` names a column of ISO 8601 durations, or is one. Months count by their month, so the last or the first
    day of a month name the same period. DataRejected for other durations and for periods that are not dates.
    """
    require(frame, [period])
    if not pd.api.types.is_datetime64_any_dtype(frame[period]):
        raise DataRejected(f"column {period!r}", must="dates", found=str(frame[period].dtype))
    if isinstance(frame[period].dtype, pd.DatetimeTZDtype):
        raise DataRejected(f"column {period!r}", must="dates without a time zone", found=str(frame[period].dtype))
    if frame[period].isna().any():
        raise DataRejected(f"column {period!r}", must="filled in every row", found=int(frame[period].isna().sum()))
    durations = frame[frequency] if frequency in frame.columns else pd.Series(frequency, index=frame.index)
    place, names = pd.factorize(durations.astype(str))
    unknown = sorted(set(names) - set(FREQUENCIES))
    if unknown:
        raise DataRejected("the frequency", must=f"one of {', '.join(FREQUENCIES)}", found=unknown[0])
    kinds = pd.DataFrame([vars(FREQUENCIES[name]) for name in names], columns=["unit", "step", "per_year"])
    found = kinds.take(place).set_axis(frame.index)
    found.insert(1, "ordinal", ordinals(frame[period], found["unit"]))
    return found


def ordinals(dates: pd.Series, units: pd.Series) -> npt.NDArray[np.int64]:
    """Days or months since a fixed origin, as `units` says row by row."""
    days = (dates - pd.Timestamp(0)).dt.days
    months = dates.dt.year * 12 + dates.dt.month
    return np.where(units == "month", months, days).astype(np.int64)


def one_row_a_period(frame: pd.DataFrame, keys: Sequence[str], period: str) -> None:
    """DataRejected where a series has a period twice (several vintages, say)."""
    twice = frame[frame.duplicated([*keys, period])]
    if len(twice):
        row = twice.iloc[0]
        named = ", ".join(f"{name} {row[name]}" for name in [*keys, period])
        raise DataRejected(
            f"{len(twice)} rows repeat a period of their series, the first: {named}",
            mend="Take one vintage (as_of), or name all columns of the key in `by`.",
        )
