"""Published studies and textbook figures beyond the shared cases, called as the table of functions alone would say."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import nile

from analysis.effects import (
    bacon_decomposition,
    callaway_santanna,
    honest_did,
    imputation_did,
    interrupted_time_series,
    randomization_inference,
    sun_abraham,
    two_stage_did,
    two_way_fixed_effects,
)

# Kessler and Roth (2014), NBER WP 20378: share of drivers who register as organ donors, six quarters from 2010 Q4;
# California asked another question from quarter 4 on. Table as distributed in the package causaldata (MIT).
ORGANS = """Alaska,0.75,0.77,0.77,0.78,0.78,0.79
Arizona,0.2634,0.2092,0.2261,0.2503,0.2351,0.2587
California,0.2666,0.2731,0.2743,0.2636,0.2607,0.2641
Colorado,0.6653,0.6674,0.6736,0.6715,0.6699,0.6594
Connecticut,0.3905,0.3853,0.3952,0.4031,0.3864,0.3984
District of Columbia,0.3319,0.2866,0.2951,0.4024,0.3791,0.3646
Florida,0.3753,0.3795,0.3947,0.4181,0.4037,0.407
Hawaii,0.417,0.4105,0.4271,0.4294,0.4307,0.4108
Louisiana,0.5372,0.546,0.5619,0.5949,0.551,0.5486
Maryland,0.4635,0.4529,0.4679,0.459,0.495,0.456
Michigan,0.1563,0.1491,0.1923,0.2461,0.2294,0.4216
Minnesota,0.5358,0.5173,0.5202,0.5246,0.528,0.5398
Missouri,0.4025,0.3987,0.4063,0.4089,0.415,0.4127
Montana,0.6429,0.6406,0.6578,0.6683,0.6674,0.6523
Nebraska,0.4541,0.4337,0.436,0.4405,0.4389,0.4519
New Hampshire,0.5576,0.5594,0.5643,0.5334,0.5248,0.5253
New Jersey,0.3037,0.3109,0.3039,0.3109,0.3127,0.3334
New York,0.1249,0.1267,0.1314,0.1451,0.1277,0.1229
North Carolina,0.5239,0.519,0.532,0.534,0.5284,0.5126
Ohio,0.5545,0.5593,0.5701,0.5701,0.5751,0.5645
Pennsylvania,0.4531,0.4536,0.4553,0.4559,0.4551,0.4527
South Carolina,0.3083,0.2617,0.2556,0.2641,0.2966,0.228
Tennessee,0.3268,0.3249,0.3382,0.3428,0.3385,0.34
Virginia,0.2645,0.3623,0.3455,0.359,0.3443,0.3701
Washington,0.5811,0.5893,0.5882,0.5846,0.5842,0.5947
Wisconsin,0.5735,0.571,0.572,0.5688,0.566,0.5814
Wyoming,0.5931,0.5946,0.5937,0.5911,0.5854,0.5881"""

# Holzer, Block, Cheatham and Knott (1993): firms' scrap rates 1987 to 1989 and the year of a training grant, as in
# Wooldridge, Introductory Econometrics, example 14.1 (firm, three rates, 0 or the year; again 0 after it).
SCRAP = """1,0.06,0.05,0.05,0
2,2.64,2.74,2.54,0
3,6,7,5,0
4,21,11,0.4,0
5,7,5,4.5,0
6,1,0.5,0.28,0
7,1.68,1.57,1.64,0
8,30,24,20,0
9,1,1,1,0
10,10,6,4,0
11,0.66,0.34,0.39,0
12,0.87,0.82,0.71,0
13,1.2,0.53,0.49,0
14,1.06,1.03,1.14,0
15,0.05,0.08,0.03,0
16,0.14,0.16,0.23,0
17,10,3,2,1988
18,1,1,1,1988
19,6,5,3,1988
20,2,2,2,0
21,0.45,0.5,0.5,1988
22,1.25,1.54,0.96,1988
23,1.3,1.5,1,1988
24,1.06,0.8,0.22,1988
25,3,2,1,1988
26,8.18,0.67,0.56,1988
27,1.67,1.17,1.42,1988
28,0.98,0.51,0.45,1988
29,1,0.5,0.1,1988
30,0.45,0.61,0.6,1988
31,8,4,2.5,1988
32,9,7,6.5,1988
33,0.01,0.11,0.2,0
34,18,19,18,1988
35,0.28,0.2,0.19,1988
36,7,5,4,1988
37,2,2,2,0
38,3.97,3.83,5.7,1988
39,1.39,1.16,0.9,1989
40,20.5,24,17,1989
41,1.5,1.41,0.95,1989
42,0.2,0.31,0.27,0
43,1,0.85,0.89,1989
44,0.5,0.59,0.45,0
45,5,4,3,1989
46,2,1,0.5,1989
47,2.71,1.52,1.34,1989
48,0.65,0.55,0.38,1989
49,11,8,6,1989
50,2.25,2.5,2,1989
51,5,4.8,5.2,0
52,1.67,2.5,1.12,0
53,2.7,2.59,2.8,0
54,20,25,30,0"""


def organs() -> pd.DataFrame:
    wide = pd.read_csv(StringIO(ORGANS), header=None, index_col=0)
    long = wide.stack().rename("rate").rename_axis(["state", "quarter"]).reset_index()
    california = long["state"] == "California"
    return long.assign(asked=california & (long["quarter"] >= 4), start=np.where(california, 4, 0))


def scrap() -> pd.DataFrame:
    """With a firm that never reported, as the published file has 103 of."""
    wide = pd.read_csv(StringIO(SCRAP), names=["firm", 1987, 1988, 1989, "start"])
    long = wide.melt(["firm", "start"], var_name="year", value_name="rate").astype({"year": int})
    silent = pd.DataFrame({"firm": -1, "start": 0, "year": [1987, 1988, 1989], "rate": np.nan})
    long = pd.concat([long, silent], ignore_index=True)
    return long.assign(
        lscrap=np.log(long["rate"]),
        grant=(long["year"] == long["start"]).astype(int),
        grant_1=((long["year"] == long["start"] + 1) & (long["start"] > 0)).astype(int),
    )


DONORS = organs()
FIRMS = scrap()


def test_organ_donors_as_published():
    """Huntington-Klein, The Effect, chapter 18: -0.022 (0.006), clustered by state as R's fixest does."""
    found = two_way_fixed_effects(DONORS, "state", "quarter", "rate", "asked", inference="CR1")
    assert (found.estimate, found.std_error) == (pytest.approx(-0.022459, abs=1e-6), pytest.approx(0.00613, abs=5e-6))
    assert any("Only 1 treated" in warning for warning in found.warnings)


