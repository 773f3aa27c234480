"""Small cells at the boundary: counts from one to four, and the rates that rest on them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.catalogue import load_catalogue
from analysis.catalogue.disclosure import DisclosureRules, Threshold
from analysis.disclosure import WITHHELD, small, suppress

NONE = float("nan")
RULES = DisclosureRules(
    {"default": Threshold(1, 4), "health": Threshold(1, 9)}, frozenset({"survey"}), frozenset({"EUR"}), frozenset()
)
UNITS = {"COUNT": "persons", "RATE": "%", "MONEY": "EUR"}


def cells(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["dataflow", "indicator", "value", "denominator"]).assign(flag="", note="said")


@pytest.mark.parametrize(
    ("dataflow", "indicator", "value", "denominator", "withheld"),
    [
        ("housing", "COUNT", 0, NONE, False),
        ("housing", "COUNT", 1, NONE, True),
        ("housing", "COUNT", 4, NONE, True),
        ("housing", "COUNT", 5, NONE, False),
        ("housing", "COUNT", 4.2, NONE, True),
        ("housing", "COUNT", NONE, NONE, False),
        ("housing", "RATE", 4, 500, True),  # its numerator
        ("housing", "RATE", 0, 3, True),  # its denominator
        ("housing", "RATE", 5, 500, False),
        ("housing", "RATE", 3.5, NONE, False),  # came as a rate: no count is known
        ("housing", "MONEY", 3, NONE, False),
        ("housing", "MONEY", 900, 3, True),  # an average over three persons
        ("housing", "MONEY", 3, 900, False),
        ("health", "COUNT", 9, NONE, True),  # a dataflow with a threshold of its own
        ("health", "COUNT", 10, NONE, False),
        ("survey", "COUNT", 3, NONE, False),  # public before
    ],
)
def test_what_is_withheld(dataflow: str, indicator: str, value: float, denominator: float, withheld: bool) -> None:
    frame = cells((dataflow, indicator, value, denominator))
    assert small(frame, RULES, UNITS).tolist() == [withheld]


def test_a_withheld_cell_keeps_nothing_but_its_keys() -> None:
    frame = cells(("housing", "RATE", 3, 500), ("housing", "RATE", 30, 500))
    out = suppress(frame, RULES, UNITS)
    assert out.loc[0, ["value", "denominator"]].isna().all()
    assert (out.loc[0, "flag"], out.loc[0, "note"]) == (WITHHELD, "")
    assert out.loc[1].equals(frame.loc[1])


def test_secondary_suppression_may_withhold_more() -> None:
    frame = cells(("housing", "COUNT", 3, NONE), ("housing", "COUNT", 30, NONE), ("housing", "COUNT", 33, NONE))
    out = suppress(frame, RULES, UNITS, secondary=[lambda seen, withheld: withheld | (seen["value"] == 30)])
    assert out["value"].isna().tolist() == [True, True, False]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.none() | st.integers(1, 12)), min_size=1))
def test_nothing_small_is_left(rows: list[tuple[int, int | None]]) -> None:
    frame = cells(*(("housing", "RATE" if n else "COUNT", x, n or NONE) for x, n in rows))
    out = suppress(frame, RULES, UNITS)
    assert not out["value"].between(1, 4).any()
    assert not out["denominator"].between(1, 4).any()
    assert suppress(out, RULES, UNITS).equals(out)


def test_the_tracked_rules_withhold_one_to_four() -> None:
    assert load_catalogue().disclosure.threshold("health") == Threshold(1, 4)
    assert load_catalogue().disclosure.threshold("survey") is None
