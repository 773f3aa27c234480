"""Second axes of the indicators: the themes, groups and phases by which the bodies and plans group them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Indicator, Label

if TYPE_CHECKING:
    from analysis.catalogue.model import Catalogue

FILE = "frameworks.yml"


@dataclass(frozen=True)
class Group:
    """One theme, working group or phase: whole domains, and indicators by name.

    `no_indicator` says why it holds none; `read` is False where its source could not be read.
    """

    code: str
    label: Label
    domains: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    no_indicator: str = ""
    read: bool = True


@dataclass(frozen=True)
class Framework:
    """One way to group all indicators; `region` is the region whose bodies do, "" for none."""

    id: str
    label: Label
    source: str
    groups: Mapping[str, Group]
    region: str = ""

    def of(self, indicator: Indicator) -> tuple[str, ...]:
        """The codes of the groups that hold an indicator: those that name it, else those of its domain."""
        named = tuple(code for code, group in self.groups.items() if indicator.id in group.indicators)
        return named or tuple(code for code, group in self.groups.items() if indicator.domain in group.domains)


def load_frameworks(folder: Path) -> dict[str, Framework]:
    """The entries of `frameworks.yml`."""
    return read_entries(folder, FILE, _framework)


def check_frameworks(catalogue: "Catalogue") -> None:
    """Raise CatalogueError at the first unknown name, group without an indicator, or indicator without a group."""
    for framework in catalogue.frameworks.values():
        entry = Entry(FILE, framework.id, {})
        if framework.region and framework.region not in catalogue.code_lists["geo"].codes:
            raise entry.wrong("region", "of the code list geo", framework.region)
        for code, group in framework.groups.items():
            where = Entry(FILE, f"{framework.id}.{code}", {})
            for field, names, known in (
                ("domains", group.domains, catalogue.domains),
                ("indicators", group.indicators, catalogue.indicators),
            ):
                for name in names:
                    if name not in known:
                        raise where.wrong(field, f"of the {field} of the catalogue", name)
        held = {indicator.id: framework.of(indicator) for indicator in catalogue.indicators.values()}
        for indicator, codes in held.items():
            if not codes:
                raise entry.wrong("groups", f"such that one holds indicator {indicator}", "none")
        for code, group in framework.groups.items():
            if (code in {one for codes in held.values() for one in codes}) == bool(group.no_indicator):
                must = "given for a group that holds no indicator, and only there"
                raise Entry(FILE, f"{framework.id}.{code}", {}).wrong("no_indicator", must, group.no_indicator)


def _framework(entry: Entry) -> Framework:
    inner = Entry(entry.file, f"{entry.name}.groups", entry.take("groups"))
    return Framework(
        id=entry.name,
        label=entry.label("label"),
        source=entry.text("source"),
        groups={code: _group(Entry(entry.file, f"{entry.name}.{code}", inner.take(code))) for code in inner.fields},
        region=entry.text("region", ""),
    )


def _group(entry: Entry) -> Group:
    group = Group(
        code=entry.name.rpartition(".")[2],
        label=entry.label("label"),
        domains=entry.texts("domains", ()),
        indicators=entry.texts("indicators", ()),
        no_indicator=entry.text("no_indicator", ""),
        read=entry.flag("read", True),
    )
    entry.done()
    return group
