"""The child process of the preflight: opens workbooks that nobody has vouched for yet. Standard library only.

Run as a script (isolated, without site packages). It reads four letters (`xlsx`, `ods `), an eight-byte length and that
many bytes of one workbook, answers with one line of JSON, and waits for the next. Memory and time are capped by the
system, so that a workbook that breaks it breaks nothing else.
"""

import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from xml.parsers import expat

MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200
MAX_ENTRIES = 10_000
MAX_CELLS = 3_000_000
MAX_BOX = 2_000_000  # cells from A1 to the last corner; above, the sheet must be filled
MIN_FILLED = 1 / 20
MAX_SPREAD = 1_000_000  # cells that merged ranges and links may span: readers make each of them
LAST_ROW, LAST_COLUMN = 2**20, 2**14
CHUNK = 1 << 20  # a long attribute is parsed anew with each piece

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)")
_PLAIN_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}
_MACROS = ("vbaproject", "/macrosheets/", "/dialogsheets/", "/activex/")
_MACROS_ODS = re.compile(r"(basic/(?!script-l[bc]\.xml|[^/]+/script-l[bc]\.xml)|scripts/).*[^/]", re.IGNORECASE)
_HIDDEN = ("collapse", "filter")  # OpenDocument's words for a row or column that is not shown


class Refused(Exception):
    """The workbook must not be opened: a rule and the values that fill its text."""

    def __init__(self, rule: str, **fields: str) -> None:
        super().__init__(rule)
        self.rule, self.fields = rule, fields


def inspect(content: bytes, kind: str = "xlsx") -> list[list[Any]]:
    """What is odd about a workbook that may be opened, as [rule, sheet, row, column, raw]; Refused otherwise."""
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        _check_directory(archive, len(content))
        remarks = _open_document(archive) if kind == "ods" else _workbook(archive)
    except expat.ExpatError as error:
        if error.code == 1:  # no memory: that is for the parent to tell
            raise MemoryError from None
        raise Refused("STR-04", kind=kind.upper()) from None
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, KeyError, zlib.error):
        raise Refused("STR-04", kind=kind.upper()) from None
    return remarks


def _workbook(archive: zipfile.ZipFile) -> list[list[Any]]:
    if any(mark in f"/{name.casefold()}" for name in archive.namelist() for mark in _MACROS):
        raise Refused("PRE-03")
    if "xl/workbook.xml" not in archive.namelist():
        raise Refused("STR-04", kind="XLSX")
    sheets = _sheets(archive)
    links = sum(_is_link(name) for name in archive.namelist())
    remarks: list[list[Any]] = [["PRE-24", "", 0, "", str(links)]] if links else []
    filled = 0
    for name in archive.namelist():
        if name.casefold().endswith((".xml", ".rels", ".vml")):
            title, shown = sheets.get(name, ("", True))
            scan = _Scan(title)
            _parse(archive, name, scan)
            filled += scan.cells
            _check_cells(filled)
            if name in sheets:
                remarks += scan.remarks() if shown else [["PRE-21", title, 0, "", ""]]
    return remarks


def _open_document(archive: zipfile.ZipFile) -> list[list[Any]]:
    names = archive.namelist()
    if any(_MACROS_ODS.fullmatch(name) for name in names):
        raise Refused("PRE-03")
    if "META-INF/manifest.xml" in names:
        _parse(archive, "META-INF/manifest.xml", _refuse_encrypted)
    if "content.xml" not in names:
        raise Refused("STR-04", kind="ODS")
    tables = _Tables()
    for name in names:
        if name.casefold().endswith((".xml", ".rdf")):
            _parse(archive, name, tables if name == "content.xml" else _ignore)
    return tables.remarks()


def _refuse_encrypted(tag: str, _: Mapping[str, str]) -> None:
    if tag == "encryption-data":
        raise Refused("PRE-01")


def _ignore(_tag: str, _told: Mapping[str, str]) -> None:
    """Parsing alone proves that a part declares no entities."""


def _check_cells(filled: int) -> None:
    if filled > MAX_CELLS:
        raise Refused("PRE-05", limit=f"{MAX_CELLS:,}".replace(",", " "))


