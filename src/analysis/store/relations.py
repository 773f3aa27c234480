"""What the store's relations look like: pinned columns and types, checked on every commit and kept on every read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MonitorError

KEY = (
    "dataflow",
    "provider",
    "indicator",
    "geo",
    "period",
    "frequency",
    "sex",
    "age",
    "nationality",
    "breakdown",
)
DTYPES: Mapping[str, Any] = {
    "text": "str",
    "date": "datetime64[s]",
    "number": "float64",
    "integer": "int64",
    "count": "Int64",
    "truth": "bool",
}
SQL_TYPES: Mapping[str, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "count": "BIGINT",
    "truth": "BOOLEAN",
}
_MUST: Mapping[str, str] = {
    "text": "text",
    "date": "a date without a time of day",
    "number": "a finite number or missing",
    "integer": "a whole number",
    "count": "a whole number or missing",
    "truth": "True or False",
}


@dataclass(frozen=True)
class Field:
    """One column: its kind (a key of `DTYPES`), and whether a cell may be missing (numbers and counts always may)."""

    name: str
    kind: str
    optional: bool = False


def _fields(kinds: str) -> tuple[Field, ...]:
    pairs = (word.split(":") for word in kinds.split())
    return tuple(
        Field(name, kind.rstrip("?"), kind.endswith("?") or kind in ("number", "count")) for name, kind in pairs
    )


RELATIONS: Mapping[str, tuple[Field, ...]] = {
    "observations": _fields(
        "dataflow:text provider:text indicator:text geo:text period:date frequency:text sex:text age:text"
        " nationality:text breakdown:text value:number denominator:number flag:text as_of:date submission:text"
        " sheet:text row:integer column:text synthetic:truth note:text"
    ),
    "submissions": _fields(
        "submission:text file_name:text dataflow:text provider:text period:date? received_at:date rulebook:text"
        " state:text reason:text rows_read:integer rows_accepted:integer rows_quarantined:integer errors:integer"
        " queries:integer infos:integer supersedes:text days_late:count synthetic:truth"
    ),
    "findings": _fields(
        "submission:text dataflow:text provider:text rule:text severity:text sheet:text row:integer column:text"
        " raw:text message:text mend:text"
    ),
    # What was altered between a provider's cell and the stored value, or left out as no row of the table.
    "changes": _fields(
        "submission:text sheet:text row:integer column:text what:text why:text reason:text before:text after:text"
    ),
}
# One row per key of the total stratum, without the way back to a cell: what a page about many places opens.
TOTALS: Mapping[str, str] = {"sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": ""}
CUBE = _fields(
    "dataflow:text provider:text indicator:text geo:text period:date frequency:text value:number denominator:number"
    " flag:text as_of:date synthetic:truth"
)
TABLE = _fields("submission:text row:integer as_of:date")  # every table has these, beside the columns of its form


def conform(relation: str, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with the pinned columns, in order, in the pinned types; nothing is rounded, cut or guessed.

    Raises MonitorError naming the first column (and row, counted from 0) that does not fit. A `table_*` relation keeps
    every column it has, after `submission`, `row` and `as_of`.
    """
    fields = RELATIONS.get(relation, TABLE)
    _same_columns(relation, fields, frame)
    columns = {field.name: _cast(relation, field, frame[field.name].reset_index(drop=True)) for field in fields}
    if relation not in RELATIONS:
        columns |= {str(name): _free(relation, str(name), frame[name]) for name in frame if name not in columns}
    return pd.DataFrame(columns)


def empty(fields: tuple[Field, ...]) -> pd.DataFrame:
    """A frame without rows, in the pinned types."""
    return pd.DataFrame({field.name: pd.Series(dtype=DTYPES[field.kind]) for field in fields})


def pin(frame: pd.DataFrame, fields: tuple[Field, ...]) -> pd.DataFrame:
    """What the engine returned, in the pinned types; columns that are not pinned get the plainest fitting type."""
    kinds = {field.name: DTYPES[field.kind] for field in fields}
    return pd.DataFrame({name: column.astype(kinds.get(str(name)) or _plain(column)) for name, column in frame.items()})


