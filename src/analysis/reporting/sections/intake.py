"""What came in for one dataflow, what the rules found in it, and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reporting.page import Page
from analysis.reporting.sections.answers import reason_of, told_of
from analysis.reporting.sections.collection import count, late_files
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

LATEST = 10
PREVIEW = 8
WIDEST_PREVIEW = 6  # columns that a page holds without scrolling on a desk
KEYS = ("submission", "row", "as_of")


def show_intake(page: Page, ledger: pd.DataFrame, dataflow: str) -> None:
    """How many submissions, how many late or rejected, and how many rows were set aside."""
    late = int(late_files(ledger).sum())
    numbers = {
        "submissions": (len(ledger), "submissions"),
        "late": (late, "submissions"),
        "rejected": (int((ledger["state"] == "rejected").sum()), "submissions"),
        "read": (int(ledger["rows_read"].sum()), "rows"),
        "quarantined": (int(ledger["rows_quarantined"].sum()), "rows"),
    }
    said = {name: count(page, value, name, dataflow=dataflow, unit=unit) for name, (value, unit) in numbers.items()}
    page.say(
        "intake.lead",
        ("late", "rejected"),
        dataflow=page.label("dataflow", dataflow),
        day=page.wording.day(page.as_of),
        **said,
    )


def show_states(page: Page, ledger: pd.DataFrame) -> None:
    """Answers given, by provider."""
    counted = ledger.groupby(["provider", "state"], as_index=False).agg(
        count=("submission", "size"), rows_read=("rows_read", "sum"), rows_quarantined=("rows_quarantined", "sum")
    )
    counted["provider"] = [page.label("provider", code) for code in counted["provider"]]
    numbers = dict.fromkeys(("count", "rows_read", "rows_quarantined"), "number")
    formats = {"provider": "text", "state": "code:state", **numbers}
    headers = {"count": page.wording.say("header.reported")}
    page.table(counted, page.wording.say("caption.states"), formats, headers)


def show_findings(page: Page, findings: pd.DataFrame) -> None:
    """Findings by rule: how grave, in how many files, how often, what it says and how to mend it."""
    keys = ["rule", "severity", "provider"]
    counted = findings.groupby(keys, as_index=False).agg(
        files=("submission", "nunique"), count=("row", "size"), submission=("submission", "first"),
        message=("message", "first"), mend=("mend", "first"),
    )  # fmt: skip
    counted = counted.sort_values(["severity", "count", "rule"], ascending=[True, False, True], kind="stable")
    told = told_of(page, counted)
    for row in rows_of(counted):
        if finding := told.get((row.submission, row.rule)):
            same = (counted["rule"] == row.rule) & (counted["submission"] == row.submission)
            counted.loc[same, ["message", "mend"]] = [finding.message[page.lang], finding.mend[page.lang]]
    counted["provider"] = [page.label("provider", code) for code in counted["provider"]]
    numbers = dict.fromkeys(("files", "count"), "number")
    formats = {"rule": "text", "severity": "code:severity", "provider": "text", **numbers, "message": "text"}
    page.table(counted, page.wording.say("caption.findings"), {**formats, "mend": "text"})


def show_changes(page: Page, changes: pd.DataFrame) -> None:
    """What was changed in the values before they were kept: how often, and why."""
    page.say("intake.changes" if len(changes) else "intake.unchanged")
    if len(changes):
        counted = changes.groupby(["what", "why"], as_index=False).agg(count=("row", "size"))
        formats = {"what": "code:header", "why": "code:change", "count": "number"}
        page.table(counted, page.wording.say("caption.changes"), formats)


def show_exceptions(page: Page, ledger: pd.DataFrame) -> None:
    """Every file that came late, was refused, or replaced an earlier one."""
    chosen = ledger[late_files(ledger) | (ledger["state"] == "rejected") | (ledger["supersedes"] != "")]
    order = chosen.sort_values(["received_at", "file_name"], ascending=[False, True], kind="stable")
    replaced = page.wording.say("intake.replaces")
    named = order.assign(
        reason=[reason_of(page, row) for row in rows_of(order)],
        mark=[replaced if row.supersedes else "" for row in rows_of(order)],
        days_late=order["days_late"].where(late_files(order)),
    )
    formats = {"file_name": "text", "received_at": "day", "days_late": "number", "state": "code:state"}
    page.table(named, page.wording.say("caption.exceptions"), {**formats, "mark": "text", "reason": "text"})


def show_latest(page: Page, ledger: pd.DataFrame) -> None:
    """The latest submissions with the answer that each got."""
    latest = ledger.sort_values(["received_at", "file_name"], ascending=[False, True], kind="stable").head(LATEST)
    counts = dict.fromkeys(("rows_quarantined", "errors", "queries"), "number")
    formats = {"file_name": "text", "received_at": "day", "days_late": "number", "state": "code:state", **counts}
    page.table(latest, page.wording.say("caption.latest"), formats)


def show_preview(page: Page, rows: pd.DataFrame, source: str) -> None:
    """The first rows of what is kept as a table, or of the newest observations."""
    shown = rows.head(PREVIEW)
    columns = [name for name in shown.columns if name not in KEYS][:WIDEST_PREVIEW]
    formats = {name: _format(shown[name]) for name in columns}
    page.table(shown, page.wording.say("caption.preview", source=source), formats)


def preview_rows(page: Page, dataflow: str) -> pd.DataFrame:
    """What a reader may want to see of a dataflow: its table, else its newest observations."""
    if page.catalogue.forms[page.catalogue.dataflows[dataflow].form].becomes == "table":
        return page.store.table(dataflow)
    known = page.store.observations(page.as_of, dataflows=[dataflow])
    newest = known.sort_values(["period", "indicator", "geo"], ascending=[False, True, True], kind="stable")
    shown = newest[["indicator", "geo", "period", "sex", "age", "value"]].head(PREVIEW)
    labelled = {name: [page.label(name, code) for code in shown[name]] for name in ("indicator", "geo", "sex", "age")}
    return shown.assign(**labelled)


def preview_source(page: Page, dataflow: str) -> str:
    """Where a dataflow comes from, in a line."""
    flow = page.catalogue.dataflows[dataflow]
    return flow.source or page.wording.listing([page.label("provider", code) for code in flow.providers])


def _format(column: pd.Series) -> str:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return "day"
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        whole = bool((column.dropna() % 1 == 0).all())
        return "number" if whole else "rate"
    return "text"
