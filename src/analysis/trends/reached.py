"""Targets: met or not met only where the interval says so."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.catalogue.targets import Target
from analysis.trends.periods import require

COLUMNS = ["target_id", "at", "target", "distance", "status", "reason"]


def against_targets(levels: pd.DataFrame, targets: Iterable[Target]) -> pd.DataFrame:
    """The rows of `levels` that have a target, with how they stand to it.

    Parameters
    ----------
    levels : `indicator`, `geo`, `level`, `low`, `high` in the indicator's unit (`trends.levels`, `trends.standing`).
        One stratum: a target is for all persons of a place.
    targets : from the catalogue.

    Returns
    -------
    One row a row of `levels` and target: all its columns, then `target_id`, `at` (`at_least` or `at_most`), `target`
    (NaN without a number), `distance` (level less target, signed, in the unit), `status`: `met` or `not met` where the
    whole interval lies on one side of the target (the target's own value counts as met), else `cannot tell`, with
    `reason`: empty, `no_number`, `no_value`, `no_interval` or `interval` (it holds values on both sides).
    """
    require(levels, ["indicator", "geo", "level", "low", "high"])
    parts = []
    for target in targets:
        rows = levels[levels["indicator"] == target.indicator]
        if target.geos:
            rows = rows[rows["geo"].isin(target.geos)]
        value = np.nan if target.value is None else target.value
        parts.append(rows.assign(target_id=target.id, at=target.at, target=value))
    empty = levels[:0].assign(target_id=pd.Series(dtype="str"), at=pd.Series(dtype="str"), target=np.nan)
    found = pd.concat([part for part in parts if len(part)] or [empty], ignore_index=True)
    least = found["at"] == "at_least"
    sure = (found["low"] >= found["target"]).where(least, found["high"] <= found["target"])
    missed = (found["high"] < found["target"]).where(least, found["low"] > found["target"])
    known = found["low"].notna() & found["high"].notna()
    reasons = [found["target"].isna(), found["level"].isna(), ~known, ~(sure | missed)]
    reason = np.select(reasons, ["no_number", "no_value", "no_interval", "interval"], default="")
    told = np.select([reason != "", sure], ["cannot tell", "met"], default="not met")
    return found.assign(distance=found["level"] - found["target"], status=told, reason=reason)
