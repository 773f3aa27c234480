import pandas as pd
import pytest

from analysis.catalogue import Label
from analysis.errors import RuleCrashed
from analysis.submissions.rulebook import SEVERITIES, Rule, load_rulebook, parameters
from analysis.submissions.validate import validate
from submissions.sample import CATALOGUE, RULEBOOK

BOOK = load_rulebook(RULEBOOK, CATALOGUE)
WORDS = Label("a.", "b.", "c.", "d.")
FRAME = pd.DataFrame(
    {
        "row_id": [10, 11, 12, 13],
        "geo": ["BE", "XX", "BE", None],
        "value": [1.0, -1.0, None, 3.0],
        "denominator": [2.0, 2.0, 2.0, 2.0],
    }
)


def judged(*expectations: tuple[str, dict[str, object]]) -> list[tuple[str, int]]:
    entries = [
        {"type": f"expect_{kind}", "kwargs": kwargs, "severity": "critical", "meta": {"rule": f"R{number}"}}
        for number, (kind, kwargs) in enumerate(expectations)
    ]
    rules = {f"R{number}": Rule(f"R{number}", "error", WORDS, WORDS) for number in range(len(entries))}
    found = validate(FRAME, {"name": "trial", "expectations": entries}, rules, {"geo": ["BE"]})
    return [(rule.id, row) for rule, row in found]


def test_every_failing_row_of_every_rule_in_the_order_of_the_suite() -> None:
    assert judged(
        ("column_values_to_be_between", {"column": "value", "min_value": 0}),
        ("column_values_to_be_in_set", {"column": "geo", "value_set": {"$PARAMETER": "geo"}}),
        ("column_values_to_not_be_null", {"column": "geo"}),
        (
            "column_pair_values_a_to_be_greater_than_b",
            {"column_A": "denominator", "column_B": "value", "ignore_row_if": "either_value_is_missing"},
        ),
        ("compound_columns_to_be_unique", {"column_list": ["geo", "denominator"], "ignore_row_if": "never"}),
        ("column_values_to_be_between", {"column": "denominator", "max_value": 2}),
    ) == [("R0", 11), ("R1", 11), ("R2", 13), ("R3", 13), ("R4", 10), ("R4", 12)]


CRASHES = [
    (("column_values_to_be_between", {"column": "nowhere", "min_value": 0}), "R0"),
    (("column_values_to_be_between", {"column": "geo", "min_value": 0}), "R0"),
    (("column_values_to_match_regex", {"column": "geo", "regex": "("}), "R0"),
    (("table_row_count_to_equal", {"value": 5}), "R0"),
    (("column_values_to_be_in_set", {"column": "geo", "value_set": {"$PARAMETER": "unheard"}}), "unheard"),
    (("nonsense", {}), "expect_nonsense"),
]


@pytest.mark.parametrize(("expectation", "named"), CRASHES, ids=lambda case: case if isinstance(case, str) else case[0])
def test_a_rule_that_cannot_run_is_a_crash_and_never_failing_data(
    expectation: tuple[str, dict[str, object]], named: str
) -> None:
    with pytest.raises(RuleCrashed, match=named):
        judged(expectation)


@pytest.mark.parametrize("dataflow", sorted(CATALOGUE.dataflows))
def test_suites_load_with_great_expectations_unchanged(dataflow: str) -> None:
    from great_expectations.core import ExpectationSuite

    told = BOOK.suite(dataflow)
    suite = ExpectationSuite(**told)
    assert len(suite.expectations) == len(told["expectations"])
    for expectation, written in zip(suite.expectations, told["expectations"], strict=True):
        assert expectation.severity.value == written["severity"]
        assert expectation.meta == written["meta"]
        assert BOOK.rules(dataflow)[written["meta"]["rule"]].severity == SEVERITIES[written["severity"]]
    assert set(suite.suite_parameter_options) <= parameters(CATALOGUE, CATALOGUE.dataflows[dataflow]).keys()
