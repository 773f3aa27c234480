"""The numbers behind the synthetic submissions: trajectories with noise, a season, an effect, a break and strains."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from analysis.catalogue import Rounds
from analysis.submissions.synthetic.plan import Plan, Quantity

RHO = 0.4
Trajectories = Mapping[tuple[str, str], Sequence[float]]


def trajectories(plan: Plan, rounds: Sequence[date], in_force: date, seed: int) -> Trajectories:
    """Every quantity by (quantity, region): one number a round.

    Quantities are computed in the order of the plan, so that one may rest on those above it.
    """
    numbers: dict[tuple[str, str], Sequence[float]] = {}
    for quantity in plan.quantities.values():
        for region in quantity.regions:
            base = numbers[(quantity.of, region)] if quantity.of else ()
            path = _path(quantity, region, base, rounds, _noise(seed, quantity, region))
            numbers[(quantity.id, region)] = _planted(plan, quantity, region, base, path, rounds, in_force)
        _round(quantity, numbers)
    return numbers


def round_dates(rounds: Rounds) -> list[date]:
    """The reference dates of all rounds."""
    days = range(0, (rounds.last - rounds.first).days + 1, rounds.every_days)
    return [date.fromordinal(rounds.first.toordinal() + day) for day in days]


def _noise(seed: int, quantity: Quantity, region: str) -> Iterator[float]:
    """AR(1) noise whose marginal standard deviation is the quantity's `noise`."""
    draw = random.Random(f"{seed}/{quantity.id}/{region}")
    state = draw.gauss(0, 1)
    while True:
        yield quantity.noise * state
        state = RHO * state + math.sqrt(1 - RHO**2) * draw.gauss(0, 1)


def _path(
    quantity: Quantity, region: str, base: Sequence[float], rounds: Sequence[date], noise: Iterator[float]
) -> list[float]:
    share = quantity.regions[region]
    terms = quantity.terms
    path: list[float] = []
    for number, (day, shock) in enumerate(zip(rounds, noise, strict=False)):
        swing = 1 + quantity.season * math.sin(2 * math.pi * day.timetuple().tm_yday / 365.25)
        if quantity.model == "sum_of":
            path.append(sum(base[: number + 1]))
        elif quantity.model == "part_of":
            path.append(terms["start"] + terms["slope"] * number + shock)
        elif quantity.model == "amount_of":
            path.append(base[number] * terms["price"] * (1 + shock))
        else:
            path.append(share * _curve(terms, number) * (1 + shock) * swing)
    return path


def _curve(terms: Mapping[str, Any], number: int) -> float:
    first: Sequence[float] = terms.get("first", ())
    if number < len(first):
        return first[number]
    to = float(terms["to"])
    return to + (float(terms["from"]) - to) * math.pow(0.5, (number - len(first)) / terms["half"])


def _planted(
    plan: Plan,
    quantity: Quantity,
    region: str,
    base: Sequence[float],
    path: list[float],
    rounds: Sequence[date],
    in_force: date,
) -> list[float]:
    """`path` with the effect, the break and the strains in it, and rates turned into counts."""
    effect = plan.effect
    if quantity.id == effect["quantity"]:
        onset = sum(day < in_force for day in rounds)
        after = [effect["level_change"] + effect["slope_change"] * (n - onset) for n in range(onset, len(rounds))]
        path = [rate + change for rate, change in zip(path, [0.0] * onset + after, strict=True)]
    for change in (plan.series_break, *plan.strains):
        if (quantity.id, region) == (change["quantity"], change["region"]):
            factors = [change["factor"] if day >= change["from"] else 1 for day in rounds]
            path = [x * factor for x, factor in zip(path, factors, strict=True)]
    if quantity.model == "part_of":
        path = [whole * min(max(rate, 0), 100) / 100 for whole, rate in zip(base, path, strict=True)]
    return path


def _round(quantity: Quantity, numbers: dict[tuple[str, str], Sequence[float]]) -> None:
    digits = {"level": 1, "amount_of": 2}.get(quantity.model)
    for region in quantity.regions:
        numbers[(quantity.id, region)] = [round(x, digits) for x in numbers[(quantity.id, region)]]
