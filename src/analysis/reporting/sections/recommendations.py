"""Recommendations and decisions on the brief: the first screen, each one with its checked claims, and its cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.catalogue.recommendations import Cost, Decision, Recommendation
from analysis.evidence import Evidence, Lineage
from analysis.evidence.claim_figures import QUOTED
from analysis.evidence.protected import PUBLIC
from analysis.evidence.trail import ADVISED
from analysis.funding import price_out, whole
from analysis.reporting.page import Page
from analysis.reporting.sections.claims import Assessed, Finding, numbers, sentence
from analysis.reporting.sections.quantities import can_be_priced, euro, outlook, record_budget, record_quantity
from analysis.reporting.tables import escape

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.programmes import Programme


def show_summary(page: Page, found: Sequence[Assessed]) -> None:
    """The first screen: how many recommendations and claims, then a line for each."""
    if page.release == PUBLIC:
        page.say("recommendations.withheld")
        return
    claims = Counter(finding.state for one in found for finding in one.now)
    binding = [one for one in found if isinstance(one.what, Recommendation) and one.what.binding]
    counts = {
        "total": len(found),
        "binding": len(binding),
        "claims": sum(claims.values()),
        "supported": claims["supported"],
        "weakened": claims["weakened"],
        "open": claims["cannot tell"],
        "broken": claims["no longer supported"],
    }
    told = {name: page.record(float(value), Lineage(f"{ADVISED}_{name}")) for name, value in counts.items()}
    page.say("summary.lead", tuple(counts), **told)
    lines = []
    for one in found:
        if isinstance(one.what, Recommendation):
            facts = {"status": page.wording.code("status", one.what.status), "states": _tally(page, one.now)}
            lines.append("- " + page.wording.say("summary.line", title=escape(one.what.title[page.lang]), **facts))
    page.markdown("\n".join(lines) or page.wording.say("table.empty"))


def show_recommendations(page: Page, found: Sequence[Assessed]) -> None:
    """Each recommendation: who, what, its claims then and now with their intervals, and what it costs."""
    page.say("recommendations.withheld" if page.release == PUBLIC else "recommendations.lead")
    for one in found:
        if isinstance(one.what, Recommendation):
            page.heading(one.what.title[page.lang], level=3)
            page.markdown(_who(page, one.what))
            page.markdown(escape(one.what.text[page.lang]))
            _show_broken(page, one)
            _show_claims(page, one)
            _show_cost(page, one.what.cost)


def show_decisions(page: Page, found: Sequence[Assessed]) -> None:
    """The decisions taken, newest first: by whom, since when, and what the data say."""
    import pandas as pd

    rows, evidence = [], []
    for one in found:
        if isinstance(one.what, Decision):
            states = [page.wording.code("claimstate", finding.state) for finding in one.now]
            said = [f"{sentence(page, f.claim)}: {s}, {numbers(page, f)}" for f, s in zip(one.now, states, strict=True)]
            evidence += [entry for finding in one.now for entry in finding.evidence]
            rows.append(
                {
                    "decision": one.what.title[page.lang],
                    "decided": one.what.decided,
                    "by": one.what.by[page.lang],
                    "outcome": ". ".join([one.what.outcome[page.lang], *said]),
                }
            )
    formats = {"decision": "text", "decided": "day", "by": "text", "outcome": "text"}
    frame = pd.DataFrame(rows, columns=list(formats))
    page.table(frame, page.wording.say("caption.decisions"), formats, evidence=evidence)


def _tally(page: Page, findings: Sequence[Finding]) -> str:
    counts = Counter(finding.state for finding in findings)
    return ", ".join(f"{page.wording.number(n)} × {page.wording.code('claimstate', s)}" for s, n in counts.items())


def _who(page: Page, what: Recommendation) -> str:
    names = {"addressee": escape(what.addressee[page.lang]), "owner": escape(what.owner[page.lang])}
    parts = [page.wording.say("recommendation.who", status=page.wording.code("status", what.status), **names)]
    if what.approved:
        facts = {"on": page.wording.day(what.approved.on), "by": escape(what.approved.by[page.lang])}
        parts.append(page.wording.say("recommendation.approved", **facts))
    return " · ".join(parts)


def _show_broken(page: Page, one: Assessed) -> None:
    """In place, and before anything else of the recommendation: what no longer holds, then and now."""
    if not one.broken or not isinstance(one.what, Recommendation) or one.what.approved is None:
        return
    lines: list[str] = []
    evidence: list[Evidence] = []
    for now, then in zip(one.now, one.then, strict=True):
        if now.state == "no longer supported":
            facts = {
                "claim": sentence(page, now.claim),
                "then": _stated(page, then),
                "now": _stated(page, now),
                "then_day": page.wording.day(one.what.approved.as_of),
            }
            lines.append(escape(page.wording.say("recommendation.broken_body", **facts)))
            evidence += now.evidence
    title = page.wording.say("recommendation.broken")
    body = "\n\n".join(lines)
    page.markdown(f'::: {{.callout-important title="{title}"}}\n{body}\n:::', evidence=evidence)


def _stated(page: Page, finding: Finding) -> str:
    return f"{page.wording.code('claimstate', finding.state)}, {numbers(page, finding)}"


def _show_claims(page: Page, one: Assessed) -> None:
    frame = _claims_frame(page, one)
    formats = {"claim": "text", "now": "text", "figures": "text", **({"then": "text"} if one.then else {})}
    evidence = [entry for finding in one.now for entry in finding.evidence]
    page.table(frame, page.wording.say("caption.claims"), formats, evidence=evidence)


def _claims_frame(page: Page, one: Assessed) -> pd.DataFrame:
    import pandas as pd

    then = [*one.then, *[None] * (len(one.now) - len(one.then))]
    rows = []
    for now, before in zip(one.now, then, strict=True):
        grade = (
            [page.wording.say("recommendation.grade", grade=now.grade)] if now.grade and now.grade != "refused" else []
        )
        rows.append(
            {
                "claim": sentence(page, now.claim),
                "now": page.wording.several([page.wording.code("claimstate", now.state), *grade]),
                "figures": numbers(page, now),
                "then": _before(page, before, now) if before else "",
            }
        )
    return pd.DataFrame(rows)


def _before(page: Page, then: Finding, now: Finding) -> str:
    """The state at approval; its numbers only where they have moved since."""
    state = page.wording.code("claimstate", then.state)
    return state if numbers(page, then) == numbers(page, now) else f"{state}, {numbers(page, then)}"


def _show_cost(page: Page, cost: Cost | None) -> None:
    """The budget of the programme where one is named, else what the data count, times a price where one is given."""
    if cost is None:
        page.say("recommendation.unpriced")
    elif cost.programme:
        _show_budget(page, page.catalogue.programmes[cost.programme])
    else:
        _show_amount(page, cost)


def _show_budget(page: Page, programme: Programme) -> None:
    """Price times forecast quantity, as on the page of funding; nothing where there is no forecast or no price."""
    if not can_be_priced(page, programme):
        page.say("recommendation.unpriced")
        return
    one = outlook(page, programme)
    budget, units = record_budget(page, one), record_quantity(page, one)
    facts = {
        "programme": escape(programme.label[page.lang]),
        "place": page.label("geo", programme.geo),
        "rounds": page.wording.number(len(one.ahead.steps)),
        "level": page.wording.quantity(100 * one.ahead.level, "%", decimals=0),
        "budget_span": page.span_of(budget, 0),
        "units_span": page.wording.bare_span(units.ci_low, units.ci_high, units.unit),
        "price": euro(page, one.price, 2),
        "unit": escape(programme.unit[page.lang]) if programme.unit else "",
    }
    page.say("recommendation.programme", ("units",), budget=budget, units=units, **facts)
    if programme.illustrative:
        page.say("recommendation.illustrative")


def _show_amount(page: Page, cost: Cost) -> None:
    last = _counted(page, cost)
    counted = last["value"].sum(skipna=False) if len(last) else float("nan")
    if counted != counted:  # a withheld or missing part: no total
        page.say("recommendation.unpriced")
        return
    unit = page.catalogue.indicators[cost.indicator].unit
    places = page.wording.listing([page.label("geo", geo) for geo in cost.geos])
    facts = {"what": f"{page.label('indicator', cost.indicator)}, {places}"}
    lineage = Lineage(
        "cost",
        "".join(last["dataflow"].head(1)),
        indicator=cost.indicator,
        geo="+".join(cost.geos),
        parts=cost.geos,
        periods=(f"{last['period'].iloc[0]:%Y-%m-%d}",),
    )
    if cost.price is None:
        page.say("recommendation.cost", amount=page.record(float(counted), lineage, unit=unit), **facts)
        return
    budget = price_out(cost.price, whole(float(counted)))
    amount, price = page.record(float(budget.amount), lineage, unit="EUR"), euro(page, cost.price, 2)
    page.say("recommendation.priced", amount=amount, price=price, source=escape(cost.source), **facts)


def _counted(page: Page, cost: Cost) -> pd.DataFrame:
    """Everyone in each territory of `cost` on the last day that all of them sent; empty where there is none."""
    known = page.store.observations(page.as_of, indicators=[cost.indicator], geos=list(cost.geos))
    everyone = (known["sex"] == "T") & (known["age"] == "TOTAL") & (known["nationality"] == "TOTAL")
    own = known[everyone & (known["breakdown"] == "") & (known["dataflow"] != QUOTED)]
    complete: pd.DataFrame = own[own.groupby("period")["geo"].transform("nunique") == len(cost.geos)]
    last: pd.DataFrame = complete[complete["period"] == complete["period"].max()]
    return last
