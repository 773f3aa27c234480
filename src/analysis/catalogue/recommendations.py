"""Recommendations and decisions as data: who recommends what to whom, and the claims that a machine can check."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

from analysis.catalogue.entry import Entry, as_label
from analysis.catalogue.model import LANGUAGES, Catalogue, Label
from analysis.catalogue.programmes import PRICE_QUANTITY
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

STATUSES = ("draft", "proposed", "approved", "adopted", "withdrawn")
BINDING = ("approved", "adopted")  # a claim of these that no longer holds makes the run exit 8
KINDS = ("level", "change", "gap", "effect", "answer")
DIFFERENCES = ("change", "gap", "effect")  # kinds whose zero means that nothing differs
GRADES = ("A", "B", "C", "D")
GROUPS = ("sex", "age", "nationality", "geo")
BOUNDS = ("kind", "at_least", "at_most", "still")
SERIES = ("indicator", "dataflow", "geos", "in_at_least", "sex", "age", "nationality", "breakdown")
FIELDS = {  # what a claim of each kind says; any other field would be read and have no effect
    "level": SERIES,
    "change": (*SERIES, "since"),
    "gap": (*SERIES, "between"),
    "effect": ("intervention", "grade"),
    "answer": ("question", "option"),
}
MONEY = "EUR"
MOST_NAMED = 12


@dataclass(frozen=True)
class Claim:
    """One assertion about a quantity: at least, or at most, a bound.

    `level`: the last value; `change`: the last value less the one of `since`; `gap`: group `between[1]` less
    `between[2]` of the key `between[0]`; `effect`: what `intervention` did, on evidence graded `grade` or better;
    `answer`: the share of organisations that gave `option` to the survey's `question`. With several `geos`, the
    assertion must hold in `in_at_least` of them. `still` is the lesser bound down to which a claim is only weakened.
    """

    kind: str
    at_least: float | None = None
    at_most: float | None = None
    still: float | None = None
    indicator: str = ""
    dataflow: str = ""
    geos: tuple[str, ...] = ()
    in_at_least: int = 1
    since: date | None = None
    between: tuple[str, ...] = ()
    sex: str = "T"
    age: str = "TOTAL"
    nationality: str = "TOTAL"
    breakdown: str = ""
    intervention: str = ""
    grade: str = "D"
    question: int = 0
    option: str = ""


@dataclass(frozen=True)
class Approval:
    """Who approved, when, and the day of the data that they had before them."""

    by: Label
    on: date
    as_of: date


@dataclass(frozen=True)
class Cost:
    """What it costs: a programme (its price times its forecast quantity), or else a quantity in the data.

    Without a programme: the sum of `indicator` over `geos`, times `price` where one is given (EUR a unit, with its
    `source`).
    """

    programme: str = ""
    indicator: str = ""
    geos: tuple[str, ...] = ()
    price: Decimal | None = None
    source: str = ""


@dataclass(frozen=True)
class Recommendation:
    """One recommendation; it rests on its claims."""

    id: str
    title: Label
    text: Label
    owner: Label
    addressee: Label
    domain: str
    status: str
    claims: tuple[Claim, ...]
    approved: Approval | None = None
    cost: Cost | None = None

    @property
    def binding(self) -> bool:
        """Whether a claim that fails must stop whoever publishes."""
        return self.status in BINDING


@dataclass(frozen=True)
class Decision:
    """A decision that was taken: what became of it is told by its claims."""

    id: str
    title: Label
    by: Label
    decided: date
    source: str
    outcome: Label
    claims: tuple[Claim, ...] = ()


def load_recommendations(file: Path, catalogue: Catalogue) -> dict[str, Recommendation]:
    """The recommendations of a YAML file, by id; none where there is no file.

    Raises
    ------
    CatalogueError
        At the first entry that breaks a rule, in one line: file, entry, what it must be, what was found.
    """
    return {entry.name: _recommendation(entry, catalogue) for entry in _each(file)}


def load_decisions(file: Path, catalogue: Catalogue) -> dict[str, Decision]:
    """The decisions of a YAML file, newest first; errors as in `load_recommendations`."""
    loaded = [_decision(entry, catalogue) for entry in _each(file)]
    return {one.id: one for one in sorted(loaded, key=lambda one: one.decided, reverse=True)}


def _each(file: Path) -> list[Entry]:
    if not file.is_file():
        return []
    entries = [Entry(file.name, name, fields) for name, fields in read_yaml(file).items()]
    for entry in entries:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", entry.name):
            raise CatalogueError(
                "an entry's name", must="lower-case letters, digits and -", found=entry.name, where=file.name
            )
    return entries


def _recommendation(entry: Entry, catalogue: Catalogue) -> Recommendation:
    made = Recommendation(
        id=entry.name,
        title=entry.label("title"),
        text=entry.label("text"),
        owner=entry.label("owner"),
        addressee=entry.label("addressee"),
        domain=entry.one_of("domain", tuple(catalogue.domains)),
        status=entry.one_of("status", STATUSES),
        claims=_claims(entry, catalogue),
        approved=_approval(entry),
        cost=_cost(entry, catalogue),
    )
    entry.done()
    if not made.claims:
        raise entry.wrong("claims", "one or more: a recommendation rests on evidence", [])
    if made.binding and made.approved is None:
        raise entry.wrong("approved", f"given (by, date, as_of) when the status is {made.status}", None)
    return made


def _decision(entry: Entry, catalogue: Catalogue) -> Decision:
    made = Decision(
        id=entry.name,
        title=entry.label("title"),
        by=entry.label("by"),
        decided=_come(entry, "decided"),
        source=entry.text("source"),
        outcome=entry.label("outcome"),
        claims=_claims(entry, catalogue, ()),
    )
    entry.done()
    return made


def _approval(entry: Entry) -> Approval | None:
    if "approved" not in entry.fields:
        return None
    inner = Entry(entry.file, f"{entry.name}.approved", entry.take("approved"))
    on = _come(inner, "date", "Leave the status at proposed until that day.")
    by = inner.take("by")
    name = as_label(dict.fromkeys(LANGUAGES, by) if isinstance(by, str) else by, inner.where, "by")  # a person's is one
    approval = Approval(name, on, inner.date("as_of", on))
    inner.done()
    if approval.as_of > on:
        raise inner.wrong("as_of", f"no later than the approval, {on}", approval.as_of.isoformat())
    return approval


def _come(entry: Entry, field: str, mend: str = "") -> date:
    """A day that is not still to come."""
    day = entry.date(field)
    if day > date.today():
        raise entry.wrong(field, "today or a day before", day.isoformat(), mend)
    return day


def _cost(entry: Entry, catalogue: Catalogue) -> Cost | None:
    if "cost" not in entry.fields:
        return None
    inner = Entry(entry.file, f"{entry.name}.cost", entry.take("cost"))
    if "programme" in inner.fields:
        priced = [one.id for one in catalogue.programmes.values() if one.schedule == PRICE_QUANTITY]
        cost = Cost(programme=inner.one_of("programme", tuple(priced)))
        inner.done()
        return cost
    indicator, geos = inner.one_of("indicator", tuple(catalogue.indicators)), inner.texts("geos")
    price = _number(inner, "price")
    cost = Cost("", indicator, geos, None if price is None else Decimal(repr(price)), inner.text("source", ""))
    inner.done()
    _known(inner, "geos", cost.geos, catalogue.code_lists["geo"].codes)
    if not geos:
        raise inner.wrong("geos", "one territory or more", [])
    _check_price(inner, cost, catalogue.indicators[indicator].unit)
    return cost


def _check_price(entry: Entry, cost: Cost, unit: str) -> None:
    """Money has no price; anything else is no cost without one."""
    if bool(cost.source) != (cost.price is not None):
        raise entry.wrong("source", "given with a price, and only then", cost.source)
    if cost.price is not None and cost.price < 0:
        raise entry.wrong("price", "0 or more", float(cost.price))
    if cost.price is not None and unit == MONEY:
        raise entry.wrong("price", f"left out, for {cost.indicator} is an amount already", float(cost.price))
    if cost.price is None and unit != MONEY:
        must = f"given (EUR a unit), for {cost.indicator} is no amount but counted in {unit or 'no unit'}"
        raise entry.wrong("price", must, None, "Give `price` and `source`, or name a `programme`.")


def _claims(entry: Entry, catalogue: Catalogue, default: Any = None) -> tuple[Claim, ...]:
    listed = entry.take("claims") if default is None else entry.take("claims", default)
    if not isinstance(listed, list | tuple):
        raise entry.wrong("claims", "a list", listed)
    numbered = enumerate(listed, start=1)
    return tuple(_claim(Entry(entry.file, f"{entry.name}, claim {n}", item), catalogue) for n, item in numbered)


def _claim(entry: Entry, catalogue: Catalogue) -> Claim:
    given = entry.fields
    claim = Claim(
        kind=entry.one_of("kind", KINDS),
        at_least=_number(entry, "at_least"),
        at_most=_number(entry, "at_most"),
        still=_number(entry, "still"),
        indicator=entry.text("indicator", ""),
        dataflow=entry.text("dataflow", ""),
        geos=entry.texts("geos", ()),
        in_at_least=entry.integer("in_at_least", 1, 99) if "in_at_least" in entry.fields else 1,
        since=_come(entry, "since") if "since" in entry.fields else None,
        between=entry.texts("between", ()),
        sex=entry.text("sex", "T"),
        age=entry.text("age", "TOTAL"),
        nationality=entry.text("nationality", "TOTAL"),
        breakdown=entry.text("breakdown", ""),
        intervention=entry.text("intervention", ""),
        grade=entry.one_of("grade", GRADES, "D"),
        question=entry.integer("question", 1, 999) if "question" in entry.fields else 0,
        option=entry.text("option", ""),
    )
    entry.done()
    _check_bounds(entry, claim)
    _check_subject(entry, claim, catalogue)
    for field in given:
        if field not in (*BOUNDS, *FIELDS[claim.kind]):
            raise entry.wrong(field, f"left out of a claim of kind {claim.kind}", getattr(claim, field))
    return claim


def _check_bounds(entry: Entry, claim: Claim) -> None:
    if (claim.at_least is None) == (claim.at_most is None):
        raise entry.wrong("at_least", "given, or `at_most`, and not both", claim.at_least)
    if claim.still is not None:
        weaker = claim.still < claim.at_least if claim.at_least is not None else claim.still > (claim.at_most or 0.0)
        if not weaker:
            raise entry.wrong("still", "a lesser assertion than the bound of the claim", claim.still)
    if len(set(claim.geos)) < len(claim.geos):
        raise entry.wrong("geos", "territories that are named once each", list(claim.geos))
    if claim.in_at_least > max(1, len(claim.geos)):
        raise entry.wrong("in_at_least", f"at most the {len(claim.geos)} territories of the claim", claim.in_at_least)


def _check_subject(entry: Entry, claim: Claim, catalogue: Catalogue) -> None:
    lists = catalogue.code_lists
    wanted: dict[str, tuple[str, ...]] = {
        "effect": ("intervention",),
        "answer": ("question", "option"),
        "change": ("indicator", "geos", "since"),
        "gap": ("indicator", "between", *(() if claim.between[:1] == ("geo",) else ("geos",))),
        "level": ("indicator", "geos"),
    }
    for field in wanted[claim.kind]:
        if not getattr(claim, field):
            raise entry.wrong(field, f"given for a claim of kind {claim.kind}", getattr(claim, field))
    _known(entry, "indicator", (claim.indicator,) if claim.indicator else (), catalogue.indicators)
    _known(entry, "dataflow", (claim.dataflow,) if claim.dataflow else (), catalogue.dataflows)
    _known(entry, "intervention", (claim.intervention,) if claim.intervention else (), catalogue.interventions)
    _known(entry, "geos", claim.geos, lists["geo"].codes)
    for key in ("sex", "age", "nationality"):
        _known(entry, key, (getattr(claim, key),), lists[key].codes)
    if claim.between:
        _check_groups(entry, claim, catalogue)
    if claim.kind == "answer":
        _check_answer(entry, claim, catalogue)


def _check_groups(entry: Entry, claim: Claim, catalogue: Catalogue) -> None:
    key, *codes = claim.between
    if len(codes) != 2 or key not in GROUPS or codes[0] == codes[1]:
        raise entry.wrong("between", "[sex | age | nationality | geo, one code, another]", list(claim.between))
    _known(entry, "between", codes, catalogue.code_lists[key].codes)
    if key == "geo" and claim.geos:
        raise entry.wrong("geos", "left out of a gap between two territories", list(claim.geos))
    if key != "geo" and getattr(claim, key) != getattr(Claim, key):
        raise entry.wrong(key, "left out of a gap between its own groups", getattr(claim, key))


def _check_answer(entry: Entry, claim: Claim, catalogue: Catalogue) -> None:
    questions = catalogue.questionnaire.questions
    _known(entry, "question", (str(claim.question),), questions)
    asked = questions[str(claim.question)]
    labels = (*asked.options.values(), *asked.items.values())
    _known(entry, "option", (claim.option,), dict.fromkeys([*asked.printed, *(label["en"] for label in labels)]))


def _known(entry: Entry, field: str, values: Iterable[str], known: Mapping[str, object]) -> None:
    for value in values:
        if value not in known:
            near = get_close_matches(value.upper(), known, 1) or get_close_matches(value, known, 1)
            more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
            must = f"of the catalogue: {', '.join(list(known)[:MOST_NAMED])}{more}"
            raise entry.wrong(field, must, value, f"Did you mean {near[0]}?" if near else "")


def _number(entry: Entry, field: str) -> float | None:
    value = entry.take(field, None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise entry.wrong(field, "a number", value)
    return float(value)
