"""`monitor trace`: from a published number back to its cells, and all that was said and done on the way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.errors import UsageError

MOST_CELLS = 60  # printed; `--json` has them all
PLACES = ("page", "pages")


def answer(evidence_id: str, *, data: Path, site: Path, as_json: bool) -> int:
    """Print the number, its indicator, the cells behind it, their submissions, what the rules found, and the code."""
    from analysis.catalogue import load_catalogue
    from analysis.evidence import Evidence, trace, trail
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
    evidence = Evidence.from_json({name: value for name, value in entry.items() if name not in PLACES})
    store, manifest = Store(data), site / "run.json"
    said = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    way = trail(evidence, trace(evidence, store), store, load_catalogue(), said)
    if as_json:
        whole = {"pages": entry.get("pages", [entry["page"]]), "evidence": entry, "origins": way["observations"], **way}
        print(json.dumps(whole, default=str, ensure_ascii=False))
    else:
        print("\n".join(_lines(entry, way)))
    return 0


def _lines(entry: dict[str, Any], way: dict[str, Any]) -> Iterator[str]:
    yield f"{entry['id']}  {entry['lineage']['statistic']} = {entry['value']} {entry['unit']}"
    yield f"  interval {entry['ci_low']} to {entry['ci_high']}, n = {entry['n']}, as of {entry['as_of']}"
    yield f"  page: {', '.join(entry.get('pages', [entry['page']]))}"
    if way["indicator"]:
        one = way["indicator"]
        yield f"  indicator: {one['id']} {one['label']} ({one['numerator']} / {one['denominator'] or 'count'})"
    yield f"  rests on {len(way['observations'])} cells:"
    for cell in way["observations"][:MOST_CELLS]:
        value = cell["value"] if cell["denominator"] is None else f"{cell['value']} of {cell['denominator']}"
        place = f"{cell['sheet']} row {cell['row']} column {cell['column']}".strip()
        yield f"  {cell['period']}  {cell['geo']}  {value}  {cell['file_name']} ({place})  {cell['submission'][:12]}"
    if len(way["observations"]) > MOST_CELLS:
        yield f"  … and {len(way['observations']) - MOST_CELLS} more (--json)"
    yield f"  of {len(way['submissions'])} submissions:"
    for sent in way["submissions"][:MOST_CELLS]:
        yield from _submission(sent)
    code = way["code"]
    library, lock = str(code["code"])[:12], str(code["lock"])[:12]
    yield f"  code: commit {code['commit']}, library and rulebook {library}, lock {lock}"


def _submission(sent: dict[str, Any]) -> Iterator[str]:
    yield (
        f"  {sent['submission']}  {sent['file_name']}, received {sent['received_at']}: {sent['state']},"
        f" {sent['rows_accepted']} of {sent['rows_read']} rows, rulebook {sent['rulebook'][:12]}"
    )
    if not sent["rules"]:
        yield "    rules: nothing found on these rows"
    for rule in sent["rules"]:
        yield f"    rule {rule['rule']} ({rule['severity']}), row {rule['row']} {rule['column']}: {rule['message']}"
    for note in sent["notes"]:
        yield f"    note: {note}"
