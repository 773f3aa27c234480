"""A panel made ready for an estimator: one array of units by periods, every handling of bad input an error or a count.

| input | what happens |
|---|---|
| a column is absent | UsageError |
| duplicate or empty unit and time, text or infinite numbers, text dates, dates on no calendar | DataRejected |
| cohort, cluster that changes within a unit; cohort 0 where 0 is a later period | DataRejected |
| a single period, no unit treated, every unit treated at once, an outcome that never varies | DataRejected |
| treatment that switches off | DataRejected; a counted warning in `two_way_fixed_effects`, whose coefficient exists |
| missing outcome, covariate, or row | absent and counted; estimators that need whole units count those they leave out |
| every unit seen once (repeated cross-sections) | DataRejected; `callaway_santanna(..., panel=False)` takes them |
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.effects.series import Floats, Integers, check_named, numbers_of, ordered_series
from analysis.errors import DataRejected, UsageError

Booleans = npt.NDArray[np.bool_]
NEVER = float("inf")


@dataclass(frozen=True, eq=False)
class Panel:
    """Units by periods. `calendar` numbers the periods; event time is the calendar number less the unit's `cohort`.

    `outcome`, `weights` (n x T) and `covariates` (n x T x k) are NaN in absent cells. `cohort` (n) is in calendar
    numbers, infinite for units never treated; `treatment` (n x T) is given where a treatment column was. `clusters`
    (n) numbers each unit's cluster.
    """

    units: pd.Index
    periods: pd.Index
    calendar: Floats
    outcome: Floats
    weights: Floats
    covariates: Floats
    cohort: Floats
    treatment: Floats | None
    clusters: Integers
    warnings: tuple[str, ...]

    @property
    def present(self) -> Booleans:
        """Which cells hold an outcome (n x T)."""
        present: Booleans = ~np.isnan(self.outcome)
        return present

    @property
    def treated(self) -> Booleans:
        """Which cells lie at the unit's cohort or after it (n x T)."""
        treated: Booleans = self.calendar[None, :] >= self.cohort[:, None]
        return treated

    @property
    def first_weights(self) -> Floats:
        """Each unit's weight in the first period in which it is seen (n)."""
        first: Floats = self.weights[np.arange(len(self.units)), self.present.argmax(axis=1)]
        return first

    def label(self, number: float) -> Any:
        """The period that a calendar number stands for, or the number itself."""
        at = int(np.searchsorted(self.calendar, number))
        if at < len(self.calendar) and self.calendar[at] == number:
            return self.periods[at]
        return int(number) if float(number).is_integer() else number

    def keep(self, units: Booleans, periods: Booleans | None = None, *, warning: str = "") -> "Panel":
        """The panel of some units and periods, with one warning more."""
        columns = np.ones(len(self.periods), dtype=bool) if periods is None else periods
        return dataclasses.replace(
            self,
            units=self.units[units],
            periods=self.periods[columns],
            calendar=self.calendar[columns],
            outcome=self.outcome[units][:, columns],
            weights=self.weights[units][:, columns],
            covariates=self.covariates[units][:, columns],
            cohort=self.cohort[units],
            treatment=None if self.treatment is None else self.treatment[units][:, columns],
            clusters=np.unique(self.clusters[units], return_inverse=True)[1],
            warnings=(*self.warnings, warning) if warning else self.warnings,
        )


