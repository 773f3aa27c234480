"""The rulebook: structural rules, suites, and the values their `$PARAMETER`s stand for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from analysis.catalogue.model import LANGUAGES, Catalogue, Dataflow, Label
from analysis.errors import CatalogueError

ERROR, QUERY, INFO = "error", "query", "info"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, ten times as fast
_STRUCTURAL = ("structure.yml", "gates.yml")
SEVERITIES = {"critical": ERROR, "warning": QUERY, "info": INFO}


@dataclass(frozen=True)
class Rule:
    """One rule as a provider meets it; `column` is ours, "" where the rule looks at the whole row or file."""

    id: str
    severity: str  # error | query | info
    text: Label
    mend: Label
    column: str = ""
    whole: bool = False  # the file as a whole is refused
    per_file: bool = False  # told once a file, whatever the number of rows
    version: int = 1


@dataclass(frozen=True)
class Structure:
    """`structure.yml` and `gates.yml`: rules on files and cells, words for "no figure", pieces of sentences."""

    rules: Mapping[str, Rule]
    missing: frozenset[str]
    nearest: Label
    sources: Mapping[str, Label]
    personal: Mapping[str, frozenset[str]]  # kind of word -> words that betray data on persons


@dataclass(frozen=True)
class Rulebook:
    """The suites and structural texts of one directory, read under one catalogue."""

    path: Path
    structure: Structure
    catalogue: str  # fingerprint

    def suite(self, dataflow: str) -> dict[str, Any]:
        """The suite of a dataflow as the JSON that Great Expectations loads."""
        return _suite(self.path / f"{dataflow}.json", self._stamp(dataflow))

    def rules(self, dataflow: str) -> dict[str, Rule]:
        """The rules of a dataflow's suite by id, in the order of the file."""
        where = f"{dataflow}.json"
        rules = [_rule(expectation, where) for expectation in self.suite(dataflow)["expectations"]]
        twice = {rule.id for rule in rules if sum(other.id == rule.id for other in rules) > 1}
        if twice:
            raise CatalogueError("a rule id", must="used once in a suite", found=min(twice), where=where)
        return {rule.id: rule for rule in rules}

    def fingerprint(self, dataflow: str) -> str:
        """SHA-256 over the suite, the structural texts and the catalogue: what a receipt was judged by."""
        digest = hashlib.sha256(self.catalogue.encode())
        for name in (*_STRUCTURAL, f"{dataflow}.json" if dataflow else ""):
            if name:
                digest.update(b"\0" + name.encode() + b"\0" + _bytes(self.path / name))
        return digest.hexdigest()

    def _stamp(self, dataflow: str) -> str:
        return hashlib.sha256(_bytes(self.path / f"{dataflow}.json")).hexdigest()


def load_rulebook(path: Path, catalogue: Catalogue) -> Rulebook:
    """Read the structural part of the rulebook in `path`; suites are read when they are needed."""
    try:
        told, gates = (yaml.load(_bytes(path / name).decode(), Loader=_LOADER) for name in _STRUCTURAL)
        rules = {
            name: Rule(
                name, entry["severity"], Label(**entry["text"]), Label(**entry["mend"]), whole=bool(entry.get("whole"))
            )
            for name, entry in {**told["rules"], **gates["rules"]}.items()
        }
        sources = {name: Label(**entry) for name, entry in told["sources"].items()}
        missing = frozenset(str(word).casefold() for word in told["missing"])
        personal = {kind: frozenset(words) for kind, words in gates["personal"].items()}
        structure = Structure(rules, missing, Label(**told["nearest"]), sources, personal)
    except (yaml.YAMLError, KeyError, TypeError) as error:
        mend = f"Each rule needs severity, text and mend in {', '.join(LANGUAGES)}"
        raise CatalogueError(
            " or ".join(_STRUCTURAL), must="complete YAML", found=str(error), where=str(path), mend=mend
        ) from error
    return Rulebook(path, structure, catalogue.intake_fingerprint)


def parameters(catalogue: Catalogue, dataflow: Dataflow) -> dict[str, object]:
    """What `{"$PARAMETER": name}` stands for in a suite: code lists by id, the dataflow's indicators, the calendar."""
    import pandas as pd

    codes: dict[str, object] = {name: sorted(entry.codes) for name, entry in catalogue.code_lists.items()}
    codes["geo"] = sorted({*catalogue.code_lists["geo"].codes, *catalogue.places.codes})
    own = sorted(name for name, entry in catalogue.indicators.items() if entry.domain == dataflow.domain)
    days = [pd.Timestamp(day) for day in round_dates(catalogue)]
    named = {"indicator": sorted(catalogue.indicators), "own_indicators": own, "rounds": days}
    return codes | named | {"earliest": pd.Timestamp(catalogue.rounds.first.replace(day=1))}


def round_dates(catalogue: Catalogue) -> list[date]:
    """The reference dates of the collection calendar, first to last."""
    rounds = catalogue.rounds
    count = (rounds.last - rounds.first).days // rounds.every_days + 1
    return [rounds.first + timedelta(days=rounds.every_days * step) for step in range(count)]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        mend = "Every dataflow needs its suite, and the rulebook its structure.yml"
        raise CatalogueError(
            "the rulebook file", must="readable", found=path.name, where=str(path.parent), mend=mend
        ) from error


@cache
def _suite(path: Path, stamp: str) -> dict[str, Any]:
    try:
        suite = json.loads(path.read_bytes())
        suite["expectations"][0]["type"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise CatalogueError("a suite", must="a JSON object with a list of expectations", where=path.name) from error
    return dict(suite)


def _rule(expectation: Mapping[str, Any], where: str) -> Rule:
    meta, kwargs = expectation.get("meta", {}), expectation.get("kwargs", {})
    try:
        return Rule(
            id=meta["rule"],
            severity=SEVERITIES[expectation["severity"]],
            text=Label(**meta["text"]),
            mend=Label(**meta["mend"]),
            column=meta.get("column") or kwargs.get("column") or kwargs.get("column_A") or "",
            per_file=meta.get("scope") == "file",
            version=int(meta["version"]),
        )
    except (KeyError, TypeError) as error:
        name = f"{where}, {meta.get('rule') or expectation.get('type')}"
        must = (
            f"a severity ({', '.join(SEVERITIES)}) and meta with rule, version, text and mend in {', '.join(LANGUAGES)}"
        )
        raise CatalogueError("an expectation", must=must, found=str(error), where=name) from error
