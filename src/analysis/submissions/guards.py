"""What must hold of a file's size, name and first bytes; what lies inside a workbook is the preflight's."""

from analysis.catalogue.model import Label
from analysis.errors import DataRejected

MAX_BYTES = 100 * 2**20
WORKBOOKS = ("xlsx", "ods")  # archives of XML that the preflight's child looks into
EXTENSIONS = ("csv", *WORKBOOKS)

_ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"{\\rtf", b"PAR1")
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")


class Refusal(DataRejected):
    """
    A whole file cannot be accepted: the structural rule and the values that fill its text.

    `unsearched`: nobody could look whether it holds data on persons, so its bytes must not be kept.
    """

    unsearched = False

    def __init__(self, rule: str, **fields: object) -> None:
        self.rule = rule
        self.fields = {name: value if isinstance(value, Label) else str(value) for name, value in fields.items()}
        super().__init__(rule, found=", ".join(f"{name}={value}" for name, value in self.fields.items()) or None)


def guard(name: str, content: bytes) -> str:
    """The kind of file, one of `EXTENSIONS`, as name and first bytes agree; Refusal otherwise."""
    kind = name.rpartition(".")[2].casefold() if "." in name else ""
    if not content.strip():
        raise Refusal("STR-01")
    check_size(len(content))
    if content.startswith(OLE):
        raise Refusal("STR-12")
    if kind not in EXTENSIONS:
        raise Refusal("STR-03", found=f".{kind}" if kind else name, extensions=", ".join(f".{e}" for e in EXTENSIONS))
    if (kind in WORKBOOKS) != content.startswith(_ZIP) or content.startswith(_FOREIGN):
        raise Refusal("STR-04", kind=kind.upper())
    if kind == "csv" and content.lstrip(b"\xef\xbb\xbf \r\n\t")[:9].lower().startswith(_MARKUP):
        raise Refusal("STR-04", kind="CSV")
    return kind


def check_size(size: int) -> None:
    """Refusal `STR-02` for a file that is too large to be read at all."""
    if size > MAX_BYTES:
        raise Refusal("STR-02", size=_megabytes(size), limit=_megabytes(MAX_BYTES))


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"
