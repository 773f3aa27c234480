"""Text that a spreadsheet program shows and never calculates."""

import re

_STARTS = "=+-@|%\uff1d\uff0b\uff0d\uff20\u2212"  # ASCII, full-width and typographic
_UNSEEN = re.compile(r"[\s\x00-\x1f\u00a0\u200b-\u200f\u202a-\u202f\u2060-\u2069\ufeff]+")
_NEGATIVE = re.compile(
    r"[-\u2212]\s?[0-9](?:[0-9 .,'’\u00a0\u2009\u202f]*[0-9])?(?:[eE][+-]?[0-9]+)?\s?%?|[-\u2212]+|%"
)


def as_plain_text(value: str) -> str:
    """
    `value` as it may stand in a cell of an exported CSV or XLSX, or in a comment of one.

    Whatever writes text of a provider (or text made of it) into a spreadsheet passes it through here first: text that
    Excel, LibreOffice or Google Sheets would take for a formula gets an apostrophe in front. That is text that starts
    with `=`, `+`, `@`, `-`, `|`, `%` (also full-width), after spaces or characters that nobody sees, or with a tab or
    a line break. Negative numbers (`-5`, `-1 234,50`, `-3 %`) and lone dashes stay as they are, and a second call
    changes nothing. In XLSX also set the cell's data type to string: openpyxl turns any text that begins with `=`
    into a formula.
    """
    bare = _UNSEEN.sub("", value, count=1) if _UNSEEN.match(value) else value
    moves = value[:1] in ("\t", "\r", "\n")
    if moves or (bare[:1] and bare[0] in _STARTS and not _NEGATIVE.fullmatch(bare.strip())):
        return f"'{value}"
    return value
