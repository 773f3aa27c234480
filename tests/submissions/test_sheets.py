import pytest

from analysis.submissions.guards import Refusal
from analysis.submissions.sheets import letter, read_sheets
from submissions.sample import workbook

TEXT = "Région;Valeur\nWallonië;1,5\n"
ROWS = (("Région", "Valeur"), ("Wallonië", "1,5"))


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace(";", "\t").encode(),
        b'R\xe9gion,Valeur\nWalloni\xeb,"1,5"\n',
    ],
    ids=["utf-8", "bom", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "crlf", "tab", "comma"],
)
def test_the_same_table_in_any_encoding_and_separator(content: bytes) -> None:
    (sheet,) = read_sheets("csv", content)
    assert (sheet.name, sheet.rows) == ("", ROWS)


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    (sheet,) = read_sheets("csv", b'sep=;\n\nA;B\n"two\nlines";1\nlast;2\n')
    assert sheet.rows == ((), (), ("A", "B"), ("two\nlines", "1"), ("last", "2"))


def test_a_workbook_keeps_native_cells_and_forgets_empty_ends() -> None:
    content = workbook([["A", "B"], ["x", 1.5], [None, None]], more={"Empty": []})
    (sheet,) = read_sheets("xlsx", content)
    assert (sheet.name, sheet.rows) == ("Blatt 1", (("A", "B"), ("x", 1.5)))


def test_formulas_without_a_saved_result_are_told_even_on_the_last_row() -> None:
    (sheet,) = read_sheets("xlsx", workbook([["A", "B"], ["x", 1], [None, "=B2*2"]]))
    assert sheet.formulas == {(2, 1)}
    assert len(sheet.rows) == 3


@pytest.mark.parametrize(
    ("kind", "content", "rule"),
    [
        ("csv", b"\x00\x01\x02\x03\x04\x05;\x07\n" * 3, "STR-04"),
        ("csv", b'a;b\n"never closed;1\n', "STR-04"),
        ("csv", b"\xff\xfe\x00", "STR-04"),
        ("xlsx", workbook([]), "STR-01"),
        ("xlsx", b"PK\x03\x04 and then nothing", "STR-04"),
    ],
)
def test_what_is_no_table(kind: str, content: bytes, rule: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_sheets(kind, content)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_letters(column: int, name: str) -> None:
    assert letter(column) == name
