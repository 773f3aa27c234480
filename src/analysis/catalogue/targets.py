"""What is to be reached, as data: an indicator, a value in its unit, who set it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Label

if TYPE_CHECKING:
    from analysis.catalogue.model import Catalogue

FILE = "targets.yml"
SIDES = ("at_least", "at_most")


@dataclass(frozen=True)
class Target:
    """One target. `value` is in the indicator's unit, None where the source gives no number; no `geos` means all.

    `approximate` says, in four languages, where the indicator is not quite what the source means.
    """

    id: str
    label: Label
    indicator: str
    at: str
    value: float | None
    source: Label
    geos: tuple[str, ...] = ()
    due: date | None = None
    approximate: Label | None = None


def load_targets(folder: Path) -> dict[str, Target]:
    """The entries of `targets.yml`."""
    return read_entries(folder, FILE, _target)


def check_targets(catalogue: "Catalogue") -> None:
    """Raise CatalogueError at the first target of an unknown indicator or place."""
    for target in catalogue.targets.values():
        entry = Entry(FILE, target.id, {})
        if target.indicator not in catalogue.indicators:
            raise entry.wrong("indicator", "an entry of indicators.csv", target.indicator)
        for geo in target.geos:
            if geo not in catalogue.code_lists["geo"].codes:
                raise entry.wrong("geos", "of the code list geo", geo)


def _target(entry: Entry) -> Target:
    return Target(
        id=entry.name,
        label=entry.label("label"),
        indicator=entry.text("indicator"),
        at=entry.one_of("at", SIDES),
        value=entry.number("value") if "value" in entry.fields else None,
        source=entry.label("source"),
        geos=entry.texts("geos", ()),
        due=entry.date("due") if "due" in entry.fields else None,
        approximate=entry.label("approximate") if "approximate" in entry.fields else None,
    )
