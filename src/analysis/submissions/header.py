"""Where the table of a form begins: one to three header rows, in any of the four languages or several at once."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from analysis.catalogue.model import LANGUAGES, Column, Form, Label
from analysis.submissions.cells import Cell, as_text, tidy
from analysis.submissions.guards import Refusal
from analysis.submissions.sheets import Sheet

SEARCHED_ROWS = 25
DEEPEST = 3  # rows that one header may take
_BRACKET = re.compile(r"\s*[(\[][^)\]]*[)\]]$")
_PARTS = re.compile(r"\s*[/|\n]\s*|\s+[-–]\s+")


@dataclass(frozen=True)
class Located:
    """The table of a form in a sheet: `row` is its last header row; our column names by position."""

    sheet: Sheet
    row: int
    columns: Mapping[str, int]
    header: tuple[str, ...]  # per position, the text that told the column
    twice: tuple[str, ...] = ()  # two headers that mean the same
    meant: Mapping[str, Column] = field(default_factory=dict)  # every header that is known here, as `plain` writes it


def locate(sheets: Sequence[Sheet], form: Form, also: Mapping[str, str]) -> Located:
    """
    The sheet and rows whose cells fit most of the form's headers; of equals the first.

    `also` is what the provider writes otherwise: header -> our column. Refusal `STR-09`, `STR-15` or `STR-16`.
    """
    headers = _headers(form) | {plain(header): _column(form, name) for header, name in also.items()}
    best = [max(_candidates(sheet, form, headers), key=lambda located: len(located.columns)) for sheet in sheets]
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


def repeats(cells: Sequence[Cell], found: Located) -> bool:
    """Whether a row below repeats the header, as on every printed page, or says the same in another language."""
    texts = {name: as_text(cells[p]) if p < len(cells) else "" for name, p in found.columns.items()}
    same = all(plain(texts[name]) == plain(found.header[p]) for name, p in found.columns.items())
    told = {name: column.name for name, text in texts.items() if tidy(text) and (column := _meant(text, found.meant))}
    other = len(told) >= 2 and all(name == meant for name, meant in told.items())
    return same or (other and len(told) == sum(bool(tidy(text)) for text in texts.values()))


def plain(header: str) -> str:
    """A header without what people add: spaces, asterisks, colons, capitals."""
    return tidy(header).strip(" *:").replace("’", "'").casefold()


def _candidates(sheet: Sheet, form: Form, headers: Mapping[str, Column]) -> Iterator[Located]:
    """The first rows as header rows, alone or with those below, up to the first that has all that is required."""
    required = {column.name for column in form.columns if column.required}
    blank = next((row for row, cells in enumerate(sheet.rows) if any(cells)), 0)
    top = sheet.rows[: blank + SEARCHED_ROWS]
    alone = [_fit(sheet, row, [(as_text(cell),) for cell in cells], form, headers) for row, cells in enumerate(top)]
    for row, located in enumerate(alone):
        yield located
        best = located
        for depth in range(2, min(DEEPEST, len(top) - row) + 1):
            stacked = _fit(sheet, row + depth - 1, _stacked(top[row : row + depth]), form, headers)
            # A title above a header is no part of it, nor are figures below: more rows only where they tell more.
            most = max(len(one.columns) for one in (best, *alone[row : row + depth]))
            if len(stacked.columns) > most and required <= stacked.columns.keys():
                best = stacked
        if best is not located:
            yield best
            return
        if required <= located.columns.keys():
            return


def _stacked(rows: Sequence[Sequence[Cell]]) -> list[tuple[str, ...]]:
    """Per position what header rows may say together: the lowest text, then it with each one above in front."""
    width = max(map(len, rows))
    written = [[as_text(row[p]) if p < len(row) else "" for p in range(width)] for row in rows]
    above = [_spread(texts, below) for texts, below in pairwise(written)]
    texts: list[tuple[str, ...]] = []
    for position in range(width):
        own = [row[position] for row in written]
        lowest = max((depth for depth, text in enumerate(own) if tidy(text)), default=-1)
        told = [own[lowest]] if lowest >= 0 else [""]
        for depth in reversed(range(lowest)):
            told.append(f"{above[depth][position]} {told[-1]}")
        texts.append(tuple(told))
    return texts


def _spread(texts: Sequence[str], below: Sequence[str]) -> list[str]:
    """The texts of one header row, each also over the empty cells to its right where something stands below."""
    spread, last = [], ""
    for text, under in zip(texts, below, strict=True):
        last = text or last  # a merged cell stands over the empty ones to its right
        spread.append(text or (last if tidy(under) else ""))
    return spread


def _fit(
    sheet: Sheet, row: int, cells: Sequence[tuple[str, ...]], form: Form, headers: Mapping[str, Column]
) -> Located:
    """Our column names by position; of two cells that fit, the one written exactly as a header wins."""
    fits: dict[str, list[tuple[int, str]]] = {}
    shown = [tidy(texts[0]) for texts in cells]
    for position, texts in enumerate(cells):
        for text in texts:
            if column := _meant(text, headers):
                fits.setdefault(column.name, []).append((position, tidy(text)))
                shown[position] = tidy(text)
                break
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
    return Located(sheet, row, columns, tuple(shown), twice, headers)


def _meant(text: str, headers: Mapping[str, Column]) -> Column | None:
    """The column that a header means: as a whole, without its bracket, or by what all its known parts agree on."""
    for written in (text, _BRACKET.sub("", text)):
        if tidy(written) and (column := headers.get(plain(written))):
            return column
    parts = [headers[plain(part)] for part in _PARTS.split(text) if plain(part) in headers]
    return parts[0] if parts and all(column == parts[0] for column in parts) else None


def _lacking(nearest: Located, form: Form) -> Refusal:
    """The columns that the most likely header row lacks, and what in it is spelt nearly like one of them."""
    lacking = [column for column in form.columns if column.required and column.name not in nearest.columns]
    free = [text for p, text in enumerate(nearest.header) if p not in nearest.columns.values() and text]
    known = {plain(header) for column in lacking for header in column.headers}
    close = [text for text in free if difflib.get_close_matches(plain(text), known, n=1, cutoff=0.75)]
    names = {lang: ", ".join(_shown(column, lang) for column in lacking) for lang in LANGUAGES}
    return Refusal("STR-09", missing=Label(**names), near=", ".join(close))


def _shown(column: Column, lang: str) -> str:
    """The header of our own form where there is one, else what the source writes."""
    return column.label[lang] if column.label else column.headers[0]


@cache
def _headers(form: Form) -> dict[str, Column]:
    return {plain(header): column for column in form.columns for header in (column.name, *column.headers)}


def _column(form: Form, name: str) -> Column:
    return next(column for column in form.columns if column.name == name)
