"""What was received: completeness of the rounds, and figures that others published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED = "published_figures"


def page_ledger(page: Page, dataflows: list[str]) -> pd.DataFrame:
    """The ledger of some dataflows as known on the page's day."""
    import pandas as pd

    ledger = page.store.submissions()
    return ledger[ledger["dataflow"].isin(dataflows) & (ledger["received_at"] <= pd.Timestamp(page.as_of))]


def late_files(ledger: pd.DataFrame) -> pd.Series:
    """Whether each file came after its due date; a revision of one that came in time is not late."""
    return (ledger["days_late"].fillna(0) > 0) & (ledger["supersedes"] == "")


def count(page: Page, value: float, statistic: str, *, dataflow: str = "", provider: str = "", unit: str) -> Evidence:
    """A number about submissions."""
    lineage = Lineage(statistic, dataflow=dataflow, provider=provider)
    return page.record(value, lineage, unit=unit)


def show_completeness(page: Page, complete: pd.DataFrame) -> None:
    """A loading bar for each provider; say so where no round is expected."""
    from analysis.reporting.charts import completeness_bar
    from analysis.reporting.text import alt_bars

    if complete.empty or not complete["expected"].max():
        page.say("completeness.none")
        return
    frame = complete.assign(label=_senders(page, complete))
    title = page.wording.say("caption.completeness")
    source = page.wording.say("source.line", source=page.wording.say("source.ledger"), day=page.wording.day(page.as_of))
    page.figure(completeness_bar(frame, page.wording, source=source), title, alt_bars(frame, page.wording, title=title))


def show_late(page: Page, complete: pd.DataFrame) -> None:
    """The same as a table, with the date of the latest round; nothing where no round is expected."""
    if complete.empty:
        return
    evidence = []
    for row in rows_of(complete):
        for statistic, value in (("submissions", row.reported), ("late", row.late)):
            one = count(page, value, statistic, dataflow=row.dataflow, provider=row.provider, unit="submissions")
            evidence.append(one)
    numbers = dict.fromkeys(("expected", "reported", "late", "missing"), "number")
    page.table(
        complete.assign(provider=_senders(page, complete)),
        page.wording.say("caption.completeness"),
        {"provider": "text", **numbers, "last": "day"},
        evidence=evidence,
    )


def _senders(page: Page, complete: pd.DataFrame) -> list[str]:
    """The provider of each row, with the dataflow where it sends several."""
    several = complete["provider"].duplicated(keep=False)
    return [
        page.label("provider", row.provider) + (f" · {page.label('dataflow', row.dataflow)}" if more else "")
        for row, more in zip(rows_of(complete), several, strict=True)
    ]


def published_figures(page: Page, domain: str = "") -> pd.DataFrame:
    """Figures that others published about a domain's indicators (all by default), with the address of their source."""
    catalogued = page.catalogue.indicators.values()
    indicators = [indicator.id for indicator in catalogued if domain in ("", indicator.domain)]
    known = page.store.observations(page.as_of, dataflows=[PUBLISHED], indicators=indicators)
    columns = ["submission", "row", "source_url", "breakdown_as_published", "unit"]
    if known.empty:
        return known.reindex(columns=[*known.columns, *columns[2:]])
    named = known.merge(page.store.table(PUBLISHED)[columns], how="left", on=["submission", "row"])
    order = named.sort_values(["indicator", "geo", "period"], ascending=[True, True, False], kind="stable")
    return order.reset_index(drop=True)


def show_published(page: Page, figures: pd.DataFrame) -> None:
    """Published figures with their sources, each of them evidence; say so where there are none."""
    page.say("published.none" if figures.empty else "published.lead")
    if figures.empty:
        return
    values, evidence = [], []
    for row in rows_of(figures):
        lineage = Lineage(
            "published", PUBLISHED, row.provider, row.indicator, row.geo, periods=(f"{row.period:%Y-%m-%d}",),
            breakdown=row.breakdown, submissions=(row.submission,), rows=(row.row,),
        )  # fmt: skip
        evidence.append(page.record(row.value, lineage, unit=row.unit, listed=False))
        values.append(page.figure_of(evidence[-1], decimals=0 if row.value == round(row.value) else None))
    named = figures.assign(
        value=values,
        indicator=[page.label("indicator", code) for code in figures["indicator"]],
        geo=[page.label("geo", code) for code in figures["geo"]],
        breakdown=[page.wording.breakdown(text) for text in figures["breakdown_as_published"].fillna("")],
        source=figures["source_url"],
    )
    formats = {
        "indicator": "text",
        "geo": "text",
        "breakdown": "text",
        "period": "day",
        "value": "figure",
        "source": "link",
    }
    page.table(named, page.wording.say("caption.published"), formats, evidence=evidence)
