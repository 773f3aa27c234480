"""Every shown number leads to its lineage: the words of an evidence become a link to its row at the end of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.evidence import Evidence
from analysis.reporting.tables import escape
from analysis.reporting.text import Wording

ANCHOR = "ev-"
LARGE = 100  # a smaller value that is not whole is never written as a bare whole number: the 7 of a date is no 7.1
_LINK = re.compile(r"\[(?:\\.|[^\[\]\\])*\]\([^()\s]*\)(?:\{[^{}]*\})?")
_CELLS = re.compile(r"(?<!\\)\|")
_BEFORE, _AFTER = r"(?<![\w.,+−\-])", r"(?![\w]|[.,]\d)"


def linked(text: str, evidence: Sequence[Evidence], wording: Wording, names: Mapping[str, Sequence[str]]) -> str:
    """`text` (Markdown) with the first unlinked wording of each evidence turned into a link to its anchor.

    Parameters
    ----------
    names : by evidence id, the words that tell it from another with the same value (its territory, its dates): in a
        table a cell goes to the evidence whose words stand in its row and heading.
    """
    if not evidence:
        return text
    if text.lstrip().startswith("|"):
        return _table(text, evidence, wording, names)
    return _prose(text, evidence, wording)


def _prose(text: str, evidence: Sequence[Evidence], wording: Wording) -> str:
    for one in evidence:
        for words in spellings(one, wording):
            found = _free(text, re.compile(_BEFORE + re.escape(words) + _AFTER))
            if found:
                text = text[: found.start()] + link(words, one) + text[found.end() :]
                break
    return text


def link(words: str, evidence: Evidence) -> str:
    """Markdown of a discreet link from a number to its row."""
    return f"[{words}](#{ANCHOR}{evidence.id}){{.{ANCHOR.rstrip('-')}}}"


def spellings(evidence: Evidence, wording: Wording) -> list[str]:
    """The ways in which a page may write the value, escaped for Markdown and plain: rounded to whole units last."""
    value, unit = evidence.value, evidence.unit
    if value is None:
        return _ranges(evidence, wording)
    exact, rounded = dict[str, None](), dict[str, None]()
    for signed in (False, True):
        for decimals in (None, 0, 1, 2):
            forms = rounded if decimals == 0 else exact
            forms[wording.quantity(value, unit, signed=signed, decimals=decimals)] = None
            forms[wording.quantity(abs(value), unit, decimals=decimals)] = None
        exact[wording.brief(value, unit, signed=signed)] = None
        if float(value).is_integer() or abs(value) >= LARGE:
            rounded[wording.number(value, signed=signed)] = None
    return [*_longest_first(exact), *_longest_first(rounded)]


def _bare(evidence: Evidence, wording: Wording) -> set[str]:
    """The value without its unit, as a cell holds it where caption or heading names the unit."""
    value = evidence.value
    if value is None:
        return set()
    plain = {wording.number(value, decimals=d, signed=signed) for d in (1, 2) for signed in (False, True)}
    return {form for one in plain for form in (one, escape(one))}


def _longest_first(forms: Iterable[str]) -> list[str]:
    both = {form: None for plain in forms for form in (plain, escape(plain))}
    return sorted(both, key=len, reverse=True)


def _ranges(evidence: Evidence, wording: Wording) -> list[str]:
    """What stands for a value that is known to lie in an interval only, longest first."""
    low, high, unit = evidence.ci_low, evidence.ci_high, evidence.unit
    if low is None or high is None:
        return []
    return [wording.span(low, high, unit), wording.bare_span(low, high, unit)]


def _table(text: str, evidence: Sequence[Evidence], wording: Wording, names: Mapping[str, Sequence[str]]) -> str:
    """A pipe table: cells that are the words of an evidence first, then such words within cells of several."""
    lines = text.split("\n")
    waiting: dict[str, list[Evidence]] = {}
    for one in evidence:
        for words in {*spellings(one, wording), *_bare(one, wording)}:
            waiting.setdefault(words, []).append(one)
    header = _CELLS.split(lines[0])
    used: set[str] = set()
    for number, line in enumerate(lines[2:], start=2):
        cells = _CELLS.split(line)
        for place, cell in enumerate(cells):
            candidates = [one for one in waiting.get(cell.strip(), ()) if one.id not in used]
            if candidates:
                around = " ".join([header[place] if place < len(header) else "", *cells[:place], *cells[place + 1 :]])
                best = max(candidates, key=lambda one: _told(names.get(one.id, ()), around))
                used.add(best.id)
                cells[place] = cell.replace(cell.strip(), link(cell.strip(), best))
        lines[number] = "|".join(cells)
    return _prose("\n".join(lines), [one for one in evidence if one.id not in used], wording)


def _told(names: Sequence[str], around: str) -> int:
    return sum(escape(name) in around for name in names if name)


def _free(text: str, wanted: re.Pattern[str]) -> re.Match[str] | None:
    """The first match outside the links that are there already."""
    taken = [found.span() for found in _LINK.finditer(text)]
    return next((found for found in _outside(wanted, text, taken)), None)


def _outside(wanted: re.Pattern[str], text: str, taken: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    for found in wanted.finditer(text):
        if not any(start < found.end() and found.start() < end for start, end in taken):
            yield found
