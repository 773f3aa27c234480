"""How even an allocation is: indices between what units get and what their key would give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from analysis.errors import UsageError
from analysis.funding.quotas import Allocation, Method, Number, apportion


@dataclass(frozen=True)
class Fairness:
    """Indices of disproportion; 0 is exact proportion for all of them but `spread`, where 1 is.

    `moved` (Loosemore & Hanby 1971): the share of places that would have to move. `least_squares` (Gallagher 1991):
    large deviations count more. `gini`: of places a unit of weight. `spread`: the most places a weight over the fewest.
    """

    moved: float
    least_squares: float
    gini: float
    spread: float


def fairness(places: Mapping[str, int], weights: Mapping[str, Number]) -> Fairness:
    """Judge `places` against `weights` of the same units, all above 0.

    Raises
    ------
    UsageError
        The units differ, nothing was allocated or a weight is not above 0.
    """
    if set(places) != set(weights) or not sum(places.values()) or min(weights.values()) <= 0:
        raise UsageError("an allocation to judge", must="of places to the units of the key, whose weights are above 0")
    total, whole = Fraction(sum(places.values())), Fraction(sum(map(Fraction, weights.values())))
    gaps = [float(places[unit] / total - weights[unit] / whole) for unit in places]
    rates = {unit: float(places[unit] / Fraction(weights[unit])) for unit in places}
    lowest = min(rates.values())
    return Fairness(
        moved=sum(map(abs, gaps)) / 2,
        least_squares=(sum(gap**2 for gap in gaps) / 2) ** 0.5,
        gini=_gini(rates, {unit: float(weight / whole) for unit, weight in weights.items()}),
        spread=max(rates.values()) / lowest if lowest else float("inf"),
    )


@dataclass(frozen=True)
class Paradox:
    """A unit that loses a place although nothing that concerns it got worse."""

    unit: str
    before: int
    after: int


def alabama(total: int, weights: Mapping[str, Number], method: Method = Method.HAMILTON) -> tuple[Paradox, ...]:
    """Units that lose a place when one more is shared out (house monotonicity broken)."""
    return _losers(apportion(total, weights, method), apportion(total + 1, weights, method))


def population(
    total: int, before: Mapping[str, Number], after: Mapping[str, Number], method: Method = Method.HAMILTON
) -> tuple[tuple[str, str], ...]:
    """Pairs (loser, winner) of which the loser's weight grew by the larger factor and yet the winner got its place."""
    if set(before) != set(after):
        raise UsageError("weights before and after", must="of the same units", found=sorted(set(before) ^ set(after)))
    one, other = apportion(total, before, method), apportion(total, after, method)
    growth = {unit: Fraction(after[unit]) / Fraction(before[unit]) for unit in before if before[unit]}
    change = {unit: other.places[unit] - one.places[unit] for unit in growth}
    pairs = ((a, b) for a in growth for b in growth if growth[a] > growth[b])
    return tuple((a, b) for a, b in pairs if change[a] < 0 < change[b])


def new_state(
    total: int, weights: Mapping[str, Number], name: str, weight: Number, method: Method = Method.HAMILTON
) -> tuple[Paradox, ...]:
    """Old units whose places change among each other when a unit joins and gets just the places that it brings.

    It brings what proportion gives it, rounded half up. Where it gets more or fewer than those, the old units share out
    another number among themselves, and that is no paradox.
    """
    joined = {**weights, name: weight}
    extra = int(Fraction(total) * Fraction(weight) / sum(map(Fraction, weights.values())) + Fraction(1, 2))
    before, after = apportion(total, weights, method), apportion(total + extra, joined, method)
    changed = [unit for unit in weights if before.places[unit] != after.places[unit]]
    if after.places[name] != extra:
        return ()
    return tuple(Paradox(unit, before.places[unit], after.places[unit]) for unit in changed)


def _losers(before: Allocation, after: Allocation) -> tuple[Paradox, ...]:
    return tuple(
        Paradox(unit, places, after.places[unit])
        for unit, places in before.places.items()
        if after.places[unit] < places
    )


def _gini(rates: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Half the mean difference of two random members' rates over the mean rate, units counting by their weight."""
    mean = sum(rates[unit] * shares[unit] for unit in rates)
    differences = sum(abs(rates[a] - rates[b]) * shares[a] * shares[b] for a in rates for b in rates)
    return differences / (2 * mean)
