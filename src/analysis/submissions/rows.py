"""Which lines below a header are rows of the table: not footnotes, repeated headers or totals."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.catalogue.model import Catalogue, Form
from analysis.submissions.cells import Cell, as_text, tidy
from analysis.submissions.header import Located, repeats

Line = tuple[int, tuple[Cell, ...]]  # zero-based row of the sheet, and its cells
TOLERANCE = 0.5  # a total may be rounded


@dataclass(frozen=True)
class Body:
    """The lines below a header, told apart; `covers` are the rows (by place in `rows`) that a totals line is about."""

    rows: tuple[Line, ...]
    footnotes: tuple[Line, ...] = ()
    repeated: tuple[Line, ...] = ()
    totals: tuple[tuple[Line, tuple[int, ...]], ...] = ()


def tell_apart(found: Located, form: Form, catalogue: Catalogue, *, official: bool) -> Body:
    """The lines of the table; those of an official file, which has no such furniture, all are rows."""
    lines = [
        (number, cells)
        for number, cells in enumerate(found.sheet.rows[found.row + 1 :], start=found.row + 1)
        if any(tidy(as_text(cell)) for cell in cells) or any(row == number for row, _ in found.sheet.formulas)
    ]
    if official:
        return Body(tuple(lines))
    footnotes: list[Line] = []
    while lines and _footnote(lines[-1], found, form, catalogue):
        footnotes.insert(0, lines.pop())
    repeated = [line for line in lines if repeats(line[1], found)]
    rows: list[Line] = []
    totals: list[tuple[Line, tuple[int, ...]]] = []
    start = 0
    for line in lines:
        if line in repeated:
            continue
        total = _is_total(line, found, form, catalogue)
        # Right below a subtotal stands the total of everything.
        covers = (_covered(line, rows, start, found, form) or _covered(line, rows, 0, found, form)) if total else ()
        if covers:
            totals.append((line, covers))
            start = len(rows)
        else:
            rows.append(line)
    return Body(tuple(rows), tuple(footnotes), tuple(repeated), tuple(totals))


def sum_of(
    total: float,
    values: Sequence[float | None],
    strata: Sequence[tuple[str | None, ...]],
    whole: tuple[str | None, ...],
) -> float | None:
    """
    What the rows that a totals row covers add up to; None where one of them has no figure.

    Rows may themselves be totals of others (all ages, both sexes, the country): the sum over all rows counts, and so
    does the sum over the rows that have the first row's strata. Where neither is the total, the rows over `whole`
    strata are told where there are some, for those beside them are their parts.
    """
    if any(value is None for value in values):
        return None
    rows = [(figure, stratum) for figure, stratum in zip(values, strata, strict=True) if figure is not None]
    every = sum(figure for figure, _ in rows)
    alike = sum(figure for figure, stratum in rows if stratum == strata[0])
    for found in (every, alike):
        if abs(total - found) <= TOLERANCE:
            return found
    return sum(figure for figure, stratum in rows if stratum == whole) if whole in strata else every


def written(line: Line, position: int) -> str:
    """The text at a position of a line, tidied."""
    return tidy(as_text(line[1][position])) if position < len(line[1]) else ""


def _footnote(line: Line, found: Located, form: Form, catalogue: Catalogue) -> bool:
    """One text alone in its line that is neither a figure nor a code of the column that it stands in."""
    filled = [position for position, cell in enumerate(line[1]) if tidy(as_text(cell))]
    if len(filled) != 1 or any(row == line[0] for row, _ in found.sheet.formulas):
        return False
    text, cell = written(line, filled[0]), line[1][filled[0]]
    names = {position: name for name, position in found.columns.items()}
    column = next((c for c in form.columns if c.name == names.get(filled[0])), None)
    if not isinstance(cell, str) or not any(letter.isalpha() for letter in text):
        return False
    if column is None:
        return True
    if column.type == "code":
        return len(text) > 1 and catalogue.code_lists[column.code_list].resolve(text) is None
    return column.type == "text"


def _is_total(line: Line, found: Located, form: Form, catalogue: Catalogue) -> bool:
    """Whether a required code cell says "total" where that is no code; or all are empty and another cell does."""
    keys = [column for column in form.columns if column.type == "code" and column.required]
    texts = {column.name: written(line, found.columns[column.name]) for column in keys}
    for column in keys:
        text = texts[column.name]
        if catalogue.code_lists[column.code_list].resolve(text) is None and catalogue.words.total(text):
            return True
    if any(texts.values()):
        return False
    return any(catalogue.words.total(as_text(cell)) for cell in line[1] if isinstance(cell, str))


def _covered(line: Line, rows: Sequence[Line], start: int, found: Located, form: Form) -> tuple[int, ...]:
    """The rows since the last totals line that have the same keys, as far as the totals line names any."""
    names = [c.name for c in form.columns if c.type in ("code", "date", "month") and c.name in found.columns]
    keys = {found.columns[name]: written(line, found.columns[name]) for name in names}
    block = range(start, len(rows))
    # A key that none of the rows has is the label itself ("Total" under Region), and narrows nothing.
    told = {p: text for p, text in keys.items() if text and any(written(rows[i], p) == text for i in block)}
    return tuple(i for i in block if all(written(rows[i], position) == text for position, text in told.items()))
