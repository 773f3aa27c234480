"""Randomisation inference: how often would chance alone, assigning the same number of units, show as much?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice
from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.effects.noise import equal_noise
from analysis.effects.power import check_counts
from analysis.effects.results import Estimate, Refusal
from analysis.effects.series import Floats, check_seed
from analysis.effects.treated_block import cluster_blocks, treated_block
from analysis.errors import UsageError

Chosen = npt.NDArray[np.bool_]  # one assignment (clusters), or one a row
MOST_ENUMERATED = 50_000
LEVEL = 0.05
TIE = 1e-9
STATISTICS = ("difference", "studentized")


@dataclass(frozen=True, eq=False)
class RandomizationResult(Estimate):
    """A contrast with the exact (or simulated) distribution of its placebo assignments.

    `estimate` is the difference in differences in the outcome's units; `std_error` the standard deviation of the
    estimates under all assignments used; the interval holds the constant effects that are not rejected at 5 %. Where
    the smallest attainable p exceeds 5 % inference is withheld: `refusals` says so, and interval and p-value are NaN.
    """

    refusals: tuple[Refusal, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def supported(self) -> bool:
        """Whether inference is given at all."""
        return not self.refusals


def minimum_attainable_p(n_clusters: int, n_treated: int, *, mirrored: bool = False) -> float:
    """The smallest p-value any comparison of assignments can reach: 1 / C(n_clusters, n_treated).

    3 regions, 1 treated: 1/3; 10 provinces, 1 treated: 0.1. Of the assignments of treatment to clusters the one that
    happened is the most extreme at best. With `mirrored`, for a statistic that ignores the sign: where exactly half
    the clusters are treated the opposite assignment is as extreme, so the smallest two-sided p is twice as large.
    """
    check_counts(n_clusters, n_treated)
    both = 2 if mirrored and 2 * n_treated == n_clusters else 1
    return both / comb(n_clusters, n_treated)


def randomization_inference(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: object,
    onset: object = None,
    *,
    cluster: str | None = None,
    statistic: str = "difference",
    draws: int = 9_999,
    seed: int = 0,
) -> RandomizationResult:
    """Test the sharp null of no effect on any unit by reassigning treatment among units (or clusters).

    Parameters
    ----------
    frame, unit, time, outcome, treated, onset : as `analysis.effects.treated_block.treated_block`.
    cluster : column naming the level at which treatment was assigned, constant in a unit (a region of municipalities);
        the unit itself where left out. Units are averaged to clusters first, each unit counting alike.
    statistic : `difference` of the mean changes (after less before), or `studentized` by their unequal-variance error.
    draws, seed : seeded assignments where there are more than 50,000; the observed one is then counted in (+1 above
        and below), so the p-value is valid for every number of draws (Phipson and Smyth 2010).

    The diagnostic `equal noise` says whether treated and control clusters differed in noise before the onset; where
    they did, a warning does too (`choose_inference` refuses such designs of few clusters). The test is exact for the
    sharp null under random assignment; as a test of the average effect it leans on clusters of equal noise.

    Two-sided: the share of assignments whose |statistic| is at least the observed one.

    Sources: Fisher (1935); Imbens and Rubin (2015), ch. 5; MacKinnon and Webb (2020), Journal of Econometrics 218(2),
    who show that with few and unequal clusters the plain difference may over-reject; the studentized one less so.
    """
    if statistic not in STATISTICS:
        raise UsageError("the statistic", must=f"one of {', '.join(STATISTICS)}", found=statistic)
    check_seed(seed)
    block = treated_block(frame, unit, time, outcome, treated, onset)
    clusters = cluster_blocks(block, frame, unit, cluster)
    before, after = clusters.outcomes[:, : block.n_pre], clusters.outcomes[:, block.n_pre :]
    changes = after.mean(axis=1) - before.mean(axis=1)
    is_treated = np.arange(len(changes)) >= clusters.n_controls
    n, k = len(changes), int(is_treated.sum())
    smallest = minimum_attainable_p(n, k, mirrored=True)
    assignments, exact = _assignments(is_treated, draws, seed)
    measured = _STATISTICS[statistic]
    null = np.abs(measured(changes, assignments))
    observed = abs(float(measured(changes, is_treated[None, :])[0]))
    p = _share(null, observed, exact)
    estimates = _differences(changes, assignments)
    estimate = float(_differences(changes, is_treated[None, :])[0])
    low, high = _interval(changes, is_treated, assignments, measured, exact)
    refusals = _withheld(n, k, smallest)
    if refusals:
        low = high = p = float("nan")
    alike = equal_noise(clusters)
    how = f"all {len(assignments)} assignments" if exact else f"{len(assignments)} seeded assignments and the observed"
    return RandomizationResult(
        estimate,
        float(estimates.std()),
        low,
        high,
        p,
        n_obs=block.outcomes.size,
        n_units=len(block.units),
        n_treated=block.n_treated,
        method=f"difference in differences of {n} {'clusters' if cluster else 'units'}, {k} treated",
        inference=f"withheld: {refusals[0].codes[0]}"
        if refusals
        else f"randomisation, {statistic} statistic, {how}; smallest attainable p {smallest:.3g}",
        diagnostics=(alike,),
        warnings=(*block.warnings, *([alike.sentence] if alike.answer == "failed" else [])),
        refusals=refusals,
        details={"minimum_p": smallest, "assignments": float(len(assignments)), "statistic": observed},
    )


def _withheld(n: int, k: int, smallest: float) -> tuple[Refusal, ...]:
    if smallest <= LEVEL * (1 + TIE):
        return ()
    sentence = f"With {k} of {n} clusters treated the smallest attainable p is {smallest:.3g}, above 5 %."
    return (Refusal(("minimum_p_too_large",), (sentence,)),)


def _assignments(is_treated: Chosen, draws: int, seed: int) -> tuple[Chosen, bool]:
    """Boolean rows, one an assignment; and whether they are all there are."""
    n, k = len(is_treated), int(is_treated.sum())
    total = comb(n, k)
    if total <= MOST_ENUMERATED:
        rows = np.zeros((total, n), dtype=bool)
        for row, chosen in enumerate(islice(combinations(range(n), k), total)):
            rows[row, list(chosen)] = True
        return rows, True
    if draws < 1:
        raise UsageError("draws", must="1 or more", found=draws)
    order = np.random.default_rng(seed).random((draws, n)).argsort(axis=1)
    rows = np.zeros((draws, n), dtype=bool)
    np.put_along_axis(rows, order[:, :k], True, axis=1)
    return rows, False


def _differences(changes: Floats, assignments: Chosen) -> Floats:
    k = assignments.sum(axis=1)
    sums = assignments @ changes
    return np.asarray(sums / k - (changes.sum() - sums) / (len(changes) - k))


def _studentized(changes: Floats, assignments: Chosen) -> Floats:
    """Difference over its unequal-variance error; plain difference where either side has a single cluster."""
    centred, n = changes - changes.mean(), len(changes)
    k = assignments.sum(axis=1)
    if k[0] < 2 or n - k[0] < 2:
        return _differences(changes, assignments)
    sums, squares = assignments @ centred, assignments @ centred**2
    rest, rest_squares = centred.sum() - sums, (centred**2).sum() - squares
    variance = (squares - sums**2 / k) / (k * (k - 1))
    variance = variance + (rest_squares - rest**2 / (n - k)) / ((n - k) * (n - k - 1))
    return np.asarray((sums / k - rest / (n - k)) / np.sqrt(np.maximum(variance, 1e-300)))


Measured = Callable[[Floats, Chosen], Floats]
_STATISTICS: dict[str, Measured] = {"difference": _differences, "studentized": _studentized}


def _share(null: Floats, observed: float, exact: bool) -> float:
    extreme = int((null >= observed * (1 - TIE)).sum())
    return extreme / len(null) if exact else (extreme + 1) / (len(null) + 1)


def _interval(
    changes: Floats,
    is_treated: Chosen,
    assignments: Chosen,
    measured: Measured,
    exact: bool,
) -> tuple[float, float]:
    """Invert the test: the constant effects with p above 5 %, by bisection from the estimate outward."""
    estimate = float(_differences(changes, is_treated[None, :])[0])

    def kept(effect: float) -> bool:
        moved = changes - effect * is_treated
        observed = abs(float(measured(moved, is_treated[None, :])[0]))
        return _share(np.abs(measured(moved, assignments)), observed, exact) > LEVEL

    reach = 40 * float(np.ptp(changes)) + abs(estimate)
    if not reach > 0:
        return float("nan"), float("nan")
    return _edge(kept, estimate, -reach), _edge(kept, estimate, reach)


def _edge(kept: Callable[[float], bool], inside: float, reach: float) -> float:
    outside = inside + reach
    if kept(outside):
        return float(np.sign(reach) * np.inf)
    for _ in range(40):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(middle) else (inside, middle)
    return inside
