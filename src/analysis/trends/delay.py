"""Reporting delay: what late reports will add to the figures known so far, from how past periods filled up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.intervals import Floats
from analysis.trends.periods import ordinals, require

SHAPE = "filled from the left, the first period in full, none fuller than the one above"


@dataclass(frozen=True, eq=False)
class Nowcast:
    """`periods`: one row a reference period. `development`: one row a delay. `expected`, `error`: of all periods' sum.

    `expected` is what is still to come over all periods, `error` its Mack standard error, in the units of the triangle.
    """

    periods: pd.DataFrame
    development: pd.DataFrame
    expected: float
    error: float


def nowcast(triangle: pd.DataFrame, *, level: float = 0.95) -> Nowcast:
    """Chain ladder: each period's final figure from what is known of it, with Mack's distribution-free errors.

    Parameters
    ----------
    triangle : periods (rows, rising) x delays (columns, rising); what was known of a period after a delay, cumulative.
        NaN where it is not known yet: filled from the left, the first period in full, none fuller than the one above.
    level : of the intervals.

    Returns
    -------
    Nowcast. `periods`: `period`, `known`, `delay` (the last known one), `nowcast`, `low`, `high` (log-normal with the
    mean and error; normal where the nowcast is not positive), `expected` (nowcast - known), `error` (Mack's standard
    error) in the triangle's units. `development`: `delay`, `factor` (to the next delay), `sigma2` and `completeness`
    (the share of the final figure known at that delay). The last delay counts as final: no tail is guessed.

    Notes
    -----
    Revisions downward are as good as upward ones (factors under 1). The variance of the last factor is Mack's
    min(s[-2]^4 / s[-3]^2, s[-3]^2, s[-2]^2).

    Raises
    ------
    DataRejected for a triangle of another shape, under 3 delays, or with a delay at which nothing was known.

    Source: Mack (1993), ASTIN Bulletin 23 (formulas 7 and 9); Mack (1999), ASTIN Bulletin 29 (recursion).
    """
    if not 0 < level < 1:
        raise UsageError("level", must="between 0 and 1", found=level)
    values = triangle.to_numpy(dtype=float)
    last = _last_known(values, triangle.index)
    factors, sigma2, weights = _factors(values)
    full, error2 = values.copy(), np.zeros(values.shape)
    for k, factor in enumerate(factors):
        later = last <= k
        full[later, k + 1] = full[later, k] * factor
        estimation = full[later, k] ** 2 * sigma2[k] / weights[k]
        error2[later, k + 1] = error2[later, k] * factor**2 + full[later, k] * sigma2[k] + estimation
    known, ultimate, errors = values[np.arange(len(values)), last], full[:, -1], np.sqrt(error2[:, -1])
    low, high = _band(ultimate, errors, level)
    periods = pd.DataFrame(
        {
            "period": triangle.index,
            "known": known,
            "delay": triangle.columns.to_numpy()[last],
            "nowcast": ultimate,
            "low": low,
            "high": high,
            "expected": ultimate - known,
            "error": errors,
        }
    )
    completeness = 1 / np.r_[np.cumprod(factors[::-1])[::-1], 1.0]
    padded = {"factor": np.r_[factors, np.nan], "sigma2": np.r_[sigma2, np.nan], "completeness": completeness}
    development = pd.DataFrame({"delay": triangle.columns, **padded})
    return Nowcast(
        periods, development, float(np.sum(ultimate - known)), _of_the_sum(full, last, factors, sigma2, weights)
    )


def revision_triangle(
    observations: pd.DataFrame,
    *,
    delays: Sequence[int] | None = None,
    period: str = "period",
    as_of: str = "as_of",
    value: str = "value",
    unit: str = "day",
) -> pd.DataFrame:
    """What was known of each period after each delay, from all vintages of one series.

    Parameters
    ----------
    observations : rows of one series (store's history): reference `period`, `as_of` (dates) and `value`.
    delays : rising, in `unit`s (`day` or `month`) after the period; default: all that occur, one a delay.

    Returns
    -------
    Periods x delays with the last value known by then: NaN before a period's first report and from the delays that the
    latest `as_of` has not reached. A value stays until it is revised.
    """
    if unit not in ("day", "month"):
        raise UsageError("unit", must="day or month", found=unit)
    require(observations, [period, as_of, value])
    for name in (period, as_of):
        if not pd.api.types.is_datetime64_any_dtype(observations[name]) or observations[name].isna().any():
            raise DataRejected(f"column {name!r}", must="dates, filled in every row")
    twice = observations[observations.duplicated([period, as_of])]
    if len(twice):
        row = twice.iloc[0]
        raise DataRejected(
            f"period {row[period]:%Y-%m-%d} has two values known on {row[as_of]:%Y-%m-%d}", mend="Take one series."
        )
    if observations.empty:
        raise DataRejected("the history", must="at least one observation", found=0)
    units = pd.Series(unit, index=observations.index)
    at, known = ordinals(observations[period], units), ordinals(observations[as_of], units)
    table = pd.DataFrame({"period": observations[period], "delay": known - at, "as_of": observations[as_of]})
    table["value"] = observations[value].astype(float)
    if (table["delay"] < 0).any():
        early = observations[table["delay"] < 0].iloc[0]
        must, found = f"on or after its period {early[period]:%Y-%m-%d}", f"{early[as_of]:%Y-%m-%d}"
        raise DataRejected("as_of", must=must, found=found)
    asked = sorted(set(table["delay"])) if delays is None else list(delays)
    if not asked or asked != sorted(set(asked)):
        raise UsageError("delays", must="rising whole numbers", found=asked)
    last = table.sort_values("as_of").drop_duplicates(["period", "delay"], keep="last")
    wide = last.pivot(index="period", columns="delay", values="value")
    wide = wide.reindex(columns=sorted({*wide.columns, *asked})).ffill(axis=1)[asked]
    starts = pd.Series(wide.index, index=wide.index)
    reached = int(known.max()) - ordinals(starts, pd.Series(unit, index=wide.index))
    return wide.where(np.asarray(asked)[None, :] <= reached[:, None]).sort_index()


def _last_known(values: Floats, labels: pd.Index) -> npt.NDArray[np.int64]:
    """Column of the last known value in each row, once the triangle's shape is sound."""
    if values.ndim != 2 or values.shape[1] < 3 or values.shape[0] < 2:
        raise DataRejected("the triangle", must="2 or more periods x 3 or more delays", found=values.shape)
    if np.isinf(values).any() or (values < 0).any():
        raise DataRejected("the triangle", must="finite and not negative")
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    ragged = (count == 0) | (known != (np.arange(values.shape[1]) < count[:, None])).any(axis=1)
    ragged |= np.r_[count[0] < values.shape[1], np.diff(count) > 0]
    if ragged.any():
        where = f"period {labels[int(np.argmax(ragged))]}"
        raise DataRejected("the triangle", must=SHAPE, where=where)
    if (np.where(known, values, 0.0).sum(axis=0) == 0).any():
        raise DataRejected("the triangle", must="above zero somewhere at every delay")
    last: npt.NDArray[np.int64] = (count - 1).astype(np.int64)
    return last


def _factors(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Development factors, their variances, and the sums that weigh them."""
    count = values.shape[1] - 1
    factors, sigma2, weights = np.zeros(count), np.full(count, np.nan), np.zeros(count)
    for k in range(count):
        pair = ~np.isnan(values[:, k + 1])
        before, after = values[pair, k], values[pair, k + 1]
        weights[k] = before.sum()
        if weights[k] == 0:
            raise DataRejected("the triangle", must="above zero somewhere at every delay")
        factors[k] = after.sum() / weights[k]
        used = before > 0
        if used.sum() > 1:
            deviations = before[used] * (after[used] / before[used] - factors[k]) ** 2
            sigma2[k] = deviations.sum() / (used.sum() - 1)
    for k in np.flatnonzero(np.isnan(sigma2)).tolist():
        near = sigma2[max(k - 2, 0) : k]
        if len(near) < 2 or np.isnan(near).any():
            raise DataRejected("the triangle", must="2 or more periods at each of its first delays")
        sigma2[k] = min(near[1] ** 2 / near[0] if near[0] > 0 else 0.0, near[0], near[1])
    return factors, sigma2, weights


def _of_the_sum(full: Floats, last: npt.NDArray[np.int64], factors: Floats, sigma2: Floats, weights: Floats) -> float:
    """Standard error of the sum: periods share their factors, so the factors' errors add up within a delay."""
    error2 = 0.0
    for k, factor in enumerate(factors):
        later = full[last <= k, k].sum()
        error2 = error2 * factor**2 + later * sigma2[k] + later**2 * sigma2[k] / weights[k]
    return float(np.sqrt(error2))


def _band(mean: Floats, error: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy import stats

    z = float(stats.norm.ppf(0.5 + level / 2))
    positive = mean > 0
    spread = np.sqrt(np.log1p((error / np.where(positive, mean, 1.0)) ** 2))
    middle = np.where(positive, mean, 1.0) * np.exp(-(spread**2) / 2)
    low = np.where(positive, middle * np.exp(-z * spread), mean - z * error)
    high = np.where(positive, middle * np.exp(z * spread), mean + z * error)
    return low, high
