"""The auditor of published percentages: which whole numbers of answers, on which base, rounded how, give the print."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from analysis.errors import DataRejected

SMALLEST_RANGE = 200
_PRINTED = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,12}))?[\s\u00a0\u202f]*%?")


class Rule(StrEnum):
    """How a share becomes a printed percentage."""

    HALF_UP = "half up"
    HALF_EVEN = "half even"
    TRUNCATION = "truncation"


@dataclass(frozen=True)
class Figure:
    """One printed percentage: its question, option, text and the base that the report names (None: no base named)."""

    question: str
    option: str
    printed: str
    stated_base: int | None = None

    @property
    def units(self) -> tuple[int, int]:
        """The print in units of its last digit, and how many units a whole is: 57,89 % is 5789 of 10000."""
        return read_printed(self.printed)


@dataclass(frozen=True)
class FigureAudit:
    """What one figure can be on its stated base: the whole counts under each rule (empty: none)."""

    figure: Figure
    counts: dict[Rule, range]

    def possible(self, rule: Rule = Rule.HALF_UP) -> bool:
        """Whether a whole number of answers gives the print on the stated base."""
        return len(self.counts[rule]) > 0


@dataclass(frozen=True)
class QuestionAudit:
    """The bases on which all options of one question can be what is printed, under each rule."""

    question: str
    stated_base: int | None
    figures: tuple[FigureAudit, ...]
    bases: dict[Rule, tuple[int, ...]]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules under which the stated base fits every option of the question."""
        return tuple(rule for rule in Rule if self.stated_base in self.bases[rule])

    def nearest(self, rule: Rule = Rule.HALF_UP) -> int | None:
        """The base that fits and lies nearest to the stated one (the smallest where none is stated or on a tie)."""
        return min(self.bases[rule], key=lambda base: (abs(base - (self.stated_base or 0)), base), default=None)

    def adds_up(self, base: int, rule: Rule = Rule.HALF_UP) -> bool:
        """Whether the options, where each respondent gave exactly one of them, can share out `base` answers."""
        counts = [_counts(*audited.figure.units, base, rule) for audited in self.figures]
        return all(counts) and sum(r[0] for r in counts) <= base <= sum(r[-1] for r in counts)


@dataclass(frozen=True)
class Audit:
    """What a table of printed percentages can rest on.

    `joint` holds, by rule, the bases in 1..`largest` on which every question fits at once; from `always` on, any base
    gives any percentage of the precision printed, so that only smaller bases say something.
    """

    questions: tuple[QuestionAudit, ...]
    joint: dict[Rule, tuple[int, ...]]
    largest: int
    always: int

    @property
    def stated(self) -> tuple[FigureAudit, ...]:
        """The figures that name a base."""
        every = chain.from_iterable(question.figures for question in self.questions)
        return tuple(audited for audited in every if audited.figure.stated_base is not None)

    def reproduced(self, rule: Rule = Rule.HALF_UP) -> tuple[FigureAudit, ...]:
        """The figures that a whole number of answers gives on the stated base."""
        return tuple(audited for audited in self.stated if audited.possible(rule))

    def impossible(self, rule: Rule = Rule.HALF_UP) -> tuple[FigureAudit, ...]:
        """The figures that no whole number of answers gives on the stated base."""
        return tuple(audited for audited in self.stated if not audited.possible(rule))


