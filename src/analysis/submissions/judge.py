"""A batch of examined submissions of one dataflow: rows judged by the suite, submissions given a verdict."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.catalogue.disclosure import KEPT_BACK
from analysis.catalogue.model import Catalogue, Dataflow
from analysis.submissions.batch import KEYS, Entry, assemble
from analysis.submissions.examine import Examined, refused
from analysis.submissions.guards import Refusal
from analysis.submissions.history import Asked, add_history, needs_history
from analysis.submissions.parse import Parsed
from analysis.submissions.receipt import Finding
from analysis.submissions.rulebook import ERROR, Rule, Rulebook, parameters
from analysis.submissions.validate import validate

if TYPE_CHECKING:
    import pandas as pd

MAX_WRONG = 0.5  # share of rows in error above which a submission is refused whole


@dataclass(frozen=True)
class Verdict:
    """All that was found in one submission, and the rows of the batch frame that may be stored."""

    examined: Examined
    findings: tuple[Finding, ...]
    read: int = 0
    quarantined: int = 0
    stored: tuple[int, ...] = ()  # row_ids
    provisional: tuple[int, ...] = ()  # those of them that wait for the provider's note

    @property
    def refused(self) -> bool:
        """Whether nothing of the submission is used."""
        return not self.stored


def judge(
    batch: Sequence[Examined],
    flow: Dataflow,
    catalogue: Catalogue,
    book: Rulebook,
    past: "pd.DataFrame | None" = None,
) -> "tuple[list[Verdict], pd.DataFrame]":
    """
    Verdicts on the parsed submissions of `flow`, in order, and the frame whose `row_id`s they name.

    `past` has the observations of the store, all vintages, that rows are set against beside those of the batch.
    Raises RuleCrashed where a rule of the suite could not run.
    """
    entries = [Entry(one.delivery.sha256, one.period, one.delivery.received_at, _parsed(one)) for one in batch]
    frame = assemble(entries, flow, catalogue)
    if needs_history(book.suite(flow.id)):
        sent = [one.provider.id if one.provider else "" for one in batch]
        kinds = {indicator.id: indicator.kind for indicator in catalogue.indicators.values()}
        geos = catalogue.code_lists["geo"].codes
        every = f"P{catalogue.rounds.every_days // 7}W"
        flows = catalogue.stock_flows if flow.frequency == every else {}
        asked = Asked(kinds, geos, flows, catalogue.rounds.every_days)
        frame = add_history(frame, frame["_entry"].map(dict(enumerate(sent))), asked, past)
    rules = book.rules(flow.id)
    places = list(zip(frame["_entry"], frame["_index"], strict=True))
    broken: dict[int, list[tuple[Rule, int]]] = defaultdict(list)
    for rule, row in validate(frame, book.suite(flow.id), rules, parameters(catalogue, flow)):
        entry, index = places[row]
        broken[int(entry)].append((rule, int(index)))
    # Without a value or a key nothing can be stored, whatever the suite says of it.
    observed = catalogue.forms[flow.form].becomes == "observations"
    kept = frame[list(KEYS) if observed else []].notna().all(axis=1)
    if observed:
        kept &= frame["value"].notna() | (frame["flag"] == KEPT_BACK)
    rows: dict[int, list[int]] = defaultdict(list)  # per entry, the row_id of each parsed row
    for row, (entry, _) in enumerate(places):
        rows[int(entry)].append(row)
    verdicts = [
        _verdict(one, broken[number], rows[number], [bool(kept.iat[row]) for row in rows[number]], book)
        for number, one in enumerate(batch)
    ]
    return verdicts, frame


def _parsed(examined: Examined) -> Parsed:
    if examined.parsed is None:
        raise TypeError("only parsed submissions can be judged")
    return examined.parsed


def _verdict(
    examined: Examined, broken: Sequence[tuple[Rule, int]], rows: Sequence[int], kept: Sequence[bool], book: Rulebook
) -> Verdict:
    parsed = _parsed(examined)
    unread = {
        (problem.index, problem.column)
        for problem in parsed.problems
        if not problem.kept or (problem.index, problem.column) in parsed.intervals
    }
    torn = examined.broken
    # A cell that could not be read is empty for the suite; what the suite then says of it would only confuse.
    told = [(rule, i) for rule, i in broken if (i, rule.column) not in unread and not (i in torn and not rule.column)]
    once = {rule.id: rule for rule, _ in told if rule.per_file}
    findings = [*examined.findings, *(_finding(rule, index, parsed) for rule, index in told if not rule.per_file)]
    findings += [Finding(rule.id, rule.severity, "", 0, "", "", rule.text, rule.mend) for rule in once.values()]
    wrong = {index for rule, index in told if rule.severity == ERROR and not rule.per_file} | torn
    stored = tuple(row for index, row in enumerate(rows) if kept[index] and index not in wrong)
    read, whole = len(rows), None
    if len(wrong) > MAX_WRONG * read:
        whole, stored = Refusal("STR-13", wrong=len(wrong), read=read), ()
    elif not stored:
        whole = Refusal("STR-14", read=read)
    if whole:
        findings.insert(0, refused(whole, book.structure))
    findings.sort(key=lambda finding: finding.row)
    return Verdict(examined, tuple(findings), read, len(wrong), stored)


def _finding(rule: Rule, index: int, parsed: Parsed) -> Finding:
    place = parsed.places.get(rule.column, "")
    raw = parsed.raw[rule.column][index] if rule.column in parsed.raw else ""
    return Finding(rule.id, rule.severity, parsed.sheet, parsed.rows[index], place, raw, rule.text, rule.mend)
