"""A comparison of treated with untreated clusters, described by what its inference rests on."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.effects.noise import FEWEST_FOR_NOISE, ClusterNoise, cluster_noise
from analysis.effects.power import change_std_dev, minimum_detectable_effect
from analysis.effects.randomization import minimum_attainable_p
from analysis.effects.series import Floats, position_of
from analysis.effects.treated_block import TreatedBlock, cluster_blocks, treated_block
from analysis.errors import UsageError

BREAK_WINDOW = 2
STOCK = "stock"
JUMP_MULTIPLE = 8.0  # times the usual size of a stock's period-to-period change
JUMP_SHARE = 0.1  # of the stock's level
NaN = float("nan")


@dataclass(frozen=True)
class PanelDesign:
    """What the gate and the router look at. Clusters are the level at which treatment was assigned.

    `std_dev` (outcome's units) and `phi` describe the noise of a cluster in a period; NaN where unknown.
    `variance_ratio` is the noise variance of treated over control clusters, or None where nothing tells them apart.
    `matters` is the size of effect (outcome's units) that would matter to the decision. `breaks` and `detected_breaks`
    are positions relative to the onset (0 = first treated period) of breaks that the source flags, or that were found
    in the series; `reregistrations` those at which a stock was counted anew. `announced` counts periods from the
    announcement to the onset, `anticipation_t` is the t-ratio of the change in them. `overlap` is the share of periods
    before the onset in which the treated lie within the range of the controls. `kind` is the indicator's kind.
    `warnings` counts what was left out.
    """

    n_clusters: int
    n_treated: int
    n_pre: int
    n_post: int
    std_dev: float = NaN
    phi: float = NaN
    variance_ratio: float | None = None
    matters: float | None = None
    kind: str = ""
    breaks: tuple[int, ...] = ()
    detected_breaks: tuple[int, ...] = ()
    reregistrations: tuple[int, ...] = ()
    announced: int = 0
    anticipation_t: float = NaN
    overlap: float = 1.0
    converged: bool = True
    alpha: float = 0.05
    power: float = 0.8
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.n_clusters < 1 or not 0 <= self.n_treated <= self.n_clusters:
            raise UsageError("n_treated", must=f"between 0 and {self.n_clusters}", found=self.n_treated)
        if not 0 < self.alpha < self.power < 1:
            raise UsageError("alpha and power", must="ordered: 0 < alpha < power < 1", found=(self.alpha, self.power))
        if self.variance_ratio is not None and not self.variance_ratio > 0:
            raise UsageError("variance_ratio", must="positive", found=self.variance_ratio)

    @property
    def has_contrast(self) -> bool:
        """Whether there are treated and untreated clusters, before and after."""
        return 0 < self.n_treated < self.n_clusters and self.n_pre > 0 and self.n_post > 0

    @property
    def minimum_p(self) -> float:
        """The smallest two-sided p any reassignment of clusters can give; 1 without a contrast."""
        if not self.has_contrast:
            return 1.0
        return minimum_attainable_p(self.n_clusters, self.n_treated, mirrored=True)

    @property
    def minimum_effect(self) -> float:
        """The smallest effect (outcome's units) seen with the wanted power; NaN where the noise is unknown."""
        if not self.has_contrast or not self.std_dev > 0:
            return NaN
        return minimum_detectable_effect(
            n_clusters=self.n_clusters,
            n_treated=self.n_treated,
            n_pre=self.n_pre,
            n_post=self.n_post,
            std_dev=self.std_dev,
            phi=min(max(self.phi, -0.99), 0.99) if np.isfinite(self.phi) else 0.0,
            alpha=self.alpha,
            power=self.power,
        )


def panel_design(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: object,
    onset: object = None,
    *,
    cluster: str | None = None,
    kind: str = "",
    matters: float | None = None,
    announced: object = None,
    reregistrations: Iterable[object] = (),
    detected_breaks: Iterable[object] = (),
) -> PanelDesign:
    """Read the design off a panel; outcomes from the onset on are looked at only for breaks of a stock.

    Parameters
    ----------
    frame, unit, time, outcome, treated, onset : as `analysis.effects.treated_block.treated_block`. A column `flag` with
        SDMX observation status is read for breaks (`b`) in treated units.
    cluster : column of the level at which treatment was assigned (a region of municipalities); the unit where left out.
    kind : the indicator's kind; in a `stock`, a single-period jump near the onset counts as a count made anew.
    matters : the size of effect that would matter, in the outcome's units.
    announced : date of the announcement; the periods from it to the onset are tested for anticipation.
    reregistrations, detected_breaks : dates of recounts known, and of breaks found, in treated units.
    """
    block = treated_block(frame, unit, time, outcome, treated, onset)
    clusters = cluster_blocks(block, frame, unit, cluster)
    noise = cluster_noise(clusters)
    relative = [_relative(block, date) for date in reregistrations]
    relative += _jumps(clusters) if kind == STOCK else []
    n_announced = _periods_announced(block, announced)
    return PanelDesign(
        n_clusters=len(clusters.units),
        n_treated=clusters.n_treated,
        n_pre=block.n_pre,
        n_post=block.n_post,
        std_dev=noise.std_dev,
        phi=noise.phi,
        variance_ratio=noise.variance_ratio,
        matters=matters,
        kind=kind,
        breaks=_flagged(block, frame, unit, time),
        detected_breaks=tuple(_relative(block, date) for date in detected_breaks),
        reregistrations=tuple(sorted(set(relative))),
        announced=n_announced,
        anticipation_t=_anticipation(clusters, n_announced, noise),
        overlap=_overlap(clusters),
        warnings=block.warnings,
    )


def _relative(block: TreatedBlock, date: object) -> int:
    return position_of(block.times, block.position, date, "the times", "a date") - block.n_pre


def _flagged(block: TreatedBlock, frame: pd.DataFrame, unit: str, time: str) -> tuple[int, ...]:
    if "flag" not in frame.columns:
        return ()
    rows = frame[frame[unit].isin(block.units[block.n_controls :])]
    dates = rows.loc[rows["flag"].fillna("").astype(str).str.lower().str.contains("b"), time]
    return tuple(sorted({_relative(block, date) for date in dates}))


def stock_jumps(values: Floats) -> list[int]:
    """Positions at which a stock changes in one period by far more than it usually does, and by a tenth or more."""
    change = np.diff(values)
    if len(change) < FEWEST_FOR_NOISE:
        return []
    usual = np.median(np.abs(change - np.median(change)))
    large = np.abs(change - np.median(change)) > JUMP_MULTIPLE * max(float(usual), 1e-12)
    large &= np.abs(change) > JUMP_SHARE * np.abs(values[:-1])
    return [int(i) + 1 for i in np.flatnonzero(large)]


def _jumps(block: TreatedBlock) -> list[int]:
    return [at - block.n_pre for row in block.outcomes[block.n_controls :] for at in stock_jumps(row)]


def _periods_announced(block: TreatedBlock, announced: object) -> int:
    return 0 if announced is None else max(0, -_relative(block, announced))


def _anticipation(block: TreatedBlock, periods: int, noise: ClusterNoise) -> float:
    """t-ratio of the change of the treated against the controls between announcement and onset."""
    before = block.n_pre - periods
    if not periods or before < 2 or not noise.std_dev > 0 or not np.isfinite(noise.phi):
        return NaN
    gap = block.treated_mean - block.controls.mean(axis=0)
    change = float(gap[before : block.n_pre].mean() - gap[:before].mean())
    spread = change_std_dev(noise.std_dev, before, periods, min(noise.phi, 0.99))
    return change / (spread * float(np.sqrt(1 / block.n_treated + 1 / block.n_controls)))


def _overlap(block: TreatedBlock) -> float:
    pre, mean = block.controls[:, : block.n_pre], block.treated_mean[: block.n_pre]
    return float(np.mean((mean >= pre.min(axis=0)) & (mean <= pre.max(axis=0))))
