"""The chart of one series with its ordinary noise, and the table beneath it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence
from analysis.reporting.page import Page
from analysis.reporting.sections.first_screen import state_of, verdict_of
from analysis.reporting.sections.monitoring import record_level, record_range, record_withheld
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROUNDS = 8
SIGNED = re.compile(r"[^·;]+\([^()]+, [0-9]{4}-[0-9]{2}-[0-9]{2}\)")  # a note that a sender signed, with its day
NOWCAST = ("nowcast", "nowcast_low", "nowcast_high")


def show_process(page: Page, part: pd.DataFrame) -> None:
    """One series of `watch`: chart, alternative text and the last rounds as a table."""
    from analysis.reporting.charts import process_chart
    from analysis.reporting.text import alt_process

    indicator, geo = part["indicator"].iloc[0], part["geo"].iloc[0]
    unit = page.catalogue.indicators[indicator].unit
    frame = process_frame(part)
    names = {"indicator": page.label("indicator", indicator), "geo": page.label("geo", geo)}
    caption = page.wording.say("caption.process", **names)
    drawing = process_chart(frame, page.wording, unit=unit, source=page.source(part))
    page.figure(drawing, caption, alt_process(frame, page.wording, title=caption, unit=unit))
    _show_rounds(page, part, page.wording.say("caption.process_table", **names, unit=page.wording.unit(unit)))


def process_frame(part: pd.DataFrame) -> pd.DataFrame:
    """The columns that `charts.process_chart` takes, from one series of `watch`."""
    ordered = part.sort_values("period")
    before = ordered["level"].shift().where((ordered["basis"] == "move") & ordered["lower"].notna())
    frame = ordered.assign(
        move=ordered["level"] - before,
        move_lower=ordered["lower"] - before,
        move_upper=ordered["upper"] - before,
        value=part["level"],
        noted=part["note"].fillna("").map(clarification).ne(""),
        meaning=part["meaning"].where(part["signal"], ""),
        withheld=part["withheld"].fillna(False).astype(bool),
    )
    forecast = [name for name in NOWCAST if name in frame and frame[name].notna().any()]
    moves = ["move", "move_lower", "move_upper"] if frame["move"].notna().any() else []
    return frame[["period", "value", "lower", "upper", "meaning", "mark", "noted", "withheld", *moves, *forecast]]


def clarification(note: str) -> str:
    """The signed explanations within a note; other notes say nothing about the value."""
    return "; ".join(found.strip() for found in SIGNED.findall(note))


def _show_rounds(page: Page, part: pd.DataFrame, caption: str) -> None:
    import pandas as pd

    last = part.sort_values("period", ascending=False).head(SHOWN_ROUNDS)
    rows, evidence = [], []
    for rank, row in enumerate(rows_of(last.assign(state=state_of(last)))):
        told, shown = _round(page, row, latest=rank == 0)
        rows.append(told)
        evidence += shown
    formats = {"period": "day", "value": "figure", "range": "figure", "remark": "text"}
    page.table(pd.DataFrame(rows), caption, formats, evidence=evidence)


def _round(page: Page, row: Any, *, latest: bool) -> tuple[dict[str, Any], list[Evidence]]:
    """One line of the table: what came, what was to be expected, and what there is to know."""
    withheld = row.state == "withheld"
    level = record_withheld(page, row, listed=False) if withheld else record_level(page, row, listed=False)
    span = record_range(page, row, listed=False)
    remarks = _judged(page, row) if latest else []
    remarks += [page.wording.say(f"rule.{row.basis}.{row.rule}")] if row.signal else []
    remarks += [page.wording.code("mark", row.mark)] if row.mark else []
    remarks += [page.wording.say("remark.missing")] if row.state == "missing" else []
    remarks += [page.wording.say("verdict.withheld")] if withheld else []
    note = clarification(str(row.note or ""))
    remarks += [page.wording.say("remark.note", note=note)] if note else []
    told = {
        "period": row.period,
        "value": page.cell_of(level),
        "range": page.bare_span_of(span),
        "remark": page.wording.several(remarks),
    }
    return told, [level, *([span] if span.ci_low is not None else [])]


def _judged(page: Page, row: Any) -> list[str]:
    """The page's verdict on the latest value, in the headline's words, where it is more than noise or looks like it."""
    if not (row.news or row.signal):
        return []
    said = [page.wording.say(f"news.{row.news}")] if row.news else []
    return [page.wording.code("verdict", verdict_of(row)), *said]
