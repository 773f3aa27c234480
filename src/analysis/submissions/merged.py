"""Merged cells of a table: what is written once for several rows stands for each of them, except for figures."""

from collections.abc import Iterable
from dataclasses import replace

from analysis.catalogue.model import Form
from analysis.submissions.cells import as_text, tidy
from analysis.submissions.clean import Change
from analysis.submissions.header import Located

_SPREAD = ("code", "date", "month")


def spread(found: Located, form: Form) -> tuple[Located, list[Change]]:
    """
    The table with keys that are merged over several rows written on each, and a change for each cell filled.

    A figure is never spread: merged over rows, it may be their sum.
    """
    keys = {found.columns[c.name]: c.name for c in form.columns if c.type in _SPREAD and c.name in found.columns}
    rows = [list(row) for row in found.sheet.rows]
    changes: list[Change] = []
    for top, left, bottom, right in found.sheet.merged:
        if top <= found.row or left != right or left not in keys or top >= len(rows) or left >= len(rows[top]):
            continue
        cell, place = rows[top][left], found.sheet.place(left, found.header[left])
        for number in range(top + 1, min(bottom + 1, len(rows))):
            row = rows[number]
            if not tidy(as_text(cell)) or not _written(row) or (left < len(row) and row[left] is not None):
                continue
            row += [None] * (left + 1 - len(row))
            row[left] = cell
            changes.append(Change(found.sheet.name, number + 1, place, keys[left], "merged", "", as_text(cell)))
    if not changes:
        return found, []
    return replace(found, sheet=replace(found.sheet, rows=tuple(map(tuple, rows)))), changes


def _written(row: Iterable[object]) -> bool:
    return any(cell is not None for cell in row)
