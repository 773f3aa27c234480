"""What funded programmes are paid by: counts as they stand, their nowcast, and their forecast with its budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.accounts import page_history
from analysis.reporting.sections.series import page_dataflows, page_series

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.programmes import Programme
    from analysis.funding import Budget, Forecast, Variance

COUNTED = "persons"  # what the programmes' quantities are, where their indicator is a rate of it
PAID_BY_QUANTITY = "price_quantity"
HORIZON = 6  # rounds ahead: three months
FIRST_ORIGIN = 32  # rounds known at the first forecast that is scored: one season and one horizon
FEWEST = FIRST_ORIGIN + HORIZON + 1
SEASON = 365 // 14


@dataclass(frozen=True)
class Outlook:
    """One programme: its series, the forecast of its quantity, the budget, and the same rounds of the year before.

    `series` has one row a round up to the last reported one, with `value` as reported, and `nowcast`, `low`, `high` as
    it is expected to stand after corrections; `editions` holds the latter as it was on past days (`trends.standing`).
    """

    programme: Programme
    series: pd.DataFrame
    editions: dict[int, list[float]]
    revised: int
    ahead: Forecast
    price: Decimal
    quantity: Decimal
    interval: tuple[Decimal, Decimal]
    budget: Budget
    change: Variance

    @property
    def counts(self) -> list[float]:
        """What a forecast starts from: one value a round, nowcast where the count is young."""
        return [float(value) for value in self.series["nowcast"]]


def outlooks(page: Page) -> list[Outlook]:
    """The programmes paid by quantity that can be priced, each with its outlook."""
    return [outlook(page, one) for one in _paid_by_quantity(page) if can_be_priced(page, one)]


def can_be_priced(page: Page, programme: Programme) -> bool:
    """Whether there are enough rounds to forecast its quantity, and a price on the day of the last of them."""
    series = quantity_series(page, programme)
    return bool(series["value"].count() >= FEWEST and _has_price(programme, series["period"].iloc[-1].date()))


def _has_price(programme: Programme, day: date) -> bool:
    return min(programme.prices) <= day <= programme.valid_to


def _paid_by_quantity(page: Page) -> list[Programme]:
    return [one for one in page.catalogue.programmes.values() if one.schedule == PAID_BY_QUANTITY]


def quantity_series(page: Page, programme: Programme) -> pd.DataFrame:
    """The counts that a programme is paid by, one row a round up to the last reported; empty where none ever came."""
    return page.shared(("quantity", programme.id), lambda: _quantity_series(page, programme))


def _quantity_series(page: Page, programme: Programme) -> pd.DataFrame:
    domain = page.catalogue.indicators[programme.indicator].domain
    flows = page_dataflows(page, domain)
    there = page.store.observations(page.as_of, dataflows=flows, indicators=[programme.indicator], geos=[programme.geo])
    if there.empty:
        return _nothing()
    known = page_series(page, domain, programme.geo)
    mine = known[(known["indicator"] == programme.indicator) & (known["geo"] == programme.geo)]
    mine = mine[mine["provider"] == mine["provider"].iloc[-1]].sort_values("period").reset_index(drop=True)
    return mine.loc[: mine["value"].last_valid_index()] if mine["value"].notna().any() else _nothing()


def _nothing() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"period": pd.Series(dtype="datetime64[s]"), "value": pd.Series(dtype=float)})


def outlook(page: Page, programme: Programme) -> Outlook:
    """Forecast a programme's quantity over the next rounds and price it; compare with the rounds of a year before."""
    return page.shared(("outlook", programme.id), lambda: _outlook(page, programme))


def _outlook(page: Page, programme: Programme) -> Outlook:
    from analysis.funding import Cost, forecast, price_out, price_quantity_variance, whole

    stood, editions, revised = _stood(page, programme, quantity_series(page, programme))
    ahead = forecast(stood["nowcast"].tolist(), HORIZON, editions=editions)
    price = programme.price_on(stood["period"].iloc[-1].date())
    quantity, interval = whole(ahead.total), (whole(ahead.total_low), whole(ahead.total_high))
    before = stood.iloc[-SEASON : -SEASON + HORIZON]
    counted = whole(float(before["nowcast"].interpolate().bfill().sum()))
    planned = Cost(programme.price_on(before["period"].iloc[0].date()), counted)
    change = price_quantity_variance(planned, Cost(price, quantity))
    budget = price_out(price, quantity, interval)
    return Outlook(programme, stood, editions, revised, ahead, price, quantity, interval, budget, change)


