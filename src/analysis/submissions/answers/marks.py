"""Colours and comments in a workbook, thousands of them at the price of a few."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from analysis.submissions.answers.texts import say
from analysis.submissions.plain_text import as_plain_text
from analysis.submissions.receipt import Finding
from analysis.submissions.rulebook import ERROR, INFO, QUERY

FILLS = {ERROR: "F8C9CE", QUERY: "FFE9A8", INFO: "DCE9F5"}
MANY = 1000  # comments above which those that say the same share one
SCREEN = 40  # rows that share it: it is never further away than a screen

Place = tuple[str, int, str]  # sheet, row, letter


class Styles:
    """Looks of cells, each worked out once for every look that a cell had before: openpyxl is slow at it."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Any] = {}

    def give(self, cell: Any, name: object, paint: Callable[[Any], None]) -> None:
        """What `paint` does to the cell; `name` is the same only for the same painting."""
        key = (name, *(cell._style or ()))
        if key in self._known:
            cell._style = copy(self._known[key])
        else:
            paint(cell)
            self._known[key] = copy(cell._style)

    def colour(self, cell: Any, severity: str) -> None:
        """The fill of a severity."""
        from openpyxl.styles import PatternFill

        def paint(target: Any) -> None:
            target.fill = PatternFill("solid", fgColor=FILLS[severity])

        self.give(cell, severity, paint)

    def text(self, cell: Any) -> None:
        """The number format of text."""

        def paint(target: Any) -> None:
            target.number_format = "@"

        self.give(cell, "text", paint)


def shared(by_cell: Mapping[Place, Sequence[Finding]], lang: str) -> Iterable[tuple[Place, str]]:
    """The places that get a comment, with its text; where there are very many, one for cells that say the same."""
    told = {place: _text(findings, lang) for place, findings in by_cell.items()}
    if len(told) <= MANY:
        return told.items()
    groups: dict[tuple[str, str, int, str], list[int]] = {}
    for (sheet, row, column), text in sorted(told.items()):
        groups.setdefault((sheet, column, row // SCREEN, text), []).append(row)
    return [
        (
            (sheet, rows[0], column),
            text + ("\n\n" + say(lang, "workbook", "also", count=len(rows) - 1, row=rows[-1]) if rows[1:] else ""),
        )
        for (sheet, column, _, text), rows in groups.items()
    ]


def comment(cell: Any, told: str) -> None:
    """A comment large enough for its text, below what the provider had written there."""
    from openpyxl.comments import Comment

    text = as_plain_text("\n\n".join([*([cell.comment.text] if cell.comment else []), told]))
    lines = sum(1 + len(line) // 42 for line in text.splitlines())
    cell.comment = Comment(text, "Integration Monitor", height=24 + 18 * lines, width=300)


def _text(findings: Sequence[Finding], lang: str) -> str:
    said = [f"{f.rule}: {f.message[lang]}" + (f"\n→ {f.mend[lang]}" if f.mend[lang] else "") for f in findings]
    return "\n\n".join(said)
