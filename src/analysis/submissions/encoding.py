"""Text from bytes whose encoding nobody told: few candidates, judged by the letters that are written here."""

import codecs
import re
from functools import cache
from pathlib import Path

import analysis.catalogue
from analysis.catalogue.words import Words, load_words

# Of equals the first: Excel's habit here, the old habit of DOS programs, of Macs, of databases.
CANDIDATES = ("cp1252", "cp850", "mac_roman", "iso8859-15", "latin-1")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FOREIGN_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")
_SAMPLE = 2000


def decode(content: bytes, words: Words | None = None) -> str:
    """
    The text of `content`: by its mark, else UTF-16 by its zeros, else UTF-8, else the likeliest candidate.

    General detectors take French and Dutch in Windows-1252 for a Central European code page; among these few candidates
    the letters decide. Raises UnicodeDecodeError where a mark or the zeros promise what the bytes do not keep.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding)
    head = content[:2000]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[start::2].count(0) > len(head) // 4:
            return content.decode(encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_likeliest(content, words or _own_words()))


def _likeliest(content: bytes, words: Words) -> str:
    lines = [match[0] for _, match in zip(range(_SAMPLE), _FOREIGN_LINE.finditer(content), strict=False)]
    scores = {}
    for encoding in CANDIDATES:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        scores[encoding] = sum(_likelihood(line.decode(encoding), words) for line in lines)
    return max(scores, key=lambda encoding: scores[encoding])


def _likelihood(line: str, words: Words) -> int:
    """How well the characters beyond ASCII fit their place: letters inside words, signs between them."""
    score = 0
    for position, character in enumerate(line):
        if character.isascii():
            continue
        before, after = line[position - 1 : position], line[position + 1 : position + 2]
        if character in words.letters or character in words.rare:
            torn = character.isupper() and before.islower()
            sunk = character.islower() and before.isupper() and after.isupper()
            alone = not before.isalpha() and not after.isalpha() and character not in words.lone
            score += -2 if torn or sunk or alone else 1 + (character in words.letters)
        elif character in words.signs:
            score += -2 if before.isalpha() and after.isalpha() and character != "’" else 1 + (character == "€")
        else:
            score -= 3
    return score


@cache
def _own_words() -> Words:
    return load_words(Path(analysis.catalogue.__file__).parent)
