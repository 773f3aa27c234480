"""Staggered adoption: group-time effects with an event study and 999 draws, beside diff-diff where it is installed."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.effects import callaway_santanna, collapse_cells, imputation_did, sun_abraham

UNITS, PERIODS, CELLS, DRAWS = 581, 100, 36, 999
KEYS = ("unit", "time", "y", "start")
OTHER = "diff_diff"


def measure(median: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds for 581 municipalities and 100 periods, as one row each and as 36 cells each."""
    panel, cells = _panel(1), _panel(CELLS)
    theirs = _diff_diff()
    rows = [
        _row("one row a unit and period", median, lambda: _event_study(panel), theirs and (lambda: theirs(panel))),
        _row(
            f"{CELLS} cells a unit and period, collapsed first ({len(cells):,} rows)",
            median,
            lambda: _event_study(collapse_cells(cells, "unit", "time", sums=["y"], same=["start"])),
            theirs and (lambda: theirs(cells.assign(unit=cells["unit"] * CELLS + cells["cell"]))),
        ),
        {"what": "Sun-Abraham", "seconds": median(lambda: sun_abraham(panel, *KEYS))},
        {"what": "imputation", "seconds": median(lambda: imputation_did(panel, *KEYS))},
    ]
    if theirs is None:
        rows.append({"what": f"{OTHER} is not installed: no ratios"})
    return rows


def _row(
    what: str,
    median: Callable[[Callable[[], object]], float],
    ours: Callable[[], object],
    theirs: Callable[[], object] | None,
) -> dict[str, Any]:
    seconds = median(ours)
    if theirs is None:
        return {"what": what, "seconds": seconds}
    other = median(theirs)
    return {"what": what, "seconds": seconds, "diff-diff seconds": other, "times faster": other / seconds}


def _event_study(frame: pd.DataFrame) -> object:
    return callaway_santanna(frame, *KEYS, draws=DRAWS).aggregate("dynamic")


def _diff_diff() -> Callable[[pd.DataFrame], object] | None:
    try:
        library = importlib.import_module(OTHER)
    except ImportError:
        return None

    def run(frame: pd.DataFrame) -> object:
        estimator = library.CallawaySantAnna(control_group="never_treated", n_bootstrap=DRAWS, seed=1)
        return estimator.fit(frame, outcome="y", unit="unit", time="time", first_treat="start", aggregate="event_study")

    return run


def _panel(cells: int) -> pd.DataFrame:
    """Six cohorts and units never treated; 0.5 is the effect on each cell."""
    generator = np.random.default_rng(0)
    chances = [0.4, *[0.1] * 6]
    start = generator.choice([0, 30, 40, 50, 60, 70, 80], size=UNITS, p=chances)
    unit = np.repeat(np.arange(UNITS), PERIODS * cells)
    time = np.tile(np.repeat(np.arange(1, PERIODS + 1), cells), UNITS)
    g = start[unit]
    y = generator.normal(size=len(unit)) + 0.01 * time + 0.5 * ((g > 0) & (time >= g))
    cell = np.tile(np.arange(cells), UNITS * PERIODS)
    return pd.DataFrame({"unit": unit, "time": time, "cell": cell, "start": g, "y": y})
