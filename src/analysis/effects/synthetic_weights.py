"""The weights and the estimate of synthetic control, synthetic difference in differences, and their plain ancestor."""

from dataclasses import dataclass

import numpy as np

from analysis.effects import simplex
from analysis.effects.series import Floats
from analysis.effects.treated_block import TreatedBlock

PRE_SPARSIFY_ITERATIONS = 100
MOST_ITERATIONS = 10_000
TINY = 1e-6


@dataclass(frozen=True)
class WeightRule:
    """How weights are found. `zeta_units` and `zeta_times` are multiples of the noise level (see `noise_level`).

    `time_weights`: `synthetic` (fitted), `none` (levels after the onset only) or `equal` (all periods before it alike).
    `importance` of each predictor of the block; where there is one, unit weights rest on predictors alone.
    """

    zeta_units: float
    zeta_times: float = TINY
    unit_intercept: bool = True
    time_weights: str = "synthetic"
    unit_weights: str = "synthetic"
    solver: str = "frank_wolfe"
    importance: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class WeightedContrast:
    """Weights of the controls (sum 1) and of the periods before the onset (sum 1, or all 0), and the contrast."""

    units: Floats
    times: Floats
    estimate: float
    noise_level: float

    def gap(self, block: TreatedBlock, intercept: bool) -> Floats:
        """Treated minus synthetic by period; with `intercept`, less its mean before the onset (weighted if fitted)."""
        gap = block.treated_mean - self.units @ block.controls
        if not intercept:
            return np.asarray(gap)
        weights = self.times if self.times.any() else np.full(block.n_pre, 1 / block.n_pre)
        return np.asarray(gap - float(weights @ gap[: block.n_pre]))


def noise_level(block: TreatedBlock) -> float:
    """Standard deviation of the controls' first differences before the onset."""
    steps = np.diff(block.controls[:, : block.n_pre], axis=1)
    return float(steps.std(ddof=1)) if steps.size > 1 else 0.0


def did_rule() -> WeightRule:
    """Plain difference in differences: every control and every earlier period counts alike."""
    return WeightRule(zeta_units=0.0, time_weights="equal", unit_weights="equal")


def contrast(block: TreatedBlock, rule: WeightRule, *, noise: float | None = None) -> WeightedContrast:
    """Weights by `rule` and the weighted contrast; `noise` fixes the noise level (placebos keep the original one)."""
    level = noise_level(block) if noise is None else noise
    pre, post = block.outcomes[:, : block.n_pre], block.outcomes[:, block.n_pre :].mean(axis=1)
    n0 = block.n_controls
    treated_pre = pre[n0:].mean(axis=0)
    times = _time_weights(pre[:n0], post[:n0], rule, level)
    units = _trait_weights(block, rule) if rule.importance else _unit_weights(pre[:n0], treated_pre, rule, level)
    after = float(post[n0:].mean()) - float(units @ post[:n0])
    before = float(times @ treated_pre) - float(units @ (pre[:n0] @ times))
    return WeightedContrast(units, times, after - before, level)


def fixed_contrast(block: TreatedBlock, units: Floats, times: Floats) -> float:
    """The contrast with given weights (the jackknife keeps them)."""
    gap = block.treated_mean - units @ block.controls
    return float(gap[block.n_pre :].mean() - times @ gap[: block.n_pre])


def _time_weights(pre: Floats, post: Floats, rule: WeightRule, noise: float) -> Floats:
    n_pre = pre.shape[1]
    if rule.time_weights == "none":
        return np.zeros(n_pre)
    if rule.time_weights == "equal":
        return np.full(n_pre, 1 / n_pre)
    return _solve(pre - pre.mean(axis=0), post - post.mean(), rule.zeta_times * noise, noise, rule.solver)


def _unit_weights(pre: Floats, treated: Floats, rule: WeightRule, noise: float) -> Floats:
    n0 = len(pre)
    if rule.unit_weights == "equal":
        return np.full(n0, 1 / n0)
    a, b = pre.T, treated
    if rule.unit_intercept:
        a, b = a - a.mean(axis=0), b - b.mean()
    return _solve(a, b, rule.zeta_units * noise, noise, rule.solver)


def _trait_weights(block: TreatedBlock, rule: WeightRule) -> Floats:
    """Weights by the predictors' means before the onset, each in its standard deviations among units."""
    means = block.traits[:, : block.n_pre].mean(axis=1)
    scaled = means / means.std(axis=0, ddof=1) * np.sqrt(np.asarray(rule.importance) / sum(rule.importance))
    n0 = block.n_controls
    return simplex.exact(scaled[:n0].T, scaled[n0:].mean(axis=0), TINY)


def _solve(a: Floats, b: Floats, zeta: float, noise: float, solver: str) -> Floats:
    ridge = len(b) * zeta**2
    if solver == "exact":
        return simplex.exact(a, b, ridge)
    k, stop = a.shape[1], 1e-5 * noise
    first = simplex.frank_wolfe(
        a, b, ridge, start=np.full(k, 1 / k), min_decrease=stop, max_iterations=PRE_SPARSIFY_ITERATIONS
    )
    kept = np.where(first > first.max() / 4, first, 0.0)
    return simplex.frank_wolfe(a, b, ridge, start=kept / kept.sum(), min_decrease=stop, max_iterations=MOST_ITERATIONS)
