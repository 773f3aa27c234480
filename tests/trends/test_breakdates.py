import json
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from analysis.errors import UsageError
from analysis.trends import breakpoints
from analysis.trends.breakdates import partitions, peak_beyond, segment_costs

NILE = Path(__file__).parents[2] / ".." / "shared" / "cases" / "nile"
needs_nile = pytest.mark.skipif(not NILE.is_dir(), reason="the published cases are not beside the repository")


def nile(**options):
    return breakpoints(pd.read_csv(NILE / "nile.csv"), by=[], period="year", value="volume", **options)


@pytest.fixture
def printed() -> dict[str, str]:
    references = json.loads((NILE / "reference.json").read_text(encoding="utf-8"))["references"]
    return {r["id"]: r["value"] for r in references}


@needs_nile
@pytest.mark.parametrize("choose", ["bic", "F"])
def test_the_nile_broke_in_1898(printed, choose):
    got = nile(choose=choose).breaks
    assert (got["last"] - 1870).tolist() == [printed["break obs (m=1)"]]
    assert f"{got['low'].iloc[0]}..{got['high'].iloc[0]}" == printed["break CI"]


@needs_nile
def test_bic_and_sup_f_of_strucchange(printed):
    choice = nile().choice
    assert " ".join(f"{b:.0f}" for b in choice["bic"]) == printed["BIC m=0..5"]
    assert choice["F"].iloc[1] == pytest.approx(printed["supF"], abs=1e-5)
    assert choice["chosen"].tolist() == [False, True, False, False, False, False]


@needs_nile
def test_two_to_four_breaks_of_strucchange(printed):
    paths = [nile(choose=m).breaks["last"] - 1870 for m in (2, 3, 4)]
    assert " | ".join(" ".join(map(str, path)) for path in paths) == printed["breaks m=2,3,4"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-20, 20), min_size=7, max_size=12),
    st.sampled_from(["mean", "trend"]),
    st.integers(1, 2),
)
def test_no_partition_is_better(values, model, breaks):
    y, at, shortest, degree = np.array(values, dtype=float), np.arange(len(values)), 2, int(model == "trend")
    sums, paths = partitions(segment_costs(y, at, model, shortest), breaks)

    def cost(path):
        edges = [0, *path, len(y)]
        parts = [(at[a:b], y[a:b]) for a, b in pairwise(edges)]
        return sum(np.sum((v - np.polyval(np.polyfit(t, v, degree), t)) ** 2) for t, v in parts)

    allowed = [p for p in combinations(range(1, len(y)), breaks) if min(np.diff([0, *p, len(y)])) >= shortest]
    assert sums[breaks] == pytest.approx(min(map(cost, allowed)), abs=1e-8)
    assert cost(paths[breaks]) == pytest.approx(sums[breaks], abs=1e-8)


def test_a_bent_and_a_jumping_line():
    t = np.arange(60.0)
    y = np.where(t < 25, 2 * t, 120 - t) + np.random.default_rng(5).normal(0, 1, 60)
    got = breakpoints(pd.DataFrame({"period": range(60), "value": y}), model="trend").breaks
    assert got[["last", "first"]].to_numpy().tolist() == [[24, 25]]
    assert got["after"].iloc[0] - got["before"].iloc[0] == pytest.approx(96 - 48, abs=2)


def test_the_interval_of_a_symmetric_peak_is_the_tabled_one():
    # Bai (1997): with equal variances the 97.5 % point is 11.03, the 95 % point 7.69
    assert [peak_beyond(tail, 1.0) for tail in (0.025, 0.05)] == pytest.approx([11.03, 7.69], abs=0.01)


def step(seed: int, n: int = 60) -> pd.DataFrame:
    noise = np.random.default_rng(seed).normal(size=n)
    return pd.DataFrame({"geo": seed, "period": range(n), "value": noise + 1.5 * (np.arange(n) >= 30)})


def test_the_interval_covers_the_date_that_was_planted():
    got = breakpoints(pd.concat([step(seed) for seed in range(200)]), choose=1, most=1).breaks
    assert ((got["low"] <= 29) & (got["high"] >= 29)).mean() == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 200))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.001, 1000), st.sampled_from([0.005, 0.025, 0.05]))
def test_the_tails_of_a_break_date_are_the_integral_of_their_density(rate, tail):
    """The closed form against a numerical integral of the density of the peak's time (Bai 1997, proposition 3)."""

    def density(u: float) -> float:
        slope = 0.5 + rate
        ours = special.erfcx(slope * np.sqrt(u / 2)) * np.exp(-u / 8)
        return float(slope / 2 * ours - special.erfc(np.sqrt(u / 8)) / 4)

    place = peak_beyond(tail, rate)
    beyond = integrate.quad(lambda root: 2 * root * density(root**2), np.sqrt(place), np.inf)[0]
    assert beyond == pytest.approx(tail, abs=1e-6) if place > 0 else beyond <= tail + 1e-6


@pytest.mark.parametrize("choose", ["bic", "F"])
def test_few_breaks_are_found_where_there_is_none(choose):
    noise = np.random.default_rng(1).normal(size=(200, 60))
    frame = pd.DataFrame({"geo": np.repeat(range(200), 60), "period": np.tile(range(60), 200), "value": noise.ravel()})
    found = breakpoints(frame, choose=choose).breaks["geo"].nunique() / 200
    assert found == pytest.approx(0.045, abs=3 * np.sqrt(0.045 * 0.955 / 200))  # as the docstring states


@pytest.mark.parametrize("values", [[], [1.0, 2.0, 9.0], [4.0] * 30])
def test_no_break_where_none_can_be_had(values):
    got = breakpoints(pd.DataFrame({"period": range(len(values)), "value": values}, dtype=float))
    assert got.breaks.empty


WRONG = [
    ({"model": "cubic"}, "model must be one of mean, trend, not 'cubic'"),
    ({"choose": "aic"}, "choose must be one of bic, F, or a number of breaks, not 'aic'"),
    ({"model": "trend", "choose": "F"}, "choose must be bic or a number of breaks for model 'trend', not 'F'"),
    ({"choose": 9}, "choose must be at most 5 breaks for 60 values, not 9"),
    ({"most": -1}, "the number of breaks must be 0 or more, not -1"),
]


@pytest.mark.parametrize(("options", "line"), WRONG)
def test_wrong_use_is_one_line(options, line):
    with pytest.raises(UsageError, match=line):
        breakpoints(step(0), **options)
