"""What readers said and what became of it, how communities judge that, and what changed from release to release."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Catalogue, Label
from analysis.catalogue.read import read_yaml

RELEASES, FEEDBACK, EVALUATIONS = "releases.yml", "feedback.yml", "evaluations.yml"
VERDICTS = ("yes", "partly", "no", "not_known")


@dataclass(frozen=True)
class ReleaseNote:
    """What changed with a release, in words; nothing where nothing did."""

    id: str
    published: date
    data: Label | None = None
    rulebook: Label | None = None
    method: Label | None = None


@dataclass(frozen=True)
class Item:
    """One remark of a reader about a page; `closed_in` names the release that settled it. `sender` is no person."""

    id: str
    received: date
    sender: Label
    page: str
    text: Label
    answer: Label | None = None
    closed_in: str = ""
    public: bool = False  # whether the public may read its words


@dataclass(frozen=True)
class Evaluation:
    """How those concerned judge a mechanism: for each question a verdict and what they said."""

    id: str
    held: date
    by: Label
    mechanism: Label
    answers: tuple[tuple[Label, str, Label], ...]  # question, verdict, words
    public: bool = False


@dataclass(frozen=True)
class Exchange:
    """The three files together, as known on one day, newest first."""

    releases: tuple[ReleaseNote, ...]
    items: tuple[Item, ...]
    evaluations: tuple[Evaluation, ...]

    def closing(self, item: Item) -> ReleaseNote | None:
        """The release that settled an item; None while it is open."""
        return next((one for one in self.releases if one.id == item.closed_in), None)

    def standing(self, release: ReleaseNote) -> tuple[int, int, int]:
        """Items received since the release before, settled by this one, and still open after it."""
        before = max((one.published for one in self.releases if one.published < release.published), default=date.min)
        known = [one for one in self.items if one.received <= release.published]
        settled = [self.closing(one) for one in known]
        new = sum(one.received > before for one in known)
        closed = sum(one is not None and one.id == release.id for one in settled)
        still = sum(one is None or one.published > release.published for one in settled)
        return new, closed, still


def load_exchange(reports: Path, catalogue: Catalogue, as_of: date = date.max) -> Exchange:
    """Releases, feedback and evaluations of the folder `reports`, up to a day; none where a file is missing.

    Raises
    ------
    CatalogueError
        At the first entry that breaks a rule, in one line: file, entry, what it must be, what was found.
    """
    releases = [_release(entry) for entry in _each(reports / RELEASES)]
    known = {one.id: one for one in releases}
    items = [_item(entry, catalogue, known) for entry in _each(reports / FEEDBACK)]
    judged = [_evaluation(entry) for entry in _each(reports / EVALUATIONS)]
    return Exchange(
        tuple(sorted((one for one in releases if one.published <= as_of), key=lambda one: one.published, reverse=True)),
        tuple(sorted((one for one in items if one.received <= as_of), key=lambda one: one.received, reverse=True)),
        tuple(sorted((one for one in judged if one.held <= as_of), key=lambda one: one.held, reverse=True)),
    )


def unpublished(exchange: Exchange) -> Iterator[tuple[str, Label]]:
    """What a public release must not hold: what it is, and its words."""
    for item in exchange.items:
        if not item.public:
            yield f"feedback {item.id}", item.text
            if item.answer is not None:
                yield f"the answer to feedback {item.id}", item.answer
    for evaluation in exchange.evaluations:
        if not evaluation.public:
            yield from ((f"evaluation {evaluation.id}", words) for _, _, words in evaluation.answers)


def _each(file: Path) -> list[Entry]:
    if not file.is_file():
        return []
    return [Entry(file.name, str(name), fields) for name, fields in read_yaml(file).items()]


def _release(entry: Entry) -> ReleaseNote:
    note = ReleaseNote(
        entry.name, entry.date("published"), *(_optional(entry, name) for name in ("data", "rulebook", "method"))
    )
    entry.done()
    return note


def _item(entry: Entry, catalogue: Catalogue, releases: Mapping[str, ReleaseNote]) -> Item:
    item = Item(
        entry.name,
        entry.date("received"),
        entry.label("from"),
        entry.one_of("page", tuple(catalogue.pages)),
        entry.label("text"),
        _optional(entry, "answer"),
        entry.text("closed_in", ""),
        entry.flag("public", False),
    )
    entry.done()
    if item.closed_in and item.closed_in not in releases:
        raise entry.wrong("closed_in", f"one of {', '.join(releases)} ({RELEASES})", item.closed_in)
    if item.closed_in and item.answer is None:
        raise entry.wrong("answer", "given where the item is closed", None)
    if item.closed_in and releases[item.closed_in].published < item.received:
        raise entry.wrong("closed_in", f"a release after {item.received}", item.closed_in)
    return item


def _evaluation(entry: Entry) -> Evaluation:
    held, by, mechanism = entry.date("held"), entry.label("by"), entry.label("mechanism")
    listed = entry.take("answers")
    if not isinstance(listed, list) or not listed:
        raise entry.wrong("answers", "a list of question, verdict and words", listed)
    parts = [Entry(entry.file, f"{entry.name}, answer {number}", one) for number, one in enumerate(listed, start=1)]
    answers = []
    for part in parts:
        answers.append((part.label("question"), part.one_of("verdict", VERDICTS), part.label("words")))
        part.done()
    made = Evaluation(entry.name, held, by, mechanism, tuple(answers), entry.flag("public", False))
    entry.done()
    return made


def _optional(entry: Entry, field: str) -> Label | None:
    return entry.label(field) if field in entry.fields else None
