"""Whether past revisions are regular enough to say what the last figures will become, and what that is."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.trends.delay import nowcast, revision_triangle
from analysis.trends.levels import SERIES
from analysis.trends.periods import require

ENOUGH = 12  # revised periods, and the share of them, under which past revisions teach nothing
SHARE = 0.2
STEP, STEPS = 14, 6  # days between two looks, and how many: 12 weeks after the period counts as final


def revised(history: pd.DataFrame, *, by: Sequence[str] = SERIES) -> pd.DataFrame:
    """How often each series was revised after its first report.

    Parameters
    ----------
    history : all vintages of counts (the store's history): key, `period`, `as_of`, `value`.

    Returns
    -------
    One row a series: key, `periods` reported, `revised` (of them, changed later), `nowcast` (bool: 12 periods or more
    and a fifth of all were revised, so that a nowcast rests on something).
    """
    keys = list(by)
    require(history, [*keys, "period", "as_of", "value"])
    ordered = history.sort_values("as_of", kind="stable")
    each = ordered.groupby([*keys, "period"], as_index=False)["value"].agg(["first", "last"])
    each["changed"] = (each["first"] != each["last"]) & each["first"].notna()
    table = each.groupby(keys, as_index=False).agg(periods=("changed", "size"), revised=("changed", "sum"))
    enough = (table["revised"] >= ENOUGH) & (table["revised"] >= SHARE * table["periods"])
    return table.assign(nowcast=enough)


def nowcasts(history: pd.DataFrame, *, by: Sequence[str] = SERIES) -> pd.DataFrame:
    """What the last figures of each regularly revised count will become.

    Returns the key, `period`, `nowcast`, `nowcast_low`, `nowcast_high` (95 %, Mack) of the periods under twelve weeks
    old. Periods that had not come in after two weeks are left out: their delay is another one.
    """
    keys = list(by)
    chosen = revised(history, by=keys)
    parts = []
    wanted = history.merge(chosen.loc[chosen["nowcast"], keys], on=keys)
    for _, own in wanted.groupby(keys, sort=False):
        triangle = revision_triangle(own, delays=[STEP * step for step in range(1, STEPS + 1)])
        triangle = triangle[triangle[STEP].notna()]
        if not np.isfinite(triangle.iloc[0].to_numpy(dtype=float)).all():
            continue  # no period is old enough to be final
        found = nowcast(triangle).periods
        young = found[found["delay"] < STEP * STEPS].rename(columns={"low": "nowcast_low", "high": "nowcast_high"})
        same = {key: own[key].iloc[0] for key in keys}
        parts.append(young[["period", "nowcast", "nowcast_low", "nowcast_high"]].assign(**same))
    columns = [*keys, "period", "nowcast", "nowcast_low", "nowcast_high"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
