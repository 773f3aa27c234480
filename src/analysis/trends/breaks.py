"""Breaks in series: those that the source flags, and falls that carry no flag."""

from collections.abc import Sequence

import pandas as pd

from analysis.trends.periods import counted, one_row_a_period, require, series_keys

ROUNDING = 1e-12  # so that a fall of the threshold exactly is not more than the threshold


def flagged_breaks(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    period: str = "period",
    value: str = "value",
    flag: str = "flag",
    frequency: str = "frequency",
) -> pd.DataFrame:
    """The rows whose flag holds SDMX's `b` (break in time series; also within `bd`, `be`, ...).

    Returns the key, `period`, `before` (value one period earlier, NaN where there is none), `value`, `relative`
    (value / before - 1) and `flag`. Source of the code: SDMX code list CL_OBS_STATUS.
    """
    steps = _steps(frame, by, period, value, flag, frequency)
    return steps[is_break(steps[flag])].reset_index(drop=True)


def drops(
    frame: pd.DataFrame,
    threshold: float = 0.05,
    *,
    by: Sequence[str] | None = None,
    period: str = "period",
    value: str = "value",
    flag: str = "flag",
    frequency: str = "frequency",
) -> pd.DataFrame:
    """Falls by more than `threshold` (a share) from one period to the very next; `flagged` says whether as a break.

    Two periods with a gap between them are not compared. Same columns as `flagged_breaks`, plus `flagged`.
    """
    steps = _steps(frame, by, period, value, flag, frequency)
    fallen = steps[steps["relative"] < -threshold - ROUNDING]
    return fallen.assign(flagged=is_break(fallen[flag])).reset_index(drop=True)


def unflagged_drops(
    frame: pd.DataFrame,
    threshold: float = 0.05,
    *,
    by: Sequence[str] | None = None,
    period: str = "period",
    value: str = "value",
    flag: str = "flag",
    frequency: str = "frequency",
) -> pd.DataFrame:
    """The `drops` that the source does not flag as a break: to be asked about before they are read as a fall."""
    found = drops(frame, threshold, by=by, period=period, value=value, flag=flag, frequency=frequency)
    return found[~found["flagged"]].drop(columns="flagged").reset_index(drop=True)


def is_break(flags: pd.Series) -> pd.Series:
    """Whether an observation's flag marks a break in series."""
    return flags.fillna("").astype(str).str.lower().str.contains("b", regex=False)


def _steps(
    frame: pd.DataFrame, by: Sequence[str] | None, period: str, value: str, flag: str, frequency: str
) -> pd.DataFrame:
    """Every row with the value of the period just before it in its series."""
    keys = series_keys(frame, by)
    require(frame, [*keys, period, value, flag])
    count = counted(frame, period, frequency)
    one_row_a_period(frame, keys, period)
    table = frame[[*keys, period, value, flag]].assign(**count.add_prefix("_"), _one="")
    join = [*keys, "_one", "_ordinal"]
    earlier = table[[*join, value]].rename(columns={value: "before"})
    earlier["_ordinal"] += table["_step"]
    steps = table.merge(earlier, how="left", on=join)
    steps["relative"] = steps[value] / steps["before"].where(steps["before"] > 0) - 1
    columns = [*keys, period, "before", value, "relative", flag]
    return steps[columns].sort_values([*keys, period], ignore_index=True)
