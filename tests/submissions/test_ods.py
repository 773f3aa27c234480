import zipfile
from datetime import date
from io import BytesIO

import pytest

from analysis.submissions.guards import Refusal
from analysis.submissions.parse import parse
from analysis.submissions.sheets import Sheet, read_sheets
from submissions.sample import CATALOGUE

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:automatic-styles>'
    '<style:style style:name="away"><style:table-properties table:display="false"/></style:style>'
    "</office:automatic-styles><office:body><office:spreadsheet>"
)
TAIL = "</office:spreadsheet></office:body></office:document-content>"
NUMBER = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
DAY = (
    '<table:table-cell office:value-type="date" office:date-value="2022-03-13">'
    "<text:p>13/03/22</text:p></table:table-cell>"
)
SHARE = '<table:table-cell office:value-type="percentage" office:value="0.12"><text:p>12 %</text:p></table:table-cell>'
SUM = '<table:table-cell table:formula="of:=[.A1]*2"/>'
VOID = '<table:table-cell table:number-columns-repeated="16000"/>'


def text(written: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{written}</text:p></table:table-cell>'


def row(*cells: str, repeat: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeat}">{"".join(cells)}</table:table-row>'


def table(*rows: str, name: str = "Blad1", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def ods(*tables: str, head: str = HEAD) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", head + "".join(tables) + TAIL)
    return stream.getvalue()


def only(*rows: str) -> Sheet:
    (sheet,) = read_sheets("ods", ods(table(*rows)))
    return sheet


def test_cells_as_saved_without_the_empty_ends() -> None:
    sheet = only(row(text("A"), NUMBER.format("1.5"), DAY, SHARE, VOID), row(VOID, repeat=1_048_575))
    assert (sheet.name, sheet.rows) == ("Blad1", (("A", 1.5, date(2022, 3, 13), "12 %"),))


def test_repeated_rows_and_cells_keep_their_place() -> None:
    gap = '<table:table-cell table:number-columns-repeated="2"/>'
    sheet = only(row(text("A"), gap, text("D")), row(VOID, repeat=2), row(NUMBER.format("7"), repeat=2))
    assert sheet.rows == (("A", None, None, "D"), (), (), (7,), (7,))


def test_a_formula_without_a_value_is_told() -> None:
    assert only(row(text("A"), text("B")), row(NUMBER.format("1"), SUM)).formulas == {(1, 1)}


def test_hidden_sheets_are_not_read() -> None:
    shown, hidden = table(row(text("A"))), table(row(text("B")), name="weg", style="away")
    assert [sheet.name for sheet in read_sheets("ods", ods(shown, hidden))] == ["Blad1"]


def test_a_form_in_this_format_reads_like_any_other() -> None:
    sheets = read_sheets(
        "ods",
        ods(
            table(
                row(*map(text, ("Indicator", "Gewest", "Peildatum", "Waarde"))),
                row(text("REG01"), text("Vlaams Gewest"), DAY, NUMBER.format("12")),
            )
        ),
    )
    file = parse(sheets, CATALOGUE.dataflows["registration"], CATALOGUE, frozenset())
    assert (file.values["geo"], file.values["period"], file.values["value"]) == (["VLG"], [date(2022, 3, 13)], [12])
    assert (file.places["value"], file.problems) == ("D", ())


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (ods(table()), "STR-01"),
        (b"PK\x03\x04 and then nothing", "STR-04"),
        (ods(head='<!DOCTYPE x [<!ENTITY a "b">]>' + HEAD), "STR-04"),
        (ods(table(row(text("x"), repeat=2_000_000), row(text("y")))), "STR-04"),
        (ods(table(row(VOID, text("x")))), "STR-04"),
    ],
    ids=["empty", "no archive", "entities", "too many rows", "too many columns"],
)
def test_what_is_no_table(content: bytes, rule: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_sheets("ods", content)
    assert caught.value.rule == rule
