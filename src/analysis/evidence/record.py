"""A shown number, named by what it is: the same one has the same id on every page, in every language and run."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from analysis.errors import MonitorError

ID_LENGTH = 10


@dataclass(frozen=True)
class Lineage:
    """What a number is and where its observations lie; an empty field selects everything.

    `periods` are reference dates, or spans written `first/last`. The total of several territories names them
    as `parts`. A number about submissions, not observations, has no indicator; one read from a table of a study names
    its `submissions` and `rows`. Several codes of a key are joined by `+`.
    """

    statistic: str
    dataflow: str = ""
    provider: str = ""
    indicator: str = ""
    geo: str = ""
    parts: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    sex: str = ""
    age: str = ""
    nationality: str = ""
    breakdown: str = ""
    submissions: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    level: str = ""  # of the interval, where it is not 95 %


@dataclass(frozen=True)
class Evidence:
    """A number that may be shown, with interval, base, unit, date and lineage; None, never NaN, where there is none."""

    id: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    n: float | None
    unit: str
    as_of: date
    lineage: Lineage

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the empty fields of the lineage."""
        lineage = {name: value for name, value in asdict(self.lineage).items() if value not in ("", ())}
        return asdict(self) | {"as_of": self.as_of.isoformat(), "lineage": lineage}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Evidence":
        """The inverse of `to_json`."""
        told: Mapping[str, Any] = document["lineage"]
        lineage: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        return cls(**{**document, "as_of": date.fromisoformat(document["as_of"]), "lineage": Lineage(**lineage)})


def record(
    value: float | None,
    lineage: Lineage,
    *,
    as_of: date,
    unit: str = "",
    interval: tuple[float | None, float | None] = (None, None),
    n: float | None = None,
) -> Evidence:
    """Name a number.

    Parameters
    ----------
    value, interval, n : in `unit`; NaN and None both mean that there is none.
    lineage : what the number is; together with `as_of` it makes the id, the value does not, so that the same
        question keeps its id when the answer is mended.
    """
    low, high = interval
    return Evidence(
        _identify(lineage, as_of), _finite(value), _finite(low), _finite(high), _finite(n), unit, as_of, lineage
    )


@dataclass
class Register:
    """The evidence of one page, in the order of its first showing."""

    entries: dict[str, Evidence] = field(default_factory=dict)

    def add(self, evidence: Evidence) -> Evidence:
        """Keep `evidence`; the same id with another value is a bug in what names it, and is refused."""
        known = self.entries.setdefault(evidence.id, evidence)
        if known != evidence:
            raise MonitorError(
                f"evidence {evidence.id}", must=f"the value first shown, {known.value}", found=evidence.value,
                where=f"{evidence.lineage.statistic} of {evidence.lineage.indicator or evidence.lineage.dataflow}",
            )  # fmt: skip
        return known

    def to_json(self) -> list[dict[str, Any]]:
        """Every entry as plain values."""
        return [evidence.to_json() for evidence in self.entries.values()]


def _identify(lineage: Lineage, as_of: date) -> str:
    told = asdict(lineage)
    if not lineage.level:
        del told["level"]
    question = json.dumps([told, as_of.isoformat()], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(question.encode()).hexdigest()[:ID_LENGTH]


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
