"""Small groups borrow strength from the others: the area-level model of Fay and Herriot."""

from dataclasses import dataclass

import numpy as np

from analysis.errors import DataRejected
from analysis.trends.intervals import Floats

FEWEST = 5  # areas beyond the coefficients, under which a variance between them says little


@dataclass(frozen=True, eq=False)
class SmallAreas:
    """Per area `estimate`, `mse` (units squared), `weight` (the share that its own figure has, 0 to 1).

    `between`: variance between areas that the model leaves. `coefficients`, `errors`: of the design's columns.
    """

    estimate: Floats
    mse: Floats
    weight: Floats
    between: float
    coefficients: Floats
    errors: Floats


def fay_herriot(estimate: Floats, variance: Floats, design: Floats | None = None) -> SmallAreas:
    """Empirical best linear unbiased predictors of m areas, the variance between them by restricted likelihood.

    Parameters
    ----------
    estimate : m direct estimates. variance : m, their sampling variances, taken as known, above 0.
    design : m x p columns of an area-level regression; default one column of ones.

    Notes
    -----
    The mean squared errors are second-order correct for REML: g1 + g2 + 2 g3.

    Raises
    ------
    DataRejected for fewer areas than 1 + p, for a variance that is not above 0, or a design of less than full rank.

    Source: Fay and Herriot (1979), JASA 74; Prasad and Rao (1990), JASA 85; Datta and Lahiri (2000), Statistica
    Sinica 10.
    """
    y, d = np.asarray(estimate, dtype=float), np.asarray(variance, dtype=float)
    x = np.ones((len(y), 1)) if design is None else np.asarray(design, dtype=float)
    if len(y) <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise DataRejected(
            "the areas", must=f"more than the {x.shape[1]} independent columns of the design", found=len(y)
        )
    if not (d > 0).all() or not np.isfinite(y).all():
        raise DataRejected("the areas", must="finite, with variances above 0")
    between = _reml(y, d, x)
    total = between + d
    inverse = np.linalg.inv((x / total[:, None]).T @ x)
    coefficients = inverse @ (x.T @ (y / total))
    synthetic = x @ coefficients
    weight = between / total
    g1 = weight * d
    g2 = (1 - weight) ** 2 * np.einsum("ij,jk,ik->i", x, inverse, x)
    g3 = d**2 / total**3 * 2 / np.sum(total**-2.0)
    return SmallAreas(
        synthetic + weight * (y - synthetic), g1 + g2 + 2 * g3, weight, between, coefficients, np.sqrt(np.diag(inverse))
    )


def _reml(y: Floats, d: Floats, x: Floats) -> float:
    """The variance between areas: a root of the restricted score, or 0 where the likelihood falls from there."""
    from scipy import optimize

    def likelihood(between: float) -> float:
        residual, inverse = _residual(y, d + between, x)
        determinants = np.log(d + between).sum() - np.linalg.slogdet(inverse)[1]
        return float(-0.5 * (determinants + residual @ (residual / (d + between))))

    def score(between: float) -> float:
        total = d + between
        residual, inverse = _residual(y, total, x)
        scaled = x / total[:, None]
        trace = np.sum(1 / total) - np.trace(inverse @ (scaled.T @ scaled))
        return float(0.5 * (np.sum((residual / total) ** 2) - trace))

    top = float(np.var(y) * len(y) + d.max())
    grid = np.r_[0.0, np.geomspace(1e-6 * float(d.min()), top, 60)]
    best = int(np.argmax([likelihood(between) for between in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if best == 0 and score(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(score, low, high, xtol=1e-14)) if score(low) * score(high) < 0 else float(grid[best])


def _residual(y: Floats, total: Floats, x: Floats) -> tuple[Floats, Floats]:
    inverse = np.linalg.inv((x / total[:, None]).T @ x)
    residual: Floats = y - x @ (inverse @ (x.T @ (y / total)))
    return residual, inverse.astype(np.float64)
