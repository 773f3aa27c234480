"""A response file against the questionnaire; shares with their intervals; open answers coded alike by language."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.catalogue import load_catalogue
from analysis.errors import DataRejected
from analysis.studies import check_responses, code_answers, read_responses, tabulate, wilson

ROOT = Path(__file__).parents[2]
FILE = ROOT / "data/raw/studies/2024-02-28/survey_responses__iweps__2022-12-01.csv"
CATALOGUE = load_catalogue()
QUESTIONNAIRE = CATALOGUE.questionnaire


def tracked() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def changed(**cells: str) -> list[dict[str, str]]:
    """The first tracked respondent who was asked question 19, with some cells changed."""
    row = next(
        row for row in tracked() if row["q16"] == "beneficiaries" and row["q17"] == "no" and row["q19"] == "both"
    )
    return [{**row, **cells}]


@pytest.mark.parametrize(
    ("cells", "broken"),
    [
        ({}, []),
        ({"q8": "perhaps"}, [("q8", "unknown"), ("q9", "not_asked")]),
        ({"q10": "yes; no"}, [("q10", "single"), ("q11", "required"), ("q12", "required")]),
        ({"q7": ""}, [("q7", "required")]),
        ({"q18": "schengen"}, [("q18", "not_asked")]),
        ({"q16": "none; secondary"}, [("q16", "exclusive")]),
        ({"q20": "not_applicable; other"}, [("q20", "exclusive"), ("q20", "matches")]),
        ({"q19": "quantitative"}, [("q20", "matches")]),
        ({"q38_monitor": "important; not_important"}, [("q38_monitor", "single")]),
        ({"q38_other": "", "q57": "", "q2": ""}, []),
        ({"q3": "Néerlandais;  FRENCH ; Deutsch"}, []),  # labels of any language are answers too
    ],
)
def test_each_rule_of_the_questionnaire(cells: dict[str, str], broken: list[tuple[str, str]]) -> None:
    base = (
        {"q10": "yes", "q11": "x", "q12": "agree", "q13": ""}
        if "q10" not in cells
        else {"q11": "", "q12": "", "q13": "agree"}
    )
    rows = read_responses(changed(**(base | cells)), QUESTIONNAIRE)
    assert [(one.field, one.rule) for one in check_responses(rows, QUESTIONNAIRE)] == broken


def test_the_tracked_respondents_break_nothing_but_leave_question_19_open() -> None:
    rows = read_responses(tracked(), QUESTIONNAIRE)
    broken = check_responses(rows, QUESTIONNAIRE)
    assert len(rows) == 57 and [(one.field, one.rule) for one in broken] == [("q19", "required")] * 7


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "the respondents must be one or more"),
        ([{"respondent": "1", "language": "fr"}], "the columns of the questionnaire, not 'no q1'"),
        (tracked()[:1] * 2, "each with a number of its own, not \\['S01'\\]"),
    ],
)
def test_what_is_no_response_file_is_refused(rows: list[dict[str, str]], words: str) -> None:
    with pytest.raises(DataRejected, match=words):
        read_responses(rows, QUESTIONNAIRE)


def test_base_answers_and_silence() -> None:
    tables = {
        one.field.name: one for one in tabulate(read_responses(tracked(), QUESTIONNAIRE), QUESTIONNAIRE, population=112)
    }
    assert (tables["q9"].asked, tables["q9"].answered, tables["q9"].finite) == (49, 49, False)
    assert (tables["q19"].asked, tables["q19"].answered, tables["q19"].silent) == (56, 49, 7)
    gdpr = next(one for one in tables["q40"].shares if one.option == "gdpr")
    assert (gdpr.count, tables["q40"].finite) == (38, True)
    # The ends are where the share lies 1.96 standard errors off; a population of 112 leaves 55 / 111 of the variance.
    for end in (gdpr.low, gdpr.high):
        assert abs(38 / 57 - end) == pytest.approx(1.959964 * (end * (1 - end) / 57 * 55 / 111) ** 0.5, rel=1e-6)


@pytest.mark.parametrize(
    ("count", "base", "population", "low", "high"),
    [
        (38, 57, None, 0.5372, 0.7751),  # statsmodels 0.15: proportion_confint(38, 57, method="wilson")
        (0, 10, None, 0.0, 0.2775),
        (10, 10, None, 0.7225, 1.0),
        (38, 57, 57, 38 / 57, 38 / 57),  # everybody answered: nothing is left to chance
    ],
)
def test_wilson(count: int, base: int, population: int | None, low: float, high: float) -> None:
    assert wilson(count, base, population) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 60), st.data())
def test_an_interval_holds_its_share_and_a_finite_population_narrows_it(base: int, data: st.DataObject) -> None:
    count, population = data.draw(st.integers(0, base)), data.draw(st.integers(base, 500))
    wide, narrow = wilson(count, base), wilson(count, base, population)
    assert 0 <= wide[0] <= count / base + 1e-12 and count / base <= wide[1] + 1e-12 <= 1 + 1e-9
    assert narrow[1] - narrow[0] <= wide[1] - wide[0] + 1e-12


@pytest.mark.parametrize(("count", "base", "population"), [(3, 2, None), (0, 0, None), (1, 5, 4)])
def test_no_share_of_nothing(count: int, base: int, population: int | None) -> None:
    with pytest.raises(DataRejected):
        wilson(count, base, population)


@pytest.mark.parametrize(
    ("french", "dutch", "english", "concept"),
    [
        ("Aide au logement", "hulp bij huisvesting", "help with housing", "housing"),
        ("cours de français et interprètes", "taallessen, tolken", "language classes, interpreters", "language"),
        ("cours de français et interprètes", "taallessen, tolken", "language classes, interpreters", "interpreting"),
        ("SOINS  MÉDICAUX", "medische zorg", "medical care", "health"),
        ("santé-mentale", "geestelijke gezondheidszorg", "mental health", "psychosocial"),
        ("garde d’enfants", "kinderopvang", "childcare", "school"),
    ],
)
def test_synonyms_are_coded_alike(french: str, dutch: str, english: str, concept: str) -> None:
    rows = [changed(respondent=lang, language=lang, q6=text)[0] for lang, text in
            (("fr", french), ("nl", dutch), ("en", english))]  # fmt: skip
    coding = code_answers(read_responses(rows, QUESTIONNAIRE), QUESTIONNAIRE, "6")
    found = {one.concept: one.by_language for one in coding.concepts}
    assert found[concept] == {"fr": 1, "nl": 1, "en": 1}


def test_an_answer_counts_once_and_one_without_keywords_is_told() -> None:
    texts = ["logement, logements, hébergement", "zzz", "workshop"]
    rows = [changed(respondent=str(k), language="fr", q6=text)[0] for k, text in enumerate(texts)]
    coding = code_answers(read_responses(rows, QUESTIONNAIRE), QUESTIONNAIRE, "6")
    assert (coding.answers, coding.uncoded) == (3, 2)
    assert {one.concept: one.count for one in coding.concepts if one.count} == {"housing": 1}
