"""The dashboard of one working group: its figures, what they say, and what it still lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reporting.page import Page
from analysis.reporting.sections.first_screen import show_headlines, show_verdicts
from analysis.reporting.sections.overview import cells, show_cells, show_panels

if TYPE_CHECKING:
    import pandas as pd


def show_dashboard(page: Page, watched: pd.DataFrame, region: str) -> None:
    """The first screen of a group: large figures and the three lists; say so where nothing is known."""
    from analysis.trends.levels import standing

    if watched.empty:
        page.say("dashboard.empty")
        return
    now = standing(watched)
    show_headlines(page, watched, now, region)
    show_verdicts(page, watched, now, region)


def show_status(page: Page, watched: pd.DataFrame) -> None:
    """Every indicator with its status; say so where nothing is known."""
    from analysis.trends.levels import standing

    if watched.empty:
        page.say("table.empty")
        return
    now = standing(watched)
    show_cells(page, cells(page, watched, now), now, page.wording.say("caption.overview"))


def show_course(page: Page, watched: pd.DataFrame, region: str) -> None:
    """The course of its indicators; say so where nothing is known."""
    if watched.empty:
        page.say("table.empty")
        return
    show_panels(page, watched, region, sorted(set(watched["indicator"])))
