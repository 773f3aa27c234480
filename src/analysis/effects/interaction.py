"""Interaction-weighted event study: Sun and Abraham."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.effects.attainable import withheld
from analysis.effects.clustered import cr1, fit, prepare
from analysis.effects.group_time import Comparisons, few_clusters, group_time_cells, small_cohorts
from analysis.effects.multiplier import NO_NOISE, by_cluster, usable_errors
from analysis.effects.panel import NEVER, Panel, panel_of, started_in_time
from analysis.effects.panel_checks import check_contrast
from analysis.effects.results import PanelEstimate
from analysis.effects.series import Floats, Integers
from analysis.errors import DataRejected, UsageError

LARGEST_DESIGN = 40_000_000
EVENT_STUDY = Comparisons(controls="never", base="universal", anticipation=0, method="reg")


@dataclass(frozen=True, eq=False)
class Interactions:
    """Effects of each cohort at each event time (K), their covariance, and how many treated cells stand behind each."""

    cohort: Floats
    event: Floats
    effect: Floats
    covariance: Floats
    cells: Floats


def sun_abraham(
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
    """Event study from a regression on unit effects, period effects and every cohort at every event time.

    Parameters
    ----------
    frame : one row for each unit and period; it need not be balanced. Units treated from the start are left out, and
        counted.
    unit, time, outcome, cohort : columns; `cohort` as in `callaway_santanna`. Without units never treated, the last
        cohort is the control and periods from its start on are left out, and counted.
    covariates : numeric columns with one coefficient each.
    weights : column of positive weights.
    clusters : column of clusters that hold whole units; each unit is its own cluster without it.

    Returns
    -------
    PanelEstimate in the outcome's units. `table` by `event_time` (the period before treatment is the reference and has
    no row), cohorts weighted by their share of the cells; the estimate averages all treated cells alike. Shares count
    as known, errors are cluster-robust with G / (G - 1) and (N - 1) / (N - K), unit effects not counted in K, and
    intervals take Student's t with G - 1 degrees of freedom: the choices of `sunab` in R's fixest.

    Raises
    ------
    UsageError, DataRejected : see `analysis.effects.panel`.

    Source: Sun and Abraham (2021), Journal of Econometrics 225(2), section 4.
    """
    panel = panel_of(
        frame, unit, time, outcome, cohort=cohort, covariates=covariates, weights=weights, clusters=clusters
    )
    check_contrast(panel)
    panel = _with_controls(started_in_time(panel))
    check_contrast(panel)
    plain = panel.present.all() and not panel.covariates.shape[2] and bool((panel.weights == 1).all())
    parts = _direct(panel) if plain else _regressed(panel)
    return _estimate(panel, parts)


def _with_controls(panel: Panel) -> Panel:
    """The panel with units that count as never treated."""
    if (panel.cohort == NEVER).any():
        return panel
    last = panel.cohort.max()
    before = panel.calendar < last
    if not (panel.cohort < last).any() or not before.any():
        raise DataRejected("the panel", must="of two cohorts or never-treated units", found="one cohort")
    sentence = (
        f"No unit is never treated: the cohort of {panel.label(last)} is the control, and "
        f"{int((~before).sum())} periods from then on were left out."
    )
    kept = panel.keep(np.ones(len(panel.units), dtype=bool), before, warning=sentence)
    return started_in_time(kept)


def _direct(panel: Panel) -> Interactions:
    """The saturated regression of a balanced panel: cohort means against the last period before treatment."""
    starts = np.unique(panel.cohort[np.isfinite(panel.cohort)])
    found = group_time_cells(panel, starts, EVENT_STUDY)
    event = found.time - found.cohort
    keep = ~found.fixed
    each = by_cluster(found.influence[:, keep], panel.clusters)
    covariance = each.T @ each * _factor(panel, int(keep.sum()) + len(panel.periods))
    sizes = np.array([(panel.cohort == g).sum() for g in found.cohort[keep]], dtype=float)
    return Interactions(found.cohort[keep], event[keep], found.effect[keep], covariance, sizes)


def _factor(panel: Panel, coefficients: int) -> float:
    n, g = int(panel.present.sum()), int(panel.clusters.max()) + 1
    return g / (g - 1) * (n - 1) / (n - coefficients)


def _regressed(panel: Panel) -> Interactions:
    """The same by least squares, for unbalanced panels, covariates and weights."""
    cells = panel.present
    unit, period = (codes.astype(np.int64) for codes in np.nonzero(cells))
    event = panel.calendar[period] - panel.cohort[unit]
    pairs, which = _pairs(panel, panel.cohort[unit], event)
    k = panel.covariates.shape[2]
    if len(unit) * (len(pairs) + len(panel.periods) + k) > LARGEST_DESIGN:
        raise UsageError(
            "the regression",
            must=f"of at most {LARGEST_DESIGN} rows times columns",
            found=len(unit) * (len(pairs) + len(panel.periods) + k),
            mend="A balanced panel without covariates and weights has no such limit; or use imputation_did.",
        )
    dummies = (which[:, None] == np.arange(len(pairs))).astype(float)
    x = np.column_stack([panel.covariates[cells], dummies])
    units = np.unique(unit, return_inverse=True)[1].astype(np.int64)
    clusters = np.unique(panel.clusters[unit], return_inverse=True)[1].astype(np.int64)
    design = prepare(panel.outcome[cells], x, panel.weights[cells], clusters, units, [period])
    lost = [j - k for j in design.dropped if j >= k]
    if lost:
        raise DataRejected(
            "the event times",
            must="seen apart from unit and period effects",
            found=f"{len(lost)} that are not, as cohort {panel.label(pairs[lost[0]][0])}",
            mend="Leave out cohorts without a period before treatment.",
        )
    result = fit(design)
    covariance = cr1(result, rank=design.rank - design.absorbed + 1)
    m = len(pairs)
    counts = np.asarray(dummies.T @ panel.weights[cells])
    cohort, of_event = np.array(pairs).T
    return Interactions(cohort, of_event, result.beta[-m:], covariance[-m:, -m:], counts)


def _pairs(panel: Panel, cohort: Floats, event: Floats) -> tuple[list[tuple[float, float]], Integers]:
    """All pairs of cohort and event time but each cohort's reference period, and each row's pair (or -1)."""
    pairs: list[tuple[float, float]] = []
    which = np.full(len(cohort), -1, dtype=np.int64)
    for start in np.unique(cohort[np.isfinite(cohort)]):
        inside = cohort == start
        times = np.unique(event[inside])
        for e in times[times != times[times < 0].max(initial=-np.inf)]:
            which[inside & (event == e)] = len(pairs)
            pairs.append((float(start), float(e)))
    return pairs, which


def _estimate(panel: Panel, parts: Interactions) -> PanelEstimate:
    events = np.unique(parts.event)
    picks = np.array([(parts.event == e) * parts.cells for e in events])
    aims = np.vstack([(parts.event >= 0) * parts.cells, picks])
    aims = aims / aims.sum(axis=1, keepdims=True)
    estimates, covariance = aims @ parts.effect, aims @ parts.covariance @ aims.T
    scale = float(np.nanmax(np.abs(panel.outcome)))
    errors = usable_errors(np.sqrt(np.diag(covariance)), scale)
    g = int(panel.clusters.max()) + 1
    half = float(stats.t.ppf(0.975, g - 1)) * errors
    p = 2 * stats.t.sf(np.abs(estimates / errors), g - 1)
    table = pd.DataFrame(
        {
            "event_time": events,
            "estimate": estimates[1:],
            "std_error": errors[1:],
            "ci_low": (estimates - half)[1:],
            "ci_high": (estimates + half)[1:],
            "p_value": p[1:],
            "cells": picks.sum(axis=1),
        }
    )
    treated = np.isfinite(panel.cohort)
    found = PanelEstimate(
        estimate=float(estimates[0]),
        std_error=float(errors[0]),
        ci_low=float((estimates - half)[0]),
        ci_high=float((estimates + half)[0]),
        p_value=float(p[0]),
        n_obs=int(panel.present.sum()),
        n_units=len(panel.units),
        n_treated=int(treated.sum()),
        method="interaction-weighted event study (Sun and Abraham)",
        inference=f"95 % interval by CR1 over {g} clusters, Student's t with {g - 1} degrees of freedom",
        diagnostics=(),
        warnings=(
            *panel.warnings,
            *small_cohorts(panel),
            *few_clusters(panel),
            *([NO_NOISE] if np.isnan(errors[0]) else []),
        ),
        table=table,
        covariance=pd.DataFrame(covariance[1:, 1:], index=table.index, columns=table.index),
    )
    return withheld(found, panel)
