"""The trend toolkit over 5,000 series at once, beside a loop over series with statsmodels; results must be equal."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.trends import alerts, change, rates, xmr

SERIES, PERIODS, LOOPED = 5000, 48, 50  # the loop is timed on so many series and scaled


def measure(median: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds for 5,000 series: ours, the loop's (scaled), and the ratio."""
    frame = _frame()
    few = frame[frame["geo"].isin(sorted(frame["geo"].unique())[:LOOPED])]
    pairs: list[tuple[str, Callable[[pd.DataFrame], Any], Callable[[pd.DataFrame], Any]]] = [
        ("rates with Wilson intervals", _rates, _rates_looped),
        ("change since the last round and last year, Newcombe", _changes, _changes_looped),
        ("one joinpoint at a value, exact", _joints, _joints_looped),
        ("XmR limits and rules", lambda f: xmr(f, by=["geo"]), lambda f: [xmr(one) for _, one in f.groupby("geo")]),
        ("alerts", lambda f: alerts(f, by=["geo"]), lambda f: [alerts(one) for _, one in f.groupby("geo")]),
    ]
    rows = []
    for what, ours, looped in pairs:
        mine, other = ours(few), looped(few)
        if isinstance(mine, np.ndarray):
            np.testing.assert_allclose(mine, other, rtol=1e-8, atol=1e-10)
        seconds, loop = median(lambda ours=ours: ours(frame)), median(lambda looped=looped: looped(few))  # type: ignore[misc]
        scaled = loop * SERIES / LOOPED
        ratio = scaled / seconds
        versus = "statsmodels" if isinstance(mine, np.ndarray) else "ours, series by series"
        rows.append({"what": what, "seconds": seconds, "loop": versus, "loop seconds": scaled, "ratio": ratio})
    return rows


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
