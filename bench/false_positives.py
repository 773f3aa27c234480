"""How often the inference that `choose_inference` picks finds an effect where there is none.

    python -m bench.false_positives [--draws 2000] [--seed 20]

reads nothing and writes bench/results/false_positives.json and .csv. Each row is a design: clusters, treated ones, and
the noise of the treated (standard deviation) as a multiple of that of the controls. Noise is AR(1) with correlation
0.8 over 24 periods before and 12 after; there is no effect. `rate` is the share of p-values of 5 % or less, at a
nominal 5 %; a refused design has none. The rows under `undetected` give what happens where treated clusters are noisier
and nobody knows it: the price of an assumption that so few clusters cannot test.

Averages of 2,000 panels are tested at once by the closed forms below; `agreement` checks them against
`routed_difference` (and so `two_way_fixed_effects` and `randomization_inference`) on some of the same panels.
"""

import argparse
import json
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from analysis.effects.panel_design import PanelDesign
from analysis.effects.power import ar1_panels
from analysis.effects.router import InferenceChoice, choose_inference, routed_difference

RESULTS = Path(__file__).parent / "results"
N_PRE, N_POST, PHI = 24, 12, 0.8
ASSIGNMENTS = BOOTSTRAPS = 999
DESIGNS = [
    (3, 1), (10, 1), (10, 2), (10, 3), (10, 4), (10, 5), (16, 5), (20, 1), (20, 4), (20, 7), (30, 3), (30, 6), (30, 15),
    (40, 5), (60, 6), (200, 5), (581, 1), (581, 2), (581, 5), (581, 6), (581, 20), (581, 290),
]  # fmt: skip
RATIOS = (1.0, 2.0, 0.5)
UNDETECTED = [(10, 2), (10, 3), (20, 1), (581, 2)]


def changes_of(draws: int, n: int, k: int, ratio: float, seed: int) -> np.ndarray:
    """Mean after less mean before, draws x clusters, treated ones first; simulated in parts to save memory."""
    parts = []
    for start in range(0, draws, 250):
        noise = ar1_panels(min(250, draws - start), n, N_PRE + N_POST, PHI, seed + start)
        parts.append(noise[:, :, N_PRE:].mean(axis=2) - noise[:, :, :N_PRE].mean(axis=2))
    changes = np.concatenate(parts)
    changes[:, :k] *= ratio
    return changes


def cr2(changes: np.ndarray, k: int) -> np.ndarray:
    """P-values of CR2 with Satterthwaite's degrees of freedom for two groups of clusters (Imbens and Kolesár 2016)."""
    a, b = changes[:, :k], changes[:, k:]
    n1, n0 = k, b.shape[1]
    error = np.sqrt(a.var(axis=1, ddof=1) / n1 + b.var(axis=1, ddof=1) / n0)
    degrees = (1 / n1 + 1 / n0) ** 2 / (1 / (n1**2 * (n1 - 1)) + 1 / (n0**2 * (n0 - 1)))
    return 2 * stats.t.sf(np.abs(a.mean(axis=1) - b.mean(axis=1)) / error, degrees)


