"""What was altered between a provider's cell and our value: one row per change; the pure functions that make some."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from analysis.catalogue.corrections import Correction
from analysis.catalogue.mappings import FACTORS
from analysis.submissions.cells import as_text

if TYPE_CHECKING:
    import pandas as pd

    from analysis.submissions.parse import Parsed
    from analysis.submissions.reading import Value

# Why a value differs from what was written; the log says one of these.
WHYS = {
    "zero": "a word that declares nothing to report is 0",
    "interval": "a withheld small count is an interval, not a number",
    "serial": "a serial number of the spreadsheet is a day",
    "week": "a week is its last day, Sunday",
    "percent": "a share is a percentage",
    "unit": "the provider counts in thousands or millions",
    "code": "the provider's own code, mapped in the catalogue",
    "name": "a place by its name",
    "postcode": "a place by its postcode",
    "lost zero": "a code that lost its leading zero",
    "merged": "a merged cell stands for every row that it covers",
    "correction": "a known error of the source",
    "footnote": "a line of text below the table is not a row",
    "repeated header": "a header repeated in the table is not a row",
    "total": "a totals row checks the table and is not a row of it",
}
COLUMNS = ("submission", "sheet", "row", "column", "what", "why", "reason", "before", "after")


@dataclass(frozen=True)
class Change:
    """One altered value or dropped line: where, what (our column, or `row`), why (of `WHYS`), before and after."""

    sheet: str
    row: int  # as in the file
    column: str  # letter or header, "" for a whole row
    what: str
    why: str
    before: str
    after: str
    detail: str = ""

    @property
    def reason(self) -> str:
        """The change explained; for a correction with the reason and source of its entry."""
        return self.detail or WHYS[self.why]


def scaled(values: "Sequence[Value]", unit: str) -> "list[Value]":
    """Figures in thousands or millions as figures."""
    return [value * FACTORS[unit] if isinstance(value, float) else value for value in values]


def corrected(
    values: "Mapping[str, Sequence[Value]]", corrections: Sequence[Correction]
) -> "tuple[dict[str, list[Value]], list[tuple[int, Correction]], list[Correction]]":
    """
    Known errors mended.

    Parameters
    ----------
    values : column -> value of each row.
    corrections : entries for this provider and dataflow.

    Returns
    -------
    The columns with every known error mended; (row, entry) of each that was applied; and the entries whose keys are
    in the file but whose error is not (the guard: the source has been fixed, the entry has outlived it).
    """
    mended = {name: list(column) for name, column in values.items()}
    applied: list[tuple[int, Correction]] = []
    outlived: list[Correction] = []
    for entry in corrections:
        if entry.status == "fixed":
            continue
        meant = [row for row in range(len(mended[entry.column])) if _keyed(mended, row, entry.keys)]
        wrong = [row for row in meant if text_of(mended[entry.column][row]) == entry.before]
        for row in wrong:
            mended[entry.column][row] = _typed(entry.after, mended[entry.column][row])
        applied += [(row, entry) for row in wrong]
        if meant and not wrong:
            outlived.append(entry)
    return mended, applied, outlived


def change_log(submission: str, changes: Sequence[Change]) -> "pd.DataFrame":
    """The changes of a submission as rows of the relation `changes`, in the order of the file."""
    import pandas as pd

    rows = [
        {"submission": submission, "reason": change.reason} | {k: v for k, v in asdict(change).items() if k != "detail"}
        for change in sorted(changes, key=lambda change: (change.sheet, change.row, change.column))
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({name: "int64" if name == "row" else "str" for name in COLUMNS})


def logged(parsed: "Parsed", submission: str) -> "pd.DataFrame":
    """The change log of a parsed file."""
    return change_log(submission, parsed.changes)


def text_of(value: "Value") -> str:
    """A value as the register and the log write it: whole numbers without a point, days in ISO form."""
    return as_text(value)


def _keyed(values: "Mapping[str, Sequence[Value]]", row: int, keys: Mapping[str, str]) -> bool:
    return all(text_of(values[name][row]) == text for name, text in keys.items())


def _typed(text: str, like: "Value") -> "Value":
    if isinstance(like, float | int):
        return float(text)
    return date.fromisoformat(text) if isinstance(like, date) else text
