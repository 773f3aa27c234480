"""What a recommendation costs: the budget of its programme as on the page of funding, else what the data count."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.recommendations import Claim, Cost, load_recommendations
from analysis.evidence import trace
from analysis.funding import forecast, price_out, whole
from analysis.reporting.page import Page
from analysis.reporting.sections import funding, quantities
from analysis.reporting.sections.claims import Assessed, Finding
from analysis.reporting.sections.recommendations import _show_cost, show_summary
from analysis.reporting.text import Wording
from analysis.store import Store
from store.rows import ledger_row

CATALOGUE = load_catalogue()
REPORTS = Path(__file__).parents[3] / "reports"
PLACES = CATALOGUE.programmes["reception-place"]
COUNTS = 7000.0 + 20 * np.arange(40) + np.tile([3, -2, 1, -4, 2], 8)
BY_PROGRAMME = Cost(programme=PLACES.id)


def page_with(folder, counts=COUNTS, lang: str = "en", more=()) -> tuple[Page, list[str]]:
    periods = pd.date_range("2022-06-05", periods=len(counts), freq="14D")
    frame = pd.DataFrame(
        {
            "dataflow": "housing", "provider": "fedasil", "indicator": "HOU04", "geo": "VLG", "period": periods,
            "frequency": "P2W", "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": "", "value": counts,
            "denominator": 9000.0, "flag": "", "as_of": periods + pd.Timedelta(days=5), "submission": "a" * 64,
            "sheet": "", "row": 2, "column": "", "synthetic": True, "note": "",
        }
    )  # fmt: skip
    store = Store(folder)
    frame = pd.concat([frame, *(frame.assign(**other) for other in more)], ignore_index=True)
    store.commit({"observations": frame, "submissions": pd.DataFrame([ledger_row(submission="a" * 64)])})
    shown: list[str] = []
    page = Page("brief", CATALOGUE, store, Wording(CATALOGUE.texts, lang), periods[-1].date() + timedelta(35), {})
    page.show = lambda data, metadata: shown.append(data["text/plain"])
    return page, shown


def test_the_cost_of_a_programme_is_its_price_times_its_forecast_quantity(tmp_path):
    page, shown = page_with(tmp_path)
    _show_cost(page, BY_PROGRAMME)
    budget, units = page.register.entries.values()
    ahead = forecast(COUNTS.tolist(), quantities.HORIZON)
    price = PLACES.price_on(date(2023, 12, 3))
    expected = price_out(price, whole(ahead.total), (whole(ahead.total_low), whole(ahead.total_high)))
    assert [budget.value, budget.ci_low, budget.ci_high] == [
        float(part) for part in (expected.amount, expected.low, expected.high)
    ]
    assert units.value == float(whole(ahead.total)) and budget.lineage.level == units.lineage.level == "90.00%"
    assert f"EUR {expected.amount:,.0f} (90% interval {expected.low:,.0f} to EUR {expected.high:,.0f})" in shown[0]
    assert f"{price} per place and fortnight" in shown[0]
    assert "example" in shown[1]
    assert [len(trace(one, page.store)) for one in (budget, units)] == [len(COUNTS)] * 2  # back to every count


def test_a_round_that_did_not_come_is_no_end_of_the_forecast(tmp_path):
    page, shown = page_with(tmp_path, np.append(COUNTS, np.nan))
    _show_cost(page, BY_PROGRAMME)
    assert "place and fortnight" in shown[0]


def test_it_is_the_number_that_the_page_of_funding_shows(tmp_path):
    page, _ = page_with(tmp_path)
    _show_cost(page, BY_PROGRAMME)
    budget = next(iter(page.register.entries.values()))
    other, _ = page_with(tmp_path / "other")
    funding.show_budgets(other, [quantities.outlook(other, PLACES)])
    assert budget in other.register.entries.values()


@pytest.mark.parametrize(
    ("lang", "counts"), [("en", COUNTS[:20]), ("fr", COUNTS[:20]), ("nl", np.tile(COUNTS, 3)), ("de", COUNTS[:1])]
)
def test_without_a_forecast_or_a_price_there_is_no_cost(tmp_path, lang, counts):
    """Too short a series; one that goes on after the last price."""
    page, shown = page_with(tmp_path, counts, lang)
    _show_cost(page, BY_PROGRAMME)
    assert shown == [page.wording.say("recommendation.unpriced")] and not page.register.entries


@pytest.mark.parametrize(
    ("last", "said"),
    [(7777.0, "EUR 95,268 (Occupancy rate of reception places"), (np.nan, "Not priced yet.")],
)
def test_a_typed_price_multiplies_the_last_count_to_the_cent(tmp_path, last, said):
    page, shown = page_with(tmp_path, np.append(COUNTS, last))
    _show_cost(page, Cost(indicator="HOU04", geos=("VLG",), price=Decimal("12.25"), source="a tariff"))
    assert said in shown[0]
    assert [one.value for one in page.register.entries.values()] == ([95268.25] if last == last else [])


CAPACITY = Cost(indicator="HOU04", geos=("VLG", "BRU"), price=Decimal("10"), source="a tariff")
BRUSSELS = {"geo": "BRU", "value": 1000.0}
PRINTED = {"dataflow": "published_figures", "provider": "published"}
BOTH = f"EUR {10 * (COUNTS[-1] + 1000):,.0f}"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "Not priced yet."),  # one of the two territories never came: its absence is no zero
        ([BRUSSELS], BOTH),
        ([BRUSSELS, {"age": "Y_LT18"}, {"nationality": "UA"}], BOTH),
        ([BRUSSELS, PRINTED], BOTH),
    ],
)  # fmt: skip
def test_an_amount_counts_everyone_once_in_every_territory(tmp_path, more, said):
    page, shown = page_with(tmp_path, more=more)
    _show_cost(page, CAPACITY)
    assert said in shown[0]


@pytest.mark.parametrize("lang", ["en", "fr", "nl", "de"])
def test_the_counts_of_the_first_screen_are_evidence_like_any_number(tmp_path, lang):
    page, shown = page_with(tmp_path, lang=lang)
    states = ["supported", "supported", "weakened", "no longer supported"]
    findings = tuple(Finding(Claim("level", at_least=1.0), state, (), ()) for state in states)
    recommended = load_recommendations(REPORTS / "recommendations.yml", CATALOGUE).values()
    show_summary(page, [Assessed(one, findings if one.binding else ()) for one in recommended])
    total, binding = len(recommended), sum(one.binding for one in recommended)
    counts = {one.lineage.statistic.removeprefix("advised_"): one.value for one in page.register.entries.values()}
    assert counts == {
        "total": total, "binding": binding, "claims": 4 * binding, "supported": 2 * binding, "weakened": binding,
        "open": 0, "broken": binding,
    }  # fmt: skip
    assert all(page.wording.number(value) in shown[0] for value in counts.values())
