"""`monitor survey` checks and tabulates a file of responses; `monitor respondents` makes one of printed results."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from analysis.catalogue import load_catalogue
from analysis.cli.table import read_table
from analysis.errors import DataRejected
from analysis.studies import Broken, Counts, Printed, Tabulated

REJECTED = 3
AS_THEY_ARE = {
    "not_asked": "answered, but the routing does not ask it",
    "required": "left open, but it must be answered",
}
RULES = {
    "unknown": "not an answer of this question",
    "single": "several answers where one is allowed",
    "exclusive": "an answer that stands alone, beside others",
    "matches": "contradicts the answer to another question",
    **AS_THEY_ARE,
}


def answer(path: Path, *, as_json: bool) -> int:
    """Print findings and tables; 3 where an answer breaks the questionnaire, apart from questions left open."""
    from analysis.studies import check_responses, read_responses, tabulate

    catalogue = load_catalogue()
    rows = read_responses(_rows(path), catalogue.questionnaire)
    broken = check_responses(rows, catalogue.questionnaire)
    invited = catalogue.survey.invited if len(rows) <= catalogue.survey.invited else None
    tables = tabulate(rows, catalogue.questionnaire, population=invited)
    if as_json:
        facts = {"respondents": len(rows), "findings": [vars(one) for one in broken], "questions": _facts(tables)}
        print(json.dumps(facts, ensure_ascii=False))
    else:
        print("\n".join([*_findings(broken), *(line for table in tables for line in _table(table))]))
    return REJECTED if any(one.rule != "required" for one in broken) else 0


def synthesise(path: Path, out: Path | None, *, as_json: bool) -> int:
    """Print the certificate; write the rows where `out` names a file."""
    from analysis.store import write_atomically
    from analysis.studies import draw_respondents, printed_results, rows_in_order, solve_counts

    catalogue = load_catalogue()
    results = printed_results(_rows(path), catalogue.questionnaire)
    counts = solve_counts(results, catalogue.questionnaire, catalogue.survey.respondents)
    if out is not None:
        texts = {lang: catalogue.survey.synthetic_answer[lang] for lang in catalogue.survey.languages}
        rows = draw_respondents(counts, catalogue.questionnaire, catalogue.survey.languages, texts)
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows_in_order(rows, catalogue.questionnaire))
        write_atomically(out, stream.getvalue().encode())
    impossible = [one for one in results if one.count is None]
    lines = [*map(_impossible, impossible), *certificate(counts)]
    held = len(results) - len(impossible) - len(counts.missed)
    if as_json:
        print(json.dumps({"results": len(results), "held": held, "certificate": lines}, ensure_ascii=False))
    else:
        print("\n".join([f"{held} of {len(results)} printed results hold together; the others cannot:", *lines]))
    return 0


def certificate(counts: Counts) -> list[str]:
    """Each conflict in one sentence."""
    lines = []
    for conflict in counts.conflicts:
        others = "; ".join(_words(one) for one in conflict.others)
        lines.append(f"{_words(conflict.result)} cannot hold together with: {others}.")
    return lines


def _words(one: Any) -> str:
    if isinstance(one, Printed):
        what = " or ".join(one.options) or "answered"
        base = f" of {one.stated_base}" if one.stated_base else ""
        return f"{one.field} {what} = {one.count} ({one.print}{base})"
    if one.kind == "required":
        return f"everyone asked answers {one.field}"
    return f"{one.field} is {one.option} if and only if {' is '.join(one.partner)}"


def _impossible(one: Printed) -> str:
    return f"{one.field} {' or '.join(one.options)}: no whole number of {one.stated_base} prints as {one.print}."


def _findings(broken: list[Broken]) -> list[str]:
    lines = [f"respondent {one.respondent}, {one.field}: {RULES[one.rule]} ({one.found or 'empty'})" for one in broken]
    return lines or ["every answer fits the questionnaire"]


def _table(table: Tabulated) -> list[str]:
    head = f"{table.field.name} ({table.field.question.text.en}): {table.answered} of {table.asked} asked answered"
    rows = [
        f"  {share.option}: {share.count} = {100 * share.share:.1f}% ({100 * share.low:.1f} to {100 * share.high:.1f})"
        for share in table.shares
    ]
    return [head, *rows]


def _facts(tables: list[Tabulated]) -> list[dict[str, Any]]:
    return [
        {
            "field": table.field.name,
            "question": table.field.question.id,
            "column": table.field.column,
            "item": table.field.item,
            "asked": table.asked,
            "answered": table.answered,
            "silent": table.silent,
            "answers": [vars(share) for share in table.shares],
        }
        for table in tables
    ]


def _rows(path: Path) -> list[dict[str, Any]]:
    _, rows = read_table(path, "the file")
    if not rows:
        raise DataRejected("the file", must="a CSV with a header and one row or more", where=str(path))
    return [dict(cells) for _, cells in rows]