def audit(figures: Iterable[Figure], *, largest: int | None = None) -> Audit:
    """Audit printed percentages against whole counts, in exact integer arithmetic.

    Parameters
    ----------
    figures
        Printed percentages. Figures of one question share a base; where one question names two bases, each base is
        audited as a question of its own.
    largest
        The largest base to try; every base from 1 is tried. Default: twice the largest stated base, at least 200.

    Returns
    -------
    Audit
        By question, in the order of the table, the bases that fit; the bases that fit all questions jointly; and for
        each figure its possible counts on the stated base. A rule is applied to a whole question, or to all of them.

    Raises
    ------
    DataRejected
        A print is not a percentage, a stated base is not positive, or there is no figure.

    Notes
    -----
    A count k on base n prints as p units out of s (s = 100 for whole percentages) where, with x = s k / n, rounding
    half up means p - 1/2 <= x < p + 1/2, truncation p <= x < p + 1, and half even moves a tie to the even digit.
    This generalises the GRIM test (Brown & Heathers 2017) from means of whole numbers to shares with an unknown base.
    """
    groups: dict[tuple[str, int | None], list[Figure]] = {}
    for figure in figures:
        if figure.stated_base is not None and figure.stated_base < 1:
            where = f"question {figure.question}"
            raise DataRejected("a stated base", must="1 or more", found=figure.stated_base, where=where)
        groups.setdefault((figure.question, figure.stated_base), []).append(figure)
    if not groups:
        raise DataRejected("the table of percentages", must="one row or more long")
    widest = largest or _default_largest(base for _, base in groups)
    questions = tuple(
        _audit_question(name, base, group, largest or _default_largest([base]))
        for (name, base), group in groups.items()
    )
    every = list(chain.from_iterable(groups.values()))
    return Audit(
        questions=questions,
        joint={rule: fitting_bases(every, rule, widest) for rule in Rule},
        largest=widest,
        always=max(figure.units[1] for figure in every),
    )


def read_printed(text: str) -> tuple[int, int]:
    """A printed percentage in units of its last digit, and the units in 100 %; "57,89%" is (5789, 10000).

    Raises
    ------
    DataRejected
        The text is not digits with at most one decimal comma or point and an optional percent sign.
    """
    found = _PRINTED.fullmatch(text.strip())
    if found is None:
        raise DataRejected("a printed percentage", must="a number such as 57,89% or 57.89", found=text)
    whole, decimals = found[1], found[2] or ""
    return int(whole + decimals), 100 * int(10 ** len(decimals))


def fitting_counts(printed: str, base: int, rule: Rule = Rule.HALF_UP) -> range:
    """The whole counts 0..base that print as `printed` on `base` under `rule`; empty where none does."""
    return _counts(*read_printed(printed), base, rule)


def rules_giving(printed: str, count: int, base: int) -> tuple[Rule, ...]:
    """The rules under which `count` of `base` prints as `printed`; empty where the print is wrong."""
    return tuple(rule for rule in Rule if count in fitting_counts(printed, base, rule))


def fitting_bases(figures: Sequence[Figure], rule: Rule, largest: int) -> tuple[int, ...]:
    """The bases 1..largest on which every figure has a whole count under `rule`."""
    prints = {figure.units for figure in figures}
    if any(units > whole for units, whole in prints):
        return ()
    # From a base of as many as there are units in 100 % on, a count lies in every interval: no need to look.
    tried = min(largest, max((whole for _, whole in prints), default=1) - 1)
    fitting = [base for base in range(1, tried + 1) if all(_counts(*units, base, rule) for units in prints)]
    return (*fitting, *range(tried + 1, largest + 1))


def _audit_question(name: str, base: int | None, figures: list[Figure], largest: int) -> QuestionAudit:
    audited = tuple(
        FigureAudit(figure, {rule: _counts(*figure.units, base, rule) if base else range(0) for rule in Rule})
        for figure in figures
    )
    return QuestionAudit(name, base, audited, {rule: fitting_bases(figures, rule, largest) for rule in Rule})


def _default_largest(bases: Iterable[int | None]) -> int:
    return max([SMALLEST_RANGE, *(2 * base for base in bases if base)])


def _counts(units: int, whole: int, base: int, rule: Rule) -> range:
    # Doubled, so that the halves at which rounding turns are whole numbers: low <= 2 * whole * count / base < high.
    low, high, step = ((2 * units - 1) * base, (2 * units + 1) * base, 2 * whole)
    if rule is Rule.TRUNCATION:
        low, high = 2 * units * base, (2 * units + 2) * base
    first, last = -(-low // step), (high - 1) // step
    if rule is Rule.HALF_EVEN:
        if units % 2:
            first = low // step + 1
        else:
            last = high // step
    return range(max(first, 0), min(last, base) + 1)
