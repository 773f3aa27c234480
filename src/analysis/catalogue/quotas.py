"""Quotas to share out: places, the units that receive them, and the parts of their key."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Label

FILE = "quotas.yml"
LARGEST = 10**9


@dataclass(frozen=True)
class Quota:
    """`total` places over units named in `names`; `illustrative` names the fields that are examples."""

    id: str
    label: Label
    total: int
    names: Mapping[str, str]
    population: Mapping[str, int]
    capacity: Mapping[str, int]
    capacity_share: Fraction
    floors: Mapping[str, int]
    caps: Mapping[str, int]
    illustrative: tuple[str, ...]
    source: str


def load_quotas(folder: Path) -> dict[str, Quota]:
    """The quotas of `quotas.yml`; CatalogueError where a number is none or a limit is of an unknown unit."""
    return read_entries(folder, FILE, _quota)


def _quota(entry: Entry) -> Quota:
    listed = Entry(entry.file, f"{entry.name}.units", entry.take("units"))
    names, population, capacity = {}, {}, {}
    for unit in listed.fields:
        fields = Entry(entry.file, f"{entry.name}.{unit}", listed.take(unit))
        names[unit] = fields.text("label")
        population[unit] = fields.integer("population", 1, LARGEST)
        capacity[unit] = fields.integer("capacity", 1, LARGEST)
        fields.done()
    return Quota(
        id=entry.name,
        label=entry.label("label"),
        total=entry.integer("total", 1, LARGEST),
        names=names,
        population=population,
        capacity=capacity,
        capacity_share=_share(entry),
        floors=_limits(entry, "floors", names),
        caps=_limits(entry, "caps", names),
        illustrative=entry.texts("illustrative", ()),
        source=entry.text("source"),
    )


def _share(entry: Entry) -> Fraction:
    text = entry.text("capacity_share")
    if not text.replace(".", "", 1).isdigit() or not 0 <= Fraction(text) <= 1:
        raise entry.wrong("capacity_share", "a decimal in quotes from 0 to 1", text)
    return Fraction(text)


def _limits(entry: Entry, field: str, units: Mapping[str, str]) -> dict[str, int]:
    listed = Entry(entry.file, f"{entry.name}.{field}", entry.take(field, {}))
    if unknown := [unit for unit in listed.fields if unit not in units]:
        raise entry.wrong(field, "of the units above", unknown[0])
    return {unit: listed.integer(unit, 0, LARGEST) for unit in listed.fields}
