"""Funding: what programmes will cost, why it differs from last year, when tranches are released, who gets places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.accounts import page_history
from analysis.reporting.sections.series import page_series

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.programmes import Programme
    from analysis.catalogue.quotas import Quota
    from analysis.funding import Allocation, Budget, Forecast, Variance

COUNTED = "persons"  # what the programmes' quantities are, where their indicator is a rate of it
HORIZON = 6  # rounds ahead: three months
FIRST_ORIGIN = 32  # rounds known at the first forecast that is scored: one season and one horizon
SCENARIOS = {"base": ("0", "0"), "more": ("0", "0.10"), "fewer": ("0", "-0.10"), "dearer": ("0.03", "0")}


@dataclass(frozen=True)
class Outlook:
    """One programme: its series, the forecast of its quantity, the budget, and the same rounds of the year before."""

    programme: Programme
    series: pd.DataFrame
    ahead: Forecast
    price: Decimal
    quantity: Decimal
    interval: tuple[Decimal, Decimal]
    budget: Budget
    change: Variance


def programmes_with_data(page: Page, schedule: str) -> list[Programme]:
    """The programmes of a schedule whose indicator has enough rounds to be forecast."""
    chosen = [one for one in page.catalogue.programmes.values() if one.schedule == schedule]
    return [one for one in chosen if _rounds(page, one) > FIRST_ORIGIN + HORIZON]


def can_be_priced(page: Page, programme: Programme) -> bool:
    """Whether there are enough rounds to forecast its quantity, and a price on the day of the last of them."""
    if _rounds(page, programme) <= FIRST_ORIGIN + HORIZON:
        return False
    last = quantity_series(page, programme)["period"].iloc[-1].date()
    return bool(min(programme.prices) <= last <= programme.valid_to)


def _rounds(page: Page, programme: Programme) -> int:
    known = page.store.observations(page.as_of, indicators=[programme.indicator], geos=[programme.geo])
    return 0 if known.empty else len(quantity_series(page, programme).dropna(subset="value"))


def quantity_series(page: Page, programme: Programme) -> pd.DataFrame:
    """The counts that a programme is paid by, one row a round up to the last that came."""
    domain = page.catalogue.indicators[programme.indicator].domain
    known = page_series(page, domain, programme.geo)
    mine = known[(known["indicator"] == programme.indicator) & (known["geo"] == programme.geo)]
    mine = mine.sort_values("period").reset_index(drop=True)
    return mine[mine["value"].bfill().notna()]


def outlook(page: Page, programme: Programme) -> Outlook:
    """Forecast a programme's quantity over the next rounds and price it; compare with the rounds of a year before."""
    return page.shared(("outlook", programme.id), lambda: _outlook(page, programme))


def _outlook(page: Page, programme: Programme) -> Outlook:
    from analysis.funding import Cost, forecast, price_out, price_quantity_variance, whole

    series = quantity_series(page, programme)
    values = series["value"].tolist()
    ahead = forecast(values, HORIZON)
    last = series["period"].iloc[-1].date()
    price = programme.price_on(last)
    quantity, interval = whole(ahead.total), (whole(ahead.total_low), whole(ahead.total_high))
    season = 365 // 14
    before = series.iloc[-season : -season + HORIZON]
    planned = Cost(
        programme.price_on(before["period"].iloc[0].date()), whole(float(before["value"].interpolate().bfill().sum()))
    )
    change = price_quantity_variance(planned, Cost(price, quantity))
    return Outlook(programme, series, ahead, price, quantity, interval, price_out(price, quantity, interval), change)


def show_budgets(page: Page, outlooks: list[Outlook]) -> None:
    """Price, quantity and budget of each programme over the next rounds, with intervals, and their sum."""
    import pandas as pd

    from analysis.funding import total

    rows, evidence = [], []
    for one in outlooks:
        found = record_budget(page, one)
        evidence.append(found)
        low, high = one.interval
        rows.append(
            {
                "programme": one.programme.label[page.lang],
                "unit": one.programme.unit[page.lang] if one.programme.unit else "",
                "price": euro(page, one.price, 2),
                "quantity": page.wording.number(float(one.quantity)),
                "interval": f"{page.wording.number(float(low))} – {page.wording.number(float(high))}",
                "budget": euro(page, one.budget.amount, 2),
                "range": f"{euro(page, one.budget.low)} – {euro(page, one.budget.high)}",
            }
        )
    whole_budget = total(one.budget for one in outlooks)
    rows.append(
        dict.fromkeys(rows[0], "")
        | {
            "programme": page.wording.say("funding.total"),
            "budget": euro(page, whole_budget.amount, 2),
            "range": f"{euro(page, whole_budget.low)} – {euro(page, whole_budget.high)}",
        }
    )
    texts = dict.fromkeys(("programme", "unit"), "text")
    _table(page, "budgets", pd.DataFrame(rows), texts | dict.fromkeys(list(rows[0])[2:], "figure"), evidence)
    page.say("funding.budget_note")


