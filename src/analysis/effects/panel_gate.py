"""What a comparison of clusters can answer, decided before its effect is computed.

| code | inference is refused because |
|---|---|
| `no_contrast` | there is no treated or no untreated cluster, or nothing before or after the onset |
| `pre_period_short` | fewer than 8 periods before the onset (3 where 20 clusters or more are compared) |
| `minimum_p_too_large` | no reassignment of clusters can give a p-value of 5 %: 3 regions or 10 provinces, 1 treated |
| `effect_too_small_to_see` | the smallest detectable effect exceeds the size that matters |
| `no_variation` | the clusters differ by constants and common shocks alone; their noise cannot be estimated |
| `unit_root` | the noise correlates by 0.98 or more from one period to the next |
| `not_converged` | the model behind the design did not converge |
| `no_overlap` | the treated lie outside the range of the controls in every period before the onset |
| `anticipation` | the outcome moves between the announcement and the onset |
| `break_near_onset` | a flagged break lies within two periods of the onset in a treated unit |
| `break_detected` | a break was found, by a search blind to the onset, within two periods before it |
| `stock_recounted` | the outcome is a stock that was counted anew within two periods of the onset |

A refusal here leaves the descriptive contrast standing, to be labelled as such.
"""

from analysis.effects.panel_design import BREAK_WINDOW, STOCK, PanelDesign
from analysis.effects.results import Refusal

BOUNDARY = 0.98
MINIMUM_PRE_FEW, MINIMUM_PRE_MANY, MANY_CLUSTERS = 8, 3, 20
TIE = 1e-9


def panel_refusals(design: PanelDesign) -> list[Refusal]:
    """Every reason why `design` cannot answer; an empty list where it can."""
    if not design.has_contrast:
        return [
            _refuse(
                "no_contrast",
                f"{design.n_treated} of {design.n_clusters} clusters treated, {design.n_pre} periods before and "
                f"{design.n_post} from the onset on: nothing to compare.",
            )
        ]
    checks = (
        _pre_period,
        _minimum_p,
        _minimum_effect,
        _variation,
        _boundary,
        _convergence,
        _overlap,
        _anticipation,
        _flagged_break,
        _detected_break,
        _recount,
    )
    return [refusal for check in checks if (refusal := check(design)) is not None]


def _refuse(code: str, sentence: str) -> Refusal:
    return Refusal((code,), (sentence,))


def _pre_period(design: PanelDesign) -> Refusal | None:
    needed = MINIMUM_PRE_MANY if design.n_clusters >= MANY_CLUSTERS else MINIMUM_PRE_FEW
    if design.n_pre >= needed:
        return None
    sentence = (
        f"Only {design.n_pre} periods lie before the onset; {needed} are needed with {design.n_clusters} clusters."
    )
    return _refuse("pre_period_short", sentence)


def _minimum_p(design: PanelDesign) -> Refusal | None:
    if design.minimum_p <= design.alpha * (1 + TIE):
        return None
    return _refuse(
        "minimum_p_too_large",
        f"With {design.n_treated} of {design.n_clusters} clusters treated the smallest attainable p is "
        f"{design.minimum_p:.3g}, above {design.alpha:g}.",
    )


def _minimum_effect(design: PanelDesign) -> Refusal | None:
    smallest = design.minimum_effect
    if design.matters is None or not smallest > abs(design.matters):
        return None
    return _refuse(
        "effect_too_small_to_see",
        f"An effect must reach {smallest:.3g} to be seen with {design.power:.0%} power; one of {design.matters:.3g} "
        "would matter and be missed.",
    )


def _variation(design: PanelDesign) -> Refusal | None:
    if design.std_dev == 0:
        return _refuse("no_variation", "The clusters leave no noise before the onset; it cannot be estimated.")
    return None


def _boundary(design: PanelDesign) -> Refusal | None:
    if design.phi >= BOUNDARY:
        return _refuse("unit_root", f"The noise correlates by {design.phi:.3f}, which a random walk would do too.")
    return None


def _convergence(design: PanelDesign) -> Refusal | None:
    return (
        None if design.converged else _refuse("not_converged", "The model did not converge; its figures mean nothing.")
    )


def _overlap(design: PanelDesign) -> Refusal | None:
    if design.overlap > 0:
        return None
    return _refuse(
        "no_overlap",
        "Before the onset the treated lie outside the range of the controls in every period: compare rates.",
    )


def _anticipation(design: PanelDesign) -> Refusal | None:
    from scipy import stats

    degrees = max(design.n_clusters - 2, 1)
    if not abs(design.anticipation_t) > stats.t.ppf(0.975, degrees):
        return None
    return _refuse(
        "anticipation",
        f"The outcome already moves in the {design.announced} periods between the announcement and the onset "
        f"(t = {design.anticipation_t:.1f}).",
    )


def _flagged_break(design: PanelDesign) -> Refusal | None:
    if not any(abs(at) <= BREAK_WINDOW for at in design.breaks):
        return None
    return _refuse("break_near_onset", f"A break in series is flagged within {BREAK_WINDOW} periods of the onset.")


def _detected_break(design: PanelDesign) -> Refusal | None:
    """Before the onset only: a break found at it may be the effect itself."""
    if not any(-BREAK_WINDOW <= at < 0 for at in design.detected_breaks):
        return None
    return _refuse("break_detected", f"A break was found in the {BREAK_WINDOW} periods before the onset.")


def _recount(design: PanelDesign) -> Refusal | None:
    if design.kind != STOCK or not any(abs(at) <= BREAK_WINDOW for at in design.reregistrations):
        return None
    return recounted()


def recounted() -> Refusal:
    """The refusal for a stock that was counted anew near the onset."""
    return _refuse(
        "stock_recounted",
        f"The outcome is a stock that jumps within {BREAK_WINDOW} periods of the onset as a recount does; people who "
        "did not register again are no effect.",
    )
