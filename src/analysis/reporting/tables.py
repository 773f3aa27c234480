"""Tables as Markdown: numbers of the language, codes by their labels, and nothing a provider wrote taken for markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.reporting.text import Wording, rows_of

if TYPE_CHECKING:
    import pandas as pd

MARKUP = re.compile(r"[`*_{}\[\]#|!~^$@\"'=:+]")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;"}
RIGHT_ALIGNED = ("figure", "number", "p", "quantity", "rate", "percent")
WIDEST_DASHES = 40

WEB_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+)(/[A-Za-z0-9._~%/?&=;,+-]*)?")


def escape(text: object) -> str:
    """`text` so that Markdown and HTML show it as it was written, on one line.

    No-break spaces stay. Backslashes and angle brackets become entities; other markup gets a backslash, as pandoc and
    CommonMark have it.
    """
    # Not str.split(): it would take no-break spaces, which French and thousands need, for plain ones.
    line = re.sub(r"[^\S\u00a0\u202f]+", " ", str(text)).strip()
    line = re.sub(r"[&<>\\]", lambda found: ENTITIES[found.group()], line)
    return re.sub(r"&#92;|" + MARKUP.pattern, lambda found: _shield(found.group()), line)


def _shield(found: str) -> str:
    return found if found == ENTITIES["\\"] else "\\" + found


def markdown_table(
    frame: pd.DataFrame,
    wording: Wording,
    formats: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> str:
    """`frame` as a pipe table of the columns of `formats`, in that order.

    Parameters
    ----------
    formats : per column `text`, `figure` (words that are already a number, so to the right), `link`, `day`, `number`,
        `rate` (one decimal), `percent`, `p` (a p value), `quantity:<unit>`, `anchor:<prefix>` (a target for links),
        `code:<group>` (a text `<group>.<code>`), `lang:<code>` (text in another language than the page's).
        Everything is escaped; a `link` stays one only if it is a plain web address.
    headers : per column its heading as words; without it the text `header.<column>`.
    """
    titles = [escape((headers or {}).get(column) or wording.code("header", column)) for column in formats]
    rows = [
        [_cell(value, form, wording) for value, form in zip(row, formats.values(), strict=True)]
        for row in rows_of(frame[list(formats)])
    ]
    right = [form.partition(":")[0] in RIGHT_ALIGNED for form in formats.values()]
    rule = [_dashes(column, aligned) for column, aligned in zip(zip(titles, *rows, strict=True), right, strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [titles, rule, *rows])


def _dashes(cells: Sequence[str], right: bool) -> str:
    """The rule under a heading; pandoc takes the widths of a wide table's columns from it."""
    width = min(max(3, *map(len, cells)), WIDEST_DASHES)
    return "-" * (width - 1) + (":" if right else "-")


def _cell(value: Any, form: str, wording: Wording) -> str:
    import pandas as pd

    kind, _, detail = form.partition(":")
    if pd.isna(value) or value == "":
        return "–"
    if kind == "link":
        return _link(str(value))
    if kind == "anchor":
        return f"[{escape(value)}]{{#{detail}{value}}}"
    if kind == "lang":
        return f"[{escape(value)}]{{lang={detail}}}"
    return escape(_words(value, kind, detail, wording))


def _link(text: str) -> str:
    """A web address as a link named by its host; anything else as plain text."""
    found = WEB_ADDRESS.fullmatch(text.strip())
    return f"[{found[1]}](<{found[0]}>)" if found else escape(text)


def _words(value: Any, kind: str, detail: str, wording: Wording) -> str:
    if kind == "quantity":
        return wording.quantity(value, detail)
    formatters: dict[str, Callable[[Any], str]] = {
        "text": str,
        "figure": str,
        "day": lambda day: wording.day(day, "medium"),
        "number": wording.number,
        "rate": lambda number: wording.number(number, 1),
        "p": wording.p_value,
        "percent": lambda number: wording.quantity(number, "%"),
        "code": lambda code: wording.code(detail, code),
    }
    return formatters[kind](value)
