"""Few alerts: how surprising each series' latest values are given its own past, controlled over all series together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import DataRejected, UsageError
from analysis.trends.change import Flags
from analysis.trends.intervals import Floats
from analysis.trends.periods import counted, one_row_a_period, require, series_keys

FEWEST = 12  # values under which a series' own noise is not known
RATIOS = np.r_[0.0, 10.0 ** np.arange(-2.5, 2.1, 0.5), np.inf]  # of the level's variance to the noise's
STEPS_OF = ("stock", "cumulative")  # kinds that are judged by their steps
HEAVIEST = (5.0, 1e6)  # bounds of the degrees of freedom that the errors of all series may suggest
TESTS = ("last", "recent")
FOUND = ["test", "value", "expected", "low", "high", "score", "p", "adjusted", "alert", "direction", "status"]


def alerts(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    period: str = "period",
    value: str = "value",
    denominator: str = "denominator",
    frequency: str = "frequency",
    kind: str = "kind",
    rebase: str | None = None,
    rate: float = 0.05,
    window: int = 4,
) -> pd.DataFrame:
    """Which series' latest values are news, such that at most `rate` of the alerts is expected to be false.

    Parameters
    ----------
    frame : observations, one row a series and period; rates where `denominator` is there and filled.
    by : columns of the key of a series; default: those of the observation's key that the frame has.
    kind : a column; `stock` and `cumulative` series are judged by their steps from one period to the next.
    rebase : a column of booleans; a true row starts the series anew (a known break): nothing before it is looked at.
    rate : the false discovery rate over all rows of the answer (Benjamini and Hochberg).
    window : values that the test `recent` takes together, for shifts too small to show in one.

    Returns
    -------
    Two rows a series: key, period (its last), `test` (`last`: the last value; `recent`: the last `window` together),
    `value`, `expected`, `low`, `high` (of the value, or of its step, from the values before; 95 %), `score` (Student's
    t), `p`, `adjusted` (for the number of tests), `alert`, `direction` (`up`, `down`, empty without an alert), `status`
    (`ok`, `late`: no value in the frame's last period, `too_short`: under 12 values, `no_variation`). Sorted by `p`.

    Each series is forecast one step ahead by a level that wanders through noise (simple exponential smoothing in its
    state-space form, diffuse start); how much it wanders is weighed by likelihood over a grid, from the values before
    the ones tested. How heavy the tails of the errors are is learnt from all series together. Gaps are passed over; a
    season is not modelled.

    False alarms, simulated (`bench/results/alerts.json`): 40 worlds of 300 series of 48 periods without news, 600 tests
    each. Any alert at all came up in 0 % of worlds of independent normal values, 3 % at a first autocorrelation of 0.5,
    8 % of random walks, 5 % of Poisson counts of mean 20, 3 % of heavy tails (Student, 5 degrees). The rules of an XmR
    chart raise 2 to 7 signals at the last period of one such world, 42 at an autocorrelation of 0.5.

    Source: Benjamini and Hochberg (1995), JRSS B 57; Harvey (1989), Forecasting, Structural Time Series Models.
    """
    if not 0 < rate < 1 or window < 1:
        raise UsageError("rate and window", must="between 0 and 1, and 1 or more", found=(rate, window))
    keys = series_keys(frame, by)
    require(frame, [*keys, period, value, *([rebase] if rebase else [])])
    one_row_a_period(frame, keys, period)
    table = frame[[*keys, period]].assign(_one="", _y=_judged(frame, value, denominator))
    if table.empty:
        return table[[*keys, period]].assign(**{name: pd.Series(dtype=float) for name in FOUND})
    table["_at"] = counted(frame, period, frequency)["ordinal"]
    table["_steps"] = frame[kind].isin(STEPS_OF) if kind in frame.columns else False
    table["_cadence"] = frame[frequency].astype(str) if frequency in frame.columns else frequency
    table["_begins"] = frame[rebase].fillna(False).astype(bool) if rebase else False
    table = table.sort_values([*keys, "_at"], ignore_index=True)
    table["_series"] = table.groupby([*keys, "_one"], dropna=False, sort=False).ngroup()
    last = table.drop_duplicates("_series", keep="last").reset_index(drop=True)
    matrix = _matrix(table, len(last))
    late = _late(table, len(last))
    spans = {"last": 1, "recent": window}
    parts = [_tested(matrix, spans[test], late).assign(test=test) for test in TESTS]
    out = pd.concat([last[[*keys, period]].join(part) for part in parts], ignore_index=True)
    out["adjusted"] = benjamini_hochberg(out["p"].to_numpy())
    out["alert"] = out["adjusted"] <= rate
    out["direction"] = np.where(out["alert"], np.where(out["score"] > 0, "up", "down"), "")
    return out[[*keys, period, *FOUND]].sort_values("p", kind="stable", ignore_index=True)


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjusted p-values: the least false discovery rate at which each would be found; NaN stays NaN and counts not."""
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])[::-1]]
    count = len(order)
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum.accumulate(np.minimum(p[order] * count / np.arange(count, 0, -1), 1.0))
    return adjusted


