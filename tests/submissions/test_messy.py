"""Messy Belgian files, one edit away from the good one: what is read, what is asked, what is logged."""

from datetime import date

import pytest

from analysis.submissions.parse import Parsed, parse
from analysis.submissions.sheets import read_sheets
from submissions.sample import CATALOGUE, GOOD, edited, workbook

MISSING = frozenset({"-", "n/a", "..", ":"})
HEADER, BODY = GOOD.split("\n", 1)
DAY = date(2022, 3, 13)


def parsed(text: str | bytes, kind: str = "csv") -> Parsed:
    content = text.encode() if isinstance(text, str) else text
    return parse(read_sheets(kind, content), CATALOGUE.dataflows["registration"], CATALOGUE, MISSING, "ibz")


CLEAN = parsed(GOOD)

HEADERS = {
    "four languages in one cell": (
        "Indicateur / Indicator;Région / Gewest / Region;Date de référence|Peildatum;Sexe - Geslacht;Valeur;"
        "Dénominateur;Remarque"
    ),
    "a bracket behind": (
        "Indicateur (code);Région;Date de référence [jj/mm];Sexe;Valeur (nombre);Dénominateur;Remarque"
    ),
    "a line break inside": (
        '"Indicateur\nIndicator";Région;Date de référence;Sexe;"Valeur\nWaarde";Dénominateur;Remarque'
    ),
    "two rows, words split": ("Indicateur;Région;Date de;Sexe;Valeur;;Remarque\n;;référence;;;Dénominateur;"),
    "a merged cell above": "Quoi;;;;Chiffres;;\nIndicateur;Région;Date de référence;Sexe;Valeur;Dénominateur;Remarque",
    "a title above": "Rapport au 13/03/2022;;;;;;\n\nIndicateur;Région;Date;Sexe;Valeur;Dénominateur;Remarque",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_header_rows_of_many_shapes(header: str) -> None:
    file = parsed(header + "\n" + BODY)
    assert (file.values, file.problems) == (CLEAN.values, ())


def test_a_header_split_over_merged_cells_of_a_workbook() -> None:
    rows: list[list[object]] = [
        ["Registratie", None, None, None, None],
        ["Indicator", "Gewest", "Datum", "Cijfers", None],
        [None, None, None, "Aantal", "Noemer"],
        ["REG01", "Vlaams Gewest", date(2022, 3, 13), 12, 30],
    ]
    file = parsed(workbook(rows), "xlsx")
    assert (file.header_row, file.rows) == (3, (4,))
    assert (file.values["value"], file.values["denominator"], file.values["geo"]) == ([12], [30], ["VLG"])


FURNITURE = [
    # what is added to the good file                        why it is no row, of which row
    ("\nSource : SPF Intérieur;;;;;;\n", [("footnote", 8)]),
    ("* chiffres provisoires\n** hors demandes\n", [("footnote", 7), ("footnote", 8)]),
    (HEADER + "\n", [("repeated header", 7)]),
    ("REG02;Total;13/03/2022;Total;5 400;;\n", [("total", 7)]),
    ("Total général;;;;8 100;;\n", [("total", 7)]),
]


@pytest.mark.parametrize(("added", "dropped"), FURNITURE)
def test_lines_that_are_no_rows_are_logged_and_left_out(added: str, dropped: list[tuple[str, int]]) -> None:
    file = parsed(GOOD + added)
    assert (file.values, file.rows) == (CLEAN.values, CLEAN.rows)
    assert [(change.why, change.row) for change in file.changes] == dropped
    assert file.problems == ()


def test_a_total_that_does_not_add_up_is_told_on_its_row() -> None:
    (problem,) = parsed(GOOD + "REG02;Total;13/03/2022;Total;5 401;;\n").problems
    assert (problem.rule, problem.row, problem.raw, problem.kept) == ("STR-32", 7, "5 401", True)
    assert problem.fields == {"total": "5 401", "sum": "5400"}


def test_a_lone_code_at_the_end_is_no_footnote() -> None:
    assert parsed(GOOD + "REG02;;;;;;\n").rows == (*CLEAN.rows, 7)


VALUES = [
    # written          value  interval  rule      why
    ("néant", 0.0, None, "STR-29", "zero"),
    ("NIHIL", 0.0, None, "STR-29", "zero"),
    ("n/a", None, None, "", ""),
    ("..", None, None, "", ""),
    ("<5", None, (1, 4), "STR-28", "interval"),
    ("< 10", None, (1, 9), "STR-28", "interval"),
    ("moins de 5", None, (1, 4), "STR-28", "interval"),
    ("Minder dan 5", None, (1, 4), "STR-28", "interval"),
    ("weniger als 5", None, (1, 4), "STR-28", "interval"),
    ("fewer than 5", None, (1, 4), "STR-28", "interval"),
    ("≤4", None, (1, 4), "STR-28", "interval"),
    ("<1", None, None, "STR-20", ""),  # nothing lies between 1 and 0
    (">5", None, None, "STR-20", ""),
    ("12 %", None, None, "STR-30", ""),
    ("1,234", None, None, "STR-21", ""),
    ("1.234", None, None, "STR-21", ""),
    ("1\u202f234", 1234.0, None, "", ""),
    ("1\u00a0234,0", 1234.0, None, "", ""),
]


@pytest.mark.parametrize(("text", "value", "interval", "rule", "why"), VALUES)
def test_values(text: str, value: float | None, interval: tuple[int, int] | None, rule: str, why: str) -> None:
    file = parsed(edited(";300;", f";{text};"))
    assert (file.values["value"][3], file.intervals.get((3, "value"))) == (value, interval)
    assert [problem.rule for problem in file.problems] == [rule] * bool(rule)
    assert [(change.row, change.why, change.before) for change in file.changes] == [(5, why, text)] * bool(why)


DAYS = [
    ("2022-W10", DAY, "", "week"),
    ("2022-W53", None, "STR-22", ""),
    ("13 mars 2022", DAY, "", ""),
    ("1er mars 2022", date(2022, 3, 1), "", ""),
    ("zondag 13 maart 2022", DAY, "", ""),
    ("13. März 2022", DAY, "", ""),
    ("13-mrt-2022", DAY, "", ""),
    ("March 13, 2022", DAY, "", ""),
    ("44633", DAY, "", "serial"),
    ("43171", DAY, "", "serial"),  # counted from 1904
    ("60000", None, "STR-31", ""),  # neither base gives a likely day
    ("13/03/22", None, "STR-22", ""),
    ("13 foo 2022", None, "STR-22", ""),
]


@pytest.mark.parametrize(("text", "day", "rule", "why"), DAYS)
def test_days(text: str, day: date | None, rule: str, why: str) -> None:
    file = parsed(edited("wallonne;13/03/2022", f"wallonne;{text}"))
    assert file.values["period"][3] == day
    assert [problem.rule for problem in file.problems] == [rule] * bool(rule)
    assert [change.why for change in file.changes] == [why] * bool(why)


PLACES = [
    # written         geo      rule      why
    ("21012", "21012", "", ""),
    ("03000", "WAL", "", ""),
    ("RW", "WAL", "", ""),
    ("Gand", "44021", "", "name"),
    ("1080", "21012", "", "postcode"),
    ("Provincie Luik", "60000", "", "name"),
    ("Saint-Nicolas", None, "STR-33", ""),
    ("2000", None, "STR-33", ""),
    ("12030", "12030", "STR-35", ""),
    ("46029", "46029", "STR-36", ""),
    ("Molenbek", "Molenbek", "STR-38", ""),
    ("Atlantis", "Atlantis", "", ""),  # nothing near: the suite names it
]


@pytest.mark.parametrize(("text", "geo", "rule", "why"), PLACES)
def test_places(text: str, geo: str | None, rule: str, why: str) -> None:
    file = parsed(edited("Région wallonne", text))
    assert file.values["geo"][3] == geo
    assert [problem.rule for problem in file.problems] == [rule] * bool(rule)
    assert [change.why for change in file.changes] == [why] * bool(why)


def test_a_code_that_ended_names_its_successor_and_the_day() -> None:
    (problem,) = parsed(edited("Région wallonne", "12030")).problems
    assert problem.fields == {"others": "12041 (Puurs-Sint-Amands)", "since": "2019-01-01"}


def test_native_figures_of_a_workbook_prove_no_decimal_mark() -> None:
    rows: list[list[object]] = [
        ["Indikator", "Region", "Stichtag", "Wert"],
        ["REG01", "BE", DAY, 12.5],
        ["REG01", "VLG", DAY, "1.234"],
    ]
    file = parsed(workbook(rows), "xlsx")
    assert (file.values["value"], [problem.rule for problem in file.problems]) == ([12.5, None], ["STR-21"])
