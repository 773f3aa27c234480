"""`monitor trace`: from a published number back to the cells it came from."""

import dataclasses
import json
from pathlib import Path

from analysis.errors import UsageError


def answer(evidence_id: str, *, data: Path, site: Path, as_json: bool) -> int:
    """Print the number and every cell behind it."""
    from analysis.evidence import Evidence, trace
    from analysis.store import Store

    published = site / "evidence.json"
    if not published.is_file():
        raise UsageError(
            "a built report", must="there to trace from", found=str(site), mend="Run `monitor run`, or give --out."
        )
    known = json.loads(published.read_text(encoding="utf-8"))
    if evidence_id not in known:
        raise UsageError(
            "an evidence id", must=f"one of the {len(known)} of this report", found=evidence_id, where=str(published)
        )
    entry = known[evidence_id]
    evidence = Evidence.from_json({name: value for name, value in entry.items() if name != "page"})
    origins = trace(evidence, Store(data))
    if as_json:
        cells = [dataclasses.asdict(origin) for origin in origins]
        print(json.dumps({"evidence": entry, "origins": cells}, default=str, ensure_ascii=False))
        return 0
    print(f"{evidence.id}  {evidence.lineage.statistic} = {evidence.value} {evidence.unit}")
    print(f"  interval {evidence.ci_low} to {evidence.ci_high}, n = {evidence.n}, as of {evidence.as_of}")
    print(f"  shown on {entry['page']}; rests on {len(origins)} cells:")
    for origin in origins:
        cell = f"{origin.sheet} row {origin.row} column {origin.column}".strip()
        value = origin.value if origin.denominator is None else f"{origin.value} of {origin.denominator}"
        print(f"  {origin.period}  {origin.geo}  {value}  {origin.file_name} ({cell})  {origin.submission[:12]}")
    return 0
