"""What a workbook carries and nobody sees: hidden sheets, comments, text boxes. Read for the privacy gate only."""

import html
import re
import zipfile
from io import BytesIO

from analysis.submissions.guards import Refusal
from analysis.submissions.sheets import Sheet

_PARTS = re.compile(r"xl/(?:comments|threadedcomments/|persons/|drawings/drawing).*\.xml", re.IGNORECASE)
_BLOCK = re.compile(r"</(?:comment|threadedComment|xdr:sp|row|si)>")
_MARKUP = re.compile(r"<[^>]*>")


def unseen_sheets(content: bytes, *, hidden: bool) -> list[Sheet]:
    """One table per hidden sheet (where there are any), and one of texts per part with comments or text boxes."""
    found = []
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            if _PARTS.fullmatch(name):
                blocks = _BLOCK.split(archive.read(name).decode("utf-8", "replace"))
                texts = [html.unescape(_MARKUP.sub("", block)).strip() for block in blocks]
                found.append(Sheet(name.rpartition("/")[2], tuple((text,) for text in texts if text)))
    return found + (_hidden_sheets(content) if hidden else [])


def text_lines(content: bytes) -> list[Sheet]:
    """The bytes of a text that is no table, line by line."""
    plain = content.replace(b"\0", b"").decode("utf-8", "replace")
    return [Sheet("", tuple((line,) for line in plain.splitlines()))]


def _hidden_sheets(content: bytes) -> list[Sheet]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state != "visible"]
        for sheet in sheets:
            sheet.reset_dimensions()
        return [Sheet(s.title, tuple(tuple(row) for row in s.iter_rows(values_only=True))) for s in sheets]
    # As for the sheets that are shown: a damaged workbook fails in more ways than can be listed.
    except Exception as error:
        raise Refusal("STR-04", kind="XLSX") from error
