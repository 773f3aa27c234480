"""The rows of one synthetic file: an indicator by region and stratum, whose parts add up exactly."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.submissions.synthetic.plan import FilePlan, Published
from analysis.submissions.synthetic.series import Trajectories


@dataclass(frozen=True)
class Row:
    """One row in our codes; `value` and `denominator` are numbers, or text where somebody wrote something else."""

    indicator: str
    geo: str
    value: float | str
    denominator: float | str = ""
    sex: str = "T"
    age: str = "TOTAL"
    nationality: str = "TOTAL"
    breakdown: str = ""
    note: str = ""


def rows_of(plan: FilePlan, numbers: Trajectories, number: int, seed: int) -> list[Row]:
    """The right rows of round `number`."""
    own = [(published, region) for published in plan.rows for region in published.regions]
    rows = [row for one in own for row in _rows(*one, numbers, number, seed)]
    return rows + [row for one in own for row in _divided(*one, numbers, number, seed)]


def _rows(published: Published, region: str, numbers: Trajectories, number: int, seed: int) -> Iterator[Row]:
    value = _counted(published, region, numbers, number)
    over = numbers[(published.over, region)][number] if published.over else None
    draw = random.Random(f"{seed}/{published.of}/{region}/{number}")
    yield Row(published.indicator, region, value, "" if over is None else over)
    if published.women is not None:
        women, women_over = _women(published, value, over, draw)
        for sex, part, whole in (("F", women, women_over), ("M", value - women, _rest(over, women_over))):
            yield Row(published.indicator, region, part, "" if whole is None else whole, sex=sex)
    yield from _ages(published, region, value, over, draw)
    yield from _nationalities(published, region, value, over, draw)


def _counted(published: Published, region: str, numbers: Trajectories, number: int) -> float:
    """The quantity; of a stock with a known inflow no more than the round before and what came in since."""
    path = numbers[(published.of, region)]
    if not published.inflow:
        return path[number]
    inflow, counted = numbers[(published.inflow, region)], path[0]
    for now in range(1, number + 1):
        counted = min(path[now], counted + inflow[now])
    return counted


def _women(published: Published, value: float, over: float | None, draw: random.Random) -> tuple[int, int | None]:
    """Women in numerator and denominator, such that neither sex exceeds its own denominator."""
    assert published.women is not None
    women = round(value * (published.women + draw.uniform(-0.01, 0.01)))
    if over is None or published.women_over is None:
        return women, None
    women_over = round(over * published.women_over)
    return int(min(max(women, value - (over - women_over)), women_over)), women_over


def _rest(whole: float | None, part: int | None) -> float | None:
    return None if whole is None or part is None else whole - part


def _ages(published: Published, region: str, value: float, over: float | None, draw: random.Random) -> Iterator[Row]:
    """The age groups of the plan; those of working age are the rest."""
    if published.ages:
        wholes = {age: round((over or 0) * share) for age, share in published.ages_over.items()}
        parts = {age: round(value * (share + draw.uniform(-0.004, 0.004))) for age, share in published.ages.items()}
        parts = {age: min(part, wholes.get(age, part)) for age, part in parts.items()}
        parts["Y18-64"] = round(value - sum(parts.values()))
        if wholes:
            wholes["Y18-64"] = round((over or 0) - sum(wholes.values()))
        for age, part in parts.items():
            yield Row(published.indicator, region, part, wholes.get(age, ""), age=age)


def _nationalities(
    published: Published, region: str, value: float, over: float | None, draw: random.Random
) -> Iterator[Row]:
    """Each nationality of the plan beside the third-country nationals, who are the rest."""
    for nationality, share in published.nationalities.items():
        drawn = share + draw.uniform(-0.002, 0.002)
        part, whole, rest = _parted(value, over, drawn, published.nationalities_over.get(nationality))
        yield Row(published.indicator, region, part, whole, nationality=nationality)
        yield Row(published.indicator, region, value - part, rest, nationality="TCN")


def _divided(published: Published, region: str, numbers: Trajectories, number: int, seed: int) -> Iterator[Row]:
    """Both parts of each division of the plan."""
    value = _counted(published, region, numbers, number)
    over = numbers[(published.over, region)][number] if published.over else None
    draw = random.Random(f"{seed}/{published.of}/{region}/{number}/divided")
    for division in published.divisions:
        drawn = division.share + draw.uniform(-0.002, 0.002)
        part, whole, rest = _parted(value, over, drawn, division.over)
        yield Row(published.indicator, region, part, whole, breakdown=division.part)
        yield Row(published.indicator, region, value - part, rest, breakdown=division.rest)


def _parted(
    value: float, over: float | None, share: float, share_over: float | None
) -> tuple[int, float | str, float | str]:
    """One part of the value, of its denominator, and what is left of that; no part exceeds its own denominator."""
    part = round(value * share)
    if over is None or share_over is None:
        return part, "", ""
    whole = round(over * share_over)
    return int(min(max(part, value - (over - whole)), whole)), whole, over - whole
