"""Imputation estimators: what treated units would have been, from untreated cells alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from analysis.effects.attainable import withheld
from analysis.effects.group_time import few_clusters, small_cohorts
from analysis.effects.multiplier import NO_NOISE, by_cluster, interval_columns, usable_errors
from analysis.effects.panel import Panel, panel_of, started_in_time
from analysis.effects.panel_checks import check_contrast
from analysis.effects.results import Answer, Diagnostic, PanelEstimate
from analysis.effects.series import Floats
from analysis.effects.untreated import UntreatedFit, fit_untreated
from analysis.errors import UsageError


def imputation_did(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    cohort: str,
    *,
    covariates: Sequence[str] | None = None,
    weights: str | None = None,
    clusters: str | None = None,
    leads: int = 3,
) -> PanelEstimate:
    """The efficient estimator under homogeneous errors: impute every treated cell, then average the effects.

    Parameters
    ----------
    frame : one row for each unit and period; it need not be balanced. Treated cells that nothing untreated reaches (a
        unit treated from the start, a period in which all are treated) are left out, and counted.
    unit, time, outcome, cohort : columns; `cohort` as in `callaway_santanna`.
    covariates : numeric columns that vary over time, with one coefficient each.
    weights : column of positive weights, used in the fit and in the averages.
    clusters : column of clusters that hold whole units; each unit is its own cluster without it.
    leads : how many periods before treatment the test of earlier trends looks at, on untreated cells only.

    Returns
    -------
    PanelEstimate in the outcome's units: the mean over treated cells; `table` by `event_time` from 0 on, with the
    number of cells. Standard errors are the conservative ones of the source: effects are centred on the mean of their
    cohort and period, so cohorts of one unit add nothing.

    Raises
    ------
    UsageError, DataRejected : see `analysis.effects.panel`; also where untreated cells do not hang together.

    Source: Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91(6), theorems 2 and 3, test 1.
    """
    if leads < 0 or int(leads) != leads:
        raise UsageError("leads", must="a whole number, zero or more", found=leads)
    first = _first_stage(frame, unit, time, outcome, cohort, covariates, weights, clusters)
    events, aims = _aims(first, first.treated)
    influence = np.column_stack([_imputed_influence(first, aim) for aim in aims])
    estimates = np.array([float((aim * first.effect).sum()) for aim in aims])
    return _estimate(
        first,
        events,
        estimates,
        influence,
        method="imputation (Borusyak, Jaravel and Spiess)",
        diagnostics=(_earlier_trends(first, leads),),
    )


def two_stage_did(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    cohort: str,
    *,
    covariates: Sequence[str] | None = None,
    weights: str | None = None,
    clusters: str | None = None,
) -> PanelEstimate:
    """Residuals of a fit on untreated cells, regressed on treatment; errors allow for the first stage.

    Arguments, handling of bad input and the estimate are those of `imputation_did`; standard errors are those of the
    two stages as one method of moments (no small-sample factor, as in R's did2s), so differences between effects count
    as noise. `table` has a row for each event time, those before treatment too (means of first-stage residuals).

    Source: Gardner (2022), "Two-stage differences in differences", arXiv:2207.05943; Butts and Gardner (2022), R
    Journal 14(3).
    """
    first = _first_stage(frame, unit, time, outcome, cohort, covariates, weights, clusters)
    ever = np.isfinite(first.panel.cohort)[:, None] & first.panel.present
    events, aims = _aims(first, np.asarray(ever))
    estimates = np.array([float((aim * first.effect).sum()) for aim in aims])
    columns = [
        (aim * (first.effect - value)).sum(axis=1) + (first.adjoint(aim) * first.effect).sum(axis=1)
        for aim, value in zip(aims, estimates, strict=True)
    ]
    return _estimate(first, events, estimates, np.column_stack(columns), method="two-stage (Gardner)", diagnostics=())


def _first_stage(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    cohort: str,
    covariates: Sequence[str] | None,
    weights: str | None,
    clusters: str | None,
) -> UntreatedFit:
    panel = panel_of(
        frame, unit, time, outcome, cohort=cohort, covariates=covariates, weights=weights, clusters=clusters
    )
    check_contrast(panel)
    return fit_untreated(started_in_time(panel))


def _event_time(panel: Panel) -> Floats:
    return np.asarray(panel.calendar[None, :] - panel.cohort[:, None])


def _aims(first: UntreatedFit, cells: np.ndarray) -> tuple[Floats, list[Floats]]:
    """Averaging weights (n x T, summing to 1): over all treated cells, then over the cells of each event time."""
    panel = first.panel
    weight, event = np.nan_to_num(panel.weights), _event_time(panel)
    events = np.unique(event[cells])
    chosen = [first.treated, *(cells & (event == e) for e in events)]
    return events, [np.where(c, weight, 0.0) / weight[c].sum() for c in chosen]


def _imputed_influence(first: UntreatedFit, aim: Floats) -> Floats:
    """Each unit's influence: untreated residuals, and effects around the mean of their cohort and period."""
    centred = first.effect - _cohort_means(first, aim)
    return np.asarray((aim * centred).sum(axis=1) + (first.adjoint(aim) * first.effect).sum(axis=1))


def _cohort_means(first: UntreatedFit, aim: Floats) -> Floats:
    """Means of the effects by cohort and period, each effect counted by its squared weight (source: equation 8)."""
    starts, of_unit = np.unique(first.panel.cohort, return_inverse=True)
    member = (of_unit[:, None] == np.arange(len(starts))).astype(float)
    squared = aim**2
    total = member.T @ squared
    means = np.divide(member.T @ (squared * first.effect), total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(means[of_unit])


def _earlier_trends(first: UntreatedFit, leads: int) -> Diagnostic:
    """Wald test of the last periods before treatment against all earlier ones, on untreated cells."""
    name = "pre-trend"
    panel = first.panel
    event = _event_time(panel)
    reach = event[first.weights > 0]
    possible = [-k for k in range(1, leads + 1) if (reach == -k).any() and (np.isfinite(reach) & (reach < -k)).any()]
    if not possible:
        return Diagnostic(name, "cannot tell", "No period before treatment can be tested.")
    x = np.stack([first.residual((event == k).astype(float)) for k in possible], axis=2)
    cross = np.einsum("it,itj,itk->jk", first.weights, x, x)
    if np.linalg.cond(cross) > 1e12:
        return Diagnostic(name, "cannot tell", "The periods before treatment cannot be told from the fixed effects.")
    bread = np.linalg.inv(cross)
    beta = bread @ np.einsum("it,it,itk->k", first.weights, first.effect, x)
    scores = np.einsum("it,it,itk->ik", first.weights, first.effect - x @ beta, x)
    each = by_cluster(scores @ bread, panel.clusters)
    covariance = each.T @ each
    scale = np.sqrt(np.diag(covariance))
    if (scale <= 1e-12 * np.nanmax(np.abs(panel.outcome))).any() or np.linalg.matrix_rank(covariance) < len(beta):
        return Diagnostic(name, "cannot tell", "The periods before treatment hold too little noise to test.")
    wald = float(beta @ np.linalg.solve(covariance, beta))
    p = float(stats.chi2.sf(wald, len(beta)))
    words = f"Wald {wald:.2f} for {len(beta)} periods before treatment, p = {p:.3f}"
    if p < 0.05:
        return Diagnostic(name, "failed", f"Trends differed before treatment ({words}).", wald, p)
    visible = 2.8 * float(scale.max())
    seen = f"a difference of {visible:.3g} would have been seen four times in five"
    answer: Answer = "passed" if visible <= abs(float((first.effect[first.treated]).mean())) else "cannot tell"
    return Diagnostic(name, answer, f"No difference in earlier trends is seen ({words}); {seen}.", wald, p)


def _estimate(
    first: UntreatedFit,
    events: Floats,
    estimates: Floats,
    influence: Floats,
    *,
    method: str,
    diagnostics: tuple[Diagnostic, ...],
) -> PanelEstimate:
    panel = first.panel
    each = by_cluster(influence, panel.clusters)
    errors = usable_errors(np.sqrt((each**2).sum(axis=0)), float(np.nanmax(np.abs(panel.outcome))))
    rows = interval_columns(estimates, errors).drop(columns=["band_low", "band_high"])
    event = _event_time(panel)
    table = rows.iloc[1:].reset_index(drop=True)
    table.insert(0, "event_time", events)
    table["cells"] = [int((panel.present & (event == e)).sum()) for e in events]
    covariance = each[:, 1:].T @ each[:, 1:]
    overall = {name: float(rows[name].iloc[0]) for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value")}
    found = PanelEstimate(
        estimate=overall["estimate"],
        std_error=overall["std_error"],
        ci_low=overall["ci_low"],
        ci_high=overall["ci_high"],
        p_value=overall["p_value"],
        n_obs=int(panel.present.sum()),
        n_units=len(panel.units),
        n_treated=int(first.treated.any(axis=1).sum()),
        method=method,
        inference=f"95 % normal interval, standard error over {int(panel.clusters.max()) + 1} clusters",
        diagnostics=diagnostics,
        warnings=(
            *panel.warnings,
            *small_cohorts(panel),
            *few_clusters(panel),
            *([NO_NOISE] if np.isnan(errors[0]) else []),
        ),
        table=table,
        covariance=pd.DataFrame(covariance, index=table.index, columns=table.index),
    )
    return withheld(found, panel)
