"""What providers say of queries: read from a note file or from the workbook that they return, and kept as raw input."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import DataRejected, UsageError
from analysis.submissions.answers.workbook import BY_CELL, COLUMNS, HEADER_ROW
from analysis.submissions.identity import identity
from analysis.submissions.ods import is_open_document
from analysis.submissions.plain_text import as_plain_text
from analysis.submissions.privacy import Words, traces
from analysis.submissions.receipt import Finding
from analysis.submissions.rulebook import QUERY
from analysis.submissions.sheets import Sheet, read_sheets

LONGEST = 1000  # signs of one note
_NEEDED = ("rule", "note")


@dataclass(frozen=True)
class Note:
    """
    What a provider says of one query.

    `raw` is the content it is about, and the place is exact; with None, from a note file, an empty sheet or column is
    any. `row` 0 is the file as a whole.
    """

    rule: str
    sheet: str
    row: int
    column: str
    raw: str | None
    text: str

    def about(self, finding: Finding) -> bool:
        """Whether it answers this finding."""
        if finding.severity != QUERY or (self.rule, self.row) != (finding.rule, finding.row):
            return False
        if self.raw is None:
            return self.sheet in ("", finding.sheet) and self.column in ("", finding.column)
        return (self.sheet, self.column, self.raw) == (finding.sheet, finding.column, as_plain_text(finding.raw))


@dataclass(frozen=True)
class Notes:
    """The notes of one answer, who signs them, and the day they came in (ISO; "" = with the file itself)."""

    by: str
    day: str
    notes: tuple[Note, ...]


def to_json(answers: Sequence[Notes]) -> bytes:
    """The answers about one submission, as they are kept."""
    return (json.dumps([asdict(answer) for answer in answers], ensure_ascii=False, indent=1) + "\n").encode()


def from_json(text: bytes) -> tuple[Notes, ...]:
    """What `to_json` wrote."""
    told: list[dict[str, Any]] = json.loads(text)
    return tuple(Notes(one["by"], one["day"], tuple(Note(**note) for note in one["notes"])) for one in told)


def read_note_file(path: Path, today: date, words: Words) -> tuple[str, Notes]:
    """
    The submission that a note file is about (its SHA-256 or the first signs of it), and the notes.

    The file is YAML: `submission`, `by` (a function or service), and `notes`, a list with `rule`, `note` and, as the
    receipt names them, `row`, `sheet` and `column`. Raises UsageError where something is missing, DataRejected where
    something points to a person; then nothing of it may be kept.
    """
    try:
        told = yaml.safe_load(path.read_bytes())
        submission, by = str(told["submission"]).casefold(), " ".join(str(told["by"] or "").split())
        notes = tuple(_note(entry) for entry in told["notes"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        must = f"YAML with submission, by and a list of notes, each with {', '.join(_NEEDED)} and row"
        raise UsageError("a note file", must=must, found=_first_line(error, words), where=path.name) from error
    _refuse_personal(by, notes, words, path.name)
    if len(submission) < 8 or not by:
        must = "signed, and about a submission named by at least 8 signs of its hash"
        raise UsageError("a note file", must=must, found=f"submission {submission!r}, by {by!r}", where=path.name)
    signature = f" ({by[:LONGEST]}, {today.isoformat()})"
    signed = tuple(replace(note, text=note.text + signature) for note in notes)
    return submission, Notes(by[:LONGEST], today.isoformat(), signed)


def check_about(notes: Notes, findings: Iterable[Finding], where: str) -> None:
    """UsageError at the first note that answers no query of the receipt: it would be kept and never seen."""
    asked = list(findings)
    for note in notes.notes:
        if not any(note.about(finding) for finding in asked):
            place = ", ".join(part for part in (note.rule, note.sheet, f"row {note.row}", note.column) if part)
            mend = "Copy rule, row, sheet and column of a query from receipt.json"
            raise UsageError("a note", must="about a query of the receipt", found=place, where=where, mend=mend)


def returned_notes(content: bytes) -> Notes | None:
    """The notes that stand in an annotated workbook (or in what LibreOffice made of it); None for any other file."""
    ids = identity(content)
    if not ids.get("answers") or not ids.get("findings"):
        return None
    sheets = read_sheets("ods" if is_open_document(content) else "xlsx", content)
    rows = next((sheet.rows for sheet in sheets if sheet.name == ids["findings"]), ())
    place = ord(BY_CELL[0]) - ord("A")
    by = rows[0][place] if rows and len(rows[0]) > place else None
    listed = [dict(zip(COLUMNS, row, strict=False)) for row in rows[HEADER_ROW:]]
    notes = [_listed(entry) for entry in listed if entry.get("note") and _row(entry).isdecimal()]
    return Notes(" ".join(str(by or "").split())[:LONGEST], "", tuple(notes))


def _refuse_personal(by: str, notes: Sequence[Note], words: Words, where: str) -> None:
    texts = [by, *(part for note in notes for part in (note.rule, note.sheet, note.column, note.text))]
    found = traces((Sheet("", ((text,),)) for text in texts), words)
    if found:
        shown = ", ".join(dict.fromkeys(f"{trace.rule} {trace.raw}" for trace in found))
        mend = "Take it out and send the file again; nothing of it was kept"
        raise DataRejected("a note", must="without data on persons", found=shown, where=where, mend=mend)


def _first_line(error: Exception, words: Words) -> str:
    """What was wrong, unless it quotes a person."""
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "a file that cannot be read" if traces([Sheet("", ((line,),))], words) else line


def _note(entry: Mapping[str, Any]) -> Note:
    text = " ".join(str(entry["note"] or "").split())
    if not text:
        raise ValueError("an empty note")
    column = str(entry.get("column") or "")
    return Note(
        str(entry["rule"]), str(entry.get("sheet") or ""), int(entry.get("row") or 0), column, None, text[:LONGEST]
    )


def _row(entry: Mapping[str, Any]) -> str:
    row = entry.get("row")
    return "0" if row in (None, "") else str(row)


def _listed(entry: Mapping[str, Any]) -> Note:
    told = {name: str(entry.get(name) if entry.get(name) is not None else "") for name in COLUMNS}
    text = " ".join(told["note"].split())[:LONGEST]
    return Note(told["rule"], told["sheet"], int(_row(entry)), told["column"], told["raw"], text)
