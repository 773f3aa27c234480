"""Complementary suppression: whoever knows the totals and the rule cannot work out a withheld cell of one family."""

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.catalogue.disclosure import DisclosureRules, Threshold
from analysis.disclosure import complement, small, suppress
from analysis.errors import UsageError

RULES = DisclosureRules({"default": Threshold(1, 4)}, frozenset(), frozenset(), frozenset())
UNITS = {"COUNT": "persons"}
TOTALS = [
    ("sex", {"F": "T", "M": "T", "X": "T"}),
    ("geo", {"VLG": "BE", "BRU": "BE", "WAL": "BE", "DG": "WAL"}),
    ("breakdown", {"CARD": "", "AWAITED": ""}),  # two divisions, each of which makes up the whole
    ("breakdown", {"VULNERABLE": "", "OTHER": ""}),
]
KEYS = {
    "dataflow": "housing", "provider": "", "indicator": "COUNT", "geo": "BE", "period": "2024-01-07",
    "frequency": "P2W", "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": "",
    "denominator": float("nan"), "flag": "",
}  # fmt: skip


def cells(key: str, values: dict[str, float], **fixed: str) -> pd.DataFrame:
    return pd.DataFrame([KEYS | fixed | {key: code, "value": float(value)} for code, value in values.items()])


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    return suppress(frame, RULES, UNITS, secondary=[complement(RULES, TOTALS)])


def hidden(key: str, **values: float) -> set[str]:
    out = shown(cells(key, values))
    return set(out.loc[out["value"].isna(), key])


@pytest.mark.parametrize(
    ("key", "values", "withheld"),
    [
        ("sex", {"T": 40, "F": 10, "M": 30}, set()),
        ("sex", {"T": 33, "F": 3, "M": 30}, {"F", "M"}),
        ("sex", {"T": 63, "F": 3, "M": 40, "X": 20}, {"F", "X"}),  # the smallest other part
        ("sex", {"F": 3, "M": 30}, {"F"}),  # no total, nothing to subtract from
        ("sex", {"T": 3, "F": 3, "M": 0}, {"T", "F"}),
        ("sex", {"T": 5, "F": 2, "M": 3}, {"F", "M"}),  # 1 and 4 as well
        ("sex", {"T": 8, "F": 4, "M": 4}, {"T", "F", "M"}),  # two of at most 4 that make 8 are both 4
        ("sex", {"T": 38, "F": 4, "M": 4, "X": 30}, {"F", "M", "X"}),
        ("sex", {"T": 32, "F": 1, "M": 1, "X": 30}, {"F", "M", "X"}),
        ("breakdown", {"": 33, "CARD": 30, "AWAITED": 3, "VULNERABLE": 20, "OTHER": 13}, {"CARD", "AWAITED"}),
        ("geo", {"BE": 93, "VLG": 50, "BRU": 3, "WAL": 40}, {"BRU", "WAL"}),
        ("geo", {"BE": 190, "VLG": 50, "BRU": 60, "WAL": 80, "DG": 2}, {"DG", "WAL", "VLG"}),  # and on to its own total
    ],
)
def test_what_is_withheld_besides(key: str, values: dict[str, float], withheld: set[str]) -> None:
    assert hidden(key, **values) == withheld


@pytest.mark.parametrize(
    ("values", "kept_back", "withheld"),
    [
        ({"T": 33, "F": 3, "M": 30}, "F", {"F", "M"}),  # sent as "fewer than 5": the total less M tells it
        ({"T": 63, "F": 3, "M": 40, "X": 20}, "F", {"F", "X"}),
        ({"T": 32, "F": 1, "M": 1, "X": 30}, "FM", {"F", "M", "X"}),  # two of at least 1 that make 2 are both 1
        ({"T": 33, "F": 1, "M": 2, "X": 30}, "FM", {"F", "M"}),
        ({"T": 33, "F": 13, "M": 20}, "", set()),
    ],
)
def test_a_count_that_its_sender_kept_back_is_not_told(
    values: dict[str, float], kept_back: str, withheld: set[str]
) -> None:
    frame = cells("sex", values)
    silent = frame["sex"].isin(list(kept_back))
    frame.loc[silent, ["value", "flag"]] = [float("nan"), "iv"]
    out = shown(frame)
    assert set(out.loc[out["value"].isna(), "sex"]) == withheld
    assert (out.loc[silent, "flag"] == "iv").all()  # its bounds are no secret


def test_other_rounds_and_providers_do_not_count() -> None:
    frame = pd.concat(
        [
            cells("sex", {"T": 33, "F": 3, "M": 30}, provider="a"),
            cells("sex", {"T": 33, "F": 13, "M": 20}, provider="b"),
            cells("sex", {"T": 33, "F": 13, "M": 20}, provider="a", period="2024-01-21"),
        ],
        ignore_index=True,
    )
    assert shown(frame)["value"].isna().tolist() == [False, True, True, *[False] * 6]


def test_each_edition_has_its_own_families() -> None:
    parts = {"T": 33, "F": 3, "M": 30}
    frame = pd.concat(
        [cells("sex", parts).assign(as_of=day) for day in ("2024-01-10", "2024-01-20")], ignore_index=True
    )
    assert shown(frame)["value"].isna().tolist() == [False, True, True] * 2


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=3))
def test_an_attacker_who_knows_total_and_rule_is_left_with_a_choice(parts: list[int]) -> None:
    """By brute force over everything the parts could be; a total of all 0 or one that is all there is tells nothing."""
    truth = dict(zip("FMX", parts, strict=False))
    frame = cells("sex", {"T": sum(parts), **truth})
    out = shown(frame).set_index("sex")["value"]
    primary = set(frame.loc[small(frame, RULES, UNITS), "sex"])
    unknown = [code for code in truth if pd.isna(out[code])]
    if pd.isna(out["T"]):
        return  # then nothing can be subtracted
    rest = out["T"] - sum(out[code] for code in truth if code not in unknown)
    ranges = [range(1, 5) if code in primary else range(37) for code in unknown]
    possible = [found for found in product(*ranges) if sum(found) == rest]
    for place, code in enumerate(unknown):
        if code in primary:
            assert len({found[place] for found in possible}) > 1


@pytest.mark.parametrize("division", [("gender", {"F": "T"}), ("sex", {"F": "T", "T": "T"})])
def test_a_division_of_nothing_or_into_itself_is_refused(division: tuple[str, dict[str, str]]) -> None:
    with pytest.raises(UsageError, match="a division must be one of dataflow"):
        complement(RULES, [division])


def test_two_rows_of_one_cell_are_refused_for_they_would_seem_to_hide_each_other() -> None:
    frame = cells("sex", {"T": 33, "F": 3, "M": 30})
    with pytest.raises(UsageError, match="one row a cell and edition"):
        shown(pd.concat([frame, frame], ignore_index=True))
