"""What a design can answer, decided before any number is computed.

Refusal codes of a single interrupted series (those of a comparison of clusters: `analysis.effects.panel_gate`):

| code | the design is refused because |
|---|---|
| `pre_period_short` | fewer than 8 periods before the onset, or than two full seasons where harmonics are fitted |
| `post_period_short` | fewer than 3 periods from the onset on (4 where a change of slope is asked for) |
| `too_many_parameters` | fewer than two observations for each coefficient |
| `no_variation` | the outcome never changes before the onset, or the trend fits it without any error |
| `too_many_gaps` | more than a third of the periods have no outcome |
| `break_near_onset` | a flagged break in series lies within two periods of the onset |
| `break_detected` | a break was found, by a search blind to the onset, within two periods before it |
| `anticipation` | the outcome moves between the announcement and the onset |
| `stock_recounted` | the outcome is a stock that was counted anew within two periods of the onset |
| `unit_root` | (known only after fitting) the noise cannot be told from a random walk |

Sources: Lopez Bernal et al. (2017), International Journal of Epidemiology 46(1) for the design; Wagner et al. (2002),
Journal of Clinical Pharmacy and Therapeutics 27(4), ask for 12 periods on either side: fewer than 12 is a warning, and
the refusals below stand where the model has nothing left to estimate its noise from.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.effects.panel_design import BREAK_WINDOW, STOCK, PanelDesign, stock_jumps
from analysis.effects.panel_gate import panel_refusals, recounted
from analysis.effects.results import Refusal
from analysis.effects.segmented import columns_of
from analysis.effects.series import Floats, OrderedSeries, ordered_series, position_of
from analysis.effects.series_power import announced_move
from analysis.errors import UsageError

MINIMUM_PRE = 8
MINIMUM_POST = 3
COMFORTABLE = 12
LARGEST_GAP_SHARE = 1 / 3


@dataclass(frozen=True, eq=False)
class SeriesDesign:
    """One treated series with a dated onset, and what the model asks of it.

    `kind` is the indicator's kind (`stock`, `flow`, ...); `recounts`, `detected_breaks` and `announced` are positions
    in the series.
    """

    series: OrderedSeries
    slope: bool = True
    harmonics: int = 0
    period: float | None = None
    kind: str = ""
    recounts: tuple[int, ...] = ()
    detected_breaks: tuple[int, ...] = ()
    announced: int | None = None


def series_design(
    frame: pd.DataFrame,
    time: str,
    outcome: str,
    onset: object,
    *,
    population: str | None = None,
    harmonics: int = 0,
    period: float | None = None,
    slope: bool = True,
    kind: str = "",
    reregistrations: Iterable[object] = (),
    detected_breaks: Iterable[object] = (),
    announced: object = None,
) -> SeriesDesign:
    """The design of `interrupted_time_series` with the same arguments; raises as `ordered_series` does.

    In a `stock` (the indicator's `kind`) a single-period jump near the onset counts as a recount, and so do the dates
    `reregistrations`; `detected_breaks` are dates of breaks that a search blind to the onset has found. `announced` is
    the day of the announcement: a change of level between it and the onset is looked for.
    """
    if not isinstance(slope, bool | np.bool_):
        raise UsageError("slope", must="True or False", found=slope)
    series = ordered_series(frame, time, outcome, onset, population)
    recounts = [_position(series, date) for date in reregistrations]
    if kind == STOCK:
        recounts += [int(series.position[row]) for row in stock_jumps(series.outcome)]
    found = tuple(_position(series, date) for date in detected_breaks)
    told = None if announced is None else _position(series, announced)
    return SeriesDesign(series, slope, harmonics, period, kind, tuple(sorted(set(recounts))), found, told)


def _position(series: OrderedSeries, date: object) -> int:
    """The period of `date`, counted as `series.position` is; the last one where it lies later."""
    at = position_of(series.times, series.position, date, "the times", "a date of the design")
    return min(at, int(series.position[-1]))


def identification_gate(design: SeriesDesign | PanelDesign) -> list[Refusal]:
    """Every reason why `design` cannot answer; an empty list where it can. Raises for what is no design."""
    if isinstance(design, PanelDesign):
        return panel_refusals(design)
    if not isinstance(design, SeriesDesign):
        raise UsageError("the design", must="made by series_design or panel_design", found=type(design).__name__)
    checks = (_variation, _gaps, _flagged_break, _detected_break, _anticipation, _recount)
    return calendar_refusals(design) + [refusal for check in checks if (refusal := check(design)) is not None]


def calendar_refusals(design: SeriesDesign) -> list[Refusal]:
    """The reasons that lie in the periods observed alone, whatever the outcome was."""
    checks = (_pre_period, _post_period, _parameters)
    return [refusal for check in checks if (refusal := check(design)) is not None]


def _refuse(code: str, sentence: str) -> Refusal:
    return Refusal((code,), (sentence,))


def _pre_period(design: SeriesDesign) -> Refusal | None:
    n = int((~design.series.post).sum())
    needed = MINIMUM_PRE
    if design.harmonics and design.period:
        needed = max(needed, int(np.ceil(2 * design.period)))
    if n >= needed:
        return None
    return _refuse("pre_period_short", f"Only {n} periods lie before the onset; the model needs at least {needed}.")


def _post_period(design: SeriesDesign) -> Refusal | None:
    n, needed = int(design.series.post.sum()), MINIMUM_POST + int(design.slope)
    if n >= needed:
        return None
    return _refuse("post_period_short", f"Only {n} periods lie at the onset or after it; at least {needed} are needed.")


def _parameters(design: SeriesDesign) -> Refusal | None:
    n = len(design.series.outcome)
    k = 3 + int(design.slope) + 2 * design.harmonics
    if n >= 2 * k:
        return None
    return _refuse("too_many_parameters", f"{n} observations are too few for a model of {k} coefficients.")


def _variation(design: SeriesDesign) -> Refusal | None:
    series = design.series
    pre = series.outcome[~series.post]
    if len(pre) < MINIMUM_PRE:
        return None
    if np.ptp(pre) <= 1e-12 * max(1.0, float(np.abs(pre).max())):
        return _refuse("no_variation", "The outcome never changes before the onset; its noise cannot be estimated.")
    if _residual_share(design) < 1e-18:
        return _refuse("no_variation", "The trend fits every period without error; its noise cannot be estimated.")
    return None


def _residual_share(design: SeriesDesign) -> float:
    x = columns_of(design.series, design.slope, design.harmonics, design.period).values
    y: Floats = design.series.outcome
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(residual @ residual) / float(((y - y.mean()) ** 2).sum() or 1.0)


def _gaps(design: SeriesDesign) -> Refusal | None:
    series = design.series
    gone = series.n_missing + series.n_absent
    share = gone / (gone + len(series.outcome))
    if share <= LARGEST_GAP_SHARE:
        return None
    return _refuse("too_many_gaps", f"{gone} periods ({share:.0%}) have no outcome; at most a third may be missing.")


def _flagged_break(design: SeriesDesign) -> Refusal | None:
    series = design.series
    near = series.breaks[np.abs(series.breaks - series.onset) <= BREAK_WINDOW]
    if not len(near):
        return None
    return _refuse(
        "break_near_onset",
        f"A break in series is flagged within {BREAK_WINDOW} periods of the onset; a jump there is not an effect.",
    )


def _detected_break(design: SeriesDesign) -> Refusal | None:
    """Before the onset only: a break found at it may be the effect itself."""
    if not any(-BREAK_WINDOW <= at - design.series.onset < 0 for at in design.detected_breaks):
        return None
    return _refuse("break_detected", f"A break was found in the {BREAK_WINDOW} periods before the onset.")


def _anticipation(design: SeriesDesign) -> Refusal | None:
    from scipy import stats

    if design.announced is None:
        return None
    moved = announced_move(design.series, design.announced, design.harmonics, design.period)
    if moved is None or not abs(moved[0]) > stats.t.ppf(0.975, moved[1]):
        return None
    sentence = f"The outcome already moves between the announcement and the onset (t = {moved[0]:.1f})."
    return _refuse("anticipation", sentence)


def _recount(design: SeriesDesign) -> Refusal | None:
    near = any(abs(at - design.series.onset) <= BREAK_WINDOW for at in design.recounts)
    return recounted() if near and design.kind == STOCK else None
