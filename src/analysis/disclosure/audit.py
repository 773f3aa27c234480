"""The last look before anything is published: every byte of a release is searched for what it must not hold."""

import base64
import binascii
import html
import math
import re
import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

import pandas as pd

SHORTEST = 6  # signs of a text that is searched for: shorter ones stand in any page
LONG = 12  # signs of a text that is searched for as an address, too
DIGITS = 6  # of a rate: fewer are shared by chance
SHARED = 200  # a rate that is a fraction of so few is many other numbers too: `cells_told` finds those by what they are
SCALES = (1.0, 100.0, 1000.0)  # a share, per cent, per thousand
STRATA = ("sex", "age", "nationality", "breakdown")
Cell = Mapping[Hashable, Any]
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MARKUP = re.compile(r"<[^<>]*>")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # where a line may break
_SIXTEEN = re.compile(rb"<FEFF([0-9A-Fa-f]+)>")  # texts of a PDF in UTF-16
_EMBEDDED = re.compile(rb"data:[\w/+.-]+;base64,([A-Za-z0-9+/=]+)")


@dataclass(frozen=True)
class Needle:
    """Something that must not be found, and what it is (never printed with its value)."""

    text: str
    what: str
    number: bool = False  # found only where no longer number holds it

    def within(self, layer: str) -> bool:
        """Whether a text holds it."""
        place = layer.find(self.text)
        while self.number and place > 0 and layer[place - 1].isdigit():
            place = layer.find(self.text, place + 1)
        return place >= 0


def needles(withheld: pd.DataFrame, texts: Iterable[tuple[str, str]]) -> list[Needle]:
    """What to search for: free texts, and the rates of withheld cells to six digits, as data files write them.

    Parameters
    ----------
    withheld : the cells before they were withheld: `indicator`, `geo`, `period`, `value`, `denominator`.
    texts : (what it is, the text) of free texts that were not cleared.
    """
    found = [Needle(text.strip(), what) for what, text in texts if len(text.strip()) >= SHORTEST]
    rated = withheld[withheld["denominator"].notna() & (withheld["denominator"] > 0)]
    for cell in rated.to_dict("records"):
        rate = cell["value"] / cell["denominator"]
        for scale in SCALES:
            digits = repr(scale * rate)
            long = len(digits.replace("0.", "", 1).replace(".", "").lstrip("0")) > DIGITS
            if long and (Fraction(scale * cell["value"]) / Fraction(cell["denominator"])).denominator > SHARED:
                found.append(
                    Needle(digits[: len(digits) - 2] if len(digits) > 12 else digits, _what(cell), number=True)
                )
    return list(dict.fromkeys(found))


def cells_told(evidence: Iterable[Mapping[str, Any]], withheld: pd.DataFrame) -> list[str]:
    """One line for each withheld cell whose rate or count `evidence` tells of that very cell, however round it is.

    Parameters
    ----------
    evidence : numbers of a release with `id`, `value` and `lineage`, as `evidence.json` holds them.
    withheld : as of `needles`, with `sex`, `age`, `nationality` and `breakdown`.
    """
    cells: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in withheld.to_dict("records"):
        cells.setdefault((cell["indicator"], cell["geo"], f"{cell['period']:%Y-%m-%d}"), []).append(cell)
    found = []
    for one in evidence:
        lineage, value = one["lineage"], one["value"]
        if value is None or lineage["statistic"] != "value" or len(lineage.get("periods", ())) != 1:
            continue
        key = (lineage.get("indicator", ""), lineage.get("geo", ""), lineage["periods"][0])
        for small in cells.get(key, []):
            same = all(lineage.get(name, "") in ("", small[name]) for name in STRATA)
            if same and any(math.isclose(value, told, rel_tol=1e-9) for told in _tellings(small)):
                found.append(f"evidence {one['id']} holds the {_what(small)}")
    return sorted(set(found))


def _tellings(cell: Cell) -> list[float]:
    """The count of a cell, or its rate at every scale."""
    base = cell["denominator"]
    return [scale * cell["value"] / base for scale in SCALES] if base == base and base > 0 else [cell["value"]]


def _what(cell: Cell) -> str:
    kind = "rate" if cell["denominator"] == cell["denominator"] else "count"
    return f"{kind} of {cell['indicator']} {cell['geo']} {cell['period']:%Y-%m-%d}"


def leaks(files: Mapping[str, bytes], wanted: Iterable[Needle]) -> list[str]:
    """One line for each needle that a file holds: in its name, its bytes, an archive or a picture embedded in it.

    A text is also found where markup, entities, escapes or invisible signs divide it, and as part of an address: with
    hyphens, underscores or `%20` between its words.
    """
    looked_for = [(needle, _addressed(needle)) for needle in wanted]
    several = any(addressed for _, addressed in looked_for)
    found = []
    for name, content in files.items():
        layers = list(dict.fromkeys(layer for part in (name, *_layers(content)) for layer in _spellings(part)))
        small = [layer.casefold() for layer in layers if "-" in layer or "_" in layer] if several else []
        found += [
            f"{name} holds the {needle.what}"
            for needle, addressed in looked_for
            if any(needle.within(layer) for layer in layers)
            or any(form in layer for form in addressed for layer in small)
        ]
    return sorted(set(found))


def _addressed(needle: Needle) -> tuple[str, ...]:
    """How an anchor or a file name writes a text of several words."""
    words = [] if needle.number or len(needle.text) <= LONG else re.findall(r"\w+", needle.text.casefold())
    return ("-".join(words), "_".join(words)) if len(words) > 1 else ()


def _spellings(text: str) -> Iterator[str]:
    """A text as it stands, and as a browser or a reader of JSON would show it: no entities, escapes and line ends."""
    yield text
    plain = html.unescape(text)
    if "%" in plain:
        yield unquote(plain)
    if "\\u" in plain:
        plain = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), plain)
    plain = " ".join(_UNSEEN.sub("", plain).split())
    yield plain
    if "<" in text:
        yield " ".join(_UNSEEN.sub("", html.unescape(_MARKUP.sub("", text))).split())


def _layers(content: bytes) -> Iterator[str]:
    """The text of a file, and of what is packed in it."""
    yield content.decode("utf-8", errors="replace")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content.decode("utf-16", errors="replace")
    if content[:2] == b"PK":
        try:
            with ZipFile(BytesIO(content)) as archive:
                for entry in archive.namelist():
                    yield from _layers(archive.read(entry))
        except BadZipFile:
            return
    if content[:5] == b"%PDF-":
        yield from _words_of_pdf(content)
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            try:
                yield from _words_of_pdf(zlib.decompress(stream))
            except zlib.error:
                continue
    for packed in _EMBEDDED.findall(content):
        try:
            yield from _layers(base64.b64decode(packed, validate=True))
        except binascii.Error:
            continue


def _words_of_pdf(content: bytes) -> Iterator[str]:
    """What a PDF says in one byte a sign, and in two (titles, alternative texts)."""
    yield content.decode("latin-1")
    if b"\x00" in content:
        yield content.replace(b"\x00", b"").decode("latin-1")
    for packed in _SIXTEEN.findall(content):
        yield bytes.fromhex(packed[: len(packed) // 2 * 2].decode()).decode("utf-16-be", errors="replace")
