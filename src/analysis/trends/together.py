"""A whole from its parts: the country from its regions, where every part came in."""

from collections.abc import Sequence

import pandas as pd

from analysis.catalogue.disclosure import KEPT_BACK

STRATA = ["sex", "age", "nationality", "breakdown"]
ADDITIVE = ("stock", "flow", "cumulative", "rate", "share", "ratio", "amount")


def together(observations: pd.DataFrame, whole: str, parts: Sequence[str]) -> pd.DataFrame:
    """The rows of `whole` as sums of `parts`, for additive indicators that lack rows of their own for it.

    Parameters
    ----------
    observations : one stratum; columns of the store plus `kind`. Sums cross providers, so `provider` becomes empty.
    whole, parts : territory codes.

    Returns
    -------
    One row per dataflow, indicator and period in which any part came; `value` and `denominator` are NaN unless all
    parts that the indicator ever had are there: a missing part is never carried forward.
    """
    own = set(observations.loc[observations["geo"] == whole, "indicator"])
    usable = (
        observations["geo"].isin(parts) & observations["kind"].isin(ADDITIVE) & ~observations["indicator"].isin(own)
    )
    rows = observations[usable]
    if rows.empty:
        return rows
    wanted = rows.groupby("indicator")["geo"].nunique()
    groups = rows.groupby(["dataflow", "indicator", "kind", "frequency", "period", *STRATA], as_index=False)
    sums = groups.agg(
        value=("value", lambda values: values.sum(skipna=False)),
        denominator=("denominator", lambda values: values.sum(skipna=False)),
        came=("geo", "nunique"),
        flag=("flag", _united),
        synthetic=("synthetic", "any"),
    )
    whole_there = sums["came"] == sums["indicator"].map(wanted)
    sums[["value", "denominator"]] = sums[["value", "denominator"]].where(whole_there)
    return sums.drop(columns="came").assign(geo=whole, provider="", submission="")


def _united(flags: pd.Series) -> str:
    """Every flag of the parts once; the one of two letters stays whole."""
    letters = sorted(set("".join(flags.str.replace(KEPT_BACK, "", regex=False))))
    return "".join(letters) + (KEPT_BACK if flags.str.contains(KEPT_BACK, regex=False).any() else "")
