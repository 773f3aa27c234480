"""The register of known source errors: which cell, what stands there, what it must be, why, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.entry import Entry, read_entries

if TYPE_CHECKING:
    from analysis.catalogue.model import Catalogue

FILE = "corrections.yml"
STATUSES = ("open", "confirmed", "fixed")


@dataclass(frozen=True)
class Correction:
    """One known error; texts as the file writes them once they are read (codes, ISO dates, plain numbers)."""

    id: str
    dataflow: str
    provider: str
    keys: Mapping[str, str]
    column: str
    before: str
    after: str
    reason: str
    source: str
    status: str


def load_corrections(folder: Path) -> tuple[Correction, ...]:
    """The entries of the register, in the order of the file."""
    return tuple(read_entries(folder, FILE, _correction).values())


def check_corrections(catalogue: "Catalogue") -> None:
    """Raise CatalogueError at the first correction of something that is not there."""
    for one in catalogue.corrections:
        entry = Entry(FILE, one.id, {})
        flow = catalogue.dataflows.get(one.dataflow)
        if flow is None:
            raise entry.wrong("dataflow", "an entry of dataflows.yml", one.dataflow)
        if one.provider not in flow.providers:
            raise entry.wrong("provider", f"of the dataflow {flow.id}: " + ", ".join(flow.providers), one.provider)
        columns = [column.name for column in catalogue.forms[flow.form].columns]
        for name in (one.column, *one.keys):
            if name not in columns:
                raise entry.wrong("column and keys", "columns of the form: " + ", ".join(columns), name)


def _correction(entry: Entry) -> Correction:
    correction = Correction(
        id=entry.name,
        dataflow=entry.text("dataflow"),
        provider=entry.text("provider"),
        keys=entry.mapping("keys"),
        column=entry.text("column"),
        before=entry.text("before"),
        after=entry.text("after"),
        reason=entry.text("reason"),
        source=entry.text("source"),
        status=entry.one_of("status", STATUSES),
    )
    if not correction.keys:
        raise entry.wrong("keys", "at least one column and its value", "{}")
    if correction.before == correction.after:
        raise entry.wrong("after", "other than `before`", correction.after)
    return correction
