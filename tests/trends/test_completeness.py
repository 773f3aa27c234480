from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue.model import Rounds
from analysis.errors import DataRejected, UsageError
from analysis.trends import completeness, gaps
from analysis.trends.completeness import rounds_due

ROUND_1, ROUND_2 = pd.Timestamp("2023-01-01"), pd.Timestamp("2023-01-15")
EXPECTED = pd.DataFrame(
    [(p, r, r + pd.Timedelta(days=7)) for r in (ROUND_1, ROUND_2) for p in ("ibz", "vdab", "iom")],
    columns=["provider", "period", "due"],
)
CAME = pd.DataFrame(
    [("ibz", ROUND_1, 5.0), ("ibz", ROUND_1, 6.0), ("vdab", ROUND_1, np.nan), ("ibz", ROUND_2, 7.0)],
    columns=["provider", "period", "value"],
)


def test_the_state_of_each_expected_item():
    got = gaps(CAME, EXPECTED, as_of=date(2023, 1, 20))
    assert got["state"].tolist() == [
        *("reported", "late", "late"),  # a row without a value is not a report
        *("reported", "not yet due", "not yet due"),
    ]


def test_the_loading_bar():
    got = completeness(CAME, EXPECTED, as_of=date(2023, 1, 20))
    assert got.to_dict("records") == [
        {"period": ROUND_1, "expected": 3, "reported": 1, "late": 2, "not_yet_due": 0, "share": pytest.approx(1 / 3)},
        {"period": ROUND_2, "expected": 3, "reported": 1, "late": 0, "not_yet_due": 2, "share": pytest.approx(1 / 3)},
    ]


def test_nothing_came_and_no_due_dates():
    got = completeness(CAME.iloc[:0], EXPECTED.drop(columns="due"), by=["provider"])
    assert got[["provider", "expected", "reported", "late"]].to_numpy().tolist() == [
        ["ibz", 2, 0, 2],
        ["iom", 2, 0, 2],
        ["vdab", 2, 0, 2],
    ]


def test_an_item_expected_twice_is_rejected():
    with pytest.raises(DataRejected, match="expected must be each item once, not 'provider ibz"):
        gaps(CAME, pd.concat([EXPECTED, EXPECTED]))


def test_an_expectation_of_an_unknown_column_is_wrong_use():
    with pytest.raises(UsageError, match="column 'geo' must be one of provider, period, value"):
        gaps(CAME, EXPECTED.assign(geo="BE"))


ROUNDS = Rounds(date(2023, 1, 1), date(2023, 2, 12), every_days=14, due_after_days=7)


@pytest.mark.parametrize(
    ("as_of", "due"), [("2023-01-07", 0), ("2023-01-08", 1), ("2023-01-22", 2), ("2023-02-19", 4), ("2024-01-01", 4)]
)
def test_rounds_due(as_of, due):
    assert len(rounds_due(ROUNDS, date.fromisoformat(as_of))) == due
