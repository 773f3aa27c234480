"""Explain and keep: a provider's signed note on an unusual value, found in what they send back, kept with the value."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from analysis.errors import UsageError
from analysis.submissions.answers.workbook import BY_CELL, COLUMNS, HEADER_ROW
from analysis.submissions.identity import identity
from analysis.submissions.judge import Verdict
from analysis.submissions.plain_text import as_plain_text
from analysis.submissions.receipt import Finding
from analysis.submissions.rulebook import QUERY

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 1000  # signs of one note
_SIGNED = re.compile(r"\(.+, [0-9]{4}-[0-9]{2}-[0-9]{2}\)$")
_NEEDED = ("rule", "row", "note")


@dataclass(frozen=True)
class Note:
    """What a provider says of one query; `raw` is the content it is about, None where the file itself is named."""

    rule: str
    sheet: str
    row: int
    column: str
    raw: str | None
    text: str


@dataclass(frozen=True)
class Notes:
    """The notes of one answer, who signs them, and the day they came in (ISO; "" = with the file itself)."""

    by: str
    day: str
    notes: tuple[Note, ...]

    def to_json(self) -> bytes:
        """The document that the store keeps."""
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Notes":
        """What `to_json` wrote."""
        told: dict[str, Any] = json.loads(text)
        return cls(told["by"], told["day"], tuple(Note(**note) for note in told["notes"]))


def read_note_file(path: Path, today: date) -> tuple[str, Notes]:
    """
    The submission that a note file is about (its SHA-256 or the first signs of it), and the notes.

    The file is YAML: `submission`, `by` (a function or service), and `notes`, a list with `rule`, `row`, `note` and,
    where the receipt names them, `sheet` and `column`. UsageError says what is missing.
    """
    try:
        told = yaml.safe_load(path.read_bytes())
        submission, by = str(told["submission"]).casefold(), " ".join(str(told["by"]).split())
        notes = tuple(_note(entry) for entry in told["notes"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        must = f"YAML with submission, by and a list of notes, each with {', '.join(_NEEDED)}"
        raise UsageError("a note file", must=must, found=str(error).splitlines()[0], where=path.name) from error
    if len(submission) < 8 or not by:
        must = "signed, and about a submission named by at least 8 signs of its hash"
        raise UsageError("a note file", must=must, found=f"submission {submission!r}, by {by!r}", where=path.name)
    signature = f" ({by[:LONGEST]}, {today.isoformat()})"
    return submission, Notes(by, today.isoformat(), tuple(replace(note, text=note.text + signature) for note in notes))


def returned_notes(content: bytes) -> Notes | None:
    """The notes that stand in an annotated workbook; None for any other file."""
    ids = identity(content)
    if not ids.get("answers") or not ids.get("findings"):
        return None
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    if ids["findings"] not in book.sheetnames:
        return None
    rows = list(book[ids["findings"]].iter_rows(max_col=len(COLUMNS), values_only=True))
    by = rows[0][ord(BY_CELL[0]) - ord("A")] if rows else None
    listed = [dict(zip(COLUMNS, row, strict=False)) for row in rows[HEADER_ROW:]]
    notes = [_listed(entry) for entry in listed if entry.get("note") and str(entry.get("row")).isdecimal()]
    return Notes(" ".join(str(by or "").split())[:LONGEST], "", tuple(notes))


def explained(
    verdicts: Sequence[Verdict], frame: "pd.DataFrame", kept: Mapping[str, Notes]
) -> "tuple[list[Verdict], pd.DataFrame]":
    """
    Verdicts whose explained queries carry the signed note, and the batch frame with those notes in column `note`.

    Parameters
    ----------
    kept : notes that came apart from the file, by submission; those in the file itself are read from it.

    Notes
    -----
    A note counts for the same rule, place and content only: of a value that has changed since, it says nothing. It
    counts only on rows that are stored: a cell that cannot be read is mended, not explained.
    """
    told: dict[tuple[int, int], list[str]] = {}
    answered = []
    positions = frame["_index"].tolist()
    for number, verdict in enumerate(verdicts):
        rows = verdict.examined.parsed.rows if verdict.examined.parsed else ()
        stored = [int(positions[row]) for row in verdict.stored]
        index = {rows[position]: position for position in stored}
        findings = _signed(verdict, kept, index.keys())
        answered.append(replace(verdict, findings=findings))
        for finding in findings:
            if finding.note:
                told.setdefault((number, index[finding.row]), []).append(finding.note)
    if told and "note" in frame:
        places = zip(frame["_entry"], frame["_index"], strict=True)
        added = [" · ".join(told.get((int(entry), int(row)), ())) for entry, row in places]
        before = frame["note"].fillna("").astype("str").tolist()
        frame["note"] = [" · ".join(part for part in pair if part) for pair in zip(before, added, strict=True)]
    return answered, frame


def _signed(verdict: Verdict, kept: Mapping[str, Notes], stored: Collection[int]) -> tuple[Finding, ...]:
    if not any(finding.severity == QUERY and finding.row in stored for finding in verdict.findings):
        return verdict.findings
    delivery, provider = verdict.examined.delivery, verdict.examined.provider
    sender = provider.label[provider.language] if provider else ""
    apart, within = kept.get(delivery.sha256), returned_notes(delivery.path.read_bytes())
    texts: dict[Note, str] = {}
    for notes in (within, apart):
        for note in notes.notes if notes else ():
            signature = f"({notes.by or sender}, {notes.day or delivery.received_at.isoformat()})" if notes else ""
            # A note that was accepted before comes back with its signature.
            texts[replace(note, text="")] = note.text if _SIGNED.search(note.text) else f"{note.text} {signature}"
    return tuple(_with_note(f, texts) if f.row in stored else f for f in verdict.findings)


def _with_note(finding: Finding, texts: Mapping[Note, str]) -> Finding:
    if finding.severity != QUERY:
        return finding
    place = (finding.rule, finding.sheet, finding.row, finding.column)
    exact, loose = Note(*place, as_plain_text(finding.raw), ""), Note(*place, None, "")
    return replace(finding, note=texts.get(exact) or texts.get(loose) or "")


def _note(entry: Mapping[str, Any]) -> Note:
    text = " ".join(str(entry["note"]).split())
    if not text:
        raise ValueError("an empty note")
    column = str(entry.get("column") or "")
    return Note(str(entry["rule"]), str(entry.get("sheet") or ""), int(entry["row"]), column, None, text[:LONGEST])


def _listed(entry: Mapping[str, Any]) -> Note:
    told = {name: str(entry.get(name) if entry.get(name) is not None else "") for name in COLUMNS}
    text = " ".join(told["note"].split())[:LONGEST]
    return Note(told["rule"], told["sheet"], int(told["row"]), told["column"], told["raw"], text)
