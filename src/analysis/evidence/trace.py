"""From a number back to the cells of the submissions that it came from."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.errors import UsageError
from analysis.evidence.record import Evidence, Lineage

if TYPE_CHECKING:
    import pandas as pd

    from analysis.store import Store

KEYS = ("provider", "sex", "age", "nationality", "breakdown")
CELL = ("dataflow", "provider", "indicator", "geo", "period", "frequency", *KEYS[1:])
JOINED = ("sex", "age", "nationality")


@dataclass(frozen=True)
class Origin:
    """One cell behind a number: the observation that was read there, and the submission that holds it."""

    dataflow: str
    provider: str
    indicator: str
    geo: str
    period: date | None
    value: float | None
    denominator: float | None
    submission: str
    file_name: str
    received_at: date | None
    sheet: str
    row: int | None
    column: str
    flag: str
    synthetic: bool
    note: str = ""


def trace(evidence: Evidence, store: Store, received: Collection[str] = ()) -> list[Origin]:
    """Every cell behind `evidence`, as known on its date, oldest period first.

    Parameters
    ----------
    received : SHA-256 of the files that the release had, as its `run.json` tells (none: all that the store has). A file
        that was late, and is dated before the release, is not behind its numbers.

    Raises
    ------
    UsageError : the store no longer holds anything that the evidence rests on.
    """
    ledger = store.submissions()
    if evidence.lineage.indicator:
        origins = _from_observations(evidence, store, ledger, received)
    else:
        origins = from_ledger(evidence, ledger, received)
    if not origins:
        raise UsageError(
            f"evidence {evidence.id}", must="backed by data of this store", where=evidence.lineage.dataflow,
            mend="Use the data directory that the release was built from.",
        )  # fmt: skip
    return origins


def known(store: Store, evidence: Evidence, received: Collection[str] = ()) -> pd.DataFrame:
    """The last value of every cell of the series that `evidence` is of, from the files that had come; as `trace`."""
    lineage = evidence.lineage
    wanted: dict[str, Any] = {
        "dataflows": [lineage.dataflow] if lineage.dataflow else None,
        "indicators": [lineage.indicator],
    }
    if not received:
        return store.observations(evidence.as_of, **wanted)
    vintages = store.observations(evidence.as_of, **wanted, history=True)
    return vintages[vintages["submission"].isin(set(received))].drop_duplicates(list(CELL), keep="last")


def select(observations: pd.DataFrame, lineage: Lineage) -> pd.DataFrame:
    """The observations that `lineage` points at."""
    chosen = observations
    territories = lineage.parts or ((lineage.geo,) if lineage.geo else ())
    if territories:
        chosen = chosen[chosen["geo"].isin(territories)]
    for key in KEYS:
        wanted = getattr(lineage, key)
        if wanted:
            chosen = chosen[chosen[key].isin(wanted.split("+") if key in JOINED else [wanted])]
    if lineage.submissions:
        chosen = chosen[chosen["submission"].isin(lineage.submissions)]
    if lineage.rows:
        chosen = chosen[chosen["row"].isin(lineage.rows)]
    if lineage.periods:
        chosen = chosen[_within(chosen["period"], lineage.periods)]
    return chosen.sort_values(["period", "geo", "submission", "row"], kind="stable")


def _within(periods: pd.Series, wanted: tuple[str, ...]) -> pd.Series:
    import pandas as pd

    inside = pd.Series(False, index=periods.index)
    for span in wanted:
        first, _, last = span.partition("/")
        inside |= periods.between(pd.Timestamp(first), pd.Timestamp(last or first))
    return inside


def _from_observations(
    evidence: Evidence, store: Store, ledger: pd.DataFrame, received: Collection[str]
) -> list[Origin]:
    files = ledger.drop_duplicates("submission", keep="last").set_index("submission")
    rows = select(known(store, evidence, received), evidence.lineage).join(
        files[["file_name", "received_at"]], on="submission"
    )
    return [_origin(row) for row in rows.to_dict("records")]


def from_ledger(evidence: Evidence, ledger: pd.DataFrame, received: Collection[str] = ()) -> list[Origin]:
    """The submissions (and rows) behind a number about submissions or of a study's table; as `trace`."""
    import pandas as pd

    lineage = evidence.lineage
    chosen = ledger[ledger["received_at"] <= pd.Timestamp(evidence.as_of)]
    for key, wanted in (("dataflow", lineage.dataflow), ("provider", lineage.provider)):
        chosen = chosen[chosen[key] == wanted] if wanted else chosen
    for wanted_files in (lineage.submissions, received):
        chosen = chosen[chosen["submission"].isin(wanted_files)] if wanted_files else chosen
    records = chosen.drop_duplicates("submission", keep="last").to_dict("records")
    return [_origin(entry | {"row": row}) for entry in records for row in (lineage.rows or (None,))]


def _origin(entry: Mapping[Hashable, Any]) -> Origin:
    import pandas as pd

    def day(name: str) -> date | None:
        stamp = entry.get(name)
        return None if stamp is None or pd.isna(stamp) else pd.Timestamp(stamp).date()

    def figure(name: str) -> float | None:
        number = entry.get(name)
        return None if number is None or pd.isna(number) else float(number)

    def text(name: str) -> str:
        found = entry.get(name)
        return "" if found is None or pd.isna(found) else str(found)

    row = figure("row")
    return Origin(
        text("dataflow"), text("provider"), text("indicator"), text("geo"), day("period"), figure("value"),
        figure("denominator"), text("submission"), text("file_name"), day("received_at"), text("sheet"),
        None if row is None else int(row), text("column"), text("flag"), bool(entry.get("synthetic")),
        text("note"),
    )  # fmt: skip
