"""Each rule of each suite by example: a clean row that no rule minds, and one broken row that it alone minds."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analysis.submissions.batch import Entry, assemble
from analysis.submissions.compile import ROW
from analysis.submissions.history import Asked, add_history, needs_history
from analysis.submissions.parse import Parsed
from analysis.submissions.rulebook import load_rulebook, parameters
from submissions.sample import CATALOGUE, RULEBOOK

Expectation = dict[str, Any]
BOOK = load_rulebook(RULEBOOK, CATALOGUE)
FLOWS = sorted(CATALOGUE.dataflows)
PERIOD = date(2022, 3, 13)
DAY = pd.Timedelta(days=1)
TEXTS = ["P1M", "https://a.be/x"]


def clean(dataflow: str, rows: int = 60) -> pd.DataFrame:
    """Rows of one submission of a dataflow, every cell allowed, as the rules meet them."""
    random, flow = np.random.default_rng(rows), CATALOGUE.dataflows[dataflow]
    own = parameters(CATALOGUE, flow)["own_indicators"] or sorted(CATALOGUE.indicators)
    cells: dict[str, list[Any]] = {}
    for column in CATALOGUE.forms[flow.form].columns:
        if column.name == "indicator":
            allowed: Any = own
        elif column.code_list in CATALOGUE.code_lists:
            allowed = sorted(CATALOGUE.code_lists[column.code_list].codes)
        else:
            allowed = {"number": [1.0, 2.0, 3.0], "percent": [1.0, 50.0]}.get(column.type, TEXTS)
        days = column.type in ("date", "month")
        cells[column.name] = [PERIOD if days else allowed[random.integers(len(allowed))] for _ in range(rows)]
    parsed = Parsed("", 1, tuple(range(2, rows + 2)), cells, {}, {})
    frame = assemble([Entry("a" * 64, PERIOD, date(2022, 3, 18), parsed)], flow, CATALOGUE)
    if needs_history(BOOK.suite(dataflow)):
        frame = add_history(frame, frame["submission"], Asked({}, CATALOGUE.code_lists["geo"].codes))
    return frame


def good(dataflow: str) -> pd.DataFrame:
    """One row that no rule minds: figures of 2, nothing to compare with."""
    frame = clean(dataflow, rows=1)
    for name in frame.select_dtypes("float64"):
        frame[name] = float("nan")
    for expectation in BOOK.suite(dataflow)["expectations"]:
        wanted = expectation["kwargs"].get("column", "")
        needed = expectation["type"] == "expect_column_values_to_not_be_null" or wanted == "value"
        if needed and frame[wanted].dtype == "float64":
            frame[wanted] = 2.0
        if "regex" in expectation["kwargs"]:
            frame[wanted] = next(text for text in TEXTS if re.match(expectation["kwargs"]["regex"], text))
        if "value_set" in expectation["kwargs"]:
            allowed = values_of(expectation, dataflow)
            if frame[wanted].iloc[0] not in allowed:
                frame[wanted] = allowed[0]
    return frame


def values_of(expectation: Expectation, dataflow: str) -> list[Any]:
    return list(filled(expectation["kwargs"]["value_set"], dataflow))


def filled(value: Any, dataflow: str) -> Any:
    named = isinstance(value, dict) and "$PARAMETER" in value
    return parameters(CATALOGUE, CATALOGUE.dataflows[dataflow])[value["$PARAMETER"]] if named else value


def unlike(value: Any) -> Any:
    """A value that no list has."""
    return value + 97 * DAY if isinstance(value, pd.Timestamp) else "?" if isinstance(value, str) else 97.0


def beyond(kwargs: dict[str, Any], dataflow: str) -> Any:
    if "max_value" in kwargs:
        return kwargs["max_value"] + 1.0
    low = filled(kwargs["min_value"], dataflow)
    return low - (DAY if isinstance(low, pd.Timestamp) else 0 if kwargs.get("strict_min") else 1.0)


# how one row is broken: the column that changes, and its value
BREAKS: dict[str, Callable[[dict[str, Any], pd.Series, str], tuple[str, Any]]] = {
    "expect_column_values_to_not_be_null": lambda k, row, flow: (k["column"], None),
    "expect_column_values_to_be_in_set": lambda k, row, flow: (k["column"], unlike(row[k["column"]])),
    "expect_column_values_to_be_between": lambda k, row, flow: (k["column"], beyond(k, flow)),
    "expect_column_values_to_match_regex": lambda k, row, flow: (k["column"], "no match"),
    "expect_column_pair_values_a_to_be_greater_than_b": lambda k, row, flow: lesser(k, row, flow),
    "expect_column_pair_values_to_be_equal": lambda k, row, flow: (k["column_B"], after(row[k["column_A"]])),
}
UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


def lesser(kwargs: dict[str, Any], row: pd.Series, dataflow: str) -> tuple[str, Any]:
    """The greater one made too small; where other rules compare it too, the lesser one made too great."""
    a, b = kwargs["column_A"], kwargs["column_B"]
    sides = [(e["kwargs"].get("column_A"), e["kwargs"].get("column_B")) for e in BOOK.suite(dataflow)["expectations"]]
    alone = sum(a in pair for pair in sides) == 1
    return (a, before(row[b])) if alone else (b, after(row[a]))


def before(value: Any) -> Any:
    return value - (DAY if isinstance(value, pd.Timestamp) else 1.0)


def after(value: Any) -> Any:
    return value + (DAY if isinstance(value, pd.Timestamp) else 1.0)


def broken_rows(row: pd.DataFrame, expectation: Expectation, dataflow: str) -> pd.DataFrame:
    """`row` broken so that one rule minds; where that would break a comparison too, its other side is left out."""
    if expectation["type"] in UNIQUE:
        return pd.concat([row, row], ignore_index=True)
    row, kwargs = row.copy(), expectation["kwargs"]
    for name in (kwargs.get("column_A"), kwargs.get("column_B")):
        if name and row[name].dtype == "float64":
            row[name] = 2.0
    column, value = BREAKS[expectation["type"]](kwargs, row.iloc[0], dataflow)
    row[column] = pd.Series([value], dtype=row[column].dtype)
    for other in BOOK.suite(dataflow)["expectations"]:
        pair = [other["kwargs"].get("column_A"), other["kwargs"].get("column_B")]
        if other is not expectation and column in pair:
            (partner,) = {*pair} - {column}
            row[partner] = pd.Series([None], dtype=row[partner].dtype)
    return row


def examples(dataflow: str, first: int) -> tuple[pd.DataFrame, dict[str, list[int]]]:
    """
    The clean row, then what breaks each rule, each in a submission of its own and counted from `first`.

    Returns the rows, and for each rule of the suite those that it alone minds.
    """
    row = good(dataflow)
    if "respondent" in row:
        row["respondent"] = "R0"
    parts, minded = [row.assign(submission=f"{0:064x}")], {}
    for number, expectation in enumerate(BOOK.suite(dataflow)["expectations"], start=1):
        rows = broken_rows(row, expectation, dataflow).assign(submission=f"{number:064x}")
        if "respondent" in rows and rows["respondent"].notna().all():
            rows["respondent"] = f"R{number}"
        start = first + sum(map(len, parts))
        minded[expectation["meta"]["rule"]] = list(range(start, start + len(rows)))
        parts.append(rows)
    frame = pd.concat(parts, ignore_index=True)
    frame[ROW] = range(first, first + len(frame))
    return frame, minded