def panel_of(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    *,
    cohort: str | None = None,
    treatment: str | None = None,
    covariates: Sequence[str] | None = None,
    weights: str | None = None,
    clusters: str | None = None,
    followed: bool = True,
) -> Panel:
    """Check a long frame and lay it out as units by periods.

    Parameters
    ----------
    frame : one row for each unit and period, in any order.
    unit, time : columns; `time` holds numbers, dates or periods.
    outcome, covariates, weights : numeric columns; weights positive.
    cohort : column with each unit's first treated time, of the kind of `time`; 0, infinite or empty = never treated.
    treatment : numeric column; for the estimators that need a cohort 0 or 1, and 1 to the end once it is 1.
    clusters : column, constant within a unit; each unit is its own cluster without it.
    followed : whether units are meant to be seen in every period; otherwise absent rows are the rule.

    Raises
    ------
    UsageError, DataRejected: see the table above.
    """
    names = column_names(covariates)
    check_columns(frame, [unit, time, outcome, cohort, treatment, weights, clusters, *names])
    u, units = codes_of(frame[unit], unit)
    t, periods, calendar = periods_of(frame[time], time)
    shape = (len(units), len(periods))
    key = u * shape[1] + t
    check_duplicates(key, units, periods)
    warnings: list[str] = []
    y = _grid(key, numbers_of(frame[outcome], outcome), shape)
    x = np.zeros((*shape, len(names)))
    for k, name in enumerate(names):
        x[:, :, k] = _grid(key, numbers_of(frame[name], name), shape)
    w = _weights(frame, weights, key, shape)
    y, x, w = _absent(y, x, w, len(frame), warnings, followed)
    starts = np.full(shape[0], NEVER)
    if cohort:
        starts = _cohorts(frame[cohort], cohort, u, units, periods, calendar, warnings)
    doses = None if treatment is None else _doses(frame[treatment], treatment, key, shape)
    groups = np.arange(shape[0])
    if clusters:
        groups = _constant(codes_of(frame[clusters], clusters)[0], u, units, clusters).astype(np.int64)
        if not groups.any():
            raise DataRejected("the clusters", must="two or more", found=1)
    return _observed(Panel(units, periods, calendar, y, w, x, starts, doses, groups, tuple(warnings)))


def _observed(panel: Panel) -> Panel:
    """The units seen at least once; how many never are is counted."""
    seen: Booleans = np.asarray(panel.present.any(axis=1))
    if seen.all() or not seen.any():
        return panel
    never = int((~seen).sum())
    return panel.keep(seen, warning=f"{never} of {len(seen)} units are not observed in any period and were left out.")


def complete_units(panel: Panel) -> Panel:
    """The units observed in every period; how many were left out is counted."""
    whole: Booleans = np.asarray(panel.present.all(axis=1))
    if whole.all():
        return panel
    if not whole.any():
        raise DataRejected(
            "the panel",
            must="complete for at least one unit",
            found=f"{len(whole)} units, each with an absent period",
            mend="Leave out the periods that few units have, or pass panel=False (rows compared by period).",
        )
    left_out = int((~whole).sum())
    return panel.keep(
        whole, warning=f"{left_out} of {len(whole)} units are not observed in every period and were left out."
    )


def started_in_time(panel: Panel, *, anticipation: float = 0) -> Panel:
    """The units with an untreated first period; how many were treated from the start is counted.

    Units of cohorts that start after the last period, anticipation allowed for, count as never treated.
    """
    later = np.isfinite(panel.cohort) & (panel.cohort > panel.calendar[-1] + anticipation)
    if later.any():
        sentence = f"{int(later.sum())} units are first treated after the last period; they count as never treated."
        panel = dataclasses.replace(
            panel, cohort=np.where(later, NEVER, panel.cohort), warnings=(*panel.warnings, sentence)
        )
    already = panel.cohort <= panel.calendar[0]
    if not already.any():
        return panel
    sentence = f"{int(already.sum())} units were already treated in the first period and were left out."
    return panel.keep(~already, warning=sentence)


def cohorts_of_treatment(panel: Panel) -> Panel:
    """Read each unit's cohort from a treatment column of 0 and 1 that stays 1."""
    doses = panel.treatment
    assert doses is not None
    known = ~np.isnan(doses)
    if not np.isin(doses[known], (0.0, 1.0)).all():
        odd = doses[known][~np.isin(doses[known], (0.0, 1.0))][0]
        raise DataRejected("the treatment", must="0 or 1", found=float(odd))
    off = switches_off(panel)
    if off.any():
        raise DataRejected(
            f"the treatment switches off in {int(off.sum())} units, the first {panel.units[off][0]}",
            mend="This estimator takes treatments that last; keep the periods before the switch.",
        )
    first = np.where((doses == 1).any(axis=1), panel.calendar[(doses == 1).argmax(axis=1)], NEVER)
    return dataclasses.replace(panel, cohort=first)