def _check_directory(archive: zipfile.ZipFile, size: int) -> None:
    """The archive's own list of contents, before any of it is unpacked."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused("PRE-06", what=f"{len(entries)} parts")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * size:
        limit = min(MAX_UNPACKED, MAX_RATIO * size)
        raise Refused("STR-11", size=_megabytes(unpacked), limit=_megabytes(limit))
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) < len(names):
        raise Refused("PRE-06", what="the same part twice")
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in entry.filename:
            raise Refused("PRE-06", what="../")
        if entry.flag_bits & 1:
            raise Refused("PRE-01")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("PRE-06", what=f"compression {entry.compress_type}")


def _is_link(name: str) -> bool:
    return bool(re.fullmatch(r"xl/(externallinks/externallink[0-9]+|connections)\.xml", name.casefold()))


def _sheets(archive: zipfile.ZipFile) -> dict[str, tuple[str, bool]]:
    """Part name of each sheet: its title and whether it is shown."""
    listed: list[tuple[str, str, bool]] = []
    targets: dict[str, str] = {}

    def sheet(tag: str, told: Mapping[str, str]) -> None:
        if tag == "sheet":
            key = next((value for name, value in told.items() if name.rpartition(":")[2] == "id" and ":" in name), "")
            listed.append((told.get("name", ""), key, told.get("state", "visible") == "visible"))

    def relation(tag: str, told: Mapping[str, str]) -> None:
        if tag == "Relationship":
            target = told.get("Target", "")
            targets[told.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

    _parse(archive, "xl/workbook.xml", sheet)
    if "xl/_rels/workbook.xml.rels" in archive.namelist():
        _parse(archive, "xl/_rels/workbook.xml.rels", relation)
    return {targets[key]: (title, shown) for title, key, shown in listed if key in targets}


class _Scan:
    """What one part of a workbook asks of a reader, learnt from its element names and attributes alone."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.cells = self.rows = self.row = self.column = self.last_row = self.last_column = self.spread = 0
        self.hidden: list[int] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self._unseen = False

    def __call__(self, tag: str, told: Mapping[str, str]) -> None:
        if tag == "c":
            self._cell(told.get("r", ""))
        elif tag == "row":
            self._row(told)
        elif tag in ("mergeCell", "hyperlink"):
            self._span(told.get("ref", ""))
        elif tag == "col" and told.get("hidden") in ("1", "true"):
            self.hidden_columns.append((int(told["min"]), int(told["max"])))

    def _row(self, told: Mapping[str, str]) -> None:
        self.row = int(told["r"]) if "r" in told else self.row + 1
        self.rows += 1
        self.column = 0
        self._unseen = told.get("hidden") in ("1", "true")
        self.reach(self.row, 1, str(self.row))

    def _cell(self, reference: str) -> None:
        self.column += 1
        row = self.row
        if reference:
            self.column, row = _place(reference)
        self.cells += 1
        if self._unseen and (not self.hidden or self.hidden[-1] != row):
            self.hidden.append(row)
        self.reach(row, self.column, reference)

    def reach(self, row: int, column: int, reference: str) -> None:
        """The last row and column that a reader must go to."""
        if not (1 <= row <= LAST_ROW and 1 <= column <= LAST_COLUMN):
            raise Refused("PRE-04", cell=reference[:20])
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)

    def _span(self, reference: str) -> None:
        if ":" in reference:
            (left, top), (right, bottom) = (_place(corner) for corner in reference.split(":", 1))
            self.spread += (abs(right - left) + 1) * (abs(bottom - top) + 1)
            if self.spread > MAX_SPREAD:
                raise Refused("PRE-04", cell=reference[:40])

    def remarks(self) -> list[list[Any]]:
        """Hidden rows and columns; Refused where the last corner lies far beyond what is filled."""
        box = self.last_row * self.last_column
        if box > MAX_BOX and self.cells + self.rows < MIN_FILLED * box:
            raise Refused("PRE-04", cell=f"{letters(self.last_column)}{self.last_row}")
        found: list[list[Any]] = []
        if self.hidden:
            found.append(["PRE-22", self.title, self.hidden[0], "", _ranges(self.hidden)])
        for first, last in self.hidden_columns:
            if first <= self.last_column:
                last = min(last, self.last_column)
                told = letters(first) if first == last else f"{letters(first)}-{letters(last)}"
                found.append(["PRE-23", self.title, 0, letters(first), told])
        return found


