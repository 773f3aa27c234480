import pandas as pd
import pytest
from scipy.stats import binom, binomtest

from analysis.submissions.scorecard import COLUMNS, DAYS, median_interval, scorecard, wilson


def ledger(rows: list[tuple[str, str, str | None, str, str, int | None, str]]) -> pd.DataFrame:
    names = ["submission", "provider", "period", "received_at", "state", "days_late", "supersedes"]
    frame = pd.DataFrame(rows, columns=names).assign(dataflow="registration")
    for name in ("period", "received_at"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    return frame.astype({"days_late": "Int64"})


LEDGER = ledger(
    [
        ("a", "ibz", "2022-03-13", "2022-03-16", "accepted", 0, ""),
        ("b", "ibz", "2022-03-27", "2022-04-06", "accepted_with_queries", 3, ""),
        ("c", "ibz", "2022-03-27", "2022-04-20", "accepted", 17, "b"),
        ("d", "ibz", "2023-01-01", "2023-01-04", "rejected", 0, ""),
        ("e", "dg", None, "2023-01-04", "rejected", None, ""),
        ("f", "", None, "2023-01-04", "rejected", None, ""),
    ]
)
FINDINGS = pd.DataFrame(
    [("b", "query"), ("b", "query"), ("c", "info"), ("d", "error")], columns=["submission", "severity"]
)


@pytest.mark.parametrize(
    ("provider", "window", "quantity", "count", "n", "value"),
    [
        ("ibz", "", "on_time", 1, 2, 0.5),  # c revises b and d was rejected: neither tells when the round came
        ("ibz", "", "passed", 2, 4, 0.5),
        ("ibz", "", "queried", 1, 4, 0.25),
        ("ibz", "", "revised", 1, 4, 0.25),
        ("ibz", "", DAYS, 2, 2, 6.5),
        ("ibz", "2022", "on_time", 1, 2, 0.5),
        ("ibz", "2023", "passed", 0, 1, 0.0),
        ("dg", "", "passed", 0, 1, 0.0),
        ("dg", "", "on_time", 0, 0, None),
        ("dg", "", DAYS, 0, 0, None),
    ],
)
def test_by_hand(provider: str, window: str, quantity: str, count: int, n: int, value: float | None) -> None:
    card = scorecard(LEDGER, FINDINGS)
    assert list(card.columns) == list(COLUMNS)
    (row,) = card[(card[["provider", "window", "quantity"]] == [provider, window, quantity]).all(axis=1)].itertuples()
    assert (row.count_ if hasattr(row, "count_") else row[4], row.n) == (count, n)
    assert pd.isna(row.value) if value is None else row.value == pytest.approx(value)


def test_only_providers_that_are_known_and_windows_that_are_dated() -> None:
    card = scorecard(LEDGER, FINDINGS, every="Q")
    assert set(card["provider"]) == {"ibz", "dg"}
    assert set(card.loc[card["provider"] == "dg", "window"]) == {""}
    assert set(card["window"]) == {"", "2022Q1", "2023Q1"}


def test_an_empty_ledger_gives_an_empty_card() -> None:
    assert list(scorecard(LEDGER[:0], FINDINGS[:0]).columns) == list(COLUMNS)


@pytest.mark.parametrize(("count", "n"), [(0, 1), (1, 1), (3, 10), (10, 10), (0, 40), (17, 48), (499, 500)])
def test_wilson_agrees_with_scipy(count: int, n: int) -> None:
    expected = binomtest(count, n).proportion_ci(method="wilson")
    assert wilson(count, n) == pytest.approx((expected.low, expected.high))


def test_wilson_of_nothing_is_unknown() -> None:
    assert pd.isna(list(wilson(0, 0))).all()


@pytest.mark.parametrize("n", [1, 5, 6, 9, 10, 25, 48])
def test_the_median_s_interval_holds_at_least_95_percent_and_is_the_narrowest(n: int) -> None:
    low, high = median_interval(pd.Series(range(1, n + 1)))
    outside = [2 * binom.cdf(rank - 1, n, 0.5) for rank in range(1, n + 1)]
    ranks = [rank for rank in range(1, n + 1) if outside[rank - 1] <= 0.05]
    if not ranks:
        assert pd.isna([low, high]).all()
    else:
        assert (low, high) == (max(ranks), n + 1 - max(ranks))
