"""What an indicator counts, and of what, in the words of whoever fills in a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Indicator, Label
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

FILE = "definitions.yml"


@dataclass(frozen=True)
class Definition:
    """The numerator of an indicator in words, and its denominator; None for one that has none."""

    value: Label
    of: Label | None


def load_definitions(folder: Path, indicators: Mapping[str, Indicator]) -> dict[str, Definition]:
    """The entries of `definitions.yml`; CatalogueError unless each indicator has one, with `of` where it is a part."""
    found = {}
    for name, given in read_yaml(folder / FILE).items():
        entry = Entry(FILE, name, given)
        if name not in indicators:
            raise CatalogueError("a definition", must="of an indicator of indicators.csv", found=name, where=FILE)
        value = entry.label("value")
        found[name] = Definition(value, entry.label("of") if indicators[name].denominator else None)
        entry.done()
    missing = sorted(indicators.keys() - found.keys())
    if missing:
        raise CatalogueError("an indicator", must="defined", found=missing[0], where=FILE)
    return found
