"""Raw tables to typed columns under our names, with the place and the raw text of every cell kept."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from analysis.catalogue.model import Catalogue, Column, Dataflow, Form
from analysis.submissions.cells import (
    Cell,
    Unreadable,
    as_text,
    decimal_mark,
    read_date,
    read_month,
    read_number,
    tidy,
)
from analysis.submissions.guards import Refusal
from analysis.submissions.sheets import Sheet

Value = str | float | date | None
SEARCHED_ROWS = 25


@dataclass(frozen=True)
class Problem:
    """A cell, row or column that breaks a structural rule; `index` counts parsed rows, -1 for the header."""

    rule: str
    index: int
    column: str  # our name, "" where it is none of ours
    place: str
    raw: str


@dataclass(frozen=True)
class Parsed:
    """One file in columns: `values[name][i]` was read from `raw[name][i]` on row `rows[i]` of `sheet`."""

    sheet: str
    header_row: int
    rows: tuple[int, ...]
    values: Mapping[str, list[Value]]
    raw: Mapping[str, list[str]]
    places: Mapping[str, str]  # our name -> letter or header
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True)
class _Located:
    sheet: Sheet
    row: int
    columns: Mapping[str, int]  # our name -> position
    twice: tuple[str, ...] = ()  # two headers that mean the same


def parse(sheets: Sequence[Sheet], flow: Dataflow, catalogue: Catalogue, missing: frozenset[str]) -> Parsed:
    """
    Find the table of `flow` among `sheets` and read it.

    Parameters
    ----------
    missing : words, casefolded, that mean "no figure here".

    Raises
    ------
    Refusal
        `STR-09` columns missing, `STR-10` no rows, `STR-15` a column twice, `STR-16` two tables.
    """
    form = catalogue.forms[flow.form]
    found = _locate(sheets, form)
    body = [
        (number, cells)
        for number, cells in enumerate(found.sheet.rows[found.row + 1 :], start=found.row + 1)
        if any(tidy(as_text(cell)) for cell in cells) or any(row == number for row, _ in found.sheet.formulas)
    ]
    if not body:
        raise Refusal("STR-10")
    header = [tidy(as_text(cell)) for cell in found.sheet.rows[found.row]]
    places = {name: found.sheet.place(position, header[position]) for name, position in found.columns.items()}
    values: dict[str, list[Value]] = {}
    raw: dict[str, list[str]] = {}
    problems = _row_problems(found.sheet, header, body) + ([] if flow.recognise else _surplus(found, header))
    mark = decimal_mark({as_text(cells[p]) for p in _numeric(form, found) for _, cells in body if p < len(cells)})
    for column in form.columns:
        position = found.columns.get(column.name, -1)
        cells = [row[position] if 0 <= position < len(row) else None for _, row in body]
        raw[column.name] = [as_text(cell) for cell in cells]
        values[column.name], wrong = _read(cells, column, _reader(column, catalogue, mark), missing)
        for index, (number, _) in enumerate(body):
            if (number, position) in found.sheet.formulas:
                wrong[index] = "STR-24"
        problems += [Problem(r, i, column.name, places[column.name], raw[column.name][i]) for i, r in wrong.items()]
    rows = tuple(number + 1 for number, _ in body)
    return Parsed(found.sheet.name, found.row + 1, rows, values, raw, places, tuple(problems))


def _locate(sheets: Sequence[Sheet], form: Form) -> _Located:
    """The sheet and row whose cells fit most of the form's headers; of equals the first."""
    best = [max(_candidates(sheet, form), key=lambda located: len(located.columns)) for sheet in sheets]
    required = {column.name for column in form.columns if column.required}
    whole = [located for located in best if required <= located.columns.keys()]
    if len(whole) > 1:
        raise Refusal("STR-16", first=whole[0].sheet.name, second=whole[1].sheet.name)
    nearest = whole[0] if whole else max(best, key=lambda located: len(located.columns))
    if nearest.twice:
        raise Refusal("STR-15", first=nearest.twice[0], second=nearest.twice[1])
    if not whole:
        raise _lacking(nearest, form)
    return nearest


def _lacking(nearest: _Located, form: Form) -> Refusal:
    """The columns that the most likely header row lacks, and what in it is spelt nearly like one of them."""
    lacking = [column for column in form.columns if column.required and column.name not in nearest.columns]
    written = [tidy(as_text(cell)) for cell in nearest.sheet.rows[nearest.row]]
    free = [text for position, text in enumerate(written) if position not in nearest.columns.values() and text]
    known = {_plain(header) for column in lacking for header in column.headers}
    close = [text for text in free if difflib.get_close_matches(_plain(text), known, n=1, cutoff=0.75)]
    names = ", ".join(f"{column.name} ({' / '.join(column.headers[:4])})" for column in lacking)
    return Refusal("STR-09", missing=names, near=", ".join(close))


