"""Multiplier bootstrap of influence functions, and bands that hold for all parts at once.

Sources: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), algorithm 1; Mammen (1993), Annals of Statistics
21(1); the standard error is the interquartile range over that of a normal variable, as in the R package did.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.effects.panel import Booleans
from analysis.effects.series import Floats, Integers, check_seed
from analysis.errors import UsageError

MULTIPLIERS = ("rademacher", "mammen", "webb")
QUARTILES = float(stats.norm.ppf(0.75) - stats.norm.ppf(0.25))
LARGEST_BLOCK = 4_000_000
NO_NOISE = "The outcome holds no noise around the estimate: there is no standard error to give."


@dataclass(frozen=True)
class Bootstrap:
    """How to draw: the number of draws (0: none), the kind of multiplier, the seed."""

    draws: int = 999
    multiplier: str = "rademacher"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.draws < 0 or int(self.draws) != self.draws:
            raise UsageError("draws", must="a whole number, zero or more", found=self.draws)
        check_seed(self.seed)
        if self.multiplier not in MULTIPLIERS:
            raise UsageError("the multiplier", must=f"one of {', '.join(MULTIPLIERS)}", found=self.multiplier)


def multipliers(kind: str, shape: tuple[int, int], generator: np.random.Generator) -> Floats:
    """Random numbers of mean zero and variance one."""
    if kind == "rademacher":
        size = shape[0] * shape[1]
        bits = np.unpackbits(np.frombuffer(generator.bytes(-(-size // 8)), dtype=np.uint8), count=size)
        return np.asarray(2.0 * bits.reshape(shape) - 1.0, dtype=float)
    if kind == "webb":
        six = np.sqrt([1.5, 1.0, 0.5])
        return np.asarray(np.concatenate([-six, six])[generator.integers(0, 6, size=shape)], dtype=float)
    root = np.sqrt(5.0)
    low = generator.random(shape) < (root + 1) / (2 * root)
    return np.asarray(np.where(low, -(root - 1) / 2, (root + 1) / 2), dtype=float)


def by_cluster(influence: Floats, clusters: Integers) -> Floats:
    """Influence added up within clusters (n x m -> G x m); unchanged where each unit is a cluster."""
    n_clusters = int(clusters.max()) + 1
    if n_clusters == len(influence) and (clusters == np.arange(n_clusters)).all():
        return influence
    order = np.argsort(clusters, kind="stable")
    starts = np.searchsorted(clusters[order], np.arange(n_clusters))
    return np.asarray(np.add.reduceat(influence[order], starts, axis=0))


def draw_effects(influence: Floats, plan: Bootstrap) -> Floats:
    """Draws of every effect's error over its standard error (draws x m): multipliers times influence, block by block.

    In single precision: the draws themselves are good for two digits.
    """
    generator = np.random.default_rng(plan.seed)
    errors = np.sqrt((influence**2).sum(axis=0))
    unit = (influence / np.where(errors > 0, errors, 1.0)).astype(np.float32)
    rows = max(1, LARGEST_BLOCK // len(unit))
    blocks = [
        multipliers(plan.multiplier, (min(rows, plan.draws - start), len(unit)), generator).astype(np.float32) @ unit
        for start in range(0, plan.draws, rows)
    ]
    return np.concatenate(blocks)


def interquartile_errors(draws: Floats) -> Floats:
    """Standard errors of each column from its draws' quartiles."""
    low, high = np.quantile(draws, [0.25, 0.75], axis=0, method="inverted_cdf")
    return np.asarray((high - low) / QUARTILES, dtype=float)


def sup_t(draws: Floats, usable: Booleans, level: float = 0.95) -> float:
    """The multiple of each standard error that covers all effects at once, from draws over standard errors."""
    if not usable.any() or not len(draws):
        return float("nan")
    some = draws if usable.all() else draws[:, usable]
    largest = np.maximum(some.max(axis=1), -some.min(axis=1))
    return float(np.quantile(largest, level, method="inverted_cdf"))


def interval_columns(estimates: Floats, errors: Floats, critical: float = float("nan")) -> pd.DataFrame:
    """Estimates with normal 95 % intervals and p-values, and the simultaneous band where there is a critical value."""
    z = float(stats.norm.ppf(0.975))
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * stats.norm.sf(np.abs(estimates / errors))
    return pd.DataFrame(
        {
            "estimate": estimates,
            "std_error": errors,
            "ci_low": estimates - z * errors,
            "ci_high": estimates + z * errors,
            "p_value": np.where(np.isnan(errors), np.nan, p),
            "band_low": estimates - critical * errors,
            "band_high": estimates + critical * errors,
        }
    )


def usable_errors(errors: Floats, scale: Floats | float = 1.0) -> npt.NDArray[np.float64]:
    """Standard errors, NaN where they vanish (fixed base periods, effects without any noise)."""
    return np.where(errors > 1e-12 * np.maximum(scale, 1e-300), errors, np.nan)
