"""Which printed results of the survey can hold together: a model of counts, and a certificate for those that cannot."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.catalogue.questionnaire import ALL, UA, Field, Questionnaire
from analysis.errors import DataRejected
from analysis.studies.linear import Program
from analysis.studies.percentages import fitting_counts, read_printed

ITEM = "item: "
COLUMNS = ("question", "option", "printed", "stated_base")
MISSED, UNANSWERED, NEAR, EVEN = 1000.0, 100.0, 1.0, 0.01
USUAL_OPEN = 0.4  # of those asked, where nothing is printed about a question that may be left open


@dataclass(frozen=True)
class Printed:
    """A printed result: so many of a field's respondents gave one of `options`.

    `count` is the whole number that the print means on its stated base; None where no whole number does, and then
    `aim` is what it would be. A base without options is the number who answered.
    """

    field: str
    options: tuple[str, ...]
    print: str
    stated_base: int | None
    count: int | None
    aim: float


@dataclass(frozen=True)
class Bound:
    """A rule of the questionnaire that a printed result may break: `required`, or `option` only with `partner`."""

    field: str
    kind: str  # required | matches
    option: str = ""
    partner: tuple[str, str] = ("", "")  # field and answer that `option` goes with


@dataclass(frozen=True)
class Conflict:
    """A certificate: `result` and all of `others` cannot hold at once, and without any one of them they can."""

    result: "Printed | Bound"
    others: "tuple[Printed | Bound, ...]"


@dataclass(frozen=True)
class Counts:
    """How many answer what, by field and option; `answered` by field; what had to give, each with its certificate."""

    options: dict[str, dict[str, int]]
    answered: dict[str, int]
    missed: tuple[Printed, ...]
    broken: tuple[Bound, ...]
    conflicts: tuple[Conflict, ...]


def printed_results(rows: Iterable[Mapping[str, object]], questionnaire: Questionnaire) -> list[Printed]:
    """The printed percentages of fields; rows have `question`, `column`, `option`, `printed`, `stated_base`.

    Rows that repeat a value in a figure of the report, or that name no base, are left out. The number who answered an
    open question stands in the questionnaire.

    Raises
    ------
    DataRejected
        A row names a question, column or option that the questionnaire does not have.
    """
    fields = {(field.question.id, field.column, field.item): field for field in questionnaire.fields()}
    results = [found for row in rows if (found := _printed(row, fields)) is not None]
    for field in fields.values():
        if field.question.answered is not None:
            number = field.question.answered
            results.append(Printed(field.name, (), str(number), None, number, float(number)))
    return results


def solve_counts(results: Sequence[Printed], questionnaire: Questionnaire, respondents: int) -> Counts:
    """Counts of every answer that satisfy the routing and as many printed results as can be.

    Parameters
    ----------
    results
        From `printed_results`.
    respondents
        How many filled in the questionnaire.

    Returns
    -------
    Counts
        Fewest printed results missed first; then fewest required questions left open; then the smallest distance from
        the results that are missed or impossible. Options of which nothing is printed share what is left evenly.
        Each result missed and each rule broken has a conflict: an irreducible infeasible set that it belongs to.
    """
    model = _Model(tuple(questionnaire.fields()), respondents)
    possible = [result for result in results if result.count is not None]
    rules = model.rules()
    wanted: list[Printed | Bound] = [*possible, *rules]
    values = model.elastic(possible, [result for result in results if result.count is None], rules)
    missed = tuple(one for one in possible if round(values[_name(one)]))
    broken = tuple(one for one in rules if round(values[_name(one)]))
    kept = [one for one in wanted if one not in missed and one not in broken]
    given_up: list[Printed | Bound] = [*missed, *broken]
    conflicts = tuple(Conflict(one, model.core(one, kept)) for one in given_up)
    options = {
        field.name: {option: round(values[_of(field.name, option)]) for option in field.question.options}
        for field in model.fields
    }
    answered = {field.name: round(values[_of(field.name)]) for field in model.fields}
    return Counts(options, answered, missed, broken, conflicts)


class _Model:
    """The questionnaire as linear constraints on counts: exact, because each question has at most one gate."""

    def __init__(self, fields: tuple[Field, ...], respondents: int) -> None:
        self.fields = fields
        self.respondents = respondents
        self.by_name = {field.name: field for field in fields}

    def rules(self) -> list[Bound]:
        """The rules that may give way to a printed result."""
        matches = [Bound(field.name, "matches", *pair) for field in self.fields for pair in field.matches.items()]
        return [*matches, *(Bound(field.name, "required") for field in self.fields if field.required)]

    def elastic(
        self, possible: Sequence[Printed], impossible: Sequence[Printed], rules: Sequence[Bound]
    ) -> dict[str, float]:
        """The counts that break least; the variable of each result and rule is 1 where it is given up."""
        program = self._structure()
        wanted: list[Printed | Bound] = [*possible, *rules]
        for one in wanted:
            given_up = program.variable(_name(one), 1, cost=MISSED if isinstance(one, Printed) else UNANSWERED)
            if isinstance(one, Bound) and one.kind == "matches":
                program.upper[given_up] = 0  # an answer that contradicts another one is no answer
            terms, value = self._terms(one)
            program.between({**terms, given_up: self.respondents}, value, 2 * self.respondents + value)
            program.between({**terms, given_up: -self.respondents}, value - 2 * self.respondents, value)
        for rule in (rule for rule in rules if rule.kind == "required"):
            silent = program.variable(f"silent {rule.field}", cost=NEAR)
            program.equal({_asked(rule.field): 1.0, _of(rule.field): -1.0, silent: -1.0})
        for result in (*possible, *impossible):
            program.deviation(f"near {_name(result)}", self._terms(result)[0], result.aim, NEAR)
        spoken = {(result.field, option) for result in (*possible, *impossible) for option in result.options}
        for field in self.fields:
            self._even(program, field, spoken)
        found = program.solve()
        if found is None:
            raise DataRejected("the questionnaire", must="one that somebody can fill in")
        return found

    def core(self, one: Printed | Bound, kept: Sequence[Printed | Bound]) -> tuple[Printed | Bound, ...]:
        """Members of `kept` that contradict `one`, none of which can be spared (QuickXplain: Junker 2004)."""
        if self._holds([one, *kept]):
            return ()
        return tuple(self._explain([one], False, list(kept)))

    def _explain(
        self, held: list[Printed | Bound], added: bool, doubted: list[Printed | Bound]
    ) -> list[Printed | Bound]:
        if added and not self._holds(held):
            return []
        if len(doubted) == 1:
            return doubted
        first, second = doubted[: len(doubted) // 2], doubted[len(doubted) // 2 :]
        needed = self._explain([*held, *first], True, second)
        return [*self._explain([*held, *needed], bool(needed), first), *needed]

    def _holds(self, wanted: Sequence[Printed | Bound]) -> bool:
        program = self._structure()
        for one in wanted:
            terms, value = self._terms(one)
            program.equal(terms, value)
        return program.solve() is not None

    def _terms(self, one: Printed | Bound) -> tuple[dict[str, float], float]:
        if isinstance(one, Printed):
            names = [_of(one.field, option) for option in one.options] or [_of(one.field)]
            return dict.fromkeys(names, 1.0), float(one.aim if one.count is None else one.count)
        if one.kind == "required":
            return {_of(one.field): 1.0, _asked(one.field): -1.0}, 0.0
        return {_of(one.field, one.option): 1.0, _of(*one.partner): -1.0}, 0.0

    def _structure(self) -> Program:
        program = Program()
        for field in self.fields:
            number = program.variable(_of(field.name), self.respondents)
            asked = program.variable(_asked(field.name), self.respondents)
            program.equal({asked: 1.0, **self._gate(field)}, 0.0 if field.asked_if else self.respondents)
            program.between({asked: 1.0, number: -1.0}, 0, self.respondents)
            for option in field.question.options:
                program.variable(_of(field.name, option), self.respondents)
            if field.question.options:
                _answers(program, field)
        return program

    def _gate(self, field: Field) -> dict[str, float]:
        """Minus the number who gave the answers that lead to `field`."""
        terms: dict[str, float] = {}
        for gate, answers in field.asked_if.items():
            question = self.by_name[gate].question
            if question.type != "multiple":
                terms |= {_of(gate, answer): -1.0 for answer in answers}
            elif set(answers) | set(question.exclusive) == set(question.options):
                terms |= {_of(gate): -1.0, **{_of(gate, alone): 1.0 for alone in question.exclusive}}
            else:
                must = "all answers but the exclusive ones, where several can be given"
                raise DataRejected("a routing", must=must, found=answers, where=field.name)
        return terms

    def _even(self, program: Program, field: Field, spoken: set[tuple[str, str]]) -> None:
        number, options = _of(field.name), [o for o in field.question.options if (field.name, o) not in spoken]
        for option in options:
            share = {_of(field.name, option): 1.0, number: -1.0 / len(field.question.options)}
            program.deviation(f"even {field.name} {option}", share, 0.0, EVEN)
        if not field.required and not field.question.options:
            program.deviation(f"even {field.name}", {number: 1.0, _asked(field.name): -USUAL_OPEN}, 0.0, EVEN)


def _answers(program: Program, field: Field) -> None:
    """What the type of a question says about its counts."""
    number, exclusive = _of(field.name), [_of(field.name, option) for option in field.question.exclusive]
    others = [_of(field.name, option) for option in field.question.options if option not in field.question.exclusive]
    if field.question.type != "multiple":
        program.equal({**dict.fromkeys([*others, *exclusive], 1.0), number: -1.0})
        return
    alone = dict.fromkeys(exclusive, 1.0)
    program.between({**dict.fromkeys(others, 1.0), **alone, number: -1.0}, 0, float("inf"))
    for option in others:
        program.between({option: 1.0, **alone, number: -1.0}, -float("inf"), 0)


def _printed(row: Mapping[str, object], fields: Mapping[tuple[str, str, str], Field]) -> Printed | None:
    number, column, option = _number(row), str(row.get("column") or ALL), str(row["option"])
    base = row["stated_base"]
    if base in (None, "") or base != base or not (column in (ALL, UA) or column.startswith(ITEM)):
        return None
    items = {label.en: code for field in fields.values() for code, label in field.question.items.items()}
    item = items.get(column.removeprefix(ITEM), "") if column.startswith(ITEM) else ""
    field = fields.get((number, ALL if column.startswith(ITEM) else column, item))
    codes = _codes(field, option) if field else ()
    if not field or not codes:
        must = "a field and an option of the questionnaire"
        raise DataRejected("a printed result", must=must, found=f"{number} {column}: {option}")
    stated, text = _base(base, field), str(row["printed"])
    units, whole = read_printed(text)
    counts = fitting_counts(text, stated)
    if len(counts) > 1:
        raise DataRejected("a printed result", must="of one count", found=f"{text} of {stated}", where=field.name)
    return Printed(field.name, codes, text, stated, counts[0] if counts else None, float(units / whole * stated))


def _number(row: Mapping[str, object]) -> str:
    """The number of the question, as the questionnaire writes it: 3 for 3.0."""
    if absent := [name for name in COLUMNS if name not in row]:
        must = f"of rows with the columns {', '.join(COLUMNS)}"
        raise DataRejected("a table of printed results", must=must, found=f"no {', '.join(absent)}")
    text = str(row["question"]).strip()
    return text.removesuffix(".0")


def _base(cell: object, field: Field) -> int:
    found = re.fullmatch(r"0*([1-9][0-9]{0,5})(\.0+)?", str(cell).strip())
    if found is None:
        raise DataRejected("a stated base", must="a whole number from 1 on", found=cell, where=field.name)
    return int(found[1])


def _codes(field: Field, option: str) -> tuple[str, ...]:
    merged = field.question.printed.get(option, ())
    return merged or tuple(code for code, label in field.question.options.items() if label.en == option)


def _of(field: str, option: str = "") -> str:
    return f"{field}={option}" if option else f"{field} answered"


def _asked(field: str) -> str:
    return f"{field} asked"


def _name(one: Printed | Bound) -> str:
    what = one.kind + one.option if isinstance(one, Bound) else "+".join(one.options)
    return f"give up {one.field} {what}"
