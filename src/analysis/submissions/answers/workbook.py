"""The provider's own workbook back: coloured cells, comments that say how to mend them, a sheet with all findings."""

import logging
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from analysis.submissions.answers.marks import FILLS, Place, Styles, comment, shared
from analysis.submissions.answers.texts import say
from analysis.submissions.cells import as_text, tidy
from analysis.submissions.identity import write_identity
from analysis.submissions.ods import is_open_document
from analysis.submissions.plain_text import as_plain_text
from analysis.submissions.receipt import Finding, Receipt
from analysis.submissions.rulebook import ERROR, INFO, QUERY
from analysis.submissions.sheets import Sheet, letter, read_sheets

MAX_BYTES = 5 * 2**20  # above it only the findings go back: openpyxl needs some fifty times a file's size, and minutes
COLUMNS = ("severity", "rule", "sheet", "row", "column", "raw", "message", "mend", "note")
HEADER_ROW = 3
BY_CELL, BY_AREA = "D1", "D1:F1"  # who answers
_WIDTHS = (10, 10, 14, 7, 9, 22, 50, 50, 40)
_RANKS = (INFO, QUERY, ERROR)
_SEARCHED_ROWS = 25
_EMPTY = (None, "")

_LOG = logging.getLogger(__name__)


def annotated(receipt: Receipt, content: bytes) -> bytes:
    """
    A copy of the provider's workbook that shows what was found where; `content` itself is not changed.

    A CSV or an OpenDocument table becomes a workbook with the same rows, every cell as text. Of a file that was refused
    before it was read (or that is very large) nothing is copied: the workbook then has the findings only.
    """
    import openpyxl

    book, styles = openpyxl.Workbook(), Styles()
    places: dict[Finding, Place] = {}
    if receipt.rows_read and 0 < len(content) <= MAX_BYTES:
        if content.startswith(b"PK"):
            book = _filled("ods", content, styles) if is_open_document(content) else _copy(content, styles)
            places = {finding: (finding.sheet, finding.row, finding.column) for finding in receipt.findings}
        else:
            (table,) = read_sheets("csv", content)
            book.active.title = say(receipt.language, "workbook", "data")
            _fill(book.active, table, styles)
            _one_page_wide(book.active)
            places = _translated(receipt.findings, book.active)
        _mark(book, receipt, places, styles)
        sheet = book.create_sheet(_free(book, say(receipt.language, "workbook", "sheet")))
    else:
        sheet = book.active
        sheet.title = say(receipt.language, "workbook", "sheet")
    _list(sheet, receipt, places, styles)
    period = receipt.period.isoformat() if receipt.period else ""
    ids = {"dataflow": receipt.dataflow, "provider": receipt.provider, "period": period}
    write_identity(book, ids | {"answers": receipt.submission, "findings": sheet.title})
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _copy(content: bytes, styles: Styles) -> Any:
    """The workbook with all that it has; where something in it cannot be copied, its sheets with their values."""
    import openpyxl

    try:
        return openpyxl.load_workbook(BytesIO(content), keep_vba=False, keep_links=False)
    # What surrounds the cells (validations, formats, drawings) can be wrong in more ways than can be listed; the
    # intake has read the cells all the same.
    except Exception as error:
        _LOG.warning("the annotated workbook holds values only, its formats are lost: %s", type(error).__name__)
        return _filled("xlsx", content, styles)


def _filled(kind: str, content: bytes, styles: Styles) -> Any:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for table in read_sheets(kind, content):
        _fill(book.create_sheet(table.name), table, styles)
    return book


def _fill(sheet: Any, table: Sheet, styles: Styles) -> None:
    for number, row in enumerate(table.rows, start=1):
        for position, cell in enumerate(row, start=1):
            if cell not in _EMPTY:
                _write(sheet.cell(number, position), as_text(cell), styles)
    for position, cells in enumerate(sheet.iter_cols(values_only=True)):
        longest = max((len(str(text)) for text in cells if text), default=0)
        sheet.column_dimensions[letter(position)].width = min(max(14, longest + 2), 40)


def _translated(findings: Sequence[Finding], sheet: Any) -> dict[Finding, Place]:
    """Places in a CSV (row and header) as places in the sheet that was made of it."""
    named = {finding.column for finding in findings if finding.column}
    rows = [[tidy(as_text(cell.value)) for cell in row] for row in sheet.iter_rows(max_row=_SEARCHED_ROWS)]
    header = max(rows, key=lambda row: len(named & set(row)), default=[])
    letters = {text: letter(position) for position, text in reversed(list(enumerate(header)))}
    return {
        finding: (sheet.title if finding.row else "", finding.row, letters.get(finding.column, ""))
        for finding in findings
    }


