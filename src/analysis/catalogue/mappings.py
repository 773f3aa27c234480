"""What one provider writes otherwise than the form: headers, codes, units, the decimal mark; as data, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.entry import Entry
from analysis.catalogue.read import read_yaml

if TYPE_CHECKING:
    from analysis.catalogue.model import Catalogue

FILE = "mappings.yml"
FACTORS = {"thousand": 1000.0, "million": 1_000_000.0}
UNITS = (*FACTORS, "share", "percent")


@dataclass(frozen=True)
class Mapped:
    """The particulars of one provider in one dataflow."""

    source: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # their header -> our column
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # our column -> their code -> ours
    units: Mapping[str, str] = field(default_factory=dict)  # our column -> one of UNITS
    decimal: str = ""


def load_mappings(folder: Path) -> Mapping[tuple[str, str], Mapped]:
    """(provider, dataflow) -> what they write otherwise."""
    found = {}
    for provider, flows in read_yaml(folder / FILE).items():
        entry = Entry(FILE, provider, flows)
        for dataflow in entry.fields:
            found[provider, dataflow] = _mapped(Entry(FILE, f"{provider}.{dataflow}", entry.take(dataflow)))
    return found


def check_mappings(catalogue: "Catalogue") -> None:
    """Raise CatalogueError at the first mapping to a provider, column, code or unit that is not there."""
    for (provider, dataflow), mapped in catalogue.mappings.items():
        entry = Entry(FILE, f"{provider}.{dataflow}", {})
        flow = catalogue.dataflows.get(dataflow)
        if flow is None or provider not in flow.providers:
            raise entry.wrong("provider and dataflow", "a dataflow of dataflows.yml with that provider", dataflow)
        columns = {column.name: column for column in catalogue.forms[flow.form].columns}
        named = {"headers": mapped.headers.values(), "codes": mapped.codes, "units": mapped.units}
        for part, names in named.items():
            for name in names:
                if name not in columns:
                    raise entry.wrong(part, "about a column of the form: " + ", ".join(columns), name)
        for name, codes in mapped.codes.items():
            known = catalogue.code_lists[columns[name].code_list].codes if columns[name].code_list else {}
            for code in codes.values():
                if code not in known and not (name == "geo" and code in catalogue.places.codes):
                    raise entry.wrong(f"codes.{name}", f"in the code list {columns[name].code_list or name}", code)
        for name, unit in mapped.units.items():
            if unit in ("share", "percent") and columns[name].type != "percent":
                raise entry.wrong(f"units.{name}", "thousand or million, unless the column holds percentages", unit)


def _mapped(entry: Entry) -> Mapped:
    codes = {column: Entry(FILE, f"{entry.name}.codes", entry_codes) for column, entry_codes in _pairs(entry, "codes")}
    mapped = Mapped(
        source=entry.text("source"),
        headers=entry.mapping("headers", {}),
        codes={column: {text: one.text(text) for text in one.fields} for column, one in codes.items()},
        units=entry.mapping("units", {}),
        decimal=entry.one_of("decimal", ("", ",", "."), ""),
    )
    for unit in mapped.units.values():
        if unit not in UNITS:
            raise entry.wrong("units", "one of " + ", ".join(UNITS), unit)
    entry.done()
    return mapped


def _pairs(entry: Entry, field_name: str) -> list[tuple[str, object]]:
    return list(entry.take(field_name, {}).items())
