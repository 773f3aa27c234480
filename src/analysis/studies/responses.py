"""A response file of the survey: read, checked against the questionnaire with its routing, and tabulated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.catalogue.questionnaire import LANGUAGE, RESPONDENT, Field, Questionnaire
from analysis.errors import DataRejected

SEPARATOR = ";"
LEVEL_Z = 1.959963984540054
Row = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Broken:
    """One answer that breaks the questionnaire. `rule`: unknown, single, exclusive, not_asked, required or matches."""

    respondent: str
    field: str
    rule: str
    found: str


@dataclass(frozen=True)
class Share:
    """How many gave one answer; share and interval from 0 to 1."""

    option: str
    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Tabulated:
    """One field of the survey: how many were asked, answered and kept silent, and each answer's share of `answered`."""

    field: Field
    asked: int
    answered: int
    shares: tuple[Share, ...]
    finite: bool

    @property
    def silent(self) -> int:
        """Asked, and no answer."""
        return self.asked - self.answered


def read_responses(
    rows: Iterable[Mapping[str, object]], questionnaire: Questionnaire
) -> list[dict[str, tuple[str, ...]]]:
    """Rows of a response file as codes.

    Parameters
    ----------
    rows
        One a respondent, with `respondent`, `language` and the columns of `questionnaire.fields()`; several answers are
        divided by semicolons. An answer is a code or its label in any language.

    Raises
    ------
    DataRejected
        A column is missing, or a respondent has no number or two rows.
    """
    fields = list(questionnaire.fields())
    labels = {field.name: _names(field) for field in fields}
    read: list[dict[str, tuple[str, ...]]] = []
    for number, row in enumerate(rows, start=1):
        if missing := [name for name in (RESPONDENT, LANGUAGE, *labels) if name not in row]:
            must = "the columns of the questionnaire"
            raise DataRejected("a response file", must=must, found=f"no {missing[0]}", where=f"row {number}")
        codes = {field.name: _answers(row[field.name], field, labels[field.name]) for field in fields}
        read.append({RESPONDENT: (_text(row[RESPONDENT]),), LANGUAGE: (_text(row[LANGUAGE]),), **codes})
    numbers = [row[RESPONDENT][0] for row in read]
    twice = sorted({name for name in numbers if not name or numbers.count(name) > 1})
    if twice or not read:
        raise DataRejected("the respondents", must="one or more, each with a number of its own", found=twice)
    return read


def check_responses(rows: Sequence[Row], questionnaire: Questionnaire) -> list[Broken]:
    """Everything in `rows` (from `read_responses`) that the questionnaire does not allow, in its order."""
    fields = list(questionnaire.fields())
    return [broken for row in rows for field in fields for broken in _breaks(row, field)]


def tabulate(rows: Sequence[Row], questionnaire: Questionnaire, *, population: int | None = None) -> list[Tabulated]:
    """Counts, shares and 95 % Wilson intervals of every field; an open one has no shares.

    Parameters
    ----------
    population
        How many were invited. Where a question was answered by every respondent, its interval allows for the part of
        the population that answered (`wilson`); of a smaller group the population is not known, and its interval is
        the plain, wider one.
    """
    return [_tabulated(rows, field, population) for field in questionnaire.fields()]


def asked(row: Row, field: Field) -> bool:
    """Whether the routing puts the question to this respondent."""
    return all(set(row[gate]) & set(answers) for gate, answers in field.asked_if.items())


def wilson(count: int, base: int, population: int | None = None) -> tuple[float, float]:
    """The 95 % interval of a share.

    Parameters
    ----------
    population
        Size of a finite population that `base` was drawn from; the base then counts as base (N - 1) / (N - base), and
        the share is exact where all answered.

    Source: Wilson (1927); the effective size is the finite population correction of the variance (Cochran 1977, 2.6).
    """
    if not 0 <= count <= base or base == 0 or (population is not None and population < base):
        raise DataRejected("a share", must="a count of a base, and the base of a population", found=(count, base))
    share = count / base
    if population == base:
        return share, share
    size = base if population is None else base * (population - 1) / (population - base)
    spread = LEVEL_Z**2 / size
    middle = (share + spread / 2) / (1 + spread)
    half = (spread * (share * (1 - share) + spread / 4)) ** 0.5 / (1 + spread)
    return (0.0 if count == 0 else middle - half), (1.0 if count == base else middle + half)


def _tabulated(rows: Sequence[Row], field: Field, population: int | None) -> Tabulated:
    given = [row[field.name] for row in rows if asked(row, field)]
    answers = [answer for answer in given if answer]
    finite = population is not None and len(answers) == len(rows)
    shares = []
    for option in field.question.options:
        count = sum(option in answer for answer in answers)
        if answers:
            low, high = wilson(count, len(answers), population if finite else None)
            shares.append(Share(option, count, count / len(answers), low, high))
    return Tabulated(field, len(given), len(answers), tuple(shares), finite)


def _breaks(row: Row, field: Field) -> Iterable[Broken]:
    answers, question = row[field.name], field.question

    def broken(rule: str) -> Broken:
        return Broken(row[RESPONDENT][0], field.name, rule, "; ".join(answers))

    if not asked(row, field):
        if answers:
            yield broken("not_asked")
        return
    if not answers:
        if field.required:
            yield broken("required")
        return
    if question.options and not set(answers) <= set(question.options):
        yield broken("unknown")
    if len(answers) > 1 and question.type in ("single", "scale"):
        yield broken("single")
    if len(answers) > 1 and set(answers) & set(question.exclusive):
        yield broken("exclusive")
    for answer, (other, theirs) in field.matches.items():
        if row[other] and (answer in answers) != (theirs in row[other]):
            yield broken("matches")


def _answers(cell: object, field: Field, names: Mapping[str, str]) -> tuple[str, ...]:
    text = _text(cell)
    if field.question.type == "open":
        return (text,) if text else ()
    parts = [part.strip() for part in text.split(SEPARATOR)]
    return tuple(dict.fromkeys(names.get(part.casefold(), part) for part in parts if part))


def _names(field: Field) -> dict[str, str]:
    names: dict[str, str] = {}
    for code, label in field.question.options.items():
        names |= {text.casefold(): code for text in (label.en, label.fr, label.nl, label.de)}
    return names | {code.casefold(): code for code in field.question.options}


def _text(cell: object) -> str:
    text = "" if cell is None or cell != cell else str(cell)
    return " ".join(text.split())
