"""Placebos of a synthetic comparison: other units, earlier dates, one donor less.

Placebos in space ask how often an untreated unit, treated in name only, moves as much as the treated one did. Weights
of placebos, and those of the treated unit beside them in the tables, are always the exact optimum, so that all units
are handled alike whatever solver the estimate itself used. Sources: Abadie, Diamond and Hainmueller (2010), JASA
105(490) and (2015), American Journal of Political Science 59(2); Firpo and Possebom (2018), Journal of Causal Inference
6(2).
"""

from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from analysis.effects.results import Answer
from analysis.effects.series import Floats, position_of
from analysis.effects.synthetic_weights import WeightedContrast, WeightRule, contrast, noise_level
from analysis.effects.treated_block import TreatedBlock

COLUMNS = ["unit", "estimate", "rmspe_pre", "rmspe_post", "ratio"]
NEGLIGIBLE_WEIGHT = 1e-4
FEWEST_PERIODS_BEFORE = 3


def root_mean_square(values: Floats) -> float:
    """The root of the mean square (RMSPE of a gap)."""
    return float(np.sqrt(np.mean(values**2)))


def in_space(block: TreatedBlock, rule: WeightRule) -> pd.DataFrame:
    """One row for the treated and each control put in its place (the treated one is nobody's donor).

    Columns: `unit`, `estimate` (outcome's units), `rmspe_pre`, `rmspe_post`, `ratio` of the two. The treated unit is
    the first row.
    """
    exact, noise = replace(rule, solver="exact"), noise_level(block)
    blocks = [block] + [block.as_treated([i]) for i in range(block.n_controls)]
    if block.n_controls < 2:
        blocks = blocks[:1]
    rows = [_row(one, exact, noise) for one in blocks]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(block: TreatedBlock, rule: WeightRule, noise: float) -> tuple[object, float, float, float, float]:
    fitted = contrast(block, rule, noise=noise)
    before, after = fit_errors(block, fitted, rule)
    ratio = after / before if before > 0 else float("inf") if after > 0 else 1.0
    name = block.units[-1] if block.n_treated == 1 else f"mean of {block.n_treated} treated"
    return name, fitted.estimate, before, after, ratio


def fit_errors(block: TreatedBlock, fitted: WeightedContrast, rule: WeightRule) -> tuple[float, float]:
    """RMSPE before and from the onset on."""
    gap = fitted.gap(block, rule.unit_intercept)
    return root_mean_square(gap[: block.n_pre]), root_mean_square(gap[block.n_pre :])


def rank_p_value(table: pd.DataFrame, column: str = "ratio") -> float:
    """Share of units, the treated one included, whose |column| is at least the treated one's (1e-9 counts as a tie)."""
    values = table[column].abs().to_numpy(dtype=float)
    return float(np.mean(values >= values[0] * (1 - 1e-9)))


def placebo_p_value(effect: float, placebos: Floats) -> float:
    """Share of `effect` and the placebo effects together whose size is at least that of `effect`."""
    return float((1 + (np.abs(placebos) >= abs(effect) * (1 - 1e-9)).sum()) / (len(placebos) + 1))


def constant_effect_interval(gap: Floats, n_pre: int, ratios: Floats, level: float = 0.95) -> tuple[float, float]:
    """The constant effects that the RMSPE-ratio test does not reject (Firpo and Possebom 2018, section 4).

    `ratios` are those of the placebos. NaN where the test cannot reject at this level, or rejects every constant
    effect.
    """
    n = len(ratios) + 1
    rejecting = int(np.floor(n * (1 - level) + 1e-9))
    if rejecting < 1:
        return float("nan"), float("nan")
    largest = float(np.sort(ratios)[-rejecting])
    post = gap[n_pre:]
    room = (largest * root_mean_square(gap[:n_pre])) ** 2 - float(post.var())
    if room < 0:
        return float("nan"), float("nan")
    centre, half = float(post.mean()), float(np.sqrt(room))
    return centre - half, centre + half


def in_time(block: TreatedBlock, rule: WeightRule, onsets: object = None) -> pd.DataFrame:
    """The same comparison on the periods before the onset, with an onset put in their middle (or at `onsets`).

    A date with too few periods before it, or not before the onset, has no row.
    """
    if onsets is None:
        cuts = [(block.times[block.n_pre // 2], block.n_pre // 2)]
    else:
        asked = np.atleast_1d(np.asarray(onsets, dtype=object))
        known = (block.times, block.position)
        cuts = [(onset, position_of(*known, onset, "the times", "a placebo onset")) for onset in asked]
    rows, exact = [], replace(rule, solver="exact")
    for onset, cut in cuts:
        if not FEWEST_PERIODS_BEFORE <= cut < block.n_pre:
            continue
        early = block.before_onset(cut)
        fitted = contrast(early, exact)
        rows.append((onset, fitted.estimate, *fit_errors(early, fitted, exact)))
    return pd.DataFrame(rows, columns=["onset", "estimate", "rmspe_pre", "rmspe_post"])


def false_date_answer(effect: float, spread: float) -> Answer:
    """An effect at a false date, against the scatter of those of untreated units: within 1, within 1.96, or more."""
    if abs(effect) > 1.96 * spread:
        return "failed"
    return "cannot tell" if abs(effect) > spread else "passed"


def leave_one_out(block: TreatedBlock, rule: WeightRule, weights: Floats) -> pd.DataFrame:
    """The estimate without each donor that has weight."""
    used = [int(i) for i in np.flatnonzero(weights > NEGLIGIBLE_WEIGHT)] if block.n_controls > 1 else []
    exact = replace(rule, solver="exact")
    rows = [(block.units[i], float(weights[i]), contrast(block.without_control(i), exact).estimate) for i in used]
    return pd.DataFrame(rows, columns=["unit", "weight", "estimate"])


def placebo_effects(block: TreatedBlock, rule: WeightRule, draws: int, seed: int) -> Floats:
    """Effects where there are none: as many controls as are treated, put in their place.

    All choices where there are at most `draws` of them, else `draws` seeded ones. The noise level, and so the
    regularisation, is that of the whole sample (Arkhangelsky et al. 2021, algorithm 4, as their R package).
    """
    exact, noise = replace(rule, solver="exact"), noise_level(block)
    n0, n1 = block.n_controls, block.n_treated
    if n0 <= n1:
        return np.empty(0)
    if comb(n0, n1) <= draws:
        chosen = [list(rows) for rows in combinations(range(n0), n1)]
    else:
        generator = np.random.default_rng(seed)
        chosen = [list(generator.choice(n0, n1, replace=False)) for _ in range(draws)]
    return np.array([contrast(block.as_treated(rows), exact, noise=noise).estimate for rows in chosen])
