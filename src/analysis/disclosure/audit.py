"""The last look before anything is published: every byte of a release is searched for what it must not hold."""

import base64
import binascii
import html
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pandas as pd

SHORTEST = 6  # signs of a text that is searched for: shorter ones stand in any page
DIGITS = 6  # of a rate: fewer are shared by chance
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_EMBEDDED = re.compile(rb"data:[\w/+.-]+;base64,([A-Za-z0-9+/=]+)")


@dataclass(frozen=True)
class Needle:
    """Something that must not be found, and what it is (never printed with its value)."""

    text: str
    what: str


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
        what = f"rate of {cell['indicator']} {cell['geo']} {cell['period']:%Y-%m-%d}"
        for scale in (1.0, 100.0, 1000.0):
            digits = repr(scale * cell["value"] / cell["denominator"])
            if len(digits.replace("0.", "", 1).replace(".", "").lstrip("0")) > DIGITS:
                found.append(Needle(digits[: len(digits) - 2] if len(digits) > 12 else digits, what))
    return list(dict.fromkeys(found))


def leaks(files: Mapping[str, bytes], wanted: Iterable[Needle]) -> list[str]:
    """One line for each needle that a file holds: in its bytes, in an archive in it, or in a picture embedded in it."""
    looked_for = list(wanted)
    found = []
    for name, content in files.items():
        layers = [layer for part in _layers(content) for layer in _spellings(part)]
        found += [
            f"{name} holds the {needle.what}" for needle in looked_for if any(needle.text in layer for layer in layers)
        ]
    return sorted(set(found))


def _spellings(text: str) -> Iterator[str]:
    """A text as it stands, and as a browser or a reader of JSON would show it: no entities, escapes and line ends."""
    yield text
    plain = html.unescape(text)
    if "\\u" in plain:
        plain = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), plain)
    yield " ".join(plain.split())


def _layers(content: bytes) -> Iterator[str]:
    """The text of a file, and of what is packed in it."""
    yield content.decode("utf-8", errors="replace")
    if content[:2] == b"PK":
        try:
            with ZipFile(BytesIO(content)) as archive:
                for entry in archive.namelist():
                    yield from _layers(archive.read(entry))
        except BadZipFile:
            return
    if content[:5] == b"%PDF-":
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            try:
                yield zlib.decompress(stream).decode("latin-1")
            except zlib.error:
                continue
    for packed in _EMBEDDED.findall(content):
        try:
            yield from _layers(base64.b64decode(packed, validate=True))
        except binascii.Error:
            continue
