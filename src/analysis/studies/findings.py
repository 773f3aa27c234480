"""Checks the findings about the printed reports, each with the function that can see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analysis.catalogue.findings import NONE, SUM, Asked, Finding
from analysis.catalogue.questionnaire import Questionnaire
from analysis.errors import DataRejected
from analysis.studies.benchmark import Matrix
from analysis.studies.percentages import Figure, Rule, audit, fitting_counts, rules_giving


class Verdict(StrEnum):
    """How a finding stands."""

    FUNCTION = "function"  # our functions find it in the transcribed figures
    ARITHMETIC = "arithmetic"  # it follows from the numbers of the finding itself
    OTHERWISE = "otherwise"  # our functions find something else
    OPEN = "open"  # what it speaks of is not among the transcribed figures


@dataclass(frozen=True)
class Studied:
    """What the checks look at: printed figures ("25 ua"), matrices by their id, the questionnaire."""

    figures: Sequence[Figure]
    matrices: Mapping[str, Matrix]
    questionnaire: Questionnaire


@dataclass(frozen=True)
class Checked:
    """A finding, what its check found (empty: nothing to check) and the verdict."""

    finding: Finding
    found: tuple[str, ...]
    verdict: Verdict


def check_finding(finding: Finding, studied: Studied) -> Checked:
    """Run the finding's check.

    Raises
    ------
    DataRejected
        The finding names a question, an option or a mechanism that is not among the transcribed figures.
    """
    if finding.check == NONE:
        return Checked(finding, (), Verdict.OPEN)
    found = _CHECKS[finding.check](finding, studied)
    confirmed = Verdict.ARITHMETIC if finding.check == SUM else Verdict.FUNCTION
    return Checked(finding, found, confirmed if found == finding.expect else Verdict.OTHERWISE)


def _total(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """The sum of a mechanism's scores, where it is not the printed total."""
    wrong = studied.matrices[finding.matrix].misprints
    return tuple(f"{one.computed:g}" for one in wrong if one.mechanism == finding.mechanism)


def _missing(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """The pillars that were announced and scored for nobody."""
    return studied.matrices[finding.matrix].missing


def _highest(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """The highest total that can be had: on each pillar the best score that any mechanism has."""
    matrix = studied.matrices[finding.matrix]
    return (f"{sum(max(one.scores[pillar] or 0 for one in matrix.mechanisms) for pillar in matrix.scored):g}",)


def _bases(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """The bases of the span on which all the questions fit together."""
    figures = [figure for asked in finding.asked for figure in _figures(asked, studied)]
    low, high = finding.span
    return tuple(str(base) for base in audit(figures, largest=high).joint[Rule.HALF_UP] if base >= low)


def _rounding(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """The rules that give each print, with a comma between them; empty where none does."""
    return tuple(", ".join(rules_giving(one.printed, one.count, one.base)) for one in finding.rounded)


def _counts(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """The answers that the prints mean on their stated base, added up over the options asked for."""
    return tuple(str(sum(map(_count, _figures(asked, studied)))) for asked in finding.asked)


def _shares(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """The answers in all, and how many prints of the second question are shares of them, option by option."""
    counts = {figure.option: _count(figure) for figure in _figures(finding.asked[0], studied)}
    total = sum(counts.values())
    prints = _figures(finding.asked[1], studied)
    return str(total), str(sum(bool(rules_giving(one.printed, counts[one.option], total)) for one in prints))


def _optional(finding: Finding, studied: Studied) -> tuple[str, ...]:
    """How many questions may be left open."""
    return (str(sum(not question.required for question in studied.questionnaire.questions.values())),)


def _sum(finding: Finding, studied: Studied) -> tuple[str, ...]:
    return (str(sum(finding.addends)),)


_CHECKS: Mapping[str, Callable[[Finding, Studied], tuple[str, ...]]] = {
    "total": _total,
    "missing": _missing,
    "highest": _highest,
    "bases": _bases,
    "rounding": _rounding,
    "counts": _counts,
    "shares": _shares,
    "optional": _optional,
    SUM: _sum,
}


def _figures(asked: Asked, studied: Studied) -> list[Figure]:
    figures = [one for one in studied.figures if one.question == asked.question]
    chosen = [one for one in figures if not asked.options or one.option in asked.options]
    if not chosen or len(chosen) < len(asked.options):
        found = f"{asked.question}: {', '.join(asked.options) or 'no figure'}"
        raise DataRejected("a finding", must="about transcribed figures", found=found)
    return chosen


def _count(figure: Figure) -> int:
    counts = fitting_counts(figure.printed, figure.stated_base) if figure.stated_base else range(0)
    if len(counts) != 1:
        must = "one whole count on its stated base"
        raise DataRejected("a printed percentage", must=must, found=figure.printed, where=f"question {figure.question}")
    return counts[0]
