import json
import shutil
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
import yaml

from analysis.catalogue import LANGUAGES
from analysis.errors import CatalogueError
from analysis.submissions.rulebook import load_rulebook, parameters, round_dates
from submissions.sample import CATALOGUE, RULEBOOK

BOOK = load_rulebook(RULEBOOK, CATALOGUE)
FLOWS = sorted(CATALOGUE.dataflows)


def test_every_dataflow_has_a_suite_and_every_suite_a_dataflow() -> None:
    assert sorted(path.stem for path in RULEBOOK.glob("*.json")) == FLOWS


@pytest.mark.parametrize("dataflow", FLOWS)
def test_rules_are_complete_in_four_languages(dataflow: str) -> None:
    for rule in BOOK.rules(dataflow).values():
        for label in (rule.text, rule.mend):
            texts = [label[lang] for lang in LANGUAGES]
            assert all(text.endswith((".", "?")) and text == text.strip() for text in texts), rule.id
            assert len(set(texts)) == len(LANGUAGES), rule.id


@pytest.mark.parametrize("dataflow", FLOWS)
def test_every_parameter_of_a_suite_has_values(dataflow: str) -> None:
    flow = CATALOGUE.dataflows[dataflow]
    values = parameters(CATALOGUE, flow)
    for expectation in BOOK.suite(dataflow)["expectations"]:
        for argument in expectation["kwargs"].values():
            if isinstance(argument, dict) and "$PARAMETER" in argument:
                assert values[argument["$PARAMETER"]], expectation["meta"]["rule"]


def test_rule_ids_are_unique_across_the_rulebook() -> None:
    ids = [rule for flow in FLOWS for rule in BOOK.rules(flow)] + list(BOOK.structure.rules)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rule", BOOK.structure.rules.values(), ids=lambda rule: rule.id)
def test_structural_texts_have_the_same_fields_in_every_language(rule) -> None:  # type: ignore[no-untyped-def]
    for label in (rule.text, rule.mend):
        fields = {lang: {name for _, name, _, _ in Formatter().parse(label[lang]) if name} for lang in LANGUAGES}
        assert len({frozenset(names) for names in fields.values()}) == 1
        assert rule.whole or label is rule.text or not fields["en"]


def test_the_calendar() -> None:
    days = round_dates(CATALOGUE)
    assert (days[0], days[1], days[-1], len(days)) == (
        date(2022, 3, 13),
        date(2022, 3, 27),
        CATALOGUE.rounds.last,
        48,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULEBOOK, tmp_path / "expectations"))


def test_the_fingerprint_names_suite_and_structure_but_not_other_suites(copy: Path) -> None:
    before = {flow: BOOK.fingerprint(flow) for flow in ("registration", "housing", "")}
    book = load_rulebook(copy, CATALOGUE)
    assert {flow: book.fingerprint(flow) for flow in before} == before
    (copy / "housing.json").write_bytes((copy / "housing.json").read_bytes() + b"\n")
    assert [flow for flow in before if book.fingerprint(flow) != before[flow]] == ["housing"]
    (copy / "structure.yml").write_bytes((copy / "structure.yml").read_bytes() + b"\n")
    assert [flow for flow in before if book.fingerprint(flow) != before[flow]] == list(before)


def change(path: Path, edit: str) -> None:
    """One mistake of the person who edits a suite."""
    suite = json.loads(path.read_text("utf-8"))
    first, second = suite["expectations"][:2]
    if edit == "no severity":
        del first["severity"]
    elif edit == "no German":
        del first["meta"]["text"]["de"]
    elif edit == "an id twice":
        second["meta"]["rule"] = first["meta"]["rule"]
    elif edit == "no expectations":
        suite = {"name": "housing"}
    path.write_text("{" if edit == "no JSON" else json.dumps(suite), "utf-8")


@pytest.mark.parametrize("edit", ["no severity", "no German", "an id twice", "no expectations", "no JSON"])
def test_a_broken_suite_is_named(copy: Path, edit: str) -> None:
    change(copy / "housing.json", edit)
    with pytest.raises(CatalogueError, match=r"housing\.json"):
        load_rulebook(copy, CATALOGUE).rules("housing")


def test_a_broken_structure_is_named(copy: Path) -> None:
    told = yaml.safe_load((copy / "structure.yml").read_text("utf-8"))
    del told["rules"]["STR-01"]["mend"]
    (copy / "structure.yml").write_text(yaml.safe_dump(told), "utf-8")
    with pytest.raises(CatalogueError, match=r"structure\.yml"):
        load_rulebook(copy, CATALOGUE)


def test_a_missing_rulebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"structure\.yml"):
        load_rulebook(tmp_path, CATALOGUE)


SECTORAL = sorted(flow.id for flow in CATALOGUE.dataflows.values() if flow.form == "sectoral")
AT_LEAST = {  # what every rulebook asks -> the column (or columns) that a rule of its suite looks at
    "keys are there": ["indicator", "geo", "period", "value"],
    "code lists, geography valid at the period": ["indicator", "geo", "sex", "age", "nationality"],
    "keys are unique": [("submission", "indicator", "geo", "period", "sex", "age", "nationality", "breakdown")],
    "ranges": ["value", "fraction", "denominator"],
    "parts sum to totals": ["sex_excess", "sex_rest", "age_excess", "age_rest"],
    "numerator <= denominator": [("share_denominator", "value")],
    "a running total never falls": ["cumulative_fall"],
    "stock and flow": ["balance_gap"],
    "change against the vintage before": ["vintage_change"],
    "against the provider's own history": ["unusual"],
    "freshness": ["days_old"],
    "completeness of the round": ["missing_cells"],
}
TYPES = {
    "keys are there": "not_be_null",
    "code lists, geography valid at the period": "in_set",
    "keys are unique": "unique",
    "numerator <= denominator": "greater_than",
}


@pytest.mark.parametrize("dataflow", SECTORAL)
@pytest.mark.parametrize("asked", AT_LEAST)
def test_every_rulebook_asks_at_least_this(asked: str, dataflow: str) -> None:
    kind = TYPES.get(asked, "between")
    seen = [entry["kwargs"] for entry in BOOK.suite(dataflow)["expectations"] if kind in entry["type"]]
    columns = {kwargs.get("column") for kwargs in seen}
    columns |= {(kwargs.get("column_A"), kwargs.get("column_B")) for kwargs in seen}
    columns |= {tuple(kwargs.get("column_list", ())) for kwargs in seen}
    assert set(AT_LEAST[asked]) <= columns


def test_what_is_asked_of_a_file_as_a_whole_is_asked_once() -> None:
    for dataflow in SECTORAL:
        once = [rule.id[-3:] for rule in BOOK.rules(dataflow).values() if rule.per_file]
        assert once == ["027", "028"]