@pytest.mark.parametrize("estimator", [imputation_did, two_stage_did])
def test_one_start_makes_imputation_the_difference_in_differences(estimator):
    assert estimator(DONORS, "state", "quarter", "rate", "start").estimate == pytest.approx(-0.022459, abs=1e-6)


def test_organ_donors_by_one_reference_period():
    """California's mean from quarter 4 on less its quarter 3, minus the other states' mean of the same."""
    change = DONORS[DONORS["quarter"] >= 4].groupby("state")["rate"].mean()
    change = change - DONORS[DONORS["quarter"] == 3].set_index("state")["rate"]
    expected = change["California"] - change.drop("California").mean()
    groups = callaway_santanna(DONORS, "state", "quarter", "rate", "start")
    assert groups.aggregate("simple").estimate == pytest.approx(expected, abs=1e-12)
    assert sun_abraham(DONORS, "state", "quarter", "rate", "start").estimate == pytest.approx(expected, abs=1e-12)


def test_organ_donors_among_all_states_that_could_have_been_asked():
    """Exact: the share of states whose change, less that of the others, is at least California's."""
    means = DONORS.groupby(["state", DONORS["quarter"] >= 4])["rate"].mean().unstack()
    apart = (means[True] - means[False]).pipe(lambda change: (change - change.mean()).abs())
    found = randomization_inference(DONORS, "state", "quarter", "rate", "California", 4)
    assert found.p_value == pytest.approx((apart >= apart["California"] - 1e-12).mean()) == pytest.approx(5 / 27)


def test_one_comparison_alone_carries_organ_donors():
    table = bacon_decomposition(DONORS, "state", "quarter", "rate", "asked").table
    assert list(table["kind"]) == ["Treated vs Untreated"]
    assert list(table["weight"]) == [1.0]


def test_scrap_rates_as_printed():
    """Printed: grant -.252, grant_1 -.422, 162 observations on 54 firms; clustered error by pyfixest 0.60."""
    found = two_way_fixed_effects(
        FIRMS, "firm", "year", "lscrap", "grant", covariates=["grant_1"], inference="CR1", draws=99
    )
    lagged = two_way_fixed_effects(
        FIRMS, "firm", "year", "lscrap", "grant_1", covariates=["grant"], inference="CR1", draws=99
    )
    assert (found.estimate, lagged.estimate) == (pytest.approx(-0.252, abs=5e-4), pytest.approx(-0.422, abs=5e-4))
    assert (found.std_error, lagged.std_error) == (pytest.approx(0.14344, abs=5e-6), pytest.approx(0.28246, abs=5e-6))
    assert (found.n_obs, found.n_units) == (162, 54)


@pytest.mark.parametrize("estimator", [callaway_santanna, sun_abraham, imputation_did, two_stage_did])
def test_firms_that_never_reported_are_counted_and_change_nothing(estimator):
    columns = ("firm", "year", "lscrap", "start")
    with_silent, without = estimator(FIRMS, *columns), estimator(FIRMS[FIRMS["firm"] > 0], *columns)
    assert with_silent.n_units == without.n_units == 54
    assert (with_silent.estimate, with_silent.ci_low) == (without.estimate, without.ci_low)
    assert "1 of 55 units are not observed in any period and were left out." in with_silent.warnings


