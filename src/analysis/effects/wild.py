"""Wild cluster bootstrap of one coefficient, restricted to the null, with its interval by inverting the test.

Every draw needs only sums within clusters: the bootstrap's scores are linear in the multipliers and in the hypothesised
effect, so all draws are one matrix product and every further hypothesis costs one pass over the draws.

Sources: Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3); Roodman, MacKinnon, Nielsen and
Webb (2019), Stata Journal 19(1) for the interval and the algebra; Webb (2023), Canadian Journal of Economics 56(3) for
six-point multipliers.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from analysis.effects.clustered import Fit
from analysis.effects.multiplier import multipliers
from analysis.effects.series import Floats
from analysis.errors import UsageError

KINDS = ("rademacher", "webb")
TIE = 1e-9
STEPS = 60
DOUBLINGS = 16


@dataclass(frozen=True, eq=False)
class WildBootstrap:
    """Draws of the restricted bootstrap, as functions of the hypothesised effect b.

    The bootstrap's effect is `effect[0] - b effect[1]`, its variance `variance[0] - 2 b variance[1] + b^2 variance[2]`,
    in units that cancel in t. `exact` says that every sign pattern was drawn.
    """

    estimate: float
    error: float
    effect: Floats
    variance: Floats
    exact: bool
    draws: int

    def p_value(self, null: float = 0.0) -> float:
        """Two-sided symmetric p-value of "the effect is `null`".

        The share of draws whose |t| is at least the observed one; drawn at random, the sample itself counts as one.
        """
        observed = abs(self.estimate - null) / self.error
        spread = np.maximum(self.variance[0] - 2 * null * self.variance[1] + null**2 * self.variance[2], 0.0)
        drawn = np.abs(self.effect[0] - null * self.effect[1])
        reached = int((drawn >= observed * (1 - TIE) * np.sqrt(spread)).sum())
        return reached / self.draws if self.exact else (reached + 1) / (self.draws + 1)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The hypotheses that the test does not reject; infinite where no hypothesis, however far out, is rejected."""
        if self.exact and 2 / self.draws > 1 - level:
            return -float("inf"), float("inf")
        return self._end(-1, 1 - level), self._end(1, 1 - level)

    def _end(self, side: int, alpha: float) -> float:
        inside, step = self.estimate, 2 * self.error
        outside = inside + side * step
        for _ in range(DOUBLINGS):
            if self.p_value(outside) <= alpha:
                break
            inside, step = outside, 2 * step
            outside = inside + side * step
        else:
            return side * float("inf")
        for _ in range(STEPS):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if self.p_value(middle) <= alpha else (middle, outside)
        return (inside + outside) / 2


def wild_bootstrap(result: Fit, draws: int, kind: str, seed: int) -> WildBootstrap:
    """Draw once; `p_value` and `interval` then only read.

    All 2^G sign patterns are used instead of random ones where they are no more than `draws`.
    """
    if kind not in KINDS:
        raise UsageError("the multiplier", must=f"one of {', '.join(KINDS)}", found=kind)
    if draws < 1 or int(draws) != draws:
        raise UsageError("draws", must="a whole number, one or more", found=draws)
    design, g = result.design, result.design.n_clusters
    dose = result.own_variation
    free = result.residuals + result.estimate * dose
    scores = [design.sums((dose * u)[:, None])[:, 0] for u in (free, dose)]
    influence = design.sums(design.x * dose[:, None]) @ result.bread
    exact = kind == "rademacher" and 2**g <= draws
    v = _all_signs(g) if exact else multipliers(kind, (draws, g), np.random.default_rng(seed))
    moved = []
    for u, s in zip((free, dose), scores, strict=True):
        moved.append(v * s - v @ (influence @ design.sums(design.x * u[:, None]).T).T)
    size = float(dose @ dose)
    unrestricted = design.sums((dose * result.residuals)[:, None])[:, 0]
    return WildBootstrap(
        estimate=result.estimate,
        error=float(np.sqrt(unrestricted @ unrestricted)) / size,
        effect=np.array([v @ scores[0], v @ scores[1]]),
        variance=np.array([(moved[a] * moved[b]).sum(axis=1) for a, b in ((0, 0), (0, 1), (1, 1))]),
        exact=exact,
        draws=len(v),
    )


def _all_signs(g: int) -> Floats:
    return np.array(list(itertools.product((1.0, -1.0), repeat=g)))
