"""OpenDocument spreadsheets by their own XML: values as saved, repeats kept within bounds, nothing calculated."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from xml.etree import ElementTree

from analysis.submissions.cells import Cell

MAX_COLUMNS = 1024
MAX_ROWS = 1_048_576
_NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
}
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
Table = tuple[str, tuple[tuple[Cell, ...], ...], frozenset[tuple[int, int]], tuple[tuple[int, int, int, int], ...]]


def is_open_document(content: bytes) -> bool:
    """Whether an archive that passed the guards holds an OpenDocument table rather than Excel's."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return "content.xml" in archive.namelist()


def read_ods(content: bytes, *, hidden: bool = False) -> Iterator[Table]:
    """
    Each visible (or each `hidden`) sheet: name, rows of cells, cells whose formula carries no value, merged cells.

    The document is read row by row, so that a long one needs no more memory than its values. Raises ValueError where it
    is no spreadsheet, or declares entities, which no office program writes.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive, archive.open("content.xml") as xml:
        if _ENTITY.search(xml.read(10_000)):
            raise ValueError("the document declares entities")
        xml.seek(0)
        away: set[str | None] = set()
        style, sheet = None, _Rows()
        for event, element in ElementTree.iterparse(xml, events=("start", "end")):
            if event == "start":
                if element.tag == _q("style", "style"):
                    style = element.get(_q("style", "name"))
                elif element.tag == _q("table", "table"):
                    sheet = _Rows()
            elif element.tag == _q("style", "table-properties"):
                away |= {style} if element.get(_q("table", "display")) == "false" else set()
            elif element.tag == _q("table", "table-row"):
                sheet.add(element)
                element.clear()
            elif element.tag == _q("table", "table"):
                name = element.get(_q("table", "name"), "")
                # Without a name it is the copy of another document's cells.
                if (not name or element.get(_q("table", "style-name")) in away) == hidden:
                    yield name, tuple(sheet.rows), frozenset(sheet.formulas), tuple(sheet.merged)
                element.clear()


class _Rows:
    """The rows of one sheet while it is read."""

    def __init__(self) -> None:
        self.rows: list[tuple[Cell, ...]] = []
        self.formulas: set[tuple[int, int]] = set()
        self.merged: list[tuple[int, int, int, int]] = []
        self._pending = 0  # empty rows count only when something stands below them

    def add(self, element: ElementTree.Element) -> None:
        cells, unsaved, spans = _cells(element)
        repeat = _repeat(element, "number-rows-repeated", MAX_ROWS)
        if not cells and not unsaved:
            self._pending += repeat
            return
        if len(self.rows) + self._pending + repeat > MAX_ROWS:
            raise ValueError("more rows than a spreadsheet program has")
        self.rows += [()] * self._pending
        self._pending = 0
        top = len(self.rows)
        self.merged += [(top, left, top + down - 1, left + across - 1) for left, down, across in spans]
        for _ in range(repeat):
            self.formulas |= {(len(self.rows), column) for column in unsaved}
            self.rows.append(cells)


def _cells(row: ElementTree.Element) -> tuple[tuple[Cell, ...], list[int], list[tuple[int, int, int]]]:
    """The cells of a row, where a formula carries no value, and where (and how far down and across) one is merged."""
    cells: list[Cell] = []
    unsaved: list[int] = []
    spans: list[tuple[int, int, int]] = []
    pending = 0
    for element in row:
        if element.tag not in (_q("table", "table-cell"), _q("table", "covered-table-cell")):
            continue
        value = _value(element)
        formula = value is None and element.get(_q("table", "formula")) is not None
        repeat = _repeat(element, "number-columns-repeated", MAX_COLUMNS * 16)
        if value is None and not formula:
            pending += repeat
            continue
        if len(cells) + pending + repeat > MAX_COLUMNS:
            raise ValueError(f"more than {MAX_COLUMNS} columns")
        cells += [None] * pending
        pending = 0
        unsaved += range(len(cells), len(cells) + repeat) if formula else ()
        down = _repeat(element, "number-rows-spanned", MAX_ROWS)
        spans += [(len(cells), down, _repeat(element, "number-columns-spanned", MAX_COLUMNS))] if down > 1 else []
        cells += [value] * repeat
    return tuple(cells), unsaved, spans


def _value(cell: ElementTree.Element) -> Cell:
    kind, value = cell.get(_q("office", "value-type")), cell.get(_q("office", "value"))
    shown = "\n".join(_text(paragraph) for paragraph in cell.findall(_q("text", "p")))
    if kind == "percentage" and value is not None:
        return percentage(float(value))
    if kind in ("float", "currency") and value is not None:
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    if kind == "date" and (day := cell.get(_q("office", "date-value"))):
        return datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day)
    return shown or None


def percentage(value: float) -> str:
    """What is shown as a percentage stays one, unrounded: the bare value 0.12 could be anything."""
    return f"{round(value * 100, 10):.10g} %"


def _text(paragraph: ElementTree.Element) -> str:
    for space in paragraph.iter(_q("text", "s")):
        space.text = " "
    return "".join(paragraph.itertext())


def _repeat(element: ElementTree.Element, name: str, limit: int) -> int:
    repeat = int(element.get(_q("table", name), "1"))
    return min(repeat, limit)


def _q(prefix: str, name: str) -> str:
    return f"{{{_NAMES[prefix]}}}{name}"
