"""Bytes to raw tables: every cell as it stands, with its sheet and its row as a spreadsheet program counts it."""

import csv
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from itertools import islice
from typing import Any
from xml.etree import ElementTree

from analysis.submissions.cells import Cell, as_text, tidy
from analysis.submissions.encoding import decode
from analysis.submissions.guards import Refusal
from analysis.submissions.ods import percentage, read_ods

SEPARATORS = (";", ",", "\t", "|")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_FORMULA = re.compile(rb"<f[ />]")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_PERCENT_STYLE = re.compile(rb'numFmtId="(?:9|10)"')
_PERCENT_FORMAT = re.compile(rb'formatCode="[^"]*%')


_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"')
Merge = tuple[int, int, int, int]  # merged cells: first row, first column, last row, last column, zero-based


@dataclass(frozen=True)
class Sheet:
    """One raw table: `rows[i]` is row i + 1 of the file; `formulas` are (row, column) cells that carry no value."""

    name: str  # "" for a CSV
    rows: tuple[tuple[Cell, ...], ...]
    formulas: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    base_1904: bool | None = None  # how the workbook counts days; None where the file cannot tell
    merged: tuple[Merge, ...] = ()

    def place(self, column: int, header: str) -> str:
        """How a person finds the column: the letter in a workbook, the header in a CSV."""
        return letter(column) if self.name else header


def letter(column: int) -> str:
    """The spreadsheet letter of a zero-based column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def position(letters: bytes) -> int:
    """The zero-based column of a spreadsheet letter: A is 0, AA is 26."""
    number = 0
    for mark in letters:
        number = 26 * number + mark - 64
    return number - 1


def read_sheets(kind: str, content: bytes) -> list[Sheet]:
    """Every visible sheet with something in it; a CSV is one sheet. Refusal `STR-04` where it is not a table."""
    readers = {"xlsx": _workbook, "ods": _open_document}
    sheets = list(readers[kind](content)) if kind in readers else [_text_table(content)]
    filled = [sheet for sheet in sheets if sheet.formulas or any(any(map(as_text, row)) for row in sheet.rows)]
    if not filled:
        raise Refusal("STR-01")
    return filled


def _text_table(content: bytes) -> Sheet:
    try:
        text = decode(content)
    except UnicodeDecodeError:
        raise Refusal("STR-04", kind="CSV") from None
    if _CONTROL.search(text):
        raise Refusal("STR-04", kind="CSV")
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"sep=(.)", first.strip("\r"))
    # The line that tells Excel the separator is row 1 there too, so it stays as an empty row.
    body, separator = ("\n" + rest, told[1]) if told else (text, _separator(text))
    try:
        rows = tuple(tuple(row) for row in csv.reader(StringIO(body, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise Refusal("STR-04", kind="CSV") from None
    return Sheet("", rows)


def _separator(text: str) -> str:
    """The separator that cuts the first lines into the most cells, and into as many on each."""
    lines = list(islice((line for line in text.splitlines() if line.strip()), 30))

    def cut(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        return (widths.count(usual) if usual > 1 else 0, usual)

    return max(SEPARATORS, key=cut)


def _workbook(content: bytes) -> Iterator[Sheet]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        names = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        percent = _has_percentages(content)
        values = {name: _rows(book[name], percent=percent) for name in names}
        merged = {name: _merged(content, book[name]) for name in names}
        formulas = _formulas(content, values) if _has_formulas(content) else {}
    # A damaged workbook fails in its reader in more ways than can be listed: KeyError, ParseError, OSError, ...
    except Exception as error:
        raise Refusal("STR-04", kind="XLSX") from error
    base_1904 = book.epoch.year == 1904
    for name, rows in values.items():
        unread = formulas.get(name, frozenset())
        below = max((row + 1 for row, _ in unread), default=0) - len(rows)
        yield Sheet(name, rows + ((),) * below, unread, base_1904, merged[name])


def hidden_tables(content: bytes) -> list[Sheet]:
    """The hidden sheets of an OpenDocument table."""
    return list(_open_document(content, hidden=True))


def _open_document(content: bytes, *, hidden: bool = False) -> Iterator[Sheet]:
    try:
        tables = list(read_ods(content, hidden=hidden))
    except (ValueError, KeyError, ElementTree.ParseError, zipfile.BadZipFile) as error:
        raise Refusal("STR-04", kind="ODS") from error
    for name, rows, unread, merged in tables:
        # Days in this format are days; a bare number counts from LibreOffice's usual base.
        yield Sheet(name, rows, unread, base_1904=False, merged=merged)


def _rows(sheet: object, *, percent: bool = False) -> tuple[tuple[Cell, ...], ...]:
    """The rows of a sheet; where some may be shown as percentages, those as `12 %`."""
    sheet.reset_dimensions()  # type: ignore[attr-defined]  # a wrong <dimension> would hide rows
    if percent:
        rows = [tuple(map(_shown, row)) for row in sheet.iter_rows()]  # type: ignore[attr-defined]
    else:
        rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]  # type: ignore[attr-defined]
    while rows and not any(tidy(as_text(cell)) for cell in rows[-1]):
        rows.pop()
    return tuple(rows)


def _shown(cell: Any) -> Cell:
    value: Cell = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float) or "%" not in (cell.number_format or ""):
        return value
    return percentage(value)


def _has_percentages(content: bytes) -> bool:
    """Whether any cell style of the workbook shows figures as percentages."""
    archive = zipfile.ZipFile(BytesIO(content))
    styles = archive.read("xl/styles.xml") if "xl/styles.xml" in archive.namelist() else b""
    used = _STYLES.search(styles)
    return bool(_PERCENT_FORMAT.search(styles) or (used and _PERCENT_STYLE.search(used[0])))


def _merged(content: bytes, sheet: Any) -> tuple[Merge, ...]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        found = [match.groups() for match in _MERGED.finditer(archive.read(sheet._worksheet_path))]
    return tuple((int(top) - 1, position(left), int(bottom) - 1, position(right)) for left, top, right, bottom in found)


def _has_formulas(content: bytes) -> bool:
    archive = zipfile.ZipFile(BytesIO(content))
    sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
    return any(_FORMULA.search(archive.read(name)) for name in sheets)


def _formulas(content: bytes, values: dict[str, tuple[tuple[Cell, ...], ...]]) -> dict[str, frozenset[tuple[int, int]]]:
    """Per sheet the cells whose formula was never calculated: readers would show them as empty."""
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=False)
    found = {}
    for name, rows in values.items():
        written = _rows(book[name])
        found[name] = frozenset(
            (row, column)
            for row, cells in enumerate(written)
            for column, cell in enumerate(cells)
            if isinstance(cell, str)
            and cell.startswith("=")
            and (row >= len(rows) or column >= len(rows[row]) or rows[row][column] is None)
        )
    return found
