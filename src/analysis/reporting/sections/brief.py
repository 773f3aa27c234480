"""The one-page summary for government: what changed, what the measures did, how good the data are, what others say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.evidence import Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.collection import count, published_figures
from analysis.reporting.sections.monitoring import headline_change, record_change, record_level
from analysis.reporting.sections.series import page_dataflows
from analysis.reporting.tables import escape
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

SURVEY = "survey"
ALL_ORGANISATIONS = "all"
MOST_CHANGES = 6


def domains_with_data(page: Page) -> list[str]:
    """Domains of which the store holds observations on the page's day, in the catalogue's order."""
    known = set(page.store.observations(page.as_of)["dataflow"])
    return [domain for domain in page.catalogue.domains if known.intersection(page_dataflows(page, domain))]


def show_changes(page: Page, standing: pd.DataFrame, region: str) -> None:
    """The indicators that moved most since the last round against their level, as a list."""
    lines, evidence = [], []
    for row in rows_of(moved_most(standing, region)):
        level, last, year = record_level(page, row), record_change(page, row, "round"), record_change(page, row, "year")
        facts = {"indicator": escape(page.label("indicator", row.indicator)), "day": page.wording.day(row.period)}
        moved = headline_change(page, last, year)
        lines.append("- " + page.wording.say("brief.change", level=page.figure_of(level), moved=moved, **facts))
        evidence += [level, last, year]
    page.markdown("\n".join(lines) or page.wording.say("table.empty"), evidence=evidence)


def moved_most(standing: pd.DataFrame, region: str) -> pd.DataFrame:
    """The series of a region that moved most since the last round, relative to their level."""
    mine = standing[(standing["geo"] == region) & standing["round"].notna() & (standing["level"] != 0)]
    order = (mine["round"] / mine["level"]).abs().sort_values(ascending=False, kind="stable").index
    return mine.loc[order].head(MOST_CHANGES)


def show_course(page: Page, series: pd.DataFrame, standing: pd.DataFrame, region: str) -> None:
    """The course of the indicators in `show_changes`, one small chart each."""
    from analysis.reporting.charts import small_multiples
    from analysis.reporting.text import alt_panels

    wanted = moved_most(standing, region)["indicator"]
    mine = series[(series["geo"] == region) & series["indicator"].isin(wanted)].sort_values(["indicator", "period"])
    if mine.empty:
        return
    panels = [page.label("indicator", code) for code in mine["indicator"]]
    frame = mine.assign(panel=panels, series=panels, value=mine["level"])
    units = {page.label("indicator", code): page.catalogue.indicators[code].unit for code in wanted}
    title = page.wording.say("caption.course", geo=page.label("geo", region))
    drawing = small_multiples(frame, page.wording, units=units, source=page.source(series))
    page.figure(drawing, title, alt_panels(frame, page.wording, title=title, units=units))


def show_quality(page: Page, complete: pd.DataFrame, ledger: pd.DataFrame) -> None:
    """One line on what came, what was late and what was set aside."""
    numbers = {
        "submissions": (float(complete["reported"].sum()), "rounds"),
        "late": (float(complete["late"].sum()), "rounds"),
        "quarantined": (float(ledger["rows_quarantined"].sum()), "rows"),
    }
    said = {name: count(page, value, name, unit=unit) for name, (value, unit) in numbers.items()}
    expected = page.wording.number(float(complete["expected"].sum()))
    page.say("quality.line", ("submissions", "late"), expected=expected, **said)


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
