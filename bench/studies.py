"""Writes docs/studies_reference.md: what the founding reports print, ours beside it, and a verdict.

`python -m bench.studies`, on the tracked tables alone; `tests/studies/test_reference_page.py` holds the page to it.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from analysis.catalogue import Catalogue, load_catalogue
from analysis.cli.survey import certificate
from analysis.studies import (
    Audit,
    Figure,
    Matrix,
    Rule,
    Studied,
    audit,
    check_finding,
    printed_results,
    read_matrix,
    rules_giving,
    solve_counts,
)

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "studies_reference.md"
TABLES = ROOT / "data" / "raw" / "studies"
HALF_UP = Rule.HALF_UP


def main() -> None:
    """Compute everything and write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The whole page."""
    catalogue, rows = load_catalogue(), _rows("survey")
    found = audit(_figures(rows))
    matrices = [(one.label.en, _matrix(one.id, one.section, one.pillars)) for one in catalogue.benchmarks.values()]
    results = printed_results(rows, catalogue.questionnaire)
    counts = solve_counts(results, catalogue.questionnaire, catalogue.survey.respondents)
    studied = Studied(_figures(rows), {matrix.name: matrix for _, matrix in matrices}, catalogue.questionnaire)
    parts = [
        "# Studies: what is printed, ours, verdict",
        "Written by `python -m bench.studies`; a test holds this page to it. The printed figures are those of the "
        "report on data coordination (IWEPS), as transcribed in `data/raw/studies/`.",
        "## Response to the survey",
        _table(["organisations", "count", "printed", "ours", "verdict"], _response(catalogue)),
        "## Printed percentages",
        f"{len(found.reproduced())} of {len(found.stated)} percentages with a stated base are what a whole number of "
        f"organisations gives, rounded half up; these {len(found.impossible())} are not:",
        _table(
            ["question", "answer", "printed", "stated base", "ours: a base on which the question fits"], _bad(found)
        ),
        f"The Ukraine columns of questions 25 to 28 fit together on a base of {_ukraine(rows)}, not on the stated 38.",
        "## Benchmarking matrices",
        _table(["matrix", "totals that are the sum of their scores", "differing: printed, ours"], _totals(matrices)),
        "## Findings about the reports, each checked again",
        _table(["where", "printed", "verdict", "source: part, lines"], _findings(catalogue, studied)),
        "## Certificate: what cannot hold together",
        f"An integer program looked for {catalogue.survey.respondents} respondents who have every printed result and "
        f"obey the questionnaire. There are none. It is enough that {len(counts.missed)} results give way besides the "
        f"{sum(one.count is None for one in results)} that no whole number gives. For each, a smallest set of facts "
        "that contradict each other: without any one of them the others can hold.",
        "\n".join(f"- {line}" for line in certificate(counts)),
    ]
    return "\n\n".join(parts) + "\n"


def _rows(name: str) -> list[dict[str, str]]:
    with next(TABLES.glob(f"*/{name}__*.csv")).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _figures(rows: Iterable[dict[str, str]]) -> list[Figure]:
    return [
        Figure(
            f"{row['question']} {row['column']}",
            row["option"],
            row["printed"],
            int(row["stated_base"]) if row["stated_base"] else None,
        )
        for row in rows
    ]


def _matrix(name: str, section: int, pillars: Iterable[str]) -> Matrix:
    return read_matrix(name, [row for row in _rows("benchmark") if row["section"] == str(section)], tuple(pillars))


def _response(catalogue: Catalogue) -> Iterable[Sequence[object]]:
    invited = catalogue.survey.invited
    for line in catalogue.survey.response.values():
        rules = rules_giving(line.printed, line.count, invited)
        verdict = "same" if HALF_UP in rules else "only if rounded down" if rules else "differs"
        yield line.label.en, line.count, line.printed, f"{100 * line.count / invited:.1f}%", verdict


def _bad(found: Audit) -> Iterable[Sequence[object]]:
    nearest = {(one.question, one.stated_base): one.nearest() for one in found.questions}
    for one in (audited.figure for audited in found.impossible()):
        yield one.question, one.option, one.printed, one.stated_base, nearest[one.question, one.stated_base]


def _ukraine(rows: Iterable[dict[str, str]]) -> int:
    """The smallest base on which the Ukraine columns of questions 25 to 28 fit together."""
    asked = [row for row in rows if row["column"] == "ua" and row["question"] in ("25", "26", "27", "28")]
    return audit(_figures(asked)).joint[HALF_UP][0]


def _totals(matrices: Iterable[tuple[str, Matrix]]) -> Iterable[Sequence[object]]:
    for label, matrix in matrices:
        wrong = [f"{one.mechanism}: {one.printed:g}, {one.computed:g}" for one in matrix.misprints]
        every = len(matrix.mechanisms)
        yield label, f"{every - len(wrong)} of {every}", "; ".join(wrong) or "none"


def _findings(catalogue: Catalogue, studied: Studied) -> Iterable[Sequence[object]]:
    for finding in catalogue.findings.values():
        verdict = check_finding(finding, studied).verdict
        yield finding.label.en, finding.printed.en, catalogue.texts[f"findings.verdict.{verdict}"].en, finding.source


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    main()
