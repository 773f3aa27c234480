"""Accounts of persons, as data: a total, the terms that explain it, and every assumption behind a term."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Label

if TYPE_CHECKING:
    from analysis.catalogue.model import Catalogue

FILE = "balances.yml"


@dataclass(frozen=True)
class Term:
    """Persons between `low` and `high`, `best` where there is a reason for one number; all three equal if published."""

    label: Label
    low: float
    high: float
    best: float | None
    source: Label
    assumption: Label | None = None


@dataclass(frozen=True)
class AccountBalance:
    """`total` less the `terms` leaves what `rest` names, on one date in one place.

    `rests_on` is the indicator whose published figures the terms were read from.
    """

    id: str
    label: Label
    geo: str
    date: date
    total: Term
    terms: Mapping[str, Term]
    rest: Label
    rests_on: str

    def named(self, term: str) -> Label:
        """What a term is called; `total` and `rest` are terms too."""
        return {"total": self.total.label, "rest": self.rest}.get(term) or self.terms[term].label


def load_balances(folder: Path) -> dict[str, AccountBalance]:
    """The entries of `balances.yml`."""
    return read_entries(folder, FILE, _balance)


def check_balances(catalogue: "Catalogue") -> None:
    """Raise CatalogueError at the first balance of an unknown place or indicator."""
    for balance in catalogue.balances.values():
        if balance.geo not in catalogue.code_lists["geo"].codes:
            raise Entry(FILE, balance.id, {}).wrong("geo", "of the code list geo", balance.geo)
        if balance.rests_on not in catalogue.indicators:
            raise Entry(FILE, balance.id, {}).wrong("rests_on", "an indicator", balance.rests_on)


def _balance(entry: Entry) -> AccountBalance:
    inner = Entry(entry.file, f"{entry.name}.terms", entry.take("terms"))
    return AccountBalance(
        id=entry.name,
        label=entry.label("label"),
        geo=entry.text("geo"),
        date=entry.date("date"),
        total=_term(Entry(entry.file, f"{entry.name}.total", entry.take("total"))),
        terms={name: _term(Entry(entry.file, f"{entry.name}.{name}", inner.take(name))) for name in inner.fields},
        rest=entry.label("rest"),
        rests_on=entry.text("rests_on"),
    )


def _term(entry: Entry) -> Term:
    label, source = entry.label("label"), entry.label("source")
    if "value" in entry.fields:
        value = entry.number("value")
        term = Term(label, value, value, value, source)
    else:
        low, high = entry.number("low"), entry.number("high")
        best = entry.number("best") if "best" in entry.fields else None
        term = Term(label, low, high, best, source, entry.label("assumption"))
        if not low <= (low if best is None else best) <= high:
            raise entry.wrong("best", f"between {low} and {high}, low below high", best)
    if term.low < 0:
        raise entry.wrong("low", "0 or more persons", term.low)
    entry.done()
    return term
