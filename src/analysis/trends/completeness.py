"""How much of what was expected has been reported; what is late stays a marked gap."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analysis.catalogue.model import Rounds
from analysis.errors import DataRejected, UsageError
from analysis.trends.periods import require


def rounds_due(rounds: Rounds, as_of: date) -> pd.DatetimeIndex:
    """The reference dates of all rounds whose files were due on or before `as_of`."""
    last_due = min(rounds.last, as_of - timedelta(days=rounds.due_after_days))
    return pd.date_range(rounds.first, last_due, freq=f"{rounds.every_days}D")


def gaps(frame: pd.DataFrame, expected: pd.DataFrame, *, as_of: date | None = None) -> pd.DataFrame:
    """What `expected` lists, row by row, with its `state`.

    Parameters
    ----------
    frame : what came in; a row counts as reported when its `value` (where there is such a column) is filled.
    expected : one row an item, by columns that `frame` has too (`dataflow`, `provider`, `period`, ...), and `due`
        (date), optional.
    as_of : the day of the look; items due after it are `not yet due`. Without it, or without `due`, what is not
        reported is `late`.

    Returns
    -------
    `expected` with `state`: `reported`, `late` or `not yet due`. Nothing is filled in or carried forward.
    """
    items = [name for name in expected.columns if name != "due"]
    if not items:
        raise UsageError("expected", must="at least one column besides due", found=list(expected.columns))
    require(frame, items)
    if expected.duplicated(items).any():
        row = expected[expected.duplicated(items)].iloc[0]
        raise DataRejected("expected", must="each item once", found=", ".join(f"{name} {row[name]}" for name in items))
    filled = frame[frame["value"].notna()] if "value" in frame.columns else frame
    seen = expected[items].merge(filled[items].drop_duplicates(), how="left", on=items, indicator=True)
    reported = (seen["_merge"] == "both").to_numpy()
    waiting = np.zeros(len(expected), dtype=bool)
    if as_of is not None and "due" in expected.columns:
        waiting = (expected["due"] > pd.Timestamp(as_of)).to_numpy()
    state = np.select([reported, waiting], ["reported", "not yet due"], default="late")
    return expected.assign(state=state).reset_index(drop=True)


def completeness(
    frame: pd.DataFrame, expected: pd.DataFrame, *, by: Sequence[str] = ("period",), as_of: date | None = None
) -> pd.DataFrame:
    """The loading bar: per round (or any `by`) how many items were expected, reported, late, not yet due.

    `share` is reported / expected (0 to 1). Arguments and counting rules as for `gaps`.
    """
    require(expected, by)
    items = gaps(frame, expected, as_of=as_of)
    columns = {"reported": "reported", "late": "late", "not_yet_due": "not yet due"}
    marked = items[list(by)].assign(
        expected=1, **{name: (items["state"] == state).astype(int) for name, state in columns.items()}
    )
    table = marked.groupby(list(by), dropna=False, as_index=False).sum()
    return table.assign(share=table["reported"] / table["expected"])
