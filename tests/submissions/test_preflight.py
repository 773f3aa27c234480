import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from analysis.store import Store
from analysis.submissions import check, intake, preflight_child
from analysis.submissions.guards import OLE, Refusal
from analysis.submissions.preflight import Inspector, Remark, is_plain_name, shown_name
from submissions.sample import CATALOGUE, GOOD, RECEIVED, RULEBOOK, delivery, workbook

ROWS: list[list[object]] = [line.split(";") for line in GOOD.strip().splitlines()]
PLAIN = workbook(ROWS)
NAME = "registration__ibz__2022-03-13.xlsx"
SHEET = "xl/worksheets/sheet1.xml"


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    return packed({**parts(PLAIN), name: content})


def rewritten(before: bytes, after: bytes, part: str = SHEET) -> bytes:
    """The good workbook with one edit in the XML of a part."""
    source = parts(PLAIN)[part]
    assert source.count(before) == 1, f"{before!r} is there {source.count(before)} times"
    return with_part(part, source.replace(before, after))


def edited(edit: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(PLAIN))
    edit(book)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def flagged_encrypted() -> bytes:
    """The good workbook with the bit of an encrypted entry set in its directory."""
    content = bytearray(PLAIN)
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def doubled() -> bytes:
    stream = BytesIO(PLAIN)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(SHEET.replace("sheet1", "Sheet1"), b"<x/>")
    return stream.getvalue()


