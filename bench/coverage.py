"""How often the trend toolkit is wrong: simulated false findings and coverage, each with its own simulation error."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.trends import (
    breakpoints,
    change,
    fay_herriot,
    group_gaps,
    joinpoint,
    nowcast,
    rates,
    structural_level,
    xmr,
)

Floats: TypeAlias = npt.NDArray[np.float64]
FALSE, COVERED = "false finding", "covered"


def measure(_: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """One row a figure: what, which kind, the nominal rate (%), the rate found, its simulation error, the draws."""
    return [
        _row(what, kind, nominal, simulate(np.random.default_rng(seed)))
        for seed, (what, kind, nominal, simulate) in enumerate(SIMULATIONS)
    ]


def _row(what: str, kind: str, nominal: float | None, hits: Floats) -> dict[str, Any]:
    """`hits`: one 0, 1 or share for each independent draw."""
    error = 100 * float(hits.std(ddof=1)) / np.sqrt(len(hits))
    row = {"what": what, "kind": kind, "nominal %": nominal, "found %": 100 * float(hits.mean())}
    return row | {"simulation error": error, "draws": len(hits)}


def _many(values: Floats) -> pd.DataFrame:
    count, periods = values.shape
    names, places = np.repeat(np.arange(count), periods), np.tile(np.arange(periods), count)
    return pd.DataFrame({"geo": names, "period": places, "value": values.ravel()})


def _noise(generator: np.random.Generator, series: int, periods: int) -> pd.DataFrame:
    return _many(generator.normal(size=(series, periods)))


def _any(found: pd.Series, series: int) -> Floats:
    """Whether each of `series` numbered series is among `found`."""
    return np.isin(np.arange(series), found.unique()).astype(float)


def _signals(generator: np.random.Generator) -> Floats:
    found = xmr(_noise(generator, 10_000, 24), by=["geo"])
    return found.groupby("geo")["signal"].any().to_numpy(dtype=float)


def _marked(generator: np.random.Generator) -> Floats:
    found = xmr(_noise(generator, 10_000, 24), by=["geo"])
    return found.groupby("geo")["signal"].mean().to_numpy(dtype=float)


def _no_break(choose: str) -> Callable[[np.random.Generator], Floats]:
    return lambda g: _any(breakpoints(_noise(g, 500, 60), by=["geo"], choose=choose).breaks["geo"], 500)


def _break_date(generator: np.random.Generator) -> Floats:
    values = generator.normal(size=(500, 60)) + 1.5 * (np.arange(60) >= 30)
    found = breakpoints(_many(values), by=["geo"], choose=1, most=1).breaks
    return ((found["low"] <= 29) & (found["high"] >= 29)).to_numpy(dtype=float)


def _no_joint(series: int, **options: Any) -> Callable[[np.random.Generator], Floats]:
    return lambda g: _any(joinpoint(_noise(g, series, 48), by=["geo"], **options).joints["geo"], series)


def _joint_place(generator: np.random.Generator) -> Floats:
    found = joinpoint(_bent(generator), by=["geo"], choose=1, most=1).joints
    return ((found["low"] <= 24) & (found["high"] >= 24)).to_numpy(dtype=float)


def _joint_slope(generator: np.random.Generator) -> Floats:
    found = joinpoint(_bent(generator), by=["geo"], choose=1, most=1).segments
    last = found[found["segment"] == 2]
    return ((last["slope_low"] <= 0.3) & (last["slope_high"] >= 0.3)).to_numpy(dtype=float)


def _bent(generator: np.random.Generator) -> pd.DataFrame:
    return _many(generator.normal(size=(300, 48)) + 0.3 * np.maximum(np.arange(48) - 24, 0))


def _level(generator: np.random.Generator) -> Floats:
    level = 100 + np.cumsum(0.5 + generator.normal(size=(20, 60)), axis=1)
    found = structural_level(_many(level + 3 * generator.normal(size=level.shape)), by=["geo"]).levels
    inside = found["level_low"].le(level.ravel()) & found["level_high"].ge(level.ravel())
    return inside.groupby(found["geo"]).mean().to_numpy(dtype=float)


def _share(generator: np.random.Generator) -> Floats:
    found = rates(pd.DataFrame({"value": generator.binomial(80, 0.3, 20_000).astype(float), "denominator": 80.0}))
    return ((found["rate_low"] <= 0.3) & (found["rate_high"] >= 0.3)).to_numpy(dtype=float)


def _moved(counts: tuple[Floats, Floats], total: float, truth: float) -> Floats:
    frame = _many(np.column_stack(counts))
    frame = frame.assign(period=frame["period"].map(dict(enumerate(DATES))), frequency="P2W", denominator=total)
    found = change(frame, by=["geo"])
    found = found[found["comparison"] == "previous"]
    return ((found["absolute_low"] <= truth) & (found["absolute_high"] >= truth)).to_numpy(dtype=float)


def _moved_share(generator: np.random.Generator) -> Floats:
    counts = (generator.binomial(80, 0.3, 5000).astype(float), generator.binomial(80, 0.4, 5000).astype(float))
    return _moved(counts, 80.0, 0.1)


def _moved_count(generator: np.random.Generator) -> Floats:
    return _moved((generator.poisson(25, 5000).astype(float), generator.poisson(40, 5000).astype(float)), np.nan, 15.0)


def _reported(generator: np.random.Generator) -> Floats:
    inside = []
    for _ in range(300):
        full = generator.normal(1000, 50, (10, 10))
        for k, factor in enumerate([2.0, 1.5, 1.3, 1.2, 1.1, 1.05, 1.03, 1.02, 1.01]):
            full[:, k + 1] = full[:, k] * factor + np.sqrt(full[:, k]) * generator.normal(0, 2 * (factor - 1), 10)
        known = np.where(np.add.outer(range(10), range(10)) < 10, full, np.nan)
        last = nowcast(pd.DataFrame(known)).periods.iloc[-1]
        inside.append(float(last["low"] <= full[-1, -1] <= last["high"]))
    return np.array(inside)


def _groups(generator: np.random.Generator) -> Floats:
    worlds, sizes = 400, np.array([40, 80, 150, 300, 700, 2000])
    names, totals = np.tile([f"g{i}" for i in range(6)], worlds), np.tile(sizes, worlds)
    counts = generator.binomial(totals, 0.3).astype(float)
    frame = pd.DataFrame({"breakdown": names, "geo": np.repeat(np.arange(worlds), 6), "value": counts})
    gaps = group_gaps(frame.assign(denominator=totals), group="breakdown", by=["geo"], shrink=False).gaps
    return gaps["verdict"].ne("cannot tell").groupby(gaps["geo"]).any().to_numpy(dtype=float)


def _areas(generator: np.random.Generator) -> Floats:
    """Share of areas whose truth lies within 1.96 root mean squared errors of the shrunk rate, by world."""
    variances, inside = np.repeat([0.5, 1.0, 4.0], 8), []
    for _ in range(400):
        truth = generator.normal(size=24)
        fit = fay_herriot(truth + np.sqrt(variances) * generator.normal(size=24), variances)
        inside.append(float(np.mean(np.abs(fit.estimate - truth) <= 1.96 * np.sqrt(fit.mse))))
    return np.array(inside)


DATES = pd.to_datetime(["2023-12-17", "2023-12-31"])
SIMULATIONS: list[tuple[str, str, float | None, Callable[[np.random.Generator], Floats]]] = [
    ("`xmr`: a value of pure noise that gets a mark, all four rules, 24 values", FALSE, None, _marked),
    ("`xmr`: a series of 24 such values with any mark", FALSE, None, _signals),
    ("`breakpoints`: a break where there is none, BIC, 60 values", FALSE, None, _no_break("bic")),
    ("`breakpoints`: the same, F tests", FALSE, 5.0, _no_break("F")),
    ("`breakpoints`: date of a step of 1.5 noise deviations", COVERED, 95.0, _break_date),
    ("`joinpoint`: a joint where there is none, BIC, 48 values", FALSE, None, _no_joint(500)),
    ("`joinpoint`: the same, permutation tests", FALSE, 5.0, _no_joint(300, choose="permutation", draws=199)),
    ("`joinpoint`: place of a bend of 0.3 noise deviations a period", COVERED, 95.0, _joint_place),
    ("`joinpoint`: slope after that bend", COVERED, 95.0, _joint_slope),
    ("`structural_level`: the level of a local linear trend, 60 values", COVERED, 95.0, _level),
    ("`rates`: a share of 30 % of 80 persons", COVERED, 95.0, _share),
    ("`change`: a rise of ten points in such a share", COVERED, 95.0, _moved_share),
    ("`change`: a count that rises from 25 to 40", COVERED, 95.0, _moved_count),
    ("`nowcast`: the last period of a triangle of 10 delays", COVERED, 95.0, _reported),
    ("`group_gaps`: any verdict among six equal groups of 40 to 2,000", FALSE, 5.0, _groups),
    ("`fay_herriot`: the rate of an area, 24 areas of three sizes", COVERED, 95.0, _areas),
]