@pytest.mark.parametrize("restriction", ["smoothness", "relative_magnitudes"])
def test_honest_intervals_from_either_base_are_the_same(restriction):
    columns, asked = ("firm", "year", "lscrap", "start"), {"restriction": restriction, "m": 0.001}
    groups = callaway_santanna(FIRMS, *columns)
    universal = callaway_santanna(FIRMS, *columns, base="universal").aggregate("dynamic")
    expected = honest_did(universal, **asked)
    for study in (groups, groups.aggregate("dynamic")):
        found = honest_did(study, **asked)
        assert (found.ci_low, found.ci_high) == (expected.ci_low, expected.ci_high)
        assert "one reference period" in found.warnings[0]
    assert expected.supported and np.isfinite([expected.ci_low, expected.p_value]).all()
    assert expected.warnings == ()


@pytest.mark.parametrize("model", ["ols_hac", "reml_ar1", "structural"])
def test_the_nile_falls_in_1899(model):
    """Cobb (1978): 1097.75 before 1899 and 849.97 from it on."""
    series = nile.load_pandas().data
    before, after = (series.loc[rows, "volume"].mean() for rows in (series["year"] < 1899, series["year"] >= 1899))
    assert (before, after) == (pytest.approx(1097.75), pytest.approx(849.97, abs=0.01))
    found = interrupted_time_series(series, "year", "volume", 1899, model=model, slope=False, checks=False)
    assert found.estimate == pytest.approx(-283.7, abs=0.3)
    assert found.excludes_null


# Killed or seriously injured drivers in Great Britain by month, January 1969 to December 1984; belts became compulsory
# on 31 January 1983 (Harvey and Durbin 1986, JRSS A 149(3); `UKDriverDeaths` of R's datasets).
DRIVERS = """
1687 1508 1507 1385 1632 1511 1559 1630 1579 1653 2152 2148 1752 1765 1717 1558 1575 1520 1805 1800 1719 2008
2242 2478 2030 1655 1693 1623 1805 1746 1795 1926 1619 1992 2233 2192 2080 1768 1835 1569 1976 1853 1965 1689 1778 1976
2397 2654 2097 1963 1677 1941 2003 1813 2012 1912 2084 2080 2118 2150 1608 1503 1548 1382 1731 1798 1779 1887 2004 2077
2092 2051 1577 1356 1652 1382 1519 1421 1442 1543 1656 1561 1905 2199 1473 1655 1407 1395 1530 1309 1526 1327 1627 1748
1958 2274 1648 1401 1411 1403 1394 1520 1528 1643 1515 1685 2000 2215 1956 1462 1563 1459 1446 1622 1657 1638 1643 1683
2050 2262 1813 1445 1762 1461 1556 1431 1427 1554 1645 1653 2016 2207 1665 1361 1506 1360 1453 1522 1460 1552 1548 1827
1737 1941 1474 1458 1542 1404 1522 1385 1641 1510 1681 1938 1868 1726 1456 1445 1456 1365 1487 1558 1488 1684 1594 1850
1998 2079 1494 1057 1218 1168 1236 1076 1174 1139 1427 1487 1483 1513 1357 1165 1282 1110 1297 1185 1222 1284 1444 1575
1737 1763"""
SEASON = {"slope": False, "harmonics": 2, "period": 12}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"model": "reml_ar1"}, (-469.3588209, 165.5006679, 22.22055124, 12.78740726)),  # gls, corAR1, REML
        ({"lags": 6}, (-457.7681006, 70.11905312, 19.20161799, 6.037878969)),  # NeweyWest, prewhite=FALSE, adjust=TRUE
        ({"model": "reml_ar1", **SEASON}, (-220.8827567, 67.1391363)),
        ({"model": "quasipoisson", **SEASON}, (np.exp(-0.16030079966), np.exp(-0.16030079966) * 0.02808636523)),
    ],
)
def test_seat_belts_as_in_r(options, expected):
    """R 4.2.2: nlme 3.1, sandwich 3.0, glm; time counted from 0, the slope from February 1983 on."""
    months = pd.period_range("1969-01", periods=192, freq="M")
    series = pd.DataFrame({"month": months, "drivers": np.array(DRIVERS.split(), dtype=float)})
    found = interrupted_time_series(series, "month", "drivers", "1983-02", checks=False, **options)
    got = [found.estimate, found.std_error]
    if found.slope_change is not None:
        got += [found.slope_change.estimate, found.slope_change.std_error]
    assert got == pytest.approx(expected, rel=1e-7)
    assert found.excludes_null


@pytest.mark.parametrize(("right", "p"), [(4, 2 / 70), (3, 34 / 70), (2, 1.0)])
def test_the_lady_tasting_tea(right, p):
    """Fisher (1935), The Design of Experiments, chapter 2: four of eight cups had the milk first; two-sided."""
    said = np.repeat([1, 0, 0, 1], [right, 4 - right, right, 4 - right])
    cups = pd.DataFrame({"cup": np.repeat(np.arange(8), 2), "told": np.tile([0, 1], 8)})
    cups["milk_first"] = (cups["cup"] < 4) * cups["told"]
    cups["said"] = said[cups["cup"]] * cups["told"]
    found = randomization_inference(cups, "cup", "told", "said", "milk_first")
    assert found.p_value == pytest.approx(p)
    assert found.details["minimum_p"] == pytest.approx(2 / 70)
