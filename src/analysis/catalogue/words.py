"""Words in cells that stand for something other than themselves, as data: zero, small counts, totals, months."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

FILE = "words.yml"


@dataclass(frozen=True)
class Words:
    """What `words.yml` says; every word casefolded."""

    zero: frozenset[str]
    totals: frozenset[str]
    months: Mapping[str, int]
    letters: frozenset[str]
    rare: frozenset[str]
    lone: frozenset[str]
    signs: frozenset[str]
    below: tuple[re.Pattern[str], ...]
    at_most: tuple[re.Pattern[str], ...]

    def interval(self, text: str) -> tuple[int, int] | None:
        """The whole numbers that a withheld small count may be (`<5` -> (1, 4)), or None where `text` is none."""
        word = " ".join(text.split()).casefold()
        for patterns, less in ((self.below, 1), (self.at_most, 0)):
            bounds = [int(match[1]) for pattern in patterns if (match := pattern.fullmatch(word))]
            if bounds:
                return (1, bounds[0] - less) if bounds[0] - less >= 1 else None
        return None

    def month(self, text: str) -> int | None:
        """The number of a month by its name, or None."""
        return self.months.get(text.casefold().rstrip("."))

    def total(self, text: str) -> bool:
        """Whether a label is that of a totals row: one of the words, or one followed by something else."""
        word = " ".join(text.split()).casefold().rstrip(" :")
        return word in self.totals or any(word.startswith(total + " ") for total in self.totals)


def load_words(folder: Path) -> Words:
    """Read and check the words."""
    entry = Entry(FILE, "", read_yaml(folder / FILE))
    words = Words(
        zero=_casefolded(entry.texts("zero")),
        totals=_casefolded(entry.texts("totals")),
        months=_months(entry),
        letters=frozenset(entry.text("letters")),
        rare=frozenset(entry.text("rare")),
        lone=frozenset(entry.text("lone")),
        signs=frozenset(entry.text("signs")),
        below=_bounds(entry, "below"),
        at_most=_bounds(entry, "at_most"),
    )
    entry.done()
    return words


def _casefolded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _bounds(entry: Entry, field: str) -> tuple[re.Pattern[str], ...]:
    texts = entry.texts(field)
    for text in texts:
        if text.count("{n}") != 1:
            raise entry.wrong(field, "texts with one {n} where the bound stands", text)
    return tuple(re.compile(re.escape(text.casefold()).replace(r"\{n\}", "([0-9]{1,6})")) for text in texts)


def _months(entry: Entry) -> Mapping[str, int]:
    given = entry.take("months")
    if not isinstance(given, Mapping) or sorted(given) != list(range(1, 13)):
        raise entry.wrong("months", "a list of names for each of 1 to 12", given)
    months: dict[str, int] = {}
    for number, names in given.items():
        for name in names:
            if months.setdefault(str(name).casefold(), number) != number:
                found = f"{months[str(name).casefold()]} and {number}"
                raise CatalogueError(f"the month {name!r}", must="of one number", found=found, where=FILE)
    return months
