"""The data of a page to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.evidence.protected import PUBLIC
from analysis.reporting.download import Table
from analysis.reporting.page import Page
from analysis.reporting.sections.first_screen import state_of
from analysis.reporting.sections.process import clarification

if TYPE_CHECKING:
    import pandas as pd

SHORT = 12  # signs of a submission's SHA-256, as in the names of its answer's folder
COLUMNS = (
    "indicator", "indicator_label", "geo", "geo_label", "period", "level", "unit", "low", "high", "n", "state", "flag",
    "least", "most", "lower", "upper", "meaning", "mark", "provider", "submission", "note",
)  # fmt: skip


def download_table(page: Page, watched: pd.DataFrame, title: str) -> Table:
    """Every value of the page, in the order of indicator, territory and date, with what each column means."""
    frame = watched.sort_values(["indicator", "geo", "period"], kind="stable")
    frame = frame.assign(
        indicator_label=[page.label("indicator", code) for code in frame["indicator"]],
        geo_label=[page.label("geo", code) for code in frame["geo"]],
        unit=[page.wording.unit(page.catalogue.indicators[code].unit) for code in frame["indicator"]],
        state=state_of(frame),
        meaning=frame["meaning"].where(frame["signal"], ""),
        submission=frame["submission"].fillna("").str[:SHORT],
        note=frame["note"].fillna("").map(clarification),
    )
    say = page.wording.say
    notices = [say("about.release.public" if page.release == PUBLIC else "about.release")]
    if frame["synthetic"].any():
        notices.append(say("synthetic.notice"))
    about = [
        (say("about.title"), title),
        (say("about.as_of"), page.as_of.isoformat()),
        (say("about.source"), page.senders(frame)),
        *((say("about.notice"), notice) for notice in notices),
        ("CSV", say("about.separators")),
    ]
    return Table(
        frame,
        {name: say(f"column.{name}", flags=_flags(page)) for name in COLUMNS},
        about,
        (say("download.data"), say("download.about")),
        page.as_of,
    )


def _flags(page: Page) -> str:
    """Each flag of the code list with its meaning."""
    codes = page.catalogue.code_lists["flag"].codes
    return page.wording.several(f"{code} = {held.label[page.lang]}" for code, held in codes.items())


def show_download(page: Page, watched: pd.DataFrame, title: str) -> None:
    """Links to the CSV and XLSX files, which lie beside the page."""
    page.say("download.lead", day=page.wording.day(page.as_of))
    page.download(download_table(page, watched, title))
