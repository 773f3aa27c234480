import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pytest
from openpyxl.comments import Comment

from analysis.errors import CatalogueError
from analysis.submissions.answers import answer_files, give_answers, write_answer
from analysis.submissions.answers.workbook import BY_CELL, HEADER_ROW, annotated
from analysis.submissions.identity import SHEET, identity
from analysis.submissions.receipt import DUPLICATE, Finding, Receipt
from submissions.answers.test_page import BOOK, RECEIPT
from submissions.sample import CATALOGUE, GOOD, RULEBOOK, edited, workbook

ROWS: list[list[object]] = [
    ["Indicateur", "Région", "Date de référence", "Sexe", "Valeur"],
    ["REG01", "BE", date(2022, 3, 13), "Total", -1],
    ["REG01", "WAL", date(2022, 3, 13), "Total", 300000],
    ["REG02", "BE", date(2022, 3, 13), "Total", "=SUM(E2:E3)"],
]


def finding(rule: str, row: int, column: str, raw: str, sheet: str = "Blad1") -> Finding:
    known = {**BOOK.structure.rules, **BOOK.rules("registration")}[rule]
    return Finding(rule, known.severity, sheet, row, column, raw, known.text, known.mend)


FOUND = (
    finding("REG-013", 2, "E", "-1"),
    finding("REG-023", 3, "E", "300000"),
    finding("REG-020", 3, "E", "300000"),
    finding("REG-018", 4, "", ""),
)
TOLD = replace(RECEIPT, findings=FOUND)
RED, YELLOW = "00F8C9CE", "00FFE9A8"


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(content))


def test_cells_are_coloured_and_commented_and_the_rest_stays() -> None:
    book = opened(annotated(TOLD, workbook(ROWS, title="Blad1")))
    sheet = book["Blad1"]
    assert [sheet[place].fill.fgColor.rgb for place in ("E2", "E3", "A4", "E4", "E1")][:4] == [RED, YELLOW, RED, RED]
    assert sheet["E1"].fill.fill_type is None
    assert [[cell.value for cell in row][1] for row in sheet.iter_rows()] == ["Région", "BE", "WAL", "BE"]
    assert sheet["E4"].value == "=SUM(E2:E3)", "the provider's own formula stays one"
    for one in FOUND[1:3]:
        assert f"{one.rule}: {one.message.fr}\n→ {one.mend.fr}" in sheet["E3"].comment.text
    assert FOUND[3].rule in sheet["A4"].comment.text


def test_all_findings_are_listed_with_a_column_for_notes() -> None:
    sheet = opened(annotated(TOLD, workbook(ROWS, title="Blad1")))["Constats"]
    listed = [tuple(cell.value for cell in row)[1:6] for row in sheet.iter_rows(min_row=HEADER_ROW + 1)]
    assert listed == [(f.rule, f.sheet, f.row, f.column or None, f.raw or None) for f in FOUND]
    assert sheet.cell(HEADER_ROW, 9).value == "Votre explication"
    assert sheet[BY_CELL].value is None


def test_it_knows_what_it_is_when_it_comes_back() -> None:
    content = annotated(TOLD, workbook(ROWS, title="Blad1"))
    ids = {"dataflow": "registration", "provider": "ibz", "period": "2022-03-13", "answers": "0" * 64}
    assert identity(content) == ids | {"findings": "Constats"}
    assert opened(content)[SHEET].sheet_state == "veryHidden"
    assert identity(annotated(TOLD, content)) == ids | {"findings": "Constats 2"}
    assert identity(workbook(ROWS)) == {}
    assert identity(GOOD.encode()) == {}


