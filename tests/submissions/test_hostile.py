"""Files as they really come, and files meant to harm: each gets one answer, and nothing else is stopped by it."""

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from analysis.catalogue.model import LANGUAGES
from analysis.store import Store
from analysis.submissions import Receipt, intake
from analysis.submissions.guards import OLE
from submissions.sample import CATALOGUE, GOOD, NAME, RULEBOOK, delivery, edited, workbook
from submissions.strange_files import REGISTER, STRANGE
from submissions.test_ods import DAY, NUMBER, SUM, ods, row, table, text

BOOK = workbook([line.split(";") for line in GOOD.strip().splitlines()])
XLSX, ODS = NAME.replace(".csv", ".xlsx"), NAME.replace(".csv", ".ods")
HEAD = row(*map(text, ("Indicateur", "Région", "Date de référence", "Valeur")))
LINE = row(text("REG01"), text("BE"), DAY, NUMBER.format("12"))
FAR = '<table:table-cell table:number-columns-repeated="16383"/>' + text("x")


def changed(edit: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(BOOK))
    edit(book)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def cell(place: str, value: object) -> bytes:
    return changed(lambda book: book.active.__setitem__(place, value))


def with_part(name: str, content: bytes, base: bytes = BOOK) -> bytes:
    stream = BytesIO(base)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def hide(book: openpyxl.Workbook) -> None:
    book.active.sheet_state = "hidden"
    book.create_sheet("leeg")


