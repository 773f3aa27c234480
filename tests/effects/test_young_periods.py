"""A nowcast's uncertainty in the last periods: exact for a linear model, none where it is known, refused where odd."""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import interrupted_time_series
from analysis.effects.results import Refusal
from analysis.effects.young_periods import NORMAL, with_nowcast
from analysis.errors import DataRejected, UsageError

PERIODS = pd.date_range("2022-01-31", periods=36, freq="ME")
ONSET = pd.Timestamp("2023-10-31")
KEYS = ("period", "y", ONSET)


def series(effect: float = 30.0) -> pd.DataFrame:
    noise = np.random.default_rng(4).normal(0, 4, 36)
    return pd.DataFrame({"period": PERIODS, "y": 200 + noise + effect * (PERIODS >= ONSET)})


def nowcast_of(frame: pd.DataFrame, half: float, periods: int = 3, shift: float = 0.0) -> pd.DataFrame:
    last = frame.tail(periods)
    middle = last["y"] + shift
    return pd.DataFrame(
        {"period": last["period"], "nowcast": middle, "nowcast_low": middle - half, "nowcast_high": middle + half}
    )


@pytest.mark.parametrize("model", ["ols_hac", "reml_ar1", "quasipoisson"])
def test_a_nowcast_that_is_sure_changes_nothing(model):
    plain = interrupted_time_series(series(), *KEYS, model=model)
    got = with_nowcast(series(), *KEYS, nowcast_of(series(), 0.0), model=model, draws=2)
    for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value"):
        assert getattr(got, name) == getattr(plain, name)
    assert (got.details["nowcast_share"], got.details["nowcast_periods"]) == (0.0, 3.0)


def test_the_variance_between_draws_is_that_of_the_coefficient_in_the_young_periods():
    frame, half, draws = series(), 20.0, 6
    got = with_nowcast(frame, *KEYS, nowcast_of(frame, half), draws=draws, slope=False)
    moved = []
    for z in (1, -1):
        y = frame["y"] + z * half / NORMAL * (frame.index >= 33)
        moved.append(interrupted_time_series(frame.assign(y=y), *KEYS, slope=False).estimate)
    between = (1 + 1 / draws) * ((moved[0] - moved[1]) / 2) ** 2
    assert got.details["nowcast_share"] * got.std_error**2 == pytest.approx(between, rel=1e-9)
    assert got.estimate == pytest.approx(interrupted_time_series(frame, *KEYS, slope=False).estimate, rel=1e-12)


def test_a_wider_nowcast_gives_a_wider_interval_and_a_larger_p():
    found = [with_nowcast(series(6.0), *KEYS, nowcast_of(series(6.0), half), draws=4) for half in (1.0, 20.0, 200.0)]
    widths, ps = [one.ci_high - one.ci_low for one in found], [one.p_value for one in found]
    assert widths == sorted(widths) and ps == sorted(ps)
    assert all((one.p_value < 0.05) == one.excludes_null for one in found)
    assert found[-1].details["nowcast_share"] > 0.5
    assert "the nowcast of 3 periods brings in" in found[-1].inference


def test_counts_that_are_short_by_now_are_put_right():
    frame, short = series(0.0), series(0.0)
    short.loc[33:, "y"] *= [0.9, 0.7, 0.4]
    filled = nowcast_of(frame, 10.0)
    early = interrupted_time_series(short, *KEYS, slope=False)
    got = with_nowcast(short, *KEYS, filled, slope=False, draws=4)
    assert not early.supported and got.ci_low < 0 < got.ci_high
    assert got.estimate == pytest.approx(interrupted_time_series(frame, *KEYS, slope=False).estimate, rel=1e-12)


def test_rate_ratios_are_combined_as_logarithms():
    got = with_nowcast(series(), *KEYS, nowcast_of(series(), 40.0), model="quasipoisson")
    assert got.estimate**2 == pytest.approx(got.ci_low * got.ci_high, rel=1e-9) and got.ci_low > 0


def test_a_refused_design_stays_refused():
    assert isinstance(with_nowcast(series().tail(8), *KEYS, nowcast_of(series(), 1.0)), Refusal)


BAD = [
    ("no period", lambda n: n.iloc[:0], {}, DataRejected, "at least one period"),
    ("another period", lambda n: n.assign(period=n["period"] + pd.Timedelta("1D")), {}, DataRejected, "of the series"),
    ("a period twice", lambda n: pd.concat([n, n]), {}, DataRejected, "and once"),
    ("no column", lambda n: n.drop(columns="nowcast_low"), {}, UsageError, "column 'nowcast_low'"),
    ("missing", lambda n: n.assign(nowcast=np.nan), {}, DataRejected, "inside its interval"),
    ("infinite", lambda n: n.assign(nowcast_high=np.inf), {}, DataRejected, "nowcast_high must be finite"),
    ("outside", lambda n: n.assign(nowcast=0.0), {}, DataRejected, "inside its interval"),
    ("one draw", lambda n: n, {"draws": 1}, UsageError, "two or more"),
]


@pytest.mark.parametrize(("spoil", "options", "error", "words"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_one_clear_line(spoil, options, error, words):
    with pytest.raises(error, match=words) as caught:
        with_nowcast(series(), *KEYS, spoil(nowcast_of(series(), 5.0)), **options)
    assert "\n" not in str(caught.value)
