"""The whole way back from a shown number, as plain values: what it is, its cells, their submissions, and the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from analysis.evidence.record import Evidence
from analysis.evidence.trace import Origin

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue import Catalogue
    from analysis.store import Store

EXPECTED, ADVISED = "expected", "advised"  # numbers that do not stand in any file: of the calendar, of recommendations
CODE = ("commit", "code", "notebooks", "rulebook", "catalogue", "lock", "store", "renderer", "started")


def trail(
    evidence: Evidence, origins: Sequence[Origin], store: Store, catalogue: Catalogue, manifest: Mapping[str, Any]
) -> dict[str, Any]:
    """Indicator, observations with sheet and cell, submissions with what the rules said of those cells, and the code.

    Parameters
    ----------
    origins : of `trace`. manifest : the `run.json` of the release that shows the number.
    """
    return {
        "indicator": _indicator(evidence.lineage.indicator, catalogue),
        "observations": [_observation(origin) for origin in origins],
        "no_cell": _no_cell(evidence, origins),
        "submissions": _submissions(origins, store),
        "code": {name: manifest.get(name) for name in CODE},
    }


def _no_cell(evidence: Evidence, origins: Sequence[Origin]) -> str:
    """Why the walk ends at files; empty where it reaches cells."""
    if any(origin.row is not None for origin in origins):
        return ""
    if evidence.lineage.statistic == EXPECTED:
        return "counted from the calendar of rounds (catalogue/rounds.yml), against which these files are held"
    if evidence.lineage.statistic.startswith(ADVISED):
        return "counted from reports/recommendations.yml; each of its claims leads to its own cells (claims.json)"
    part = evidence.lineage.breakdown
    what = f"worked out from all rows ({part})" if part else "told of when files came and of all that is in them"
    return f"{what}, so no single cell holds it"


def _indicator(name: str, catalogue: Catalogue) -> dict[str, Any] | None:
    if name not in catalogue.indicators:
        return None
    one = catalogue.indicators[name]
    facts = ("id", "numerator", "denominator", "unit", "kind", "source_body", "framework")
    return {"label": one.label.en, **{fact: getattr(one, fact) for fact in facts}}


def _observation(origin: Origin) -> dict[str, Any]:
    cell = f"{origin.column}{origin.row}" if origin.column.isalpha() and len(origin.column) < 4 else ""
    return {**asdict(origin), "cell": "!".join(part for part in (origin.sheet, cell) if part)}


def _submissions(origins: Sequence[Origin], store: Store) -> list[dict[str, Any]]:
    """Each submission once, with the findings of the rules on the rows that the number rests on, and their notes."""
    rows: dict[str, set[int]] = {}
    for origin in origins:
        rows.setdefault(origin.submission, set()).update(() if origin.row is None else (origin.row,))
    ledger = store.submissions().drop_duplicates("submission", keep="last").set_index("submission")
    findings = store.findings()
    told = []
    for submission, used in rows.items():
        if submission in ledger.index:
            entry = ledger.loc[submission]
            own = findings[findings["submission"] == submission]
            notes = {origin.note for origin in origins if origin.submission == submission and origin.note}
            told.append(_submission(submission, entry, own, used) | {"notes": sorted(notes)})
    return told


def _submission(submission: str, entry: Any, findings: pd.DataFrame, used: set[int]) -> dict[str, Any]:
    here = findings[findings["row"].isin(used)] if used else findings
    columns = ["rule", "severity", "sheet", "row", "column", "message"]
    facts = {name: _plain(entry[name]) for name in ("file_name", "provider", "received_at", "rulebook", "state")}
    counts = {name: int(entry[name]) for name in ("rows_read", "rows_accepted", "rows_quarantined")}
    rules = {
        "rules": [{name: _plain(row[name]) for name in columns} for row in here.to_dict("records")],
        "findings_in_file": {name: int(entry[name]) for name in ("errors", "queries", "infos")},
    }
    return {"submission": submission, **facts, **counts, **rules, "supersedes": str(entry["supersedes"])}


def _plain(value: Any) -> Any:
    import pandas as pd

    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value
