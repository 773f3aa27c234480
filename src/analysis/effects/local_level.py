"""Segmented regression on a level that wanders: the unobserved components model of an interrupted series.

The outcome is an intercept, a trend, the changes of level and slope, a season (harmonics), plus a random walk and
independent noise. With the share of the walk in the noise given, this is generalised least squares, and the diffuse
likelihood of the state space form is the restricted likelihood, which one change of axes turns into a sum over n - k
independent numbers (so every share costs one pass over them).

The interval allows for that share being unknown: the p-value is averaged over the angle between the two standard
deviations, weighted by the restricted likelihood, flat in the angle (Hamilton 1986, Journal of Econometrics 33(3)).

How often a true "no effect" is rejected at a nominal 5 % (300 draws a cell, standard error about 1.3 points), level /
slope, then the share of draws whose inference is refused (`unit_root`: no noise is left beside the walk), which count
as no rejection. In the first two rows nothing is refused, so one less is the interval's coverage:

| the noise is | 48 periods, onset 24 | 31 periods, onset 19 |
|---|---|---|
| independent | 1.3 / 0.0, 0 % | 0.3 / 0.0, 0 % |
| independent, level steps of 0.3 of its standard deviation | 3.3 / 0.7, 0 % | 1.7 / 0.3, 0 % |
| independent, level steps as large | 5.0 / 4.0, 2 % | 5.7 / 5.7, 6 % |
| a random walk | 3.7 / 4.3, 54 % | 2.0 / 4.0, 55 % |
| AR(1), correlation 0.4 | 3.7 / 0.0, 0 % | 2.3 / 0.3, 9 % |
| AR(1), correlation 0.8 | 4.0 / 1.3, 35 % | 2.3 / 1.7, 42 % |

So it is cautious where the level does not wander: the price of not knowing that.

Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, ch. 3.4, 7.6;
Harvey and Durbin (1986), Journal of the Royal Statistical Society A 149(3), for the effect of the seat belt law.
"""

from dataclasses import dataclass

import numpy as np

from analysis.effects.linear import ModelFit
from analysis.effects.results import Coefficient, Diagnostic, Refusal
from analysis.effects.segmented import LEVEL, SegmentedColumns
from analysis.effects.series import Floats, Integers, OrderedSeries
from analysis.effects.small_sample import TMixture
from analysis.errors import UsageError

LONGEST = 2000  # n x n matrices beyond this cost too much
BOUNDARY = 1e-3  # radians from either end at which one of the two parts has vanished
ANGLES = 181  # half a degree apart
NEGLIGIBLE = 14.0  # log-likelihood below the top at which an angle no longer counts


@dataclass(frozen=True, eq=False)
class LevelNoise:
    """The noise at its most likely angle (0: independent only, pi / 2: random walk only), and the likely angles.

    `scale` is the variance that the two parts share: independent noise has cos² of the angle of it, a step of the walk
    sin². `likely_angles`, `likely_weights` (sum 1) and `likely_scales` go together.
    """

    angle: float
    scale: float
    log_likelihood: float
    likely_angles: Floats
    likely_weights: Floats
    likely_scales: Floats

    @property
    def only_walk(self) -> bool:
        """Whether no independent noise is left beside the walk."""
        return self.angle >= np.pi / 2 - BOUNDARY

    @property
    def sigma2_irregular(self) -> float:
        """Variance of the independent noise."""
        return self.scale * float(np.cos(self.angle)) ** 2

    @property
    def sigma2_level(self) -> float:
        """Variance of the level's step from one period to the next."""
        return self.scale * float(np.sin(self.angle)) ** 2


def walk(position: Integers) -> Floats:
    """Covariance of a random walk of unit steps (n x n); its start takes the intercept's place, so any will do."""
    at = (position - position[0] + 1).astype(float)
    return np.asarray(np.minimum(at[:, None], at[None, :]))


def covariance_of(position: Integers, angle: float) -> Floats:
    """Covariance of walk and noise at an angle, for a unit scale (n x n)."""
    both = np.sin(angle) ** 2 * walk(position)
    both[np.diag_indices_from(both)] += np.cos(angle) ** 2
    return np.asarray(both)


