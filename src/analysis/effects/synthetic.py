"""Synthetic control and synthetic difference in differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.effects import placebos as check
from analysis.effects.panel import column_names
from analysis.effects.randomization import minimum_attainable_p
from analysis.effects.results import Diagnostic, Estimate, Refusal
from analysis.effects.series import check_number, check_seed
from analysis.effects.simplex import SOLVERS, effective_number
from analysis.effects.synthetic_weights import TINY, WeightedContrast, WeightRule, contrast, fixed_contrast
from analysis.effects.treated_block import TreatedBlock, treated_block
from analysis.errors import UsageError

STANDARD_ERRORS = ("placebo", "jackknife", "none")
LEVEL = 0.05
POOR_FIT = 0.5  # of the controls' own period-to-period noise, and more


@dataclass(frozen=True, eq=False)
class SyntheticEstimate(Estimate):
    """The effect on the treated, averaged over the periods from the onset on, in the outcome's units.

    `refusals` is empty, or says why inference is withheld: then `ci_low`, `ci_high` and `p_value` are NaN and the
    estimate is a description. `unit_weights` (by control, sum 1) and `time_weights` (by period before the onset; all 0
    where levels are compared) make the contrast. `observed` and `synthetic` are paths by period. `in_space`, `in_time`
    and `leave_one_out` are the placebo tables of `analysis.effects.placebos`. `details` holds figures by name:
    effective_donors, effective_periods, rmspe_pre, rmspe_post, noise_level, relative (share of the synthetic mean),
    minimum_p, and placebo_p of `synthetic_did`.
    """

    unit_weights: pd.Series
    time_weights: pd.Series
    observed: pd.Series
    synthetic: pd.Series
    in_space: pd.DataFrame
    in_time: pd.DataFrame
    leave_one_out: pd.DataFrame
    refusals: tuple[Refusal, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)
    unit: str = "outcome"
    null: float = 0.0

    @property
    def supported(self) -> bool:
        """Whether inference is given at all."""
        return not self.refusals

    @property
    def excludes_null(self) -> bool:
        """Whether the 95 % interval excludes "no effect"; False where inference is refused or there is no interval."""
        return self.supported and (self.ci_low > self.null or self.ci_high < self.null)


def synthetic_control(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: object,
    onset: object = None,
    *,
    intercept: bool = False,
    solver: str = "frank_wolfe",
    placebos: bool = True,
    placebo_onsets: object = None,
    predictors: Sequence[str] | Mapping[str, float] | None = None,
) -> SyntheticEstimate:
    """Compare the treated with a weighted mean of controls that follows it before the onset.

    Parameters
    ----------
    frame : long panel, one row a unit and period; see `analysis.effects.treated_block.treated_block` for what is
        checked, counted and raised.
    unit, time, outcome : columns.
    treated : a unit, several units (their mean is compared), or a 0/1 column.
    onset : the first treated period; may be left out where `treated` is a column.
    intercept : allow a constant difference of level (Doudchenko and Imbens 2016; Ferman and Pinto 2021).
    solver : `frank_wolfe` stops where the R package synthdid's `sc_estimate` stops and so gives its digits; `exact`
        gives the optimum itself, which can lie a little off (California: -19.51 and not -19.62).
    placebos : whether to run placebos in space, in time and without one donor.
    placebo_onsets : dates before the onset to put the onset at; the middle of the earlier periods where left out.
    predictors : numeric columns (the outcome may be one) on whose means before the onset the weights then rest alone,
        by the exact optimum; each counts in its standard deviations among units, alike or by the importance given. How
        the synthetic unit follows the outcome before the onset is then a check, and not what was fitted. Where many
        weights meet the predictors alike, the most even ones are taken (ridge of 1e-6).

    Returns
    -------
    SyntheticEstimate. The p-value is the rank of the treated unit's ratio of RMSPE (after / before) among all units;
    the smallest that can be had is 1 / (controls + 1). Below 19 controls it cannot reach 5 % and inference is withheld
    (`too_few_donors`). The interval holds the constant effects that this test does not reject; like the placebos it
    rests on the exact optimum. `std_error` is the
    standard deviation of the placebo effects.

    Sources: Abadie, Diamond and Hainmueller (2010), JASA 105(490):493-505; Arkhangelsky et al. (2021), American
    Economic Review 111(12):4088-4118 (ridge of 1e-6 of the noise); Firpo and Possebom (2018) for the interval.
    Without predictors, weights rest on the outcomes before the onset alone. The first paper's search for the importance
    of predictors has many local optima, so its published numbers depend on the start and the optimiser; it is left out
    on purpose, and importance is given before results are seen.
    """
    _check_choice("the solver", solver, SOLVERS)
    importance = _importance(predictors)
    solver = "exact" if importance else solver
    block = treated_block(frame, unit, time, outcome, treated, onset, importance)
    rule = WeightRule(
        TINY,
        unit_intercept=intercept,
        time_weights="equal" if intercept else "none",
        solver=solver,
        importance=tuple(importance.values()),
    )
    fitted = contrast(block, rule)
    tables = _tables(block, rule, fitted, placebos, placebo_onsets)
    low = high = p = error = float("nan")
    if placebos and block.n_treated == 1:
        others = tables[0].iloc[1:]
        gap = contrast(block, replace(rule, solver="exact")).gap(block, intercept)
        p = check.rank_p_value(tables[0])
        error = float(others["estimate"].std(ddof=0)) if len(others) else float("nan")
        low, high = check.constant_effect_interval(gap, block.n_pre, others["ratio"].to_numpy(dtype=float))
    smallest = 1 / (block.n_controls + 1)
    words = f"rank of the RMSPE ratio among {block.n_controls + 1} units; smallest attainable p {smallest:.3g}"
    if block.n_treated > 1:
        words = "no p-value: placebos in space are defined for one treated unit"
    name = "synthetic control" + (", difference of level allowed" if intercept else "")
    name += f" by {', '.join(importance)}" if importance else ""
    return _result(block, rule, fitted, tables, (error, low, high, p), f"{name} ({solver} weights)", words)


def synthetic_did(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: object,
    onset: object = None,
    *,
    std_error: str = "placebo",
    solver: str = "frank_wolfe",
    draws: int = 200,
    seed: int = 0,
    placebos: bool = True,
    placebo_onsets: object = None,
) -> SyntheticEstimate:
    """Difference in differences between weighted units and weighted periods.

    Arguments as in `synthetic_control`, and:

    std_error : `placebo` (effects of controls put in the place of the treated; all of them where there are at most
        `draws`, else `draws` seeded choices), `jackknife` (needs two treated units; weights kept), or `none`.

    Unit weights are penalised by zeta = (treated x periods after)^(1/4) times the noise level (standard deviation of
    the controls' first differences before the onset), period weights by 1e-6 of it; both allow an intercept. Interval
    and p-value are normal, as published, but with placebos the p-value is never below 1 / (placebos + 1), the smallest
    that so many can show; `details` has `placebo_p`, the rank of the effect among them. Inference is withheld where
    the standard error comes from fewer than 19 placebos (`too_few_donors`).

    Source: Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111(12):4088-4118.
    """
    _check_choice("the solver", solver, SOLVERS)
    _check_choice("std_error", std_error, STANDARD_ERRORS)
    check_seed(seed)
    if std_error == "placebo" and draws < 1:
        raise UsageError("draws", must="1 or more", found=draws)
    block = treated_block(frame, unit, time, outcome, treated, onset)
    if std_error == "jackknife" and block.n_treated < 2:
        raise UsageError("std_error jackknife", must="used with two treated units or more", mend="Use placebo.")
    rule = WeightRule((block.n_treated * block.n_post) ** 0.25, solver=solver)
    fitted = contrast(block, rule)
    tables = _tables(block, rule, fitted, placebos, placebo_onsets)
    error, words, ranked = float("nan"), "no standard error asked for", {}
    if std_error == "placebo":
        known = tables[0]["estimate"].to_numpy(dtype=float)[1:] if placebos and block.n_treated == 1 else None
        effects = check.placebo_effects(block, rule, draws, seed) if known is None else known
        error = float(effects.std(ddof=0)) if len(effects) > 1 else float("nan")
        ranked = {"placebo_p": check.placebo_p_value(fitted.estimate, effects)}
        words = (
            f"normal interval, standard deviation of {len(effects)} placebo effects; "
            f"p at least {1 / (len(effects) + 1):.3g}, the smallest that so many can show"
        )
    elif std_error == "jackknife":
        error, words = _jackknife(block, fitted), "normal interval, jackknife over units with weights kept"
    low, high, p = _normal(fitted.estimate, error)
    p = float(np.maximum(p, 1 / (len(effects) + 1))) if ranked else p
    name = f"synthetic difference in differences ({solver} weights)"
    return _result(block, rule, fitted, tables, (error, low, high, p), name, words, ranked)


def _check_choice(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(what, must=f"one of {', '.join(allowed)}", found=value)


def _importance(predictors: Sequence[str] | Mapping[str, float] | None) -> dict[str, float]:
    """The importance of each predictor, 1 where none is given."""
    named = predictors if isinstance(predictors, Mapping) else dict.fromkeys(column_names(predictors), 1.0)
    for name, share in named.items():
        check_number(f"the importance of {name}", share, must="a positive number")
        if not 0 < share < float("inf"):
            raise UsageError(f"the importance of {name}", must="a positive number", found=share)
    return dict(named)


def _normal(estimate: float, error: float) -> tuple[float, float, float]:
    from scipy import stats

    if not error > 0:
        return float("nan"), float("nan"), float("nan")
    half = float(stats.norm.ppf(0.975)) * error
    return estimate - half, estimate + half, 2 * float(stats.norm.sf(abs(estimate) / error))


def _jackknife(block: TreatedBlock, fitted: WeightedContrast) -> float:
    """Algorithm 3 of the paper: leave each unit out, weights renormalised and not fitted again."""
    n0, n = block.n_controls, len(block.units)
    if (fitted.units > 0).sum() < 2:
        return float("nan")
    values = []
    for row in range(n):
        weights = fitted.units if row >= n0 else np.delete(fitted.units, row)
        keep = np.arange(n) != row
        smaller = TreatedBlock(
            block.outcomes[keep], block.units[keep], block.times, block.position, n0 - int(row < n0), block.n_pre
        )
        values.append(fixed_contrast(smaller, weights / weights.sum(), fitted.times))
    return float(np.sqrt((n - 1) * np.var(values)))


Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def _tables(block: TreatedBlock, rule: WeightRule, fitted: WeightedContrast, wanted: bool, onsets: object) -> Tables:
    if not wanted:
        return pd.DataFrame(columns=check.COLUMNS), pd.DataFrame(), pd.DataFrame()
    return (
        check.in_space(block, rule),
        check.in_time(block, rule, onsets),
        check.leave_one_out(block, rule, fitted.units),
    )


def _result(
    block: TreatedBlock,
    rule: WeightRule,
    fitted: WeightedContrast,
    tables: Tables,
    uncertainty: tuple[float, float, float, float],
    method: str,
    inference: str,
    more: Mapping[str, float] | None = None,
) -> SyntheticEstimate:
    error, low, high, p = uncertainty
    refusals = _refusals(block)
    if refusals:
        low = high = p = float("nan")
        inference = f"withheld: {refusals[0].codes[0]}"
    synthetic = block.treated_mean - fitted.gap(block, rule.unit_intercept)
    details = {**_details(block, rule, fitted, float(synthetic[block.n_pre :].mean())), **(more or {})}
    diagnostics = _diagnostics(block, fitted, tables, details)
    failed = tuple(one.sentence for one in diagnostics if one.answer == "failed")
    return SyntheticEstimate(
        fitted.estimate,
        error,
        low,
        high,
        p,
        n_obs=block.outcomes.size,
        n_units=len(block.units),
        n_treated=block.n_treated,
        method=method,
        inference=inference,
        diagnostics=diagnostics,
        warnings=block.warnings + failed,
        unit_weights=pd.Series(fitted.units, index=block.units[: block.n_controls], name="weight"),
        time_weights=pd.Series(fitted.times, index=block.times[: block.n_pre], name="weight"),
        observed=pd.Series(block.treated_mean, index=block.times, name="observed"),
        synthetic=pd.Series(synthetic, index=block.times, name="synthetic"),
        in_space=tables[0],
        in_time=tables[1],
        leave_one_out=tables[2],
        refusals=refusals,
        details=details,
    )


def _details(block: TreatedBlock, rule: WeightRule, fitted: WeightedContrast, level: float) -> dict[str, float]:
    before, after = check.fit_errors(block, fitted, rule)
    return {
        "effective_donors": effective_number(fitted.units),
        "effective_periods": effective_number(fitted.times) if fitted.times.any() else float("nan"),
        "rmspe_pre": before,
        "rmspe_post": after,
        "noise_level": fitted.noise_level,
        "relative": fitted.estimate / level if level else float("nan"),
        "minimum_p": minimum_attainable_p(len(block.units), block.n_treated),
    }


def _refusals(block: TreatedBlock) -> tuple[Refusal, ...]:
    smallest = minimum_attainable_p(len(block.units), block.n_treated)
    if smallest <= LEVEL * (1 + 1e-9):
        return ()
    sentence = (
        f"With {block.n_controls} controls and {block.n_treated} treated the smallest attainable p is {smallest:.3g}: "
        "the contrast is a description."
    )
    return (Refusal(("too_few_donors",), (sentence,)),)


def _diagnostics(
    block: TreatedBlock, fitted: WeightedContrast, tables: Tables, details: Mapping[str, float]
) -> tuple[Diagnostic, ...]:
    found = [_fit_diagnostic(details)]
    space, time, left_out = tables
    if len(time) and len(space) > 1:
        found.append(_in_time_diagnostic(time, space))
    if len(left_out):
        found.append(_leave_one_out_diagnostic(fitted.estimate, left_out))
    return tuple(found)


def _fit_diagnostic(details: Mapping[str, float]) -> Diagnostic:
    name, before, noise = "fit before the onset", details["rmspe_pre"], details["noise_level"]
    words = f"root mean square gap {before:.3g}, the controls' period-to-period noise {noise:.3g}"
    if before > noise:
        return Diagnostic(name, "failed", f"The synthetic unit does not follow the treated one ({words}).", before)
    if before > POOR_FIT * noise:
        return Diagnostic(name, "cannot tell", f"The fit before the onset is only fair ({words}).", before)
    return Diagnostic(name, "passed", f"The synthetic unit follows the treated one ({words}).", before)


def _in_time_diagnostic(time: pd.DataFrame, space: pd.DataFrame) -> Diagnostic:
    """An effect at a false date, judged against the spread of the effects of untreated units."""
    name, spread = "placebo in time", float(space["estimate"].iloc[1:].std(ddof=0))
    row = time.iloc[int(time["estimate"].abs().to_numpy().argmax())]
    value, when = float(row["estimate"]), row["onset"]
    date = when.date().isoformat() if hasattr(when, "date") else when
    words = f"{value:.4g} at {date}; untreated units scatter by {spread:.3g}"
    said = {
        "failed": f"A change is found where none can be ({words}).",
        "cannot tell": f"A doubtful change is found where none can be ({words}).",
        "passed": f"Nothing is found at a false date ({words}).",
    }
    answer = check.false_date_answer(value, spread)
    return Diagnostic(name, answer, said[answer], value)


def _leave_one_out_diagnostic(estimate: float, table: pd.DataFrame) -> Diagnostic:
    low, high = float(table["estimate"].min()), float(table["estimate"].max())
    words = f"{low:.4g} to {high:.4g} without one of {len(table)} donors"
    if low <= 0 <= high:
        return Diagnostic("leave one out", "failed", f"The sign rests on a single donor ({words}).", high - low)
    if high - low > abs(estimate):
        return Diagnostic("leave one out", "cannot tell", f"The size rests on single donors ({words}).", high - low)
    return Diagnostic("leave one out", "passed", f"No single donor makes the estimate ({words}).", high - low)
