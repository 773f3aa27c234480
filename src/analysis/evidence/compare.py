"""Two releases side by side: which numbers moved, and what moved them."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from analysis.errors import UsageError
from analysis.evidence.record import Evidence, Lineage
from analysis.evidence.trace import CELL, from_ledger, known, select

if TYPE_CHECKING:
    import pandas as pd

    from analysis.store import Store

MADE_BY = ("code", "notebooks", "catalogue", "rulebook", "reports", "lock")


@dataclass(frozen=True)
class Release:
    """A built site as its own files tell: the numbers, the pages that show them, and what names code and data."""

    folder: Path
    as_of: date
    evidence: Mapping[Lineage, Evidence]
    pages: Mapping[str, Sequence[str]]
    names: Mapping[str, str]
    inputs: Mapping[str, str]

    @cached_property
    def received(self) -> frozenset[str]:
        """SHA-256 of the files that had come."""
        return frozenset(self.inputs.values())


@dataclass(frozen=True)
class Move:
    """One number that moved; `reasons` are of: revision, new data, withdrawn, data, the names `MADE_BY`, unknown.

    With a store, `data` are cells of other series than the number's own.
    """

    then: Evidence
    now: Evidence
    reasons: tuple[str, ...]
    pages: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "then": self.then.to_json(),
            "now": self.now.to_json(),
            "reasons": list(self.reasons),
            "pages": list(self.pages),
        }


@dataclass(frozen=True)
class Difference:
    """What changed from one release to another; `changed` names what differs between the two as wholes."""

    changed: tuple[str, ...]
    moved: Sequence[Move] = ()
    added: Sequence[Evidence] = ()
    gone: Sequence[Evidence] = ()
    same: int = 0

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many numbers moved for each reason; a number may have several."""
        every = [reason for move in self.moved for reason in move.reasons]
        return {reason: every.count(reason) for reason in sorted(set(every), key=every.index)}


def read_release(folder: Path) -> Release:
    """Read what a built site says of itself.

    Raises
    ------
    UsageError
        The folder holds no `run.json` and `evidence.json` of a run.
    """
    folder = folder.parent if folder.suffix == ".html" else folder
    try:
        run = json.loads((folder / "run.json").read_text("utf-8"))
        numbers = json.loads((folder / "evidence.json").read_text("utf-8"))
        as_of = date.fromisoformat(run["parameters"]["as_of"])
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            "a release",
            must="a folder that `monitor run` built, with run.json and evidence.json",
            found=str(folder),
            mend="Give the folder of the site, such as reports/site or a copy of an earlier one.",
        ) from error
    fields = {"id", "value", "ci_low", "ci_high", "n", "unit", "as_of", "lineage"}
    found = [Evidence.from_json({k: v for k, v in entry.items() if k in fields}) for entry in numbers.values()]
    pages = {key: entry.get("pages", [entry.get("page", "")]) for key, entry in numbers.items()}
    names = {name: run[name] for name in MADE_BY if name in run}
    return Release(folder, as_of, {one.lineage: one for one in found}, pages, names, run.get("inputs", {}))


def compare(then: Release, now: Release, store: Store | None = None) -> Difference:
    """Every number that both releases show, that moved; what only one of them shows.

    Parameters
    ----------
    store
        The data that both were built from. With it, a moved number is put down to revised, new or withdrawn cells and
        to what else differs; each release is held to the files that it had, for a file may come after a release and be
        dated before it. Without it, only to what differs between the releases as wholes.

    Notes
    -----
    A number is the same when its lineage is: what it is, of whom, where and when. The newest number of a series is
    followed to the newest of the later release where each release shows just one that the other does not.
    """
    pairs = [(then.evidence[key], now.evidence[key]) for key in then.evidence if key in now.evidence]
    left = [one for key, one in then.evidence.items() if key not in now.evidence]
    right = [one for key, one in now.evidence.items() if key not in then.evidence]
    followed = _followed(left, right)
    differs = _differs(then, now)
    cells = _Cells(store, then.received, now.received) if store else None
    moved = [
        Move(one, other, _reasons(one, other, differs, cells), now.pages[other.id])
        for one, other in [*pairs, *followed]
        if _figures(one) != _figures(other)
    ]
    taken = {one.id for pair in followed for one in pair}
    return Difference(
        differs,
        moved,
        [one for one in right if one.id not in taken],
        [one for one in left if one.id not in taken],
        len(pairs) + len(followed) - len(moved),
    )


