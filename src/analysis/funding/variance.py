"""Price x quantity: why a budget came out different, split into price, quantity and joint effect to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from analysis.errors import UsageError

_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Cost:
    """A price in euro for one unit, and how many units: decimals, for a binary float holds no cent exactly."""

    price: Decimal
    quantity: Decimal

    def __post_init__(self) -> None:
        for name, value in (("a price", self.price), ("a quantity", self.quantity)):
            if not isinstance(value, Decimal) or not value.is_finite() or value < 0:
                raise UsageError(name, must="a decimal, 0 or more", found=value, mend="Write it as text, not as float.")

    @property
    def amount(self) -> Decimal:
        """Price times quantity, rounded half up to the cent."""
        return _euro(_cents(Fraction(self.price) * Fraction(self.quantity)))


@dataclass(frozen=True)
class Variance:
    """The planned and the actual amount, and the three effects that lead from one to the other, in euro.

    `price` is what the new price does to the planned quantity, `quantity` what the new quantity costs at the planned
    price, `joint` the new price on the additional quantity. planned + price + quantity + joint = actual, to the cent.
    """

    planned: Decimal
    actual: Decimal
    price: Decimal
    quantity: Decimal
    joint: Decimal

    @property
    def total(self) -> Decimal:
        """How much more (or less, negative) it came to."""
        return self.actual - self.planned


def price_quantity_variance(planned: Cost, actual: Cost) -> Variance:
    """Split the change from `planned` to `actual` into price, quantity and joint effect.

    Parameters
    ----------
    planned, actual
        Price (euro a unit) and quantity (units), 0 or more.

    Returns
    -------
    Variance
        In euro and whole cents. Each effect is within one cent of its exact value; an effect that is exactly nothing
        stays nothing.

    Notes
    -----
    The amounts are rounded to the cent first, because they are what is paid. The effects are rounded down to the cent,
    and the cents left to the difference of the amounts go to the largest remainders; an effect of exactly 0 gets none.
    """
    p, q = Fraction(planned.price), Fraction(planned.quantity)
    more_p, more_q = Fraction(actual.price) - p, Fraction(actual.quantity) - q
    price, quantity, joint = _to_cents([more_p * q, more_q * p, more_p * more_q], actual.amount - planned.amount)
    return Variance(planned.amount, actual.amount, price, quantity, joint)


def add_up(variances: Iterable[Variance]) -> Variance:
    """The variance of several programmes together: every part is the sum of its parts."""
    every = list(variances)

    def sum_of(part: str) -> Decimal:
        return _euro(sum(_cents(Fraction(getattr(variance, part))) for variance in every))

    return Variance(*(sum_of(part) for part in ("planned", "actual", "price", "quantity", "joint")))


def _to_cents(effects: list[Fraction], total: Decimal) -> list[Decimal]:
    """Whole cents that add up to `total`, each within one of its effect."""
    cents = [effect * 100 // 1 for effect in effects]
    left = _cents(Fraction(total)) - sum(cents)
    step = 1 if left > 0 else -1
    # Most room first: the largest remainder takes a cent, the smallest gives one.
    order = sorted((k for k, effect in enumerate(effects) if effect), key=lambda k: -step * (effects[k] * 100 % 1))
    for turn in range(abs(left)):
        cents[order[turn % len(order)]] += step
    return [_euro(count) for count in cents]


def _cents(euro: Fraction) -> int:
    return (euro * 100 + _HALF) // 1


def _euro(cents: int) -> Decimal:
    # From its digits, so that no context rounds a large amount.
    return Decimal((int(cents < 0), tuple(map(int, str(abs(cents)))), -2))
