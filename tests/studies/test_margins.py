"""What the printed results allow: the tracked respondents have them, and each certificate is checked by hand."""

import csv
from pathlib import Path

import pytest

from analysis.catalogue import load_catalogue
from analysis.errors import DataRejected
from analysis.studies import (
    Bound,
    Counts,
    Printed,
    draw_respondents,
    printed_results,
    read_responses,
    solve_counts,
    tabulate,
)
from analysis.studies.responses import check_responses

STUDIES = Path(__file__).parents[2] / "data/raw/studies"
QUESTIONNAIRE = load_catalogue().questionnaire


def rows_of(name: str) -> list[dict[str, str]]:
    with next(STUDIES.glob(name)).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


RESULTS = printed_results(rows_of("*/survey__*"), QUESTIONNAIRE)


@pytest.fixture(scope="module")
def counts() -> Counts:
    return solve_counts(RESULTS, QUESTIONNAIRE, 57)


def named(one: Printed | Bound) -> tuple[str, str]:
    return one.field, "+".join(one.options) if isinstance(one, Printed) else one.kind


def test_the_printed_results_and_the_eleven_that_no_count_gives() -> None:
    assert len(RESULTS) == 213  # 223 with a base, 13 of them repeated in figures, and 3 numbers of open answers
    assert sum(one.count is None for one in RESULTS) == 11
    assert {one.field for one in RESULTS if one.count is None} == {"q25_ua", "q26_ua", "q27", "q27_ua", "q28", "q28_ua"}
    favourable = next(one for one in RESULTS if one.field == "q42")
    assert (favourable.options, favourable.count) == (("very_favourable", "favourable"), 53)


def test_five_results_give_way_and_all_others_hold(counts: Counts) -> None:
    assert sorted(named(one) for one in counts.missed) == [
        ("q19_ua", "both"), ("q19_ua", "quantitative"), ("q20", "not_applicable"), ("q21", "not_applicable"),
        ("q21_ua", "not_applicable"),
    ]  # fmt: skip
    assert [named(one) for one in counts.broken] == [("q19", "required")]
    assert (counts.answered["q19"], counts.answered["q23"], counts.answered["q13"]) == (49, 45, 6)


@pytest.mark.parametrize(
    ("result", "others"),
    [
        # 16 quantitative only in Q19 must be 8 without qualitative data in Q20
        (("q19_ua", "quantitative"), [("q20_ua", "not_applicable"), ("q20_ua", "matches")]),
        # 38 collect such data: 1 + 8 + 30 is more
        (
            ("q19_ua", "both"),
            [("q17", "yes"), ("q19_ua", "qualitative"), ("q20_ua", "not_applicable"), ("q20_ua", "matches")],
        ),
        (("q20", "not_applicable"), [("q19", "quantitative"), ("q20", "matches")]),  # 5 and 12
        (("q21", "not_applicable"), [("q19", "qualitative"), ("q21", "matches")]),  # 3 and 4
        (("q21_ua", "not_applicable"), [("q19_ua", "qualitative"), ("q21_ua", "matches")]),  # 6 and 1
    ],
)
def test_certificates(counts: Counts, result: tuple[str, str], others: list[tuple[str, str]]) -> None:
    conflict = next(one for one in counts.conflicts if named(one.result) == result)
    assert sorted(map(named, conflict.others)) == sorted(others)


def test_the_tracked_respondents_have_every_result_that_can_hold(counts: Counts) -> None:
    read = read_responses(rows_of("*/survey_responses__*"), QUESTIONNAIRE)
    found = {t.field.name: {s.option: s.count for s in t.shares} for t in tabulate(read, QUESTIONNAIRE)}
    kept = [one for one in RESULTS if one.count is not None and one.options and one not in counts.missed]
    assert len(kept) == 194
    assert all(sum(found[one.field][option] for option in one.options) == one.count for one in kept)


def test_respondents_are_drawn_with_the_counts_and_the_routing(counts: Counts) -> None:
    rows = draw_respondents(counts, QUESTIONNAIRE, {"fr": 24, "nl": 33}, {"fr": "(x)", "nl": "(y)"})
    read = read_responses(rows, QUESTIONNAIRE)
    tables = {one.field.name: one for one in tabulate(read, QUESTIONNAIRE)}
    assert {name: table.answered for name, table in tables.items()} == counts.answered
    assert all(share.count == counts.options[name][share.option] for name, t in tables.items() for share in t.shares)
    assert {one.rule for one in check_responses(read, QUESTIONNAIRE)} == {"required"}
    assert rows == draw_respondents(counts, QUESTIONNAIRE, {"fr": 24, "nl": 33}, {"fr": "(x)", "nl": "(y)"})


@pytest.mark.parametrize(
    "row",
    [
        {"question": "58", "column": "all", "option": "Yes", "printed": "5%", "stated_base": "57"},
        {"question": "8", "column": "all", "option": "Maybe", "printed": "5%", "stated_base": "57"},
        {"question": "8", "column": "ua", "option": "Yes", "printed": "5%", "stated_base": "57"},
        {"question": "8", "column": "all", "option": "Yes", "printed": "5%", "stated_base": "570"},  # 26 to 31 of them
    ],
)
def test_a_result_that_the_questionnaire_does_not_know_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(DataRejected, match="a printed result"):
        printed_results([row], QUESTIONNAIRE)


def test_nobody_has_counts_that_contradict_each_other(counts: Counts) -> None:
    wrong = Counts(counts.options | {"q8": {"yes": 57, "no": 57}}, counts.answered, (), (), ())
    with pytest.raises(DataRejected, match="the counts must be those of some respondents"):
        draw_respondents(wrong, QUESTIONNAIRE, {"fr": 57}, {"fr": "(x)"})