def show_revisions(page: Page, outlooks: list[Outlook]) -> None:
    """How many of the counts paid for were revised later, and so why the forecast starts from them as they came."""
    from analysis.trends.revised import revised

    every = periods = 0
    for one in outlooks:
        history = page_history(page, page.catalogue.indicators[one.programme.indicator].domain)
        mine = (history["indicator"] == one.programme.indicator) & (history["geo"] == one.programme.geo)
        told = revised(history[mine])
        every, periods = every + int(told["revised"].sum()), periods + int(told["periods"].sum())
    page.say("funding.revisions", revised=page.wording.number(every), periods=page.wording.number(periods))


def show_course(page: Page, outlooks: list[Outlook]) -> None:
    """What was counted and what is forecast with its interval, programme by programme."""
    import pandas as pd

    from analysis.reporting.charts import trend_chart
    from analysis.reporting.text import alt_trend

    for one in outlooks:
        counted = one.series[["period", "value"]].assign(series=page.wording.say("funding.counted"))
        dates = pd.date_range(counted["period"].iloc[-1], periods=HORIZON + 1, freq="14D")[1:]
        steps = one.ahead.steps.assign(period=dates, series=page.wording.say("funding.forecast"))
        frame = pd.concat([counted, steps], ignore_index=True)
        title = page.wording.say("funding.caption.course", programme=one.programme.label[page.lang])
        drawing = trend_chart(frame, page.wording, unit=COUNTED, source=page.source(one.series))
        page.figure(drawing, title, alt_trend(frame, page.wording, title=title, unit=COUNTED))


def show_variance(page: Page, outlooks: list[Outlook]) -> None:
    """From the budget of the same rounds a year before to the one ahead: price, quantity and joint effect."""
    import pandas as pd

    from analysis.funding import add_up
    from analysis.reporting.bars import waterfall

    every = add_up(one.change for one in outlooks)
    parts = [("planned", True), ("price", False), ("quantity", False), ("joint", False), ("actual", True)]
    steps = [(page.wording.say(f"funding.step.{name}"), float(getattr(every, name)), whole) for name, whole in parts]
    title = page.wording.say("funding.caption.variance")
    told = " ".join(f"{name}: {page.wording.quantity(amount, 'EUR')}." for name, amount, _ in steps)
    source = page.source(*(one.series for one in outlooks))
    page.figure(waterfall(steps, page.wording, unit="EUR", source=source), title, f"{title}. {told}")
    rows = [
        {
            "programme": one.programme.label[page.lang],
            **{name: euro(page, getattr(one.change, name), 2) for name, _ in parts},
        }
        for one in outlooks
    ]
    rows.append(
        {
            "programme": page.wording.say("funding.total"),
            **{name: euro(page, getattr(every, name), 2) for name, _ in parts},
        }
    )
    formats = {"programme": "text", **dict.fromkeys((name for name, _ in parts), "figure")}
    _table(page, "variance", pd.DataFrame(rows), formats)


def show_scenarios(page: Page, outlooks: list[Outlook]) -> None:
    """The sum of all budgets under a few changes of indicator and price."""
    import pandas as pd

    from analysis.funding import Scenario, budget_under, total

    rows = []
    for name, (price, indicator) in SCENARIOS.items():
        scenario = Scenario(Decimal(price), Decimal(indicator))
        every = total(
            budget_under(scenario, one.price, one.quantity, one.interval, one.programme.elasticity) for one in outlooks
        )
        rows.append(
            (
                page.wording.say(f"funding.scenario.{name}"),
                euro(page, every.amount, 2),
                f"{euro(page, every.low)} – {euro(page, every.high)}",
            )
        )
    frame = pd.DataFrame(rows, columns=["scenario", "budget", "range"])
    _table(page, "scenarios", frame, {"scenario": "text", "budget": "figure", "range": "figure"})


def show_triggers(page: Page, outlooks: list[Outlook]) -> None:
    """The latest rounds against the forecast made before them, and the tranche that the rule releases."""
    import pandas as pd

    from analysis.funding import Side, Trigger, decide, forecast, price_out, whole

    rows = []
    for one in outlooks:
        values = one.series["value"].tolist()
        made = forecast(values[:-HORIZON], HORIZON)
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
                "release": euro(page, release.amount, 2) if release.tranche else page.wording.say("funding.none"),
            }
        )
    formats = {name: "text" if name in ("programme", "rule", "side") else "figure" for name in rows[0]}
    _table(page, "triggers", pd.DataFrame(rows), formats)


