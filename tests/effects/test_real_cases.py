"""European natural experiments: what one common specification says, and what the gate refuses.

The specification, for all three countries: logarithm of the decisions granting temporary protection in the month, June
2022 (after the first wave) to June 2024, exact synthetic control weights without an intercept. Donors: every country
with all months from March 2022 to July 2024 and at least 100 decisions in each, less one that leaves 19: for Ireland
without Norway, for Norway without Ireland (both changed their rules in early 2024), for Czechia without Norway.
Czechia's donors then still hold Ireland, which changed its rules within the window: `CLEAN` stops in December 2023 and
uses all 20.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.effects.synthetic import synthetic_control

GRANTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "tp_grants_TOTAL_monthly.csv"
needs_grants = pytest.mark.skipif(not GRANTS.is_file(), reason="the monthly grants are not beside the repository")
ELIGIBLE = slice("2022-03", "2024-07")
WINDOW = slice("2022-06", "2024-06")
CLEAN = slice("2022-06", "2023-12")


def log_grants(treated: str, without: list[str], window: slice = WINDOW) -> pd.DataFrame:
    table = pd.read_csv(GRANTS).pivot(index="geo", columns="time_period", values="value")
    complete = table.loc[:, ELIGIBLE].min(axis=1, skipna=False) >= 100
    complete[treated] = True
    used = np.log(table.loc[complete & ~table.index.isin(without), window])
    long = used.stack().rename("log_grants").reset_index()
    return long.assign(month=pd.to_datetime(long["time_period"]))


def result(treated: str, onset: str, without: list[str], window: slice = WINDOW):
    return synthetic_control(
        log_grants(treated, without, window),
        "geo",
        "month",
        "log_grants",
        treated,
        onset,
        solver="exact",
        placebo_onsets=[pd.Timestamp("2023-01-01"), pd.Timestamp("2023-02-01")],
    )


def percent(log_change):
    return 100 * (np.exp(log_change) - 1)


@needs_grants
def test_ireland_from_january_2024():
    got = result("IE", "2024-01-01", ["NO"])
    assert len(got.unit_weights) == 19
    assert percent(got.estimate) == pytest.approx(-62, abs=1)
    assert got.p_value == pytest.approx(0.05) == got.details["minimum_p"]  # the smallest that 19 donors can give
    without_one = percent(got.leave_one_out["estimate"])
    assert (without_one.min(), without_one.max()) == pytest.approx((-64, -57), abs=1.5)
    assert percent(got.in_time["estimate"].mean()) == pytest.approx(36, abs=3)  # 32 and 40 %: a bad sign


@needs_grants
@pytest.mark.parametrize(
    ("country", "onset", "p", "without"),
    [("NO", "2024-01-01", 0.6, ["IE"]), ("CZ", "2023-07-01", 0.35, ["NO"])],
)
def test_nothing_detectable_in_norway_and_czechia(country, onset, p, without):
    got = result(country, onset, without)
    assert got.p_value == pytest.approx(p, abs=0.1)
    assert got.ci_low < 0 < got.ci_high


@needs_grants
def test_nothing_in_czechia_before_others_changed_their_rules():
    got = result("CZ", "2023-07-01", [], CLEAN)
    assert len(got.unit_weights) == 20 and got.p_value > 0.3 and abs(percent(got.estimate)) < 10
