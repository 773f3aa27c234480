"""Small cells at the boundary: counts from one to four, and the rates that rest on them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.catalogue import load_catalogue
from analysis.catalogue.disclosure import DisclosureRules, Threshold
from analysis.disclosure import WITHHELD, small, suppress
from analysis.errors import UsageError

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


SMALL = cells(("housing", "COUNT", 3, NONE), ("housing", "COUNT", 30, NONE))


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(SMALL.assign(dataflow=[None, "housing"]), id="no dataflow: the default threshold, not none"),
        pytest.param(SMALL.assign(dataflow="weather"), id="a dataflow that nobody knows"),
        pytest.param(SMALL.assign(indicator="NEW"), id="an indicator without a unit"),
        pytest.param(SMALL.assign(flag=NONE), id="flags that are no texts"),
        pytest.param(SMALL.assign(value=[3, 30]), id="whole numbers"),
        pytest.param(SMALL.assign(value=pd.array([3, 30], dtype="Int64")), id="nullable numbers"),
        pytest.param(SMALL.assign(value=pd.Series([3, 30], dtype=object)), id="numbers as objects"),
        pytest.param(SMALL.astype({"dataflow": "category"}), id="categories"),
        pytest.param(SMALL.drop(columns=["flag", "note"]), id="neither flag nor note"),
        pytest.param(SMALL.set_axis(["a", "b"]), id="an index of texts"),
    ],
)
def test_an_odd_frame_is_protected_all_the_same(frame: pd.DataFrame) -> None:
    assert suppress(frame, RULES, UNITS)["value"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ([3, 30], "observations must be a pandas DataFrame, not 'list'"),
        (SMALL.drop(columns="denominator"), "column 'denominator' must be there once"),
        (SMALL.rename(columns={"note": "value"}), "column 'value' must be there once"),
        (SMALL.assign(value=["3", "30"]), "column 'value' must be numbers"),
        (SMALL.set_axis([0, 0]), "one label a row, each once"),
    ],
)
def test_what_cannot_be_protected_is_refused_in_one_line(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        suppress(frame, RULES, UNITS)
    assert said in str(refused.value) and "\n" not in str(refused.value)


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
