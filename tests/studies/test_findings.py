"""The findings about the printed reports: each check finds what the finding says, and can find otherwise."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.findings import Asked, Finding
from analysis.errors import DataRejected
from analysis.studies import Figure, Studied, Verdict, check_finding, read_matrix

STUDIES = Path(__file__).parents[2] / "data" / "raw" / "studies" / "2024-02-29"
SEEDS = Path(__file__).parents[3] / "shared" / "seed_tables"
CATALOGUE = load_catalogue()
FINDINGS = CATALOGUE.findings


def rows_of(name: str) -> list[dict[str, str]]:
    with (STUDIES / f"{name}__iweps__2022-12-01.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def studied() -> Studied:
    figures = [
        Figure(f"{r['question']} {r['column']}", r["option"], r["printed"], int(r["stated_base"] or 0) or None)
        for r in rows_of("survey")
    ]
    scores = rows_of("benchmark")
    matrices = {
        one.id: read_matrix(one.id, [r for r in scores if r["section"] == str(one.section)], tuple(one.pillars))
        for one in CATALOGUE.benchmarks.values()
    }
    return Studied(figures, matrices, CATALOGUE.questionnaire)


def test_25_findings_are_confirmed_by_functions_one_by_arithmetic_and_three_stay_open(studied: Studied) -> None:
    checked = [check_finding(finding, studied) for finding in FINDINGS.values()]
    assert [one.finding.id for one in checked if one.verdict is Verdict.OTHERWISE] == []
    assert Counter(str(one.verdict) for one in checked) == {"function": 25, "arithmetic": 1, "open": 3}
    assert {one.finding.id for one in checked if not one.found} == {"listed_twice", "figure_2_4", "q52"}


@pytest.mark.parametrize("finding", [one for one in FINDINGS.values() if one.expect], ids=lambda one: one.id)
def test_a_finding_that_does_not_hold_is_found_out(finding: Finding, studied: Studied) -> None:
    wrong = replace(finding, expect=(*finding.expect, "0"))
    assert check_finding(wrong, studied).verdict is Verdict.OTHERWISE


@pytest.mark.parametrize(
    ("name", "asked"),
    [("q44", Asked("58 all", ())), ("q10", Asked("10 all", ("Perhaps",))), ("q25", Asked("25 ua", ("Yes",)))],
)
def test_what_was_not_transcribed_or_has_no_whole_count_is_refused(name: str, asked: Asked, studied: Studied) -> None:
    with pytest.raises(DataRejected):
        check_finding(replace(FINDINGS["q44"], id=name, asked=(asked,)), studied)


def test_every_transcribed_inconsistency_is_a_finding() -> None:
    path = SEEDS / "inconsistencies.csv"
    if not path.is_file():
        pytest.skip("the transcribed facts are not beside the repository")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ours = [one.source.partition(":")[0] for one in FINDINGS.values()]
    assert ours == [row["seed"] for row in rows]
