"""Claims on a page: their quantities as evidence, their state then and now, and their sentence in four languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from analysis.catalogue.recommendations import (
    DIFFERENCES,
    Claim,
    Decision,
    Recommendation,
    load_decisions,
    load_recommendations,
)
from analysis.evidence import Evidence, Lineage, Register
from analysis.evidence.claim_figures import Figure, answers, figures
from analysis.evidence.claims import State, combine, confidence, judge, worst
from analysis.evidence.protected import PUBLIC
from analysis.reporting.page import Page
from analysis.reporting.sections.effect import record_effect, refusal_codes
from analysis.reporting.sections.effect_case import Case, open_case, treated_series
from analysis.reporting.sections.series import region_parts
from analysis.reporting.tables import escape
from analysis.reporting.text import difference_unit

RECOMMENDATIONS, DECISIONS = "recommendations.yml", "decisions.yml"
EVERYONE = "all"
REFUSED = "refused"
DATED = ("level", "change", "gap")  # kinds of claims about the last of a series


@dataclass(frozen=True)
class Finding:
    """One claim as the data of one day judge it; `parts` are the states of its territories."""

    claim: Claim
    state: State
    parts: tuple[State, ...]
    evidence: tuple[Evidence, ...]
    grade: str = ""


@dataclass(frozen=True)
class Assessed:
    """A recommendation or decision, its claims now, and as the approver could know them (none without approval)."""

    what: Recommendation | Decision
    now: tuple[Finding, ...]
    then: tuple[Finding, ...] = ()

    @property
    def state(self) -> State:
        """Of all claims together: the one that a reader must be told first."""
        return worst([finding.state for finding in self.now])

    @property
    def broken(self) -> bool:
        """Whether it binds and a claim of it no longer holds."""
        binding = isinstance(self.what, Recommendation) and self.what.binding
        return binding and any(finding.state == "no longer supported" for finding in self.now)


@dataclass
class Examiner:
    """Checks claims against what one store knew on one day; the same series is estimated once."""

    page: Page
    estimates: dict[tuple[str, int], Case] = field(default_factory=dict)
    _effects: dict[str, tuple[Evidence | None, str]] = field(default_factory=dict)
    _known: Any = None

    def check(self, claims: Sequence[Claim]) -> tuple[Finding, ...]:
        """Each claim, in order."""
        return tuple(self._one(claim) for claim in claims)

    def _one(self, claim: Claim) -> Finding:
        if claim.kind == "effect":
            effect, grade = self._effect(claim.intervention)
            state = judge(claim, effect.ci_low, effect.ci_high, grade) if effect else "cannot tell"
            return Finding(claim, state, (state,), (effect,) if effect else (), grade)
        found = self._figures(claim)
        parts = tuple(judge(claim, one.low, one.high) if self._current(one) else "cannot tell" for one in found)
        wanted = claim.in_at_least if claim.geos else 1
        known = tuple(self._record(one) for one in found if one.value is not None)
        return Finding(claim, combine(parts, wanted), parts, known)

    def _current(self, figure: Figure) -> bool:
        return current(self.page, figure.lineage, self.page.as_of)

    def _figures(self, claim: Claim) -> list[Figure]:
        return self.page.shared(("claim", claim), lambda: self._computed(claim))

    def _computed(self, claim: Claim) -> list[Figure]:
        import pandas as pd

        page, level = self.page, confidence(claim)
        if claim.kind == "answer":
            table = page.store.table("survey")
            return answers(claim, table[table["as_of"] <= pd.Timestamp(page.as_of)], EVERYONE, level)
        if self._known is None:
            self._known = page.store.observations(page.as_of)
        parts = {geo: tuple(region_parts(page, geo)) for geo in claim.geos}
        return figures(
            claim, self._known, {name: one.unit for name, one in page.catalogue.indicators.items()}, parts, level
        )

    def _record(self, figure: Figure) -> Evidence:
        interval = (figure.low, figure.high)
        return self.page.record(figure.value, figure.lineage, unit=figure.unit, interval=interval, n=figure.n)

    def _effect(self, intervention: str) -> tuple[Evidence | None, str]:
        if intervention not in self._effects:
            self._effects[intervention] = self._estimate(intervention)
        return self._effects[intervention]

    def _estimate(self, intervention: str) -> tuple[Evidence | None, str]:
        from analysis.errors import UsageError

        page, case = self.page, self.page.catalogue.interventions[intervention]
        try:
            series = treated_series(page, case)
        except UsageError:  # nothing of this outcome was known on that day
            return None, REFUSED
        key = intervention, hash(tuple(series["level"].fillna(-1.0)) + tuple(series["period"]))
        if key not in self.estimates:
            self.estimates[key] = open_case(page, intervention)
        judged = self.estimates[key]
        if refusal_codes(judged.assessment.main):
            return None, REFUSED
        return record_effect(page, judged), judged.assessment.verdict.grade


def current(page: Page, lineage: Lineage, as_of: date) -> bool:
    """Whether a claim about `as_of` may rest on a figure: its last reference date is not too long before."""
    last = max(lineage.periods, default=as_of.isoformat())
    return (as_of - date.fromisoformat(last)).days <= page.catalogue.publication.current_days


def assess(page: Page, reports: Path) -> tuple[list[Assessed], list[Assessed]]:
    """Recommendations and decisions of the folder `reports`, checked as of the page's day and as of their approval.

    A public release has the decisions alone.
    """
    recommended = list(load_recommendations(reports / RECOMMENDATIONS, page.catalogue).values())
    if page.release == PUBLIC:
        recommended = []
    decided = load_decisions(reports / DECISIONS, page.catalogue).values()
    examiners = {page.as_of: Examiner(page)}

    def then(approved: date) -> Examiner:
        if approved not in examiners:
            silent = replace(page, as_of=approved, register=Register(), listed={}, show=lambda data, metadata: None)
            examiners[approved] = Examiner(silent, examiners[page.as_of].estimates)
        return examiners[approved]

    now = examiners[page.as_of]
    checked = [
        Assessed(one, now.check(one.claims), then(min(one.approved.as_of, page.as_of)).check(one.claims))
        if one.approved
        else Assessed(one, now.check(one.claims))
        for one in recommended
        if one.status != "withdrawn"
    ]
    return checked, [Assessed(one, now.check(one.claims)) for one in decided]


def sentence(page: Page, claim: Claim) -> str:
    """What a claim asserts, in words of the page."""
    say, unit, kind = page.wording.say, _unit(page, claim), claim.kind
    if kind == "gap" and _falls(claim):  # at most -5 above is at least 5 below, and so on
        one, other = claim.between[1:]
        turned = {"at_least": _less(claim.at_most), "at_most": _less(claim.at_least)}
        return sentence(page, replace(claim, between=(claim.between[0], other, one), **turned))  # type: ignore[arg-type]
    bound = claim.at_least if claim.at_least is not None else claim.at_most or 0.0
    shown = bound if kind in ("level", "answer") else abs(bound)
    facts: dict[str, str] = {"bound": page.wording.quantity(shown, unit, decimals=_places(bound))}
    if kind == "effect":
        case = page.catalogue.interventions[claim.intervention]
        facts |= {"title": case.title[page.lang], "grade": claim.grade}
        facts["indicator"] = page.label("indicator", case.indicator)
    elif kind == "answer":
        facts |= {"option": page.wording.code("option", claim.option)}
        facts["question"] = page.wording.code("question", str(claim.question))
    else:
        facts["indicator"] = _subject(page, claim)
        facts["since"] = page.wording.day(claim.since)
        if claim.between:
            facts |= {"one": page.label(*_pair(claim, 1)), "other": page.label(*_pair(claim, 2))}
    where = _where(page, claim)
    return say(f"claim.{kind}.{_form(claim)}", **facts) + (f" {where}" if where else "")


def _form(claim: Claim) -> str:
    """Which wording fits the bound and its sign: a change of at least -3 is a fall of at most 3."""
    side = "at_least" if claim.at_least is not None else "at_most"
    bound = claim.at_least if claim.at_least is not None else claim.at_most or 0.0
    if claim.kind not in DIFFERENCES:
        return side
    if bound == 0:
        return "positive" if side == "at_least" else "lower"
    if bound < 0:
        return "no_lower" if side == "at_least" else "negative"
    return side


def _falls(claim: Claim) -> bool:
    return (claim.at_least is not None and claim.at_least < 0) or (claim.at_most is not None and claim.at_most <= 0)


def _less(bound: float | None) -> float | None:
    return None if bound is None else -bound + 0.0


def _places(bound: float) -> int:
    """The decimals that a bound was given with, so that none is rounded away."""
    exponent = Decimal(repr(bound)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def numbers(page: Page, finding: Finding) -> str:
    """The quantities behind a finding, each with its interval: "Flanders 5.5 pp (3.9 to 7.1)", and what is lacking."""
    say, several = page.wording.say, len(finding.claim.geos) > 1
    said = []
    for one in finding.evidence:
        figure = say("claim.value", value=page.wording.brief(one.value, one.unit), span=_span(page, one))
        said.append(say("claim.figure", place=page.label("geo", one.lineage.geo), figure=figure) if several else figure)
    if finding.grade == REFUSED:
        return say("claim.refused")
    there = {one.lineage.geo for one in finding.evidence}
    missing = [page.label("geo", geo) for geo in finding.claim.geos if geo not in there]
    if several:
        said += [say("claim.figure", place=place, figure=say("claim.unknown")) for place in missing]
    dated = [one for one in finding.evidence if finding.claim.kind in DATED]
    old = [max(one.lineage.periods) for one in dated if not current(page, one.lineage, one.as_of)]
    if old:
        said.append(say("claim.old", day=page.wording.day(date.fromisoformat(max(old)))))
    levels = {one.lineage.level for one in finding.evidence if one.ci_low is not None and one.lineage.level}
    for level in sorted(levels):
        said.append(say("claim.level_of", level=page.wording.quantity(float(level.rstrip("%")), "%", decimals=1)))
    return page.wording.several(said) or say("claim.unknown")


def _span(page: Page, one: Evidence) -> str:
    if one.ci_low is None:
        return page.wording.say("claim.no_interval")
    decimals = 1 if one.unit in ("%", "pp", "per 1,000") else None
    return page.wording.span(one.ci_low, one.ci_high, "", decimals)


def _subject(page: Page, claim: Claim) -> str:
    """The indicator, and the group or the part of it where it is not everyone."""
    groups = [
        page.label(key, getattr(claim, key))
        for key, everyone in (("sex", "T"), ("age", "TOTAL"), ("nationality", "TOTAL"))
        if getattr(claim, key) != everyone and claim.between[:1] != (key,)
    ]
    parts = [page.wording.breakdown(claim.breakdown)] if claim.breakdown else []
    return ", ".join([page.label("indicator", claim.indicator), *groups, *parts])


def _where(page: Page, claim: Claim) -> str:
    if not claim.geos:
        return ""
    places = page.wording.listing([page.label("geo", geo) for geo in claim.geos])
    if len(claim.geos) == 1 or claim.in_at_least == len(claim.geos):
        return page.wording.say("claim.where", places=places)
    count = page.wording.number(claim.in_at_least)
    return page.wording.say("claim.where_some", count=count, of=page.wording.number(len(claim.geos)), places=places)


def _pair(claim: Claim, place: int) -> tuple[str, str]:
    return claim.between[0], claim.between[place]


def _unit(page: Page, claim: Claim) -> str:
    if claim.kind == "answer":
        return "%"
    indicator = page.catalogue.interventions[claim.intervention].indicator if claim.intervention else claim.indicator
    unit = page.catalogue.indicators[indicator].unit
    return difference_unit(unit) if claim.kind in ("change", "gap", "effect") else unit


def titled(one: Assessed, lang: str) -> str:
    """The title of what was assessed, safe in Markdown."""
    return escape(one.what.title[lang])
