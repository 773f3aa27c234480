"""What does not add up, which way figures err, and how often they are revised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.series import page_dataflows, page_totals
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

MOST = 12
RECENT_DAYS = 366


def page_violations(page: Page, indicators: list[str], region: str) -> pd.DataFrame:
    """The figures that do not fit each other, of every account on `indicators` whose figures are all there.

    As from `trends.identities`, latest first; `attrs["judged"]` counts what was checked.
    """
    from analysis.reporting.sections.series import region_parts
    from analysis.trends import Identity, identities

    touched = [one for one in page.catalogue.accounts.values() if set(one.indicators) & set(indicators)]
    wanted = sorted({name for one in touched for name in one.indicators})
    flows = [flow.id for flow in page.catalogue.dataflows.values() if flow.frequency]
    known = page_totals(page.store.observations(page.as_of, dataflows=flows, indicators=wanted))
    known = known if region_parts(page, region) else known[known["geo"] == region]
    there = set(known["indicator"])
    rules = [
        Identity(one.id, one.kind, one.whole, one.parts, one.minus, one.tolerance)
        for one in touched
        if there.issuperset(one.indicators)
    ]
    found = identities(known, rules, by=["geo"])
    return found if found.empty else found.sort_values(["period", "geo"], ascending=[False, True], kind="stable")


def recent(page: Page, violations: pd.DataFrame) -> int:
    """How many of them fall in the year before the page's day."""
    import pandas as pd

    if violations.empty:
        return 0
    return int((violations["period"] > pd.Timestamp(page.as_of) - pd.Timedelta(days=RECENT_DAYS)).sum())


def show_accounts(page: Page, violations: pd.DataFrame) -> None:
    """How many accounts were checked, and the latest that fail with their suspect."""
    import pandas as pd

    judged = sum(violations.attrs.get("judged", {}).values())
    if not judged:
        page.say("accounts.none")
        return
    page.say("accounts.lead", judged=page.wording.number(judged), found=page.wording.number(len(violations)))
    rows, evidence = [], []
    for row in rows_of(violations.head(MOST)):
        excess = _excess(page, row)
        evidence.append(excess)
        rows.append(
            {
                "period": row.period,
                "geo": page.label("geo", row.geo),
                "account": page.catalogue.accounts[row.identity].label[page.lang],
                "excess": page.figure_of(excess),
                "culprit": f"{page.label('indicator', row.culprit)}, {page.wording.day(row.culprit_period, 'medium')}",
            }
        )
    formats = {"period": "day", "geo": "text", "account": "text", "excess": "figure", "culprit": "text"}
    page.table(pd.DataFrame(rows), page.wording.say("caption.accounts"), formats, evidence=evidence)


def _excess(page: Page, row: Any) -> Evidence:
    """The difference, traced to the suspected cell."""
    lineage = Lineage(
        f"excess:{row.identity}",
        indicator=row.culprit,
        geo=row.geo,
        periods=tuple(dict.fromkeys((f"{row.period:%Y-%m-%d}", f"{row.culprit_period:%Y-%m-%d}"))),
    )
    unit = page.catalogue.indicators[page.catalogue.accounts[row.identity].whole].unit
    return page.record(row.excess, lineage, unit=unit, listed=False)


def show_bias(page: Page, indicators: list[str]) -> None:
    """Which way each indicator of the page is known to err."""
    import pandas as pd

    known = [page.catalogue.biases[name] for name in indicators if name in page.catalogue.biases]
    if not known:
        page.say("bias.none")
        return
    rows = [
        {"indicator": page.label("indicator", one.indicator), "direction": one.direction, "why": one.why[page.lang]}
        for one in known
    ]
    formats = {"indicator": "text", "direction": "code:bias", "why": "text"}
    page.table(pd.DataFrame(rows), page.wording.say("caption.bias"), formats)


def page_history(page: Page, domain: str) -> pd.DataFrame:
    """All vintages of a domain's totals, for what revisions tell."""
    return page_totals(page.store.observations(page.as_of, dataflows=page_dataflows(page, domain), history=True))


def show_revisions(page: Page, revised: pd.DataFrame) -> None:
    """How many reported values were revised later, and whether that is enough for a nowcast (`trends.revised`)."""
    flows = sorted(set(revised["dataflow"]))
    counts = {"periods": float(revised["periods"].sum()), "revised": float(revised["revised"].sum())}
    said = {
        name: page.record(
            value, Lineage("submissions" if name == "periods" else name, dataflow=flows[0]), unit="values"
        )
        for name, value in counts.items()
    }
    page.say("revisions.nowcast" if revised["nowcast"].any() else "revisions.line", (), **said)
