"""What must hold between indicators, and which way an indicator is known to err: both as an expert wrote them down."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Label
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

ACCOUNTS, BIASES = "accounts.yml", "known_bias.yml"
KINDS = ("stock_flow", "rise_within", "parts_total", "at_least", "never_falls")
DIRECTIONS = ("too_high", "too_low", "unclear")


@dataclass(frozen=True)
class Account:
    """One accounting identity between indicators, with the fields of `trends.Identity`; the label is for readers."""

    id: str
    kind: str
    whole: str
    parts: tuple[str, ...]
    minus: tuple[str, ...]
    tolerance: float
    label: Label

    @property
    def indicators(self) -> tuple[str, ...]:
        """All that it speaks of."""
        return (self.whole, *self.parts, *self.minus)


@dataclass(frozen=True)
class Bias:
    """Which way an indicator errs as it is collected (`too_high`, `too_low`, `unclear`), and why."""

    indicator: str
    direction: str
    why: Label


def load_accounts(folder: Path, indicators: Collection[str]) -> dict[str, Account]:
    """The accounts of `accounts.yml`; CatalogueError where one names an unknown indicator."""
    accounts = {}
    for name, fields in read_yaml(folder / ACCOUNTS).items():
        entry = Entry(ACCOUNTS, name, fields)
        tolerance = entry.take("tolerance", 0)
        if not isinstance(tolerance, int | float) or isinstance(tolerance, bool) or tolerance < 0:
            raise entry.wrong("tolerance", "0 or more", tolerance)
        account = Account(
            name,
            entry.one_of("kind", KINDS),
            entry.text("whole"),
            entry.texts("parts", ()),
            entry.texts("minus", ()),
            float(tolerance),
            entry.label("label"),
        )
        entry.done()
        _known(account.indicators, indicators, entry.where)
        accounts[name] = account
    return accounts


def load_biases(folder: Path, indicators: Collection[str]) -> Mapping[str, Bias]:
    """The known biases of `known_bias.yml`, by indicator."""
    biases = {}
    for name, fields in read_yaml(folder / BIASES).items():
        entry = Entry(BIASES, name, fields)
        _known((name,), indicators, entry.where)
        biases[name] = Bias(name, entry.one_of("direction", DIRECTIONS), entry.label("why"))
        entry.done()
    return biases


def _known(names: Collection[str], indicators: Collection[str], where: str) -> None:
    for name in names:
        if name not in indicators:
            raise CatalogueError("an indicator", must="one of indicators.csv", found=name, where=where)
