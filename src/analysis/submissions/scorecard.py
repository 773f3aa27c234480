"""How a provider's submissions fare: on time, passed, queried, revised later, days from collection to validation.

Pure functions over the ledger. A share of few submissions says little, so each comes with its 95 % interval: Wilson's
score interval for shares (Wilson 1927; Brown, Cai and DasGupta 2001), order statistics for a median (distribution-free,
so conservative where submissions are few, and open where they are too few).
"""

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

Z = 1.959963984540054  # 97.5 % of the normal distribution
SHARES = ("on_time", "passed", "queried", "revised")
DAYS = "days_to_validation"
COLUMNS = ("provider", "window", "quantity", "count", "n", "value", "low", "high")


class Interval(NamedTuple):
    """Both ends; NaN where nothing is known."""

    low: float
    high: float


def scorecard(ledger: "pd.DataFrame", findings: "pd.DataFrame", *, every: str = "Y") -> "pd.DataFrame":
    """
    The scorecard of each provider, per window and in all.

    Parameters
    ----------
    ledger, findings : the store's `submissions()` and `findings()`.
    every : the windows over time, by reference date: a pandas period such as "Y", "Q" or "M".

    Returns
    -------
    One row a provider, window ("" = in all, else such as "2022" or "2022Q3") and quantity, with `count` of `n` and
    `value`, `low`, `high`: shares from 0 to 1, `days_to_validation` in days (median; `count` is `n`). `on_time` and the
    days are those of the first file of a round that was not rejected, so that a revision makes nobody late; rounds that
    never came are no part of them, nor files without a due date. Files without a reference date are in no window.
    `passed` is accepted without an open query; `queried` had a query, explained or not; `revised` was replaced by a
    later one.
    """
    import pandas as pd

    told = _told(ledger, findings)
    told["window"] = told["period"].dt.to_period(every).astype("str").where(told["period"].notna())
    rows: list[tuple[object, ...]] = []
    for provider, own in told[told["provider"] != ""].groupby("provider", sort=True):
        windows = [("", own), *own.groupby("window", sort=True)]
        for window, part in windows:
            rows += [(provider, window, *quantity) for quantity in _quantities(part)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def wilson(count: int, n: int, z: float = Z) -> Interval:
    """Wilson's score interval of a share of `count` in `n`."""
    if not n:
        return Interval(float("nan"), float("nan"))
    share, square = count / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Interval(max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < n else 1.0)


def median_interval(values: "pd.Series") -> Interval:
    """The narrowest pair of order statistics that holds the median with at least 95 %; NaN below six values."""
    from scipy.stats import binom

    ordered = sorted(values.dropna().astype("float64"))
    n = len(ordered)
    rank = int(binom.ppf(0.025, n, 0.5)) if n else 0
    # P(X < rank) must not exceed 2.5 % on each side.
    while rank > 0 and binom.cdf(rank - 1, n, 0.5) > 0.025:
        rank -= 1
    if rank < 1:
        return Interval(float("nan"), float("nan"))
    return Interval(ordered[rank - 1], ordered[n - rank])


def _told(ledger: "pd.DataFrame", findings: "pd.DataFrame") -> "pd.DataFrame":
    """The ledger with a truth (or a missing one) per share, and the days."""
    told = ledger[["submission", "provider", "period", "received_at", "state", "days_late", "supersedes"]].copy()
    queried = set(findings.loc[findings["severity"] == "query", "submission"])
    on_time = told["days_late"].fillna(-1).astype("int64") == 0
    told["on_time"] = on_time.astype("boolean").mask(told["days_late"].isna() | ~_first(ledger))
    told["passed"] = (told["state"] == "accepted").astype("boolean")
    told["queried"] = told["submission"].isin(queried).astype("boolean")
    told["revised"] = told["submission"].isin(set(told["supersedes"]) - {""}).astype("boolean")
    told[DAYS] = (told["received_at"] - told["period"]).dt.days.where(_first(ledger))
    return told


def _first(ledger: "pd.DataFrame") -> "pd.Series":
    """Whether a file is the first of its round that was not rejected."""
    came = ledger[ledger["state"] != "rejected"].sort_values("received_at", kind="stable")
    first = came.drop_duplicates(["dataflow", "provider", "period"]).index
    return ledger.index.to_series().isin(first) & ledger["period"].notna()


def _quantities(part: "pd.DataFrame") -> Iterator[tuple[str, int, int, float, float, float]]:
    for name in SHARES:
        known = part[name].dropna()
        count, n = int(known.sum()), len(known)
        yield (name, count, n, count / n if n else float("nan"), *wilson(count, n))
    days = part[DAYS].dropna()
    yield (DAYS, len(days), len(days), float(days.median()), *median_interval(days))
