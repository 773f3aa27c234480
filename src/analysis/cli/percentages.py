"""`monitor audit-percentages`: which bases a table of printed percentages can rest on."""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from analysis.cli.table import read_table
from analysis.errors import DataRejected
from analysis.studies import Audit, Figure, QuestionAudit, Rule, audit

COLUMNS = ("question", "option", "printed", "stated_base")
LARGEST_STATED = 100_000
TABLE = "the table of percentages"
HALF_UP = Rule.HALF_UP


def answer(path: Path, *, as_json: bool) -> int:
    """Print the audit; 0 whatever fits, since a print that does not fit is what one asks for."""
    found = audit(read_figures(path))
    print(json.dumps(_facts(found), ensure_ascii=False) if as_json else "\n".join(_lines(found)))
    return 0


def read_figures(path: Path) -> list[Figure]:
    """The rows of a CSV; its optional `column` is part of the question."""
    names, rows = read_table(path, TABLE)
    if missing := [name for name in COLUMNS if name not in names]:
        must = f"a CSV with the columns {', '.join(COLUMNS)}"
        raise DataRejected(TABLE, must=must, found=names, where=f"{path}, missing {missing}")
    return [_figure(row, where) for where, row in rows]


def _figure(row: Mapping[str, str], where: str) -> Figure:
    cells = {name: row.get(name, "") for name in (*COLUMNS, "column")}
    for name in ("question", "printed"):
        if not cells[name]:
            raise DataRejected(f"the column {name}", must="filled", where=where)
    figure = Figure(
        " ".join(filter(None, (cells["question"], cells["column"]))),
        cells["option"],
        cells["printed"],
        _base(cells["stated_base"], where),
    )
    try:
        _ = figure.units
    except DataRejected as error:
        raise DataRejected(
            "a printed percentage", must="a number such as 57,89%", found=cells["printed"], where=where
        ) from error
    return figure


def _base(text: str, where: str) -> int | None:
    if not text:
        return None
    base = int(text.partition(".")[0]) if re.fullmatch(r"[0-9]{1,9}(\.0+)?", text) else 0
    if not 1 <= base <= LARGEST_STATED:
        must = f"empty or a whole number from 1 to {LARGEST_STATED}"
        raise DataRejected("a stated base", must=must, found=text, where=where)
    return base


def _lines(found: Audit) -> list[str]:
    lines = [line for question in found.questions for line in _question_lines(question)]
    lines.append(f"all {len(found.questions)} questions jointly: {_rules(found.joint)}")
    lines.append(f"  bases 1 to {found.largest} tried; from {found.always} on any base gives any figure printed so")
    if found.stated:
        counts = ", ".join(f"{rule} {len(found.reproduced(rule))}" for rule in Rule)
        lines.append(f"{len(found.stated)} figures name a base; a whole count gives them: {counts}")
        none = len(found.impossible())
        lines.append(
            f"no whole count gives these {none} (half up):" if none else "a whole count gives every one (half up)"
        )
    for audited in found.impossible():
        figure = audited.figure
        lines.append(f"  {figure.question}: {figure.printed} of {figure.stated_base} ({figure.option})")
    return lines


def _question_lines(question: QuestionAudit) -> list[str]:
    if question.stated_base is None:
        verdict = "no stated base"
    elif HALF_UP in question.rules:
        verdict = f"stated base {question.stated_base} fits"
    else:
        by = f" except by {' or '.join(question.rules)}" if question.rules else ""
        verdict = (
            f"stated base {question.stated_base} does NOT fit{by}; nearest that does: {question.nearest() or 'none'}"
        )
    return [f"{question.question}: {verdict}", f"  bases that fit: {_rules(question.bases)}"]


def _rules(bases: Mapping[Rule, tuple[int, ...]]) -> str:
    """The bases under half up, and under another rule where it says something else."""
    others = [f"{rule}: {_runs(found)}" for rule, found in bases.items() if found != bases[HALF_UP]]
    return "; ".join([f"{_runs(bases[HALF_UP])} ({HALF_UP})", *others])


def _runs(numbers: Iterable[int]) -> str:
    """42, 58, 90-91."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs) or "none"


def _facts(found: Audit) -> dict[str, Any]:
    return {
        "figures": sum(len(question.figures) for question in found.questions),
        "with_stated_base": len(found.stated),
        "reproduced": {rule: len(found.reproduced(rule)) for rule in Rule},
        "impossible": [_figure_facts(audited.figure) for audited in found.impossible()],
        "questions": [
            {
                "question": question.question,
                "stated_base": question.stated_base,
                "stated_base_fits": {rule: rule in question.rules for rule in Rule},
                "nearest_base": question.nearest(),
                "bases": question.bases,
                "options": [
                    {**_figure_facts(audited.figure), "counts": {r: list(c) for r, c in audited.counts.items()}}
                    for audited in question.figures
                ],
            }
            for question in found.questions
        ],
        "joint_bases": found.joint,
        "largest_base_tried": found.largest,
        "any_base_fits_from": found.always,
    }


def _figure_facts(figure: Figure) -> dict[str, Any]:
    return {
        "question": figure.question,
        "option": figure.option,
        "printed": figure.printed,
        "stated_base": figure.stated_base,
    }
