"""Two-way fixed effects fitted on untreated cells only, extrapolated to the treated ones, and its adjoint.

Every quantity is an array of units by periods; the normal equations are solved after units are taken out, so the work
is one T x T factorisation however many units there are.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from analysis.effects.panel import Booleans, Panel
from analysis.effects.series import Floats
from analysis.errors import DataRejected

RANK = 1e-10


@dataclass(frozen=True, eq=False)
class UntreatedFit:
    """The first stage: `weights` (n x T) are zero but on untreated cells; `inverse` solves for the period effects.

    `effect` (n x T) is outcome less prediction: the residual on untreated cells, a noisy effect on treated ones, zero
    in absent ones. `covariates` (n x T x k) are free of the fixed effects in the same way, `bread` inverts their
    cross-product on untreated cells.
    """

    panel: Panel
    weights: Floats
    inverse: Floats
    effect: Floats
    covariates: Floats
    bread: Floats

    @property
    def treated(self) -> Booleans:
        """Which cells have an imputed effect."""
        return np.asarray(self.panel.treated & self.panel.present)

    def residual(self, column: Floats) -> Floats:
        """A column (n x T) less its prediction from untreated cells; zero in absent ones."""
        present = self.panel.present
        column = np.where(present, column, 0.0)
        left = np.where(present, column - _predict(self.weights, self.inverse, column), 0.0)
        if self.covariates.shape[2]:
            moves = self.bread @ np.einsum("it,it,itk->k", self.weights, left, self.covariates)
            left = left - self.covariates @ moves
        return np.asarray(left)

    def adjoint(self, aim: Floats) -> Floats:
        """How an average with weights `aim` (n x T) leans on the outcomes of untreated cells (n x T)."""
        rows, columns = aim.sum(axis=1), aim.sum(axis=0)
        lean = -self.weights * _solve(self.weights, self.inverse, rows, columns)
        if self.covariates.shape[2]:
            through = self.bread @ np.einsum("it,itk->k", aim, self.covariates)
            lean = lean - self.weights * (self.covariates @ through)
        return np.asarray(lean)


def fit_untreated(panel: Panel) -> UntreatedFit:
    """Fit on untreated cells, after leaving out (and counting) treated cells that nothing untreated reaches.

    Raises DataRejected where nothing is left, or where the untreated cells fall into parts without a common unit or
    period.
    """
    panel = _reachable(panel)
    weights = np.where(panel.present & ~panel.treated, np.nan_to_num(panel.weights), 0.0)
    n, t, k = panel.covariates.shape
    bare = UntreatedFit(
        panel, weights, _period_inverse(weights), np.zeros((n, t)), np.zeros((n, t, 0)), np.zeros((0, 0))
    )
    x = np.zeros((n, t, k))
    for j in range(k):
        x[:, :, j] = bare.residual(panel.covariates[:, :, j])
    fitted = dataclasses.replace(bare, covariates=x, bread=_covariate_bread(weights, x))
    return dataclasses.replace(fitted, effect=fitted.residual(panel.outcome))


def _reachable(panel: Panel) -> Panel:
    """The panel whose treated cells all have an untreated cell in their unit and in their period."""
    while True:
        untreated = panel.present & ~panel.treated
        units, periods = np.asarray(untreated.any(axis=1)), np.asarray(untreated.any(axis=0))
        if units.all() and periods.all():
            break
        lost = int((panel.present & ~(units[:, None] & periods[None, :])).sum())
        if not (units.any() and periods.any()):
            raise DataRejected("the panel", must="untreated somewhere")
        panel = panel.keep(
            units,
            periods,
            warning=f"{lost} treated unit-periods have no untreated one in their unit or period to compare with; they "
            f"were left out ({int((~units).sum())} units, {int((~periods).sum())} periods).",
        )
    if not (panel.present & panel.treated).any():
        raise DataRejected("the panel", must="of a treated unit with untreated periods and controls", found="none")
    return panel


def _period_inverse(weights: Floats) -> Floats:
    """Generalised inverse of the period equations once units are taken out."""
    rows, columns = weights.sum(axis=1), weights.sum(axis=0)
    system = np.diag(columns) - weights.T @ (weights / rows[:, None])
    values, vectors = np.linalg.eigh(system)
    alive = values > RANK * values[-1]
    if int((~alive).sum()) > 1:
        raise DataRejected(
            "the untreated cells", must="connected through shared units and periods", found=f"{(~alive).sum()} parts"
        )
    return np.asarray((vectors[:, alive] / values[alive]) @ vectors[:, alive].T)


def _solve(weights: Floats, inverse: Floats, rows: Floats, columns: Floats) -> Floats:
    """Unit plus period effects (n x T) with the given sums of weighted outcomes by unit and by period."""
    total = weights.sum(axis=1)
    by_period = inverse @ (columns - weights.T @ (rows / total))
    by_unit = (rows - weights @ by_period) / total
    return np.asarray(by_unit[:, None] + by_period[None, :])


def _predict(weights: Floats, inverse: Floats, y: Floats) -> Floats:
    weighted = weights * y
    return _solve(weights, inverse, weighted.sum(axis=1), weighted.sum(axis=0))


def _covariate_bread(weights: Floats, x: Floats) -> Floats:
    cross = np.einsum("it,itj,itk->jk", weights, x, x)
    scale = np.sqrt(np.diag(cross))
    if x.shape[2] and ((scale <= 0).any() or np.linalg.cond(cross / np.outer(scale, scale)) > 1 / RANK):
        raise DataRejected(
            "the covariates", must="varying within untreated units, and not collinear", mend="Leave out fixed traits."
        )
    return np.asarray(np.linalg.inv(cross))
