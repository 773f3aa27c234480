"""The thresholds of disclosure control, by name, and the free texts that were cleared for the public."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.read import read_yaml

FILE = "disclosure.yml"
DEFAULT = "default"
LARGEST = 1000
WITHHELD = "c"  # flag of what is not told: SDMX's code of a confidential observation
KEPT_BACK = "iv"  # flag of a count that its sender gave as an interval only; the bounds stand in the note


@dataclass(frozen=True)
class Threshold:
    """Counts from `smallest` to `largest`, both included, are withheld; zero is not, it names nobody."""

    smallest: int
    largest: int


@dataclass(frozen=True)
class DisclosureRules:
    """Thresholds by dataflow (`default` for the others), what is public anyway, and units that count nobody."""

    thresholds: Mapping[str, Threshold]
    public: frozenset[str]
    units: frozenset[str]
    cleared: frozenset[str]

    def threshold(self, dataflow: str) -> Threshold | None:
        """The threshold of a dataflow; None where nothing of it is withheld."""
        return None if dataflow in self.public else self.thresholds.get(dataflow, self.thresholds[DEFAULT])


def load_disclosure(folder: Path) -> DisclosureRules:
    """The rules of `disclosure.yml`; CatalogueError names the entry that breaks them."""
    entry = Entry(FILE, "", read_yaml(folder / FILE))
    inner = Entry(FILE, "thresholds", entry.take("thresholds"))
    thresholds = {name: _threshold(Entry(FILE, f"thresholds.{name}", inner.take(name))) for name in inner.fields}
    if DEFAULT not in thresholds:
        raise entry.wrong("thresholds", f"given with a `{DEFAULT}`", sorted(thresholds))
    rules = DisclosureRules(
        thresholds,
        frozenset(entry.texts("public", ())),
        frozenset(entry.texts("units", ())),
        frozenset(entry.texts("cleared", ())),
    )
    entry.done()
    return rules


def _threshold(entry: Entry) -> Threshold:
    smallest, largest = entry.integer("smallest", 1, LARGEST), entry.integer("largest", 1, LARGEST)
    entry.done()
    if largest < smallest:
        raise entry.wrong("largest", f"at least {smallest}", largest)
    return Threshold(smallest, largest)