def _same_columns(relation: str, fields: tuple[Field, ...], frame: pd.DataFrame) -> None:
    names = [field.name for field in fields]
    missing = [name for name in names if name not in frame]
    surplus = [str(name) for name in frame if name not in names] if relation in RELATIONS else []
    twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
    for problem, columns in (("lack", missing), ("have no", surplus), ("repeat", twice)):
        if columns:
            raise MonitorError(f"rows for {relation} {problem} column {', '.join(columns)}")


def _cast(relation: str, field: Field, column: pd.Series) -> pd.Series:
    """The column in its pinned type, or MonitorError naming the first cell that does not fit."""
    missing = column.isna()
    if not field.optional and missing.any():
        mend = "Text without content is ''" if field.kind == "text" else ""
        raise _misfit(relation, field, column, missing, mend=mend, must=f"{_MUST[field.kind]}, never missing")
    wrong = ~(missing | _fits(field.kind, column))
    if wrong.any():
        raise _misfit(relation, field, column, wrong)
    if field.kind == "date":
        return pd.to_datetime(column).astype(DTYPES["date"])
    return column.astype(DTYPES[field.kind])


def _fits(kind: str, column: pd.Series) -> pd.Series:
    """Per cell, whether it is of the kind; missing cells may say anything."""
    everything = pd.Series(True, index=column.index)
    types = pd.api.types
    if kind == "text":
        return everything if isinstance(column.dtype, pd.StringDtype) else column.map(lambda v: isinstance(v, str))
    if kind == "truth":
        return everything if types.is_bool_dtype(column) else column.map(lambda v: isinstance(v, bool | np.bool_))
    if kind == "date":
        times = column if types.is_datetime64_dtype(column) else pd.to_datetime(column.map(_moment), errors="coerce")
        return times.notna() & (times == times.dt.normalize())
    if not types.is_numeric_dtype(column) or types.is_bool_dtype(column):
        column = column.map(lambda v: v if isinstance(v, int | float | np.number) and not isinstance(v, bool) else None)
    numbers = column.astype("float64")
    finite = pd.Series(np.isfinite(numbers), index=column.index)
    return finite if kind == "number" else finite & (numbers == numbers.round())


def _moment(value: object) -> object:
    """Dates and times as they are; anything else (text, numbers) is not guessed at."""
    return value if hasattr(value, "isoformat") else None


def _free(relation: str, name: str, column: pd.Series) -> pd.Series:
    """A column of a form, in one plain type: text, date, number, whole number or truth."""
    column = column.reset_index(drop=True)
    if column.dtype == object:
        for kind in ("date", "truth", "number"):
            known = column.dropna()
            if len(known) and _fits(kind, known).all():
                return column.astype("boolean") if kind == "truth" else _cast(relation, Field(name, kind, True), column)
        return _cast(relation, Field(name, "text", True), column)
    if pd.api.types.is_datetime64_any_dtype(column):
        return _cast(relation, Field(name, "date", True), column)
    return column


def _plain(column: pd.Series) -> Any:
    if pd.api.types.is_datetime64_any_dtype(column):
        return DTYPES["date"]
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        truth = len(column.dropna()) and column.dropna().map(lambda v: isinstance(v, bool)).all()
        return "boolean" if truth else "str"
    if str(column.dtype).startswith("Int") and not column.isna().any():
        return "int64"
    return str(column.dtype)


def _misfit(
    relation: str, field: Field, column: pd.Series, wrong: pd.Series, *, must: str = "", mend: str = ""
) -> MonitorError:
    row = int(np.flatnonzero(wrong.to_numpy())[0])
    what = f"column {field.name} of {relation}"
    value = column.iloc[row]
    plain = value.item() if isinstance(value, np.generic) else value
    return MonitorError(what, must=must or _MUST[field.kind], found=plain, where=f"row {row}", mend=mend)
