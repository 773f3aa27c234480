"""A nowcast where revisions are the rule, and none where they are not."""

import numpy as np
import pandas as pd
import pytest

from analysis.trends.revised import nowcasts, revised

KEY = {"dataflow": "registration", "provider": "ibz", "indicator": "REG01", "geo": "VLG"}
TODAY = pd.Timestamp("2023-12-31")


def history(share_late: float, periods: int = 30) -> pd.DataFrame:
    """Each period reported after 10 days, and `share_late` of it only after 30; a little noise in what is late."""
    rows = []
    for place, period in enumerate(pd.date_range(end="2023-12-17", periods=periods, freq="14D")):
        final = 1000.0 + 10 * place
        late = share_late * final * (1 + 0.1 * np.sin(place))
        for day, value in ((10, final - late), (30, final)):
            if late or day == 10:
                rows.append({**KEY, "period": period, "as_of": period + pd.Timedelta(days=day), "value": value})
    known = pd.DataFrame(rows)
    return known[known["as_of"] <= TODAY]


def test_regular_revisions_are_counted():
    row = revised(history(0.2)).iloc[0]
    assert (row["periods"], row["revised"], row["nowcast"]) == (30, 28, True)


def test_late_reports_are_foreseen():
    found = nowcasts(history(0.2))
    newest = found[found["period"] == found["period"].max()].iloc[0]
    assert newest["nowcast"] == pytest.approx(1290, rel=0.03)
    assert newest["nowcast_low"] < 1290 < newest["nowcast_high"]
    assert found["period"].min() > TODAY - pd.Timedelta(weeks=14)


def test_without_revisions_there_is_no_nowcast():
    still = history(0.0)
    assert not revised(still)["nowcast"].any()
    assert nowcasts(still).empty
