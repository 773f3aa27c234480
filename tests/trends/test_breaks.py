from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.trends import drops, flagged_breaks, unflagged_drops

EUROSTAT = Path(__file__).parents[2] / ".." / "shared/data/eurostat_migr_asytpsm_UA_T_TOTAL__sdmx_csv2_labels_both.csv"
needs_eurostat = pytest.mark.skipif(not EUROSTAT.exists(), reason="Eurostat's stock file is not beside the repository")


def monthly(values, flags=None) -> pd.DataFrame:
    periods = pd.date_range("2023-01-31", periods=len(values), freq="ME")
    frame = pd.DataFrame({"geo": "BE", "period": periods, "value": values, "flag": flags or [""] * len(values)})
    return frame.astype({"value": float}).assign(frequency="P1M")


TABLE = [
    # values                  flags              breaks  drops  unflagged
    ([100, 96, 92], ["", "", ""], 0, 0, 0),
    ([100, 95, 92], ["", "", ""], 0, 0, 0),  # 5 % exactly is not more than 5 %
    ([100, 90, 95], ["", "b", ""], 1, 1, 0),
    ([100, 90, 95], ["", "bd", ""], 1, 1, 0),
    ([100, 90, 95], ["", "d", ""], 0, 1, 1),
    ([100, 110, 80], ["", "b", ""], 1, 1, 1),
    ([100, np.nan, 80], ["", "", ""], 0, 0, 0),  # a gap is not bridged
    ([0, 0, 5], ["", "", ""], 0, 0, 0),
]


@pytest.mark.parametrize(("values", "flags", "breaks", "falls", "unflagged"), TABLE)
def test_breaks_and_drops(values, flags, breaks, falls, unflagged):
    frame = monthly(values, flags)
    assert (len(flagged_breaks(frame)), len(drops(frame)), len(unflagged_drops(frame))) == (breaks, falls, unflagged)


def test_a_missing_row_is_not_bridged():
    frame = monthly([100, 99, 50, 49])
    assert unflagged_drops(frame.drop(index=1)).empty
    assert unflagged_drops(frame)["before"].tolist() == [99.0]


@needs_eurostat
def test_eurostat_flags_four_of_its_26_drops():
    raw = pd.read_csv(EUROSTAT)
    periods = pd.to_datetime(raw["TIME_PERIOD"]) + pd.offsets.MonthEnd(0)
    frame = pd.DataFrame({"geo": raw["geo"], "period": periods, "value": raw["OBS_VALUE"], "flag": raw["OBS_FLAG"]})
    assert len(drops(frame, frequency="P1M")) == 26
    assert len(unflagged_drops(frame, frequency="P1M")) == 22
    found = flagged_breaks(frame, frequency="P1M")
    assert [(g, p.strftime("%Y-%m")) for g, p in zip(found["geo"], found["period"], strict=True)] == [
        ("BG", "2024-02"),
        ("DE", "2024-07"),
        ("LT", "2024-10"),
        ("NL", "2023-01"),
    ]
    assert found["relative"].round(3).tolist() == [-0.735, -0.177, -0.413, -0.221]
