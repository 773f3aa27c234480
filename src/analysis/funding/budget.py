"""Price x quantity: what a programme costs, with the interval of its quantity, exact to the cent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from analysis.errors import UsageError
from analysis.funding.quotas import apportion
from analysis.funding.variance import Cost

Interval = tuple[Decimal, Decimal]
CENT = Decimal("0.01")
_DIGITS = 40  # more than any budget has, so that no step of a product or power is rounded before the last


@dataclass(frozen=True)
class Budget:
    """An amount in euro and whole cents, with the interval that its quantity gives it."""

    amount: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Scenario:
    """Relative changes as fractions (0.1: 10 % more); `indicator` moves the quantity by the programme's elasticity."""

    price: Decimal = Decimal(0)
    indicator: Decimal = Decimal(0)


def price_out(price: Decimal, quantity: Decimal, interval: Interval | None = None) -> Budget:
    """What `quantity` units at `price` cost.

    Parameters
    ----------
    price
        Euro a unit, 0 or more.
    quantity, interval
        Units, 0 or more, and the interval that holds them; without one the amount is its own interval.

    Raises
    ------
    UsageError
        A price or quantity is no decimal, negative or not finite, or lies outside its interval.
    """
    low, high = interval or (quantity, quantity)
    budget = Budget(*(Cost(price, units).amount for units in (quantity, low, high)))
    if not low <= quantity <= high:
        raise UsageError("a quantity", must=f"in its interval, {low} to {high}", found=quantity)
    return budget


def total(budgets: Iterable[Budget]) -> Budget:
    """Several budgets together. The ends add up as well: the interval if all quantities err on one side at once."""
    every = list(budgets)

    def sum_of(part: str) -> Decimal:
        return sum((getattr(budget, part) for budget in every), Decimal("0.00"))

    return Budget(sum_of("amount"), sum_of("low"), sum_of("high"))


def whole(value: float | int) -> Decimal:
    """A counted or forecast number of units as a decimal: half up to whole units, never below 0."""
    return max(Decimal(0), Decimal(repr(float(value))).quantize(Decimal(1), ROUND_HALF_UP))


def linked(quantity: Decimal, ratio: Decimal, elasticity: Decimal) -> Decimal:
    """The quantity when its indicator becomes `ratio` times as large: quantity x ratio ** elasticity, unrounded.

    Elasticity 1: twice the persons, twice the units; 0: the quantity does not follow; between: less than in proportion.
    """
    if ratio < 0 or not ratio.is_finite():
        raise UsageError("a ratio", must="0 or more", found=ratio)
    with localcontext() as context:
        context.prec = _DIGITS
        return quantity if elasticity == 0 else quantity * (ratio if elasticity == 1 else ratio**elasticity)


def budget_under(
    scenario: Scenario, price: Decimal, quantity: Decimal, interval: Interval, elasticity: Decimal
) -> Budget:
    """The budget of one scenario: the price and the linked indicator change, the interval moves along."""
    units = [linked(part, 1 + scenario.indicator, elasticity) for part in (quantity, *interval)]
    return price_out(price * (1 + scenario.price), units[0], (units[1], units[2]))


def tranches(amount: Decimal, shares: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """`amount` (euro, whole cents) cut by `shares` that add up to 1; the parts add up to the cent.

    Cents go by largest remainder, so that no part is a cent off its share for the sake of another.
    """
    if sum(shares) != 1 or min(shares, default=Decimal(-1)) < 0:
        raise UsageError("the shares of tranches", must="0 or more and 1 in sum", found=[str(s) for s in shares])
    if amount != amount.quantize(CENT) or amount < 0:
        raise UsageError("the amount of tranches", must="0 or more, in whole cents", found=str(amount))
    weights: Mapping[str, Fraction] = {str(number): Fraction(share) for number, share in enumerate(shares)}
    cents = apportion(int(amount * 100), weights).places
    return tuple((Decimal(cents[name]) / 100).quantize(CENT) for name in weights)