def _figures(evidence: Evidence) -> tuple[object, ...]:
    return evidence.value, evidence.ci_low, evidence.ci_high, evidence.n


def _followed(left: Sequence[Evidence], right: Sequence[Evidence]) -> list[tuple[Evidence, Evidence]]:
    """Pairs of one series whose dates moved on."""
    series_left, series_right = _by_series(left), _by_series(right)
    return [
        (series_left[key][0], series_right[key][0])
        for key in series_left
        if len(series_left[key]) == 1 == len(series_right.get(key, ()))
    ]


def _by_series(numbers: Sequence[Evidence]) -> dict[Lineage, list[Evidence]]:
    found: dict[Lineage, list[Evidence]] = {}
    for one in numbers:
        found.setdefault(replace(one.lineage, periods=(), submissions=(), rows=()), []).append(one)
    return found


def _differs(then: Release, now: Release) -> tuple[str, ...]:
    data = ("data",) if then.inputs != now.inputs or then.as_of != now.as_of else ()
    return data + tuple(
        name for name in MADE_BY if name in then.names and name in now.names and then.names[name] != now.names[name]
    )


def _reasons(then: Evidence, now: Evidence, differs: tuple[str, ...], cells: _Cells | None) -> tuple[str, ...]:
    if cells is None:
        return differs or ("unknown",)
    made = tuple(name for name in differs if name != "data")
    return cells.reasons(then, now) + made or differs or ("unknown",)


Cells: TypeAlias = "Mapping[tuple[Hashable, ...], object]"


@dataclass
class _Cells:
    """What lies behind numbers, from the files that either release had; each series is read once a release and date."""

    store: Store
    before: Collection[str]
    after: Collection[str]
    read: dict[tuple[object, ...], pd.DataFrame] = field(default_factory=dict)

    def reasons(self, then: Evidence, now: Evidence) -> tuple[str, ...]:
        """Of the cells that the number names; where none of them moved, of the whole series (limits rest on it)."""
        if not then.lineage.indicator:
            before, after = self._files(then, self.before), self._files(now, self.after)
            return _moves(before, after, before, after)
        series = [replace(one, lineage=replace(one.lineage, periods=())) for one in (then, now)]
        whole = self._of(series[0], self.before), self._of(series[1], self.after)
        return _moves(self._of(then, self.before), self._of(now, self.after), *whole) or _moves(*whole, *whole)

    def _of(self, evidence: Evidence, received: Collection[str]) -> Cells:
        lineage = evidence.lineage
        key = (lineage.dataflow, lineage.indicator, evidence.as_of, received)
        if key not in self.read:
            self.read[key] = known(self.store, evidence, received)
        chosen = select(self.read[key], lineage)
        keys = chosen[list(CELL)].itertuples(index=False, name=None)
        # As text, so that a cell without a number equals itself.
        figures = zip(chosen["value"].astype(str), chosen["denominator"].astype(str), strict=True)
        return dict(zip(keys, figures, strict=True))

    def _files(self, evidence: Evidence, received: Collection[str]) -> Cells:
        """The submissions that a number about submissions counts."""
        told = [origin.submission for origin in from_ledger(evidence, self.store.submissions(), received)]
        return {(submission,): True for submission in told}


def _moves(before: Cells, after: Cells, all_before: Cells, all_after: Cells) -> tuple[str, ...]:
    """What happened between two releases to the cells of a number, within all those of its series."""
    found = {
        "revision": any(before[key] != after[key] for key in before.keys() & after.keys()),
        "new data": bool(after.keys() - all_before.keys()),
        "withdrawn": bool(before.keys() - all_after.keys()),
    }
    return tuple(reason for reason, holds in found.items() if holds)
