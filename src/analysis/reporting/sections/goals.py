"""Targets and the housing balance: said only as far as intervals and published counts allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.reporting.page import Page
from analysis.reporting.sections.monitoring import record_level
from analysis.reporting.tables import escape
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.balances import AccountBalance
    from analysis.trends.balance import Balance

TOTAL = "total"


def show_targets(page: Page, watched: pd.DataFrame, indicators: list[str]) -> None:
    """Each target on `indicators`: status only where the interval allows it; those that nobody can judge yet too."""
    import pandas as pd

    from analysis.trends.levels import standing
    from analysis.trends.reached import against_targets

    wanted = [one for one in page.catalogue.targets.values() if one.indicator in indicators]
    if not wanted:
        page.say("targets.none")
        return
    rows: list[dict[str, Any]] = []
    evidence = []
    judgements = rows_of(against_targets(standing(watched), wanted)) if len(watched) else []
    for row in judgements:
        level = record_level(page, row, listed=False)
        evidence.append(level)
        rows.append(
            {
                "target": page.catalogue.targets[row.target_id].label[page.lang],
                "geo": page.label("geo", row.geo),
                "period": row.period,
                "value": page.cell_of(level),
                "interval": page.bare_span_of(level),
                "status": row.status,
                "source": page.catalogue.targets[row.target_id].source,
            }
        )
    judged = {row["target"] for row in rows}
    for one in wanted:
        if one.label[page.lang] not in judged:
            rows.append({"target": one.label[page.lang], "status": "no data", "source": one.source})
    formats = {
        "target": "text", "geo": "text", "period": "day", "value": "figure", "interval": "figure",
        "status": "code:target", "source": "text",
    }  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(formats))
    page.table(frame, page.wording.say("caption.targets"), formats, evidence=evidence)


def show_balances(page: Page, region: str) -> None:
    """Each account of persons in the region: what remains, as an interval, with every term and assumption."""
    from analysis.trends.balance import balance

    chosen = [one for one in page.catalogue.balances.values() if one.geo == region]
    for one in chosen:
        _show_balance(page, one, balance(one))
    if not chosen:
        page.say("balance.none")


def _show_balance(page: Page, account: AccountBalance, found: Balance) -> None:
    import pandas as pd

    say = page.wording.say
    page.heading(account.label[page.lang], level=3)
    rest = escape(account.rest[page.lang])
    if found.closes:
        page.markdown(say("balance.closes", rest=rest, total=page.wording.number(account.total.high)))
    else:
        span = page.wording.span(found.low, found.high, "persons")
        page.markdown(say("balance.interval", rest=rest, span=span, day=page.wording.day(account.date)))
    rows = []
    for row in rows_of(found.terms):
        term = account.total if row.term == TOTAL else account.terms[row.term]
        rows.append(
            {
                "term": term.label[page.lang],
                "persons": _range(page, row.sign * row.low, row.sign * row.high),
                "share": page.wording.quantity(100 * row.share, "%") if row.share == row.share and row.share else "",
                "assumption": term.assumption[page.lang] if term.assumption else "",
                "source": term.source,
            }
        )
    rows.append({"term": account.rest[page.lang], "persons": _range(page, found.low, found.high)})
    formats = {"term": "text", "persons": "figure", "share": "figure", "assumption": "text", "source": "text"}
    page.table(pd.DataFrame(rows, columns=list(formats)), say("caption.balance"), formats)


def _range(page: Page, low: float, high: float) -> str:
    if low == high:
        return page.wording.number(low)
    return page.wording.say(
        "format.span", low=page.wording.number(min(low, high)), high=page.wording.number(max(low, high))
    )
