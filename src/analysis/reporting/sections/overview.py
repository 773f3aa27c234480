"""All indicators of a region, or those of one working group, and how each of them stands: red, amber, green or grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.reporting.page import Page
from analysis.reporting.sections.brief import domains_with_data
from analysis.reporting.sections.first_screen import latest, verdict_of
from analysis.reporting.sections.monitoring import record_change, record_level, record_withheld
from analysis.reporting.sections.series import page_dataflows, page_watched, region_parts
from analysis.reporting.tables import escape
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.evidence import Evidence

RED = ("concern", "not_met")
AMBER = ("neutral", "break", "drop", "jump", "late", "withheld")
GREY = ("few", "running")
SEVERITY = {"red": 0, "amber": 1, "green": 2, "grey": 3}
TWO_WEEKLY = "P2W"
MOST_PANELS = 6


def all_watched(page: Page, region: str, domains: list[str] | None = None) -> pd.DataFrame:
    """`page_watched` of every domain (or of `domains`) that sends figures each round and has any of the region."""
    import pandas as pd

    collected = {flow.domain for flow in page.catalogue.dataflows.values() if flow.frequency == TWO_WEEKLY}
    chosen = [name for name in domains_with_data(page) if name in collected and name in (domains or collected)]
    parts = [page_watched(page, name, region) for name in chosen if _has(page, name, region)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def group_watched(page: Page, indicators: list[str], region: str) -> pd.DataFrame:
    """The same of `indicators` alone; empty where nothing is known of them in the region."""
    domains = sorted({page.catalogue.indicators[name].domain for name in indicators})
    watched = all_watched(page, region, domains)
    return watched[watched["indicator"].isin(indicators)] if len(watched) else watched


def _has(page: Page, domain: str, region: str) -> bool:
    """Whether anything is known of the domain in the region."""
    known = page.store.observations(page.as_of, dataflows=page_dataflows(page, domain))
    return bool(region_parts(page, region)) or bool((known["geo"] == region).any())


def group_indicators(page: Page, framework: str, group: str) -> list[str]:
    """The indicators of a theme, working group or phase, in the catalogue's order."""
    chosen = page.catalogue.frameworks[framework]
    return [one.id for one in page.catalogue.indicators.values() if group in chosen.of(one)]


def cells(page: Page, watched: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """The latest row of every series (`first_screen.latest`) with `why` (a verdict, mark or `not_met`) and `status`."""
    from analysis.trends.reached import against_targets

    now = latest(watched)
    missed = against_targets(standing, page.catalogue.targets.values())
    missed = missed[missed["status"] == "not met"]
    pairs = set(zip(missed["indicator"], missed["geo"], strict=True))
    why = []
    for row in rows_of(now):
        verdict = verdict_of(row)
        late = row.state != "received"
        beyond = (row.indicator, row.geo) in pairs and not late
        why.append("not_met" if beyond and verdict != "concern" else row.mark if row.mark and not late else verdict)
    return now.assign(why=why, status=[status_of(one) for one in why])


def status_of(why: str) -> str:
    """`red`, `amber`, `grey`, else `green`."""
    return "red" if why in RED else "amber" if why in AMBER else "grey" if why in GREY else "green"


def show_cells(page: Page, table: pd.DataFrame, standing: pd.DataFrame, caption: str) -> None:
    """One row a series: status in words, level, both changes, why; the gravest first."""
    import pandas as pd

    known = {(row.indicator, row.geo, row.provider): row for row in rows_of(standing)}
    order = table.assign(rank=table["status"].map(SEVERITY)).sort_values(["rank", "indicator", "geo"], kind="stable")
    rows: list[dict[str, Any]] = []
    evidence: list[Evidence] = []
    for row in rows_of(order):
        told, shown = _cell(page, row, known.get((row.indicator, row.geo, row.provider)))
        rows.append(told)
        evidence += shown
    formats = {
        "status": "code:status", "indicator": "text", "geo": "text", "period": "day", "value": "figure",
        "round": "figure", "year": "figure", "why": "code:verdict",
    }  # fmt: skip
    page.table(pd.DataFrame(rows), caption, formats, evidence=evidence)


def _cell(page: Page, row: Any, known: Any) -> tuple[dict[str, Any], list[Evidence]]:
    told = {
        "status": row.status,
        "indicator": page.label("indicator", row.indicator),
        "geo": page.label("geo", row.geo),
        "period": row.period,
        "why": row.why,
        "round": "",
        "year": "",
    }
    if row.state == "withheld" or known is None:
        hidden = record_withheld(page, row, listed=False)
        return {**told, "value": page.cell_of(hidden)}, [hidden]
    level, last, year = (
        record_level(page, known, listed=False),
        record_change(page, known, "round", listed=False),
        record_change(page, known, "year", listed=False),
    )
    told |= {
        "period": known.period,
        "value": page.figure_of(level),
        "round": page.wording.brief(last.value, last.unit, signed=True),
        "year": page.wording.brief(year.value, year.unit, signed=True),
    }
    return told, [level, last, year]


def show_group(page: Page, framework: str, group: str, region: str) -> None:
    """What the page is about, whose grouping it follows, and whether that grouping is only proposed."""
    chosen = page.catalogue.frameworks[framework]
    page.say(
        "dashboard.lead",
        group=escape(chosen.groups[group].label[page.lang]),
        geo=escape(page.label("geo", region)),
        day=page.wording.day(page.as_of),
        source=escape(chosen.source),
    )
    if not chosen.groups[group].read:
        page.say("dashboard.unread")


def show_unreported(page: Page, wanted: list[str], watched: pd.DataFrame) -> None:
    """The indicators that nobody reports for the territory yet, with the body that could."""
    reported = set(watched["indicator"]) if len(watched) else set()
    lines = []
    for name in wanted:
        if name not in reported:
            one = page.catalogue.indicators[name]
            source = escape(page.wording.bodies(one.source_body) or page.wording.say("index.unknown"))
            lines.append(f"- {escape(one.label[page.lang])} ({source})")
    page.say("dashboard.all_reported" if not lines else "dashboard.unreported")
    if lines:
        page.markdown("\n".join(lines))


def show_panels(page: Page, watched: pd.DataFrame, region: str, indicators: list[str]) -> None:
    """The course of up to six indicators in the region, or in the only territory that has them, a small chart each."""
    from analysis.reporting.charts import small_multiples
    from analysis.reporting.text import alt_panels

    alone = watched.groupby("indicator")["geo"].transform("nunique") == 1
    mine = watched[((watched["geo"] == region) | alone) & watched["indicator"].isin(indicators)]
    chosen = [name for name in indicators if name in set(mine["indicator"])][:MOST_PANELS]
    if not chosen:
        return
    place = {name: rank for rank, name in enumerate(chosen)}
    mine = mine[mine["indicator"].isin(chosen)].assign(place=mine["indicator"].map(place))
    mine = mine.sort_values(["place", "period"], kind="stable")
    panels = [page.label("indicator", code) for code in mine["indicator"]]
    frame = mine.assign(panel=panels, series=panels, value=mine["level"])
    units = {page.label("indicator", code): page.catalogue.indicators[code].unit for code in chosen}
    caption = page.wording.say("caption.panels", geo=page.label("geo", region))
    drawing = small_multiples(frame, page.wording, units=units, source=page.source(mine))
    page.figure(drawing, caption, alt_panels(frame, page.wording, title=caption, units=units))