def _judged(frame: pd.DataFrame, value: str, denominator: str) -> Floats:
    y = frame[value].to_numpy(dtype=float, na_value=np.nan)
    if denominator in frame.columns:
        n = frame[denominator].to_numpy(dtype=float, na_value=np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.where(np.isnan(n), y, np.where(n > 0, y / n, np.nan))
    if np.isinf(y).any():
        raise DataRejected(f"column {value!r}", must="finite")
    return y


def _matrix(table: pd.DataFrame, series: int) -> Floats:
    """Known values of each series since its last break (rows), the last at the right; stocks as their steps."""
    begun = table.groupby("_series")["_begins"].cumsum()
    usable = table[table["_y"].notna() & (begun == begun.groupby(table["_series"]).transform("max"))]
    step = usable.groupby("_series")["_y"].diff()
    usable = usable.assign(_y=step.where(usable["_steps"], usable["_y"])).dropna(subset="_y")
    back = usable.groupby("_series").cumcount(ascending=False)
    width = int(back.max() + 1) if len(usable) else 1
    matrix = np.full((series, max(width, 2 * FEWEST)), np.nan)
    matrix[usable["_series"], matrix.shape[1] - 1 - back] = usable["_y"]
    return matrix


def _late(table: pd.DataFrame, series: int) -> Flags:
    """Whether a series lacks a value in the last period that any series of its frequency has."""
    known = table[table["_y"].notna()]
    own = known.groupby("_series")["_at"].max().reindex(range(series))
    cadence = table.groupby("_series")["_cadence"].first()
    newest = own.groupby(cadence).transform("max")
    late: Flags = (own.isna() | (own < newest)).to_numpy()
    return late


def _tested(matrix: Floats, window: int, late: Flags) -> pd.DataFrame:
    """The mean of the last `window` values of each row against its forecast from those before."""
    from scipy import stats

    known = (~np.isnan(matrix)).sum(axis=1)
    train, mean = matrix[:, :-window], matrix[:, -window:].mean(axis=1)
    fits = [_filtered(train, ratio, window) for ratio in RATIOS]
    level, variance, noise, height, fourth = (np.array(column) for column in zip(*fits, strict=True))
    flat = np.nanmax(noise, axis=0, initial=0) <= 0
    status = np.select([late, known < FEWEST, flat], ["late", "too_short", "no_variation"], default="ok")
    ok = status == "ok"
    height = np.where(ok, height, 0.0)
    weight = np.exp(height - height.max(axis=0))
    weight /= weight.sum(axis=0)
    freedom = np.maximum(known - window - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        heavy = _tail((weight * fourth).sum(axis=0)[ok], known[ok] - window - 1)
        freedom = 1 / (1 / freedom + 1 / heavy)
        t = (mean - level) / np.sqrt(variance * noise * (1 - 2 / heavy))
        p = np.sum(weight * 2 * stats.t.sf(np.abs(t), freedom), axis=0)
        expected = np.sum(weight * level, axis=0)
        spread = np.sqrt(np.sum(weight * (variance * noise + (level - expected) ** 2), axis=0))
        p = np.clip(np.where(ok, p, np.nan), np.finfo(float).tiny, 1.0)
        score = np.sign(mean - expected) * stats.t.isf(p / 2, freedom)
    half = stats.t.ppf(0.975, freedom) * spread
    columns = {
        "value": mean,
        "expected": expected,
        "low": expected - half,
        "high": expected + half,
        "score": score,
        "p": p,
    }
    return pd.DataFrame({name: np.where(ok, column, np.nan) for name, column in columns.items()}).assign(status=status)


def _tail(kurtosis: Floats, count: Floats) -> float:
    """Degrees of freedom of a Student's t as heavy in its tails as the errors of all series together."""
    if not len(kurtosis):
        return HEAVIEST[1]
    excess = float(np.mean(kurtosis - 3 * (count - 1) / (count + 1)))
    return float(np.clip(4 + 6 / max(excess, 1e-9), *HEAVIEST))


def _filtered(matrix: Floats, ratio: float, window: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Per row, for one ratio of the level's variance to the noise's: the level after its last value, the variance of a
    mean `window` values on (in noise variances), the noise variance, the log-likelihood, the errors' kurtosis."""
    wander, noise = (1.0, 0.0) if np.isinf(ratio) else (ratio, 1.0)
    level, spread = np.full(len(matrix), np.nan), np.full(len(matrix), noise)
    squares, fourths, logs, count = np.zeros((4, len(matrix)))
    for y in matrix.T:
        going = ~np.isnan(level)
        error, total = y - level, spread + wander + noise
        gain = (spread + wander) / total
        squares += np.where(going, error**2 / total, 0.0)
        fourths += np.where(going, (error**2 / total) ** 2, 0.0)
        logs += np.where(going, np.log(total), 0.0)
        count += going
        spread = np.where(going, (spread + wander) * (1 - gain), spread)
        level = np.where(going, level + gain * error, y)
    ahead = spread + wander * (window + 1) * (2 * window + 1) / (6 * window) + noise / window
    size = np.maximum(count, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        height = -0.5 * (size * np.log(squares / size) + logs)
        fourth = size * fourths / squares**2
    return level, ahead, squares / size, height, fourth
