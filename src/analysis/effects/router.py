"""Which inference a comparison of few clusters can bear, by rules that a simulation has checked.

The rules, for G clusters of which m are on the smaller side (treated or not):

1. nothing to compare: refused, `no_contrast`; no reassignment of clusters can reach 5 % (3 regions or 10 provinces, 1
   treated): refused, `minimum_p_too_large`;
2. both sides large, or balanced enough (m >= 7; m >= 5 and m / G >= 0.3): **CR2** with Satterthwaite's degrees of
   freedom, on the clusters' changes;
3. m = 6, or m = 5 and G >= 200: **wild bootstrap** under the null (CR2 falls below 3 % where the few are the quiet
   ones);
4. fewer: **randomisation**, if nothing says that treated and control clusters differ in noise, and if the steps of the
   test are fine enough to reject in at least 3 % of cases;
5. otherwise refused: `unequal_noise` or `test_too_coarse`.

Rules 2 and 3 hold whether the noise of the treated is half, equal to or double (standard deviation) that of the
controls. Simulated rates of false positives (2,000 draws a row, AR(1) noise of 0.8): `bench/false_positives.py`,
`bench/results/false_positives.json`. Sources: Bell and McCaffrey (2002), Survey Methodology 28(2); Cameron, Gelbach and
Miller (2008), Review of Economics and Statistics 90(3); MacKinnon and Webb (2018), Econometrics Journal 21(2), on the
failure of both with few treated clusters; Bertrand, Duflo and Mullainathan (2004), QJE 119(1), for averaging before and
after the onset, which takes serial correlation out of the question.
"""

from dataclasses import dataclass, replace
from math import comb

import numpy as np
import pandas as pd

from analysis.effects.noise import ALIKE, cluster_noise, equal_noise
from analysis.effects.panel_design import PanelDesign
from analysis.effects.randomization import RandomizationResult, randomization_inference
from analysis.effects.results import PanelEstimate, Refusal
from analysis.effects.treated_block import cluster_blocks, treated_block
from analysis.errors import UsageError

METHODS = ("cr2", "wild_bootstrap", "randomization", "refused")
LOWEST_SIZE = 0.03
TIE = 1e-9


@dataclass(frozen=True)
class InferenceChoice:
    """The method, one sentence that says why, and, where refused, the refusal.

    `attainable_size` is the rate at which a true null is rejected, exactly for randomisation, nominally elsewhere.
    """

    method: str
    reason: str
    minimum_p: float
    attainable_size: float
    refusal: Refusal | None = None

    @property
    def supported(self) -> bool:
        """Whether a p-value may be given."""
        return self.refusal is None


def choose_inference(design: PanelDesign) -> InferenceChoice:
    """Pick CR2, the wild bootstrap, randomisation, or nothing, from the numbers of clusters and their noise."""
    if not isinstance(design, PanelDesign):
        raise UsageError("the design", must="made by panel_design", found=type(design).__name__)
    g, k = design.n_clusters, design.n_treated
    if not design.has_contrast:
        return _refused(design, "no_contrast", f"{k} of {g} clusters are treated: nothing to compare.")
    if design.minimum_p > design.alpha * (1 + TIE):
        sentence = f"With {k} of {g} clusters treated the smallest attainable p is {design.minimum_p:.3g}."
        return _refused(design, "minimum_p_too_large", sentence)
    m = min(k, g - k)
    if m >= 7 or (m >= 5 and m / g >= 0.3):
        return InferenceChoice(
            "cr2", f"{k} of {g} clusters treated: CR2 holds its size.", design.minimum_p, design.alpha
        )
    if m == 6 or (m == 5 and g >= 200):
        reason = f"{k} of {g} clusters treated: CR2 may be too cautious, the wild bootstrap is not."
        return InferenceChoice("wild_bootstrap", reason, design.minimum_p, design.alpha)
    return _randomization(design)


