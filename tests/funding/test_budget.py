"""Budgets to the cent: price x quantity, its interval, scenarios, tranches, triggers and territorial contracts."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.funding import (
    Budget,
    Scenario,
    Side,
    Trigger,
    budget_under,
    decide,
    linked,
    price_out,
    side,
    territorial_contract,
    total,
    tranches,
    whole,
    worth,
)

PRICES = st.decimals(0, 100_000, places=4)
UNITS = st.integers(0, 2_000_000).map(Decimal)


def euro(*texts: str) -> Budget:
    return Budget(*map(Decimal, texts))


@pytest.mark.parametrize(
    ("price", "quantity", "interval", "budget"),
    [
        ("12.50", "3", None, ("37.50", "37.50", "37.50")),
        ("12.50", "3", ("2", "5"), ("37.50", "25.00", "62.50")),
        ("0.005", "1", ("0", "3"), ("0.01", "0.00", "0.02")),  # half up, each end by itself
        ("33.3333", "3", None, ("100.00", "100.00", "100.00")),
        ("1500", "28000", ("26500", "30100"), ("42000000.00", "39750000.00", "45150000.00")),
    ],
)
def test_price_times_quantity(
    price: str, quantity: str, interval: tuple[str, str] | None, budget: tuple[str, str, str]
) -> None:
    ends = (Decimal(interval[0]), Decimal(interval[1])) if interval else None
    found = price_out(Decimal(price), Decimal(quantity), ends)
    assert (str(found.amount), str(found.low), str(found.high)) == budget


@given(PRICES, UNITS)
def test_twice_the_quantity_is_twice_the_exact_budget(price: Decimal, quantity: Decimal) -> None:
    exact = Fraction(price) * Fraction(quantity)
    for times in (1, 2):
        assert abs(Fraction(price_out(price, times * quantity).amount) - times * exact) <= Fraction(1, 200)


@given(st.lists(st.builds(price_out, PRICES, UNITS), max_size=5))
def test_a_total_is_the_sum_of_its_cents(budgets: list[Budget]) -> None:
    assert total(budgets).amount == sum((b.amount for b in budgets), Decimal(0))
    assert total(budgets).low <= total(budgets).amount <= total(budgets).high


@pytest.mark.parametrize(("value", "units"), [(2.5, "3"), (2.4999, "2"), (-4.0, "0"), (7, "7"), (1e6 + 0.5, "1000001")])
def test_a_forecast_becomes_whole_units(value: float, units: str) -> None:
    assert whole(value) == Decimal(units)


@pytest.mark.parametrize(
    ("ratio", "elasticity", "quantity"),
    [("2", "1", "200"), ("2", "0", "100"), ("4", "0.5", "200"), ("0.25", "0.5", "50"), ("1", "0.7", "100")],
)
def test_quantity_follows_its_indicator_by_the_elasticity(ratio: str, elasticity: str, quantity: str) -> None:
    assert linked(Decimal(100), Decimal(ratio), Decimal(elasticity)) == Decimal(quantity)


def test_scenarios_move_price_quantity_and_interval() -> None:
    base = (Decimal("10.00"), Decimal(100), (Decimal(80), Decimal(130)), Decimal(1))
    assert budget_under(Scenario(), *base) == euro("1000.00", "800.00", "1300.00")
    assert budget_under(Scenario(price=Decimal("0.03")), *base) == euro("1030.00", "824.00", "1339.00")
    assert budget_under(Scenario(indicator=Decimal(1)), *base) == euro("2000.00", "1600.00", "2600.00")
    assert budget_under(Scenario(Decimal("0.1"), Decimal("-0.5")), *base) == euro("550.00", "440.00", "715.00")


@given(st.integers(0, 10**9), st.lists(st.integers(0, 50), min_size=1, max_size=5))
def test_tranches_add_up_and_lie_within_a_cent_of_their_share(cents: int, parts: list[int]) -> None:
    shares = [Decimal(part) / 1000 for part in parts] + [1 - Decimal(sum(parts)) / 1000]
    amount = Decimal(cents) / 100
    found = tranches(amount, shares)
    assert sum(found) == amount
    assert all(abs(part - amount * share) < Decimal("0.01") for part, share in zip(found, shares, strict=True))


@pytest.mark.parametrize(
    ("quantity", "found"), [("9.99", Side.BELOW), ("10", Side.WITHIN), ("20", Side.WITHIN), ("20.01", Side.ABOVE)]
)
def test_where_a_quantity_lies(quantity: str, found: Side) -> None:
    assert side(Decimal(quantity), Decimal(10), Decimal(20)) is found


@pytest.mark.parametrize(
    ("quantity", "tranche", "amount"), [("21", 2, "250.00"), ("15", 0, "0.00"), ("5", 0, "0.00"), ("20", 0, "0.00")]
)
def test_tranche_2_is_released_when_the_quantity_leaves_the_interval_upwards(
    quantity: str, tranche: int, amount: str
) -> None:
    shares = (Decimal("0.6"), Decimal("0.25"), Decimal("0.15"))
    release = decide(Trigger(Side.ABOVE, 2), Decimal("1000.00"), shares, Decimal(quantity), Decimal(10), Decimal(20))
    assert (release.tranche, str(release.amount)) == (tranche, amount)


def test_a_territorial_contract_pays_its_envelope_in_parts_by_two_sides() -> None:
    days = (date(2023, 3, 1), date(2023, 9, 1), date(2024, 3, 1))
    paid = territorial_contract(
        Decimal("100000.01"), Decimal("0.65"), days, (Decimal("0.5"), Decimal("0.3"), Decimal("0.2"))
    )
    assert [str(part.amount) for part in paid] == ["50000.01", "30000.00", "20000.00"]
    assert [str(part.state) for part in paid] == ["32500.01", "19500.00", "13000.00"]
    assert all(part.state + part.local == part.amount for part in paid)
    assert (worth(Decimal("100000.01"), Decimal(300)), worth(Decimal(5), Decimal(0))) == (Decimal("333.33"), Decimal(0))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda: price_out(Decimal(1), Decimal(9), (Decimal(1), Decimal(5))), "a quantity must be in its interval"),
        (lambda: price_out(Decimal(-1), Decimal(9)), "a price must be a decimal, 0 or more"),
        (lambda: linked(Decimal(1), Decimal(-1), Decimal(1)), "a ratio must be 0 or more"),
        (lambda: tranches(Decimal("1.00"), [Decimal("0.5")]), "the shares of tranches"),
        (lambda: tranches(Decimal("1.005"), [Decimal(1)]), "in whole cents"),
        (lambda: side(Decimal(1), Decimal(3), Decimal(2)), "an interval must be low <= high"),
        (
            lambda: decide(Trigger(Side.ABOVE, 3), Decimal(1), (Decimal(1),), Decimal(1), Decimal(0), Decimal(1)),
            "a trigger's tranche must be 1 to 1",
        ),
        (lambda: territorial_contract(Decimal(1), Decimal(2), (date(2023, 1, 1),), (Decimal(1),)), "the state's share"),
        (lambda: territorial_contract(Decimal(1), Decimal(1), (), (Decimal(1),)), "the dates of instalments"),
    ],
)
def test_what_makes_no_sense_is_refused(broken, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        broken()
