"""What a two-way fixed effects coefficient averages: every two-by-two comparison and its weight.

Source: Goodman-Bacon (2021), Journal of Econometrics 225(2), theorem 1; names of the comparisons as in the R package
bacondecomp.
"""

import dataclasses

import numpy as np
import pandas as pd

from analysis.effects.panel import NEVER, Panel, cohorts_of_treatment, panel_of
from analysis.effects.panel_checks import check_contrast
from analysis.effects.results import Diagnostic, PanelEstimate
from analysis.effects.series import Floats
from analysis.effects.two_way import Inference, panel_regression
from analysis.errors import DataRejected

UNTREATED = "Treated vs Untreated"
EARLIER = "Earlier vs Later Treated"
LATER = "Later vs Earlier Treated"
ALWAYS = "Later vs Always Treated"
FORBIDDEN = (LATER, ALWAYS)


def bacon_decomposition(
    frame: pd.DataFrame, unit: str, time: str, outcome: str, treatment: str, *, clusters: str | None = None
) -> PanelEstimate:
    """Decompose the two-way fixed effects coefficient of a staggered treatment.

    Parameters
    ----------
    frame : one row for each unit and period, balanced.
    unit, time, outcome, treatment : columns; `treatment` is 0 or 1 and stays 1.
    clusters : column of clusters for the coefficient's own interval (CR2).

    Returns
    -------
    PanelEstimate: the coefficient with its CR2 interval. `table` has a row for each comparison (kind, treated,
    untreated, estimate, weight; cohorts as times, empty where never treated); weights add up to 1 and the weighted
    estimates to the coefficient. `details` holds weight and mean estimate of each kind. The diagnostic says how much
    weight lies on comparisons with units treated already, which are wrong where effects change over time.

    Raises
    ------
    DataRejected : see `analysis.effects.panel`; also for an unbalanced panel.
    """
    panel = panel_of(frame, unit, time, outcome, treatment=treatment, clusters=clusters)
    check_contrast(panel)
    if not panel.present.all():
        raise DataRejected(
            "the panel",
            must="balanced for a decomposition",
            found=f"{int((~panel.present).sum())} absent unit-periods",
            mend="Leave out the units or periods that are incomplete.",
        )
    panel = cohorts_of_treatment(panel)
    rows = _comparisons(panel)
    if rows.empty:
        raise DataRejected("the panel", must="of two cohorts to compare", found="one")
    whole = panel_regression(panel, Inference("CR2", draws=0))
    kinds = rows.groupby("kind", sort=True)
    weights = kinds["weight"].sum()
    means = (rows["weight"] * rows["estimate"]).groupby(rows["kind"], sort=True).sum() / weights
    details = {f"weight: {kind}": float(value) for kind, value in weights.items()}
    details |= {f"estimate: {kind}": float(value) for kind, value in means.items()}
    return dataclasses.replace(
        whole,
        method="two-way fixed effects, decomposed (Goodman-Bacon)",
        table=rows,
        details={**whole.details, **details},
        diagnostics=(_forbidden(rows),),
    )


def _forbidden(rows: pd.DataFrame) -> Diagnostic:
    share = float(rows.loc[rows["kind"].isin(FORBIDDEN), "weight"].sum())
    sentence = f"{share:.0%} of the weight lies on comparisons with units that were treated already."
    return Diagnostic("forbidden comparisons", "passed" if share == 0 else "cannot tell", sentence, share)


def _comparisons(panel: Panel) -> pd.DataFrame:
    """All pairs of cohorts; the window of each pair is where exactly one of them changes."""
    starts = np.unique(panel.cohort)
    sizes = {g: int((panel.cohort == g).sum()) for g in starts}
    means = {g: panel.outcome[panel.cohort == g].mean(axis=0) for g in starts}
    shares = {g: float((panel.calendar >= g).mean()) for g in starts}
    first = panel.calendar[0]
    rows = []
    for treated in starts[(starts > first) & (starts < NEVER)]:
        for other in starts[starts != treated]:
            estimate = _difference(panel.calendar, means[treated], means[other], treated, other)
            weight = _weight(sizes[treated], sizes[other], shares[treated], shares[other])
            rows.append((_kind(treated, other, first), panel.label(treated), _name(panel, other), estimate, weight))
    table = pd.DataFrame(rows, columns=["kind", "treated", "untreated", "estimate", "weight"])
    table["weight"] /= table["weight"].sum()
    return table


def _kind(treated: float, other: float, first: float) -> str:
    if other == NEVER:
        return UNTREATED
    if treated < other:
        return EARLIER
    return ALWAYS if other <= first else LATER


def _name(panel: Panel, cohort: float) -> object:
    return None if cohort == NEVER else panel.label(max(cohort, panel.calendar[0]))


def _difference(calendar: Floats, treated: Floats, other: Floats, start: float, other_start: float) -> float:
    window = calendar < other_start if start < other_start else calendar >= other_start
    gap, after = treated - other, calendar >= start
    return float(gap[window & after].mean() - gap[window & ~after].mean())


def _weight(n_treated: int, n_other: int, share: float, other_share: float) -> float:
    """Unscaled weight: pair size squared times the variance of treatment within its window."""
    if share > other_share:
        return n_treated * n_other * (share - other_share) * (1 - share)
    return n_treated * n_other * share * (other_share - share)
