"""The auditor finds the bases that the survey's print allows, and the prints that no whole count gives."""

import csv
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataRejected
from analysis.studies import Audit, Figure, Rule, audit, fitting_counts, rules_giving

STUDIES = Path(__file__).parents[2] / "data" / "raw" / "studies" / "2024-02-29"
SEEDS = Path(__file__).parents[3] / "shared" / "seed_tables"
DECIMAL = {Rule.HALF_UP: ROUND_HALF_UP, Rule.HALF_EVEN: ROUND_HALF_EVEN, Rule.TRUNCATION: ROUND_DOWN}


def survey(*subjects: str) -> list[Figure]:
    """The printed survey, all of it or some subjects ("25 ua")."""
    with (STUDIES / "survey__iweps__2022-12-01.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    figures = [
        Figure(
            f"{row['question']} {row['column']}", row["option"], row["printed"], int(row["stated_base"] or 0) or None
        )
        for row in rows
    ]
    return [figure for figure in figures if not subjects or figure.question in subjects]


@pytest.fixture(scope="module")
def report() -> Audit:
    return audit(survey())


def test_212_of_223_figures_come_from_whole_counts(report: Audit) -> None:
    assert (len(report.stated), len(report.reproduced()), len(report.impossible())) == (223, 212, 11)


def test_these_eleven_have_no_whole_count_on_the_stated_base(report: Audit) -> None:
    assert [(a.figure.question, a.figure.printed, a.figure.stated_base) for a in report.impossible()] == [
        ("25 ua", "60%", 38),
        ("25 ua", "40%", 38),
        ("26 ua", "48%", 38),
        ("26 ua", "14%", 38),
        ("27 all", "72%", 56),
        ("27 ua", "62%", 38),
        ("28 all", "33%", 56),
        ("28 all", "24%", 56),
        ("28 ua", "31%", 38),
        ("28 ua", "38%", 38),
        ("28 ua", "31%", 38),
    ]


def test_half_up_reproduces_most_figures(report: Audit) -> None:
    assert {str(rule): len(report.reproduced(rule)) for rule in Rule} == {
        "half up": 212,
        "half even": 211,
        "truncation": 119,
    }


def test_counts_are_the_transcribed_ones(report: Audit) -> None:
    with (STUDIES / "survey__iweps__2022-12-01.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["stated_base"]]
    implied = sorted((f"{row['question']} {row['column']}", row["option"], row["implied_count"]) for row in rows)
    counts = ((a.figure, "|".join(map(str, a.counts[Rule.HALF_UP]))) for a in report.stated)
    assert sorted((figure.question, figure.option, count) for figure, count in counts) == implied


@pytest.mark.parametrize(
    ("subjects", "low", "high", "bases"),
    [
        (("25 ua", "26 ua", "27 ua", "28 ua"), 1, 57, [42]),
        (("25 all", "27 all", "28 all"), 20, 57, [46, 54]),
        (("9 all",), 49, 57, [53, 57]),
        (("9 fig2.2",), 30, 57, [49, 50, 51]),
        (("14 all",), 51, 57, [57]),
        (("16 all",), 30, 65, [43, 48, 52, 57, 60, 62, 65]),
        (("18 ua", "20 ua", "21 ua"), 1, 57, [38]),
    ],
)
def test_bases_that_fit_jointly(subjects: tuple[str, ...], low: int, high: int, bases: list[int]) -> None:
    joint = audit(survey(*subjects)).joint[Rule.HALF_UP]
    assert [base for base in joint if low <= base <= high] == bases


def test_the_base_of_the_ukraine_column_is_42_not_38() -> None:
    ukraine = audit(survey("25 ua", "26 ua", "27 ua", "28 ua"))
    assert ukraine.joint[Rule.HALF_UP][0] == ukraine.joint[Rule.HALF_EVEN][0] == 42
    assert min(ukraine.joint[Rule.TRUNCATION]) > 57
    assert all(not question.rules for question in ukraine.questions)
    assert [fitting_counts(text, 42) for text in ("60%", "48%", "62%", "31%")] == [
        range(25, 26),
        range(20, 21),
        range(26, 27),
        range(13, 14),
    ]


@pytest.mark.parametrize(
    ("printed", "count", "base", "rules"),
    [
        ("12%", 14, 112, [Rule.HALF_EVEN, Rule.TRUNCATION]),  # the response table
        ("37%", 41, 112, [Rule.HALF_UP, Rule.HALF_EVEN]),
        ("51%", 57, 112, [Rule.HALF_UP, Rule.HALF_EVEN]),
        ("13%", 7, 56, [Rule.HALF_UP]),  # question 21 of the same report
        ("45%", 26, 57, [Rule.TRUNCATION]),  # question 7 in the text, 45,61% in the chart
        ("45,61 %", 26, 57, list(Rule)),
        ("60%", 23, 38, [Rule.TRUNCATION]),
        ("100", 57, 57, list(Rule)),
        ("0.00%", 0, 57, list(Rule)),
    ],
)
def test_which_rule_gives_the_print(printed: str, count: int, base: int, rules: list[Rule]) -> None:
    assert list(rules_giving(printed, count, base)) == rules


def test_base_by_base_the_transcribed_check_agrees(report: Audit) -> None:
    path = SEEDS / "survey_base_check.csv"
    if not path.is_file():
        pytest.skip("the transcribed facts are not beside the repository")
    ours = {q.question: {base for base in q.bases[Rule.HALF_UP] if 30 <= base <= 57} for q in report.questions}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(f"{r['question']} {r['column']}", r["bases_30_57_consistent"]) for r in csv.DictReader(file)]
    theirs = {question: {int(base) for base in bases.split("|")} for question, bases in rows}
    # The transcription also asks that the counts of a one-answer question add up to its base, which these two do not.
    single = {"19 all": 51, "38 item: Make informed (policy) decisions": 43}
    assert {q: ours[q] - theirs[q] for q in ours if ours[q] != theirs[q]} == {q: {base} for q, base in single.items()}
    assert not [q for q in report.questions if q.question in single and q.adds_up(single[q.question])]
    assert [q.adds_up(57) for q in report.questions if q.question in {"8 all", "44 all"}] == [True, False]


