"""Which figures were changed after they were first known: by how much, when, and by which submission."""

import numpy as np
import pandas as pd

from analysis.trends.periods import require

KEYS = [
    "dataflow", "provider", "indicator", "geo", "period", "frequency", "sex", "age", "nationality", "breakdown",
]  # fmt: skip


def revisions(history: pd.DataFrame) -> pd.DataFrame:
    """
    Every change of a known figure, the largest first.

    Parameters
    ----------
    history : all vintages (the store's `observations(history=True)`): the keys, `value`, `as_of`, `submission`.

    Returns
    -------
    One row a change of `value` from one vintage of a key to the next: the keys, `before`, `after` (the value's own
    unit; NaN where a figure came or went), `change` (after - before), `relative` (change / |before|; NaN where `before`
    is 0 or missing), `known` and `revised` (the days of both), `submission` (the one that brought the change). The same
    value sent again is no revision; two vintages on one day count in the order of the frame.
    """
    require(history, [*KEYS, "value", "as_of", "submission"])
    ordered = history.sort_values("as_of", kind="stable")
    earlier = ordered.groupby(KEYS, dropna=False, sort=False)[["value", "as_of"]].shift()
    repeated = ordered.duplicated(KEYS)
    both_missing = ordered["value"].isna() & earlier["value"].isna()
    changed = repeated & (ordered["value"] != earlier["value"]) & ~both_missing
    rows, before = ordered[changed], earlier[changed]
    table = rows[[*KEYS, "submission"]].assign(
        before=before["value"], after=rows["value"], known=before["as_of"], revised=rows["as_of"]
    )
    change = table["after"] - table["before"]
    base = table["before"].abs().where(table["before"] != 0)
    table = table.assign(change=change, relative=change / base)
    size = table["relative"].abs().fillna(np.inf)
    order = size.sort_values(ascending=False, kind="stable").index
    columns = [*KEYS, "before", "after", "change", "relative", "known", "revised", "submission"]
    return table.loc[order, columns].reset_index(drop=True)


def revision_summary(history: pd.DataFrame) -> pd.DataFrame:
    """
    How often and in which direction figures move, by provider and indicator.

    Parameters
    ----------
    history : as for `revisions`.

    Returns
    -------
    `dataflow`, `provider`, `indicator`, `figures` (keys known), `revised` (of those, changed at least once), `mean`
    (mean relative change: a lasting sign is a bias of first figures) and `typical` (mean of its absolute size), over
    all changes with a base; NaN where there is none. Only rows with a revision.

    Source of the two means: Eurostat, European Statistical System guidelines on revision policy (2013 ed.), mean
    revision and mean absolute revision, here relative to the earlier figure.
    """
    by = ["dataflow", "provider", "indicator"]
    found = revisions(history)
    figures = history.drop_duplicates(KEYS).groupby(by).size().rename("figures")
    moved = found.assign(size=found["relative"].abs()).groupby(by)
    revised = found.drop_duplicates(KEYS).groupby(by).size().rename("revised")
    means = moved.agg(mean=("relative", "mean"), typical=("size", "mean"))
    return pd.concat([figures, revised, means], axis=1, join="inner").reset_index()
