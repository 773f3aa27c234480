"""Tables as Markdown: every language's numbers, codes by their labels, and nothing a provider wrote taken for markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.reporting.text import Wording

if TYPE_CHECKING:
    import pandas as pd

MARKUP = re.compile(r"[`*_{}\[\]#|!~^$@\"'=:+]")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;"}
RIGHT_ALIGNED = ("number", "quantity", "change", "rate", "percent")
WIDEST_DASHES = 40

Format = str | Callable[[Any], str]


def escape(text: object) -> str:
    """`text` so that Markdown and HTML show it as it was written, on one line.

    Backslashes and angle brackets become entities; other markup gets a backslash, which pandoc and CommonMark both take.
    """
    line = " ".join(str(text).split())
    line = re.sub(r"[&<>\\]", lambda found: ENTITIES[found.group()], line)
    return re.sub(r"&#92;|" + MARKUP.pattern, lambda found: _shield(found.group()), line)


def _shield(found: str) -> str:
    return found if found == ENTITIES["\\"] else "\\" + found


def markdown_table(
    frame: pd.DataFrame,
    wording: Wording,
    formats: Mapping[str, Format],
    headers: Mapping[str, str] | None = None,
) -> str:
    """`frame` as a pipe table of the columns of `formats`, in that order.

    Parameters
    ----------
    formats : per column `text`, `day`, `number`, `rate` (one decimal), `percent`, `quantity:<unit>`, `change:<unit>`,
        `code:<group>` (a text `<group>.<code>`), or a function from the cell to words. Everything is escaped.
    headers : per column its heading as words; without it the text `header.<column>`.
    """
    titles = [escape((headers or {}).get(column) or wording.code("header", column)) for column in formats]
    rows = [
        [escape(_cell(value, form, wording)) for value, form in zip(row, formats.values(), strict=True)]
        for row in frame[list(formats)].itertuples(index=False)
    ]
    right = [isinstance(form, str) and form.partition(":")[0] in RIGHT_ALIGNED for form in formats.values()]
    rule = [_dashes(column, aligned) for column, aligned in zip(zip(titles, *rows, strict=True), right, strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [titles, rule, *rows])


def _dashes(cells: Sequence[str], right: bool) -> str:
    """The rule under a heading; pandoc takes the widths of a wide table's columns from it."""
    width = min(max(3, *map(len, cells)), WIDEST_DASHES)
    return "-" * (width - 1) + (":" if right else "-")


def _cell(value: Any, form: Format, wording: Wording) -> str:
    if not isinstance(form, str):
        return form(value)
    kind, _, detail = form.partition(":")
    if value is None or value != value or value == "":
        return "–"
    if kind == "quantity":
        return wording.quantity(value, detail)
    if kind == "change":
        return wording.change(value, detail)
    formatters: dict[str, Callable[[Any], str]] = {
        "text": str,
        "day": wording.day,
        "number": wording.number,
        "rate": lambda number: wording.number(number, 1),
        "percent": lambda number: wording.quantity(number, "%"),
        "code": lambda code: wording.code(detail, code),
    }
    return formatters[kind](value)
