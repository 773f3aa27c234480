"""Regression with fixed effects and inference for few clusters; two-way fixed effects of a panel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.effects.attainable import withheld, withheld_of_rows
from analysis.effects.clustered import ClusterError, Design, Fit, cluster_errors, cr1, fit, prepare
from analysis.effects.multiplier import NO_NOISE
from analysis.effects.panel import Booleans, Panel, codes_of, column_names, panel_of, switches_off
from analysis.effects.panel_checks import check_contrast
from analysis.effects.results import Answer, Diagnostic, PanelEstimate
from analysis.effects.series import Floats, Integers, check_named, check_seed, numbers_of
from analysis.effects.wild import wild_bootstrap
from analysis.errors import DataRejected, UsageError

INFERENCES = ("CR1S", "CR1", "CR2", "CR3", "WCR")
LARGEST_DESIGN = 60_000_000
FEWEST_TREATED = 3
NOISELESS = 1e-12


class Kind(NamedTuple):
    """One row of the table: a kind of inference and what it says."""

    inference: str
    estimate: float
    std_error: float
    df: float
    t: float
    ci_low: float
    ci_high: float
    p_value: float


@dataclass(frozen=True)
class Inference:
    """The headline's kind of inference, and the plan of the wild cluster bootstrap."""

    kind: str = "CR2"
    draws: int = 9999
    multiplier: str = "rademacher"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in INFERENCES:
            raise UsageError("the inference", must=f"one of {', '.join(INFERENCES)}", found=self.kind)
        check_seed(self.seed)
        if self.kind == "WCR" and not self.draws:
            raise UsageError("draws", must="more than zero for WCR", found=self.draws)


def two_way_fixed_effects(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treatment: str,
    *,
    covariates: Sequence[str] | None = None,
    weights: str | None = None,
    clusters: str | None = None,
    inference: str = "CR2",
    draws: int = 9999,
    multiplier: str = "rademacher",
    seed: int = 0,
) -> PanelEstimate:
    """The coefficient of a treatment beside unit and period effects, with every kind of inference side by side.

    Where units start at different times and effects differ, this averages with weights that may be negative
    (`bacon_decomposition` shows them); compare with `callaway_santanna`.

    Parameters
    ----------
    frame : one row for each unit and period; rows without outcome or covariates are left out, and counted.
    unit, time, outcome, treatment : columns; `treatment` may be 0/1 or a dose.
    covariates : numeric columns; collinear ones are left out, and counted.
    weights : column of positive weights (weighted least squares).
    clusters : column of clusters that hold whole units; each unit is its own cluster without it.
    inference : which kind fills the pinned fields: `CR1S` (Stata's factor, t with G - 1 degrees of freedom; `CR1` is
        the same without counting unit effects, as R's fixest), `CR2` with Satterthwaite's degrees of freedom, `CR3`
        (jackknife, t with G - 1), `WCR` (wild cluster bootstrap under the null, interval by inversion; its `std_error`
        is that of CR1S).
    draws, multiplier, seed : of the bootstrap; `rademacher` (all sign patterns where 2^G <= draws) or `webb` (better
        below about 12 clusters). 0 draws: none.

    Returns
    -------
    PanelEstimate in the outcome's units for one unit of treatment. `table` has a row for each kind of inference, with
    its standard error, degrees of freedom, t, interval and p-value.

    Raises
    ------
    UsageError for an unknown column or option; DataRejected as `analysis.effects.panel` says, and for a treatment that
    the fixed effects explain.

    Sources: see `analysis.effects.clustered` and `analysis.effects.wild`.
    """
    plan = Inference(inference, draws, multiplier, seed)
    panel = panel_of(
        frame, unit, time, outcome, treatment=treatment, covariates=covariates, weights=weights, clusters=clusters
    )
    check_contrast(panel)
    return panel_regression(panel, plan)


