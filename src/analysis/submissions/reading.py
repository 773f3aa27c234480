"""Cells of one column read together: each distinct cell once, with what had to be done to it and what is in doubt."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analysis.catalogue.mappings import Mapped
from analysis.catalogue.model import Catalogue, CodeList, Column
from analysis.catalogue.words import Words
from analysis.submissions.cells import Cell, Unreadable, as_text, read_number, tidy
from analysis.submissions.dates import read_day, read_named_month

Value = str | float | date | None
_PERCENT = re.compile(r"(.*[0-9])\s*%")


@dataclass(frozen=True)
class Reading:
    """One cell read: its value; `why` it is not what was written; the rule that it breaks."""

    value: Value = None
    why: str = ""  # a key of clean.WHYS
    rule: str = ""
    kept: bool = False  # the row can be used although the rule has something to say
    interval: tuple[int, int] | None = None
    signed: bool = False  # carries a percent sign


@dataclass(frozen=True)
class Context:
    """What a reader of cells knows beside the cell."""

    catalogue: Catalogue
    missing: frozenset[str]
    mapped: Mapped
    mark: str  # the decimal mark that the file proves
    base_1904: bool | None

    @property
    def words(self) -> Words:
        """The words of the catalogue."""
        return self.catalogue.words

    @property
    def window(self) -> tuple[date, date]:
        """The likely days of a collection, with a year to spare."""
        rounds = self.catalogue.rounds
        return rounds.first.replace(day=1), rounds.last.replace(year=rounds.last.year + 1)


def read_column(cells: Sequence[Cell], column: Column, context: Context) -> list[Reading]:
    """The readings of a column's cells, in order; what one cell cannot tell, the others may."""
    reader = _reader(column, context)
    empty = Reading(column.default or None)
    known: dict[tuple[type, Cell], Reading] = {}
    for cell in cells:
        key = (type(cell), cell)
        if key not in known:
            text = tidy(as_text(cell)).casefold()
            absent = not text or (column.type != "text" and text in context.missing)
            known[key] = empty if absent else _one(cell, reader)
    readings = [known[type(cell), cell] for cell in cells]
    return _percentages(readings, context.mapped.units.get(column.name, "")) if column.type == "percent" else readings


def _one(cell: Cell, reader: Callable[[Cell], Reading]) -> Reading:
    if isinstance(cell, str) and cell.startswith("#") and cell.rstrip("!?").isupper():
        return Reading(rule="STR-25")
    try:
        return reader(cell)
    except Unreadable as unread:
        return Reading(rule=unread.rule)


def _reader(column: Column, context: Context) -> Callable[[Cell], Reading]:
    if column.type == "number":
        return lambda cell: _number(cell, context)
    if column.type == "percent":
        return lambda cell: _percent(cell, context)
    if column.type == "date":
        return lambda cell: Reading(*read_day(cell, context.words, context.base_1904, context.window))
    if column.type == "month":
        return lambda cell: Reading(read_named_month(cell, context.words))
    if column.type == "code":
        codes, own = context.catalogue.code_lists[column.code_list], _folded(context.mapped.codes.get(column.name, {}))
        return lambda cell: _code(tidy(as_text(cell)), codes, own)
    return lambda cell: Reading(as_text(cell).strip())


def _code(text: str, codes: CodeList, own: Mapping[str, str]) -> Reading:
    if text.casefold() in own:
        return Reading(own[text.casefold()], "code")
    # A code that nobody knows stays as written: the suite names it in a finding, with the list it must be in.
    known = codes.resolve(text)
    return Reading(text if known is None else known)


def _number(cell: Cell, context: Context) -> Reading:
    if isinstance(cell, str):
        text = tidy(cell)
        if text.casefold() in context.words.zero:
            return Reading(0.0, "zero", "STR-29", kept=True)
        if interval := context.words.interval(text):
            return Reading(None, "interval", "STR-28", kept=True, interval=interval)
        if _PERCENT.fullmatch(text):
            raise Unreadable("STR-30")
    return Reading(read_number(cell, context.mark))


def _percent(cell: Cell, context: Context) -> Reading:
    match = _PERCENT.fullmatch(tidy(cell)) if isinstance(cell, str) else None
    if match:
        return Reading(read_number(match[1], context.mark), signed=True)
    return _number(cell, context)


def _percentages(readings: Sequence[Reading], unit: str) -> list[Reading]:
    """
    Percentages, whether written `12 %`, `12` or `0,12`: by the provider's mapping, else by the other cells.

    Without a mapping a figure up to 1 may be a share or a small percentage, whatever stands beside it: a query.
    """
    return [_as_percentage(reading, unit) for reading in readings]


def _as_percentage(reading: Reading, unit: str) -> Reading:
    value = reading.value
    if not isinstance(value, float) or reading.signed or unit == "percent":
        return reading
    if unit == "share":
        return replace(reading, value=round(value * 100, 10), why="percent")
    return Reading(rule="STR-34") if 0 < abs(value) <= 1 else reading


def _folded(codes: Mapping[str, str]) -> dict[str, str]:
    return {tidy(text).casefold(): code for text, code in codes.items()}
