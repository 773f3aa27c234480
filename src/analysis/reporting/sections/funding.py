"""Funding: what programmes will cost, why it differs from last year, and when tranches are released."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from analysis.reporting.page import Page
from analysis.reporting.sections.quantities import (
    FIRST_ORIGIN,
    HORIZON,
    Outlook,
    euro,
    in_euro,
    quantity_series,
    record_budget,
    show_table,
)

if TYPE_CHECKING:
    from analysis.catalogue.programmes import Programme
    from analysis.funding import Scenario

CONTRACT = "territorial_contract"
SCENARIOS = {"base": ("0", "0"), "more": ("0", "0.10"), "fewer": ("0", "-0.10"), "dearer": ("0.03", "0")}


def show_budgets(page: Page, priced: list[Outlook]) -> None:
    """Price, quantity and budget of each programme over the next rounds, with intervals, and their sum."""
    import pandas as pd

    from analysis.funding import total

    rows, evidence = [], []
    for one in priced:
        found = record_budget(page, one)
        evidence.append(found)
        low, high = one.interval
        rows.append(
            {
                "programme": one.programme.label[page.lang],
                "unit": one.programme.unit[page.lang] if one.programme.unit else "",
                "price": in_euro(page, one.price, 2),
                "quantity": page.wording.number(float(one.quantity)),
                "interval": f"{page.wording.number(float(low))} – {page.wording.number(float(high))}",
                "budget": in_euro(page, one.budget.amount, 2),
                "range": f"{in_euro(page, one.budget.low)} – {in_euro(page, one.budget.high)}",
            }
        )
    formats = dict.fromkeys(("programme", "unit"), "text")
    formats |= dict.fromkeys(("price", "quantity", "interval", "budget", "range"), "figure")
    if not priced:
        show_table(page, "budgets", pd.DataFrame(), formats)
        return
    whole_budget = total(one.budget for one in priced)
    rows.append(
        dict.fromkeys(formats, "")
        | {
            "programme": page.wording.say("funding.total"),
            "budget": in_euro(page, whole_budget.amount, 2),
            "range": f"{in_euro(page, whole_budget.low)} – {in_euro(page, whole_budget.high)}",
        }
    )
    show_table(page, "budgets", pd.DataFrame(rows), formats, evidence)
    page.say("funding.budget_note")


def show_variance(page: Page, priced: list[Outlook]) -> None:
    """From the budget of the same rounds a year before to the one ahead: price, quantity and joint effect."""
    import pandas as pd

    from analysis.funding import add_up
    from analysis.reporting.bars import waterfall

    if not priced:
        show_table(page, "variance", pd.DataFrame(), {})
        return
    every = add_up(one.change for one in priced)
    parts = [("planned", True), ("price", False), ("quantity", False), ("joint", False), ("actual", True)]
    steps = [(page.wording.say(f"funding.step.{name}"), float(getattr(every, name)), whole) for name, whole in parts]
    title = page.wording.say("funding.caption.variance")
    told = " ".join(f"{name}: {page.wording.quantity(amount, 'EUR')}." for name, amount, _ in steps)
    source = page.source(*(one.series for one in priced))
    page.figure(waterfall(steps, page.wording, unit="EUR", source=source), title, f"{title}. {told}")
    rows = [
        {
            "programme": one.programme.label[page.lang],
            **{name: in_euro(page, getattr(one.change, name), 2) for name, _ in parts},
        }
        for one in priced
    ]
    rows.append(
        {
            "programme": page.wording.say("funding.total"),
            **{name: in_euro(page, getattr(every, name), 2) for name, _ in parts},
        }
    )
    formats = {"programme": "text", **dict.fromkeys((name for name, _ in parts), "figure")}
    heads = {name: page.wording.say(f"funding.step.{name}") for name, _ in parts}
    heads["programme"] = page.wording.say("funding.head.programme")
    page.table(pd.DataFrame(rows), page.wording.say("funding.caption.variance"), formats, heads)


def show_scenarios(page: Page, priced: list[Outlook]) -> None:
    """The sum of all budgets under a few changes of indicator and price."""
    import pandas as pd

    from analysis.funding import Scenario, budget_under, total

    rows = []
    for name, (price, indicator) in SCENARIOS.items() if priced else ():
        scenario = Scenario(Decimal(price), Decimal(indicator))
        every = total(
            budget_under(scenario, one.price, one.quantity, one.interval, one.programme.elasticity) for one in priced
        )
        rows.append(
            (
                page.wording.say(f"funding.scenario.{name}", change=_moved(page, scenario)),
                in_euro(page, every.amount, 2),
                f"{in_euro(page, every.low)} – {in_euro(page, every.high)}",
            )
        )
    frame = pd.DataFrame(rows, columns=["scenario", "budget", "range"])
    show_table(page, "scenarios", frame, {"scenario": "text", "budget": "figure", "range": "figure"})


def _moved(page: Page, scenario: Scenario) -> str:
    """The one change of a scenario, in per cent and without its sign, which the words tell."""
    return page.wording.quantity(100 * float(abs(scenario.price or scenario.indicator)), "%", decimals=0)


def show_triggers(page: Page, priced: list[Outlook]) -> None:
    """The latest rounds against the forecast made before them, and the tranche that the rule releases."""
    import pandas as pd

    from analysis.funding import Side, Trigger, decide, forecast, price_out, whole

    rows = []
    for one in priced:
        values, past = one.counts, len(one.counts) - HORIZON
        made = forecast(one.editions.get(past, values[:past]), HORIZON, editions=one.editions)
        happened = whole(float(pd.Series(values[-HORIZON:]).interpolate().bfill().sum()))
        low, high = whole(made.total_low), whole(made.total_high)
        planned = price_out(one.price, whole(made.total)).amount
        rule = Trigger(Side(one.programme.trigger_when), one.programme.trigger_release)
        release = decide(rule, planned, one.programme.tranches, happened, low, high)
        rows.append(
            {
                "programme": one.programme.label[page.lang],
                "rule": page.wording.say(f"funding.rule.{rule.when}", tranche=str(rule.release)),
                "interval": f"{page.wording.number(float(low))} – {page.wording.number(float(high))}",
                "quantity": page.wording.number(float(happened)),
                "side": page.wording.say(f"funding.side.{release.side}"),
                "release": in_euro(page, release.amount, 2) if release.tranche else page.wording.say("funding.none"),
            }
        )
    columns = ("programme", "rule", "interval", "quantity", "side", "release")
    formats = {name: "text" if name in ("programme", "rule", "side") else "figure" for name in columns}
    show_table(page, "triggers", pd.DataFrame(rows), formats)


def show_scores(page: Page, priced: list[Outlook]) -> None:
    """How the forecasts of each method did at past origins, against the naive ones."""
    import pandas as pd

    from analysis.funding import score

    if not priced:
        show_table(page, "scores", pd.DataFrame(), {})
        return
    parts = [
        score(one.counts, HORIZON, first=FIRST_ORIGIN, editions=one.editions).assign(
            programme=one.programme.label[page.lang]
        )
        for one in priced
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["method"] = [page.wording.say(f"funding.method.{name}") for name in frame["method"]]
    frame["mase"] = [page.wording.number(value, 2) for value in frame["mase"]]
    frame["coverage"] = frame["coverage"] * 100
    formats = {
        "programme": "text",
        "method": "text",
        "origins": "number",
        "mase": "figure",
        "interval_score": "number",
        "coverage": "percent",
    }
    show_table(page, "scores", frame, formats)
    page.say("funding.score_note", origins=str(int(frame["origins"].iloc[0])))


def show_contracts(page: Page) -> None:
    """Each territorial contract: its instalments, and what its envelope is worth a person where persons are counted."""
    for programme in page.catalogue.programmes.values():
        if programme.schedule == CONTRACT:
            _show_contract(page, programme)


def _show_contract(page: Page, programme: Programme) -> None:
    import pandas as pd

    from analysis.funding import territorial_contract, whole, worth

    dates, shares = tuple(programme.instalments), tuple(programme.instalments.values())
    rows = [
        (part.number, pd.Timestamp(part.due), *(in_euro(page, one, 2) for one in (part.amount, part.state, part.local)))
        for part in territorial_contract(programme.envelope, programme.state_share, dates, shares)
    ]
    frame = pd.DataFrame(rows, columns=["number", "due", "amount", "state", "local"])
    formats = {"number": "number", "due": "day", "amount": "figure", "state": "figure", "local": "figure"}
    show_table(page, "contract", frame, formats)
    said = {"programme": programme.label[page.lang], "envelope": euro(page, programme.envelope, 2)}
    counted = quantity_series(page, programme)["value"]
    if counted.empty:
        page.say("funding.contract.uncounted", **said)
        return
    persons = whole(float(counted.iloc[-1]))
    value = euro(page, worth(programme.envelope, persons), 2)
    page.say("funding.contract", persons=page.wording.number(float(persons)), worth=value, **said)
