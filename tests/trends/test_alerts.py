import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import DataRejected, UsageError
from analysis.trends import alerts, benjamini_hochberg

DATES = pd.date_range("2022-03-13", periods=48, freq="14D")


def many(values: np.ndarray, **columns: object) -> pd.DataFrame:
    series, periods = values.shape
    names = np.repeat([f"s{i:03d}" for i in range(series)], periods)
    dates = np.tile(DATES[:periods], series)
    return pd.DataFrame({"geo": names, "period": dates, "frequency": "P2W", "value": values.ravel(), **columns})


def noise(series: int, periods: int = 48, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(series, periods))


def test_what_happened_is_found_and_nothing_else():
    y = noise(100)
    y[:10, -1] += 8
    y[10:20, -4:] -= 4
    found = alerts(many(y))
    told = found[found["alert"]].groupby("geo")["direction"].first()
    assert set(told.index[told == "up"]) == {f"s{i:03d}" for i in range(10)}
    assert {f"s{i:03d}" for i in range(10, 20)} <= set(told.index[told == "down"])
    assert len(told) <= 21  # 20 true ones and at most one false among them


@pytest.mark.parametrize("memory", [0.0, 0.5, 1.0])
def test_where_nothing_happened_alerts_are_rare(memory):
    worlds = 0
    for seed in range(12):
        y = noise(60, 78, seed)
        for t in range(1, 78):
            y[:, t] += memory * y[:, t - 1]
        worlds += alerts(many(y[:, 30:])).alert.any()
    assert worlds <= stats.binom.ppf(0.999, 12, 0.1)


@pytest.mark.parametrize("p", [[0.01, 0.04, 0.03, 0.005], [0.5, 0.5], [1e-9, 1.0, 0.2, 0.04, 0.04]])
def test_benjamini_hochberg_agrees_with_scipy(p):
    assert benjamini_hochberg(np.array(p)) == pytest.approx(stats.false_discovery_control(p))
    assert benjamini_hochberg(np.array([*p, np.nan]))[:-1] == pytest.approx(stats.false_discovery_control(p))


def test_a_value_of_a_steady_series_is_judged_by_students_t():
    """Where the level does not wander, the score is that of a new value against the mean of the others."""
    y = 100 + np.tile([1.0, -1.0, 1.0, -1.0], 12)[None]
    y[0, -1] = 104.0
    past, new = y[0, :-1], y[0, -1]
    t = (new - past.mean()) / (past.std(ddof=1) * np.sqrt(1 + 1 / 47))
    found = alerts(many(y)).set_index("test").loc["last"]
    assert found["score"] == pytest.approx(t, rel=0.1)
    assert found["low"] < found["expected"] < found["high"] < new


CASES = [
    # values of one series, columns, status of its last value
    (noise(1, 12)[0], {}, "ok"),
    (noise(1, 11)[0], {}, "too_short"),
    (np.full(20, 7.0), {}, "no_variation"),
    (np.r_[noise(1, 20)[0][:-1], np.nan], {}, "ok"),
]


@pytest.mark.parametrize(("values", "columns", "status"), CASES)
def test_status(values, columns, status):
    found = alerts(many(np.array(values)[None], **columns))
    assert set(found["status"]) == {status}
    assert status == "ok" or not found["alert"].any()


def test_a_late_series_is_not_judged_by_an_old_value():
    y = noise(2)
    y[1, -1] = np.nan
    found = alerts(many(y)).set_index("geo")
    assert set(found.loc["s001", "status"]) == {"late"} and set(found.loc["s000", "status"]) == {"ok"}


def test_a_stock_is_judged_by_its_steps_and_a_rate_by_its_share():
    walk = 1000 + noise(1).cumsum(axis=1)
    walk[0, -1] = walk[0, -2] + 9
    last = alerts(many(walk, kind="stock")).set_index("test").loc["last"]
    assert last["value"] == pytest.approx(9) and last["alert"]
    count = np.full((1, 48), 50.0) + noise(1)
    shares = alerts(many(count, denominator=200.0)).set_index("test").loc["last"]
    assert shares["value"] == pytest.approx(count[0, -1] / 200)


def test_nothing_before_a_known_break_is_looked_at():
    y = noise(1) + np.where(np.arange(48) < 24, 0, 50)
    begins = np.arange(48) == 24
    assert alerts(many(y, begin=begins), rebase="begin")["expected"].between(48, 52).all()


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({}, {"rate": 0}, UsageError, "between 0 and 1"),
        ({}, {"window": 0}, UsageError, "1 or more"),
        ({"value": np.inf}, {}, DataRejected, "finite"),
        ({"period": DATES[0]}, {}, DataRejected, "repeat a period"),
    ],
)
def test_what_is_refused(change, options, error, words):
    with pytest.raises(error, match=words):
        alerts(many(noise(1)).assign(**change), **options)


def test_no_series_no_alert():
    assert alerts(many(noise(1))[:0]).empty
