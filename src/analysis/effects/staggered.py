"""Staggered adoption by group-time effects: Callaway and Sant'Anna."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats
from scipy.linalg import solve_triangular

from analysis.effects import group_average
from analysis.effects.attainable import withheld
from analysis.effects.group_average import Average
from analysis.effects.group_time import (
    Cells,
    Comparisons,
    cell_frame,
    few_clusters,
    group_time_cells,
    ready_for_controls,
)
from analysis.effects.multiplier import (
    NO_NOISE,
    Bootstrap,
    by_cluster,
    draw_effects,
    interquartile_errors,
    interval_columns,
    sup_t,
    usable_errors,
)
from analysis.effects.panel import Panel, complete_units, panel_of, started_in_time
from analysis.effects.panel_checks import check_contrast
from analysis.effects.results import Diagnostic, PanelEstimate
from analysis.effects.series import Floats, check_number
from analysis.errors import UsageError

PINNED = tuple(part.name for part in dataclasses.fields(PanelEstimate))
VISIBLE = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))


@dataclass(frozen=True, eq=False, kw_only=True)
class DynamicEffects(PanelEstimate):
    """An event study in which each period before treatment is compared with the one before it.

    `one_reference` estimates it again with the last untreated period as the one reference, as `honest_did` needs it.
    """

    one_reference: Callable[[], PanelEstimate] = field(repr=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupTimeEffects(PanelEstimate):
    """All ATT(g,t); the pinned fields are those of their `simple` average.

    `table` has the columns cohort, time, event_time, base, estimate, std_error, ci_low, ci_high, p_value, band_low,
    band_high; the band covers all rows at once with 95 %. `influence` (n units x rows of the table) adds up to each
    effect's error: its cross-product is `covariance` (within clusters first, where those are given).
    """

    influence: Floats = field(repr=False)
    panel: Panel = field(repr=False)
    cells: Cells = field(repr=False)
    starts: Floats = field(repr=False)
    plan: Comparisons
    bootstrap: Bootstrap
    errors: str

    def aggregate(
        self,
        kind: str = "simple",
        *,
        balance_e: float | None = None,
        min_e: float = -np.inf,
        max_e: float = np.inf,
    ) -> PanelEstimate:
        """Average the ATT(g,t).

        Parameters
        ----------
        kind : `simple` (all treated cells, by cohort size), `group` (a cohort's periods, then cohorts by size),
            `calendar` (a period's cohorts by size, then periods alike), `dynamic` (event times; the overall figure is
            the plain mean of those from 0 on).
        balance_e : keep only cohorts seen at least this long, and event times up to it (`dynamic` only).
        min_e, max_e : event times to use; `calendar` takes none.

        Returns
        -------
        PanelEstimate whose `table` has a row for each cohort (`cohort`), period (`time`) or event time (`event_time`)
        and whose `covariance` is theirs. Cohort sizes count as estimated. Source: Callaway and Sant'Anna (2021),
        sections 3.1 and 4.2; the choices are those of `aggte` in the R package did.
        """
        for name, bound in (("min_e", min_e), ("max_e", max_e)):
            check_number(name, bound)
        terms, keys, overall = group_average.averages(self.panel, self.cells, kind, balance_e, min_e, max_e)
        errors = _Errors(self.panel, self.bootstrap, self.errors)
        covariance = errors.covariance(terms.influence)
        table = pd.concat([keys, errors.table(terms)], axis=1)
        average = dataclasses.replace(
            _pinned(self, errors, overall),
            method=f"{self.method}, {kind} average",
            table=table,
            covariance=pd.DataFrame(covariance, index=table.index, columns=table.index),
        )
        average = withheld(average, self.panel)
        if kind != "dynamic" or self.plan.base == "universal":
            return average

        def again() -> PanelEstimate:
            plan = dataclasses.replace(self.plan, base="universal")
            other = group_time_effects(self.panel, self.starts, plan, self.bootstrap, self.errors)
            return other.aggregate(kind, balance_e=balance_e, min_e=min_e, max_e=max_e)

        return DynamicEffects(**{name: getattr(average, name) for name in PINNED}, one_reference=again)


class _Errors:
    """Standard errors, tables and bands of effects with influence, by one plan."""

    def __init__(self, panel: Panel, bootstrap: Bootstrap, errors: str) -> None:
        self.panel, self.bootstrap, self.kind = panel, bootstrap, errors

    def covariance(self, influence: Floats) -> Floats:
        each = by_cluster(influence, self.panel.clusters)
        return np.asarray(each.T @ each)

    def table(self, average: Average) -> pd.DataFrame:
        each = by_cluster(average.influence, self.panel.clusters)
        scale = np.nanmax(np.abs(self.panel.outcome))
        errors = usable_errors(np.sqrt((each**2).sum(axis=0)), scale)
        wanted = self.bootstrap.draws and (self.kind == "bootstrap" or len(errors) > 1)
        draws = draw_effects(each, self.bootstrap) if wanted else np.empty((0, len(errors)))
        if len(draws) and self.kind == "bootstrap":
            ratio = usable_errors(interquartile_errors(draws))
            errors, draws = errors * ratio, draws / ratio
        critical = sup_t(draws, ~np.isnan(errors) & ~np.isnan(average.effect))
        return interval_columns(average.effect, errors, critical)


def callaway_santanna(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    cohort: str,
    *,
    controls: str = "never",
    covariates: Sequence[str] | None = None,
    method: str = "dr",
    anticipation: float = 0,
    base: str = "varying",
    weights: str | None = None,
    clusters: str | None = None,
    errors: str = "analytic",
    draws: int = 999,
    multiplier: str = "rademacher",
    seed: int = 0,
    panel: bool = True,
) -> GroupTimeEffects:
    """Average effects on each cohort in each period, from an unspoilt comparison each.

    Parameters
    ----------
    frame : one row for each unit and period. Units not seen in every period are left out, and counted, unless `panel`
        is false.
    unit, time, outcome, cohort : columns; `cohort` holds each unit's first treated time, or 0, infinity or nothing for
        units never treated. Units treated from the first period on are left out, and counted.
    controls : `never` (units never treated) or `notyet` (also those not treated yet).
    covariates : numeric columns on which trends may differ; the value at the earlier of the two periods counts.
    method : `reg` (outcome regression), `ipw` (normalised inverse probability weights) or `dr` (both, doubly robust);
        all the same without covariates.
    anticipation : periods before its cohort in which a unit may already respond, in units of `time` (dates: periods).
    base : comparison of periods before treatment: `varying` (the period before) or `universal` (the last untreated).
    weights : column of positive sampling weights.
    clusters : column of clusters that hold whole units; each unit is its own cluster without it.
    errors : `analytic` (influence functions) or `bootstrap` (interquartile range of the draws).
    draws, multiplier, seed : multiplier bootstrap of the simultaneous bands (and of `bootstrap` errors):
        `rademacher`, `mammen` or `webb`.
    panel : whether changes are those of the same units. False: repeated cross-sections or an unbalanced panel; every
        row is used, periods are compared by the means of their rows, covariates and weights are the row's own, and
        `unit` says which rows belong together (errors add up within it; a number for each row where none does). Who is
        seen must then not depend on the treatment.

    Returns
    -------
    GroupTimeEffects. Effects, errors and intervals are in the outcome's units, intervals and p-values normal; the
    diagnostic `pre-trend` holds the Wald test that all effects before treatment are zero, and says whether it had the
    power to see a violation as large as the effect.

    Raises
    ------
    UsageError : an unknown column or option. DataRejected : see `analysis.effects.panel`; also without any control.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2):200-230; conventions of the R package did
    (`panel=False` is its `panel=FALSE`, or `allow_unbalanced_panel=TRUE` where units are seen more than once).
    """
    _check(controls, ("never", "notyet"), "controls")
    _check(method, ("reg", "ipw", "dr"), "the method")
    _check(base, ("varying", "universal"), "the base period")
    _check(errors, ("analytic", "bootstrap"), "errors")
    if not isinstance(anticipation, int | float | np.integer) or anticipation < 0:
        raise UsageError("anticipation", must="zero or more", found=anticipation)
    bootstrap = Bootstrap(draws, multiplier, seed)
    if errors == "bootstrap" and not draws:
        raise UsageError("draws", must="more than zero for bootstrap errors", found=draws)
    plan = Comparisons(controls, base, anticipation, method, followed=panel)
    columns = {"cohort": cohort, "weights": weights, "clusters": clusters}
    grid = panel_of(frame, unit, time, outcome, covariates=covariates, followed=panel, **columns)
    check_contrast(grid, followed=panel)
    grid = started_in_time(complete_units(grid) if panel else _counted_rows(grid), anticipation=anticipation)
    grid, starts = ready_for_controls(grid, plan)
    check_contrast(grid, followed=panel)
    return group_time_effects(grid, starts, plan, bootstrap, errors)


def _counted_rows(panel: Panel) -> Panel:
    """The panel with a warning that says how far its rows are the same units."""
    seen = panel.present.sum(axis=1)
    whole, once = int((seen == len(panel.periods)).sum()), int((seen == 1).sum())
    sentence = (
        f"Rows are compared as repeated cross-sections: of {len(seen)} units {once} are seen once, {whole} in every "
        "period; who is seen must not depend on the treatment."
    )
    return dataclasses.replace(panel, warnings=(*panel.warnings, sentence))


def group_time_effects(
    panel: Panel, starts: Floats, plan: Comparisons, bootstrap: Bootstrap, errors: str
) -> GroupTimeEffects:
    """The result of `callaway_santanna` for a panel already checked."""
    cells = group_time_cells(panel, starts, plan)
    writer = _Errors(panel, bootstrap, errors)
    table = pd.concat([cell_frame(panel, cells), writer.table(Average(cells.effect, cells.influence))], axis=1)
    covariance = writer.covariance(cells.influence)
    overall = group_average.averages(panel, cells, "simple", None, -np.inf, np.inf)[2]
    words = "never-treated" if plan.controls == "never" else "not-yet-treated"
    adjusted = f", {plan.method} on {panel.covariates.shape[2]} covariates" if panel.covariates.shape[2] else ""
    blank = PanelEstimate(
        estimate=np.nan,
        std_error=np.nan,
        ci_low=np.nan,
        ci_high=np.nan,
        p_value=np.nan,
        n_obs=int(panel.present.sum()),
        n_units=len(panel.units),
        n_treated=int(np.isin(panel.cohort, starts).sum()),
        method=f"group-time effects (Callaway and Sant'Anna), {words} controls{adjusted}",
        inference="",
        diagnostics=(),
        warnings=(*panel.warnings, *cells.warnings, *few_clusters(panel)),
    )
    pinned, trend = _pinned(blank, writer, overall), pre_trend(panel, cells, covariance, overall)
    found = GroupTimeEffects(
        **{
            **{name: getattr(pinned, name) for name in PINNED},
            "diagnostics": (trend,),
            "details": {"pre_trend_wald": trend.statistic, "pre_trend_p": trend.p_value},
            "table": table,
            "covariance": pd.DataFrame(covariance, index=table.index, columns=table.index),
        },
        influence=cells.influence,
        panel=panel,
        cells=cells,
        starts=starts,
        plan=plan,
        bootstrap=bootstrap,
        errors=errors,
    )
    return withheld(found, panel)


def pre_trend(panel: Panel, cells: Cells, covariance: Floats, overall: Average) -> Diagnostic:
    """Wald test that every ATT(g,t) before its cohort is zero, and its power.

    The p-value given is the chi-squared one, as in the R package did (there rounded to five digits); it rejects far too
    often when the effects are many, so the answer goes by Hotelling's F.
    """
    name = "pre-trend"
    variances = np.diag(covariance)
    keep = (cells.time < cells.cohort) & ~cells.fixed & (variances > 0) & ~np.isnan(cells.effect)
    before = np.flatnonzero(keep)
    if not len(before):
        return Diagnostic(name, "cannot tell", "No period before treatment can be tested.")
    inside = covariance[np.ix_(before, before)]
    effects = cells.effect[before]
    clusters = int(panel.clusters.max()) + 1
    scale = np.sqrt(np.diag(inside))
    try:
        if len(before) >= clusters:
            raise np.linalg.LinAlgError
        lower = np.linalg.cholesky(inside / np.outer(scale, scale))
        reached = solve_triangular(lower, effects / scale, lower=True)
    except np.linalg.LinAlgError:
        sentence = f"{len(before)} effects before treatment are too many to test with {clusters} clusters."
        return Diagnostic(name, "cannot tell", sentence)
    wald = float(reached @ reached)
    q = len(before)
    p = float(stats.chi2.sf(wald, q))
    judged = float(stats.f.sf(wald * (clusters - q) / (q * (clusters - 1)), q, clusters - q))
    words = (
        f"Wald {wald:.2f} for {q} effects before treatment and {clusters} clusters, p = {judged:.3f} by Hotelling's F"
    )
    if judged < 0.05:
        return Diagnostic(name, "failed", f"Trends differed before treatment ({words}).", wald, p)
    visible = VISIBLE * float(np.median(scale))
    if visible > abs(float(overall.effect[0])):
        sentence = f"No difference in earlier trends is seen ({words}), but one as large as the effect would not be."
        return Diagnostic(name, "cannot tell", sentence, wald, p)
    sentence = f"No difference in earlier trends is seen ({words}); one as large as the effect would have been."
    return Diagnostic(name, "passed", sentence, wald, p)


def _pinned(result: PanelEstimate, writer: _Errors, overall: Average) -> PanelEstimate:
    """`result` with the overall average in its pinned fields."""
    row = writer.table(overall).iloc[0]
    kind = "multiplier bootstrap" if writer.kind == "bootstrap" else "influence functions"
    base = {name: getattr(result, name) for name in PINNED}
    pinned = {name: float(row[name]) for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value")}
    clusters = int(writer.panel.clusters.max()) + 1
    words = f"95 % normal interval, standard error by {kind} over {clusters} clusters"
    if np.isnan(pinned["std_error"]) and NO_NOISE not in result.warnings:
        base["warnings"] = (*result.warnings, NO_NOISE)
    return PanelEstimate(**{**base, **pinned, "inference": words})


def _check(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        raise UsageError(name, must=f"one of {', '.join(allowed)}", found=value)
