"""Where a series must not be read through: breaks that its source flags, and steps that nobody flagged."""

import pandas as pd

from analysis.trends.breaks import is_break
from analysis.trends.levels import SERIES

STEP = 0.05  # the fall that reviewers of Eurostat's protection series ask about
UNUSUAL = 6.0  # times the typical move around it, so that noise is not a step
AROUND = 9  # moves that say what is typical
START = 4  # moves of a series' beginning, when growth is no step
STEADY = ("stock", "cumulative", "rate", "share")  # the kinds that do not jump by nature


def marks(series: pd.DataFrame) -> pd.Series:
    """`break`, `drop`, `jump` or an empty text for each row of a frame with `level`, `flag`, `kind` and a series' keys.

    A drop or jump is a move of more than 5 % since the last known level that is also more than six times the median
    absolute move of the nine around it, in a series of a steady kind, after its first values,
    where no break is flagged. Rates also have to leave the interval of the value before: both intervals stand apart.
    """
    known = series[series["level"].notna() & series["kind"].isin(STEADY)].sort_values([*SERIES, "period"])
    keys = [known[key] for key in SERIES]
    before = known.groupby(keys)[["level", "low", "high"]].shift()
    move = known["level"] / before["level"] - 1
    around = move.abs().groupby(keys).rolling(AROUND, center=True, min_periods=AROUND // 2 + 1).median()
    typical = around.reset_index(level=list(range(len(SERIES))), drop=True)
    clear = ~(known["high"] >= before["low"]).where(move < 0, known["low"] <= before["high"])
    begun = known.groupby(SERIES).cumcount() > START
    unusual = (move.abs() > STEP) & (move.abs() > UNUSUAL * typical) & clear & begun
    found = pd.Series("", index=series.index, dtype="str")
    found.loc[move.index[unusual & (move < 0)]] = "drop"
    found.loc[move.index[unusual & (move > 0)]] = "jump"
    found.loc[is_break(series["flag"]) & series["level"].notna()] = "break"
    return found
