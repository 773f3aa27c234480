"""When money is released: tranches by price x quantity with a trigger, and territorial contracts with an envelope."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from analysis.errors import UsageError
from analysis.funding.budget import CENT, tranches


class Side(StrEnum):
    """Where a quantity lies against the interval that was forecast for it."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"


@dataclass(frozen=True)
class Trigger:
    """A rule such as "if the quantity leaves the interval upwards, release tranche 2"; tranches count from 1."""

    when: Side
    release: int


@dataclass(frozen=True)
class Release:
    """What a trigger decides: where the quantity lies, and the tranche to release with its amount (0: none)."""

    side: Side
    tranche: int
    amount: Decimal


@dataclass(frozen=True)
class Instalment:
    """One payment of a schedule, in euro and whole cents, and what it waits for."""

    number: int
    due: date
    amount: Decimal
    state: Decimal
    local: Decimal


def side(quantity: Decimal, low: Decimal, high: Decimal) -> Side:
    """Whether `quantity` lies below, within or above the interval; its ends are within."""
    if low > high:
        raise UsageError("an interval", must="low <= high", found=(str(low), str(high)))
    return Side.BELOW if quantity < low else Side.ABOVE if quantity > high else Side.WITHIN


def decide(
    trigger: Trigger, amount: Decimal, shares: tuple[Decimal, ...], quantity: Decimal, low: Decimal, high: Decimal
) -> Release:
    """Apply a trigger to a budget that is paid in tranches.

    Parameters
    ----------
    amount, shares
        The whole budget (euro, whole cents) and the share of each tranche.
    quantity, low, high
        What was counted, and the interval that was forecast for it, in units.
    """
    if not 1 <= trigger.release <= len(shares):
        raise UsageError("a trigger's tranche", must=f"1 to {len(shares)}", found=trigger.release)
    found = side(quantity, low, high)
    if found is not trigger.when:
        return Release(found, 0, Decimal("0.00"))
    return Release(found, trigger.release, tranches(amount, shares)[trigger.release - 1])


def territorial_contract(
    envelope: Decimal, state_share: Decimal, dates: tuple[date, ...], shares: tuple[Decimal, ...]
) -> tuple[Instalment, ...]:
    """The instalments of a contract between the state and a territory: an envelope agreed for a period, paid in parts.

    Unlike price x quantity the amount does not follow the number of persons: what follows is what the envelope is worth
    a person. The form is that of the French contracts for reception and integration (contrats territoriaux d'accueil et
    d'intégration): a yearly agreement that the state and the local authority pay together.

    Parameters
    ----------
    envelope
        Euro, whole cents, for the whole period.
    state_share
        From 0 to 1; the local authority pays the rest.
    dates, shares
        When each instalment is due and its share of the envelope.

    Returns
    -------
    tuple of Instalment
        Their amounts add up to the envelope, and state and local to each amount, to the cent.
    """
    if len(dates) != len(shares) or list(dates) != sorted(set(dates)):
        raise UsageError("the dates of instalments", must="rising, one a share", found=[str(day) for day in dates])
    if not 0 <= state_share <= 1:
        raise UsageError("the state's share", must="from 0 to 1", found=str(state_share))
    parts = tranches(envelope, shares)
    paid = []
    for number, (due, amount) in enumerate(zip(dates, parts, strict=True), start=1):
        state, local = tranches(amount, (state_share, 1 - state_share))
        paid.append(Instalment(number, due, amount, state, local))
    return tuple(paid)


def worth(envelope: Decimal, persons: Decimal) -> Decimal:
    """What an envelope comes to for each person, in cents (0 where there is nobody)."""
    return (envelope / persons).quantize(CENT) if persons else Decimal("0.00")
