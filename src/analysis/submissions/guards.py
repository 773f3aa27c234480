"""What must hold of a file's bytes before any reader opens them."""

import zipfile
from io import BytesIO

from analysis.errors import DataRejected

MAX_BYTES = 100 * 2**20
MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200
EXTENSIONS = ("csv", "xlsx")

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"{\\rtf", b"PAR1")
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")


class Refusal(DataRejected):
    """A whole file cannot be accepted: the structural rule and the values that fill its text."""

    def __init__(self, rule: str, **fields: object) -> None:
        self.rule = rule
        self.fields = {name: str(value) for name, value in fields.items()}
        super().__init__(rule, found=", ".join(f"{name}={value}" for name, value in self.fields.items()) or None)


def guard(name: str, content: bytes) -> str:
    """The kind of file, `csv` or `xlsx`, once its bytes are found safe to open; Refusal otherwise."""
    kind = name.rpartition(".")[2].casefold() if "." in name else ""
    if not content.strip():
        raise Refusal("STR-01")
    if len(content) > MAX_BYTES:
        raise Refusal("STR-02", size=_megabytes(len(content)), limit=_megabytes(MAX_BYTES))
    if content.startswith(_OLE):
        raise Refusal("STR-12")
    if kind not in EXTENSIONS:
        raise Refusal("STR-03", found=f".{kind}" if kind else name, extensions=", ".join(f".{e}" for e in EXTENSIONS))
    if (kind == "xlsx") != content.startswith(_ZIP) or content.startswith(_FOREIGN):
        raise Refusal("STR-04", kind=kind.upper())
    if kind == "csv" and content.lstrip(b"\xef\xbb\xbf \r\n\t")[:9].lower().startswith(_MARKUP):
        raise Refusal("STR-04", kind="CSV")
    if kind == "xlsx":
        _guard_archive(content)
    return kind


def _guard_archive(content: bytes) -> None:
    try:
        entries = zipfile.ZipFile(BytesIO(content)).infolist()
    except zipfile.BadZipFile:
        raise Refusal("STR-04", kind="XLSX") from None
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(len(content), 1):
        raise Refusal(
            "STR-11", size=_megabytes(unpacked), limit=_megabytes(min(MAX_UNPACKED, MAX_RATIO * len(content)))
        )
    if any("vbaProject" in entry.filename for entry in entries) or not any(
        entry.filename == "xl/workbook.xml" for entry in entries
    ):
        raise Refusal("STR-04", kind="XLSX")


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"
