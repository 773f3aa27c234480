"""The castle doctrine laws with a covariate, weights and anticipation: what independent libraries, run once, give.

Cheng and Hoekstra (2013), Journal of Human Resources 48(3); logarithm of homicides, 50 states, 2000 to 2010.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import callaway_santanna, sun_abraham, two_stage_did, two_way_fixed_effects
from effects.published import CASES, needs_cases

pytestmark = needs_cases
STATE = ("sid", "year", "l_homicide")

# csdid 0.4.3 with unemployment as covariate: controls, method, anticipation; effect and error of the four averages
AVERAGES = """
notyet reg 0 0.10701232 0.04180898 0.10491836 0.04052411 0.10151700 0.04057158 0.07505464 0.03590238
notyet ipw 0 0.10568653 0.03780423 0.10520431 0.03672865 0.10292140 0.03610394 0.07441115 0.03112403
notyet dr  0 0.10686511 0.04077546 0.10460174 0.03944357 0.10365604 0.03899086 0.07635947 0.03457943
notyet dr  1 0.05706269 0.04073669 0.06457267 0.03952959 0.06388998 0.04439891 0.03065092 0.03630035
never  reg 1 0.05154789 0.04374750 0.05994402 0.04188331 0.05913745 0.04577851 0.02622322 0.03814282
never  ipw 1 0.05754764 0.04025864 0.06496942 0.03935640 0.06449875 0.04386844 0.03189805 0.03513604
never  dr  1 0.05750134 0.04029639 0.06489790 0.03930248 0.06433195 0.04376380 0.03186272 0.03516283
"""
KINDS = ("simple", "dynamic", "group", "calendar")


@pytest.fixture(scope="module")
def laws() -> pd.DataFrame:
    columns = [*STATE, "post", "unemployrt", "popwt"]
    frame = pd.read_csv(CASES / "castle" / "castle_bacondecomp.csv")[columns]
    return frame.assign(start=frame["sid"].map(frame[frame["post"] == 1].groupby("sid")["year"].min()))


@pytest.mark.parametrize("printed", AVERAGES.strip().splitlines())
def test_every_average_with_a_covariate(laws, printed):
    controls, method, anticipation, *figures = printed.split()
    options = {"controls": controls, "method": method, "anticipation": int(anticipation), "covariates": "unemployrt"}
    effects = callaway_santanna(laws, *STATE, "start", **options, draws=0)
    averages = [effects.aggregate(kind) for kind in KINDS]
    got = [figure for one in averages for figure in (one.estimate, one.std_error)]
    np.testing.assert_allclose(got, np.array(figures, dtype=float), rtol=0, atol=1e-8)


def test_interaction_weights(laws):
    """diff-diff 3.13.0 (SunAbraham)."""
    got = sun_abraham(laws, *STATE, "start")
    assert (got.estimate, got.std_error) == pytest.approx((0.110383035458, 0.041316889686), abs=1e-11)
    table = got.table.set_index("event_time").loc[[-9, -2, 0, 5], ["estimate", "std_error"]]
    expected = [(-0.40396742, 0.06116557), (0.05791601, 0.04009657), (0.09721537, 0.04037879), (0.11194185, 0.05443074)]
    np.testing.assert_allclose(table, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("options", "effect", "error"),
    [({"weights": "popwt"}, 0.0659368, 0.0282004), ({"covariates": "unemployrt"}, 0.0792342, 0.0615799)],
)
def test_two_stages(laws, options, effect, error):
    """pyfixest 0.60.0 (did2s, whose fixed effects are found by iteration)."""
    got = two_stage_did(laws, *STATE, "start", **options)
    assert (got.estimate, got.std_error) == pytest.approx((effect, error), abs=5e-6)


def test_population_weights(laws):
    """pyfixest 0.60.0; its jackknife has the factor (N - 1) / (N - k) x G / (G - 1), the textbook's (G - 1) / G."""
    got = two_way_fixed_effects(laws, *STATE, "post", weights="popwt", inference="CR1", draws=0)
    assert (got.estimate, got.std_error) == pytest.approx((0.059444149643, 0.027569557448), abs=1e-11)
    jackknife = two_way_fixed_effects(laws, *STATE, "post", weights="popwt", inference="CR3", draws=0).std_error
    factors = 549 / (550 - 61) * 50 / 49, 49 / 50
    assert jackknife * np.sqrt(factors[0] / factors[1]) == pytest.approx(0.032482923105, abs=1e-9)
