"""The effect of one dated intervention on each of many series, in one pass."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.effects.gate import LARGEST_GAP_SHARE, SeriesDesign, calendar_refusals, identification_gate, series_design
from analysis.effects.interrupted import COUNT_MODELS, RAMP_STARTS, check_arguments
from analysis.effects.linear import default_lags
from analysis.effects.many_models import ManyFits, many_counts, many_ols_hac, many_reml_ar1
from analysis.effects.panel import Booleans, check_columns, check_duplicates, codes_of, periods_of
from analysis.effects.panel_design import STOCK
from analysis.effects.segmented import LEVEL, SLOPE, columns_of
from analysis.effects.series import Floats, Integers, OrderedSeries, numbers_of, ordered_series
from analysis.errors import DataRejected, UsageError

MANY_MODELS = ("ols_hac", "reml_ar1", *COUNT_MODELS)
FIGURES = ("estimate", "std_error", "ci_low", "ci_high", "p_value")
SUSPECT = 1e-9  # share of unexplained variation at which the gate looks at a series by itself


@dataclass(frozen=True, eq=False)
class _Grid:
    """All series (N) on one calendar (T): outcomes and populations, NaN where none; which rows there are."""

    series: pd.Index
    times: pd.Index
    position: Integers
    outcome: Floats
    population: Floats | None
    rows: Booleans
    flagged: Booleans

    @property
    def observed(self) -> Booleans:
        """Which periods a model can use (N x T)."""
        known = ~np.isnan(self.outcome)
        return known if self.population is None else known & ~np.isnan(self.population)


@dataclass(frozen=True)
class _Plan:
    model: str
    slope: bool
    harmonics: int
    period: float | None
    lags: int | None
    ramp_from: str | None
    kind: str

    @property
    def chosen(self) -> Integers:
        return np.array([LEVEL, SLOPE][: 1 + int(self.slope)])


def interrupted_time_series_many(
    frame: pd.DataFrame,
    series: str,
    time: str,
    outcome: str,
    onset: object,
    *,
    model: str = "ols_hac",
    population: str | None = None,
    harmonics: int = 0,
    period: float | None = None,
    slope: bool = True,
    lags: int | None = None,
    ramp_from: str | None = None,
    kind: str = "",
) -> pd.DataFrame:
    """Estimate the change of level (and slope) of every series at one known date.

    The same figures as `interrupted_time_series` of each series, to 1e-8 and better, and the same refusals; the series
    share what depends on the calendar alone. Without its diagnostics and paths: look at single series for those.

    Parameters
    ----------
    frame : one row for each series and period, in any order. All series lie on one evenly spaced calendar; each may
        start late, end early and have gaps. A column `flag` with SDMX observation status is read for breaks.
    series : column that names the series.
    model : `ols_hac`, `reml_ar1`, `poisson` or `quasipoisson`; the others take one series at a time.
    time, outcome, onset, population, harmonics, period, slope, lags, ramp_from, kind : as there.

    Returns
    -------
    One row a series, sorted, with the columns `series`; `estimate`, `std_error`, `ci_low`, `ci_high`, `p_value` of the
    level change (outcome's units, or a rate ratio for counts); the same with `slope_` before them where `slope`;
    `n_obs`; `n_missing` rows without an outcome or population, `n_absent` periods without a row between the first and
    the last (both left out, not filled in); `noise`, the correlation phi (of `ols_hac` a working value, to about
    1 / sqrt(n)) or the dispersion of counts; `unit`, `model`; `codes`, empty or why an estimate, or its inference
    (`unit_root`), is refused: figures are then NaN.

    Raises
    ------
    UsageError, DataRejected : as `interrupted_time_series`; also for a series and time that occur more than once.

    Sources: as `interrupted_time_series`.
    """
    check_arguments(model, population, harmonics, period, lags, ramp_from)
    if model not in MANY_MODELS:
        raise UsageError("the model", must=f"one of {', '.join(MANY_MODELS)} for many series", found=model)
    plan = _Plan(model, slope, harmonics, period, lags, ramp_from, kind)
    grid = _grid(frame, series, time, outcome, population)
    if model in COUNT_MODELS and (grid.outcome < 0).any():
        raise DataRejected("the outcome of a count model", must="zero or more", found=float(np.nanmin(grid.outcome)))
    after = _after(grid, onset, time)
    names = [*FIGURES, *(f"slope_{name}" for name in FIGURES if slope), "noise"]
    figures = np.full((len(grid.series), len(names)), np.nan)
    codes: list[tuple[str, ...]] = [()] * len(grid.series)
    for members, at, onset_at in _patterns(grid, after):
        _one_pattern(grid, plan, members, at, onset_at, figures, codes)
    table = pd.DataFrame(figures, columns=names)
    table.insert(0, series, grid.series)
    missing, absent = _gaps(grid)
    counted = {"n_obs": grid.observed.sum(axis=1), "n_missing": missing, "n_absent": absent}
    unit = "rate ratio" if model in COUNT_MODELS else "outcome"
    return table.assign(**counted, unit=unit, model=model, codes=pd.Series(codes, dtype=object))


def _grid(frame: pd.DataFrame, series: str, time: str, outcome: str, population: str | None) -> _Grid:
    check_columns(frame, [series, time, outcome, population])
    u, names = codes_of(frame[series], series)
    t, times, calendar = periods_of(frame[time], time)
    shape = (len(names), len(times))
    key = u * shape[1] + t
    check_duplicates(key, names, times)

    def laid(values: Floats) -> Floats:
        cells = np.full(shape[0] * shape[1], np.nan)
        cells[key] = values
        return cells.reshape(shape)

    people = None
    if population:
        heads = numbers_of(frame[population], population)
        if (heads <= 0).any():
            raise DataRejected("the population", must="positive", found=float(heads[heads <= 0][0]), where=population)
        people = laid(heads)
    flagged, rows = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    rows.ravel()[key] = True
    if "flag" in frame.columns:
        flagged.ravel()[key] = frame["flag"].fillna("").astype(str).str.lower().str.contains("b").to_numpy()
    step = np.diff(calendar).min() if len(calendar) > 1 else 1.0
    position = np.rint((calendar - calendar[0]) / step).astype(np.int64)
    if (np.abs((calendar - calendar[0]) / step - position) > 1e-6).any():
        raise DataRejected(time, must="evenly spaced", mend="Put all series on one calendar first.")
    return _Grid(names, times, position, laid(numbers_of(frame[outcome], outcome)), people, rows, flagged)


def _after(grid: _Grid, onset: object, time: str) -> Booleans:
    """Which periods of the calendar lie at the onset or after it."""
    blank = pd.DataFrame({time: grid.times, "rank": np.arange(len(grid.times), dtype=float)})
    return ordered_series(blank, time, "rank", onset).post


def _patterns(grid: _Grid, after: Booleans) -> list[tuple[Integers, Integers, int]]:
    """Series (their rows) that share the periods observed and the first treated one."""
    started = grid.rows & after
    first = np.where(started.any(axis=1), grid.position[started.argmax(axis=1)], grid.position[-1] + 1)
    key = np.column_stack([np.packbits(grid.observed, axis=1), first.astype(">i8").view(np.uint8).reshape(-1, 8)])
    if (key == key[0]).all():
        return [(np.arange(len(key)), np.flatnonzero(grid.observed[0]), int(first[0]))]
    _, which = np.unique(key, axis=0, return_inverse=True)
    order = np.argsort(which, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
    return [(rows, np.flatnonzero(grid.observed[rows[0]]), int(first[rows[0]])) for rows in groups]


def _gaps(grid: _Grid) -> tuple[Integers, Integers]:
    """Rows without an outcome, and periods without a row between a series' first and last."""
    n_rows = grid.rows.sum(axis=1)
    first = grid.position[grid.rows.argmax(axis=1)]
    last = grid.position[len(grid.position) - 1 - grid.rows[:, ::-1].argmax(axis=1)]
    return n_rows - grid.observed.sum(axis=1), last - first + 1 - n_rows


def _one_pattern(
    grid: _Grid,
    plan: _Plan,
    members: Integers,
    at: Integers,
    onset: int,
    figures: Floats,
    codes: list[tuple[str, ...]],
) -> None:
    shared = _design(grid, plan, int(members[0]), at, onset)
    refused = calendar_refusals(shared)
    x = columns_of(shared.series, plan.slope, plan.harmonics, plan.period, ramp_from=_ramp_start(plan)).values
    suspects = np.ones(len(members), dtype=bool) if refused else _suspects(grid, plan, members, at, x, onset)
    for row in members[suspects]:
        found = identification_gate(_design(grid, plan, int(row), at, onset))
        codes[row] = tuple(code for refusal in found for code in refusal.codes)
    members = members[[not codes[row] for row in members]]
    if not len(members):
        return
    fits = _fit(grid, plan, members, at, x)
    parts = [fits.estimate, fits.std_error, fits.ci_low, fits.ci_high, fits.p_value]
    parts = [np.where(fits.converged[:, None], part, np.nan) for part in parts]
    parts[2:] = [np.where(fits.unit_root[:, None], np.nan, part) for part in parts[2:]]
    figures[members] = np.column_stack([np.stack(parts, axis=2).reshape(len(members), -1), fits.noise])
    for wrong, code in ((fits.unit_root, "unit_root"), (~fits.converged, "not_converged")):
        for row in members[wrong]:
            codes[row] = (*codes[row], code)


def _ramp_start(plan: _Plan) -> int:
    return RAMP_STARTS[plan.ramp_from or ("period_before" if plan.model in COUNT_MODELS else "onset")]


def _design(grid: _Grid, plan: _Plan, row: int, at: Integers, onset: int) -> SeriesDesign:
    """The design of one series, as `series_design` would read it."""
    if plan.kind == STOCK:
        known = pd.DataFrame({"time": grid.times, "y": grid.outcome[row], "flag": np.where(grid.flagged[row], "b", "")})
        if grid.population is not None:
            known["people"] = grid.population[row]
        known, start = known[grid.rows[row]], grid.times[int(np.searchsorted(grid.position, onset))]
        return series_design(
            known,
            "time",
            "y",
            start,
            population=None if grid.population is None else "people",
            harmonics=plan.harmonics,
            period=plan.period,
            slope=plan.slope,
            kind=plan.kind,
        )
    missing, absent = (int(part[row]) for part in _gaps(grid))
    people = None if grid.population is None else grid.population[row, at]
    breaks = grid.position[grid.flagged[row]]
    one = OrderedSeries(
        grid.times[at], grid.position[at], grid.outcome[row, at], people, breaks, onset, missing, absent, ()
    )
    return SeriesDesign(one, plan.slope, plan.harmonics, plan.period, plan.kind)


def _suspects(grid: _Grid, plan: _Plan, members: Integers, at: Integers, x: Floats, onset: int) -> Booleans:
    """Series that the gate may refuse for what they hold; it then judges each by itself."""
    if plan.kind == STOCK:
        return np.ones(len(members), dtype=bool)
    y = grid.outcome[members][:, at].T
    pre = y[grid.position[at] < onset]
    basis = np.linalg.qr(x)[0]
    rest = y - basis @ (basis.T @ y)
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    flat = np.ptp(pre, axis=0) <= SUSPECT * np.maximum(1.0, np.abs(pre).max(axis=0))
    gone = sum(part[members] for part in _gaps(grid))
    holes = gone > LARGEST_GAP_SHARE * (gone + len(at)) * (1 - SUSPECT)
    exact = (rest**2).sum(axis=0) <= SUSPECT * spread
    return np.asarray(flat | exact | holes | grid.flagged[members].any(axis=1))


def _fit(grid: _Grid, plan: _Plan, members: Integers, at: Integers, x: Floats) -> ManyFits:
    y, position = grid.outcome[members][:, at].T, grid.position[at]
    if plan.model == "ols_hac":
        lags = default_lags(len(at)) if plan.lags is None else plan.lags
        return many_ols_hac(x, y, position, lags, plan.chosen)
    if plan.model == "reml_ar1":
        return many_reml_ar1(x, y, position, plan.chosen)
    offset = np.zeros_like(y) if grid.population is None else np.log(grid.population[members][:, at].T)
    return many_counts(x, y, offset, plan.chosen, overdispersed=plan.model == "quasipoisson")
