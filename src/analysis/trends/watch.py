"""The range of ordinary noise around many series at once, and what lies outside it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.trends.alerts import alerts
from analysis.trends.control import IMPROVEMENT, RULES, xmr
from analysis.trends.levels import SERIES

WANDERS = 1.0  # von Neumann ratio; 2 where values do not depend on the one before, 1 at an autocorrelation of a half
WINDOW = 26  # a year of two-weekly rounds


def watch(series: pd.DataFrame, improvement: Mapping[str, str], *, window: int = WINDOW) -> pd.DataFrame:
    """Judge each of the last values of each series by the noise among them.

    Parameters
    ----------
    series : from `levels`, with `kind`, `frequency` and `mark` (`break` starts a new process); one row a series and
        period, NaN as level where none came.
    improvement : by indicator `up`, `down` or `none`.
    window : the last periods of a series that are judged, and that the limits are taken from: the noise of a first wave
        says nothing about a quiet year.

    Returns
    -------
    The rows, sorted by series and period, with `basis`, `lower`, `upper`, `signal`, `rule` (the first of `xmr`'s rules
    that it breaks), `meaning` and `status` (as in `xmr`; `earlier` before the window, `running_total` for a cumulative
    series, which is not judged: it repeats its flow).

    A level that hovers is judged by itself (`basis` level). A stock, or a level that wanders (its von Neumann ratio is
    under 1), would alarm at nearly every value, so its moves are judged (`move`): the range is then the value before
    plus the limits of the moves, and a value whose predecessor is missing has none.

    `news` (`last` or `recent`, the test of `trends.alerts` that it passes; else empty) and `news_meaning` are those of
    a series' last row: of all series together, at most one in twenty is expected to be false.

    Source: `xmr`; `alerts`; von Neumann (1941), Annals of Mathematical Statistics 12.
    """
    table = series.sort_values([*SERIES, "period"], ignore_index=True)
    keys = [table[key] for key in SERIES]
    broken = table["mark"] == "break"
    process = broken.astype(int).groupby(keys).cumsum()
    before = table.groupby(SERIES)["level"].shift()
    move = (table["level"] - before).where(~broken)
    recent = table.groupby(SERIES).cumcount(ascending=False) < window
    ratio = _von_neumann(table["level"].where(recent), move.where(recent), [*keys, process])
    moving = (table["kind"] == "stock") | (ratio < WANDERS)
    value = move.where(moving, table["level"]).where(recent & (table["kind"] != "cumulative"))
    judged = table[[*SERIES, "period"]].assign(value=value, broken=broken & recent)
    wanted = table["indicator"].map(lambda name: improvement.get(name, "none"))
    limits = pd.concat(
        [_limits(judged[wanted == direction], direction) for direction in IMPROVEMENT if (wanted == direction).any()]
    ).sort_index()
    start = before.where(moving, 0.0).where(recent)
    status = limits["status"].where(recent, "earlier").where(table["kind"] != "cumulative", "running_total")
    return table.assign(
        basis=np.where(moving, "move", "level"),
        lower=(start + limits["lower"]).clip(lower=0),
        upper=start + limits["upper"],
        status=status,
        **{name: limits[name] for name in ("signal", "rule", "meaning")},
        **_news(table.assign(broken=broken), wanted),
    )


def _news(table: pd.DataFrame, wanted: pd.Series) -> dict[str, pd.Series]:
    """`news` and `news_meaning` of each row, by the more surprising of both tests."""
    judged = table[[*SERIES, "period", "frequency", "kind"]].assign(value=table["level"], begins=table["broken"])
    found = alerts(judged, by=SERIES, rebase="begins")
    found = found[found["alert"].astype(bool)].drop_duplicates(SERIES)
    placed = table[[*SERIES, "period"]].merge(found, how="left", on=[*SERIES, "period"])
    test, direction = placed["test"].fillna(""), placed["direction"].fillna("")
    good = np.where(direction == wanted, "improvement", "concern")
    meaning = pd.Series(np.where(wanted == "none", "neutral", good), index=table.index)
    return {"news": test.set_axis(table.index), "news_meaning": meaning.where(test.to_numpy() != "", "")}


def _von_neumann(level: pd.Series, move: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """Mean squared successive difference over the variance, of each row's series; NaN where nothing varies."""
    deviation = level - level.groupby(keys).transform("mean")
    whole = keys[: len(SERIES)]
    steps, spread = (move**2).groupby(whole).transform("mean"), (deviation**2).groupby(whole).transform("mean")
    return steps / spread.where(spread > 0)


def _limits(judged: pd.DataFrame, direction: str) -> pd.DataFrame:
    """`xmr` of one direction on the index of `judged`, which is sorted as `xmr` sorts."""
    limits = xmr(judged, by=SERIES, rebase="broken", improvement=direction)
    rule = pd.Series("", index=limits.index)
    for name in reversed(RULES):
        rule = rule.where(~limits[name], name)
    return limits.assign(rule=rule).set_index(judged.index)
