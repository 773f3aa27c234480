"""The toolkit on data that come with R, beside what R 4.2.2 prints for them.

LakeHuron (level in feet, 1875-1972; Brockwell and Davis 1991) and ldeaths (deaths a month, United Kingdom, 1974-1979;
Diggle 1990) are of R's package datasets; strucchange 1.5-3 and segmented 1.6-2.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.trends import breakpoints, decompose, joinpoint

HURON = 570 + np.array([
    10.38, 11.86, 10.97, 10.80, 9.79, 10.39, 10.42, 10.82, 11.40, 11.32, 11.44, 11.68, 11.17, 10.53, 10.01, 9.91, 9.14,
    9.16, 9.55, 9.67, 8.44, 8.24, 9.10, 9.09, 9.35, 8.82, 9.32, 9.01, 9.00, 9.80, 9.83, 9.72, 9.89, 10.01, 9.37, 8.69,
    8.19, 8.67, 9.55, 8.92, 8.09, 9.37, 10.13, 10.14, 9.51, 9.24, 8.66, 8.86, 8.05, 7.79, 6.75, 6.75, 7.82, 8.64, 10.58,
    9.48, 7.38, 6.90, 6.94, 6.24, 6.84, 6.85, 6.90, 7.79, 8.18, 7.51, 7.23, 8.42, 9.61, 9.05, 9.26, 9.22, 9.38, 9.10,
    7.95, 8.12, 9.75, 10.85, 10.41, 9.96, 9.61, 8.76, 8.18, 7.21, 7.13, 9.10, 8.25, 7.91, 6.89, 5.96, 6.80, 7.68, 8.38,
    8.52, 9.74, 9.31, 9.89, 9.96,
])  # fmt: skip
DEATHS = np.array([
    3035, 2552, 2704, 2554, 2014, 1655, 1721, 1524, 1596, 2074, 2199, 2512, 2933, 2889, 2938, 2497, 1870, 1726, 1607,
    1545, 1396, 1787, 2076, 2837, 2787, 3891, 3179, 2011, 1636, 1580, 1489, 1300, 1356, 1653, 2013, 2823, 3102, 2294,
    2385, 2444, 1748, 1554, 1498, 1361, 1346, 1564, 1640, 2293, 2815, 3137, 2679, 1969, 1870, 1633, 1529, 1366, 1357,
    1570, 1535, 2491, 3084, 2605, 2573, 2143, 1693, 1504, 1461, 1354, 1333, 1492, 1781, 1915,
])  # fmt: skip
LAKE = pd.DataFrame({"period": np.arange(1, 99), "value": HURON})

STL = [
    # window, robust, (season, trend, remainder) of the 1st, 20th, 37th and 72nd month
    ("periodic", False, [(887.6666150, 2066.990042, 80.343343068), (-644.0408125, 2198.121880, -9.081067313),
                         (887.6666150, 2015.906539, 198.426845894), (441.9344409, 1811.787135, -338.721575690)]),
    ("periodic", True, [(828.4032385, 2123.501172, 83.09558938), (-612.3268173, 2098.289192, 59.0376253),
                        (828.4032385, 1973.396562, 300.200199), (303.1605076, 1783.050095, -171.21060216)]),
    (7, False, [(808.2812148, 2119.879854, 106.83893088), (-679.1358696, 2200.358603, 23.77726692),
                (865.1411672, 2009.571153, 227.28768016), (381.1527979, 1847.744988, -313.89778584)]),
]  # fmt: skip


@pytest.mark.parametrize(("window", "robust", "printed"), STL)
def test_stl_of_deaths(window, robust, printed):
    frame = pd.DataFrame({"period": pd.date_range("1974-01-31", periods=72, freq="ME"), "value": DEATHS})
    got = decompose(frame, frequency="P1M", window=window, robust=robust).iloc[[0, 19, 36, 71]]
    parts = got[["season", "trend", "remainder"]].to_numpy()
    assert parts == pytest.approx(np.array(printed), rel=1e-8, abs=1e-6)


STEPS = [
    # level, (low, last, high) of strucchange's confint
    (0.95, [(12, 14, 16), (43, 48, 50), (66, 68, 73), (70, 82, 86)]),
    (0.90, [(13, 14, 15), (44, 48, 49), (66, 68, 71), (73, 82, 85)]),
]


@pytest.mark.parametrize(("level", "printed"), STEPS)
def test_break_dates_of_the_lake_and_their_intervals(level, printed):
    breaks = breakpoints(LAKE, level=level).breaks
    assert list(breaks[["low", "last", "high"]].itertuples(index=False, name=None)) == printed


def test_sums_of_squares_and_bic_of_the_lake():
    steps, lines = breakpoints(LAKE), breakpoints(LAKE, model="trend")
    printed = [168.5773673, 106.5159559, 89.89561638, 75.48854892, 65.66460451, 65.13449089]
    assert steps.choice["ssr"].tolist() == pytest.approx(printed, rel=1e-9)
    printed = [340.4397647, 304.6178994, 297.16256403, 289.21501496, 284.72169792, 293.09726319]
    assert steps.choice["bic"].tolist() == pytest.approx(printed, rel=1e-9)
    printed = [313.8505567, 291.48612936, 281.33848437, 281.69113762, 291.63493416, 304.3367379]
    assert lines.choice["bic"].tolist() == pytest.approx(printed, rel=1e-9)
    assert lines.breaks["last"].tolist() == [56, 82]


def test_a_number_of_breaks_without_room_passes_no_test():
    """The best four lines leave no room for a fifth break within one of them, so nothing tests it."""
    choice = breakpoints(LAKE, model="trend").choice
    assert choice["F"].isna().tolist() == [True, False, False, False, False, True]


def test_one_joint_of_the_lake_as_segmented_and_two_where_it_stays_behind():
    one, two = joinpoint(LAKE, choose=1), joinpoint(LAKE, choose=2)
    assert 1 + one.joints["at"].tolist()[0] == pytest.approx(59.1136813, abs=1e-4)
    assert one.choice["ssr"].iloc[1] == pytest.approx(96.17041911, rel=1e-9)
    assert one.segments["slope"].tolist() == pytest.approx([-0.051851548, 0.026097169], abs=1e-6)
    assert two.choice["ssr"].iloc[2] < 92.15608951 - 7  # segmented, started at 20 and 70
