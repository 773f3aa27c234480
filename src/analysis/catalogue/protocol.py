"""The protocol lock: what was fixed about an intervention before its results, and what was changed since."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Amendment, Intervention
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

FIELDS = (
    "announced",
    "in_force",
    "treated",
    "comparison",
    "indicator",
    "expected_sign",
    "expected_lag",
    "design",
    "model",
    "models",
    "placebo_dates",
    "placebo_outcomes",
)
COMPARISON_FIELDS = ("onset", "donors", "window", "scale")  # of a synthetic control, besides


@dataclass(frozen=True)
class Lock:
    """The protocol of one intervention as it stood on the day `locked`.

    `results_known`: published figures already showed the outcome on that day, so the lock proves nothing about choices.
    """

    intervention: str
    locked: date
    hash: str
    fields: Mapping[str, str]
    results_known: bool = False


@dataclass(frozen=True)
class ProtocolChange:
    """One pre-specified field that is not what was locked; `amendment` says when and why, where it was done openly."""

    field: str
    locked: str
    now: str
    amendment: Amendment | None = None


@dataclass(frozen=True)
class ProtocolState:
    """Whether a protocol is locked (`locked` is None where it is not), and what was changed since."""

    locked: date | None
    hash: str
    changes: tuple[ProtocolChange, ...] = ()
    results_known: bool = False

    @property
    def state(self) -> str:
        """`unlocked`, `unchanged` or `changed`."""
        if self.locked is None:
            return "unlocked"
        return "changed" if self.changes else "unchanged"

    @property
    def answer(self) -> Literal["passed", "failed", "cannot tell"]:
        """The criterion `protocol` of a verdict: a change that no dated amendment explains fails it."""
        if any(change.amendment is None for change in self.changes):
            return "failed"
        return "cannot tell" if self.locked is None or self.changes or self.results_known else "passed"


def protocol_fields(intervention: Intervention) -> dict[str, str]:
    """The pre-specified fields as text, as the lock keeps them; titles and sources may be mended freely."""
    names = FIELDS if intervention.donors is None else (*FIELDS, *COMPARISON_FIELDS)
    return {name: _written(getattr(intervention, name)) for name in names}


def _written(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def protocol_hash(intervention: Intervention) -> str:
    """SHA-256 that names the pre-specified fields of an intervention."""
    return _digest(protocol_fields(intervention))


def _digest(fields: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(fields), sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def load_locks(folder: Path) -> dict[str, Lock]:
    """The locks of `protocols.yml`; CatalogueError where a copy of the fields is not what its hash names."""
    locks = {}
    for name, fields in read_yaml(folder / "protocols.yml").items():
        entry = Entry("protocols.yml", name, fields)
        known = entry.flag("results_known", False)
        lock = Lock(name, entry.date("locked"), entry.text("hash"), entry.mapping("fields"), known)
        entry.done()
        if lock.hash != _digest(lock.fields):
            mend = "A lock is never edited: restore it, and change interventions.yml in the open."
            raise entry.wrong("hash", f"that of the fields beside it, {_digest(lock.fields)}", lock.hash, mend)
        locks[name] = lock
    return locks


def check_locks(locks: Mapping[str, Lock], interventions: Mapping[str, Intervention]) -> None:
    """Raise CatalogueError for a lock whose intervention is gone: an inconvenient protocol is not to vanish."""
    for name in locks:
        if name not in interventions:
            where = f"protocols.yml, {name}"
            raise CatalogueError("a lock", must="of an intervention in interventions.yml", found=name, where=where)


def protocol_state(intervention: Intervention, locks: Mapping[str, Lock]) -> ProtocolState:
    """Whether the protocol of `intervention` is locked, and each field that differs from what was locked."""
    lock, now = locks.get(intervention.id), protocol_fields(intervention)
    if lock is None:
        return ProtocolState(None, _digest(now))
    names = [*now, *(name for name in lock.fields if name not in now)]
    pairs = [(name, lock.fields.get(name, ""), now.get(name, "")) for name in names]
    why = {field: amendment for amendment in intervention.amendments for field in amendment.fields}
    changes = tuple(ProtocolChange(*one, why.get(one[0])) for one in pairs if one[1] != one[2])
    return ProtocolState(lock.locked, _digest(now), changes, lock.results_known)
