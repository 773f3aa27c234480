"""Rows to the bytes of a file as its provider would write it: language, encoding, decimal mark, CSV or workbook."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date

from analysis.catalogue import Catalogue, Column
from analysis.submissions.synthetic.plan import FilePlan
from analysis.submissions.synthetic.rows import Row
from analysis.submissions.synthetic.workbook import workbook

Cell = str | int | float | date


def file_bytes(catalogue: Catalogue, plan: FilePlan, day: date, rows: Sequence[Row]) -> bytes:
    """The file that the provider of `plan` sends for the round of `day`; row 1 is the header."""
    lang = catalogue.providers[plan.provider].language
    columns = _columns(catalogue, plan, rows)
    header = [column.label[lang] if column.label else column.name for column in columns]
    body = [[_cell(catalogue, column, row, lang, day) for column in columns] for row in rows]
    if plan.format["type"] == "xlsx":
        return workbook(plan.format["sheet"], [header, *body])
    return _csv(plan.format, [header, *body])


def _columns(catalogue: Catalogue, plan: FilePlan, rows: Sequence[Row]) -> list[Column]:
    """The columns of the form; an optional one only where this provider has something to say in it."""
    spoken = {
        "sex": any(row.women is not None for row in plan.rows),
        "age": any(row.ages for row in plan.rows),
        "nationality": any(row.nationalities for row in plan.rows),
        "breakdown": any(row.divisions for row in plan.rows),
        "denominator": any(row.over for row in plan.rows),
    }
    form = catalogue.forms[catalogue.dataflows[plan.dataflow].form]
    return [column for column in form.columns if spoken.get(column.name, True)]


def _cell(catalogue: Catalogue, column: Column, row: Row, lang: str, day: date) -> Cell:
    if column.name == "period":
        return day
    value: Cell = getattr(row, column.name)
    if (
        column.name in ("geo", "sex", "age", "nationality", "breakdown")
        and value in catalogue.code_lists[column.code_list].codes
    ):
        return catalogue.code_lists[column.code_list].codes[str(value)].label[lang]
    return value


def _csv(style: Mapping[str, str], table: Sequence[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=style["separator"], lineterminator="\r\n")
    writer.writerows([[_text(cell, style) for cell in row] for row in table])
    return text.getvalue().encode(style["encoding"])


def _text(cell: Cell, style: Mapping[str, str]) -> str:
    if isinstance(cell, date):
        return cell.strftime(style["date"])
    if isinstance(cell, float):
        return str(cell).replace(".", style["decimal"])
    return str(cell)