GOOD_ODS = ods(table(HEAD, LINE))
SECRET = b'<manifest xmlns="x"><file-entry><encryption-data/></file-entry></manifest>'
# name of the file, its bytes, the state, the rules that are told
CASES: dict[str, tuple[str, str | bytes, str, list[str]]] = {
    "cp850": (NAME, GOOD.encode("cp850"), "accepted", []),
    "cp1252": (NAME, GOOD.encode("cp1252"), "accepted", []),
    "Mac": (NAME, GOOD.encode("mac_roman"), "accepted", []),
    "UTF-16": (NAME, GOOD.encode("utf-16"), "accepted", []),
    "UTF-16 without a mark": (NAME, GOOD.encode("utf-16-be"), "accepted", []),
    "sep=; and CRLF": (NAME, ("sep=;\n" + GOOD).replace("\n", "\r\n"), "accepted", []),
    "old Mac line ends": (NAME, GOOD.replace("\n", "\r"), "accepted", []),
    "tabs": (NAME, GOOD.replace(";", "\t"), "accepted", []),
    "name in capitals": (NAME.upper(), GOOD + "\n", "accepted", []),
    "a copy of Windows": (NAME.replace(".csv", " (2).csv"), GOOD + "\n\n", "accepted", []),
    "a copy in Dutch": (f"Kopie van {NAME}", GOOD + "\n\n\n", "accepted", []),
    "1,234": (NAME, edited(";300;", ";1,234;"), "accepted_with_queries", ["STR-21"]),
    "a percentage among counts": (NAME, edited(";300;", ";12,5 %;"), "accepted_with_queries", ["STR-30"]),
    "withheld": (NAME, edited(";300;", ";<5;"), "accepted", ["STR-28"]),
    "not finite": (NAME, edited(";300;", ";1e999;"), "accepted_with_queries", ["STR-20"]),
    "5,000 digits": (NAME, edited(";300;", f";{'9' * 5000};"), "accepted_with_queries", ["STR-20"]),
    "two periods": (NAME, edited("REG02;BE;13", "REG02;BE;27"), "accepted_with_queries", ["REG-007", "REG-008"]),
    "formula text": (NAME, edited("5 400;;", "5 400;;=cmd|' /C calc'!A0"), "accepted", []),
    "a script": (NAME, edited("5 400;;", "5 400;;<script>alert(1)</script>"), "accepted", []),
    "a picture as region": (NAME, edited("Région wallonne", "<img src=x>"), "accepted_with_queries", ["REG-004"]),
    "a wide row": (NAME, edited("5 400;;", "5 400;;x;y"), "accepted_with_queries", ["STR-27"]),
    "a NUL": (NAME, edited("REG02", "REG\0002"), "rejected", ["STR-04"]),
    "an open quote": (NAME, edited("REG02", '"REG02'), "rejected", ["STR-04"]),
    "empty": (NAME, "", "rejected", ["STR-01"]),
    "header only": (NAME, GOOD.splitlines()[0], "rejected", ["STR-10"]),
    "one cell": (NAME, "x", "rejected", ["STR-09"]),
    "bytes": (NAME, bytes(range(256)) * 4, "rejected", ["STR-04"]),
    "a web page": (NAME, "<html><table></table></html>", "rejected", ["STR-04"]),
    "another provider": (NAME.replace("ibz", "vdab"), GOOD + ";;\n", "rejected", ["STR-07"]),
    "a slip in the collection": ("regstration__ibz__2022-03-13.csv", GOOD + ";\n", "rejected", ["STR-05"]),
    "no such month": ("registration__ibz__2022-13-45.csv", GOOD + ";;;\n", "rejected", ["STR-08"]),
    "a way out": ("..\\..\\registration__ibz__2022-03-13.csv", GOOD + ";;;;\n", "rejected", ["PRE-08"]),
    "a name turned around": ("registration__ibz__2022-03-13\u202evsc.csv", GOOD + "\n;\n", "rejected", ["PRE-08"]),
    "torn": (XLSX, BOOK[:3000], "rejected", ["STR-04"]),
    "a CSV called XLSX": (XLSX, GOOD + "\n;;\n", "rejected", ["STR-04"]),
    "macros": (XLSX, with_part("xl/vbaProject.bin", b"x"), "rejected", ["PRE-03"]),
    "password": (XLSX, OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "rejected", ["PRE-01"]),
    "old Excel": (XLSX[:-1], OLE + bytes(500) + "Workbook".encode("utf-16-le"), "rejected", ["PRE-02"]),
    "bomb": (XLSX, with_part("xl/media/a.png", bytes(30_000_000)), "rejected", ["STR-11"]),
    "formula never calculated": (XLSX, cell("E5", "=SUM(E2:E3)"), "accepted_with_queries", ["STR-24"]),
    "error cell": (XLSX, cell("E5", "#DIV/0!"), "accepted_with_queries", ["STR-25"]),
    "true": (XLSX, cell("E5", True), "accepted_with_queries", ["STR-20"]),
    "table on a hidden sheet": (XLSX, changed(hide), "rejected", ["STR-01"]),
    "the table twice": (XLSX, changed(lambda book: book.copy_worksheet(book.active)), "rejected", ["STR-16"]),
    "OpenDocument": (ODS, GOOD_ODS, "accepted", []),
    "OpenDocument called XLSX": (XLSX, GOOD_ODS + b"\0", "rejected", ["STR-04"]),
    "OpenDocument, password": (ODS, with_part("META-INF/manifest.xml", SECRET, GOOD_ODS), "rejected", ["PRE-01"]),
    "OpenDocument, macros": (ODS, with_part("Basic/Standard/M.xml", b"<x/>", GOOD_ODS), "rejected", ["PRE-03"]),
    "OpenDocument, bomb": (ODS, with_part("Pictures/a.png", bytes(30_000_000), GOOD_ODS), "rejected", ["STR-11"]),
    "OpenDocument, far corner": (
        ODS,
        ods(table(row(text("a")), row(repeat=1_048_574), row(FAR))),
        "rejected",
        ["PRE-04"],
    ),
    "OpenDocument, endless cells": (ODS, ods(table(row(*[text("a")] * 4, repeat=1_000_000))), "rejected", ["PRE-05"]),
    "OpenDocument, formula never calculated": (
        ODS,
        ods(table(HEAD, LINE, row(text("REG02"), text("BE"), DAY, SUM))),
        "accepted_with_queries",
        ["STR-24"],
    ),
    "OpenDocument, hidden row": (
        ODS,
        ods(table(HEAD, LINE.replace("<table:table-row", '<table:table-row table:visibility="filter"'))),
        "accepted_with_queries",
        ["PRE-22"],
    ),
    "OpenDocument, hidden sheet": (
        ODS,
        ods(table(HEAD, LINE), table(row(text("b")), name="weg", style="away")),
        "accepted",
        ["PRE-21"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Receipt]:
    """All of them in one intake, each received on a day of its own, so that none is a revision of another at once."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "data").mkdir()
    cases = {case: told[:2] for case, told in (*CASES.items(), *STRANGE.items())}
    files = {case: delivery(folder, content, "f.csv") for case, (_, content) in cases.items()}
    assert len({file.sha256 for file in files.values()}) == len(CASES) + len(STRANGE)
    named = [
        type(file)(file.path, file.sha256, cases[case][0], date(2022, 3, 18), False, {}) for case, file in files.items()
    ]
    store = Store(folder / "data")
    receipts = {receipt.submission: receipt for receipt in intake(store, CATALOGUE, named, RULEBOOK)}
    return {case: receipts[file.sha256] for case, file in files.items()}


def told(receipt: Receipt) -> list[str]:
    """The rules that it names, but for those that look back on earlier files, or on where this one lies."""
    history = {"REG-020", "REG-022", "REG-025", "REG-026", "REG-027"}
    return sorted({finding.rule for finding in receipt.findings} - history - {"PRI-08", "PRI-11"})


@pytest.mark.parametrize("case", CASES)
def test_each_file_gets_its_own_answer(case: str, answered: dict[str, Receipt]) -> None:
    state, rules = CASES[case][2:]
    receipt = answered[case]
    assert told(receipt) == rules
    assert (receipt.state == "rejected") == (state == "rejected")
    assert receipt.reason or receipt.state != "rejected"
    assert not any("Traceback" in line or "<script>" in line for line in receipt.lines())
    assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined or receipt.state == "rejected"


@pytest.mark.parametrize("case", STRANGE)
def test_each_strange_file_is_read_or_refused_and_every_row_accounted_for(
    case: str, answered: dict[str, Receipt]
) -> None:
    _, _, rules, (read, kept) = STRANGE[case]
    receipt = answered[case]
    assert (told(receipt), receipt.rows_read, receipt.rows_accepted) == (rules, read, kept)
    assert (receipt.state == "rejected") == (kept == 0)
    assert receipt.rows_quarantined == read - kept
    assert not any(REGISTER in line for lang in LANGUAGES for line in receipt.lines(lang))


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 50
    assert len(STRANGE) >= 40
    assert all(Path(name).suffix for name, *_ in CASES.values())
