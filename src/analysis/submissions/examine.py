"""One delivery before any suite sees it: guarded, recognised, parsed, or refused with a finding."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from analysis.catalogue.model import LANGUAGES, Catalogue, Dataflow, Label, Provider
from analysis.submissions.gate import PersonalData, gated_sheets, opened
from analysis.submissions.guards import Refusal, check_size
from analysis.submissions.identity import identity
from analysis.submissions.parse import Parsed, Problem, parse
from analysis.submissions.preflight import Inspector, Remark, is_plain_name
from analysis.submissions.privacy import Trace, masked
from analysis.submissions.receipt import Finding
from analysis.submissions.recognise import language, name_parts, recognise
from analysis.submissions.rulebook import Rulebook, Structure

if TYPE_CHECKING:
    from analysis.store import Delivery

LET_GO = "PRI-10"  # the rule that says that the bytes were not kept, since nobody could search them


@dataclass(frozen=True)
class Examined:
    """What is known of a delivery without its suite; `parsed` is None where the whole file is refused."""

    delivery: "Delivery"
    language: str
    dataflow: Dataflow | None = None
    provider: Provider | None = None
    period: date | None = None
    parsed: Parsed | None = None
    findings: tuple[Finding, ...] = ()
    personal: bool = False  # refused for data on persons: its bytes must not be kept
    unsearched: bool = False  # nobody could look for data on persons: nor must these

    @property
    def broken(self) -> frozenset[int]:
        """The parsed rows that a structural rule sets aside."""
        problems = self.parsed.problems if self.parsed else ()
        return frozenset(problem.index for problem in problems if not problem.kept) - {-1}


def examine(delivery: "Delivery", catalogue: Catalogue, book: Rulebook, inspector: Inspector | None = None) -> Examined:
    """
    Read one delivery as far as its form goes; what is wrong with it is in the findings, never raised.

    `inspector` looks into workbooks first; a batch shares one, without it each file gets its own.
    """
    if inspector is None:
        with Inspector() as own:
            return examine(delivery, catalogue, book, own)
    structure = book.structure
    lang = language(delivery.name, delivery.declared, catalogue)
    source, delivery = delivery, replace(delivery, name=masked(delivery.name, structure.personal))
    if delivery.forgotten:
        again = Refusal("PRI-09", day=delivery.received_at)
        return Examined(delivery, lang, *_claimed(delivery, catalogue), findings=(refused(again, structure),))
    if delivery.error and not is_plain_name(delivery.path.name):
        return Examined(delivery, lang, findings=(refused(Refusal("PRE-08"), structure),))
    if delivery.error:
        return Examined(delivery, lang, findings=(refused(Refusal("STR-00", reason=delivery.error), structure),))
    try:
        check_size(delivery.path.stat().st_size)
        content = delivery.path.read_bytes()
        looked = opened(inspector, delivery.name, content, structure.personal)
        sheets = gated_sheets(source.name, looked, content, structure.personal)
        found = recognise(delivery.name, sheets, delivery.declared, catalogue, identity(content))
    except PersonalData as refusal:
        told = (refused(refusal, structure), *(_remarked(trace, structure) for trace in refusal.traces))
        return Examined(delivery, lang, *_claimed(delivery, catalogue), findings=told, personal=True)
    except Refusal as refusal:
        told, claimed = (refused(refusal, structure),), _claimed(delivery, catalogue)
        return Examined(delivery, lang, *claimed, findings=told, unsearched=refusal.unsearched)
    lang = found.provider.language
    remarks = tuple(_remarked(remark, structure) for remark in looked.remarks)
    try:
        parsed = parse(sheets, found.dataflow, catalogue, structure.missing, found.provider.id)
    except Refusal as refusal:
        whole = refused(refusal, structure)
        return Examined(delivery, lang, found.dataflow, found.provider, found.period, findings=(whole, *remarks))
    findings = remarks + tuple(_found(problem, parsed, structure) for problem in parsed.problems)
    period = found.period or max(
        (day for day in parsed.values.get("period", ()) if isinstance(day, date)), default=None
    )
    return Examined(delivery, lang, found.dataflow, found.provider, period, parsed, findings)


def let_go(one: Examined, structure: Structure, *, kept: bool) -> Examined:
    """A file whose bytes must not be kept; told where it could not be searched, or lies where we do not delete."""
    rule = ("PRI-08" if kept else "") if one.personal else "PRI-11" if kept else LET_GO
    return replace(one, findings=(*one.findings, refused(Refusal(rule), structure))) if rule else one


def refused(refusal: Refusal, structure: Structure) -> Finding:
    """The finding on the whole file that a refusal stands for, its text filled in for each language."""
    rule = structure.rules[refusal.rule]
    fields = {lang: _fields(refusal, structure, lang) for lang in LANGUAGES}
    message = Label(**{lang: rule.text[lang].format(**fields[lang]) for lang in LANGUAGES})
    mend = Label(**{lang: rule.mend[lang].format(**fields[lang]) for lang in LANGUAGES})
    return Finding(rule.id, rule.severity, "", 0, "", "", message, mend)


def _fields(refusal: Refusal, structure: Structure, lang: str) -> dict[str, str]:
    """The values for one language: labels and names of sources translated, and the nearest names as a question."""
    fields = {}
    for name, value in refusal.fields.items():
        label = value if isinstance(value, Label) else structure.sources[value] if name.endswith("_source") else None
        fields[name] = label[lang] if label else str(value)
    near = fields.pop("near", "")
    return {**fields, "nearest": structure.nearest[lang].format(found=near) if near else ""}


def _found(problem: Problem, parsed: Parsed, structure: Structure) -> Finding:
    rule = structure.rules[problem.rule]
    row = problem.row or (parsed.rows[problem.index] if problem.index >= 0 else parsed.header_row)
    text = Label(**{lang: rule.text[lang].format(**problem.fields) for lang in LANGUAGES})
    return Finding(rule.id, rule.severity, parsed.sheet, row, problem.place, problem.raw, text, rule.mend)


def _remarked(remark: Remark | Trace, structure: Structure) -> Finding:
    rule = structure.rules[remark.rule]
    place = (remark.sheet, remark.row, remark.column, remark.raw)
    return Finding(rule.id, rule.severity, *place, rule.text, rule.mend)


def _claimed(delivery: "Delivery", catalogue: Catalogue) -> tuple[Dataflow | None, Provider | None]:
    """What a refused file says it is, for the ledger; nothing rests on it."""
    claims = {**name_parts(delivery.name), **delivery.declared}
    return catalogue.dataflows.get(claims.get("dataflow", "")), catalogue.providers.get(claims.get("provider", ""))