def switches_off(panel: Panel) -> Booleans:
    """Which units have less treatment in a period than in an earlier one."""
    assert panel.treatment is not None
    doses = np.where(np.isnan(panel.treatment), -np.inf, panel.treatment)
    off: Booleans = np.asarray(((np.maximum.accumulate(doses, axis=1) > doses) & np.isfinite(doses)).any(axis=1))
    return off


def codes_of(column: pd.Series, name: str) -> tuple[Integers, pd.Index]:
    """Number the values of a column in sorted order; refuses empty ones."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu" and len(column):
        numbers = column.to_numpy()
        low, high = int(numbers.min()), int(numbers.max())
        if high - low <= len(numbers):  # few and whole: counting beats hashing
            seen = np.bincount(numbers - low) > 0
            return (np.cumsum(seen) - 1)[numbers - low], pd.Index(np.flatnonzero(seen) + low)
    codes, values = pd.factorize(column, sort=True)
    if (codes < 0).any():
        raise DataRejected(name, must="filled in every row", found=f"{int((codes < 0).sum())} empty")
    return codes.astype(np.int64), pd.Index(values)


def column_names(named: Sequence[str] | None) -> list[str]:
    """The columns that an argument names: several, one, or none."""
    return [named] if isinstance(named, str) else list(named or ())


def check_columns(frame: pd.DataFrame, names: Sequence[str | None]) -> None:
    """Refuse a frame that lacks a column or has no row."""
    check_named(frame, [name for name in names if name is not None])
    if frame.empty:
        raise DataRejected("the panel", must="at least one row", found=0)


def periods_of(column: pd.Series, name: str) -> tuple[Integers, pd.Index, Floats]:
    """Each row's period, the periods in order, and their calendar numbers.

    Numbers are their own calendar; dates count the periods of the series' calendar since the first.
    """
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.start_time
    t, periods = codes_of(column, name)
    if pd.api.types.is_numeric_dtype(periods) and not pd.api.types.is_bool_dtype(periods):
        calendar = numbers_of(pd.Series(periods), name)
    else:
        dated = pd.DataFrame({name: pd.Series(periods), "rank": np.arange(len(periods), dtype=float)})
        series = ordered_series(dated, name, "rank", periods[0])
        periods, calendar = series.times, series.position.astype(float)
    return t, periods, calendar


def check_duplicates(key: Integers, units: pd.Index, periods: pd.Index) -> None:
    """Refuse a unit and period that occur more than once; `key` numbers them in the order of an n x T array."""
    counts = np.bincount(key)
    if counts.max() > 1:
        u, t = divmod(int(counts.argmax()), len(periods))
        raise DataRejected(
            f"{int((counts > 1).sum())} unit-periods occur more than once, as unit {units[u]}, time {periods[t]}",
            mend="Keep one row for each unit and period, or sum cells with collapse_cells.",
        )


def _grid(key: Integers, values: Floats, shape: tuple[int, int]) -> Floats:
    grid = np.full(shape[0] * shape[1], np.nan)
    grid[key] = values
    return grid.reshape(shape)


def _weights(frame: pd.DataFrame, name: str | None, key: Integers, shape: tuple[int, int]) -> Floats:
    if name is None:
        return np.ones(shape)
    values = numbers_of(frame[name], name)
    if not (values > 0).all():
        bad = values[~(values > 0)][0]
        raise DataRejected(f"the weight {name}", must="positive in every row", found=float(bad))
    return _grid(key, values / values.mean(), shape)


def _absent(
    y: Floats, x: Floats, w: Floats, rows: int, warnings: list[str], followed: bool
) -> tuple[Floats, Floats, Floats]:
    """Blank every cell that lacks an outcome or a covariate; count what is missing."""
    no_outcome, absent = int(rows - np.isfinite(y).sum()), y.size - rows
    no_covariate = int((np.isfinite(y) & np.isnan(x).any(axis=2)).sum())
    if absent and followed:
        warnings.append(f"{absent} of {y.size} unit-periods have no row; they are absent, not filled in.")
    if no_outcome:
        warnings.append(f"{no_outcome} of {rows} rows have no outcome and were left out, not filled in.")
    if no_covariate:
        warnings.append(f"{no_covariate} of {rows} rows lack a covariate and were left out.")
    if no_outcome == rows:
        raise DataRejected("the outcome", must="present in at least one row", found=f"{rows} empty")
    gone = np.isnan(y) | np.isnan(x).any(axis=2)
    return np.where(gone, np.nan, y), np.where(gone[:, :, None], np.nan, x), np.where(gone, np.nan, w)


def _cohorts(
    column: pd.Series,
    name: str,
    u: Integers,
    units: pd.Index,
    periods: pd.Index,
    calendar: Floats,
    warnings: list[str],
) -> Floats:
    """Each unit's first treated time as a calendar number."""
    if pd.api.types.is_bool_dtype(column):
        raise DataRejected(
            f"the cohort {name}",
            must="each unit's first treated time",
            found=str(column.iloc[0]),
            mend="A column that says who is treated goes to two_way_fixed_effects.",
        )
    if pd.api.types.is_numeric_dtype(column):
        if not pd.api.types.is_numeric_dtype(periods):
            raise UsageError(f"the cohort {name}", must="dates, as the times are", found=str(column.iloc[0]))
        starts = column.to_numpy(dtype=float, na_value=np.nan)
        if (starts == 0).any() and calendar[0] < 0 <= calendar[-1]:
            raise DataRejected(
                f"cohort 0 in {name}",
                must="unambiguous, but 0 is also a period",
                mend="Mark never-treated units empty.",
            )
        if (starts == 0).any() and calendar[0] == 0:
            warnings.append(f"0 in {name} was read as never treated, though 0 is also the first period.")
        starts = np.where(np.isnan(starts) | (starts == 0), NEVER, starts)
        if np.isneginf(starts).any():
            raise DataRejected(f"the cohort {name}", must="a time, 0, infinite or empty", found=-np.inf)
        return np.asarray(_constant(starts, u, units, name))
    return np.asarray(_constant(_dated_cohorts(column, name, periods, calendar), u, units, name))