def _stood(page: Page, programme: Programme, series: pd.DataFrame) -> tuple[pd.DataFrame, dict[int, list[float]], int]:
    """The series with its nowcast, how it stood on past days, and how many of its counts were ever revised."""
    import pandas as pd

    from analysis.trends.standing import editions, standing

    every = page_history(page, page.catalogue.indicators[programme.indicator].domain)
    key = ["indicator", "geo", "provider"]
    history = every.merge(series[key].drop_duplicates(), on=key)
    now = standing(history).set_index("period").reindex(pd.DatetimeIndex(series["period"]))
    stood = series.assign(nowcast=now["value"].to_numpy(), low=now["low"].to_numpy(), high=now["high"].to_numpy())
    revised = int((history.dropna(subset="value").groupby("period")["value"].nunique() > 1).sum())
    return stood, editions(history, pd.DatetimeIndex(series["period"])), revised


def show_unpriced(page: Page) -> None:
    """Which programmes have no budget here: too little was reported, or there is no price for the day."""
    for one in _paid_by_quantity(page):
        if can_be_priced(page, one):
            continue
        series, named = quantity_series(page, one), one.label[page.lang]
        if (rounds := series["value"].count()) >= FEWEST:
            page.say("funding.priceless", programme=named, day=page.wording.day(series["period"].iloc[-1]))
            continue
        place = {"indicator": page.label("indicator", one.indicator), "geo": page.label("geo", one.geo)}
        page.say("funding.unpriced", programme=named, rounds=str(rounds), needed=str(FEWEST), **place)


def show_nowcast(page: Page, priced: list[Outlook]) -> None:
    """The last reported count of each programme, what it is expected to become, and how often counts are revised."""
    import pandas as pd

    rows, evidence = [], []
    for one in priced:
        last = one.series.iloc[-1]
        found = page.record(
            last["nowcast"],
            Lineage(
                "nowcast",
                last["dataflow"],
                indicator=one.programme.indicator,
                geo=one.programme.geo,
                periods=(f"{last['period']:%Y-%m-%d}",),
            ),
            unit=COUNTED,
            interval=(last["low"], last["high"]),
        )
        evidence.append(found)
        rows.append(
            {
                "programme": one.programme.label[page.lang],
                "round": last["period"],
                "counted": last["value"],
                "nowcast": page.wording.number(found.value),
                "interval": page.wording.bare_span(found.ci_low, found.ci_high, COUNTED) or "–",
                "revised": page.wording.say(
                    "funding.revised", revised=str(one.revised), rounds=str(one.series["value"].count())
                ),
            }
        )
    formats = {"programme": "text", "round": "day", "counted": "number"}
    formats |= {"nowcast": "figure", "interval": "figure", "revised": "figure"}
    show_table(page, "nowcast", pd.DataFrame(rows, columns=list(formats)), formats, evidence)
    if priced:
        page.say("funding.nowcast_note")


def show_course(page: Page, priced: list[Outlook]) -> None:
    """What was counted, what the last counts are expected to become, and the forecast, programme by programme."""
    import pandas as pd

    from analysis.reporting.charts import trend_chart
    from analysis.reporting.text import alt_trend

    for one in priced:
        counted = one.series[["period", "value"]].assign(series=page.wording.say("funding.counted"))
        young = one.series[one.series["nowcast"] != one.series["value"]].dropna(subset="nowcast")
        young = young[["period", "nowcast", "low", "high"]].rename(columns={"nowcast": "value"})
        dates = pd.date_range(counted["period"].iloc[-1], periods=HORIZON + 1, freq="14D")[1:]
        steps = one.ahead.steps.assign(period=dates, series=page.wording.say("funding.forecast"))
        parts = [counted, young.assign(series=page.wording.say("funding.head.nowcast")), steps]
        frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
        title = page.wording.say("funding.caption.course", programme=one.programme.label[page.lang])
        drawing = trend_chart(frame, page.wording, unit=COUNTED, source=page.source(one.series))
        page.figure(drawing, title, alt_trend(frame, page.wording, title=title, unit=COUNTED))


def show_table(
    page: Page, name: str, frame: pd.DataFrame, formats: dict[str, str], evidence: list[Evidence] | None = None
) -> None:
    """A table of the funding page: its caption and heads by their names."""
    heads = {column: page.wording.say(f"funding.head.{column}") for column in formats}
    page.table(frame, page.wording.say(f"funding.caption.{name}"), formats, heads, evidence or ())


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
        f"{statistic}:{one.programme.id}",  # the series is the indicator's own; the programme only names what is priced
        one.series["dataflow"].iloc[-1],
        indicator=one.programme.indicator,
        geo=one.programme.geo,
        periods=(f"{days.iloc[0]:%Y-%m-%d}/{days.iloc[-1]:%Y-%m-%d}",),
        level=f"{one.ahead.level:.2%}",
    )


def euro(page: Page, amount: Decimal, decimals: int = 0) -> str:
    """An amount with its unit, for a sentence."""
    return page.wording.say("quantity.EUR", number=in_euro(page, amount, decimals))


def in_euro(page: Page, amount: Decimal, decimals: int = 0) -> str:
    """An amount as the page's language writes it, exact to the cent, for a table whose caption names the unit."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    body = str(format_decimal(abs(amount), format=pattern, locale=page.wording.locale, decimal_quantization=True))
    return ("−" if amount < 0 else "") + body