def _mark(book: Any, receipt: Receipt, places: Mapping[Finding, Place], styles: Styles) -> None:
    """Colour and comment: per cell the worst severity and the text of every finding."""
    by_cell: dict[Place, list[Finding]] = {}
    for finding, (sheet, row, column) in places.items():
        if row and sheet in book.sheetnames:
            by_cell.setdefault((sheet, row, column), []).append(finding)
    # openpyxl looks through the whole sheet each time it is asked how wide it is.
    widths = {name: book[name].max_column for name in {place[0] for place in by_cell}}
    targets: dict[Place, list[Any]] = {}
    for (name, row, column), findings in by_cell.items():
        sheet = book[name]
        worst = max((finding.severity for finding in findings), key=_RANKS.index)
        cells = [sheet[f"{column}{row}"]] if column else _filled_cells(sheet, row, widths[name])
        targets[name, row, column] = [_anchor(sheet, cell) for cell in cells]
        for cell in targets[name, row, column]:
            # A cell that a rule of its own marked keeps its colour when the row as a whole is marked too.
            if column or (name, row, cell.column_letter) not in by_cell:
                styles.colour(cell, worst)
    for place, text in shared({place: by_cell[place] for place, cells in targets.items() if cells}, receipt.language):
        comment(targets[place][0], text)


def _filled_cells(sheet: Any, row: int, width: int) -> list[Any]:
    cells = (sheet.cell(row, position) for position in range(1, width + 1))
    return [cell for cell in cells if cell.value not in _EMPTY]


def _anchor(sheet: Any, cell: Any) -> Any:
    """The cell that holds the content where `cell` lies inside a merged range."""
    for area in sheet.merged_cells.ranges:
        if cell.coordinate in area:
            return sheet.cell(area.min_row, area.min_col)
    return cell


def _list(sheet: Any, receipt: Receipt, places: Mapping[Finding, Place], styles: Styles) -> None:
    """All findings, one a row, with a column for the provider's note."""
    from openpyxl.styles import Font, PatternFill

    lang = receipt.language
    sheet["A1"] = say(lang, "workbook", "by")
    sheet["A1"].font = Font(name="Calibri", bold=True)
    sheet[BY_CELL].fill = PatternFill("solid", fgColor=FILLS[QUERY])
    sheet.merge_cells(BY_AREA)
    for position, name in enumerate(COLUMNS, start=1):
        cell = sheet.cell(HEADER_ROW, position, say(lang, "header", name))
        cell.font, cell.fill = Font(name="Calibri", bold=True, color="FFFFFF"), PatternFill("solid", fgColor="17456B")
        sheet.column_dimensions[letter(position - 1)].width = _WIDTHS[position - 1]
    for number, finding in enumerate(receipt.findings, start=HEADER_ROW + 1):
        name, row, column = places.get(finding, (finding.sheet, finding.row, finding.column))
        severity = say(lang, "kind", finding.severity)
        place = (name, row or "", column, finding.raw)
        texts = (severity, finding.rule, *place, finding.message[lang], finding.mend[lang], finding.note)
        for position, value in enumerate(texts, start=1):
            if value or position == len(COLUMNS):
                cell = sheet.cell(number, position)
                _write(cell, value, styles)
                styles.give(cell, "wrapped", _wrap)
        wraps = [len(str(text)) / width for text, width in zip(texts, _WIDTHS, strict=True)]
        sheet.row_dimensions[number].height = 15.0 * (1 + int(max(wraps) * 1.1))
        styles.colour(sheet.cell(number, 1), finding.severity)
        if finding.severity == QUERY:
            styles.colour(sheet.cell(number, len(COLUMNS)), QUERY)
    _one_page_wide(sheet)
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{letter(len(COLUMNS) - 1)}{HEADER_ROW + len(receipt.findings)}"


def _one_page_wide(sheet: Any) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _wrap(cell: Any) -> None:
    from openpyxl.styles import Alignment

    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _write(cell: Any, value: str | int, styles: Styles) -> None:
    """Text stays text, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, int):
        cell.value = value
    elif value:
        cell.value = as_plain_text(ILLEGAL_CHARACTERS_RE.sub("·", value))
        cell.data_type = "s"
        styles.text(cell)


def _free(book: Any, name: str) -> str:
    """`name`, or `name 2` and so on where the provider has a sheet of that name."""
    taken = {sheet.casefold() for sheet in book.sheetnames}
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(free for free in names if free.casefold() not in taken)