def show_scores(page: Page, outlooks: list[Outlook]) -> None:
    """How the forecasts of each method did at past origins, against the naive ones."""
    import pandas as pd

    from analysis.funding import score

    parts = [
        score(one.series["value"].tolist(), HORIZON, first=FIRST_ORIGIN).assign(
            programme=one.programme.label[page.lang]
        )
        for one in outlooks
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
    _table(page, "scores", frame, formats)
    page.say("funding.score_note", origins=str(int(frame["origins"].iloc[0])))


def show_contract(page: Page, programme: Programme) -> None:
    """The instalments of a territorial contract, and what its envelope is worth a person."""
    import pandas as pd

    from analysis.funding import territorial_contract, whole, worth

    paid = territorial_contract(
        programme.envelope, programme.state_share, tuple(programme.instalments), tuple(programme.instalments.values())
    )
    rows = [
        (
            part.number,
            pd.Timestamp(part.due),
            euro(page, part.amount, 2),
            euro(page, part.state, 2),
            euro(page, part.local, 2),
        )
        for part in paid
    ]
    frame = pd.DataFrame(rows, columns=["number", "due", "amount", "state", "local"])
    formats = {"number": "number", "due": "day", "amount": "figure", "state": "figure", "local": "figure"}
    _table(page, "contract", frame, formats)
    persons = whole(float(quantity_series(page, programme)["value"].dropna().iloc[-1]))
    page.say(
        "funding.contract", programme=programme.label[page.lang], envelope=euro(page, programme.envelope, 2),
        persons=page.wording.number(float(persons)), worth=euro(page, worth(programme.envelope, persons), 2),
    )  # fmt: skip


def show_allocation(page: Page, quota: Quota) -> None:
    """Places by method and key, with fairness; then what another key would move."""
    import pandas as pd

    from analysis.funding import Method, apportion, blended, fairness, moved

    key = blended(quota.population, quota.capacity, quota.capacity_share)
    by_population = {method: apportion(quota.total, quota.population, method) for method in Method}
    mixed = apportion(quota.total, key)
    limited = apportion(quota.total, key, floors=quota.floors, caps=quota.caps)
    base = by_population[Method.HAMILTON]
    change = moved(base, limited)
    rows = [
        {
            "unit": name,
            **{method.name.lower(): allocation.places[unit] for method, allocation in by_population.items()},
            "mixed": mixed.places[unit],
            "limited": limited.places[unit],
            "moved": page.wording.number(change[unit], signed=True),
        }
        for unit, name in quota.names.items()
    ]
    frame = pd.DataFrame(rows)
    formats = {name: "text" if name == "unit" else "figure" if name == "moved" else "number" for name in frame.columns}
    page.say(
        "funding.allocation",
        total=str(quota.total),
        share=page.wording.quantity(100 * float(quota.capacity_share), "%", decimals=0),
    )
    _table(page, "allocation", frame, formats)
    indexed: dict[str, tuple[Allocation, Mapping[str, int | Fraction]]] = {
        "hamilton": (base, quota.population),
        "mixed": (mixed, key),
        "limited": (limited, key),
    }
    judged = [(name, fairness(allocation.places, weights)) for name, (allocation, weights) in indexed.items()]
    told = [
        (
            page.wording.say(f"funding.head.{name}"),
            *(page.wording.number(100 * part, 2) for part in (one.moved, one.least_squares, one.gini)),
            page.wording.number(one.spread, 3),
        )
        for name, one in judged
    ]
    _table(
        page,
        "fairness",
        pd.DataFrame(told, columns=["unit", "index_moved", "index_squares", "index_gini", "index_spread"]),
        {"unit": "text", **dict.fromkeys(("index_moved", "index_squares", "index_gini", "index_spread"), "figure")},
    )
    page.say("funding.paradox")


def euro(page: Page, amount: Decimal, decimals: int = 0) -> str:
    """An amount as the page's language writes it, exact to the cent."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    body = str(format_decimal(abs(amount), format=pattern, locale=page.wording.locale, decimal_quantization=True))
    return page.wording.say("quantity.EUR", number=("−" if amount < 0 else "") + body)


def record_budget(page: Page, one: Outlook) -> Evidence:
    """The budget of an outlook as evidence: the same number on every page that shows it."""
    interval = (float(one.budget.low), float(one.budget.high))
    return page.record(float(one.budget.amount), _lineage(one, "budget"), unit="EUR", interval=interval)


def record_quantity(page: Page, one: Outlook) -> Evidence:
    """The units that an outlook prices, over all rounds ahead, as evidence."""
    low, high = (float(end) for end in one.interval)
    return page.record(float(one.quantity), _lineage(one, "units_ahead"), unit=COUNTED, interval=(low, high))


def _lineage(one: Outlook, statistic: str) -> Lineage:
    days = one.series["period"]
    return Lineage(
        statistic,
        one.series["dataflow"].iloc[-1],
        indicator=one.programme.indicator,
        geo=one.programme.geo,
        periods=(f"{days.iloc[0]:%Y-%m-%d}/{days.iloc[-1]:%Y-%m-%d}",),
        breakdown=one.programme.id,
        level=f"{one.ahead.level:.2%}",
    )


def _table(page: Page, name: str, frame: pd.DataFrame, formats: Mapping[str, str], evidence: Any = ()) -> None:
    heads = {column: page.wording.say(f"funding.head.{column}") for column in formats}
    page.table(frame, page.wording.say(f"funding.caption.{name}"), formats, heads, evidence)
