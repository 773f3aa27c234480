"""What the same provider sent before, seen from each row: a small history with one edit a case."""

from typing import Any

import pandas as pd
import pytest

from analysis.catalogue.stock_flows import StockFlow
from analysis.submissions.history import COLUMNS, FEWEST, Asked, add_history, needs_history

DAYS = pd.date_range("2022-03-13", periods=12, freq="14D")
KEYS = {"indicator": "REG02", "geo": "BE", "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": ""}
FLOWS = {"REG02": StockFlow(("REG01",), ()), "REG03": StockFlow(("REG01",), None), "HOU04": StockFlow(None, ("REG01",))}
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
    return add_history(frame, pd.Series(["ibz"] * len(frame)), Asked(KINDS, ["BE", "WAL"], FLOWS), past)


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


BALANCED = [
    # stock    values        came in   gap of the second round
    ("REG02", [100, 130], 30, 0),  # what comes in is all that changes a running total
    ("REG02", [100, 140], 30, 10),
    ("REG02", [100, 120], 30, 10),
    ("REG03", [100, 120], 30, 0),  # nobody knows how many left: fewer is possible, more is not
    ("REG03", [100, 140], 30, 10),
    ("HOU04", [100, 70], 30, 0),  # here the flow goes out: more is possible, fewer is not
    ("HOU04", [100, 60], 30, 10),
]


@pytest.mark.parametrize(("stock", "values", "flow", "gap"), BALANCED)
def test_a_stock_changes_by_what_comes_in_and_goes_out(
    stock: str, values: list[float], flow: float, gap: float
) -> None:
    told = judged(sent(values, indicator=stock), sent([5.0, flow], indicator="REG01"))["balance_gap"]
    assert told.isna().tolist() == [True, False, True, True] and told[1] == gap


def test_a_balance_needs_the_round_before_and_every_flow() -> None:
    stock = sent([100.0, 110.0, 500.0], indicator="REG03")
    assert judged(stock)["balance_gap"].isna().all()
    flows = sent([5.0, 5.0, 5.0], indicator="REG01")
    assert judged(stock.iloc[[0, 2]], flows)["balance_gap"].isna().all()
    elsewhere = sent([5.0, 5.0, 5.0], indicator="REG01", geo="WAL")
    assert judged(stock, elsewhere)["balance_gap"].isna().all()
    assert judged(stock, flows)["balance_gap"].tolist()[1:3] == [5, 385]


def test_a_cell_that_one_file_says_many_times_is_one_history() -> None:
    again = pd.concat([sent([10.0, 20.0])] + [sent([10.0, 20.0, 15.0]).iloc[2:]] * 50, ignore_index=True)
    told = judged(again, again.iloc[:0])["cumulative_fall"]
    assert told[2:].tolist() == [5.0] * 50
