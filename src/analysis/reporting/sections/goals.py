"""Targets and the housing balance: said only as far as intervals and published counts allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.collection import PUBLISHED
from analysis.reporting.sections.monitoring import record_level
from analysis.reporting.tables import escape
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.balances import AccountBalance
    from analysis.trends.balance import Balance

TOTAL, REST = "total", "rest"


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
                "source": page.catalogue.targets[row.target_id].source[page.lang],
            }
        )
    judged = {row["target"] for row in rows}
    for one in wanted:
        if one.label[page.lang] not in judged:
            rows.append({"target": one.label[page.lang], "status": "no data", "source": one.source[page.lang]})
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
    """The rest in words, then every term; each number is evidence that names the account and its term."""
    import pandas as pd

    say = page.wording.say
    page.heading(account.label[page.lang], level=2)
    rest = _persons(page, account, REST, 1, found.low, found.high)
    total = _persons(page, account, TOTAL, 1, account.total.low, account.total.high)
    name = escape(account.rest[page.lang])
    if found.closes:
        page.markdown(say("balance.closes", rest=name, total=page.wording.number(total.value)), evidence=[rest, total])
    else:
        span, day = page.span_of(rest), page.wording.day(account.date)
        page.markdown(say("balance.interval", rest=name, span=span, day=day), evidence=[rest])
    rows, evidence = [], [rest, total]
    for row in rows_of(found.terms):
        term = account.total if row.term == TOTAL else account.terms[row.term]
        persons = _persons(page, account, row.term, row.sign, row.low, row.high)
        share = _share(page, account, row)
        evidence += [persons, *([share] if share else [])]
        rows.append(
            {
                "term": term.label[page.lang],
                "persons": _range(page, persons),
                "share": page.figure_of(share) if share else "",
            }
        )
    rows.append({"term": account.rest[page.lang], "persons": _range(page, rest)})
    formats = {"term": "text", "persons": "figure", **({"share": "figure"} if found.low < found.high else {})}
    frame = pd.DataFrame(rows, columns=list(formats))
    published = dict.fromkeys(
        term.source[page.lang] for term in (account.total, *account.terms.values()) if not term.assumption
    )
    page.table(frame, say("caption.balance", source=page.wording.several(published)), formats, evidence=evidence)
    _show_assumptions(page, account)


def _show_assumptions(page: Page, account: AccountBalance) -> None:
    """What stands behind each range, beside the table: columns of prose would make its rows tall on a phone."""
    lines = [
        page.wording.say(
            "balance.assumption",
            term=escape(term.label[page.lang]),
            assumption=escape(term.assumption[page.lang]),
            source=escape(term.source[page.lang]),
        )
        for term in account.terms.values()
        if term.assumption
    ]
    if lines:
        page.markdown(page.wording.say("label.assumptions") + "\n\n" + "\n".join(f"- {line}" for line in lines))


def _persons(page: Page, account: AccountBalance, term: str, sign: int, low: float, high: float) -> Evidence:
    """The persons of a term with the sign it has in the account; a range has no value of its own."""
    value = sign * low if low == high else None
    interval = (None, None) if low == high else (min(sign * low, sign * high), max(sign * low, sign * high))
    return page.record(value, _lineage(account, "term", term), unit="persons", interval=interval, listed=False)


def _share(page: Page, account: AccountBalance, row: Any) -> Evidence | None:
    """What a term adds to the width of the interval, in percent."""
    if not row.share > 0:
        return None
    return page.record(100 * row.share, _lineage(account, "width", row.term), unit="%", listed=False)


def _lineage(account: AccountBalance, statistic: str, term: str) -> Lineage:
    """What a number of an account is; it rests on the published figures of one indicator, and on assumptions."""
    day = f"{account.date:%Y-%m-%d}"
    statistic = f"{statistic}:{account.id} {term}"
    return Lineage(statistic, PUBLISHED, indicator=account.rests_on, geo=account.geo, periods=(day,))


def _range(page: Page, persons: Evidence) -> str:
    return page.bare_span_of(persons) or page.wording.number(persons.value)
