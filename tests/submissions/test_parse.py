from datetime import date, datetime

import pytest

from analysis.submissions.guards import Refusal
from analysis.submissions.parse import Parsed, parse
from analysis.submissions.sheets import read_sheets
from submissions.sample import CATALOGUE, GOOD, edited, workbook

MISSING = frozenset({"-", "n/a"})
REGISTRATION = CATALOGUE.dataflows["registration"]


def parsed(text: str | bytes, kind: str = "csv", dataflow: str = "registration") -> Parsed:
    content = text.encode() if isinstance(text, str) else text
    return parse(read_sheets(kind, content), CATALOGUE.dataflows[dataflow], CATALOGUE, MISSING)


def test_values_raw_texts_and_places() -> None:
    file = parsed(GOOD)
    assert file.rows == (2, 3, 4, 5, 6)
    assert file.values["geo"] == ["BE", "BE", "BE", "WAL", "BE"]
    assert file.values["sex"] == ["T", "F", "M", "T", "T"]
    assert file.values["age"] == ["TOTAL"] * 5  # the form's default for a column that is not there
    assert file.values["period"][0] == date(2022, 3, 13)
    assert file.values["value"] == [1200, 700, 500, 300, 5400]
    assert file.raw["value"][4] == "5 400"
    assert file.raw["geo"][3] == "Région wallonne"
    assert file.places["value"] == "Valeur"
    assert file.problems == ()


@pytest.mark.parametrize(
    "header",
    [
        "Indicator;Region;Reference date;Sex;Value;Denominator;Note",
        "Indikator;Region;Stichtag;Geschlecht;Wert;Nenner;Bemerkung",
        "INDICATOR; gewest ;Peildatum;Geslacht;Waarde *;Noemer;Opmerking:",
        "Indicateur;Region;Peildatum;Sex;Wert;Noemer;Remarque",
    ],
)
def test_headers_in_any_language(header: str) -> None:
    file = parsed(edited(GOOD.splitlines()[0], header))
    assert file.values == parsed(GOOD).values


def test_title_lines_above_and_empty_rows_between_do_not_matter() -> None:
    file = parsed("Rapportage;;\n;;\n" + GOOD + ";;;;;;\nREG02;BRU;13/03/2022;Total;7;;\n")
    assert (file.header_row, file.rows) == (3, (4, 5, 6, 7, 8, 10))


def test_a_workbook_gives_sheet_letter_and_native_cells() -> None:
    rows = [["Title"], ["Indikator", "Region", "Stichtag", "Wert"], ["REG01", "BE", datetime(2022, 3, 13), 1234]]
    file = parsed(workbook(rows, more={"Hinweise": [["Bitte ausfüllen"]]}), "xlsx")
    assert (file.sheet, file.rows, file.places["value"]) == ("Blatt 1", (3,), "D")
    assert (file.values["period"], file.values["value"]) == ([date(2022, 3, 13)], [1234])
    assert file.raw["period"] == ["2022-03-13"]


def test_of_a_code_column_and_its_label_column_the_code_column_is_read() -> None:
    text = "citizen,sex,Sex,age,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nUA,T,Total,TOTAL,BE,2022-07,50340,b\n"
    file = parsed(text, dataflow="eurostat_tps")
    assert file.places["sex"] == "sex"
    assert (file.values["period"], file.values["flag"]) == ([date(2022, 7, 31)], ["b"])
    assert file.problems == ()  # label columns of an official file are no surprise


PROBLEMS = [
    # before, after -> rule, row, our column, place, raw
    (";1200;", ";beaucoup;", ("STR-20", 2, "value", "Valeur", "beaucoup")),
    (";1200;", ";<5;", ("STR-28", 2, "value", "Valeur", "<5")),
    (";1200;", ";1.200;", ("STR-21", 2, "value", "Valeur", "1.200")),
    (";1200;", ";#REF!;", ("STR-25", 2, "value", "Valeur", "#REF!")),
    ("13/03/2022;Total;300", "31/02/2022;Total;300", ("STR-22", 5, "period", "Date de référence", "31/02/2022")),
    ("Total;300;;", "Total;300;;;; ;note", ("STR-27", 5, "", "", "")),
    ("Remarque", "Couleur", ("STR-26", 1, "", "Couleur", "Couleur")),
]


@pytest.mark.parametrize(("before", "after", "problem"), PROBLEMS)
def test_what_cannot_be_read_is_told_with_its_cell(
    before: str, after: str, problem: tuple[str, int, str, str, str]
) -> None:
    file = parsed(edited(before, after))
    (found,) = file.problems
    row = file.rows[found.index] if found.index >= 0 else file.header_row
    assert (found.rule, row, found.column, found.place, found.raw) == problem


def test_a_word_for_no_figure_is_empty_not_wrong() -> None:
    file = parsed(edited(";1200;", ";N/A;"))
    assert (file.values["value"][0], file.raw["value"][0], file.problems) == (None, "N/A", ())


def test_a_decimal_comma_elsewhere_settles_a_doubtful_number() -> None:
    file = parsed(edited(";1200;", ";1.200;").replace(";700;", ";700,0;"))
    assert (file.values["value"][:2], file.problems) == ([1200, 700], ())


def test_an_unknown_code_stays_as_written_for_the_suite_to_name() -> None:
    assert parsed(edited("Région wallonne", "Atlantis")).values["geo"][3] == "Atlantis"


def test_a_formula_without_a_result_is_told() -> None:
    rows = [["Indikator", "Region", "Stichtag", "Wert"], ["REG01", "BE", "13.03.2022", "=1+1"]]
    (found,) = parsed(workbook(rows), "xlsx").problems
    assert (found.rule, found.column, found.place) == ("STR-24", "value", "D")


TABLE = [["Indikator", "Region", "Stichtag", "Wert"], ["REG01", "BE", "13.03.2022", 1]]


@pytest.mark.parametrize(
    ("kind", "content", "rule", "fields"),
    [
        ("csv", edited("Valeur", "Valleur"), "STR-09", {"near": "Valleur"}),
        ("csv", "naam;telefoon\nx;y\n", "STR-09", {"near": ""}),
        ("csv", GOOD.splitlines()[0], "STR-10", {}),
        ("csv", edited("Dénominateur", "Nombre"), "STR-15", {"first": "Valeur", "second": "Nombre"}),
        ("xlsx", workbook(TABLE, more={"Kopie": TABLE}), "STR-16", {"first": "Blatt 1", "second": "Kopie"}),
    ],
)
def test_refused(kind: str, content: str | bytes, rule: str, fields: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        parsed(content, kind)
    assert caught.value.rule == rule
    assert fields.items() <= caught.value.fields.items()
