"""The hidden sheet by which our own forms and answers are known when they come back."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

SHEET = "_monitor"
_PART = "xl/workbook.xml"
_KEYS = ("dataflow", "provider", "period", "answers", "findings")
_LONGEST = 200


def identity(content: bytes) -> dict[str, str]:
    """
    What a workbook's hidden sheet says it is; nothing for any other file.

    Keys: `dataflow`, `provider`, `period` (ISO), and for an annotated copy `answers` (the submission it is about) and
    `findings` (the sheet with the notes). `content` must have passed the guards.
    """
    if not content.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if _PART not in archive.namelist() or f'"{SHEET}"'.encode() not in archive.read(_PART):
            return {}
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    rows = book[SHEET].iter_rows(max_row=len(_KEYS) + 1, max_col=2, values_only=True)
    told = {str(key): str(value) for key, value in rows if key in _KEYS and value}
    return {key: value[:_LONGEST] for key, value in told.items()}


def write_identity(book: Any, ids: Mapping[str, str]) -> None:
    """Add (or renew) the hidden sheet in an openpyxl workbook."""
    if SHEET in book.sheetnames:
        del book[SHEET]
    sheet = book.create_sheet(SHEET)
    for key in _KEYS:
        if ids.get(key):
            sheet.append([key, ids[key]])
    sheet.sheet_state = "veryHidden"
