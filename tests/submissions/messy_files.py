"""
Every messy case that is tried, and what happens, as `docs/messy_files.md`: made from the case tables of the tests.

`PYTHONPATH=tests python -m submissions.messy_files` writes it again; `test_messy_files.py` holds it up to date.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.submissions.clean import WHYS
from analysis.submissions.rulebook import load_rulebook
from submissions import test_cells, test_hostile, test_messy, test_plain_text, test_preflight, test_privacy
from submissions.sample import CATALOGUE, RULEBOOK
from submissions.strange_files import STRANGE

PAGE = Path(__file__).parents[2] / "docs" / "messy_files.md"
HEAD = """# Messy files

Every messy case that the tests try, and what happens to it. Made from the tests' own tables by
`PYTHONPATH=tests python -m submissions.messy_files`; a test holds it up to date. [Rules](rules.md) says how to mend
each. An *error* sets the row or the file aside; a *query* is answered by a signed note or a correction; a *remark* is
only told.
"""
BOOK = load_rulebook(RULEBOOK, CATALOGUE)
RULES = {**BOOK.structure.rules, **BOOK.rules("registration")}
STATES = {
    "accepted": "accepted",
    "accepted_with_queries": "accepted, with rows to correct or to explain",
    "rejected": "refused",
}

Row = tuple[str, str]


def page() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for title, name, rows in sections():
        lines = "".join(f"| {case} | {told} |\n" for case, told in rows)
        parts.append(f"\n## {title}\n\n| {name} | what happens |\n|---|---|\n{lines}")
    return "".join(parts)


def sections() -> Iterator[tuple[str, str, Iterable[Row]]]:
    """Title, name of the first column, and the rows of each part."""
    yield (
        "Files that are not opened",
        "file",
        ((case, _rule(rule)) for case, (_, _, rule) in test_preflight.REFUSED.items()),
    )
    yield "Whole files, sent as a stranger would", "file", (_strange(case) for case in STRANGE)
    yield (
        "Whole files, one edit away from a good one",
        "file",
        ((case, _answer(STATES[state], rules)) for case, (_, _, state, rules) in test_hostile.CASES.items()),
    )
    yield "Files that are opened with a remark", "file", (_remarked(case) for case in test_preflight.REMARKED)
    yield (
        "Data on persons: the file is refused and forgotten",
        "cells",
        (
            (case, f"{_rule(found[0][0])} Shown as {_code(found[0][2])}.")
            for case, (_, found) in test_privacy.FOUND.items()
        ),
    )
    yield (
        "What looks like data on persons and is not",
        "cells",
        ((case, "read as figures; nothing is found") for case in test_privacy.INNOCENT),
    )
    yield "Header rows", "header", ((case, "the same values as from the plain header") for case in test_messy.HEADERS)
    yield (
        "Lines that are no rows",
        "line",
        (
            (_code(added.strip()), "; ".join(f"left out and logged: {WHYS[why]}" for why, _ in dropped))
            for added, dropped in test_messy.FURNITURE
        ),
    )
    yield (
        "Figures",
        "written",
        (
            (_code(text), _outcome("" if value is None else f"{value:g}", interval, rule, why))
            for text, value, interval, rule, why in test_messy.VALUES
        ),
    )
    yield "Figures, by the decimal mark that the rest of the file proves", "written", _numbers()
    yield (
        "Dates",
        "written",
        (
            (_code(text), _outcome(day.isoformat() if day else "", None, rule, why))
            for text, day, rule, why in test_messy.DAYS
        ),
    )
    yield (
        "Places",
        "written",
        ((_code(text), _outcome(geo or "", None, rule, why)) for text, geo, rule, why in test_messy.PLACES),
    )
    yield (
        "Text that a spreadsheet would run",
        "written",
        ((_code(text), "written out behind an apostrophe, so that it stays text") for text in test_plain_text.FORMULAS),
    )
    yield (
        "Text that looks like it and is left alone",
        "written",
        ((_code(text), "written out as it is") for text in test_plain_text.PLAIN if text),
    )


def _strange(case: str) -> Row:
    _, _, rules, (read, kept) = STRANGE[case]
    return case, _answer(f"{kept} of {read} rows kept" if kept else "refused", rules)


def _answer(state: str, rules: Iterable[str]) -> str:
    return "; ".join([state, *map(_rule, rules)])


def _remarked(case: str) -> Row:
    _, remarks = test_preflight.REMARKED[case]
    return case, " ".join(_rule(remark.rule) for remark in remarks) or "opened without a remark"


def _numbers() -> Iterator[Row]:
    for cell, value, mark in test_cells.NUMBERS:
        if isinstance(cell, str):
            yield _code(cell), f"{value:g}" + (f", where the file writes decimals with {_code(mark)}" if mark else "")
    for cell, rule in test_cells.NOT_NUMBERS:
        if isinstance(cell, str) and cell:
            yield _code(cell), _rule(rule)


def _outcome(value: str, interval: tuple[int, int] | None, rule: str, why: str) -> str:
    kept = f"kept as the interval {interval[0]} to {interval[1]}" if interval else f"read as {value}" if value else ""
    told = [kept or ("" if rule else "no figure"), f"logged: {WHYS[why]}" if why else "", _rule(rule) if rule else ""]
    return "; ".join(part for part in told if part)


def _rule(name: str) -> str:
    rule = RULES[name]
    return f"{name} ({'remark' if rule.severity == 'info' else rule.severity}): {_plain(_filled(rule.text.en))}"


def _filled(text: str) -> str:
    """With dots for what depends on the file."""
    return re.sub(r"\{\w+\}", "…", text.replace("{nearest}", ""))


def _code(text: str) -> str:
    """As it was written, with what nobody sees made visible."""
    shown = "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in text)
    return "<code>" + _plain(shown) + "</code>"


def _plain(text: str) -> str:
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("*", "&#42;"), ("_", "&#95;")):
        text = text.replace(mark, entity)
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