def attainable_size(n_clusters: int, n_treated: int, alpha: float = 0.05) -> float:
    """How often an exact randomisation test of level `alpha` rejects a true null, at most `alpha`."""
    distinct = comb(n_clusters, n_treated) // (2 if 2 * n_treated == n_clusters else 1)
    return int(alpha * distinct * (1 + TIE)) / distinct if distinct < 10**9 else alpha


def _randomization(design: PanelDesign) -> InferenceChoice:
    g, k, ratio = design.n_clusters, design.n_treated, design.variance_ratio
    if ratio is not None and not 1 / ALIKE <= ratio <= ALIKE:
        sentence = (
            f"Only {min(k, g - k)} clusters on one side, and the noise variance of the treated is {ratio:.2g} times "
            "that of the controls: no test keeps its level."
        )
        return _refused(design, "unequal_noise", sentence)
    size = attainable_size(g, k, design.alpha)
    if size < LOWEST_SIZE:
        sentence = f"The steps of a randomisation test with {k} of {g} clusters treated are too coarse ({size:.1%})."
        return _refused(design, "test_too_coarse", sentence)
    reason = f"{k} of {g} clusters treated, with noise that nothing tells apart: every reassignment is counted."
    return InferenceChoice("randomization", reason, design.minimum_p, size)


def _refused(design: PanelDesign, code: str, sentence: str) -> InferenceChoice:
    return InferenceChoice("refused", sentence, design.minimum_p, 0.0, Refusal((code,), (sentence,)))


def routed_difference(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: object,
    onset: object = None,
    *,
    cluster: str | None = None,
    choice: InferenceChoice | None = None,
    draws: int = 999,
    seed: int = 0,
) -> PanelEstimate | RandomizationResult:
    """The difference in differences of clusters with the inference that `choose_inference` picks (or `choice`).

    Clusters are averaged before and from the onset on; CR2 and the wild bootstrap then run `two_way_fixed_effects` on
    the two averages. Where inference is refused the estimate is a description: interval and p-value are NaN.
    Arguments as in `randomization_inference`.
    """
    block = cluster_blocks(treated_block(frame, unit, time, outcome, treated, onset), frame, unit, cluster)
    if choice is None:
        ratio = cluster_noise(block).variance_ratio
        design = PanelDesign(len(block.units), block.n_treated, block.n_pre, block.n_post, variance_ratio=ratio)
        choice = choose_inference(design)
    halves = np.column_stack(
        [block.outcomes[:, : block.n_pre].mean(axis=1), block.outcomes[:, block.n_pre :].mean(axis=1)]
    )
    two = pd.DataFrame(
        {
            "cluster": np.repeat(block.units.to_numpy(), 2),
            "post": np.tile([0, 1], len(block.units)),
            "outcome": halves.ravel(),
            "treated": np.outer(np.arange(len(block.units)) >= block.n_controls, [0, 1]).ravel().astype(int),
        }
    )
    if choice.method in {"cr2", "wild_bootstrap"}:
        from analysis.effects.two_way import two_way_fixed_effects

        kind = {"cr2": "CR2", "wild_bootstrap": "WCR"}[choice.method]
        wanted = 0 if kind == "CR2" else draws
        found = two_way_fixed_effects(
            two, "cluster", "post", "outcome", "treated", inference=kind, draws=wanted, seed=seed
        )
        return replace(found, warnings=(*block.warnings, *found.warnings))
    result = randomization_inference(two, "cluster", "post", "outcome", "treated", draws=draws, seed=seed)
    alike = equal_noise(block)
    warnings = (*block.warnings, *([alike.sentence] if alike.answer == "failed" else []))
    result = replace(result, warnings=warnings, diagnostics=(alike,))
    return result if choice.refusal is None else _described(result, choice.refusal)


def _described(result: RandomizationResult, refusal: Refusal) -> RandomizationResult:
    nan = float("nan")
    return replace(
        result, ci_low=nan, ci_high=nan, p_value=nan, refusals=(refusal,), inference=f"withheld: {refusal.codes[0]}"
    )