def fit_level_noise(x: Floats, y: Floats, position: Integers) -> LevelNoise:
    """The restricted likelihood over all angles; exact (diffuse), gaps keep their distance."""
    from scipy import optimize

    n, k = x.shape
    full = np.linalg.qr(x / np.sqrt((x**2).mean(axis=0)), mode="complete")[0]
    free = full[:, k:]
    values, vectors = np.linalg.eigh(free.T @ walk(position) @ free)
    squares = (vectors.T @ (free.T @ y)) ** 2
    values = np.maximum(values, 0.0)

    def at(angles: Floats) -> tuple[Floats, Floats]:
        spread = np.cos(angles)[:, None] ** 2 + np.sin(angles)[:, None] ** 2 * values
        scales = (squares / spread).mean(axis=1)
        return -0.5 * np.log(spread).sum(axis=1) - 0.5 * (n - k) * np.log(scales), scales

    angles = np.linspace(0, np.pi / 2, ANGLES)
    heights, scales = at(angles)
    top, step = float(angles[heights.argmax()]), float(angles[1])
    ends = max(top - step, 0.0), min(top + step, np.pi / 2)
    found = optimize.minimize_scalar(
        lambda a: -float(at(np.array([a]))[0][0]), bounds=ends, method="bounded", options={"xatol": 1e-10}
    )
    best = float(found.x) if -found.fun > heights.max() else top
    height, scale = at(np.array([best]))
    some = heights > heights.max() - NEGLIGIBLE
    weights = np.exp(heights[some] - heights.max())
    weights /= weights.sum()
    return LevelNoise(best, float(scale[0]), float(height[0]), angles[some], weights, scales[some])


def fit_structural(series: OrderedSeries, columns: SegmentedColumns) -> ModelFit:
    """Generalised least squares under a random walk plus noise; see `interrupted_time_series`."""
    x, y, position = columns.values, series.outcome, series.position
    n, k = x.shape
    if n > LONGEST:
        raise UsageError("the series of the model structural", must=f"of at most {LONGEST} periods", found=n)
    noise = fit_level_noise(x, y, position)
    root = np.linalg.cholesky(covariance_of(position, noise.angle))
    white = np.linalg.solve(root, np.column_stack([x, y]))
    xw, yw = white[:, :k], white[:, k]
    inverse = np.linalg.inv(xw.T @ xw)
    beta = inverse @ (xw.T @ yw)
    covariance = inverse * noise.scale
    weights = np.linalg.solve(root.T, (xw @ inverse)).T
    likely = [
        scale * weights @ covariance_of(position, angle) @ weights.T
        for angle, scale in zip(noise.likely_angles, noise.likely_scales, strict=True)
    ]

    def interval(j: int) -> Coefficient:
        inflation = np.sqrt(np.array([one[j, j] for one in likely]) / covariance[j, j])
        reference = TMixture(noise.likely_weights, inflation, np.full(len(inflation), float(n - k)))
        return reference.coefficient(float(beta[j]), float(np.sqrt(covariance[j, j])))

    level = interval(LEVEL)
    multiplier = (level.ci_high - level.estimate) / level.std_error
    return ModelFit(
        coefficients=beta,
        covariance=covariance,
        interval=interval,
        band_factor=multiplier,
        residuals=yw - xw @ beta,
        method="unobserved components: a level that wanders with a fixed drift, regressors for the changes, noise",
        inference=(
            f"95 % interval of {multiplier:.2f} standard errors to either side: Student's t, averaged over the "
            f"restricted (diffuse) likelihood of the share of the level's steps in the noise"
        ),
        details={
            "sigma2_irregular": noise.sigma2_irregular,
            "sigma2_level": noise.sigma2_level,
            "multiplier": multiplier,
            "log_likelihood": noise.log_likelihood,
        },
        refusals=(single_steps(noise),) if noise.only_walk else (),
        ar_parameters=1,
        checks=(convergence(noise),),
    )


def single_steps(noise: LevelNoise) -> Refusal:
    """The refusal of inference where the noise is a random walk: the level change is then one of its steps."""
    sentence = (
        f"The noise is most likely a random walk alone (variance of its steps {noise.sigma2_level:.3g}): the level "
        "change is one step among the others, so the estimate is a description without interval or p-value."
    )
    return Refusal(("unit_root",), (sentence,))


def convergence(noise: LevelNoise) -> Diagnostic:
    """Whether both variances were found, or one of them vanished; the search goes over all their ratios."""
    name = "convergence"
    words = f"level steps {noise.sigma2_level:.3g}, noise {noise.sigma2_irregular:.3g}"
    if noise.angle <= BOUNDARY:
        return Diagnostic(name, "passed", f"The most likely level does not wander: only noise is left ({words}).")
    if noise.only_walk:
        return Diagnostic(name, "failed", f"The likelihood has its top where no independent noise is left ({words}).")
    return Diagnostic(name, "passed", f"The likelihood has its top at variances of {words}.")
