"""Recommendations and decisions as data: who recommends what to whom, and the claims that a machine can check."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
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
        decided=entry.date("decided"),
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
    on = inner.date("date")
    by = inner.take("by")
    name = as_label(dict.fromkeys(LANGUAGES, by) if isinstance(by, str) else by, inner.where, "by")  # a person's is one
    approval = Approval(name, on, inner.date("as_of", on))
    inner.done()
    return approval


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
    if cost.price is not None and not cost.source:
        raise inner.wrong("source", "given with a price", "")
    if cost.price is not None and cost.price < 0:
        raise inner.wrong("price", "0 or more", price)
    return cost


def _claims(entry: Entry, catalogue: Catalogue, default: Any = None) -> tuple[Claim, ...]:
    listed = entry.take("claims") if default is None else entry.take("claims", default)
    if not isinstance(listed, list | tuple):
        raise entry.wrong("claims", "a list", listed)
    numbered = enumerate(listed, start=1)
    return tuple(_claim(Entry(entry.file, f"{entry.name}, claim {n}", item), catalogue) for n, item in numbered)


def _claim(entry: Entry, catalogue: Catalogue) -> Claim:
    claim = Claim(
        kind=entry.one_of("kind", KINDS),
        at_least=_number(entry, "at_least"),
        at_most=_number(entry, "at_most"),
        still=_number(entry, "still"),
        indicator=entry.text("indicator", ""),
        dataflow=entry.text("dataflow", ""),
        geos=entry.texts("geos", ()),
        in_at_least=entry.integer("in_at_least", 1, 99) if "in_at_least" in entry.fields else 1,
        since=entry.date("since") if "since" in entry.fields else None,
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
    return claim


def _check_bounds(entry: Entry, claim: Claim) -> None:
    if (claim.at_least is None) == (claim.at_most is None):
        raise entry.wrong("at_least", "given, or `at_most`, and not both", claim.at_least)
    if claim.still is not None:
        weaker = claim.still < claim.at_least if claim.at_least is not None else claim.still > (claim.at_most or 0.0)
        if not weaker:
            raise entry.wrong("still", "a lesser assertion than the bound of the claim", claim.still)
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
        if len(claim.between) != 3 or claim.between[0] not in GROUPS:
            raise entry.wrong("between", "[sex | age | nationality | geo, one code, another]", list(claim.between))
        _known(entry, "between", claim.between[1:], lists[claim.between[0]].codes)


def _known(entry: Entry, field: str, values: tuple[str, ...], known: Mapping[str, object]) -> None:
    for value in values:
        if value not in known:
            raise entry.wrong(field, "of the catalogue: " + ", ".join(list(known)[:12]), value)


def _number(entry: Entry, field: str) -> float | None:
    value = entry.take(field, None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise entry.wrong(field, "a number", value)
    return float(value)
