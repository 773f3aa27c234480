"""A CSV that somebody saved: comma, semicolon or tab, headings in any case, every mistake in one line."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from analysis.errors import DataRejected, UsageError

DELIMITERS = (",", ";", "\t")
AS_UTF8 = "Save it as CSV UTF-8."


class _Reader(Protocol):
    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def read_table(path: Path, what: str) -> tuple[list[str], list[tuple[str, dict[str, str]]]]:
    """The headings of a CSV in small letters, and its rows as (where it stands, cells by heading).

    Rows without any text are left out; a short row ends in empty cells.

    Raises
    ------
    UsageError
        There is no such file, or it cannot be opened.
    DataRejected
        It is no UTF-8 text or no CSV, names a column twice, or has a row that is longer than its header.
    """
    lines = _text(path, what).splitlines(keepends=True)
    head = lines[0] if lines else ""
    rows = csv.reader(lines, delimiter=max(DELIMITERS, key=head.count), strict=True)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise DataRejected("a column", must="in the header once", found=", ".join(twice), where=str(path))
        return names, list(_rows(rows, names, path))
    except csv.Error as error:
        where = f"{path}, line {rows.line_num}"
        raise DataRejected(what, must="a CSV file", where=where, mend=f"{str(error).capitalize()}.") from error


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRejected(what, must="UTF-8 text", where=str(path), mend=AS_UTF8) from error
    except FileNotFoundError as error:
        raise UsageError("a path", must="an existing file", found=str(path)) from error
    except OSError as error:
        raise UsageError("a path", must="a readable file", found=str(path), mend=f"{error.strerror}.") from error


def _rows(rows: _Reader, names: list[str], path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for cells in rows:
        where = f"{path}, line {rows.line_num}"
        if beyond := [cell for cell in cells[len(names) :] if cell.strip()]:
            mend = "Quote a text that holds the delimiter."
            raise DataRejected("a row", must="no longer than the header", found=beyond, where=where, mend=mend)
        if any(cell.strip() for cell in cells):
            filled = [cell.strip() for cell in cells[: len(names)]]
            yield where, dict(zip(names, [*filled, *[""] * (len(names) - len(filled))], strict=True))