class _Tables:
    """What the sheets of an OpenDocument table ask of a reader; a repeated cell counts as often as it repeats."""

    def __init__(self) -> None:
        self.scans: list[tuple[_Scan, str]] = []  # with the name of the sheet's style
        self.unseen: set[str] = set()  # styles of hidden sheets
        self.links = self.cells = 0
        self._style = ""
        self._spreadsheet = False
        self._columns = 0
        self._row = [0, 0, 0]  # times it is repeated, columns so far, columns up to the last that is filled
        self._cell = [0, 0]  # times it is repeated, whether something is in it
        self._collapsed = False

    def __call__(self, tag: str, given: Mapping[str, str]) -> None:
        told = {name.rpartition(":")[2]: value for name, value in given.items()}
        if tag == "style":
            self._style = told.get("name", "")
        elif tag == "table-properties" and told.get("display") == "false":
            self.unseen.add(self._style)
        elif tag in ("table-source", "dde-source"):
            self.links += 1
        elif tag == "spreadsheet":
            self._spreadsheet = True
        elif tag == "table":
            self._end_row()
            self.scans.append((_Scan(told.get("name", "")), told.get("style-name", "")))
            self._columns = 0
        elif tag in ("table-cell", "covered-table-cell"):
            self._end_cell()
            self._cell = [int(told.get("number-columns-repeated", 1)), "value-type" in told or "formula" in told]
        elif tag == "p" and self._cell[0]:
            self._cell[1] = True
        elif tag == "table-row":
            self._end_row()
            self._row = [int(told.get("number-rows-repeated", 1)), 0, 0]
            self._collapsed = told.get("visibility") in _HIDDEN
        elif tag == "table-column" and self.scans:
            first, self._columns = self._columns + 1, self._columns + int(told.get("number-columns-repeated", 1))
            if told.get("visibility") in _HIDDEN:
                self.scans[-1][0].hidden_columns.append((first, self._columns))

    def _end_cell(self) -> None:
        (times, filled), self._cell = self._cell, [0, 0]
        self._row[1] += times
        if filled:
            self._row[2] = self._row[1]
            self.cells += times * self._row[0]
            _check_cells(self.cells)
            self.scans[-1][0].cells += times * self._row[0]

    def _end_row(self) -> None:
        self._end_cell()
        (times, _, last), self._row = self._row, [0, 0, 0]
        if not times or not self.scans:
            return
        scan = self.scans[-1][0]
        first, scan.row = scan.row + 1, scan.row + times
        if last:
            scan.rows += times
            scan.reach(scan.row, last, f"{letters(last)}{scan.row}")
            scan.hidden += range(first, scan.row + 1) if self._collapsed else ()

    def remarks(self) -> list[list[Any]]:
        self._end_row()
        if not self._spreadsheet:
            raise Refused("STR-04", kind="ODS")
        found: list[list[Any]] = [["PRE-24", "", 0, "", str(self.links)]] if self.links else []
        for scan, style in self.scans:
            told = scan.remarks()
            found += [["PRE-21", scan.title, 0, "", ""]] if style in self.unseen else told
        return found


def _place(reference: str) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise Refused("PRE-04", cell=reference[:20])
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column, int(match[2])


def letters(column: int) -> str:
    """The spreadsheet letters of a column; 1 is A."""
    told = ""
    while column:
        column, rest = divmod(column - 1, 26)
        told = chr(65 + rest) + told
    return told


def _ranges(numbers: list[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    told = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs[:20])
    return told + (", …" if len(runs) > 20 else "")


def _parse(archive: zipfile.ZipFile, name: str, see: Any) -> None:
    """Call `see(tag, attributes)` for every element; Refused at a document type, where entities are declared."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def doctype(*_: object) -> None:
        raise Refused("PRE-06", what="DOCTYPE")

    def start(tag: str, told: Mapping[str, str]) -> None:
        see(tag.rpartition(":")[2], told)

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    for number, piece in enumerate(_pieces(archive, name)):
        if number == 0:
            encoding = _ENCODING.match(piece.removeprefix(b"\xef\xbb\xbf"))
            if piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:4]:
                raise Refused("PRE-06", what="UTF-16")
            if encoding and encoding[1].lower() not in _PLAIN_ENCODINGS:
                raise Refused("PRE-06", what=encoding[1].decode("ascii", "replace")[:20])
        parser.Parse(piece, False)
    if not name.casefold().endswith(".vml"):
        parser.Parse(b"", True)


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as part:
        while piece := part.read(CHUNK):
            yield piece


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"


def _cap(memory: int, seconds: int) -> None:
    """Limit this process; the time counts from now, so it is called again for each file."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's clock still holds
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + seconds + 1
    limits = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, spent), (resource.RLIMIT_FSIZE, 0))
    for kind, limit in (*limits, (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        capped = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        try:
            resource.setrlimit(kind, (capped, hard))
        except ValueError:  # a system that knows the limit but does not hold it
            continue


def main() -> None:
    """Serve until the input ends."""
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    source, answer = sys.stdin.buffer, sys.stdout
    while head := source.read(12):
        _cap(memory, seconds)
        content = source.read(int.from_bytes(head[4:], "big"))
        try:
            told: dict[str, Any] = {"remarks": inspect(content, head[:4].decode("ascii").strip())}
        except Refused as refused:
            told = {"rule": refused.rule, "fields": refused.fields}
        answer.write(json.dumps(told) + "\n")
        answer.flush()


if __name__ == "__main__":
    main()
