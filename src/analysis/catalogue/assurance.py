"""Who commissioned, made, checked and approved an analysis: the roles of the AQuA Book, by name or still open.

Source: HM Treasury (2015), The Aqua Book: guidance on producing quality analysis for government, chapter 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Intervention
from analysis.catalogue.read import read_yaml

FILE = "assurance.yml"


@dataclass(frozen=True)
class Assurance:
    """The four roles; an empty one is not yet named."""

    commissioner: str = ""
    analyst: str = ""
    assurer: str = ""
    approver: str = ""

    @property
    def roles(self) -> dict[str, str]:
        """Who has each role, in the order of the work."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def open(self) -> tuple[str, ...]:
        """The roles that nobody has yet."""
        return tuple(role for role, name in self.roles.items() if not name)


def load_assurance(folder: Path, interventions: Mapping[str, Intervention]) -> dict[str, Assurance]:
    """The roles of every intervention; CatalogueError for an entry of none, or where one checks their own work."""
    listed = read_yaml(folder / FILE)
    found = {name: Assurance() for name in interventions}
    for name, given in listed.items():
        entry = Entry(FILE, name, given)
        if name not in interventions:
            raise entry.wrong("an entry", "of an intervention in interventions.yml", name)
        found[name] = Assurance(**{one.name: entry.text(one.name, "") for one in fields(Assurance)})
        entry.done()
        if found[name].analyst and found[name].analyst == found[name].assurer:
            raise entry.wrong("assurer", "another person than the analyst", found[name].assurer)
    return found
