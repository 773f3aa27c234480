"""A table as CSV and as XLSX, each with a block that says what it is; the same bytes for the same table."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from analysis.submissions.plain_text import as_plain_text

if TYPE_CHECKING:
    import pandas as pd

CLOCK = (1980, 1, 1, 0, 0, 0)  # of every part of a workbook: bytes must not depend on when it was written
WIDEST = 48


@dataclass(frozen=True)
class Table:
    """What is handed out.

    `columns` maps each column of `frame` that goes out to what it means; `about` are (name, content) pairs such as
    title, day of knowledge, source and notice; `sheets` names the two sheets of the workbook; `as_of` dates it.
    """

    frame: pd.DataFrame
    columns: Mapping[str, str]
    about: Sequence[tuple[str, str]]
    sheets: tuple[str, str]
    as_of: date


def as_csv(table: Table) -> bytes:
    """UTF-8 with a byte-order mark (Excel asks for it), commas, points; lines that begin with # hold the metadata."""
    stream = io.StringIO()
    for name, content in [*table.about, *table.columns.items()]:
        stream.write(f"# {_line(name)}: {_line(content)}\r\n")
    writer = csv.writer(stream)
    writer.writerow(table.columns)
    writer.writerows([_written(value) for value in row] for row in _rows(table))
    return stream.getvalue().encode("utf-8-sig")


def as_xlsx(table: Table) -> bytes:
    """A workbook of two sheets: the data, with typed cells, and what they are."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    data, about = book.active, book.create_sheet(table.sheets[1])
    data.title = table.sheets[0]
    for sheet, rows in ((data, [list(table.columns), *_rows(table)]), (about, _about(table))):
        for row, values in enumerate(rows, start=1):
            for column, value in enumerate(values, start=1):
                _fill(sheet.cell(row, column), value)
        for place, cells in enumerate(zip(*rows, strict=True), start=1):
            letter = sheet.cell(1, place).column_letter
            sheet.column_dimensions[letter].width = min(WIDEST, 2 + max(len(str(cell)) for cell in cells))
    for cell in data[1]:
        cell.font = Font(bold=True)
    data.freeze_panes = "A2"
    book.properties.created = book.properties.modified = datetime(table.as_of.year, table.as_of.month, table.as_of.day)
    book.properties.creator = ""
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue(), table.as_of)


def _about(table: Table) -> list[list[Any]]:
    return [[name, content] for name, content in [*table.about, *table.columns.items()]]


def _rows(table: Table) -> list[list[Any]]:
    return [[_plain(value) for value in row] for row in table.frame[list(table.columns)].itertuples(index=False)]


def _plain(value: Any) -> str | int | float | date | None:
    """A value as both files hold it: numbers rounded alike, dates without a clock, text that no program calculates."""
    import pandas as pd

    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    if isinstance(value, bool | str):
        return as_plain_text(str(value))
    number = round(float(value), 6)
    return int(number) if number.is_integer() else number


def _written(value: Any) -> Any:
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def _line(text: str) -> str:
    return " ".join(text.split())


def _fill(cell: Any, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"


def _timeless(workbook: bytes, as_of: date) -> bytes:
    """The workbook with every part dated alike, and with the save's own clock replaced by the day of knowledge."""
    import re

    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, CLOCK)
            part.create_system, part.compress_type = 0, zipfile.ZIP_DEFLATED
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(?<=>)\d{4}-\d\d-\d\dT[\d:]+Z(?=<)", f"{as_of}T00:00:00Z".encode(), content)
            target.writestr(part, content)
    return packed.getvalue()
