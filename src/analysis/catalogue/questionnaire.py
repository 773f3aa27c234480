"""A questionnaire as data: questions with types, answers and routing, and the form of a response file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import LANGUAGES, Column, Form, Label
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

FILE, OPTIONS, KEYWORDS = "questionnaire.yml", "answer_options.yml", "keywords.yml"
FORM = "survey_responses"
RESPONDENT, LANGUAGE = "respondent", "language"
TYPES = ("open", "single", "multiple", "scale")
ALL, UA = "all", "ua"
Routing = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """One question. `options` are code -> label (none for an open one); `items` the rows of a scale.

    It is asked where each question of `asked_if` has one of the answers named. `matches`: the answer -> (question,
    answer) that goes with it, and only with it. `printed`: a printed option that stands for several codes.
    """

    id: str
    section: int
    type: str
    text: Label
    required: bool
    cited: bool
    columns: tuple[str, ...]
    options: Mapping[str, Label]
    items: Mapping[str, Label]
    free_items: tuple[str, ...]
    exclusive: tuple[str, ...]
    asked_if: Routing
    ua_asked_if: Routing
    matches: Mapping[str, tuple[str, str]]
    printed: Mapping[str, tuple[str, ...]]
    answered: int | None
    reconstructed: bool


@dataclass(frozen=True)
class Field:
    """One column of a response file: a question, its column (all or ua) and, of a scale, its item.

    `asked_if`: the fields that decide whether this one is asked, each with the answers that let it be. `matches`: an
    answer -> the field and the answer there that goes with it.
    """

    name: str
    question: Question
    column: str
    item: str
    asked_if: Routing
    matches: Mapping[str, tuple[str, str]]

    @property
    def required(self) -> bool:
        """Whether everyone who is asked must answer; the item `other` of a scale is free."""
        return self.question.required and self.item not in self.question.free_items


@dataclass(frozen=True)
class Keyword:
    """A concept and its words by language; it is looked for in the answers to `questions`."""

    id: str
    label: Label
    questions: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Questionnaire:
    """The questions in order, the option lists and the keywords for open answers."""

    questions: Mapping[str, Question]
    keywords: Mapping[str, Keyword] = field(default_factory=dict)

    def fields(self) -> Iterator[Field]:
        """The columns of a response file, in the order of the questions."""
        for question in self.questions.values():
            for column in question.columns:
                routing = question.ua_asked_if if column == UA and question.ua_asked_if else question.asked_if
                asked_if = {self._name(number, column): answers for number, answers in routing.items()}
                matches = {
                    own: (self._name(other, column), answer) for own, (other, answer) in question.matches.items()
                }
                for item in question.items or ("",):
                    name = self._name(question.id, column, item)
                    yield Field(name, question, column, item, asked_if, matches)

    def _name(self, number: str, column: str, item: str = "") -> str:
        """The field of a question: q19, q19_ua, q38_monitor; the only column of a question has its plain name."""
        second = column == UA and len(self.questions[number].columns) > 1
        return f"q{number}" + ("_ua" if second else "") + (f"_{item}" if item else "")

    def form(self) -> Form:
        """The form of a response file: one row a respondent, its language, and one text column a field."""
        names = [RESPONDENT, LANGUAGE, *(one.name for one in self.fields())]
        return Form(FORM, "table", tuple(Column(name, "text", (name,)) for name in names))


def load_questionnaire(folder: Path) -> Questionnaire:
    """The questionnaire of `questionnaire.yml`, with its option lists and keywords.

    Raises
    ------
    CatalogueError
        A type, option, item or routing that is not known; routing must lead back to an earlier question.
    """
    lists = {name: _labels(Entry(OPTIONS, name, codes)) for name, codes in read_yaml(folder / OPTIONS).items()}
    questions: dict[str, Question] = {}
    for name, fields in read_yaml(folder / FILE).items():
        questions[name] = _question(Entry(FILE, name, fields), lists, questions)
    return Questionnaire(questions, _keywords(folder, questions))


def _labels(entry: Entry) -> dict[str, Label]:
    for code in entry.fields:
        if not isinstance(code, str):
            raise CatalogueError("a code", must="text", found=code, where=entry.where, mend="Put it in quotes.")
    return {code: entry.label(code) for code in entry.fields}


def _question(entry: Entry, lists: Mapping[str, Mapping[str, Label]], before: Mapping[str, Question]) -> Question:
    kind = entry.one_of("type", TYPES)
    options, items = _listed(entry, "options", lists), _listed(entry, "items", lists)
    if bool(options) != (kind != "open") or bool(items) != (kind == "scale"):
        raise entry.wrong("options", "given for all but open questions, with items for a scale", kind)
    question = Question(
        id=entry.name,
        section=entry.integer("section", 1, 99),
        type=kind,
        text=entry.label("text"),
        required=entry.flag("required", False),
        cited=entry.flag("cited", False),
        columns=_codes(entry, "columns", entry.texts("columns", (ALL,)), (ALL, UA)),
        options=options,
        items=items,
        free_items=_codes(entry, "free_items", entry.texts("free_items", ()), tuple(items)),
        exclusive=_codes(entry, "exclusive", entry.texts("exclusive", ()), tuple(options)),
        asked_if=_routing(entry, "asked_if", before),
        ua_asked_if=_routing(entry, "ua_asked_if", before),
        matches=_matches(entry, options, before),
        printed={
            text: _codes(entry, "printed", codes, tuple(options)) for text, codes in _lists(entry, "printed").items()
        },
        answered=entry.integer("answered", 0, 10**6) if "answered" in entry.fields else None,
        reconstructed=entry.flag("reconstructed", False),
    )
    entry.done()
    return question


def _listed(entry: Entry, name: str, lists: Mapping[str, Mapping[str, Label]]) -> Mapping[str, Label]:
    given = entry.text(name, "")
    if given and given not in lists:
        raise entry.wrong(name, f"a list of {OPTIONS}", given)
    return lists[given] if given else {}


def _codes(entry: Entry, name: str, codes: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [code for code in codes if code not in known]:
        raise entry.wrong(name, "of " + ", ".join(known), unknown[0])
    return codes


def _lists(entry: Entry, name: str) -> dict[str, tuple[str, ...]]:
    inner = Entry(entry.file, f"{entry.name}.{name}", entry.take(name, {}))
    return {key: inner.texts(key) for key in inner.fields}


def _routing(entry: Entry, name: str, before: Mapping[str, Question]) -> dict[str, tuple[str, ...]]:
    routing = _lists(entry, name)
    for number, answers in routing.items():
        if number not in before:
            raise entry.wrong(name, "of an earlier question", number)
        _codes(entry, name, answers, tuple(before[number].options))
    return routing


def _matches(entry: Entry, options: Mapping[str, Label], before: Mapping[str, Question]) -> dict[str, tuple[str, str]]:
    inner = Entry(entry.file, f"{entry.name}.matches", entry.take("matches", {}))
    found = {}
    for answer in inner.fields:
        _codes(entry, "matches", (answer,), tuple(options))
        ((number, other),) = inner.mapping(answer).items()
        if number not in before or other not in before[number].options:
            raise entry.wrong("matches", "an answer of an earlier question", f"{number}: {other}")
        found[answer] = (number, other)
    return found


def _keywords(folder: Path, questions: Mapping[str, Question]) -> dict[str, Keyword]:
    keywords = {}
    for name, fields in read_yaml(folder / KEYWORDS).items():
        entry = Entry(KEYWORDS, name, fields)
        asked = _codes(entry, "questions", entry.texts("questions"), tuple(questions))
        words = {lang: entry.texts(lang, ()) for lang in LANGUAGES}
        keywords[name] = Keyword(name, entry.label("label"), asked, words)
        entry.done()
        if not any(words.values()):
            raise CatalogueError("the words of a concept", must="given in one language or more", where=entry.where)
    return keywords
