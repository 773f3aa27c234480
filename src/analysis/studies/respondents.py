"""Synthetic respondents with given counts: rows of a response file, drawn by integer programs, one a question."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from analysis.catalogue.questionnaire import LANGUAGE, RESPONDENT, Field, Questionnaire
from analysis.errors import DataRejected
from analysis.studies.linear import Program
from analysis.studies.margins import Counts

SEED = 2022
MOST_CONCEPTS = 3
Codes = dict[str, tuple[str, ...]]


def draw_respondents(
    counts: Counts, questionnaire: Questionnaire, languages: Mapping[str, int], texts: Mapping[str, str]
) -> list[dict[str, str]]:
    """Rows that have exactly `counts`, obey the routing and are otherwise drawn at random with a fixed seed.

    Parameters
    ----------
    counts
        From `solve_counts`.
    languages
        How many respondents answer in which language; they add up to the number of respondents.
    texts
        By language, what an open question without keywords is answered with: it says that it is synthetic.

    Returns
    -------
    Rows of a response file as text: `respondent`, `language` and a column a field; several answers divided by "; ".
    Open answers are keywords of the respondent's language.

    Raises
    ------
    DataRejected
        The counts contradict each other, so that no respondents have them.
    """
    chance = np.random.default_rng(SEED)
    spoken = chance.permutation([lang for lang, number in languages.items() for _ in range(number)])
    rows: list[Codes] = [{} for _ in spoken]
    for field in questionnaire.fields():
        chosen = _assigned(field, counts, rows, chance)
        for row, answers in zip(rows, chosen, strict=True):
            row[field.name] = answers
    words = _Words(questionnaire, texts, chance)
    return [
        _written(number, str(lang), row, words) for number, (lang, row) in enumerate(zip(spoken, rows, strict=True), 1)
    ]


def _assigned(
    field: Field, counts: Counts, rows: Sequence[Codes], chance: np.random.Generator
) -> list[tuple[str, ...]]:
    """Who gives which answer to one question, given the answers to the earlier ones."""
    free = [k for k, row in enumerate(rows) if _reached(row, field)]
    number, options = counts.answered[field.name], counts.options[field.name]
    matched = {
        option: [k for k in free if theirs in rows[k][other]] for option, (other, theirs) in field.matches.items()
    }
    if not options:
        chosen = set(chance.permutation(free)[:number].tolist())
        return [("answered",) if k in chosen else () for k in range(len(rows))]
    taste = chance.random((len(rows), len(options)))
    program = _question_program(field, number, options, free, taste)
    for option, bound in matched.items():
        for k in free:
            program.equal({_cell(k, option): 1.0}, float(k in bound))
    values = program.solve()
    if values is None:
        raise DataRejected("the counts", must="those of some respondents", where=field.name)
    return [
        tuple(option for option in options if k in set(free) and values[_cell(k, option)] > 0.5)
        for k in range(len(rows))
    ]


def _question_program(
    field: Field, number: int, options: Mapping[str, int], free: Sequence[int], taste: npt.NDArray[np.float64]
) -> Program:
    program = Program()
    for k in free:
        program.variable(_answers(k), 1)
        for place, option in enumerate(options):
            program.variable(_cell(k, option), 1, cost=float(taste[k, place]))
        every = {_cell(k, option): 1.0 for option in options}
        if field.question.type != "multiple":
            program.equal({**every, _answers(k): -1.0})
            continue
        alone = {_cell(k, option): 1.0 for option in field.question.exclusive}
        program.between({**every, _answers(k): -1.0}, 0, len(options))
        for option in (option for option in options if option not in field.question.exclusive):
            program.between({_cell(k, option): 1.0, **alone, _answers(k): -1.0}, -1, 0)
    program.equal({_answers(k): 1.0 for k in free}, number)
    for option, count in options.items():
        program.equal({_cell(k, option): 1.0 for k in free}, count)
    return program


class _Words:
    """What synthetic respondents write in open questions."""

    def __init__(self, questionnaire: Questionnaire, texts: Mapping[str, str], chance: np.random.Generator) -> None:
        self._keywords = questionnaire.keywords.values()
        self._texts = texts
        self._chance = chance
        self._fields = {field.name: field for field in questionnaire.fields()}

    def answer(self, name: str, lang: str) -> str:
        """Up to three keywords of the question's concepts in the respondent's language."""
        question = self._fields[name].question.id
        known = [word.words[lang] for word in self._keywords if question in word.questions and word.words[lang]]
        if not known:
            return self._texts[lang]
        several = self._chance.permutation(len(known))[: self._chance.integers(1, MOST_CONCEPTS + 1)]
        return ", ".join(self._one(known[place]) for place in several)

    def _one(self, words: Sequence[str]) -> str:
        return str(words[int(self._chance.integers(len(words)))]).removesuffix("*")


def _written(number: int, lang: str, row: Codes, words: _Words) -> dict[str, str]:
    written = {RESPONDENT: f"S{number:02d}", LANGUAGE: lang}
    for name, answers in row.items():
        written[name] = words.answer(name, lang) if answers == ("answered",) else "; ".join(answers)
    return written


def _reached(row: Codes, field: Field) -> bool:
    return all(set(row[gate]) & set(answers) for gate, answers in field.asked_if.items())


def _answers(respondent: int) -> str:
    return f"{respondent} answers"


def _cell(respondent: int, option: str) -> str:
    return f"{respondent} {option}"


def rows_in_order(rows: Iterable[Mapping[str, str]], questionnaire: Questionnaire) -> list[list[str]]:
    """Header and rows, in the order of the form."""
    names = [column.name for column in questionnaire.form().columns]
    return [names, *([row[name] for name in names] for row in rows)]