BOMB = with_part("xl/media/image1.png", bytes(60_000_000))
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    b"<worksheet><sheetData><row r='1'><c r='A1'><v>&b;</v></c></row></sheetData></worksheet>"
)
FAR = rewritten(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"/></row></sheetData>')

REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.xlsx", b"", "STR-01"),
    "a CSV that calls itself a workbook": ("a.xlsx", GOOD.encode(), "STR-04"),
    "a workbook that calls itself a CSV": ("a.csv", PLAIN, "STR-04"),
    "a PDF": ("a.csv", b"%PDF-1.7", "STR-04"),
    "an OpenDocument text": ("a.odt", b"PK\x03\x04", "STR-03"),
    "a torn OpenDocument table": ("a.ods", b"PK\x03\x04", "STR-04"),
    "a workbook that calls itself an OpenDocument table": ("a.ods", PLAIN, "STR-04"),
    "torn": ("a.xlsx", PLAIN[: len(PLAIN) // 2], "STR-04"),
    "a zip of something else": ("a.xlsx", packed({"word/document.xml": b"<x/>"}), "STR-04"),
    "a sheet that is no XML": ("a.xlsx", with_part(SHEET, b"<worksheet><sheetData>"), "STR-04"),
    "password": ("a.xlsx", OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "PRE-01"),
    "password of the archive": ("a.xlsx", flagged_encrypted(), "PRE-01"),
    "old Excel": ("a.xls", OLE + bytes(500) + "Workbook".encode("utf-16-le"), "PRE-02"),
    "old Excel under a new name": ("a.xlsx", OLE + bytes(500) + "Workbook".encode("utf-16-le"), "PRE-02"),
    "a web page as .xls": ("a.xls", b"<html><table>", "PRE-02"),
    "another container of the kind": ("a.xlsx", OLE, "STR-12"),
    "macro file": ("a.xlsm", PLAIN, "PRE-03"),
    "macros inside": ("a.xlsx", with_part("xl/vbaProject.bin", b"x"), "PRE-03"),
    "macros in capitals": ("a.xlsx", with_part("xl/VBAPROJECT.BIN", b"x"), "PRE-03"),
    "macro sheet": ("a.xlsx", with_part("xl/macrosheets/sheet1.xml", b"<x/>"), "PRE-03"),
    "zip bomb": ("a.xlsx", BOMB, "STR-11"),
    "blank cell in the far corner": ("a.xlsx", FAR, "PRE-04"),
    "far corner spelt as entities": (
        "a.xlsx",
        rewritten(b"</sheetData>", b'<row r="&#49;048576"><c s=">" r="&#88;FD1048576"/></row></sheetData>'),
        "PRE-04",
    ),
    "far row without a cell": ("a.xlsx", rewritten(b"</sheetData>", b'<row r="1048576"/></sheetData>'), "PRE-04"),
    "a row beyond the last": ("a.xlsx", rewritten(b"</sheetData>", b'<row r="9999999"/></sheetData>'), "PRE-04"),
    "a column beyond the last": (
        "a.xlsx",
        rewritten(b"</sheetData>", b'<row r="9"><c r="ZZZ9"/></row></sheetData>'),
        "PRE-04",
    ),
    "everything merged": (
        "a.xlsx",
        rewritten(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "PRE-04",
    ),
    "entity bomb": ("a.xlsx", with_part(SHEET, LAUGHS), "PRE-06"),
    "entity bomb in UTF-16": (
        "a.xlsx",
        with_part(SHEET, LAUGHS.decode().replace("1.0", "1.0' encoding='UTF-16").encode("utf-16")),
        "PRE-06",
    ),
    "document type in the strings": (
        "a.xlsx",
        with_part("xl/sharedStrings.xml", b'<!DOCTYPE sst SYSTEM "file:///etc/passwd"><sst/>'),
        "PRE-06",
    ),
    "an odd encoding": ("a.xlsx", with_part(SHEET, b"<?xml version='1.0' encoding='utf-7'?><x/>"), "PRE-06"),
    "a part outside the archive": ("a.xlsx", with_part("../../evil.xml", b"<x/>"), "PRE-06"),
    "a part twice": ("a.xlsx", doubled(), "PRE-06"),
    "an odd compression": ("a.xlsx", packed(parts(PLAIN), zipfile.ZIP_LZMA), "PRE-06"),
    "too many parts": ("a.xlsx", packed({f"{n}": b"" for n in range(10_001)}, zipfile.ZIP_STORED), "PRE-06"),
}


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    with Inspector() as running:
        yield running


@pytest.mark.parametrize("case", REFUSED)
def test_what_must_not_be_opened(case: str, inspector: Inspector) -> None:
    name, content, rule = REFUSED[case]
    with pytest.raises(Refusal) as caught:
        inspector.look(name, content)
    assert caught.value.rule == rule


def hide_rows(book: openpyxl.Workbook) -> None:
    for row in (2, 3, 5):
        book.active.row_dimensions[row].hidden = True


def hide_column(book: openpyxl.Workbook) -> None:
    book.active.column_dimensions["F"].hidden = True


def hide_sheet(book: openpyxl.Workbook, name: str = "Notes") -> None:
    book.create_sheet(name).sheet_state = "veryHidden"


REMARKED: dict[str, tuple[bytes, list[Remark]]] = {
    "nothing": (PLAIN, []),
    "hidden rows": (edited(hide_rows), [Remark("PRE-22", "Blatt 1", 2, "", "2-3, 5")]),
    "hidden column": (edited(hide_column), [Remark("PRE-23", "Blatt 1", 0, "F", "F")]),
    "hidden sheet": (edited(hide_sheet), [Remark("PRE-21", "Notes", 0, "", "")]),
    "hidden sheet of ours": (edited(lambda book: hide_sheet(book, "_monitor")), []),
    "links": (with_part("xl/externalLinks/externalLink1.xml", b"<x/>"), [Remark("PRE-24", "", 0, "", "1")]),
    "a far blank column": (rewritten(b"</sheetData>", b'<row r="9"><c r="XFD9"/></row></sheetData>'), []),
    "a styled column of 100 000 rows": (
        rewritten(
            b"</sheetData>",
            b"".join(b'<row r="%d"><c r="G%d" s="1"/></row>' % (n, n) for n in range(10, 100_010)) + b"</sheetData>",
        ),
        [],
    ),
    "prefixed names": (
        packed(
            {
                **parts(PLAIN),
                SHEET: b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
                b'<x:row hidden="true"><x:c/></x:row></x:sheetData></x:worksheet>',
            }
        ),
        [Remark("PRE-22", "Blatt 1", 1, "", "1")],
    ),
}


@pytest.mark.parametrize("case", REMARKED)
def test_what_may_be_opened_with_remarks(case: str, inspector: Inspector) -> None:
    content, remarks = REMARKED[case]
    looked = inspector.look(NAME, content)
    assert (looked.kind, list(looked.remarks)) == ("xlsx", remarks)


def test_remarks_reach_the_receipt_and_errors_of_cells_are_told_with_their_cell(tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        hide_rows(book)
        book.active["E2"], book.active["E5"] = "=1200", "#REF!"

    file = delivery(tmp_path, edited(edit), NAME)
    receipt = check(file.path, CATALOGUE, RULEBOOK, today=RECEIVED)
    assert {("PRE-22", 2, ""), ("STR-24", 2, "E"), ("STR-25", 5, "E")} <= {
        (finding.rule, finding.row, finding.column) for finding in receipt.findings
    }


def test_bombs_stay_within_the_memory_of_a_small_child_and_cost_milliseconds() -> None:
    with Inspector(memory=96 * 2**20, seconds=5) as inspector:
        inspector.look(NAME, PLAIN)
        tracemalloc.start()
        start = time.perf_counter()
        for content, rule in ((FAR, "PRE-04"), (BOMB, "STR-11"), (with_part(SHEET, LAUGHS), "PRE-06")):
            with pytest.raises(Refusal, match=rule):
                inspector.look(NAME, content)
        spent, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(FAR) < 8_000
    assert (spent < 1.0, peak < 2 * 2**20) == (True, True), (spent, peak)


def test_a_file_that_kills_the_child_is_one_refusal_and_the_next_is_served() -> None:
    heavy = packed({**parts(PLAIN), "xl/other.xml": b"<x y='%s'/>" % (b"z" * 40_000_000)}, zipfile.ZIP_STORED)
    with Inspector(memory=64 * 2**20) as inspector:
        for content in (heavy, heavy):
            with pytest.raises(Refusal, match="PRE-07"):
                inspector.look(NAME, content)
        assert inspector.look(NAME, PLAIN).kind == "xlsx"


def test_a_child_that_hangs_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n", "utf-8")
    monkeypatch.setattr("analysis.submissions.preflight._CHILD", sleeper)
    start = time.perf_counter()
    with Inspector(seconds=0) as inspector, pytest.raises(Refusal, match="PRE-07"):
        inspector.look(NAME, PLAIN)
    assert time.perf_counter() - start < 10


def test_one_broken_workbook_does_not_stop_an_intake(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    files = [delivery(tmp_path, FAR, NAME), delivery(tmp_path, "", "empty.csv"), delivery(tmp_path, BOMB, NAME)]
    receipts = intake(store, CATALOGUE, files, RULEBOOK)
    assert [[finding.rule for finding in receipt.findings] for receipt in receipts] == [
        ["PRE-04", "PRI-11"],
        ["STR-01"],
        ["STR-11", "PRI-11"],
    ]
    assert "XFD1048576" in receipts[0].reason


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("été 2022 (1).xlsx", True),
        ("данные.xlsx", True),
        ("../a.csv", False),
        ("..\\a.csv", False),
        ("a\u202evsc.xlsx", False),
        ("a\u200b.csv", False),
        ("a\x1b[2J.csv", False),
        ("a\n.csv", False),
        ("a" * 300, False),
        ("..", False),
    ],
)
def test_names(name: str, plain: bool) -> None:
    assert is_plain_name(name) is plain
    assert all(mark.isprintable() for mark in shown_name(name))


def test_a_deceiving_name_is_refused_in_words(tmp_path: Path) -> None:
    file = delivery(tmp_path, GOOD, "registration__ibz__2022-03-13\u202evsc.csv")
    receipt = check(file.path, CATALOGUE, RULEBOOK, today=RECEIVED)
    assert ([f.rule for f in receipt.findings], "\u202e" in "".join(receipt.lines())) == (["PRE-08"], False)


def test_the_child_needs_nothing_but_the_standard_library() -> None:
    code = f"import runpy, sys; runpy.run_path({preflight_child.__file__!r}); print('analysis' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
