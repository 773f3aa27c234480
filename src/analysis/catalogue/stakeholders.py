"""The registry of stakeholders: who is concerned by what, at which level, in which working groups and phases."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Catalogue, Dataflow, Label, Provider
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

FILE = "stakeholders.yml"
LEVELS = ("federal", "region", "community", "local", "international", "research")


@dataclass(frozen=True)
class Stakeholder:
    """A body. `submits`: it sends data, and has the id of its provider. Groups and phases are `framework.group`."""

    id: str
    label: Label
    level: str
    domains: tuple[str, ...]
    groups: tuple[str, ...]
    phases: tuple[str, ...]
    submits: bool


def load_stakeholders(
    folder: Path, dataflows: Mapping[str, Dataflow], providers: Mapping[str, Provider]
) -> dict[str, Stakeholder]:
    """The bodies of `stakeholders.yml`.

    A body that is among `providers` takes its name from there; it submits where a dataflow names it.

    Raises
    ------
    CatalogueError
        A body is malformed, or one that submits is not in the registry.
    """
    submitting = {name for dataflow in dataflows.values() for name in dataflow.providers}
    bodies = {}
    for name, fields in read_yaml(folder / FILE).items():
        entry = Entry(FILE, name, fields)
        bodies[name] = Stakeholder(
            id=name,
            label=providers[name].label if name in providers else entry.label("label"),
            level=entry.one_of("level", LEVELS),
            domains=entry.texts("domains"),
            groups=entry.texts("groups"),
            phases=entry.texts("phases"),
            submits=name in submitting,
        )
        entry.done()
    if absent := sorted(name for name in submitting & set(providers) if name not in bodies):
        mend = "Add the body with its level, domains, groups and phases."
        raise CatalogueError(
            "the registry", must="complete: it holds every body that submits", found=absent[0], where=FILE, mend=mend
        )
    return bodies


def check_stakeholders(catalogue: Catalogue) -> None:
    """Raise CatalogueError at the first domain, working group or phase that the catalogue does not know."""
    frameworks = catalogue.frameworks.values()
    groups = {f"{framework.id}.{group}": framework for framework in frameworks for group in framework.groups}
    for body in catalogue.stakeholders.values():
        where = f"{FILE}, {body.id}"
        _known("domains", body.domains, catalogue.domains, "domains.yml", where)
        _known("groups", body.groups, groups, "frameworks.yml", where)
        _known("phases", body.phases, groups, "frameworks.yml", where)


def _known(field: str, names: tuple[str, ...], known: Mapping[str, Any], file: str, where: str) -> None:
    for name in names:
        if name not in known:
            raise CatalogueError(f"`{field}`", must=f"an entry of {file}", found=name, where=where)
