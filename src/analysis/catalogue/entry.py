"""Takes the fields out of one catalogue entry, each with its type; the error names file, entry and field."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from analysis.catalogue.model import LANGUAGES, Label
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

Day = date
Built = TypeVar("Built")
_ABSENT: Any = object()
_DURATION = re.compile(r"P(\d+[YMWD])+")


class Entry:
    """One entry of a catalogue file. Every `take` removes a field; `done` complains of what nobody took."""

    def __init__(self, file: str, name: str, fields: object) -> None:
        self.file = file
        self.name = name
        if not isinstance(fields, Mapping):
            raise CatalogueError("an entry", must="a mapping of fields", found=fields, where=self.where)
        self._fields = dict(fields)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that nobody took yet."""
        return tuple(self._fields)

    @property
    def where(self) -> str:
        """File and entry, for messages."""
        return f"{self.file}, {self.name}" if self.name else self.file

    def wrong(self, field: str, must: str, found: object, mend: str = "") -> CatalogueError:
        """The error that says what `field` must be."""
        return CatalogueError(f"`{field}`", must=must, found=found, where=self.where, mend=mend)

    def take(self, field: str, default: Any = _ABSENT) -> Any:
        """The raw field; an error when it is absent and has no default."""
        value = self._fields.pop(field, default)
        if value is _ABSENT:
            raise CatalogueError(f"`{field}`", must="given", where=self.where)
        return value

    def text(self, field: str, default: Any = _ABSENT) -> str:
        """A text field."""
        value = self.take(field, default)
        if not isinstance(value, str):
            raise self.wrong(field, "text", value, "Put it in quotes.")
        return value

    def one_of(self, field: str, allowed: tuple[str, ...], default: Any = _ABSENT) -> str:
        """A text field with a closed set of values."""
        value = self.text(field, default)
        if value not in allowed:
            raise self.wrong(field, "one of " + ", ".join(allowed), value)
        return value

    def texts(self, field: str, default: Any = _ABSENT) -> tuple[str, ...]:
        """A list of texts."""
        value = self.take(field, default)
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise self.wrong(field, "a list of texts", value, "Put items such as 65+ or NO in quotes.")
        return tuple(value)

    def mapping(self, field: str, default: Any = _ABSENT) -> dict[str, str]:
        """A mapping of texts to texts."""
        value = self.take(field, default)
        if not isinstance(value, Mapping) or not all(isinstance(x, str) for pair in value.items() for x in pair):
            raise self.wrong(field, "a mapping of texts", value, "Put the values in quotes.")
        return dict(value)

    def date(self, field: str, default: Any = _ABSENT) -> date:
        """A calendar date."""
        value = self.take(field, default)
        if type(value) is not date:
            raise self.wrong(field, "a date such as 2023-05-16", value)
        return value

    def dates(self, field: str, default: Any = _ABSENT) -> tuple[Day, ...]:
        """A list of calendar dates."""
        value = self.take(field, default)
        if not isinstance(value, (list, tuple)) or not all(type(item) is date for item in value):
            raise self.wrong(field, "a list of dates such as [2022-08-15]", value)
        return tuple(value)

    def integer(self, field: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.take(field)
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(field, f"a whole number from {low} to {high}", value)
        return value

    def number(self, field: str) -> float:
        """A finite number."""
        value = self.take(field)
        if type(value) not in (int, float) or not math.isfinite(value):
            raise self.wrong(field, "a number", value)
        return float(value)

    def flag(self, field: str, default: bool) -> bool:
        """True or false."""
        value = self.take(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false", value)
        return value

    def duration(self, field: str) -> str:
        """An ISO 8601 duration, or nothing where it varies."""
        value = self.text(field)
        if value and not _DURATION.fullmatch(value):
            raise self.wrong(field, "an ISO 8601 duration such as P2W, or empty", value)
        return value

    def label(self, field: str) -> Label:
        """One text in the four languages."""
        return as_label(self.take(field), self.where, field)

    def done(self) -> None:
        """Complain of fields that nobody knows."""
        if self._fields:
            raise CatalogueError("a field", must="a known one", found=next(iter(self._fields)), where=self.where)


def as_label(value: object, where: str, field: str = "") -> Label:
    """`value` as a label: exactly the four languages, none empty, the same `{fields}` in each."""
    name = f"`{field}`" if field else "the text"
    languages = ", ".join(LANGUAGES)
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        found = sorted(value) if isinstance(value, Mapping) else value
        raise CatalogueError(name, must=f"given in exactly {languages}", found=found, where=where)
    for lang, text in value.items():
        if not isinstance(text, str) or not text.strip():
            raise CatalogueError(f"{name} in {lang}", must="text", found=text, where=where)
        if _holes(text) != _holes(value["en"]):
            must = f"with the fields of the English one, {sorted(_holes(value['en']))}"
            raise CatalogueError(f"{name} in {lang}", must=must, found=sorted(_holes(text)), where=where)
    return Label(**value)


def _holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)", text))


def read_entries(folder: Path, file: str, build: Callable[[Entry], Built]) -> dict[str, Built]:
    """What `build` makes of each entry of a YAML file, by name; CatalogueError at a field that `build` did not take."""
    built = {}
    for name, fields in read_yaml(folder / file).items():
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise CatalogueError("an entry's name", must="letters, digits, - and _", found=name, where=file)
        entry = Entry(file, name, fields)
        built[name] = build(entry)
        entry.done()
    return built
