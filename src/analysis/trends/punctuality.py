"""Which senders sent what was due, and when: counted from the ledger of submissions."""

import pandas as pd

REJECTED = "rejected"


def punctuality(ledger: pd.DataFrame, due: pd.DatetimeIndex) -> pd.DataFrame:
    """One row per dataflow and provider that sent anything for a due round.

    Parameters
    ----------
    ledger : submissions known on the day; a rejected one has not come. Of several for one round the first counts, so
        that a revision does not make a punctual provider late.
    due : reference dates of the expected rounds (`trends.rounds_due`).

    Returns
    -------
    `dataflow`, `provider`, `reported`, `late` (of the reported), `last` (latest round), `expected`, `missing`.
    """
    came = ledger[(ledger["state"] != REJECTED) & ledger["period"].isin(due)]
    first = came.sort_values("received_at", kind="stable").drop_duplicates(["dataflow", "provider", "period"])
    late = first["days_late"].fillna(0) > 0
    counted = (
        first.assign(late=late.astype(int))
        .groupby(["dataflow", "provider"], as_index=False)
        .agg(reported=("period", "size"), late=("late", "sum"), last=("period", "max"))
    )
    return counted.assign(expected=len(due), missing=len(due) - counted["reported"])