def panel_regression(panel: Panel, plan: Inference) -> PanelEstimate:
    """Two-way fixed effects of a panel already checked."""
    assert panel.treatment is not None
    cells = panel.present
    unit, period = (codes.astype(np.int64) for codes in np.nonzero(cells))
    x = np.column_stack([panel.covariates[cells], panel.treatment[cells]])
    off = switches_off(panel)
    warnings = list(panel.warnings)
    if off.any():
        warnings.append(
            f"The treatment falls again in {int(off.sum())} units: the coefficient then also compares units that stop."
        )
    found = regression(
        panel.outcome[cells],
        x,
        panel.weights[cells],
        panel.clusters[unit],
        [unit, _dense(period)],
        plan,
        method="two-way fixed effects",
        n_units=len(np.unique(unit)),
        n_treated=int(((panel.treatment != 0) & cells).any(axis=1).sum()),
        warnings=warnings,
    )
    return withheld(found, panel)


def clustered_regression(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    clusters: str,
    *,
    covariates: Sequence[str] | None = None,
    factors: Sequence[str] | None = None,
    weights: str | None = None,
    inference: str = "CR2",
    draws: int = 9999,
    multiplier: str = "rademacher",
    seed: int = 0,
) -> PanelEstimate:
    """The coefficient of a treatment in any regression whose errors go together within clusters.

    `factors` are columns whose every level gets its own effect; the other arguments, the result, the errors raised and
    the sources are those of `two_way_fixed_effects`. Rows without an outcome or covariate are left out, and counted;
    `n_units` and `n_treated` count clusters. Where too few whole clusters were treated, inference is withheld.
    """
    plan = Inference(inference, draws, multiplier, seed)
    adjusted, effects = column_names(covariates), column_names(factors)
    names = [outcome, treatment, clusters, *adjusted, *effects, *([weights] if weights else [])]
    check_named(frame, names)
    numeric = [outcome, *adjusted, treatment]
    values = np.column_stack([numbers_of(frame[name], name) for name in numeric])
    whole: Booleans = np.asarray(~np.isnan(values).any(axis=1))
    if not whole.any():
        raise DataRejected("the frame", must="of at least one whole row", found=0)
    w = numbers_of(frame[weights], weights)[whole] if weights else np.ones(int(whole.sum()))
    if not (w > 0).all():
        raise DataRejected(f"the weight {weights}", must="positive in every row")
    if np.ptp(values[whole, 0]) <= NOISELESS * max(1.0, float(np.abs(values[whole, 0]).max())):
        raise DataRejected("the outcome", must="varying", found="zero variance")
    groups = _dense(codes_of(frame[clusters], clusters)[0][whole])
    levels = [_dense(codes_of(frame[name], name)[0][whole]) for name in effects]
    left_out = int((~whole).sum())
    found = regression(
        values[whole, 0],
        values[whole, 1:],
        w / w.mean(),
        groups,
        levels,
        plan,
        method="least squares",
        n_units=int(groups.max()) + 1,
        n_treated=len(np.unique(groups[values[whole, -1] > 0])),
        warnings=[f"{left_out} of {len(whole)} rows lack a value and were left out."] if left_out else [],
    )
    return withheld_of_rows(found, values[whole, -1], groups)


def regression(
    y: Floats,
    x: Floats,
    w: Floats,
    clusters: Integers,
    factors: list[Integers],
    plan: Inference,
    *,
    method: str,
    n_units: int,
    n_treated: int,
    warnings: list[str],
) -> PanelEstimate:
    """One coefficient (the last column of `x`, n x k) with every kind of inference."""
    nested = [codes for codes in factors if _is_nested(codes, clusters)]
    design = _design(y, x, w, clusters, factors)
    if design.n_clusters < 2:
        raise DataRejected("the clusters", must="two or more", found=design.n_clusters)
    result = fit(design)
    levels = max((int(codes.max()) + 1 for codes in nested), default=0)
    rows, extra = _kinds(result, plan, levels)
    if np.linalg.norm(result.residuals) <= NOISELESS * np.linalg.norm(y):
        rows, extra = [Kind(row.inference, row.estimate, *[float("nan")] * 6) for row in rows], [*extra, NO_NOISE]
    if design.dropped:
        warnings = [*warnings, f"{len(design.dropped)} covariates are collinear with the rest and were left out."]
    if n_treated < FEWEST_TREATED:
        warnings = [*warnings, f"Only {n_treated} treated: no standard error can be trusted; use randomisation."]
    chosen = next(row for row in rows if row.inference == plan.kind)
    return PanelEstimate(
        estimate=result.estimate,
        std_error=chosen.std_error,
        ci_low=chosen.ci_low,
        ci_high=chosen.ci_high,
        p_value=chosen.p_value,
        n_obs=len(y),
        n_units=n_units,
        n_treated=n_treated,
        method=f"{method}, {design.rank} coefficients",
        inference=_words(plan, chosen, design.n_clusters),
        diagnostics=(_leverage(result),),
        warnings=(*warnings, *extra),
        table=pd.DataFrame(rows),
        details={"clusters": float(design.n_clusters), "df": chosen.df, "t": chosen.t},
    )


