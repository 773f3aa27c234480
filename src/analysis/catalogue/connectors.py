"""Services that published data are fetched from, as data: address, slice, limits, and the columns that must come."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from analysis.catalogue.entry import Entry, read_entries

if TYPE_CHECKING:
    from analysis.catalogue.model import Catalogue

FILE = "connectors.yml"


@dataclass(frozen=True)
class Dataset:
    """One slice of one dataset: the code that each of its dimensions must have, and the dataflow it becomes."""

    id: str
    dataflow: str
    filters: Mapping[str, str]


@dataclass(frozen=True)
class Connector:
    """One service: at most `megabytes` an answer, `tries` with `seconds` each; `columns` must be in the answer."""

    id: str
    base: str
    query: str
    provider: str
    megabytes: int
    tries: int
    seconds: int
    columns: tuple[str, ...]
    rounded_to: int
    datasets: Mapping[str, Dataset]

    def address(self, dataset: Dataset, base: str = "") -> str:
        """The URL of a dataset's slice (SDMX 3.0 data query); `base` is another address of the service."""
        asked = urlencode({f"c[{name}]": code for name, code in dataset.filters.items()}, safe="[]")
        return f"{(base or self.base).rstrip('/')}/{dataset.id}/1.0?{asked}&{self.query}"


def load_connectors(folder: Path) -> dict[str, Connector]:
    """The entries of `connectors.yml`."""
    return read_entries(folder, FILE, _connector)


def check_connectors(catalogue: "Catalogue") -> None:
    """Raise CatalogueError at the first dataset of an unknown dataflow, or of one that its provider does not send."""
    for connector in catalogue.connectors.values():
        for dataset in connector.datasets.values():
            entry = Entry(FILE, f"{connector.id}.{dataset.id}", {})
            flow = catalogue.dataflows.get(dataset.dataflow)
            if flow is None or connector.provider not in flow.providers:
                raise entry.wrong("dataflow", f"a dataflow that {connector.provider} sends", dataset.dataflow)
            if not set(dataset.filters) <= set(connector.columns):
                raise entry.wrong("filters", "on the columns of the connector", list(dataset.filters))


def _connector(entry: Entry) -> Connector:
    inner = Entry(entry.file, f"{entry.name}.datasets", entry.take("datasets"))
    datasets = {}
    for name in inner.fields:
        fields = Entry(entry.file, f"{entry.name}.{name}", inner.take(name))
        datasets[name] = Dataset(name, fields.text("dataflow"), fields.mapping("filters"))
        fields.done()
    return Connector(
        id=entry.name,
        base=entry.text("base"),
        query=entry.text("query"),
        provider=entry.text("provider"),
        megabytes=entry.integer("megabytes", 1, 2000),
        tries=entry.integer("tries", 1, 10),
        seconds=entry.integer("seconds", 1, 600),
        columns=entry.texts("columns"),
        rounded_to=entry.integer("rounded_to", 1, 1000),
        datasets=datasets,
    )
