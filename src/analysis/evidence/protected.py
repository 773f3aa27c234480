"""The store as a public release may see it: small cells withheld and free text gone before anything is computed.

All that a page shows, from tables and charts to alternative texts and files to download, is made from what the store
answers. Withholding there leaves nothing to forget: a sum, a rate or an effect that would rest on a withheld cell is
not computed, so that none of them tells it by subtraction. A total that came with its parts tells a part all the same:
there one more cell is withheld (`analysis.disclosure.complement`). What leaves the house is searched once more, byte by
byte, at the very end (`run.gate`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.catalogue.disclosure import DisclosureRules
from analysis.disclosure import Division, Needle, complement, needles, small, suppress
from analysis.errors import UsageError
from analysis.store import Store
from analysis.store.relations import CUBE, TOTALS

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue import Catalogue

RESTRICTED, PUBLIC = "restricted", "public"
FREE_TEXT = {"findings": ("raw", "message", "mend"), "submissions": ("reason",), "observations": ("note",)}


def protect(data: Path, catalogue: Catalogue) -> ProtectedStore:
    """The store under `data` by the catalogue's rules, with its code lists telling what is part of what."""
    units = {name: indicator.unit for name, indicator in catalogue.indicators.items()}
    return ProtectedStore(data, catalogue.disclosure, units, list(_divisions(catalogue)))


def _divisions(catalogue: Catalogue) -> Iterator[Division]:
    """What is part of what along each key: codes below another one, else below the total of the key."""
    for key, total in TOTALS.items():
        listed = catalogue.code_lists[key]
        for parts in listed.divisions().values() or [[name for name in listed.codes if name != total]]:
            yield key, {name: listed.codes[name].parent or total for name in parts}
    yield "geo", {name: code.parent for name, code in catalogue.code_lists["geo"].codes.items() if code.parent}


class ProtectedStore(Store):
    """A store for reading whose answers are fit for the public."""

    def __init__(
        self,
        data: Path,
        rules: DisclosureRules,
        units: Mapping[str, str],
        totals: Iterable[Division] = (),
    ) -> None:
        super().__init__(data)
        self._rules, self._units, self._secondary = rules, units, [complement(rules, totals)]

    def observations(
        self,
        as_of: date | None = None,
        *,
        dataflows: Iterable[str] | None = None,
        indicators: Iterable[str] | None = None,
        geos: Iterable[str] | None = None,
        history: bool = False,
    ) -> pd.DataFrame:
        """As of a store, with small cells and what would tell them withheld, and notes cleared."""
        whole = super().observations(as_of, dataflows=dataflows, indicators=indicators, history=history)
        safe = suppress(whole, self._rules, self._units, secondary=self._secondary)
        if geos is not None:  # only now: whether a place is safe depends on the others
            safe = safe[safe["geo"].isin(list(geos))].reset_index(drop=True)
        return self._cleared(safe, "observations")

    def cube(self, *asked: Any, **how: Any) -> pd.DataFrame:
        """As of a store, from its protected observations: whether a total is safe depends on its strata."""
        safe = self.observations(*asked, **how)
        persons = (safe[list(TOTALS)] == list(TOTALS.values())).all(axis=1)
        return safe.loc[persons, [field.name for field in CUBE]].reset_index(drop=True)

    def findings(self, *asked: Any, **how: Any) -> pd.DataFrame:
        """As of a store, without what a provider wrote or was told of it."""
        return self._cleared(super().findings(*asked, **how), "findings")

    def submissions(self) -> pd.DataFrame:
        """As of a store; a file is named by its hash, for its own name is the provider's free text."""
        ledger = self._cleared(super().submissions(), "submissions")
        return ledger.assign(file_name=ledger["submission"].str[:12])

    def changes(self) -> pd.DataFrame:
        """Nothing: the change log holds what providers wrote."""
        return super().changes().head(0)

    def notes(self, submissions: Iterable[str]) -> dict[str, bytes]:
        """Nothing: notes are providers' free text."""
        return {}

    def document(self, name: str) -> bytes:
        """UsageError: receipts and answers are between the cell and a provider."""
        raise UsageError(f"document {name!r}", must="read in a restricted release", where=str(self.processed))

    def _cleared(self, frame: pd.DataFrame, relation: str) -> pd.DataFrame:
        open_to_all = frame["dataflow"].isin(self._rules.public)
        texts = {
            name: frame[name].where(frame[name].isin(self._rules.cleared) | open_to_all, "")
            for name in FREE_TEXT[relation]
        }
        return frame.assign(**texts)


def withheld_cells(store: Store, rules: DisclosureRules, units: Mapping[str, str]) -> pd.DataFrame:
    """Every small cell that the store ever learnt, as it came."""
    known = store.observations(history=True)
    return known[small(known, rules, units)]


def forbidden(store: Store, rules: DisclosureRules, withheld: pd.DataFrame) -> list[Needle]:
    """What no byte of a public release may hold: telling rates of `withheld` cells, and providers' free texts."""
    return needles(withheld, _free_texts(store, rules))


def _free_texts(store: Store, rules: DisclosureRules) -> Iterator[tuple[str, str]]:
    relations = {
        "observations": store.observations(history=True),
        "submissions": store.submissions(),
        "findings": store.findings(),
    }
    columns = {"observations": ("note",), "submissions": ("reason",), "findings": ("raw",)}
    for relation, frame in relations.items():
        kept = frame[~frame["dataflow"].isin(rules.public)]
        for name in columns[relation]:
            for text in sorted(set(kept[name]) - rules.cleared - {""}):
                if not text.replace(".", "").replace(",", "").lstrip("-").isdigit():  # numbers stand anywhere
                    yield f"{name} of a provider", text
