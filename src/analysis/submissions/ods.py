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
Table = tuple[str, tuple[tuple[Cell, ...], ...], frozenset[tuple[int, int]]]


def read_ods(content: bytes) -> Iterator[Table]:
    """
    Each visible sheet: name, rows of cells, and the cells whose formula carries no value.

    Raises ValueError where it is no spreadsheet, or declares entities, which no office program writes.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        xml = archive.read("content.xml")
    if _ENTITY.search(xml[:10_000]):
        raise ValueError("the document declares entities")
    root = ElementTree.fromstring(xml)
    hidden = {
        style.get(_q("style", "name"))
        for style in root.iter(_q("style", "style"))
        for told in style.iter(_q("style", "table-properties"))
        if told.get(_q("table", "display")) == "false"
    }
    for sheet in root.iter(_q("table", "table")):
        if sheet.get(_q("table", "style-name")) not in hidden:
            rows, formulas = _rows(sheet)
            yield sheet.get(_q("table", "name"), ""), rows, formulas


def _rows(sheet: ElementTree.Element) -> tuple[tuple[tuple[Cell, ...], ...], frozenset[tuple[int, int]]]:
    rows: list[tuple[Cell, ...]] = []
    formulas: set[tuple[int, int]] = set()
    pending = 0  # empty rows count only when something stands below them
    for element in sheet.iter(_q("table", "table-row")):
        cells, unsaved = _cells(element)
        repeat = _repeat(element, "number-rows-repeated", MAX_ROWS)
        if not cells and not unsaved:
            pending += repeat
            continue
        if len(rows) + pending + repeat > MAX_ROWS:
            raise ValueError("more rows than a spreadsheet program has")
        rows += [()] * pending
        pending = 0
        for _ in range(repeat):
            formulas |= {(len(rows), column) for column in unsaved}
            rows.append(cells)
    return tuple(rows), frozenset(formulas)


def _cells(row: ElementTree.Element) -> tuple[tuple[Cell, ...], list[int]]:
    cells: list[Cell] = []
    unsaved: list[int] = []
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
        cells += [value] * repeat
    return tuple(cells), unsaved


def _value(cell: ElementTree.Element) -> Cell:
    kind, value = cell.get(_q("office", "value-type")), cell.get(_q("office", "value"))
    shown = "\n".join("".join(text.itertext()) for text in cell.findall(_q("text", "p")))
    # What is shown as a percentage stays one: the bare value 0.12 could be anything.
    if kind == "percentage":
        return shown or None
    if kind in ("float", "currency") and value is not None:
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    if kind == "date" and (day := cell.get(_q("office", "date-value"))):
        return datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day)
    return shown or None


def _repeat(element: ElementTree.Element, name: str, limit: int) -> int:
    repeat = int(element.get(_q("table", name), "1"))
    return min(repeat, limit)


def _q(prefix: str, name: str) -> str:
    return f"{{{_NAMES[prefix]}}}{name}"
