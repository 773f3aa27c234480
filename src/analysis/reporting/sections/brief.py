"""The one-page summary for government: what changed, what the measures did, how good the data are, what others say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.evidence import Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.collection import count, published_figures
from analysis.reporting.sections.first_screen import latest, verdict, verdict_of
from analysis.reporting.sections.monitoring import headline_change, record_change, record_level
from analysis.reporting.sections.series import SERIES, page_dataflows
from analysis.reporting.tables import escape
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

SURVEY = "survey"
ALL_ORGANISATIONS = "all"
MOST_CHANGES = 6
UNJUDGED = ("few", "running", "break")
BEYOND_NOISE = ("improvement", "concern", "neutral")


def domains_with_data(page: Page) -> list[str]:
    """Domains of which the store holds observations on the page's day, in the catalogue's order."""
    known = set(page.store.observations(page.as_of)["dataflow"])
    return [domain for domain in page.catalogue.domains if known.intersection(page_dataflows(page, domain))]


def show_changes(page: Page, watched: pd.DataFrame, standing: pd.DataFrame, region: str) -> None:
    """How many series moved beyond ordinary noise, then those and the largest other moves, each saying which it is."""
    now = latest(watched) if len(watched) else watched
    if now.empty:
        page.say("table.empty")
        return
    verdicts = [verdict_of(row) for row in rows_of(now[now["state"] == "received"])]
    judged = count(page, float(sum(one not in UNJUDGED for one in verdicts)), "series_judged", unit="")
    moved = count(page, float(sum(one in BEYOND_NOISE for one in verdicts)), "series_moved", unit="")
    page.say("brief.moved", moved=moved, judged=judged)
    lines, evidence = [], []
    for row in rows_of(moved_most(watched, standing, region)):
        level, last, year = record_level(page, row), record_change(page, row, "round"), record_change(page, row, "year")
        place = "" if row.geo == region else f", {page.label('geo', row.geo)}"
        facts = {
            "indicator": escape(page.label("indicator", row.indicator) + place),
            "day": page.wording.day(row.period),
        }
        judgement, expected = verdict(page, row)
        changes = " · ".join([headline_change(page, last, year), judgement])
        lines.append("- " + page.wording.say("brief.change", level=page.figure_of(level), moved=changes, **facts))
        evidence += [level, last, year, *expected]
    page.markdown("\n".join(lines) or page.wording.say("table.empty"), evidence=evidence)


def moved_most(watched: pd.DataFrame, standing: pd.DataFrame, region: str) -> pd.DataFrame:
    """What moved beyond noise in the latest round, anywhere, then the series of a region by move against level."""
    now = latest(watched)
    received = now.loc[now["state"] == "received", [*SERIES, "state"]]
    mine = standing.merge(received, on=SERIES)
    chosen = (mine["geo"] == region) | (mine["news_meaning"] != "")
    mine = mine[chosen & mine["round"].notna() & (mine["level"] != 0)]
    noise, move = mine["news_meaning"] == "", (mine["round"] / mine["level"]).abs()
    order = mine.assign(noise=noise, still=-move).sort_values(["noise", "still"], kind="stable")
    return order.drop(columns=["noise", "still"]).head(MOST_CHANGES)


def show_course(page: Page, watched: pd.DataFrame, standing: pd.DataFrame, region: str) -> None:
    """The course of the indicators in `show_changes`, one small chart each."""
    from analysis.reporting.charts import small_multiples
    from analysis.reporting.text import alt_panels

    if watched.empty:
        return
    wanted = moved_most(watched, standing, region)["indicator"]
    mine = watched[(watched["geo"] == region) & watched["indicator"].isin(wanted)].sort_values(["indicator", "period"])
    if mine.empty:
        return
    panels = [page.label("indicator", code) for code in mine["indicator"]]
    frame = mine.assign(panel=panels, series=panels, value=mine["level"])
    units = {page.label("indicator", code): page.catalogue.indicators[code].unit for code in wanted}
    title = page.wording.say("caption.course", geo=page.label("geo", region))
    drawing = small_multiples(frame, page.wording, units=units, source=page.source(mine))
    page.figure(drawing, title, alt_panels(frame, page.wording, title=title, units=units))


def show_quality(page: Page, complete: pd.DataFrame, ledger: pd.DataFrame) -> None:
    """One line on what came, what was late and what was set aside."""
    numbers = {
        "expected": (float(complete["expected"].sum()), "rounds"),
        "submissions": (float(complete["reported"].sum()), "rounds"),
        "late": (float(complete["late"].sum()), "rounds"),
        "quarantined": (float(ledger["rows_quarantined"].sum()), "rows"),
    }
    said = {name: count(page, value, name, unit=unit) for name, (value, unit) in numbers.items()}
    page.say("quality.line", ("expected", "submissions", "late"), **said)


def key_figures(page: Page) -> pd.DataFrame:
    """The newest published total of each indicator for the country."""
    figures = published_figures(page)
    total = (figures["breakdown"] == "") & (figures["sex"] == "T") & (figures["age"] == "TOTAL")
    newest = figures[total & (figures["geo"] == page.country)].sort_values("period", ascending=False, kind="stable")
    return newest.drop_duplicates("indicator").sort_values("indicator", kind="stable").reset_index(drop=True)


def survey_answers(page: Page, question: int) -> pd.DataFrame:
    """The answers of all organisations to one question, largest share first."""
    import pandas as pd

    table = page.store.table(SURVEY)
    known = table[table["as_of"] <= pd.Timestamp(page.as_of)]
    chosen = known[(known["question"] == question) & (known["column"] == ALL_ORGANISATIONS)]
    return chosen.sort_values(["pct", "row"], ascending=[False, True], kind="stable")


def show_survey(page: Page, answers: pd.DataFrame, most: int = 5) -> None:
    """The most frequent answers as printed, with the number of organisations asked."""
    shown = answers.head(most)
    evidence = [
        page.record(
            row.pct,
            Lineage("answer", SURVEY, breakdown=row.option, submissions=(row.submission,), rows=(int(row.row),)),
            unit="%",
            n=row.stated_base,
        )
        for row in rows_of(shown)
    ]
    named = shown.assign(
        option=[page.wording.code("option", option) for option in shown["option"]],
        pct=[page.wording.quantity(one.value, "%", decimals=0) for one in evidence],
    )
    question = page.wording.code("question", f"{shown['question'].iloc[0]:.0f}") if len(shown) else ""
    formats = {"option": "text", "pct": "figure", "stated_base": "number"}
    page.table(named, page.wording.say("caption.survey", question=question), formats, evidence=evidence)
