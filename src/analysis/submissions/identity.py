"""The hidden sheet by which our own forms and answers are known when they come back."""

import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from analysis.submissions.cells import as_text
from analysis.submissions.guards import Refusal
from analysis.submissions.ods import is_open_document
from analysis.submissions.sheets import hidden_tables

SHEET = "_monitor"
_PART = "xl/workbook.xml"
_KEYS = ("dataflow", "provider", "period", "answers", "findings")
_LONGEST = 200
_ROWS = 50  # that are looked at


def identity(content: bytes) -> dict[str, str]:
    """
    What a workbook's hidden sheet says it is, also once LibreOffice saved it in its own format; else nothing.

    Keys: `dataflow`, `provider`, `period` (ISO), and for an annotated copy `answers` (the submission it is about) and
    `findings` (the sheet with the notes). `content` must have passed the guards. Refusal `STR-06` where the sheet
    contradicts itself.
    """
    if not content.startswith(b"PK"):
        return {}
    if is_open_document(content):
        rows = next((sheet.rows for sheet in hidden_tables(content) if sheet.name == SHEET), ())
        return _told((*row[:2], None, None)[:2] for row in rows[:_ROWS])
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if _PART not in archive.namelist() or f'"{SHEET}"'.encode() not in archive.read(_PART):
            return {}
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    return _told(book[SHEET].iter_rows(max_row=_ROWS, max_col=2, values_only=True))


def _told(rows: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    told: dict[str, str] = {}
    for key, value in rows:
        if key in _KEYS and value:
            first, second = told.setdefault(key, as_text(value)[:_LONGEST]), as_text(value)[:_LONGEST]
            if first != second:
                raise Refusal(
                    "STR-06", what_source=key, first_source="form", first=first, second_source="form", second=second
                )
    return told


def write_identity(book: Any, ids: Mapping[str, str]) -> None:
    """Add (or renew) the hidden sheet in an openpyxl workbook."""
    if SHEET in book.sheetnames:
        del book[SHEET]
    sheet = book.create_sheet(SHEET)
    for key in _KEYS:
        if ids.get(key):
            sheet.append([key, ids[key]])
    sheet.sheet_state = "veryHidden"
