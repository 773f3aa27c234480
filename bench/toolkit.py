"""The trend toolkit's named functions for 5,000 series, each beside the obvious alternative; results must be equal."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.trends import (
    Identity,
    alerts,
    breakpoints,
    change,
    decompose,
    identities,
    joinpoint,
    nowcast,
    rates,
    structural_level,
    xmr,
)

SERIES, PERIODS, LOOPED = 5000, 48, 20  # the loop is timed on so many series and scaled
STATSMODELS = "statsmodels, series by series"


def measure(median: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds for 5,000 series: ours, the loop's, and the ratio; both scaled from the `series` that were timed."""
    rounds, months = _frame(), _monthly()
    rows = []
    for what, frame, count, versus, ours, looped in _pairs(rounds, months):
        many, few = _first(frame, count), _first(frame, min(count, LOOPED))
        mine, other = ours(few), looped(few)
        if isinstance(mine, np.ndarray):
            np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-8)
        seconds = median(lambda ours=ours, many=many: ours(many)) * SERIES / count  # type: ignore[misc]
        loop = median(lambda looped=looped, few=few: looped(few)) * SERIES / min(count, LOOPED)  # type: ignore[misc]
        told = {"what": what, "series": count, "seconds": seconds, "loop": versus, "loop seconds": loop}
        rows.append(told | {"ratio": loop / seconds})
    return rows


def _pairs(rounds: pd.DataFrame, months: pd.DataFrame) -> list[tuple[Any, ...]]:
    """What, on which frame, of how many series, beside what, ours, the other; arrays must be equal."""
    alone = "ours, series by series"
    return [
        ("rates with Wilson intervals", rounds, SERIES, STATSMODELS, _rates, _rates_looped),
        ("change: last round, Newcombe", rounds, SERIES, STATSMODELS, _changes, _changes_looped),
        ("xmr: limits and rules", rounds, SERIES, alone, _by_geo(xmr), _each(xmr)),
        ("alerts", rounds, SERIES, alone, _by_geo(alerts), _each(alerts)),
        ("identities: a total and its two parts", rounds, SERIES, "pandas, series by series", _sums, _sums_looped),
        ("decompose: STL, monthly", months, SERIES, STATSMODELS, _seasons, _seasons_looped),
        ("joinpoint: one joint at a value, least squares", rounds, SERIES, STATSMODELS, _joints, _joints_looped),
        ("joinpoint: number, places, intervals", rounds, 500, alone, _by_geo(joinpoint), _each(joinpoint)),
        ("breakpoints: place of one break", rounds, 500, STATSMODELS, _breaks, _breaks_looped),
        ("structural_level: with intervals over the variances", rounds, 1000, f"{STATSMODELS}, variances as known",
         _by_geo(structural_level), _levels_looped),
        ("nowcast: triangles of 10 x 10", rounds, 200, "plain chain ladder with pandas", _ladders, _ladders_looped),
    ]  # fmt: skip


