"""The meeting pack: every red or amber cell, every late body, and the questions that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.evidence import Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.overview import SEVERITY, show_cells
from analysis.reporting.sections.series import SERIES
from analysis.reporting.tables import escape
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

RECENT_DAYS = 92
MOST_QUESTIONS = 6


def show_attention(page: Page, table: pd.DataFrame, standing: pd.DataFrame, region: str) -> None:
    """Every red or amber cell; how many there are in all."""
    counted = table["status"].value_counts()
    numbers = {
        name: page.record(float(counted.get(name, 0)), Lineage(f"cells_{name}", geo=region), unit="cells", listed=False)
        for name in SEVERITY
    }
    page.say("pack.counts", tuple(numbers), day=page.wording.day(page.as_of), **numbers)
    grave = table[table["status"].isin(["red", "amber"])]
    show_cells(page, grave, standing, page.wording.say("caption.attention"))


def show_late_bodies(page: Page, table: pd.DataFrame) -> None:
    """Every body whose latest round has not come, with what is missing."""
    late = table[(table["state"] == "missing") & (table["provider"] != "")]
    lines = []
    for (provider, _), part in late.groupby(["provider", "period"]):
        names = list(dict.fromkeys(page.label("indicator", code) for code in part["indicator"]))
        lines.append(
            "- "
            + page.wording.say(
                "unknown.late",
                provider=escape(page.label("provider", str(provider))),
                day=page.wording.day(part["period"].iloc[0]),
                indicators=escape(page.wording.listing(names)),
            )
        )
    page.markdown("\n".join(lines) or page.wording.say("unknown.none"))


def show_questions(page: Page, watched: pd.DataFrame, violations: pd.DataFrame) -> None:
    """What somebody has to answer: figures that do not fit, moves that nobody explained, queries without a note."""
    import pandas as pd

    since = pd.Timestamp(page.as_of) - pd.Timedelta(days=RECENT_DAYS + 60)
    lines = [*_unfitting(page, violations, since), *_unexplained(page, watched, since)][:MOST_QUESTIONS]
    shown = []
    for row in rows_of(_queries(page)):
        one = page.record(
            row.queries, Lineage("queries", dataflow=row.dataflow, provider=row.provider), unit="queries", listed=False
        )
        shown.append(one)
        lines.append(
            page.wording.say(
                "pack.queries",
                count=page.figure_of(one),
                provider=escape(page.label("provider", row.provider)),
                dataflow=escape(page.label("dataflow", row.dataflow)),
                day=page.wording.day(row.period),
            )
        )
    body = "\n".join(f"- {line}" for line in lines) or page.wording.say("pack.no_questions")
    page.markdown(body, evidence=shown)


def _unfitting(page: Page, violations: pd.DataFrame, since: pd.Timestamp) -> list[str]:
    recent = violations[violations["period"] > since] if len(violations) else violations
    return [
        page.wording.say(
            "pack.account",
            geo=escape(page.label("geo", row.geo)),
            day=page.wording.day(row.period),
            account=page.catalogue.accounts[row.identity].label[page.lang],
            culprit=escape(page.label("indicator", row.culprit)),
        )
        for row in rows_of(recent)
    ]


def _unexplained(page: Page, watched: pd.DataFrame, since: pd.Timestamp) -> list[str]:
    moved = watched[watched["mark"].isin(["drop", "jump"]) & (watched["period"] > since) & (watched["provider"] != "")]
    return [
        page.wording.say(
            "pack.move",
            indicator=escape(page.label("indicator", row.indicator)),
            geo=escape(page.label("geo", row.geo)),
            mark=page.wording.code("mark", row.mark),
            day=page.wording.day(row.period),
        )
        for row in rows_of(moved.sort_values([*SERIES, "period"]))
    ]


def _queries(page: Page) -> pd.DataFrame:
    """The latest accepted submission of every body that still has queries."""
    import pandas as pd

    ledger = page.store.submissions()
    known = ledger[(ledger["received_at"] <= pd.Timestamp(page.as_of)) & (ledger["state"] != "rejected")]
    last = known.dropna(subset="period").sort_values("period").drop_duplicates(["dataflow", "provider"], keep="last")
    return last[(last["queries"] > 0) & last["synthetic"].notna()].sort_values(["provider", "dataflow"])
