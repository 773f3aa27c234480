"""Explain and keep: queries that a provider's signed notes answer, and what is known of a value before and after."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.catalogue.model import Catalogue, Dataflow
from analysis.submissions.batch import PROVISIONAL
from analysis.submissions.judge import Verdict
from analysis.submissions.notes import Note, Notes, returned_notes
from analysis.submissions.receipt import Finding
from analysis.submissions.relations import stored_rows
from analysis.submissions.rulebook import QUERY

if TYPE_CHECKING:
    import pandas as pd

Kept = Mapping[str, Sequence[Notes]]  # by submission, the notes that came apart from the file, in the order they came
_SIGNED = re.compile(r"\(.+, [0-9]{4}-[0-9]{2}-[0-9]{2}\)$")


def explained(verdicts: Sequence[Verdict], frame: "pd.DataFrame", kept: Kept) -> list[Verdict]:
    """
    The verdicts with the signed note on each query that has one, and the rows that wait for one as `provisional`.

    Parameters
    ----------
    kept : notes that came apart from the file; those in the file itself are read from it.

    Notes
    -----
    A note counts for the same rule, place and content only: of a value that has changed since, it says nothing. It
    counts on rows that are stored and on what is no row (the file, a totals row): a cell that cannot be read is mended,
    not explained.
    """
    answered = []
    for verdict in verdicts:
        index = _stored(verdict, frame)
        findings = _signed(verdict, kept, index.keys())
        waiting = {finding.row for finding in findings if finding.severity == QUERY and not finding.note}
        provisional = tuple(row_id for row, row_id in index.items() if row in waiting)
        answered.append(replace(verdict, findings=findings, provisional=provisional))
    return answered


def known_rows(
    verdicts: Sequence[Verdict], frame: "pd.DataFrame", kept: Kept, flow: Dataflow, catalogue: Catalogue
) -> "dict[str, pd.DataFrame]":
    """
    The accepted rows of a batch by relation, as `stored_rows` gives them, with every vintage that notes make.

    A row whose query is open is provisional. A note that comes later makes a new vintage of its row on the day it came:
    what was known before stays what was known.
    """
    import pandas as pd

    before = explained(verdicts, frame, {})
    relations = stored_rows(before, _told(frame, before, catalogue), flow, catalogue)
    own = {verdict.examined.delivery.sha256 for verdict in verdicts}
    days = sorted({answer.day for submission in own for answer in kept.get(submission, ())})
    if not days or "observations" not in relations:
        return relations
    latest = relations["observations"]
    vintages = [latest]
    for day in days:
        so_far = {name: [answer for answer in answers if answer.day <= day] for name, answers in kept.items()}
        after = explained(verdicts, frame, so_far)
        rows = stored_rows(after, _told(frame, after, catalogue), flow, catalogue)["observations"]
        altered = (rows["note"] != latest["note"]) | (rows["flag"] != latest["flag"])
        learnt = rows[altered].copy()
        learnt.loc[learnt["as_of"] < pd.Timestamp(day), "as_of"] = pd.Timestamp(day)
        vintages.append(learnt)
        latest = rows
    return relations | {"observations": pd.concat(vintages, ignore_index=True)}


def _stored(verdict: Verdict, frame: "pd.DataFrame") -> dict[int, int]:
    """Row of the file -> row_id, for the rows that are stored."""
    rows = verdict.examined.parsed.rows if verdict.examined.parsed else ()
    stored = list(verdict.stored)
    return {rows[index]: row_id for index, row_id in zip(frame["_index"].iloc[stored].tolist(), stored, strict=True)}


def _told(frame: "pd.DataFrame", verdicts: Sequence[Verdict], catalogue: Catalogue) -> "pd.DataFrame":
    """The batch frame with the notes in column `note`, and with the flag of provisional values."""
    texts: dict[int, list[str]] = {}
    for verdict in verdicts:
        index = _stored(verdict, frame)
        for finding in verdict.findings:
            if finding.note and finding.row in index:
                texts.setdefault(index[finding.row], []).append(finding.note)
    waiting = {row_id for verdict in verdicts for row_id in verdict.provisional}
    told = frame.copy()
    if texts and "note" in told:
        notes = told["note"].fillna("").astype("str")
        told["note"] = [" · ".join(part for part in (n, *texts.get(i, ())) if part) for i, n in enumerate(notes)]
    if waiting and "flag" in told:
        flags, codes = told["flag"].fillna("").astype("str"), catalogue.code_lists["flag"].codes
        told["flag"] = [_provisional(flag, codes) if i in waiting else flag for i, flag in enumerate(flags)]
    return told


def _provisional(flag: str, codes: Collection[str]) -> str:
    """The flag that also says so, as far as the code list has one for both."""
    return flag + PROVISIONAL if PROVISIONAL not in flag and flag + PROVISIONAL in codes else flag


def _signed(verdict: Verdict, kept: Kept, stored: Collection[int]) -> tuple[Finding, ...]:
    lost = set(verdict.examined.parsed.rows if verdict.examined.parsed else ()) - set(stored)
    open_ = [finding for finding in verdict.findings if finding.severity == QUERY and finding.row not in lost]
    if not open_ or verdict.refused:
        return verdict.findings
    delivery, provider = verdict.examined.delivery, verdict.examined.provider
    sender = provider.label[provider.language] if provider else ""
    within = returned_notes(delivery.path.read_bytes())
    # The latest answer counts, so it is asked first.
    answers = [*reversed(kept.get(delivery.sha256, ())), *([within] if within else [])]
    told = [
        (note, f"({answer.by or sender}, {answer.day or delivery.received_at.isoformat()})")
        for answer in answers
        for note in answer.notes
    ]
    asked = set(map(id, open_))
    return tuple(_with_note(finding, told) if id(finding) in asked else finding for finding in verdict.findings)


def _with_note(finding: Finding, told: Sequence[tuple[Note, str]]) -> Finding:
    for note, signature in told:
        if note.about(finding):
            # A note that was accepted before comes back with its signature.
            return replace(finding, note=note.text if _SIGNED.search(note.text) else f"{note.text} {signature}")
    return finding
