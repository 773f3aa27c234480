from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.trends import backtest, scores

UNHCR = Path(__file__).parents[2] / ".." / "shared/data/unhcr_daily_outflow_vintages_changes_only.csv"
DELAYS = [0, 1, 2, 3]


def history(periods: int, *, rough: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Daily figures known at 50, 80, 95 and 100 % after 0 to 3 days, each step with `rough` noise."""
    generator, rows = np.random.default_rng(seed), []
    for day in pd.date_range("2022-03-01", periods=periods):
        final = generator.uniform(500, 1500)
        for delay, share in zip(DELAYS, (0.5, 0.8, 0.95, 1.0), strict=True):
            known = final * share * np.exp(rough * (1 - share) * generator.normal())
            rows.append((day, day + pd.Timedelta(days=delay), known))
    return pd.DataFrame(rows, columns=["period", "as_of", "value"])


def test_a_steady_delay_is_forecast_exactly():
    found = backtest(history(16), delays=DELAYS)
    late = found[found["as_of"] >= "2022-03-08"]
    assert late["nowcast"].to_numpy() == pytest.approx(late["later"].to_numpy())
    assert set(late["delay"]) == {0, 1, 2}
    assert (found["period"] <= found["as_of"]).all()


def test_a_nowcast_sees_nothing_that_came_later():
    whole = history(22, rough=0.2)
    cut = backtest(whole[whole["as_of"] <= "2022-03-16"], delays=DELAYS)
    until = backtest(whole, delays=DELAYS)
    columns = ["as_of", "period", "delay", "known", "nowcast", "low", "high", "trained_low", "trained_high"]
    both = cut[columns].merge(until[columns], on=["as_of", "period"], suffixes=("", "_again"))
    assert len(both) == len(cut) > 20
    for name in columns[2:]:
        pd.testing.assert_series_equal(both[name], both[f"{name}_again"], check_names=False)


def test_both_intervals_cover_what_was_later_reported():
    found = scores(backtest(history(70, rough=0.3), delays=DELAYS))
    assert found["delay"].tolist() == [0, 1, 2]
    assert (found["covered"] > 0.85).all() and (found["trained"] > 0.85).all()
    assert (found["error_nowcast"] < found["error_known"]).all()


def test_three_delays_are_needed():
    with pytest.raises(UsageError, match="delays must be 3 or more"):
        backtest(history(10), delays=[0, 1])


def test_nothing_to_learn_from_gives_no_row():
    assert backtest(history(1), delays=DELAYS).empty


@pytest.mark.skipif(not UNHCR.exists(), reason="UNHCR's vintages are not beside the repository")
def test_unhcr_revised_77_percent_of_its_dates():
    vintages = pd.read_csv(UNHCR, parse_dates=["vintage", "date"])
    revised = vintages.groupby("date").size() > 1
    assert (len(revised), round(100 * revised.mean())) == (838, 77)
    known = vintages.rename(columns={"vintage": "as_of", "date": "period", "individuals": "value"})
    known = known[known["as_of"] >= known["period"]]
    days = sorted(set(known["as_of"]))[60:140:8]
    found = backtest(known, delays=[3, 7, 14, 28], at=days)
    assert len(found) > 100
    assert 0.7 < found["later"].between(found["low"], found["high"]).mean() < 1
