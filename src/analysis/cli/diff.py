"""`monitor diff`: two releases, the numbers that moved between them, and why."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.catalogue import Catalogue
    from analysis.evidence.compare import Difference, Move, Release
    from analysis.evidence.record import Evidence


def answer(before: Path, after: Path, *, data: Path, as_json: bool) -> int:
    """Print what moved; the data folder, where it is there, tells revised from new."""
    from analysis.catalogue import load_catalogue
    from analysis.evidence.compare import compare, read_release
    from analysis.store import Store

    then, now = read_release(before), read_release(after)
    difference = compare(then, now, Store(data) if (data / "processed" / "store.json").is_file() else None)
    if as_json:
        print(json.dumps(_document(then, now, difference), ensure_ascii=False))
    else:
        print("\n".join(_lines(then, now, difference, load_catalogue())))
    return 0


def _document(then: "Release", now: "Release", difference: "Difference") -> dict[str, object]:
    return {
        "then": {"site": str(then.folder), "as_of": then.as_of.isoformat()},
        "now": {"site": str(now.folder), "as_of": now.as_of.isoformat()},
        "changed": list(difference.changed),
        "same": difference.same,
        "reasons": difference.counts,
        "moved": [move.to_json() for move in difference.moved],
        "added": [one.to_json() for one in difference.added],
        "gone": [one.to_json() for one in difference.gone],
    }


def _lines(then: "Release", now: "Release", difference: "Difference", catalogue: "Catalogue") -> list[str]:
    changed = ", ".join(difference.changed) or "nothing"
    why = ", ".join(f"{count} {reason}" for reason, count in difference.counts.items())
    return [
        f"{then.folder} (known on {then.as_of}) -> {now.folder} (known on {now.as_of}); what differs: {changed}",
        f"{difference.same} numbers are the same, {len(difference.moved)} moved" + (f" ({why})" if why else ""),
        *(f"  {_move(move, catalogue)}" for move in difference.moved),
        f"{_by_page(difference.added, now)} are new, {_by_page(difference.gone, then)} are gone",
    ]


def _by_page(numbers: Sequence["Evidence"], release: "Release") -> str:
    pages = Counter(page for one in numbers for page in release.pages[one.id])
    named = ", ".join(f"{page} {count}" for page, count in pages.most_common())
    return f"{len(numbers)} ({named})" if named else "0"


def _move(move: "Move", catalogue: "Catalogue") -> str:
    reasons = ", ".join(move.reasons)
    return (
        f"{_name(move.then, move.now, catalogue)}: {_figure(move.then)} -> {_figure(move.now)} {move.now.unit}"
        f"; {reasons} [{move.then.id} -> {move.now.id}; {', '.join(move.pages)}]"
    )


def _name(then: "Evidence", now: "Evidence", catalogue: "Catalogue") -> str:
    lineage = now.lineage
    indicator = catalogue.indicators.get(lineage.indicator)
    label = f"{lineage.indicator} {indicator.label['en']}" if indicator else lineage.dataflow
    days = ", ".join(lineage.periods)
    if then.lineage.periods != lineage.periods:
        days = f"{', '.join(then.lineage.periods)} -> {days}"
    parts = (label, lineage.statistic, lineage.geo, lineage.provider, lineage.sex, lineage.age, days)
    return ", ".join(part for part in parts if part)


def _figure(evidence: "Evidence") -> str:
    low, high = evidence.ci_low, evidence.ci_high
    interval = f"({low:g} to {high:g})" if low is not None and high is not None else ""
    value = f"{evidence.value:g}" if evidence.value is not None else "" if interval else "none"
    return " ".join(part for part in (value, interval) if part)
