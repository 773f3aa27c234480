"""Words that tell a number in letters, so that no sentence smuggles one in spelled out."""

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import LANGUAGES
from analysis.catalogue.read import read_yaml

FILE = "number_words.yml"


@functools.cache
def load_number_words(folder: Path = Path(__file__).parent) -> Mapping[str, re.Pattern[str]]:
    """Language -> a pattern of amounts and shares in letters ("forty-one per cent", "one in three", "two thirds").

    Raises
    ------
    CatalogueError
        A language is missing, or has no words of a kind.
    """
    known = Entry(FILE, "", read_yaml(folder / FILE))
    patterns = {lang: _pattern(Entry(FILE, lang, known.take(lang))) for lang in LANGUAGES}
    known.done()
    return patterns


def _pattern(entry: Entry) -> re.Pattern[str]:
    number, unit, of, fraction, large = (
        _any(entry.texts(kind)) for kind in ("numbers", "units", "of", "fractions", "large")
    )
    entry.done()
    told = rf"[\w-]*\b\w*{number}"
    roman = rf"(?-i:[IVXLCDM]+)\s+{unit}"
    return re.compile(
        rf"(?i)\b(?:{told}\s+{unit}|{number}\s+{of}\s+{told}|{fraction}|[\w-]*{large}(?:-\w+)*|{roman})\b"
    )


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first) + ")"
