"""Changes of known figures, by hand and by law."""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.trends.revisions import KEYS, revision_summary, revisions


def history(rows: list[tuple[str, str, float | None, str]]) -> pd.DataFrame:
    """`indicator, as_of, value, submission` each; everything else is one and the same."""
    frame = pd.DataFrame(rows, columns=["indicator", "as_of", "value", "submission"])
    same = dict.fromkeys(set(KEYS) - {"indicator", "period"}, "x")
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    return frame.assign(period=pd.Timestamp("2023-03-26"), value=frame["value"].astype("float64"), **same)


KNOWN = history(
    [
        ("HOU02", "2023-04-01", 82, "a"),
        ("HOU01", "2023-04-01", 91, "a"),
        ("HOU03", "2023-04-01", 0, "a"),
        ("HOU05", "2023-04-01", None, "a"),
        ("HOU04", "2023-04-01", 100, "a"),
        ("HOU01", "2023-05-03", 91, "b"),  # the same again
        ("HOU02", "2023-05-03", 89, "b"),
        ("HOU03", "2023-05-03", 5, "b"),  # no base for a percentage
        ("HOU05", "2023-05-03", None, "b"),  # still unknown
        ("HOU04", "2023-05-03", None, "b"),  # withdrawn
        ("HOU04", "2023-06-01", 50, "c"),
        ("HOU02", "2023-06-01", 80.1, "c"),
    ]
)


@pytest.mark.parametrize(
    ("indicator", "changes"),
    [
        ("HOU01", []),
        ("HOU02", [(82, 89, 7, 7 / 82, "b"), (89, 80.1, -8.9, -0.1, "c")]),
        ("HOU03", [(0, 5, 5, None, "b")]),
        ("HOU04", [(100, None, None, None, "b"), (None, 50, None, None, "c")]),
        ("HOU05", []),
    ],
)
def test_by_hand(indicator: str, changes: list[tuple[float | None, ...]]) -> None:
    table = revisions(KNOWN)
    own = table[table["indicator"] == indicator].sort_values("revised")
    told = own[["before", "after", "change", "relative"]].to_numpy()
    assert told == pytest.approx(
        pd.DataFrame([row[:4] for row in changes], columns=list("abcd"), dtype="float64").to_numpy(), nan_ok=True
    )
    assert list(own["submission"]) == [row[4] for row in changes]


def test_the_largest_comes_first_and_what_has_no_size_before_it() -> None:
    assert list(revisions(KNOWN)["indicator"]) == ["HOU03", "HOU04", "HOU04", "HOU02", "HOU02"]


def test_the_summary_counts_figures_not_changes() -> None:
    rows = revision_summary(KNOWN).set_index("indicator")
    assert list(rows.index) == ["HOU02", "HOU03", "HOU04"]
    assert tuple(rows.loc["HOU02", ["figures", "revised"]]) == (1, 1)
    assert tuple(rows.loc["HOU02", ["mean", "typical"]]) == pytest.approx(((7 / 82 - 0.1) / 2, (7 / 82 + 0.1) / 2))
    assert rows.loc["HOU03", ["mean", "typical"]].isna().all()


def test_nothing_known_is_nothing_revised() -> None:
    assert revisions(KNOWN[:0]).empty
    assert revision_summary(KNOWN[:0]).empty


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_the_changes_lead_from_the_first_value_to_the_last(values: list[int]) -> None:
    days = [f"2023-01-{day + 1:02d}" for day in range(len(values))]
    table = revisions(history([("X", day, value, day) for day, value in zip(days, values, strict=True)]))
    assert values[0] + table["change"].sum() == values[-1]
    assert len(table) == sum(one != other for one, other in pairwise(values))
