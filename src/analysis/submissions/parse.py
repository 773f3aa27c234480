"""Raw tables to typed columns under our names, with the place and the raw text of every cell kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from analysis.catalogue.corrections import Correction
from analysis.catalogue.mappings import FACTORS, Mapped
from analysis.catalogue.model import Catalogue, Column, Dataflow, Form
from analysis.catalogue.places import Match
from analysis.submissions.cells import Unreadable, as_text, decimal_mark, read_number, tidy
from analysis.submissions.clean import Change, corrected, scaled, text_of
from analysis.submissions.guards import Refusal
from analysis.submissions.header import Located, locate
from analysis.submissions.merged import spread
from analysis.submissions.reading import Context, Reading, Value, read_column
from analysis.submissions.rows import TOLERANCE, Body, Line, sum_of, tell_apart, written
from analysis.submissions.sheets import Sheet

GEO = "geo"
_HOW = {"name": "name", "postcode": "postcode", "zero": "lost zero"}
_DOUBT = {"ambiguous": "STR-33", "expired": "STR-35", "future": "STR-36"}


@dataclass(frozen=True)
class Problem:
    """A cell, row or column that breaks a structural rule; `index` counts parsed rows, -1 for the header."""

    rule: str
    index: int
    column: str  # our name, "" where it is none of ours
    place: str
    raw: str
    kept: bool = False  # the row can be used all the same
    row: int = 0  # of the file, for a line that is no parsed row
    fields: Mapping[str, str] = field(default_factory=dict)  # fill the rule's text


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
    changes: tuple[Change, ...] = field(default=())
    intervals: Mapping[tuple[int, str], tuple[int, int]] = field(default_factory=dict)  # (index, our name) -> bounds


def parse(
    sheets: Sequence[Sheet], flow: Dataflow, catalogue: Catalogue, missing: frozenset[str], provider: str = ""
) -> Parsed:
    """
    Find the table of `flow` among `sheets` and read it.

    Parameters
    ----------
    missing : words, casefolded, that mean "no figure here".
    provider : whose mappings and corrections apply; "" for none.

    Raises
    ------
    Refusal
        `STR-09` columns missing, `STR-10` no rows, `STR-15` a column twice, `STR-16` two tables.
    """
    form = catalogue.forms[flow.form]
    mapped = catalogue.mappings.get((provider, flow.id), Mapped())
    found, filled = spread(locate(sheets, form, mapped.headers), form)
    body = tell_apart(found, form, catalogue, official=bool(flow.recognise))
    if not body.rows:
        raise Refusal("STR-10")
    context = Context(catalogue, missing, mapped, mapped.decimal or _mark(body, form, found), found.sheet.base_1904)
    table = _Table(found, form, body, context)
    table.read()
    table.check_totals()
    table.scale()
    table.correct([one for one in catalogue.corrections if (one.provider, one.dataflow) == (provider, flow.id)])
    surplus = [] if flow.recognise else _surplus(found)
    rows = tuple(number + 1 for number, _ in body.rows)
    problems = (*_row_problems(found, body), *surplus, *table.problems)
    name = found.sheet.name
    changes = (*_dropped(body, name), *filled, *table.changes)
    return Parsed(name, found.row + 1, rows, table.values, table.raw, table.places, problems, changes, table.intervals)


class _Table:
    """The columns of one file while they are read."""

    def __init__(self, found: Located, form: Form, body: Body, context: Context) -> None:
        self.found, self.form, self.body, self.context = found, form, body, context
        header = found.header
        self.places = {name: found.sheet.place(position, header[position]) for name, position in found.columns.items()}
        self.values: dict[str, list[Value]] = {}
        self.raw: dict[str, list[str]] = {}
        self.problems: list[Problem] = []
        self.changes: list[Change] = []
        self.intervals: dict[tuple[int, str], tuple[int, int]] = {}

    def read(self) -> None:
        """Every column; places last, since they depend on the day."""
        for column in self.form.columns:
            position = self.found.columns.get(column.name, -1)
            cells = [row[position] if 0 <= position < len(row) else None for _, row in self.body.rows]
            self.raw[column.name] = [as_text(cell) for cell in cells]
            readings = read_column(cells, column, self.context)
            self.values[column.name] = [reading.value for reading in readings]
            for index, (number, _) in enumerate(self.body.rows):
                unsaved = (number, position) in self.found.sheet.formulas
                self._note(index, column, Reading(rule="STR-24") if unsaved else readings[index])
        for column in self.form.columns:
            if column.code_list == GEO:
                self._resolve_places(column)

    def check_totals(self) -> None:
        """A query where a totals row is not the sum of the rows that it covers."""
        codes = [c for c in self.form.columns if c.type == "code" and c.default]
        for line, covers in self.body.totals:
            strata = [tuple(as_text(self.values[c.name][i]) for c in codes) for i in covers]
            for column in self.form.columns:
                if column.name == "value" and column.type == "number":
                    self._check_total(line, column, covers, strata)

    def scale(self) -> None:
        """Figures in the provider's unit as figures."""
        for name, unit in self.context.mapped.units.items():
            if unit in FACTORS:
                before, self.values[name] = self.values[name], scaled(self.values[name], unit)
                for index, value in enumerate(before):
                    if value is not None:
                        self._log(index, name, "unit", text_of(value), text_of(self.values[name][index]))

    def correct(self, corrections: Sequence[Correction]) -> None:
        """Known errors of the source mended, and a finding on each entry that has outlived its error."""
        before = self.values
        self.values, applied, outlived = corrected(before, corrections)
        for index, entry in applied:
            detail = f"{entry.reason} ({entry.source}; {entry.id})"
            self._log(index, entry.column, "correction", entry.before, entry.after, detail)
        for entry in outlived:
            fields = {"entry": entry.id, "before": entry.before}
            self.problems.append(
                Problem("STR-37", -1, entry.column, self.places.get(entry.column, ""), "", kept=True, fields=fields)
            )

    def _note(self, index: int, column: Column, reading: Reading) -> None:
        raw = self.raw[column.name][index]
        if reading.rule:
            low, high = reading.interval or (0, 0)
            fields = {"low": str(low), "high": str(high)} if reading.interval else {}
            place = self.places[column.name]
            self.problems.append(Problem(reading.rule, index, column.name, place, raw, reading.kept, fields=fields))
        if reading.interval:
            self.intervals[index, column.name] = reading.interval
        if reading.why:
            after = "[{}, {}]".format(*reading.interval) if reading.interval else text_of(reading.value)
            self._log(index, column.name, reading.why, raw, after)

    def _resolve_places(self, column: Column) -> None:
        """Cells that are no code of the list: municipalities, provinces, postcodes, on the day of their row."""
        codes = self.context.catalogue.code_lists[GEO].codes
        values, days = self.values[column.name], self.values.get("period", [])
        open_ = [
            index
            for index, (text, day) in enumerate(zip(values, days, strict=False))
            if isinstance(text, str) and text and text not in codes and isinstance(day, date)
        ]
        texts, on = [str(values[i]) for i in open_], [day for i in open_ if isinstance(day := days[i], date)]
        matches = self.context.catalogue.places.resolve_column(texts, on)
        for index, match in zip(open_, matches, strict=True):
            if match.code:
                values[index] = match.code
                if match.how in _HOW:
                    self._log(index, column.name, _HOW[match.how], self.raw[column.name][index], match.code)
            elif rule := _DOUBT.get(match.doubt, "STR-38" if match.others else ""):
                values[index] = None if rule == "STR-33" else values[index]
                self._doubt(rule, index, column, match)

    def _doubt(self, rule: str, index: int, column: Column, match: Match) -> None:
        since = match.since.isoformat() if match.since else ""
        fields = {"others": ", ".join(match.others) or "—", "since": since}
        raw, place = self.raw[column.name][index], self.places[column.name]
        self.problems.append(Problem(rule, index, column.name, place, raw, fields=fields))

    def _check_total(
        self, line: Line, column: Column, covers: Sequence[int], strata: Sequence[tuple[str, ...]]
    ) -> None:
        text = written(line, self.found.columns[column.name])
        try:
            total = read_number(line[1][self.found.columns[column.name]], self.context.mark) if text else None
        except Unreadable:
            return
        values = [value if isinstance(value := self.values[column.name][i], float) else None for i in covers]
        whole = tuple(c.default for c in self.form.columns if c.type == "code" and c.default)
        summed = None if total is None else sum_of(total, values, strata, whole)
        if total is not None and summed is not None and abs(total - summed) > TOLERANCE:
            fields = {"total": text, "sum": text_of(summed)}
            place = self.places[column.name]
            self.problems.append(
                Problem("STR-32", -1, column.name, place, text, kept=True, row=line[0] + 1, fields=fields)
            )

    def _log(self, index: int, name: str, why: str, before: str, after: str, detail: str = "") -> None:
        row, sheet = self.body.rows[index][0] + 1, self.found.sheet.name
        self.changes.append(Change(sheet, row, self.places.get(name, ""), name, why, before, after, detail))


