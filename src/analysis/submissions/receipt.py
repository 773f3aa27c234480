"""The answer to a provider: what was accepted, what was not, and how to mend it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from analysis.catalogue.model import Label
from analysis.submissions.rulebook import ERROR, INFO, QUERY

ACCEPTED, WITH_QUERIES, REJECTED, DUPLICATE = "accepted", "accepted_with_queries", "rejected", "duplicate"


@dataclass(frozen=True)
class Finding:
    """
    One rule that one cell, row (`column` "") or file (`row` 0) breaks; `column` is a letter or a header.

    `note` is the provider's signed explanation of a query, "" as long as there is none.
    """

    rule: str
    severity: str  # error | query | info
    sheet: str
    row: int
    column: str
    raw: str
    message: Label
    mend: Label
    note: str = ""


@dataclass(frozen=True)
class Receipt:
    """
    What became of one submission.

    `state` is accepted, accepted_with_queries, rejected, or duplicate (the same bytes came before; nothing was done).
    `days_late` is None where the dataflow has no due date. `language` is the provider's, `reason` is written in it.
    """

    submission: str
    file_name: str
    dataflow: str
    provider: str
    period: date | None
    received_at: date
    rulebook: str
    state: str
    reason: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    findings: tuple[Finding, ...] = ()
    supersedes: str = ""
    days_late: int | None = None
    synthetic: bool = False
    language: str = "en"
    declared: Mapping[str, str] = field(default_factory=dict)
    rows_provisional: int = 0  # of the accepted ones, those kept as provisional until a query is answered
    answer_by: date | None = None  # the last day for those answers

    def count(self, severity: str) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def to_json(self) -> str:
        """The receipt as JSON: keys sorted, the same receipt gives the same bytes."""
        told = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "findings"}
        head = json.dumps(told, default=_plain, ensure_ascii=False, sort_keys=True, indent=1)
        # One finding a line: each in one go, since the encoder that indents takes minutes for a thousand rows' texts.
        encode = json.JSONEncoder(default=_plain, ensure_ascii=False, sort_keys=True).encode
        findings = ",".join(f"\n  {encode(vars(finding))}" for finding in self.findings)
        return f'{head[:-2]},\n "findings": [{findings}\n ]\n}}\n'

    @classmethod
    def from_json(cls, text: str | bytes) -> "Receipt":
        """The receipt that `to_json` wrote."""
        told: dict[str, Any] = json.loads(text)
        findings = tuple(
            Finding(**entry | {"message": Label(**entry["message"]), "mend": Label(**entry["mend"])})
            for entry in told.pop("findings")
        )
        for name in ("received_at", "period", "answer_by"):
            told[name] = date.fromisoformat(day) if (day := told.get(name)) else None
        return cls(**told, findings=findings)

    def lines(self, lang: str = "") -> list[str]:
        """The answer in plain text, in `lang` or else the provider's language: the outcome, then each finding."""
        lang = lang or self.language
        lines = [f"{self.file_name}: {_text('state', self.state, lang=lang)}"]
        if self.state == DUPLICATE:
            return [*lines, f"  {self.reason}"]
        if self.rows_read:
            lines.append(f"  {self._counts(lang)}")
        if self.rows_provisional:
            lines.append(f"  {_text('provisional', lang=lang).format(rows=self.rows_provisional)}")
        if self.answer_by:
            lines.append(f"  {_text('answer_by', lang=lang).format(day=self.answer_by.isoformat())}")
        if self.supersedes:
            lines.append(f"  {_text('supersedes', lang=lang)}")
        if self.days_late:
            lines.append(f"  {_text('late', lang=lang).format(days=self.days_late)}")
        for finding in self.findings:
            lines += _finding_lines(finding, lang)
        if not self.findings and self.state == REJECTED:
            lines.append(f"  {self.reason}")
        return lines

    def _counts(self, lang: str) -> str:
        counts = _text("counts", lang=lang)
        return counts.format(read=self.rows_read, accepted=self.rows_accepted, set_aside=self.rows_quarantined)


def reason_for(state: str, findings: tuple[Finding, ...], lang: str) -> str:
    """The ledger's one line: why it is not plainly accepted."""
    if state == REJECTED:
        whole = [finding for finding in findings if finding.severity == ERROR and not finding.row]
        return " ".join(finding.message[lang] for finding in whole)
    if state == WITH_QUERIES:
        tally = {
            name: sum(f.severity == kind for f in findings) for name, kind in (("errors", ERROR), ("queries", QUERY))
        }
        return _text("tally", lang=lang).format(**tally)
    return ""


def duplicate_reason(name: str, day: date, lang: str) -> str:
    """The line that tells a provider that the same bytes came before."""
    return _text("duplicate", lang=lang).format(name=name, day=day.isoformat())


def _finding_lines(finding: Finding, lang: str) -> list[str]:
    head = f"  [{_text('severity', finding.severity, lang=lang)} {finding.rule}] {_place(finding, lang)}"
    if finding.raw:
        head += f", {_text('found', lang=lang).format(_shown(finding.raw))}"
    mend = [f"    -> {finding.mend[lang]}"] if finding.mend[lang] and finding.severity != INFO else []
    if finding.note:
        mend = [f"    {_text('note', lang=lang).format(_shown(finding.note))}"]
    return [head, f"    {finding.message[lang]}", *mend]


def _place(finding: Finding, lang: str) -> str:
    parts = (("sheet", finding.sheet), ("row", finding.row), ("column", finding.column))
    told = [_text(kind, lang=lang).format(value) for kind, value in parts if value]
    return ", ".join(told) or _text("file", lang=lang)


def _shown(raw: str) -> str:
    """Raw text that cannot move the cursor of a terminal, nor fill it."""
    plain = "".join(mark if mark.isprintable() else "·" for mark in raw)
    return plain if len(plain) <= 80 else f"{plain[:79]}…"


def _plain(value: Any) -> Any:
    """What JSON has no word for: days as ISO dates, labels and mappings as objects."""
    if isinstance(value, date):
        return value.isoformat()
    return vars(value) if isinstance(value, Label) else dict(value)


@cache
def _answer() -> dict[str, Any]:
    text = resources.files("analysis.submissions").joinpath("answer.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _text(*keys: str, lang: str) -> str:
    entry: Any = _answer()
    for key in (*keys, lang):
        entry = entry[key]
    return str(entry)
