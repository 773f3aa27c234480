"""The factsheet: a handful of indicators for two pages of paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import UsageError
from analysis.reporting.page import Page

if TYPE_CHECKING:
    import pandas as pd


def listed_indicators(page: Page, listed: str) -> list[str]:
    """The indicators named in `listed`, separated by commas.

    Raises
    ------
    UsageError : the catalogue does not know one of them.
    """
    names = [name.strip() for name in listed.split(",")]
    for name in names:
        if name not in page.catalogue.indicators:
            raise UsageError("indicators", must="of indicators.csv, separated by commas", found=name, where=page.id)
    return names


def main_series(watched: pd.DataFrame, indicators: list[str], region: str) -> pd.DataFrame:
    """The series of `indicators` in the region, or in the only territory that has one."""
    alone = watched.groupby("indicator")["geo"].transform("nunique") == 1
    return watched[watched["indicator"].isin(indicators) & ((watched["geo"] == region) | alone)]


def by_provider(complete: pd.DataFrame) -> pd.DataFrame:
    """Completeness of each body over all that it sends."""
    return complete.groupby("provider", as_index=False)[["reported", "late", "expected", "missing"]].sum()
