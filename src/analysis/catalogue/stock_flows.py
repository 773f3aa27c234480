"""Accounting identities: by which flows a stock or a running total changes from one round to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.entry import Entry, read_entries

if TYPE_CHECKING:
    from analysis.catalogue.model import Catalogue

FILE = "stock_flows.yml"
UNKNOWN = "unknown"
_HELD = ("stock", "cumulative")


@dataclass(frozen=True)
class StockFlow:
    """What comes into and goes out of one stock: indicators, none, or None where a side is not collected."""

    inflows: tuple[str, ...] | None
    outflows: tuple[str, ...] | None


def load_stock_flows(folder: Path) -> Mapping[str, StockFlow]:
    """Indicator of the stock -> its flows."""
    return read_entries(folder, FILE, _stock_flow)


def check_stock_flows(catalogue: "Catalogue") -> None:
    """Raise CatalogueError at the first entry of something that is no stock, or by something that is no flow."""
    for name, stock_flow in catalogue.stock_flows.items():
        entry = Entry(FILE, name, {})
        stock = catalogue.indicators.get(name)
        if stock is None or stock.kind not in _HELD:
            raise entry.wrong("the entry", "an indicator of kind " + " or ".join(_HELD), name)
        for flow in (*(stock_flow.inflows or ()), *(stock_flow.outflows or ())):
            found = catalogue.indicators.get(flow)
            if found is None or found.kind != "flow" or found.domain != stock.domain:
                raise entry.wrong("inflows and outflows", f"indicators of kind flow of the domain {stock.domain}", flow)


def _stock_flow(entry: Entry) -> StockFlow:
    stock_flow = StockFlow(_side(entry, "inflows"), _side(entry, "outflows"))
    if stock_flow.inflows is None and stock_flow.outflows is None:
        raise entry.wrong("inflows", "known where outflows are not: else nothing follows", UNKNOWN)
    return stock_flow


def _side(entry: Entry, name: str) -> tuple[str, ...] | None:
    told = entry.take(name)
    if told == UNKNOWN:
        return None
    if not isinstance(told, list) or not all(isinstance(item, str) for item in told):
        raise entry.wrong(name, f"a list of indicators, or {UNKNOWN}", told)
    return tuple(told)
