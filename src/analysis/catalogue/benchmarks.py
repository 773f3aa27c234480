"""Benchmarking matrices: which rows of the table `benchmark` belong together, and the pillars that were announced."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Label

FILE = "benchmarks.yml"
HIGHEST = 1000


@dataclass(frozen=True)
class Benchmark:
    """One matrix: pillars by name with their label, the stated highest score of those that have one, and its rows."""

    id: str
    label: Label
    section: int
    selected: int
    pillars: Mapping[str, Label]
    most: Mapping[str, int]
    source: str


def load_benchmarks(folder: Path) -> dict[str, Benchmark]:
    """The matrices of `benchmarks.yml`."""
    return read_entries(folder, FILE, _benchmark)


def _benchmark(entry: Entry) -> Benchmark:
    listed = Entry(entry.file, f"{entry.name}.pillars", entry.take("pillars"))
    labels, most = {}, {}
    for pillar in listed.fields:
        fields = Entry(entry.file, f"{entry.name}.{pillar}", listed.take(pillar))
        labels[pillar] = fields.label("label")
        if "most" in fields.fields:
            most[pillar] = fields.integer("most", 1, HIGHEST)
        fields.done()
    return Benchmark(
        id=entry.name,
        label=entry.label("label"),
        section=entry.integer("section", 0, HIGHEST),
        selected=entry.integer("selected", 1, HIGHEST),
        pillars=labels,
        most=most,
        source=entry.text("source"),
    )
