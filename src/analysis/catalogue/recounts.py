"""Known recounts: dates at which a number of people present was counted anew, which no policy explains."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Label
from analysis.catalogue.read import read_yaml

FILE = "recounts.yml"


@dataclass(frozen=True)
class Recount:
    """One stock that was counted anew: where, which indicator, and the first period counted the new way."""

    id: str
    geo: str
    indicator: str
    first: date
    periods: int  # how many periods before, and from it on, the naive analysis takes
    source: Label


def load_recounts(folder: Path) -> dict[str, Recount]:
    """The entries of `recounts.yml`; CatalogueError at the first that breaks a rule."""
    found = {}
    for name, given in read_yaml(folder / FILE).items():
        entry = Entry(FILE, name, given)
        found[name] = Recount(
            name,
            entry.text("geo"),
            entry.text("indicator"),
            entry.date("first"),
            entry.integer("periods", 8, 60),
            entry.label("source"),
        )
        entry.done()
    return found