def _design(y: Floats, x: Floats, w: Floats, clusters: Integers, factors: list[Integers]) -> Design:
    """Absorb the largest factor nested in clusters, unless CR2 under weights can have it explicit."""
    nested = [k for k, codes in enumerate(factors) if _is_nested(codes, clusters)]
    absorbed = max(nested, key=lambda k: int(factors[k].max()), default=None)
    levels = sum(int(codes.max()) + 1 for codes in factors)
    if np.ptp(w) > 1e-12 * w.max() and len(y) * (levels + x.shape[1]) <= LARGEST_DESIGN // 10:
        absorbed = None
    explicit = [codes for k, codes in enumerate(factors) if k != absorbed]
    columns = x.shape[1] + sum(int(codes.max()) for codes in explicit)
    if len(y) * columns > LARGEST_DESIGN:
        raise UsageError(
            "the regression",
            must=f"of at most {LARGEST_DESIGN} rows times columns",
            found=len(y) * columns,
            mend="Choose clusters that hold whole units, or collapse the rows first.",
        )
    return prepare(y, x, w, clusters, None if absorbed is None else factors[absorbed], explicit)


def _is_nested(codes: Integers, clusters: Integers) -> bool:
    each = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    each[codes] = clusters
    return bool((each[codes] == clusters).all())


def _kinds(result: Fit, plan: Inference, levels: int) -> tuple[list[Kind], list[str]]:
    """All rows of the table; `CR1` does not count the levels of a factor nested in clusters (fixest's default)."""
    errors = cluster_errors(result)
    uncounted = result.design.rank - levels + 1 if levels else result.design.rank
    lenient = float(np.sqrt(cr1(result, rank=uncounted)[-1, -1]))
    errors["CR1"] = ClusterError("CR1", lenient, result.design.n_clusters - 1)
    rows = [
        Kind(name, result.estimate, error.std_error, error.df, *error.interval(result.estimate))
        for name, error in errors.items()
    ]
    warnings: list[str] = []
    if np.isnan(rows[1].std_error):
        warnings.append("CR2 under unequal weights needs a smaller panel; it is empty, use CR3 or WCR.")
    if not plan.draws:
        return rows, warnings
    wild = wild_bootstrap(result, plan.draws, plan.multiplier, plan.seed)
    plain = rows[0]
    rows.append(Kind("WCR", plain.estimate, plain.std_error, float("nan"), plain.t, *wild.interval(), wild.p_value()))
    if wild.exact and 2 / wild.draws > 0.05:
        warnings.append(
            f"With {result.design.n_clusters} clusters the bootstrap's smallest p-value is {2 / wild.draws:.3g}: "
            "it cannot reject at 5 %."
        )
    return rows, warnings


def _words(plan: Inference, chosen: Kind, clusters: int) -> str:
    if plan.kind == "WCR":
        return (
            f"95 % interval by inverting the restricted wild cluster bootstrap ({plan.multiplier}, {plan.draws} draws, "
            f"{clusters} clusters)"
        )
    return f"95 % interval by {plan.kind} over {clusters} clusters, Student's t with {chosen.df:.1f} degrees of freedom"


def _leverage(result: Fit) -> Diagnostic:
    """Whether one cluster carries the coefficient (MacKinnon, Nielsen and Webb 2023: partial leverage)."""
    shares = result.design.sums((result.own_variation**2)[:, None])[:, 0]
    largest = float(shares.max() / shares.sum())
    fair = 1 / result.design.n_clusters
    answer: Answer = "failed" if largest > 0.5 else "passed"
    sentence = f"One cluster carries {largest:.0%} of the treatment's variation (an even share: {fair:.0%})."
    return Diagnostic("leverage", answer, sentence, largest)


def _dense(codes: Integers) -> Integers:
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)