def _first(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    return frame[frame["geo"].isin(sorted(frame["geo"].unique())[:count])]


def _by_geo(function: Callable[..., Any]) -> Callable[[pd.DataFrame], Any]:
    return lambda frame: _shown(function(frame, by=["geo"]))


def _each(function: Callable[..., Any]) -> Callable[[pd.DataFrame], Any]:
    return lambda frame: [_shown(function(one, by=["geo"])) for _, one in frame.groupby("geo")]


def _shown(found: Any) -> list[Any]:
    """A list, so that what is not compared number by number is not taken for an array."""
    return [found]


def _frame() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    dates = pd.date_range("2022-03-13", periods=PERIODS, freq="14D")
    total = generator.integers(200, 5000, (SERIES, 1)) + np.zeros((1, PERIODS), dtype=int)
    value = generator.binomial(total, 0.3)
    names = np.repeat([f"s{i:04d}" for i in range(SERIES)], PERIODS)
    columns = {"geo": names, "period": np.tile(dates, SERIES), "frequency": "P2W"}
    return pd.DataFrame({**columns, "value": value.ravel().astype(float), "denominator": total.ravel().astype(float)})


def _rates(frame: pd.DataFrame) -> Any:
    return rates(frame)[["rate_low", "rate_high"]].to_numpy()


def _rates_looped(frame: pd.DataFrame) -> Any:
    from statsmodels.stats.proportion import proportion_confint

    return np.array([proportion_confint(r.value, r.denominator, method="wilson") for r in frame.itertuples()])


def _changes(frame: pd.DataFrame) -> Any:
    found = change(frame, by=["geo"])
    return found[found["comparison"] == "previous"].sort_values("geo")[["absolute_low", "absolute_high"]].to_numpy()


def _changes_looped(frame: pd.DataFrame) -> Any:
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = []
    for _, one in frame.groupby("geo"):
        (before, n0), (now, n) = one[["value", "denominator"]].to_numpy()[-2:]
        found.append(confint_proportions_2indep(now, n, before, n0, method="newcomb", compare="diff"))
    return np.array(found)


def _joints(frame: pd.DataFrame) -> Any:
    from analysis.trends.jointed import best_joints

    wide = frame.pivot(index="period", columns="geo", values="value").to_numpy()
    return best_joints(np.arange(len(wide)) / (len(wide) - 1), wide, np.ones(len(wide)), 1, between=False).ssr


def _joints_looped(frame: pd.DataFrame) -> Any:
    import statsmodels.api as sm

    t, found = np.arange(PERIODS) / (PERIODS - 1), []
    for _, one in frame.groupby("geo"):
        designs = (np.column_stack([np.ones(PERIODS), t, np.maximum(t - t[k], 0)]) for k in range(2, PERIODS - 2))
        found.append(min(sm.OLS(one["value"].to_numpy(), design).fit().ssr for design in designs))
    return np.array(found)


def _monthly() -> pd.DataFrame:
    """The same counts as five years would have them by month, with a season."""
    frame = _frame()
    place = frame.groupby("geo").cumcount()
    dates = pd.Series(pd.date_range("2020-01-31", periods=PERIODS, freq="ME"))
    season = 50 * np.sin(place * np.pi / 6)
    return frame.assign(period=place.map(dates), frequency="P1M", value=frame["value"] + season)


def _seasons(frame: pd.DataFrame) -> Any:
    return decompose(frame, by=["geo"], window=7)[["trend", "season", "remainder"]].to_numpy()


def _seasons_looped(frame: pd.DataFrame) -> Any:
    from statsmodels.tsa.seasonal import STL

    parts = []
    for _, one in frame.groupby("geo"):
        model = STL(
            one["value"].to_numpy(), period=12, seasonal=7, trend=23, low_pass=13, seasonal_deg=0, seasonal_jump=1,
            trend_jump=3, low_pass_jump=2,
        )  # fmt: skip
        fit = model.fit(inner_iter=2, outer_iter=0)
        parts.append(np.column_stack([fit.trend, fit.seasonal, fit.resid]))
    return np.concatenate(parts)


def _breaks(frame: pd.DataFrame) -> Any:
    found = breakpoints(frame, by=["geo"], choose=1, most=1).choice
    return found[found["n_breaks"] == 1].sort_values("geo")["ssr"].to_numpy()


def _breaks_looped(frame: pd.DataFrame) -> Any:
    import statsmodels.api as sm

    found, shortest = [], int(0.15 * PERIODS)
    for _, one in frame.groupby("geo"):
        steps = (np.arange(PERIODS) >= k for k in range(shortest, PERIODS - shortest + 1))
        designs = (np.column_stack([np.ones(PERIODS), step]) for step in steps)
        found.append(min(sm.OLS(one["value"].to_numpy(), design).fit().ssr for design in designs))
    return np.array(found)


def _levels_looped(frame: pd.DataFrame) -> Any:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    levels = []
    for _, one in frame.groupby("geo"):
        model = UnobservedComponents(one["value"].to_numpy(), level="lltrend", use_exact_diffuse=True)
        levels.append(model.fit(disp=False).smoothed_state)
    return levels


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Each series as a total whose parts add up, but for one round in which a part is 100 too large."""
    whole = frame[["geo", "period", "frequency", "value"]]
    wrong = 100.0 * (whole.groupby("geo").cumcount() == 20)
    half = (whole["value"] / 2).round()
    parts = {"total": whole["value"], "women": half, "men": whole["value"] - half + wrong}
    return pd.concat([whole.assign(indicator=name, value=values) for name, values in parts.items()])


def _sums(frame: pd.DataFrame) -> Any:
    found = identities(_cells(frame), [Identity("sexes", "parts_total", "total", ("women", "men"))], by=["geo"])
    return found.sort_values("geo")["excess"].to_numpy()


def _sums_looped(frame: pd.DataFrame) -> Any:
    found: list[float] = []
    for _, one in _cells(frame).groupby("geo"):
        wide = one.pivot(index="period", columns="indicator", values="value")
        excess = wide["total"] - wide["women"] - wide["men"]
        found += excess[excess.abs() > 0].tolist()
    return np.array(found)


def _triangles(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The first ten counts of each series, reported over ten delays."""
    share = 1 - 0.5 ** np.arange(1, 11)
    known = np.arange(10)[:, None] + np.arange(10)[None, :] < 10
    rows = (one["value"].to_numpy()[:10] for _, one in frame.groupby("geo"))
    return [pd.DataFrame(np.where(known, np.outer(row, share).round(), np.nan)) for row in rows]


def _ladders(frame: pd.DataFrame) -> Any:
    return np.array([nowcast(triangle).expected for triangle in _triangles(frame)])


def _ladders_looped(frame: pd.DataFrame) -> Any:
    found = []
    for triangle in _triangles(frame):
        full = triangle.copy()
        for k in range(9):
            seen = triangle[k + 1].notna()
            factor = triangle.loc[seen, k + 1].sum() / triangle.loc[seen, k].sum()
            full[k + 1] = full[k + 1].fillna(full[k] * factor)
        known = triangle.ffill(axis=1)[9]
        found.append(float((full[9] - known).sum()))
    return np.array(found)
