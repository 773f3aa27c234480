"""Simulated false alarms of `trends.alerts`: worlds of many series in which nothing happened."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.trends import alerts, xmr

SERIES, PERIODS, WORLDS = 300, 48, 40
Values: TypeAlias = npt.NDArray[np.float64]


def measure(_: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Per kind of series: worlds with any alert, alerts a world, and what the rules of the XmR chart would raise."""
    generator = np.random.default_rng(1)
    return [_row(what, [draw(generator) for _ in range(WORLDS)]) for what, draw in WORLDS_OF.items()]


def _row(what: str, worlds: list[Values]) -> dict[str, Any]:
    found = [alerts(_frame(world)) for world in worlds]
    raised = np.array([one["alert"].sum() for one in found])
    p = pd.concat(found)
    charts = xmr(_frame(worlds[0]))
    last = charts.drop_duplicates("geo", keep="last")["signal"].sum()
    return {
        "what": what,
        "series": SERIES,
        "worlds": len(worlds),
        "worlds with an alert": float((raised > 0).mean()),
        "alerts a world": float(raised.mean()),
        "p under 0.05, last": float((p.loc[p["test"] == "last", "p"] < 0.05).mean()),
        "p under 0.05, recent": float((p.loc[p["test"] == "recent", "p"] < 0.05).mean()),
        "XmR signals at the last period": int(last),
    }


def _frame(world: Values) -> pd.DataFrame:
    dates = pd.date_range("2022-03-13", periods=PERIODS, freq="14D")
    names = np.repeat([f"s{i:03d}" for i in range(SERIES)], PERIODS)
    return pd.DataFrame({"geo": names, "period": np.tile(dates, SERIES), "frequency": "P2W", "value": world.ravel()})


def _wandering(memory: float) -> Callable[[np.random.Generator], Values]:
    def draw(generator: np.random.Generator) -> Values:
        noise = generator.normal(size=(SERIES, PERIODS + 30))
        for t in range(1, noise.shape[1]):
            noise[:, t] += memory * noise[:, t - 1]
        return noise[:, 30:]

    return draw


WORLDS_OF: dict[str, Callable[[np.random.Generator], Values]] = {
    "independent normal": _wandering(0.0),
    "first autocorrelation 0.5": _wandering(0.5),
    "random walk": _wandering(1.0),
    "Poisson counts of mean 20": lambda g: g.poisson(20, (SERIES, PERIODS)).astype(float),
    "heavy tails (Student, 5 degrees)": lambda g: g.standard_t(5, (SERIES, PERIODS)),
    "normal around a line of 0.1 a period": lambda g: g.normal(size=(SERIES, PERIODS)) + 0.1 * np.arange(PERIODS),
}