def _dated_cohorts(column: pd.Series, name: str, periods: pd.Index, calendar: Floats) -> Floats:
    """The calendar number of the first period at or after each date; one past the last where there is none."""
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.start_time
    if column.dtype == object and not any(isinstance(value, str) for value in column):
        column = pd.Series(pd.to_datetime(column))
    if not pd.api.types.is_datetime64_any_dtype(column) or not isinstance(periods, pd.DatetimeIndex):
        kind = "dates" if isinstance(periods, pd.DatetimeIndex) else "numbers"
        found = column.dropna()
        raise DataRejected(
            f"the cohort {name}", must=f"{kind}, as the times are", found=str(found.iloc[0]) if len(found) else "empty"
        )
    if column.dt.tz != periods.tz:
        raise DataRejected(f"the cohort {name}", must=f"in the times' zone ({periods.tz})", found=str(column.dt.tz))
    at = periods.searchsorted(column)
    numbers = np.append(calendar, calendar[-1] + 1)[np.minimum(at, len(calendar))]
    return np.where(column.isna().to_numpy(), NEVER, numbers)


def _constant(values: Any, u: Integers, units: pd.Index, name: str | None) -> Any:
    """The one value of each unit."""
    each = np.zeros(len(units), dtype=values.dtype)
    each[u] = values
    changes = values != each[u]
    if changes.any():
        first = units[u[changes.argmax()]]
        raise DataRejected(f"{name}", must="the same in every row of a unit", where=f"unit {first}")
    return each


def _doses(column: pd.Series, name: str, key: Integers, shape: tuple[int, int]) -> Floats:
    values = numbers_of(column, name)
    if np.isnan(values).any():
        raise DataRejected(name, must="filled in every row", found=f"{int(np.isnan(values).sum())} empty")
    return _grid(key, values, shape)
