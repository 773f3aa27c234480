"""Compiled suites against Great Expectations itself: rule by rule and row by row, on clean and on broken data."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.submissions.compile import ROW, compile_suite, failing_rows, file_kinds, kinds_of, results
from analysis.submissions.predicates import DATE, NUMBER, TEXT, WHOLE
from analysis.submissions.rulebook import parameters
from analysis.submissions.validate import by_great_expectations, validate
from submissions.rule_examples import BOOK, BREAKS, FLOWS, UNIQUE, clean, examples
from submissions.sample import CATALOGUE

OWN = 10_000  # from here on the rows of the examples are counted

ODD: dict[str, list[Any]] = {
    TEXT: [
        None,
        None,
        "",
        " ",
        "BE ",
        "be",
        "é",
        "e\u0301",
        "𝔘",
        "a\nb",
        "it's",
        '"',
        "\\",
        "P1D\n",
        "https://a\n",
        "T",
    ],
    NUMBER: [np.nan, np.nan, np.inf, -np.inf, -0.0, 0.0, 0.5, -1.0, 1e308, 5e-324, 2.0**53 + 2, 0.1 + 0.2, 100.0, 3.0],
    DATE: [pd.NaT, pd.NaT, pd.Timestamp("1900-01-01"), pd.Timestamp("2999-12-31"), pd.Timestamp("2022-03-13")],
}


def broken(frame: pd.DataFrame, seed: int, share: float = 0.15) -> pd.DataFrame:
    """Rows repeated, and in every column some cells emptied, made odd, or given the value of another row."""
    random = np.random.default_rng(seed)
    picked = random.integers(0, len(frame), size=min(max(2 * len(frame), 60), 300))
    made = frame.iloc[picked].reset_index(drop=True)
    for name, kind in kinds_of(frame).items():
        if kind != WHOLE:
            dtype, cells = made[name].dtype, made[name].astype("object").tolist()
            for row in np.flatnonzero(random.random(len(made)) < share):
                odd = ODD[kind]
                cells[row] = (
                    odd[random.integers(len(odd))] if random.random() < 0.7 else cells[random.integers(len(made))]
                )
            made[name] = pd.Series(cells, dtype=dtype)
    made[ROW] = random.permutation(len(made)) + 1000
    return made


def compared(frame: pd.DataFrame, suite: dict[str, Any], values: dict[str, object]) -> dict[str, list[int]]:
    """What the pass finds, after it was seen to be what Great Expectations finds."""
    plan = compile_suite(suite, kinds_of(frame), values)
    assert not plan.rest, [expectation["meta"]["rule"] for expectation in plan.rest]
    ours = {rule: rows.tolist() for rule, rows in failing_rows(plan, frame).items()}
    assert ours == by_great_expectations(frame, suite, values)
    return ours


@pytest.mark.parametrize("dataflow", FLOWS)
def test_every_rule_of_every_suite_finds_the_rows_that_great_expectations_finds(dataflow: str) -> None:
    values = parameters(CATALOGUE, CATALOGUE.dataflows[dataflow])
    frame = clean(dataflow)
    told, minded = examples(dataflow, first=OWN)
    found = compared(
        pd.concat([frame, broken(frame, seed=len(dataflow)), told], ignore_index=True), BOOK.suite(dataflow), values
    )
    assert {rule: [row for row in rows if row >= OWN] for rule, rows in found.items()} == minded, (
        "each rule minds its own example and no other"
    )
    silent = [rule for rule, rows in found.items() if rows == minded[rule]]
    assert len(silent) <= len(found) / 4, f"the broken data do not break {silent}"


def test_every_kind_of_rule_has_an_example() -> None:
    kinds = {expectation["type"] for flow in FLOWS for expectation in BOOK.suite(flow)["expectations"]}
    assert kinds == {*BREAKS, *UNIQUE}


def test_the_suites_need_no_great_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    values = parameters(CATALOGUE, CATALOGUE.dataflows["housing"])
    assert validate(clean("housing"), BOOK.suite("housing"), BOOK.rules("housing"), values)


@pytest.mark.parametrize("dataflow", ["housing", "survey"])
def test_no_rows_break_no_rule(dataflow: str) -> None:
    values = parameters(CATALOGUE, CATALOGUE.dataflows[dataflow])
    assert not any(compared(clean(dataflow).iloc[:0], BOOK.suite(dataflow), values).values())


FRAME = pd.DataFrame(
    {
        "row_id": np.arange(12) * 3,
        "word": pd.Series(["a", "B", "a", None, "", "a\n", "é", "P1D", "P1D\n", "it's", "𝔘x", "a.b"], dtype="str"),
        "code": pd.Series(["a", "b", "a", None, None, "a\n", "e", "P1D", "P1D", "its", "x", "a.b"], dtype="str"),
        "x": [0.0, -0.0, np.nan, np.inf, -np.inf, 1.5, 2.0, 3.0, 3.0, 1e300, -1.0, 2.0],
        "y": [0.0, 0.0, np.nan, np.inf, np.inf, 1.5, np.nan, 2.0, 4.0, 1e300, 1.0, 2.0],
        "n": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2**60],
        "day": pd.to_datetime(["2022-01-01", None, *["2022-01-02"] * 5, *["1850-06-01"] * 5]).astype("datetime64[s]"),
        "due": pd.to_datetime(["2022-01-01", None, None, *["2022-01-01"] * 9]).astype("datetime64[ns]"),
    }
)
KNOWN: list[tuple[str, dict[str, Any]]] = [
    ("column_values_to_be_null", {"column": "x"}),
    ("column_values_to_not_be_null", {"column": "day"}),
    ("column_values_to_be_in_set", {"column": "word", "value_set": ["a", "it's", "𝔘x"]}),
    ("column_values_to_be_in_set", {"column": "word", "value_set": []}),
    ("column_values_to_be_in_set", {"column": "x", "value_set": [0, 1.5, 3]}),
    ("column_values_to_be_in_set", {"column": "n", "value_set": [0, 5, 9]}),
    ("column_values_to_be_in_set", {"column": "day", "value_set": {"$PARAMETER": "days"}}),
    ("column_values_to_not_be_in_set", {"column": "word", "value_set": ["a", "B"]}),
    ("column_values_to_be_between", {"column": "x", "min_value": 0, "max_value": 2.0, "strict_max": True}),
    ("column_values_to_be_between", {"column": "x", "min_value": 0, "strict_min": True}),
    ("column_values_to_be_between", {"column": "n", "max_value": 4}),
    ("column_values_to_be_between", {"column": "n", "min_value": 2.5}),
    ("column_values_to_be_between", {"column": "day", "min_value": {"$PARAMETER": "day"}}),
    ("column_values_to_be_between", {"column": "due", "max_value": {"$PARAMETER": "day"}, "strict_max": True}),
    ("column_value_lengths_to_be_between", {"column": "word", "min_value": 1, "max_value": 2}),
    ("column_value_lengths_to_equal", {"column": "word", "value": 2}),
    ("column_values_to_match_regex", {"column": "word", "regex": "^P[0-9]+[DWMY]$"}),
    ("column_values_to_match_regex", {"column": "word", "regex": "^.{1,2}$"}),
    ("column_values_to_not_match_regex", {"column": "word", "regex": "a.b|é"}),
    ("column_values_to_be_unique", {"column": "x"}),
    ("column_values_to_be_unique", {"column": "word"}),
    ("compound_columns_to_be_unique", {"column_list": ["word", "x"]}),
    ("compound_columns_to_be_unique", {"column_list": ["code", "day"], "ignore_row_if": "never"}),
    ("compound_columns_to_be_unique", {"column_list": ["code", "day"], "ignore_row_if": "any_value_is_missing"}),
    ("column_pair_values_to_be_equal", {"column_A": "word", "column_B": "code"}),
    ("column_pair_values_to_be_equal", {"column_A": "x", "column_B": "y", "ignore_row_if": "neither"}),
    (
        "column_pair_values_to_be_equal",
        {"column_A": "day", "column_B": "due", "ignore_row_if": "either_value_is_missing"},
    ),
    ("column_pair_values_a_to_be_greater_than_b", {"column_A": "x", "column_B": "n"}),
    ("column_pair_values_a_to_be_greater_than_b", {"column_A": "x", "column_B": "y", "or_equal": True}),
    (
        "column_pair_values_to_be_in_set",
        {"column_A": "word", "column_B": "code", "value_pairs_set": [["a", "a"], ["a", "b"]]},
    ),
    (
        "column_pair_values_to_be_in_set",
        {"column_A": "code", "column_B": "x", "value_pairs_set": [["a", 0], ["x", -1]], "ignore_row_if": "neither"},
    ),
]
CONDITIONS: list[Any] = [
    {"type": "comparison", "column": {"name": "code"}, "operator": "==", "parameter": "a"},
    {"type": "comparison", "column": {"name": "code"}, "operator": "!=", "parameter": "a"},
    {"type": "comparison", "column": {"name": "y"}, "operator": "NOT_IN", "parameter": [0, 2.0]},
    {"type": "nullity", "column": {"name": "code"}, "is_null": True},
    {
        "type": "or",
        "conditions": [
            {"type": "comparison", "column": {"name": "n"}, "operator": "<", "parameter": 3},
            {"type": "nullity", "column": {"name": "x"}, "is_null": False},
        ],
    },
    "code == 'a' and n <= 2",
    "code != 'a' or y > 1.5",
    "code in ['a', 'x'] and x.notnull()",
]
VALUES: dict[str, object] = {"day": pd.Timestamp("2022-01-01"), "days": [pd.Timestamp("1850-06-01")]}


def trial(*expectations: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    entries = [
        {"type": f"expect_{kind}", "kwargs": kwargs, "severity": "critical", "meta": {"rule": f"R{number}"}}
        for number, (kind, kwargs) in enumerate(expectations)
    ]
    return {"name": "trial", "expectations": entries}


def test_every_compiled_type_and_row_condition_finds_the_rows_that_great_expectations_finds() -> None:
    conditioned: list[tuple[str, dict[str, Any]]] = []
    for told in CONDITIONS:
        parser = {"condition_parser": "pandas"} if isinstance(told, str) else {}
        for kwargs in ({"column": "x", "max_value": 1}, {"column_list": ["code", "day"]}):
            kind = "column_values_to_be_between" if "column" in kwargs else "compound_columns_to_be_unique"
            conditioned.append((kind, kwargs | parser | {"row_condition": told}))
    found = compared(FRAME, trial(*KNOWN, *conditioned), VALUES)
    assert len(found) > 40 and sum(bool(rows) for rows in found.values()) > 30


LEFT_OVER: list[tuple[str, dict[str, Any]]] = [
    ("column_values_to_be_between", {"column": "nowhere", "min_value": 0}),
    ("column_values_to_be_between", {"column": "word", "min_value": 0}),
    ("column_values_to_be_between", {"column": "word", "min_value": "a", "max_value": "it"}),
    ("column_values_to_be_between", {"column": "day", "min_value": "2022-01-01"}),
    ("column_values_to_be_between", {"column": "x", "min_value": 2, "max_value": 1}),
    ("column_values_to_be_between", {"column": "x", "min_value": 0, "mostly": 0.9}),
    ("column_values_to_be_between", {"column": "x", "min_value": 0, "row_condition": "x.abs() > 1"}),
    ("column_values_to_be_between", {"column": "x"}),
    ("column_values_to_be_in_set", {"column": "word", "value_set": {"$PARAMETER": "unheard"}}),
    ("column_values_to_be_in_set", {"column": "word", "value_set": ["a", 1]}),
    ("column_values_to_match_regex", {"column": "word", "regex": "("}),
    ("column_values_to_match_regex", {"column": "word", "regex": "^\\w+$"}),
    ("column_values_to_match_regex", {"column": "x", "regex": "^1"}),
    ("column_pair_values_to_be_equal", {"column_A": "word", "column_B": "x"}),
    ("column_pair_values_to_be_equal", {"column_A": "x", "column_B": "y", "ignore_row_if": "whenever"}),
    ("column_values_to_be_of_type", {"column": "x", "type_": "float64"}),
    ("table_row_count_to_equal", {"value": 5}),
]


@pytest.mark.parametrize("expectation", LEFT_OVER, ids=str)
def test_what_only_great_expectations_can_judge_is_left_to_it(expectation: tuple[str, dict[str, Any]]) -> None:
    plan = compile_suite(trial(expectation), kinds_of(FRAME), VALUES)
    assert len(plan.rest) == 1 and not plan.broken and not plan.unique


def test_columns_that_behave_in_their_own_way_are_left_to_great_expectations() -> None:
    strange = pd.DataFrame(
        {
            "object": pd.Series(["a", 1], dtype="object"),
            "category": pd.Series(["a", "b"], dtype="category"),
            "nullable": pd.Series([1, None], dtype="Int64"),
            "na": pd.Series(["a", None], dtype="string"),
            "zoned": pd.to_datetime(["2022-01-01", None], utc=True),
            "flag": [True, False],
        }
    )
    assert kinds_of(strange) == {}


def test_many_rules_and_a_file_give_the_same_rows(tmp_path: Path) -> None:
    many = trial(*(("column_values_to_be_between", {"column": "n", "max_value": top}) for top in range(130)))
    plan = compile_suite(many, kinds_of(FRAME), {})
    expected = {f"R{top}": FRAME.loc[FRAME["n"] > top, ROW].tolist() for top in range(130)}
    FRAME.drop(columns=["due"]).to_parquet(tmp_path / "rows.parquet")
    assert file_kinds(tmp_path / "rows.parquet")["n"] == WHOLE
    for source in (FRAME, tmp_path / "rows.parquet"):
        assert {rule: rows.tolist() for rule, rows in failing_rows(plan, source).items()} == expected


def test_results_have_the_shape_of_great_expectations() -> None:
    suite = trial(("column_values_to_be_between", {"column": "n", "max_value": 9}))
    plan = compile_suite(suite, kinds_of(FRAME), {})
    (told,) = results(suite, failing_rows(plan, FRAME), len(FRAME))
    assert told["success"] is False and told["expectation_config"]["meta"] == {"rule": "R0"}
    assert told["result"] == {
        "element_count": 12,
        "unexpected_count": 2,
        "unexpected_index_list": [{"row_id": 30}, {"row_id": 33}],
    }
