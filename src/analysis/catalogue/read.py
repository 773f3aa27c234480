"""Reads one catalogue file into plain entries; what YAML or CSV would silently swallow is an error here."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import CatalogueError

# libyaml reads four times as fast; a PyYAML built without it still does.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML in which a key may appear once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node)
            if key in seen:
                raise _Repeated(key, key_node.start_mark.line + 1)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class _Repeated(Exception):
    """A key that appears twice in one mapping."""


def read_yaml(path: Path) -> Mapping[str, Any]:
    """The entries of a YAML file: a mapping whose keys are text."""
    try:
        entries = yaml.load(_content(path), Loader=_Loader)
    except _Repeated as twice:
        key, line = twice.args
        raise CatalogueError(
            f"the key {key!r}",
            must="unique",
            where=f"{path.name}, line {line}",
            mend="Remove or rename one of the two.",
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        mend = "Look for a missing quote, colon or bracket."
        raise CatalogueError("the file", must="YAML", where=where, mend=mend) from error
    if not isinstance(entries, dict):
        found = type(entries).__name__
        raise CatalogueError("the file", must="a mapping of entries", found=found, where=path.name)
    for key in entries:
        if not isinstance(key, str):
            raise CatalogueError("a key", must="text", found=key, where=path.name, mend="Put it in quotes.")
    return entries


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file that has exactly `columns`."""
    rows = list(csv.reader(_content(path).splitlines()))
    header = rows[0] if rows else []
    if header != list(columns):
        wrong = sorted(set(header) ^ set(columns)) or header
        raise CatalogueError(
            "the header",
            must=",".join(columns),
            found=",".join(header),
            where=path.name,
            mend=f"Look at {', '.join(wrong)}.",
        )
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(columns):
            raise CatalogueError(
                "a row",
                must=f"{len(columns)} cells wide",
                found=len(row),
                where=f"{path.name}, line {number}",
                mend="Put text that holds a comma in double quotes.",
            )
    return [dict(zip(columns, row, strict=True)) for row in rows[1:]]


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CatalogueError(
            "the catalogue", must="complete", found=f"no {path.name}", where=str(path.parent)
        ) from None
    except UnicodeDecodeError as error:
        raise CatalogueError("the file", must="UTF-8 text", where=path.name, mend="Save it as UTF-8.") from error