def wild_bootstrap(changes: np.ndarray, k: int, seed: int) -> np.ndarray:
    """P-values of the wild bootstrap with the null imposed and random signs."""
    rest = changes - changes.mean(axis=1, keepdims=True)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(BOOTSTRAPS, changes.shape[1]))

    def ratios(sums: tuple[np.ndarray, np.ndarray], squares: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        sizes = (k, changes.shape[1] - k)
        parts = [(q - s**2 / n) / n**2 for s, q, n in zip(sums, squares, sizes, strict=True)]
        return np.abs(sums[0] / sizes[0] - sums[1] / sizes[1]) / np.sqrt(np.maximum(parts[0] + parts[1], 1e-300))

    squares = ((rest[:, :k] ** 2).sum(axis=1), (rest[:, k:] ** 2).sum(axis=1))
    observed = ratios((rest[:, :k].sum(axis=1), rest[:, k:].sum(axis=1)), squares)
    drawn = ratios(
        (rest[:, :k] @ signs[:, :k].T, rest[:, k:] @ signs[:, k:].T), (squares[0][:, None], squares[1][:, None])
    )
    return ((drawn >= observed[:, None] - 1e-12).sum(axis=1) + 1) / (BOOTSTRAPS + 1)


def randomization(changes: np.ndarray, k: int, seed: int) -> np.ndarray:
    """P-values of the difference of means among all assignments, or the observed and 999 seeded ones."""
    n = changes.shape[1]
    exact = comb(n, k) <= 5_000
    if exact:
        chosen = np.array(list(combinations(range(n), k)))
    else:
        chosen = np.random.default_rng(seed).random((ASSIGNMENTS, n)).argsort(axis=1)[:, :k]
        chosen = np.vstack([np.arange(k), chosen])
    rows = np.zeros((len(chosen), n))
    np.put_along_axis(rows, chosen, 1.0, axis=1)
    sums = changes @ rows.T
    difference = np.abs(sums / k - (changes.sum(axis=1, keepdims=True) - sums) / (n - k))
    return (difference >= difference[:, :1] * (1 - 1e-9)).mean(axis=1)


def p_values(method: str, changes: np.ndarray, k: int, seed: int) -> np.ndarray:
    """P-values by the method that the router names."""
    if method == "cr2":
        return cr2(changes, k)
    return wild_bootstrap(changes, k, seed) if method == "wild_bootstrap" else randomization(changes, k, seed)


def design(n: int, k: int, ratio: float = 1.0) -> PanelDesign:
    """The design of a row; equal noise is what nobody has told apart."""
    return PanelDesign(n, k, N_PRE, N_POST, variance_ratio=None if ratio == 1 else ratio**2)


def row(n: int, k: int, ratio: float, draws: int, seed: int, choice: InferenceChoice | None = None) -> dict:
    """One design: what is picked, and how often it rejects a true null."""
    picked = choice or choose_inference(design(n, k, ratio))
    found = {"clusters": n, "treated": k, "noise_ratio": ratio, "method": picked.method}
    if picked.refusal is not None:
        return {**found, "code": picked.refusal.codes[0], "rate": None, "draws": 0}
    changes = changes_of(draws, n, k, ratio, seed)
    rate = float(np.mean(p_values(picked.method, changes, k, seed) <= 0.05 + 1e-9))
    return {**found, "code": "", "rate": round(rate, 4), "draws": draws}


def agreement(n: int, k: int, panels: int, seed: int) -> float:
    """The largest difference between the closed forms here and the library's own p-values."""
    picked, changes = choose_inference(design(n, k)), changes_of(panels, n, k, 1.0, seed)
    ours = p_values(picked.method, changes, k, seed)
    worst = 0.0
    for values, p in zip(changes, ours, strict=True):
        frame = pd.DataFrame({"unit": np.repeat(np.arange(n), 2), "t": np.tile([0, 1], n)})
        frame["y"] = np.column_stack([np.zeros(n), values]).ravel()
        got = routed_difference(frame, "unit", "t", "y", list(range(k)), 1, choice=picked)
        worst = max(worst, float(abs(got.p_value - p)))
    return worst


def table(draws: int, seed: int) -> dict:
    """All rows, and how far the closed forms here are from the library."""
    rows = [row(n, k, ratio, draws, seed) for n, k in DESIGNS for ratio in RATIOS]
    broken = [row(n, k, 2.0, draws, seed, choose_inference(design(n, k))) for n, k in UNDETECTED]
    checked = {f"{n}/{k}": round(agreement(n, k, 5, seed), 10) for n, k in [(10, 5), (10, 2), (16, 5), (30, 6)]}
    return {
        "nominal": 0.05, "draws": draws, "seed": seed, "phi": PHI, "n_pre": N_PRE, "n_post": N_POST,
        "rows": rows, "undetected": broken, "largest_disagreement": checked,
    }  # fmt: skip


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(prog="bench.false_positives")
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    result = table(options.draws, options.seed)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "false_positives.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    pd.DataFrame(result["rows"]).to_csv(RESULTS / "false_positives.csv", index=False)
    print(pd.DataFrame(result["rows"]).to_string(), pd.DataFrame(result["undetected"]).to_string(), sep="\n")
    print(result["largest_disagreement"])


if __name__ == "__main__":
    main()
