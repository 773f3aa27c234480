"""The three effects of a price x quantity variance add up to the cent, whatever the decimals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.funding import Cost, Variance, add_up, price_quantity_variance

PRICES = st.decimals(0, 100_000, places=4)
QUANTITIES = st.decimals(0, 1_000_000, places=3)
COSTS = st.builds(Cost, PRICES, QUANTITIES)


def cost(price: str, quantity: str) -> Cost:
    return Cost(Decimal(price), Decimal(quantity))


@pytest.mark.parametrize(
    ("planned", "actual", "parts"),
    [
        # planned, actual, price, quantity, joint
        (("40", "100"), ("43", "110"), ("4000.00", "4730.00", "300.00", "400.00", "30.00")),
        (("40", "100"), ("40", "90"), ("4000.00", "3600.00", "0.00", "-400.00", "0.00")),
        (("40", "100"), ("38", "90"), ("4000.00", "3420.00", "-200.00", "-400.00", "20.00")),
        (("40", "0"), ("43", "10"), ("0.00", "430.00", "0.00", "400.00", "30.00")),
        (("0.333", "1"), ("0.666", "2"), ("0.33", "1.33", "0.34", "0.33", "0.33")),
        (("1.005", "1"), ("1.005", "1"), ("1.01", "1.01", "0.00", "0.00", "0.00")),
    ],
)
def test_worked_examples(planned: tuple[str, str], actual: tuple[str, str], parts: tuple[str, ...]) -> None:
    found = price_quantity_variance(cost(*planned), cost(*actual))
    assert found == Variance(*map(Decimal, parts))


@given(COSTS, COSTS)
def test_the_effects_add_up_and_stay_within_a_cent(planned: Cost, actual: Cost) -> None:
    found = price_quantity_variance(planned, actual)
    assert found.price + found.quantity + found.joint == found.total == actual.amount - planned.amount
    more_p = Fraction(actual.price) - Fraction(planned.price)
    more_q = Fraction(actual.quantity) - Fraction(planned.quantity)
    exact = (more_p * Fraction(planned.quantity), more_q * Fraction(planned.price), more_p * more_q)
    for effect, value in zip((found.price, found.quantity, found.joint), exact, strict=True):
        assert abs(Fraction(effect) - value) <= Fraction(1, 100)
        assert effect.as_tuple().exponent == -2
        assert value or not effect


@given(COSTS, COSTS)
def test_an_amount_is_the_product_to_the_cent(one: Cost, other: Cost) -> None:
    for each in (one, other):
        assert abs(Fraction(each.amount) - Fraction(each.price) * Fraction(each.quantity)) <= Fraction(1, 200)


@given(st.lists(st.tuples(COSTS, COSTS), max_size=4))
def test_programmes_add_up(pairs: list[tuple[Cost, Cost]]) -> None:
    found = add_up(price_quantity_variance(planned, actual) for planned, actual in pairs)
    assert found.planned == sum(planned.amount for planned, _ in pairs)
    assert found.price + found.quantity + found.joint == found.total


def test_large_amounts_lose_no_cent() -> None:
    big = cost("12345678901234567890.01", "1234567890123456789.5")
    exact = Fraction("12345678901234567890.01") * Fraction("1234567890123456789.5")
    assert abs(Fraction(big.amount) - exact) <= Fraction(1, 200)


@pytest.mark.parametrize("price", [Decimal("-1"), Decimal("NaN"), Decimal("Infinity"), 0.1])
def test_what_holds_no_cent_is_refused(price: Decimal) -> None:
    with pytest.raises(UsageError, match="a price must be a decimal, 0 or more"):
        Cost(price, Decimal(1))
