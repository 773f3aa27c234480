"""The check of every claim at a run: kept with the site, told in one line a failure, and worth exit code 8."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.catalogue.recommendations import Recommendation
from analysis.store import write_atomically

if TYPE_CHECKING:
    from analysis.reporting.page import Page
    from analysis.reporting.sections.claims import Assessed, Finding

FILE = "claims.json"
USUAL_LEVEL = "95%"


@dataclass(frozen=True)
class ClaimCheck:
    """What the check of a run found: every claim as plain values, its evidence, and one line for each that fails."""

    claims: Sequence[dict[str, Any]] = ()
    evidence: Sequence[dict[str, Any]] = ()
    unsupported: Sequence[str] = field(default=())

    @property
    def states(self) -> dict[str, int]:
        """How many claims of recommendations are in each state now."""
        found = [claim["now"]["state"] for claim in self.claims]
        return {state: found.count(state) for state in sorted(set(found))}


def kept(file: Path, key: Mapping[str, str], check: Callable[[], ClaimCheck]) -> ClaimCheck:
    """The check in `file` where it is of the same `key`; else a new one, which takes its place there."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        found = {}
    if found.get("key") == dict(key):
        return ClaimCheck(**found["check"])
    checked = check()
    write_atomically(file, json.dumps({"key": dict(key), "check": asdict(checked)}).encode())
    return checked


def check_claims(data: Path, reports: Path, as_of: date) -> ClaimCheck:
    """Check the claims of all recommendations in `reports` against the store of `data` as known on `as_of`."""
    from analysis.reporting.page import open_page
    from analysis.reporting.sections.claims import RECOMMENDATIONS, assess

    if not (reports / RECOMMENDATIONS).is_file():
        return ClaimCheck()
    page = open_page("brief", as_of=as_of.isoformat(), data=data)
    page.show = lambda shown, metadata: None
    recommended, decided = assess(page, reports)
    claims = [said for one in [*recommended, *decided] for said in _told(page, one)]
    lines = [_line(said) for said in claims if said["binding"] and said["now"]["state"] == "no longer supported"]
    return ClaimCheck(claims, page.register.to_json(), lines)


def _told(page: Page, one: Assessed) -> list[dict[str, Any]]:
    from analysis.reporting.sections.claims import sentence

    what = one.what
    then = [*one.then, *[None] * (len(one.now) - len(one.then))]
    approval = what.approved if isinstance(what, Recommendation) else None
    return [
        {
            "recommendation": what.id,
            "claim": number,
            "says": sentence(page, now.claim),
            "status": what.status if isinstance(what, Recommendation) else "decision",
            "binding": isinstance(what, Recommendation) and what.binding,
            "now": _state(now, page.as_of),
            "then": _state(before, min(approval.as_of, page.as_of)) if before and approval else None,
        }
        for number, (now, before) in enumerate(zip(one.now, then, strict=True), start=1)
    ]


def _state(finding: Finding, as_of: date) -> dict[str, Any]:
    shown = [
        {
            "id": one.id,
            "geo": one.lineage.geo,
            "value": one.value,
            "ci_low": one.ci_low,
            "ci_high": one.ci_high,
            "unit": one.unit,
            "level": one.lineage.level or USUAL_LEVEL,
        }
        for one in finding.evidence
    ]
    return {"state": finding.state, "as_of": as_of.isoformat(), "grade": finding.grade, "evidence": shown}


def _line(said: dict[str, Any]) -> str:
    then = f"; then {_words(said['then'])}" if said["then"] else ""
    return f"{said['recommendation']}, claim {said['claim']}: {said['says']}{then}; now {_words(said['now'])}"


def _words(state: dict[str, Any]) -> str:
    figures = [
        " ".join(part for part in (one["geo"], _number(one), f"evidence {one['id']}") if part)
        for one in state["evidence"]
    ]
    return f"{state['state']} (as of {state['as_of']}: {', '.join(figures) or 'no evidence'})"


def _number(one: dict[str, Any]) -> str:
    if one["value"] is None:
        return "no value"
    if one["ci_low"] is None:
        return f"{one['value']:.4g} {one['unit']}"
    span = f"{_level(one['level'])} interval {one['ci_low']:.4g} to {one['ci_high']:.4g},"
    return f"{one['value']:.4g} {one['unit']}, {span}"


def _level(level: str) -> str:
    return f"{float(level.rstrip('%')):g} %"
