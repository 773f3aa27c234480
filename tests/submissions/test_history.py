"""What the same provider sent before, seen from each row: a small history with one edit a case."""

from typing import Any

import pandas as pd
import pytest

from analysis.submissions.history import COLUMNS, FEWEST, add_history, needs_history

DAYS = pd.date_range("2022-03-13", periods=12, freq="14D")
KEYS = {"indicator": "REG02", "geo": "BE", "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": ""}
KINDS = {"REG02": "cumulative", "REG03": "stock"}


def sent(values: list[float], **changed: Any) -> pd.DataFrame:
    """One submission a round, five days after it, with one row."""
    days = DAYS[: len(values)]
    rows = {"submission": [f"s{day:%m%d}" for day in days], "period": days, "received_at": days + pd.Timedelta(days=5)}
    frame = pd.DataFrame(rows | {"value": values} | KEYS | changed)
    return frame.astype({"period": "datetime64[s]", "received_at": "datetime64[s]"})


def judged(*parts: pd.DataFrame, past: pd.DataFrame | None = None) -> pd.DataFrame:
    frame = pd.concat(parts, ignore_index=True)
    frame["row_id"] = range(len(frame))
    return add_history(frame, pd.Series(["ibz"] * len(frame)), KINDS, ["BE", "WAL"], past)


def test_a_running_total_that_falls_is_told_by_how_much() -> None:
    told = judged(sent([10, 20, 15, 30]))["cumulative_fall"]
    assert told.isna().tolist() == [True, False, False, False] and told[1:].tolist() == [0, 5, 0]
    assert judged(sent([10, 20, 15], indicator="REG03"))["cumulative_fall"].isna().all()


def test_only_an_outlier_is_unusual_and_not_the_round_after_it() -> None:
    steady = [1000.0 + 10 * step for step in range(12)]
    assert judged(sent(steady))["unusual"].max() < 0.1
    told = judged(sent([*steady[:9], 5000.0, *steady[10:]]))["unusual"]
    assert told[:FEWEST].isna().all()
    assert told[9] > 50 and max(told[8], told[10], told[11]) < 3


def test_a_step_to_another_level_is_unusual_once() -> None:
    told = judged(sent([1000.0] * 10 + [1400.0, 1400.0], indicator="REG03"))["unusual"]
    assert told[10] > 8 and told[11] < 1


def test_a_revision_is_set_against_what_was_known_when_it_came_in() -> None:
    late = sent([10.0], submission="late", received_at=pd.Timestamp("2022-05-01"))
    told = judged(sent([20.0, 30.0]), late)["vintage_change"]
    assert told.isna().tolist() == [True, True, False] and told[2] == 0.5


def test_what_came_in_later_is_no_history() -> None:
    late = sent([50.0], submission="late", received_at=pd.Timestamp("2022-05-01"))
    assert judged(sent([20.0, 30.0]), late)["cumulative_fall"][1] == 0


def test_cells_of_the_round_before_that_are_missing_are_counted_on_the_first_row() -> None:
    other = sent([1.0], geo="WAL")
    unknown = sent([1.0], geo="Flandres-Nord")
    told = judged(sent([10.0, 20.0, 30.0]), other, unknown)["missing_cells"]
    assert told.fillna(0).tolist() == [0, 1, 0, 0, 0]


def test_days_are_counted_from_the_period_to_the_day_received() -> None:
    assert judged(sent([10.0, 20.0]))["days_old"].tolist() == [5, 5]


@pytest.mark.parametrize("again", [False, True], ids=["other submissions", "the same submissions"])
def test_the_store_is_history_too_but_never_a_submission_against_itself(again: bool) -> None:
    past = sent([10.0, 40.0]).rename(columns={"received_at": "as_of"}).assign(provider="ibz")
    new = sent([10.0, 40.0, 30.0]).iloc[0 if again else 2 :]
    assert judged(new, past=past)["cumulative_fall"].tolist()[-1] == 10


def test_another_provider_is_another_history() -> None:
    past = sent([10.0, 40.0]).rename(columns={"received_at": "as_of"}).assign(provider="fedasil")
    assert judged(sent([10.0, 40.0, 30.0]).iloc[2:], past=past)["cumulative_fall"].isna().all()


def test_rows_keep_their_order_and_their_types() -> None:
    before = sent([10.0, 20.0, 15.0])
    after = judged(before)
    assert after["row_id"].tolist() == [0, 1, 2]
    assert after[before.columns.tolist()].dtypes.equals(before.dtypes)
    assert all(after[name].dtype == "float64" for name in COLUMNS)


def test_only_suites_with_such_rules_need_it() -> None:
    rule = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "unusual", "max_value": 8}}
    assert needs_history({"expectations": [rule]})
    assert not needs_history({"expectations": [{"type": "x", "kwargs": {"column": "value"}}]})
