import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataRejected, UsageError
from analysis.trends import xmr

CASE = Path(__file__).parents[2] / ".." / "shared" / "cases" / "xmr_nhs"
needs_case = pytest.mark.skipif(not CASE.is_dir(), reason="the published cases are not beside the repository")
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def chart(values, **options) -> pd.DataFrame:
    frame = pd.DataFrame({"period": np.arange(len(values)), "value": np.asarray(values, dtype=float)})
    return xmr(frame, **options)


@needs_case
@pytest.mark.parametrize(
    ("name", "y15", "screen"),
    [
        ("r1 mean/lpl/upl", None, True),
        ("r2 (y[15]=10, screened)", 10.0, True),
        ("r3 (unscreened)", 10.0, False),
    ],
)
def test_limits_of_the_nhs_package(name, y15, screen):
    values = pd.read_csv(CASE / "xmr_seed123.csv")["y"].to_numpy(copy=True)
    if y15 is not None:
        values[14] = y15
    printed = {r["id"]: r for r in json.loads((CASE / "reference.json").read_text(encoding="utf-8"))["references"]}
    reference = [float(x) for x in printed[name]["value"].split(" / ")]
    got = chart(values, screen=screen).iloc[0][["mean", "lower", "upper"]].tolist()
    assert got == pytest.approx(reference, abs=printed[name]["tol"])


def test_flow_rate_of_the_nist_handbook():
    got = chart(FLOW, factor=3 / 1.128).iloc[0][["mean", "lower", "upper"]].tolist()
    assert got == pytest.approx([50.81, 45.8159, 55.8041], abs=1e-4)


ZIGZAG = [0.0, 1.0] * 8
PLANTED = [
    # rule      values                                          rows that signal
    ("outside", [*ZIGZAG, 9.0], [16]),
    ("run", [8.0, 0.0] * 5 + [5.0, 6.0, 5.0, 6.0, 5.0, 6.0, 5.0], list(range(10, 17))),
    ("run", [8.0, 0.0] * 5 + [5.0, 6.0, 5.0, 6.0, 5.0, 6.0], []),
    ("trend", [0.0, 4.0] * 5 + [1.0, 2.0, 3.0, 3.5, 3.6, 3.7, 3.8], list(range(10, 17))),
    ("trend", [0.0, 4.0] * 5 + [1.0, 2.0, 3.0, 3.5, 3.6, 3.7], []),
    ("near", [0.0, 1.0] * 10 + [2.6, 2.6, 1.2], [20, 21]),
    ("near", [0.0, 1.0] * 10 + [2.6, 0.1, 2.6], []),  # not all three on one side
]


@pytest.mark.parametrize(("rule", "values", "rows"), PLANTED)
def test_each_rule_marks_what_was_planted(rule, values, rows):
    got = chart(values, rules=[rule])
    assert np.flatnonzero(got["signal"]).tolist() == rows


@pytest.mark.parametrize(("improvement", "meaning"), [("up", "improvement"), ("down", "concern"), ("none", "neutral")])
def test_a_signal_says_whether_it_is_good(improvement, meaning):
    got = chart([*ZIGZAG, 9.0], rules=["outside"], improvement=improvement)
    assert got["meaning"].tolist() == [""] * 16 + [meaning]


def test_a_rebase_starts_new_limits_and_lets_no_run_through():
    frame = pd.DataFrame({"period": range(24), "value": [0.0, 1.0] * 6 + [100.0, 101.0] * 6})
    frame["new"] = frame["period"] == 12
    got = xmr(frame, rebase="new")
    assert got.groupby("process")["mean"].first().tolist() == [0.5, 100.5]
    assert not got["signal"].any()
    assert xmr(frame)["signal"].all()


@pytest.mark.parametrize(
    ("values", "status"), [([], []), ([1.0], ["too_short"]), ([5.0] * 12, ["ok"]), (FLOW, ["provisional"])]
)
def test_short_and_flat_series(values, status):
    got = chart(values)
    assert got["status"].unique().tolist() == status
    assert not got["signal"].any()


def test_a_missing_value_signals_nothing_and_moves_no_limit():
    with_gap = chart([*FLOW[:4], np.nan, *FLOW[4:]])
    assert not with_gap.loc[4, "signal"]
    assert with_gap["upper"].iloc[0] == chart(FLOW)["upper"].iloc[0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=40),
    st.integers(-100, 100),
    st.sampled_from([0.25, 1.0, 8.0]),
)
def test_units_move_limits_and_change_no_signal(values, shift, scale):
    plain, moved = chart(values), chart(np.array(values) * scale + shift)
    assert moved[["lower", "upper"]].to_numpy() == pytest.approx(
        plain[["lower", "upper"]].to_numpy() * scale + shift, abs=1e-8
    )


def test_series_are_judged_apart():
    rng = np.random.default_rng(3)
    frames = [pd.DataFrame({"geo": g, "period": range(30), "value": rng.normal(size=30)}) for g in ("BE", "NL", "DE")]
    together = xmr(pd.concat(frames))
    for frame in frames:
        alone = xmr(frame)
        pd.testing.assert_frame_equal(
            together[together["geo"] == frame["geo"].iloc[0]].reset_index(drop=True), alone, check_like=True
        )


FALSE_ALARMS = [
    # rule      of values  of series with 24 values
    ("outside", 0.0044, 0.094),
    ("run", 0.0267, 0.081),
    ("trend", 0.0017, 0.0058),
    ("near", 0.0030, 0.033),
    ("signal", 0.0351, 0.178),
]


@pytest.fixture(scope="module")
def alarms() -> pd.DataFrame:
    n, length = 2000, 24
    noise = np.random.default_rng(11).normal(size=n * length)
    frame = pd.DataFrame({"geo": np.repeat(np.arange(n), length), "period": np.tile(np.arange(length), n)})
    return xmr(frame.assign(value=noise))


@pytest.mark.parametrize(("rule", "of_values", "of_series"), FALSE_ALARMS)
def test_false_alarms_as_stated(alarms, rule, of_values, of_series):
    shares = alarms.groupby("geo")[rule].mean()
    assert (shares > 0).mean() == pytest.approx(of_series, abs=3 * np.sqrt(of_series * (1 - of_series) / len(shares)))
    assert shares.mean() == pytest.approx(of_values, abs=3 * shares.std() / np.sqrt(len(shares)))


WRONG = [
    ({"rules": ["eight"]}, UsageError, "rules must be of outside, trend, near, run, not 'eight'"),
    ({"improvement": "left"}, UsageError, "improvement must be one of up, down, none, not 'left'"),
    ({"run": 1}, UsageError, "run must be 3 or more, not 1"),
    ({"rebase": "break"}, UsageError, "column 'break' must be one of period, value"),
]


@pytest.mark.parametrize(("options", "error", "line"), WRONG)
def test_wrong_use_is_one_line(options, error, line):
    with pytest.raises(error, match=line):
        chart(FLOW, **options)


def test_an_infinite_value_is_rejected():
    with pytest.raises(DataRejected, match="column 'value' must be finite"):
        chart([1.0, np.inf])
