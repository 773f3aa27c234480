"""What an answer of a statistical service must be before it counts as a delivery: its columns, its slice, its codes."""

import csv
import io
from collections.abc import Mapping

from analysis.catalogue.connectors import Connector, Dataset
from analysis.errors import DataRejected

VALUE, TIME, GEO = "OBS_VALUE", "TIME_PERIOD", "geo"
ALIEN = {"GR": "EL", "GB": "UK"}  # ISO codes that Eurostat never writes


def check_contract(content: bytes, connector: Connector, dataset: Dataset) -> int:
    """The number of values in an SDMX-CSV answer that keeps the pinned contract.

    Raises DataRejected, naming the column and the row: no CSV at all, a pinned column missing, a dimension that we do
    not know, a row outside the slice that was asked for (another age or sex would be counted twice), a country code
    that is not Eurostat's, the same cell twice, a value that is no number or not rounded as Eurostat rounds.
    """
    rows = _rows(content, connector, dataset)
    seen: dict[tuple[str, ...], int] = {}
    values = 0
    for line, row in rows:
        for column, code in dataset.filters.items():
            if row[column] != code:
                raise _broken(dataset, f"column {column}", code, row[column], line)
        if row[GEO] in ALIEN:
            raise _broken(dataset, f"column {GEO}", f"Eurostat's code {ALIEN[row[GEO]]}", row[GEO], line)
        cell = (row[GEO], row[TIME])
        if cell in seen:
            raise _broken(dataset, "a cell", f"there once; line {seen[cell]} has it too", " ".join(cell), line)
        seen[cell] = line
        values += _counts(row[VALUE], connector, dataset, line)
    if not values:
        raise DataRejected(f"the answer for {dataset.id}", must="at least one value", found=0)
    return values


def _counts(text: str, connector: Connector, dataset: Dataset, line: int) -> bool:
    """Whether there is a value; DataRejected where it is not one of Eurostat's."""
    if text.strip() in ("", ":"):
        return False
    try:
        value = float(text)
    except ValueError:
        raise _broken(dataset, f"column {VALUE}", "a number", text, line) from None
    if value < 0 or value % connector.rounded_to:
        raise _broken(dataset, f"column {VALUE}", f"a multiple of {connector.rounded_to}, 0 or more", text, line)
    return True


def _rows(content: bytes, connector: Connector, dataset: Dataset) -> list[tuple[int, Mapping[str, str]]]:
    """Line number and fields of each row, once the header is as pinned."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRejected(f"the answer for {dataset.id}", must="UTF-8 text", found=f"byte {error.start}") from None
    reader = csv.DictReader(io.StringIO(text), restkey="")
    header = list(reader.fieldnames or [])
    lacking = [name for name in connector.columns if name not in header]
    if lacking:
        first = text.lstrip()[:60].splitlines()
        mend = "The service may be busy or its format may have changed; look at the address in connectors.yml."
        raise DataRejected(
            f"the answer for {dataset.id}",
            must=f"a table with column {lacking[0]}",
            found=first[0] if first else "",
            mend=mend,
        )
    # A dimension's name is in small letters without a space; its label column, if any, is not.
    unknown = [name for name in header if name.islower() and " " not in name and name not in connector.columns]
    if unknown:
        mend = "A new dimension splits the cells: pin it in connectors.yml."
        raise DataRejected(f"the answer for {dataset.id}", must="of the pinned columns", found=unknown[0], mend=mend)
    rows: list[tuple[int, Mapping[str, str]]] = list(enumerate(reader, start=2))
    for line, row in rows:
        if "" in row or None in row.values():
            raise _broken(dataset, "a row", f"{len(header)} cells wide", "another width", line)
        if not row["STRUCTURE_ID"].upper().startswith(f"ESTAT:{dataset.id.upper()}("):
            raise _broken(dataset, "column STRUCTURE_ID", dataset.id.upper(), row["STRUCTURE_ID"], line)
    return rows


def _broken(dataset: Dataset, what: str, must: str, found: str, line: int) -> DataRejected:
    return DataRejected(what, must=must, found=found, where=f"the answer for {dataset.id}, line {line}")
