"""The publication as a whole: contact, who reviews and approves, and when the next releases come."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.model import Label, Rounds
from analysis.catalogue.read import read_yaml

FILE = "publication.yml"
MOST_DAYS, MOST_RELEASES = 366, 52


@dataclass(frozen=True)
class Publication:
    """Names and dates of the publication; `publish_after_days` counts from a collection date to its release.

    A claim about the present rests on no figure whose reference date is more than `current_days` ago.
    """

    contact: str
    reviewer: Label
    approver: Label
    publish_after_days: int
    calendar: int
    current_days: int = MOST_DAYS


@dataclass(frozen=True)
class PlannedRelease:
    """One date of the release calendar: what is collected when, due when, and published when."""

    collected: date
    due: date
    published: date


def load_publication(folder: Path) -> Publication:
    """The publication of `publication.yml`; CatalogueError names the entry that breaks a rule."""
    entry = Entry(FILE, "", read_yaml(folder / FILE))
    publication = Publication(
        entry.text("contact"),
        entry.label("reviewer"),
        entry.label("approver"),
        entry.integer("publish_after_days", 0, MOST_DAYS),
        entry.integer("calendar", 1, MOST_RELEASES),
        entry.integer("current_days", 1, MOST_DAYS),
    )
    entry.done()
    return publication


def calendar(publication: Publication, rounds: Rounds, after: date) -> list[PlannedRelease]:
    """The next releases published after a day: the rounds go on in their rhythm, also beyond the last one planned."""
    step, wait = timedelta(rounds.every_days), timedelta(publication.publish_after_days)
    ahead = (after - wait - rounds.first) // step + 1
    first = rounds.first + max(0, ahead) * step
    days = [first + number * step for number in range(publication.calendar)]
    return [PlannedRelease(day, day + timedelta(rounds.due_after_days), day + wait) for day in days]
