"""Questionnaire, survey, programmes, quotas, stakeholders, benchmarks: what they hold, and what is refused."""

import shutil
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import analysis.catalogue
from analysis.catalogue import LANGUAGES, load_catalogue
from analysis.errors import CatalogueError, UsageError

OURS = Path(analysis.catalogue.__file__).parent
CATALOGUE = load_catalogue()
QUESTIONS = CATALOGUE.questionnaire.questions


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    shutil.copytree(OURS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_the_questionnaire_has_57_questions_of_four_types() -> None:
    assert list(QUESTIONS) == [str(number) for number in range(1, 58)]
    assert Counter(q.type for q in QUESTIONS.values()) == {"open": 19, "single": 26, "multiple": 11, "scale": 1}
    assert [q.id for q in QUESTIONS.values() if not q.required] == ["2", "15", "30", "31", "47", "49", "53", "57"]
    assert CATALOGUE.survey.optional_printed == 7


def test_the_loading_bar_of_the_report() -> None:
    sections = Counter(q.section for q in QUESTIONS.values())
    cited = Counter(q.section for q in QUESTIONS.values() if q.cited)
    assert {s: (cited[s], sections[s]) for s in sections} == {1: (8, 15), 2: (8, 18), 3: (8, 8), 4: (7, 16)}


def test_the_form_of_a_response_file_follows_the_questionnaire() -> None:
    names = [column.name for column in CATALOGUE.forms["survey_responses"].columns]
    assert names[:3] == ["respondent", "language", "q1"] and len(names) == len(set(names)) == 83
    assert {"q18", "q19", "q19_ua", "q38_monitor"} <= set(names) and "q18_ua" not in names
    gates = {field.name: dict(field.asked_if) for field in CATALOGUE.questionnaire.fields()}
    assert gates["q23_ua"] == {"q22_ua": ("yes",)} and gates["q20_ua"] == {"q17": ("yes",)}


def test_every_submitting_body_is_in_the_registry() -> None:
    submitting = {name for flow in CATALOGUE.dataflows.values() for name in flow.providers}
    assert {body.id for body in CATALOGUE.stakeholders.values() if body.submits} == submitting


def test_keywords_have_words_in_the_languages_of_the_survey() -> None:
    for keyword in CATALOGUE.questionnaire.keywords.values():
        assert all(keyword.words[lang] for lang in CATALOGUE.survey.languages), keyword.id
    assert set(CATALOGUE.survey.languages) <= set(LANGUAGES)


@pytest.mark.parametrize(
    ("day", "price"), [(date(2022, 3, 10), "560.00"), (date(2022, 12, 31), "560.00"), (date(2023, 1, 1), "603.40")]
)
def test_a_price_is_valid_from_its_day_on(day: date, price: str) -> None:
    assert CATALOGUE.programmes["reception-place"].price_on(day) == Decimal(price)


@pytest.mark.parametrize("day", [date(2022, 3, 9), date(2026, 1, 1)])
def test_outside_its_validity_a_programme_has_no_price(day: date) -> None:
    with pytest.raises(UsageError, match="the day of a price must be from 2022-03-10 to 2025-03-04"):
        CATALOGUE.programmes["reception-place"].price_on(day)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("stakeholders.yml", "vdab: {", "vdab_gone: {label: {en: a, fr: a, nl: a, de: a}, ",
         "the registry must be complete: it holds every body that submits, not 'vdab'"),
        ("stakeholders.yml", "domains: [education]", "domains: [schooling]",
         "`domains` must be an entry of domains.yml"),
        ("stakeholders.yml", "phases: [german_phases.arrival]", "phases: [german_phases.start]",
         "`phases` must be an entry of frameworks.yml, not 'german_phases.start'"),
        ("stakeholders.yml", "groups: [walloon_groups.data]", "groups: [walloon_groups.cloud]",
         "`groups` must be an entry of frameworks.yml, not 'walloon_groups.cloud'"),
        ("programmes.yml", 'tranches: ["0.60", "0.25", "0.15"]', 'tranches: ["0.60", "0.25"]',
         "`tranches` must be shares that add up to 1"),
        ("programmes.yml", '"560.00"', "560.00", "`prices` must be a decimal in quotes, 0 or more, not 560.0"),
        ("programmes.yml", "body: fedasil", "body: fedasile", "`body` must be an entry of stakeholders.yml"),
        ("programmes.yml", "release: 2", "release: 4", "`release` must be a whole number from 1 to 3"),
        ("programmes.yml", 'state_share: "0.65"', 'state_share: "1.65"', "`state_share` must be from 0 to 1"),
        ("quotas.yml", "floors: {nordjylland", "floors: {jylland",
         "`floors` must be of the units above, not 'jylland'"),
        ("quotas.yml", 'capacity_share: "0.4"', 'capacity_share: "4"', "`capacity_share` must be a decimal"),
        ("questionnaire.yml", 'asked_if: {"8": ["yes"]}', 'asked_if: {"88": ["yes"]}',
         "`asked_if` must be of an earlier question, not '88'"),
        ("questionnaire.yml", "options: tasks", "options: chores", "`options` must be a list of answer_options.yml"),
        ("questionnaire.yml", "exclusive: [none]", "exclusive: [nothing]", "`exclusive` must be of activities"),
        ("survey.yml", "fr: 24", "fr: 25", "`languages` must be 57 in sum, as completed"),
        ("survey.yml", "count: 14", "count: 15", "`response` must be lines that add up to 112"),
        ("keywords.yml", 'questions: ["6", "11", "15"]', 'questions: ["66"]', "`questions` must be of 1, 2"),
        ("findings.yml", "matrix: countries", "matrix: planets", "`matrix` must be one of countries, mechanisms"),
        ("findings.yml", "check: total", "check: guess", "`check` must be one of total, missing"),
        ("findings.yml", 'expect: ["6"]', "expect: []", "`expect` must be given when, and only when, there is a check"),
        ("findings.yml", "span: [49, 57]", "span: [57, 49]", "`span` must be the smallest and the largest base"),
        ("findings.yml", "addends: [20, 5]", "addends: [20, some]", "`addends` must be a list of whole numbers"),
        ("benchmarks.yml", "selected: 2", "selected: two", "`selected` must be a whole number"),
    ],
)  # fmt: skip
def test_one_bad_edit_is_told_in_one_line(tmp_path: Path, file: str, old: str, new: str, words: str) -> None:
    with pytest.raises(CatalogueError) as raised:
        load_catalogue(edited(tmp_path, file, old, new))
    assert words in str(raised.value) and "\n" not in str(raised.value)


def test_the_danish_regions_are_the_provinces_of_statistics_denmark() -> None:
    """FOLK1A, first quarter of 2021: the provinces outside the capital region, and the whole country."""
    people = load_catalogue().quotas["denmark-2021"].population
    provinces = {
        "sjaelland": (252_492, 586_348),
        "syddanmark": (499_419, 724_215),
        "midtjylland": (903_974, 428_074),
        "nordjylland": (590_439,),
    }
    assert {region: people[region] for region in provinces} == {name: sum(part) for name, part in provinces.items()}
    assert sum(people.values()) == 5_840_045
