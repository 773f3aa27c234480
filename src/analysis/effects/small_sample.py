"""How far a Newey-West variance can be trusted in a short series: its bias and its degrees of freedom.

In 48 periods with noise that correlates by 0.4 the usual interval (estimate ± t · Newey-West error) excludes a true
"no effect" in about one of five series, not in one of twenty. The variance estimate is a quadratic form in the
outcome, so its mean and variance under a working model of the noise are known exactly; scaling by the mean and taking
t with Satterthwaite's degrees of freedom is the Bell-McCaffrey correction, here with fitted AR(1) noise as the working
model.

Sources: Bell and McCaffrey (2002), Survey Methodology 28(2); Imbens and Kolesár (2016), Review of Economics and
Statistics 98(4), for a working model with estimated correlation; Newey and West (1987), Econometrica 55(3).
"""

from dataclasses import dataclass

import numpy as np

from analysis.effects.ar1 import correlation
from analysis.effects.series import Floats, Integers

LONGEST_CORRECTED = 2000  # n x n matrices beyond this cost more than the correction is worth


@dataclass(frozen=True)
class Correction:
    """`inflation` multiplies the standard error; `degrees` are those of Student's t."""

    inflation: float
    degrees: float


def bartlett(position: Integers, lags: int) -> Floats:
    """Bartlett kernel weights between all pairs of observations (n x n)."""
    distance = np.abs(position[:, None] - position[None, :])
    return np.asarray(np.clip(1 - distance / (lags + 1), 0.0, None))


def newey_west_form(x: Floats, position: Integers, lags: int, contrast: Floats) -> Floats:
    """The n x n matrix A with residuals' A residuals = Newey-West variance of `contrast` · coefficients.

    With the small-sample factor n / (n - k), as statsmodels' `use_correction=True` and R's `adjust=TRUE`.
    """
    n, k = x.shape
    weights = x @ np.linalg.solve(x.T @ x, contrast)
    return np.asarray(bartlett(position, lags) * np.outer(weights, weights) * (n / (n - k)))


def bell_mccaffrey(x: Floats, position: Integers, lags: int, contrast: Floats, phi: float) -> Correction:
    """Bias and degrees of freedom of the Newey-West variance of one contrast, were the noise AR(1) with `phi`."""
    omega = correlation(position, phi)
    weights = x @ np.linalg.solve(x.T @ x, contrast)
    basis = np.linalg.qr(x)[0]
    half = omega - basis @ (basis.T @ omega)
    spread = half - (half @ basis) @ basis.T
    product = newey_west_form(x, position, lags, contrast) @ spread
    mean = float(np.trace(product))
    variance = 2 * float(np.sum(product * product.T))
    true = float(weights @ omega @ weights)
    return Correction(float(np.sqrt(true / mean)), 2 * mean**2 / variance)
