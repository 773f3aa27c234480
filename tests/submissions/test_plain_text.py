import csv
from io import BytesIO, StringIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.submissions.plain_text import as_plain_text

FORMULAS = [
    '=HYPERLINK("http://example.org","x")',
    "+1+1",
    "+32 470 00 00 00",
    "@SUM(A1)",
    "-2+3",
    "-A1",
    "- see remark",
    "\t=1+1",
    "\r=1+1",
    "\n1",
    "\tonly a tab first",
    " =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff@A1",
    "＝1+1",
    "＠A1",
    "|calc",
    "%0A",
]
PLAIN = [
    "",
    "BE",
    "1200",
    "-5",
    "-1 234,50",
    "-1.234,5",
    "- 5",
    "-3 %",
    "-1e5",
    "−7",
    "-",
    "--",
    "a=b",
    "'=1",
    "12,5 %",
    "%",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_get_an_apostrophe_and_nothing_is_lost(text: str) -> None:
    assert as_plain_text(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_and_negative_numbers_stay(text: str) -> None:
    assert as_plain_text(text) == text


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert as_plain_text(as_plain_text(text)) == as_plain_text(text)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_workbook_and_no_csv_holds_a_formula(text: str) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = as_plain_text(text)
    stream = BytesIO()
    book.save(stream)
    cell = openpyxl.load_workbook(BytesIO(stream.getvalue())).active["A1"]
    assert cell.data_type == "s"
    line = StringIO()
    csv.writer(line, delimiter=";").writerow([as_plain_text(text)])
    assert line.getvalue().lstrip('"').startswith("'")
