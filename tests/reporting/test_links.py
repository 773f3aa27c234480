"""Numbers lead to their lineage: in prose in order, in a table by what stands in row and heading."""

from datetime import date

from analysis.catalogue import load_catalogue
from analysis.evidence import Evidence, Lineage, record
from analysis.reporting.links import linked
from analysis.reporting.text import Wording

EN, FR = (Wording(load_catalogue().texts, lang) for lang in ("en", "fr"))
DAY = date(2024, 1, 7)


def number(value: float | None, geo: str = "VLG", unit: str = "%") -> Evidence:
    return record(value, Lineage("value", "employment", indicator="EMP01", geo=geo), as_of=DAY, unit=unit)


def link(words: str, one: Evidence) -> str:
    return f"[{words}](#ev-{one.id}){{.ev}}"


def test_a_number_in_prose_is_a_link_in_every_language() -> None:
    one = number(41.26)
    assert linked("It stands at **41.3%** now.", [one], EN, {}) == f"It stands at **{link('41.3%', one)}** now."
    french = FR.quantity(41.26, "%")
    assert linked(f"Il est de {french}.", [one], FR, {}) == f"Il est de {link(french, one)}."


def test_a_number_inside_another_is_not_it() -> None:
    assert linked("141.3% and 41.35%", [number(41.3)], EN, {}) == "141.3% and 41.35%"


def test_equal_values_are_told_apart_by_their_row() -> None:
    north, south = number(5.0, "VLG"), number(5.0, "WAL")
    table = "| Territory | Value |\n|---|---:|\n| Walloon | 5.0% |\n| Flemish | 5.0% |"
    names = {north.id: ("Flemish",), south.id: ("Walloon",)}
    rows = linked(table, [north, south], EN, names).split("\n")
    assert south.id in rows[2]
    assert north.id in rows[3]


def test_a_cell_of_several_numbers_links_each() -> None:
    one, other = number(6.0, "VLG", "pp"), number(7.5, "WAL", "pp")
    table = "| Claim | Evidence |\n|---|---|\n| it rose | A: 6.0 pp (1 to 9); B: 7.5 pp (2 to 9) |"
    shown = linked(table, [one, other], EN, {})
    assert link("6.0 pp", one) in shown
    assert link("7.5 pp", other) in shown


def test_nothing_is_linked_where_there_is_no_value_or_no_evidence() -> None:
    assert linked("– and 5.0%", [number(None)], EN, {}) == "– and 5.0%"
    assert linked("5.0%", [], EN, {}) == "5.0%"


def test_a_number_is_its_exact_wording_before_a_rounded_one() -> None:
    one = number(5.4, "VLG", "pp")
    claim = "| Claim | Evidence |\n|---|---|\n| at least 5 percentage points | 5.4 pp (3.8 to 7.1) |"
    assert linked(claim, [one], EN, {}).endswith(
        f"| at least 5 percentage points | {link('5.4 pp', one)} (3.8 to 7.1) |"
    )
    assert linked("by 5 percentage points", [one], EN, {}) == f"by {link('5 percentage points', one)}"


def test_a_cell_without_the_unit_is_the_number_and_a_day_of_the_month_is_not() -> None:
    one = number(7.1, "VLG", "pp")
    table = "| Run | Estimate |\n|---|---:|\n| 7 December 2023 | +7.1 |\n| 7 January 2024 | – |"
    rows = linked(table, [one], EN, {}).split("\n")
    assert rows[2] == f"| 7 December 2023 | {link('+7.1', one)} |"
    assert rows[3] == "| 7 January 2024 | – |"
    assert linked("on 7 December", [one], EN, {}) == "on 7 December"
