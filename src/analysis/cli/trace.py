"""`monitor trace`: from a published number back to its cells, and all that was said and done on the way."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.errors import UsageError

MOST_CELLS = 60  # printed; `--json` has them all
PLACES = ("page", "pages")
USUAL_LEVEL = "95%"
MADE_BY = ("commit", "code", "notebooks", "rulebook", "catalogue", "lock")


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
    received = frozenset(said.get("inputs", {}).values())
    catalogue = load_catalogue()
    way = trail(evidence, trace(evidence, store, received), store, catalogue, said)
    if as_json:
        whole = {"pages": entry.get("pages", [entry["page"]]), "evidence": entry, "origins": way["observations"], **way}
        print(json.dumps(whole, default=str, ensure_ascii=False))
    else:
        flags = {code: held.label["en"] for code, held in catalogue.code_lists["flag"].codes.items()}
        print("\n".join(_lines(entry, way, flags)))
    return 0


def _lines(entry: dict[str, Any], way: dict[str, Any], flags: Mapping[str, str]) -> Iterator[str]:
    lineage = entry["lineage"]
    yield f"{entry['id']}  {lineage['statistic']} = {_number(entry['value'])} {entry['unit']}".rstrip()
    if entry["ci_low"] is not None:
        yield f"  {_level(lineage)} interval: {_number(entry['ci_low'])} to {_number(entry['ci_high'])}"
    yield f"  known on {entry['as_of']}" + (f", n = {_number(entry['n'])}" if entry["n"] is not None else "")
    yield f"  page: {', '.join(entry.get('pages', [entry['page']]))}"
    if way["indicator"]:
        one = way["indicator"]
        yield f"  indicator: {one['id']} {one['label']} (from {one['source_body']})"
        counted = f"{one['numerator']}, divided by {one['denominator']}" if one["denominator"] else one["numerator"]
        yield f"    counts: {counted}"
    yield from _no_cells(way) if way["no_cell"] else _cells(way, flags)
    yield from _together(way["observations"])
    yield f"  of {_several(len(way['submissions']), 'submission')}:"
    for sent in way["submissions"][:MOST_CELLS]:
        yield from _submission(sent)
    yield from _more(len(way["submissions"]))
    yield "  code: " + ", ".join(_named(name, way["code"][name]) for name in MADE_BY if way["code"].get(name))


def _cells(way: dict[str, Any], flags: Mapping[str, str]) -> Iterator[str]:
    found = way["observations"]
    yield f"  rests on {_several(len(found), 'cell')}:"
    for cell in found[:MOST_CELLS]:
        key = f"{cell['period'] or ''!s:10}  {cell['geo']:4}"
        yield f"    {key}  {_counted(cell)}  in {cell['file_name']}, {_place(cell)}{_flagged(cell, flags)}"
    yield from _more(len(found))


def _more(count: int) -> Iterator[str]:
    if count > MOST_CELLS:
        yield f"    … and {count - MOST_CELLS} more (--json)"


def _no_cells(way: dict[str, Any]) -> Iterator[str]:
    yield f"  rests on {_several(len(way['submissions']), 'file')} as a whole: {way['no_cell']}"


def _several(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _named(part: str, name: str) -> str:
    """A commit whole, as git asks for it; the SHA-256 of the other parts by their beginning."""
    return f"{part} {name if part == 'commit' else name[:12]}"


def _level(lineage: dict[str, Any]) -> str:
    """Of the interval, without the empty decimals of its name."""
    return f"{float(lineage.get('level', USUAL_LEVEL).rstrip('%')):g}%"


def _flagged(cell: dict[str, Any], flags: Mapping[str, str]) -> str:
    flag = cell.get("flag", "")
    return f" [{flag}: {flags.get(flag, 'not in the code list')}]" if flag else ""


def _together(cells: list[dict[str, Any]]) -> Iterator[str]:
    """The sum behind a whole that nobody sends: its parts on one day, so that a reader can work it out again."""
    based = [cell for cell in cells if cell["value"] is not None and cell["denominator"] is not None]
    places, days = {cell["geo"] for cell in cells}, {cell["period"] for cell in cells}
    if len(based) == len(cells) == len(places) > 1 == len(days):
        value, base = (sum(cell[name] for cell in based) for name in ("value", "denominator"))
        yield f"    together          {_number(value)} of {_number(base)} = {_number(value / base)}"


def _counted(cell: dict[str, Any]) -> str:
    value = _number(cell["value"])
    return value if cell["denominator"] is None else f"{value} of {_number(cell['denominator'])}"


def _place(cell: dict[str, Any]) -> str:
    """The cell as a spreadsheet names it, or the row and the heading of its column."""
    if cell["sheet"] and cell["cell"] != cell["sheet"]:
        return f"cell {cell['cell']}"
    return ", ".join(f"{name} {cell[name]}" for name in ("sheet", "row", "column") if cell[name])


def _number(value: float | None) -> str:
    """At most six decimals and no empty ones; `--json` has all."""
    return "none" if value is None else f"{value:,.6f}".rstrip("0").rstrip(".")


def _submission(sent: dict[str, Any]) -> Iterator[str]:
    yield f"    {sent['file_name']}, received {sent['received_at']}: {sent['state']}"
    yield f"      sha-256 {sent['submission']}"
    yield f"      {sent['rows_accepted']} of {sent['rows_read']} rows taken, judged by rulebook {sent['rulebook'][:12]}"
    if not sent["rules"]:
        yield "      rules: nothing found on these rows"
    for rule in sent["rules"]:
        yield f"      rule {rule['rule']} ({rule['severity']}), row {rule['row']} {rule['column']}: {rule['message']}"
    for note in sent["notes"]:
        yield f"      note: {note}"