def _mark(body: Body, form: Form, found: Located) -> str:
    """The decimal mark that the file's texts prove; native numbers of a workbook have none."""
    numeric = [c.name for c in form.columns if c.type in ("number", "percent") and c.name in found.columns]
    positions = [found.columns[name] for name in numeric]
    cells = (cells[p] for p in positions for _, cells in body.rows if p < len(cells))
    return decimal_mark({cell.rstrip(" %\u00a0\u202f") for cell in cells if isinstance(cell, str)})


def _dropped(body: Body, sheet: str) -> Iterator[Change]:
    """The lines below the header that are no rows."""
    lines = [(line, "footnote") for line in body.footnotes] + [(line, "repeated header") for line in body.repeated]
    for (number, cells), why in [*lines, *((line, "total") for line, _ in body.totals)]:
        texts = " | ".join(text for cell in cells if (text := tidy(as_text(cell))))
        yield Change(sheet, number + 1, "", "row", why, texts, "")


def _row_problems(found: Located, body: Body) -> list[Problem]:
    """Rows of a CSV that are wider than the header; a workbook's cells cannot slip."""
    if found.sheet.name:
        return []
    width = len(found.header)
    wide = [
        (i, cells) for i, (_, cells) in enumerate(body.rows) if any(as_text(cell).strip() for cell in cells[width:])
    ]
    return [Problem("STR-27", i, "", "", as_text(cells[width])) for i, cells in wide]


def _surplus(found: Located) -> list[Problem]:
    used = set(found.columns.values())
    return [
        Problem("STR-26", -1, "", found.sheet.place(position, text), text, kept=True)
        for position, text in enumerate(found.header)
        if text and position not in used
    ]