@given(st.integers(1, 400), st.data(), st.integers(0, 3), st.sampled_from(list(Rule)))
def test_a_count_is_among_the_counts_of_its_own_print(
    base: int, data: st.DataObject, decimals: int, rule: Rule
) -> None:
    count = data.draw(st.integers(0, base))
    share = Fraction(100 * 10**decimals * count, base)
    # A quotient of 28 digits can hide a tie, so the tie is found by the fraction and rounded exactly.
    exact = Decimal(share.numerator * 2) / share.denominator / 2 if share.denominator <= 2 else None
    units = int(
        (exact if exact is not None else Decimal(share.numerator) / share.denominator).quantize(1, DECIMAL[rule])
    )
    text = str(Decimal(units).scaleb(-decimals)) if decimals else str(units)
    assert count in fitting_counts(f"{text}%", base, rule)


@given(st.integers(0, 100), st.integers(100, 300))
def test_from_a_hundred_on_every_base_gives_every_whole_percentage(printed: int, base: int) -> None:
    assert all(fitting_counts(f"{printed}%", base, rule) for rule in Rule)


def test_a_question_with_two_bases_is_two_questions_and_ranges_follow_the_larger() -> None:
    found = audit([Figure("20", "a", "14%", 56), Figure("20", "a", "26%", 380)])
    assert [(q.question, q.stated_base, q.nearest()) for q in found.questions] == [("20", 56, 56), ("20", 380, 380)]
    assert (found.largest, found.always) == (760, 100)
    assert audit([Figure("1", "a", "50%")], largest=9).joint[Rule.HALF_UP] == (2, 4, 6, 8)


@pytest.mark.parametrize("printed", ["", "n/a", "-3%", "<1%", "1e1", "12,5,0", "٣%", "12 5"])
def test_what_is_not_a_percentage_is_refused(printed: str) -> None:
    with pytest.raises(DataRejected, match="a printed percentage must be a number"):
        audit([Figure("1", "a", printed, 57)])


@given(st.lists(st.integers(0, 101), min_size=1, max_size=4), st.sampled_from(list(Rule)))
def test_bases_are_those_on_which_every_figure_has_a_count(printed: list[int], rule: Rule) -> None:
    found = audit([Figure("1", "a", f"{value}%") for value in printed], largest=120).joint[rule]
    assert list(found) == [b for b in range(1, 121) if all(fitting_counts(f"{v}%", b, rule) for v in printed)]


def test_more_than_the_whole_fits_nowhere() -> None:
    assert audit([Figure("1", "a", "143%", 57)]).joint == dict.fromkeys(Rule, ())


@pytest.mark.parametrize("figures", [[], [Figure("1", "a", "50%", 0)]])
def test_an_empty_table_and_an_empty_base_are_refused(figures: list[Figure]) -> None:
    with pytest.raises(DataRejected):
        audit(figures)