def test_a_csv_becomes_a_workbook_with_the_same_rows() -> None:
    text = edited("5 400", "=cmd|' /C calc'!A0")
    found = (finding("STR-20", 6, "Valeur", "=cmd|' /C calc'!A0", sheet=""),)
    book = opened(annotated(replace(TOLD, findings=found), text.encode()))
    sheet, listed = book["Chiffres"], book["Constats"]
    assert sheet["E6"].fill.fgColor.rgb == RED
    assert [cell.value for cell in sheet[1]][:2] == ["Indicateur", "Région"]
    assert sheet["E2"].value == "1200"
    assert (sheet["E6"].data_type, sheet["E6"].value[:2]) == ("s", "'=")
    assert [cell.value for cell in listed[HEADER_ROW + 1]][2:5] == ["Chiffres", 6, "E"]
    assert listed.cell(HEADER_ROW + 1, 6).data_type == "s"


def test_merged_cells_and_comments_that_were_there_are_kept() -> None:
    book = opened(workbook(ROWS, title="Blad1"))
    book["Blad1"].merge_cells("D2:E2")
    book["Blad1"]["E3"].comment = Comment("mine", "me")
    stream = BytesIO()
    book.save(stream)
    sheet = opened(annotated(TOLD, stream.getvalue()))["Blad1"]
    assert sheet["D2"].fill.fgColor.rgb == RED
    assert sheet["E3"].comment.text.startswith("mine\n\nREG-023")


def test_a_workbook_that_cannot_be_copied_whole_goes_back_with_its_values(caplog: pytest.LogCaptureFixture) -> None:
    commented = opened(workbook(ROWS, title="Blad1"))
    commented["Blad1"]["A1"].comment = Comment("mine", "me")
    whole, torn = BytesIO(), BytesIO()
    commented.save(whole)
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(torn, "w") as archive:
        for name in before.namelist():
            archive.writestr(name, b"<torn" if "comment" in name and name.endswith("xml") else before.read(name))
    with pytest.raises(ParseError):
        opened(torn.getvalue())
    sheet = opened(annotated(TOLD, torn.getvalue()))["Blad1"]
    assert (sheet["E2"].value, sheet["E2"].fill.fgColor.rgb) == ("-1", RED)
    assert caplog.messages == ["the annotated workbook holds values only, its formats are lost: ParseError"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a workbook", b"\xd0\xcf\x11\xe0"])
def test_of_a_file_that_was_refused_unread_nothing_is_copied(content: bytes) -> None:
    whole = replace(FOUND[0], row=0, sheet="", column="", raw="")
    book = opened(annotated(replace(TOLD, rows_read=0, findings=(whole,)), content))
    assert book.sheetnames == ["Constats", SHEET]


def test_the_answer_is_a_folder_of_files_written_at_once(tmp_path: Path) -> None:
    content = workbook(ROWS, title="Blad1")
    written = write_answer(tmp_path, TOLD, content, CATALOGUE, BOOK)
    names = ["receipt.json", "ess-validation-report.json", "report.html", "registration__ibz__2022-03-13.answer.xlsx"]
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [f"{'0' * 12}/{name}" for name in names]
    assert Receipt.from_json(written[0].read_bytes()) == TOLD
    fine = replace(TOLD, findings=(), state="accepted")
    write_answer(tmp_path, fine, content, CATALOGUE, BOOK)
    assert sorted(path.name for path in written[0].parent.iterdir()) == sorted(names[:3])
    assert [path.name for path in tmp_path.iterdir()] == ["0" * 12]
    assert write_answer(tmp_path, replace(TOLD, state=DUPLICATE), content, CATALOGUE, BOOK) == []


def test_the_name_of_the_workbook_cannot_lead_elsewhere() -> None:
    told = replace(TOLD, file_name="../..\\etc/passwd\n<b>.csv")
    name = next(name for name in answer_files(told, GOOD.encode(), CATALOGUE, BOOK) if name.endswith("xlsx"))
    assert not set("/\\\n<>") & set(name)
    assert name.startswith("-")


def test_an_answer_that_crashes_does_not_keep_the_others_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = replace(TOLD, submission="1" * 64, dataflow="gone"), replace(TOLD, findings=())
    with pytest.raises(CatalogueError, match=r"gone\.json"):
        give_answers(tmp_path, [broken, fine], {}, CATALOGUE, RULEBOOK)
    assert [path.name for path in tmp_path.iterdir()] == ["0" * 12]
