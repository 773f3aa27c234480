"""What a design can answer, decided before any number is computed.

Refusal codes of a single interrupted series (more designs will bring more):

| code | the design is refused because |
|---|---|
| `pre_period_short` | fewer than 8 periods before the onset, or than two full seasons where harmonics are fitted |
| `post_period_short` | fewer than 3 periods from the onset on (4 where a change of slope is asked for) |
| `too_many_parameters` | fewer than two observations for each coefficient |
| `no_variation` | the outcome never changes before the onset, or the trend fits it without any error |
| `too_many_gaps` | more than a third of the periods have no outcome |
| `break_near_onset` | a flagged break in series lies within two periods of the onset |
| `unit_root` | (known only after fitting) the noise cannot be told from a random walk |

Sources: Lopez Bernal et al. (2017), International Journal of Epidemiology 46(1) for the design; Wagner et al. (2002),
Journal of Clinical Pharmacy and Therapeutics 27(4), ask for 12 periods on either side: fewer than 12 is a warning, and
the refusals below stand where the model has nothing left to estimate its noise from.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.effects.results import Refusal
from analysis.effects.segmented import columns_of
from analysis.effects.series import Floats, OrderedSeries, ordered_series

MINIMUM_PRE = 8
MINIMUM_POST = 3
COMFORTABLE = 12
BREAK_WINDOW = 2
LARGEST_GAP_SHARE = 1 / 3


@dataclass(frozen=True, eq=False)
class SeriesDesign:
    """One treated series with a dated onset, and what the model asks of it."""

    series: OrderedSeries
    slope: bool = True
    harmonics: int = 0
    period: float | None = None


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
) -> SeriesDesign:
    """The design of `interrupted_time_series` with the same arguments; raises as `ordered_series` does."""
    return SeriesDesign(ordered_series(frame, time, outcome, onset, population), slope, harmonics, period)


def identification_gate(design: SeriesDesign) -> list[Refusal]:
    """Every reason why `design` cannot answer; an empty list where it can. Returns, never raises."""
    checks = (_pre_period, _post_period, _parameters, _variation, _gaps, _flagged_break)
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
