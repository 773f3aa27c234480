"""Programmes that are funded: price x quantity with tranches and a trigger, or a territorial contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Catalogue, Label
from analysis.errors import CatalogueError, UsageError

FILE = "programmes.yml"
PRICE_QUANTITY, TERRITORIAL_CONTRACT = "price_quantity", "territorial_contract"
SIDES = ("above", "below")


@dataclass(frozen=True)
class Programme:
    """One funded programme. Money and shares are decimals, exact as written; `prices` are euro a unit from a day on."""

    id: str
    label: Label
    body: str
    schedule: str  # price_quantity | territorial_contract
    indicator: str
    geo: str
    source: str
    illustrative: bool
    unit: Label | None = None
    elasticity: Decimal = Decimal(1)
    prices: Mapping[date, Decimal] = field(default_factory=dict)
    valid_to: date = date(9999, 12, 31)
    tranches: tuple[Decimal, ...] = ()
    trigger_when: str = ""
    trigger_release: int = 0
    envelope: Decimal = Decimal(0)
    state_share: Decimal = Decimal(1)
    instalments: Mapping[date, Decimal] = field(default_factory=dict)

    def price_on(self, day: date) -> Decimal:
        """The price of a unit on `day`.

        Raises
        ------
        UsageError
            The programme has no price on that day.
        """
        since = [start for start in self.prices if start <= day]
        if not since or day > self.valid_to:
            first = min(self.prices, default=None)
            must = f"from {first} to {self.valid_to}" if first else "of a programme with prices"
            raise UsageError("the day of a price", must=must, found=str(day), where=f"{FILE}, {self.id}")
        return self.prices[max(since)]


def load_programmes(folder: Path) -> dict[str, Programme]:
    """The programmes of `programmes.yml`, each checked by itself."""
    return read_entries(folder, FILE, _programme)


def check_programmes(catalogue: Catalogue) -> None:
    """Raise CatalogueError where a programme names a body, indicator or territory that the catalogue does not know."""
    known: dict[str, Any] = {
        "body": (catalogue.stakeholders, "stakeholders.yml"),
        "indicator": (catalogue.indicators, "indicators.csv"),
        "geo": (catalogue.code_lists["geo"].codes, "the code list geo"),
    }
    for programme in catalogue.programmes.values():
        for name, (codes, file) in known.items():
            if getattr(programme, name) not in codes:
                where, found = f"{FILE}, {programme.id}", getattr(programme, name)
                raise CatalogueError(f"`{name}`", must=f"an entry of {file}", found=found, where=where)


def _programme(entry: Entry) -> Programme:
    facts: dict[str, Any] = {
        "id": entry.name,
        "label": entry.label("label"),
        "body": entry.text("body"),
        "schedule": entry.one_of("schedule", (PRICE_QUANTITY, TERRITORIAL_CONTRACT)),
        "indicator": entry.text("indicator"),
        "geo": entry.text("geo"),
        "source": entry.text("source"),
        "illustrative": entry.flag("illustrative", False),
    }
    facts |= _priced(entry) if facts["schedule"] == PRICE_QUANTITY else _contracted(entry)
    return Programme(**facts)


def _priced(entry: Entry) -> dict[str, Any]:
    shares = tuple(_decimal(entry, "tranches", share) for share in entry.texts("tranches"))
    _adds_up(entry, "tranches", shares)
    trigger = Entry(entry.file, f"{entry.name}.trigger", entry.take("trigger"))
    facts = {
        "unit": entry.label("unit"),
        "elasticity": _decimal(entry, "elasticity", entry.text("elasticity")),
        "prices": _dated(entry, "prices"),
        "valid_to": entry.date("valid_to"),
        "tranches": shares,
        "trigger_when": trigger.one_of("when", SIDES),
        "trigger_release": trigger.integer("release", 1, len(shares)),
    }
    trigger.done()
    return facts


def _contracted(entry: Entry) -> dict[str, Any]:
    instalments = _dated(entry, "instalments")
    _adds_up(entry, "instalments", tuple(instalments.values()))
    state = _decimal(entry, "state_share", entry.text("state_share"))
    if state > 1:
        raise entry.wrong("state_share", "from 0 to 1", str(state))
    envelope = _decimal(entry, "envelope", entry.text("envelope"))
    return {"envelope": envelope, "state_share": state, "instalments": instalments}


def _dated(entry: Entry, field_name: str) -> dict[date, Decimal]:
    value = entry.take(field_name)
    if not isinstance(value, Mapping) or not value or not all(type(day) is date for day in value):
        raise entry.wrong(field_name, 'a mapping of dates to decimals in quotes, such as {2023-01-01: "12.50"}', value)
    return {day: _decimal(entry, field_name, value[day]) for day in sorted(value)}


def _decimal(entry: Entry, field_name: str, text: object) -> Decimal:
    try:
        number = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise entry.wrong(field_name, "a decimal in quotes, 0 or more", text)
    return number


def _adds_up(entry: Entry, field_name: str, shares: tuple[Decimal, ...]) -> None:
    if sum(shares) != 1:
        raise entry.wrong(field_name, "shares that add up to 1", [str(share) for share in shares])