def _candidates(sheet: Sheet, form: Form) -> Iterator[_Located]:
    """The first rows as header rows, up to the first that has all that is required."""
    required = {column.name for column in form.columns if column.required}
    for row, cells in enumerate(sheet.rows[:SEARCHED_ROWS]):
        located = _fit(sheet, row, cells, form)
        yield located
        if required <= located.columns.keys():
            return


def _fit(sheet: Sheet, row: int, cells: Sequence[Cell], form: Form) -> _Located:
    """Our column names by position; of two cells that fit, the one written exactly as a header wins."""
    headers = _headers(form)
    fits: dict[str, list[tuple[int, str]]] = {}
    for position, cell in enumerate(cells):
        text = tidy(as_text(cell))
        if text and (column := headers.get(_plain(text))):
            fits.setdefault(column.name, []).append((position, text))
    twice: tuple[str, ...] = ()
    columns = {}
    for column in form.columns:
        loose = fits.get(column.name, [])
        exact = [fit for fit in loose if fit[1] in column.headers]
        chosen = exact if len(exact) == 1 else loose
        if len(chosen) > 1:
            twice = (chosen[0][1], chosen[1][1])
        if chosen:
            columns[column.name] = chosen[0][0]
    return _Located(sheet, row, columns, twice)


@cache
def _headers(form: Form) -> dict[str, Column]:
    return {_plain(header): column for column in form.columns for header in (column.name, *column.headers)}


def _plain(header: str) -> str:
    return tidy(header).strip(" *:").replace("’", "'").casefold()


def _numeric(form: Form, found: _Located) -> list[int]:
    return [found.columns[c.name] for c in form.columns if c.type == "number" and c.name in found.columns]


def _row_problems(sheet: Sheet, header: list[str], body: Sequence[tuple[int, tuple[Cell, ...]]]) -> list[Problem]:
    """Rows of a CSV that are wider than the header; a workbook's cells cannot slip."""
    if sheet.name:
        return []
    wide = [
        (i, cells) for i, (_, cells) in enumerate(body) if any(as_text(cell).strip() for cell in cells[len(header) :])
    ]
    return [Problem("STR-27", i, "", "", as_text(cells[len(header)])) for i, cells in wide]


def _surplus(found: _Located, header: list[str]) -> list[Problem]:
    used = set(found.columns.values())
    return [
        Problem("STR-26", -1, "", found.sheet.place(position, text), text)
        for position, text in enumerate(header)
        if text and position not in used
    ]


def _reader(column: Column, catalogue: Catalogue, mark: str) -> Callable[[Cell], Value]:
    if column.type == "number":
        return lambda cell: read_number(cell, mark)
    if column.type == "date":
        return read_date
    if column.type == "month":
        return read_month
    if column.type == "code":
        codes = catalogue.code_lists[column.code_list]
        # A code that nobody knows stays as written: the suite names it in a finding, with the list it must be in.
        return lambda cell: codes.resolve(as_text(cell)) or tidy(as_text(cell))
    return lambda cell: as_text(cell).strip()


def _read(
    cells: Sequence[Cell], column: Column, reader: Callable[[Cell], Value], missing: frozenset[str]
) -> tuple[list[Value], dict[int, str]]:
    """Each distinct cell is read once; what cannot be read is None in the values and a rule id in the second result."""
    empty: Value = column.default or None
    known: dict[tuple[type, Cell], tuple[Value, str]] = {}
    values: list[Value] = []
    wrong: dict[int, str] = {}
    for index, cell in enumerate(cells):
        key = (type(cell), cell)
        if key not in known:
            text = tidy(as_text(cell)).casefold()
            if not text or (column.type != "text" and text in missing):
                known[key] = (empty, "")
            else:
                known[key] = _one(cell, reader)
        value, rule = known[key]
        values.append(value)
        if rule:
            wrong[index] = rule
    return values, wrong


def _one(cell: Cell, reader: Callable[[Cell], Value]) -> tuple[Value, str]:
    if isinstance(cell, str) and cell.startswith("#") and cell.rstrip("!?").isupper():
        return None, "STR-25"
    try:
        return reader(cell), ""
    except Unreadable as unread:
        return None, unread.rule
