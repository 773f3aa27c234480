"""Quotas: a whole number of places shared out in proportion, exactly, by the named methods of apportionment."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from analysis.errors import UsageError

Number = int | Fraction
Share = dict[str, int]
_Claim = Callable[[Fraction, int], tuple[int, Fraction]]


class Method(StrEnum):
    """How the places are shared out."""

    HAMILTON = "largest remainder"
    JEFFERSON = "jefferson"
    WEBSTER = "webster"
    ADAMS = "adams"
    HUNTINGTON_HILL = "huntington-hill"


@dataclass(frozen=True)
class Allocation:
    """Who gets how many places, what exact proportion would give, and who was tied for the last places.

    `tied` names everyone whose claim to the last place given was equal, where not all of them got one; the order of
    the weights decided among them (first come, first served), so that the result is the same every time.
    """

    method: Method
    total: int
    places: Share
    quotas: dict[str, Fraction]
    tied: tuple[str, ...]

    @property
    def within_quota(self) -> bool:
        """Whether everyone gets the quota rounded down or up: always so for largest remainder without limits."""
        return all(abs(self.places[unit] - quota) < 1 for unit, quota in self.quotas.items())


def apportion(
    total: int,
    weights: Mapping[str, Number],
    method: Method = Method.HAMILTON,
    *,
    floors: Mapping[str, int] | None = None,
    caps: Mapping[str, int] | None = None,
) -> Allocation:
    """Share `total` places in proportion to `weights`.

    Parameters
    ----------
    total
        Places to give, 0 or more; they are given to the last one.
    weights
        By unit, 0 or more: inhabitants, capacity, or a key of both (see `blended`). Whole numbers or fractions, so
        that ties are ties. A unit of weight 0 gets its floor.
    method
        Largest remainder (Hamilton, Hare-Niemeyer), or the divisor methods: Jefferson (D'Hondt, favours the large),
        Webster (Sainte-Laguë, neutral), Adams (favours the small: one each first), Huntington-Hill (one each first).
    floors, caps
        The fewest and the most places of a unit; the units not named have 0 and no cap.

    Returns
    -------
    Allocation
        The places add up to `total` exactly, with everyone between floor and cap.

    Raises
    ------
    UsageError
        A total, weight or limit makes no sense, or the limits leave no way to give exactly `total` places.

    Notes
    -----
    Divisor methods hand out one place at a time, to the highest weight / d(places so far), with d(k) = k + 1, k + 1/2,
    k and sqrt(k (k + 1)), compared as exact fractions (the last one squared). They are house monotone: one more place
    takes none away; floors are given first. Largest remainder stays within the quota and is not house monotone (the
    Alabama paradox). With limits it shares out again among the units that are not at one, as long as a quota lies
    beyond a limit. No method has both virtues (Balinski & Young 1982).
    """
    low = {unit: (floors or {}).get(unit, 0) for unit in weights}
    # A unit of weight 0 stays at its floor; without a cap of its own a unit may get everything.
    high = {u: (caps or {}).get(u, max(total, low[u])) if weights[u] else low[u] for u in weights}
    _check(total, weights, low, high, {*(floors or {}), *(caps or {})})
    whole = sum(map(Fraction, weights.values())) or Fraction(1)
    quotas = {unit: Fraction(weight) * total / whole for unit, weight in weights.items()}
    exact = {unit: Fraction(weight) for unit, weight in weights.items()}
    if method is Method.HAMILTON:
        places, tied = _largest_remainder(total, exact, low, high)
    else:
        places, tied = _by_divisor(_CLAIMS[method], total, exact, low, high)
    return Allocation(method, total, places, quotas, tied)


def blended(population: Mapping[str, Number], capacity: Mapping[str, Number], share: Fraction) -> dict[str, Fraction]:
    """A key of which `share` follows capacity and the rest population, each first made to add up to 1."""
    if set(population) != set(capacity) or not 0 <= share <= 1 or not sum(population.values()) * sum(capacity.values()):
        raise UsageError("a key", must="two weights of the same units, each above 0 in sum, and a share from 0 to 1")
    people, room = Fraction(sum(population.values())), Fraction(sum(capacity.values()))
    return {unit: (1 - share) * population[unit] / people + share * capacity[unit] / room for unit in population}


def moved(before: Allocation, after: Allocation) -> Share:
    """What a change of key moves: places more (or fewer, negative) by unit; they add up to the change in the total."""
    units = [*before.places, *(unit for unit in after.places if unit not in before.places)]
    return {unit: after.places.get(unit, 0) - before.places.get(unit, 0) for unit in units}


def _check(
    total: int, weights: Mapping[str, Number], low: Mapping[str, int], high: Mapping[str, int], limited: set[Hashable]
) -> None:
    if total < 0:
        raise UsageError("the places to share out", must="0 or more", found=total)
    if unknown := limited - set(weights):
        raise UsageError("a floor or cap", must="of a unit with a weight", found=sorted(map(str, unknown)))
    for unit, weight in weights.items():
        if weight < 0:
            raise UsageError("a weight", must="0 or more", found=str(weight), where=unit)
        if not 0 <= low[unit] <= high[unit]:
            raise UsageError("floor and cap", must="0 <= floor <= cap", found=(low[unit], high[unit]), where=unit)
    if not sum(low.values()) <= total <= sum(high.values()):
        must = f"between the sum of the floors, {sum(low.values())}, and of the caps, {sum(high.values())}"
        raise UsageError("the places to share out", must=must, found=total, mend="Only units with a weight get places.")


def _largest_remainder(
    total: int, weights: dict[str, Fraction], low: Share, high: Share
) -> tuple[Share, tuple[str, ...]]:
    quotas = _limited_quotas(total, weights, low, high)
    places = {unit: quota.numerator // quota.denominator for unit, quota in quotas.items()}
    left = total - sum(places.values())
    remainders = {unit: quotas[unit] - places[unit] for unit in places if quotas[unit] > places[unit]}
    order = sorted(remainders, key=lambda unit: -remainders[unit])
    for unit in order[:left]:
        places[unit] += 1
    edge = {remainders[unit] for unit in order[left - 1 : left]} & {remainders[unit] for unit in order[left : left + 1]}
    return places, tuple(unit for unit in order if left and remainders[unit] in edge)


def _limited_quotas(total: int, weights: dict[str, Fraction], low: Share, high: Share) -> dict[str, Fraction]:
    """Proportional quotas clipped to the limits: the one scale at which the clipped quotas add up to `total`."""

    def clipped(scale: Fraction) -> dict[str, Fraction]:
        return {unit: min(max(scale * w, Fraction(low[unit])), Fraction(high[unit])) for unit, w in weights.items()}

    corners = {Fraction(limit[unit]) / weights[unit] for limit in (low, high) for unit in weights if weights[unit]}
    scales = sorted({Fraction(0), *corners})
    below = [scale for scale in scales if sum(clipped(scale).values()) <= total][-1]
    # Between two corners the sum is a straight line: units strictly inside their limits grow with their weight.
    free = [u for u, w in weights.items() if w and low[u] <= below * w < high[u]]
    missing = total - sum(clipped(below).values())
    step = missing / sum((weights[u] for u in free), Fraction(0)) if missing else Fraction(0)
    return clipped(below + step)


def _by_divisor(
    claim: _Claim, total: int, weights: dict[str, Fraction], low: Share, high: Share
) -> tuple[Share, tuple[str, ...]]:
    places, given = dict(low), {}
    last: tuple[int, Fraction] | None = None

    def claims() -> dict[str, tuple[int, Fraction]]:
        return {u: claim(weight, places[u]) for u, weight in weights.items() if weight and places[u] < high[u]}

    for _ in range(total - sum(low.values())):
        open_to = claims()
        winner = max(open_to, key=lambda unit: open_to[unit])
        last = given[winner] = open_to[winner]
        places[winner] += 1
    short = {unit for unit, value in claims().items() if value == last}
    return places, tuple(u for u in weights if short and (u in short or given.get(u) == last))


def _first_free(weight: Fraction, divisor: Fraction) -> tuple[int, Fraction]:
    """The claim weight / divisor; a divisor of 0 claims before all others, the larger weight first."""
    return (0, weight / divisor) if divisor else (1, weight)


_CLAIMS: dict[Method, _Claim] = {
    Method.JEFFERSON: lambda weight, k: _first_free(weight, Fraction(k + 1)),
    Method.WEBSTER: lambda weight, k: _first_free(weight, Fraction(2 * k + 1, 2)),
    Method.ADAMS: lambda weight, k: _first_free(weight, Fraction(k)),
    Method.HUNTINGTON_HILL: lambda weight, k: _first_free(weight**2, Fraction(k * (k + 1))),
}
