"""Facts of the survey that are not answers: who received it, who answered, in which language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import LANGUAGES, Label
from analysis.catalogue.read import read_yaml

FILE = "survey.yml"
MOST = 10**6
RECEIVED, COMPLETED = "received", "completed"


@dataclass(frozen=True)
class Responded:
    """One line of the response table: how many organisations, and the percentage printed beside it."""

    label: Label
    count: int
    printed: str


@dataclass(frozen=True)
class Survey:
    """When the survey was sent; who answered and in which language, its optional questions; synthetic text."""

    sent: date
    weeks_open: int
    optional_printed: int
    languages: Mapping[str, int]
    response: Mapping[str, Responded]
    synthetic_answer: Label

    @property
    def invited(self) -> int:
        """The organisations that received the survey."""
        return self.response[RECEIVED].count

    @property
    def respondents(self) -> int:
        """The organisations that filled it in."""
        return self.response[COMPLETED].count


def load_survey(folder: Path) -> Survey:
    """The facts of `survey.yml`; CatalogueError where the parts do not add up."""
    entry = Entry(FILE, "", read_yaml(folder / FILE))
    spoken = Entry(FILE, "languages", entry.take("languages"))
    lines = Entry(FILE, "response", entry.take("response"))
    survey = Survey(
        sent=entry.date("sent"),
        weeks_open=entry.integer("weeks_open", 1, MOST),
        optional_printed=entry.integer("optional_printed", 0, MOST),
        languages={lang: spoken.integer(lang, 0, MOST) for lang in LANGUAGES if lang in spoken.fields},
        response={name: _responded(Entry(FILE, f"response.{name}", lines.take(name))) for name in lines.fields},
        synthetic_answer=entry.label("synthetic_answer"),
    )
    entry.done()
    if absent := [name for name in (RECEIVED, COMPLETED) if name not in survey.response]:
        raise entry.wrong("response", f"with the lines {RECEIVED} and {COMPLETED}", f"no {absent[0]}")
    if sum(survey.languages.values()) != survey.respondents:
        raise entry.wrong("languages", f"{survey.respondents} in sum, as completed", dict(survey.languages))
    if sum(line.count for line in survey.response.values()) != 2 * survey.invited:
        raise entry.wrong(
            "response", f"lines that add up to {survey.invited}", {n: s.count for n, s in survey.response.items()}
        )
    return survey


def _responded(entry: Entry) -> Responded:
    line = Responded(entry.label("label"), entry.integer("count", 0, MOST), entry.text("printed"))
    entry.done()
    return line
