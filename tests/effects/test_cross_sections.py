"""Repeated cross-sections and unbalanced panels in `callaway_santanna`: others' figures, the derivative law.

Figures are diff-diff 3.13.0's (`panel=False`; pinned, not installed here). Its errors of `reg` with a covariate are
lower than csdid 0.4.3's and than the derivative law allows: the one given for `reg` is csdid's.
"""

import numpy as np
import pandas as pd
import pytest
from tests.effects.test_independent import scatter

from analysis.effects import callaway_santanna
from analysis.errors import DataRejected

KEYS = ("unit", "time", "y", "start")


def persons(each: int = 60, periods: int = 6) -> pd.DataFrame:
    """Persons asked once: a quarter of each period's are treated from 3 on, a quarter from 5 on."""
    n = np.arange(each * periods * 4)
    time, start, x = n % periods + 1, np.array([0, 3, 5, 0])[(n // periods) % 4], scatter(n + 0.5)
    effect = np.where((start > 0) & (time >= start), 1 + 0.3 * (time - start), 0.0)
    y = 0.3 * time + 0.2 * x * time + effect + scatter(start + 0.1) + 2 * scatter(n, time)
    return pd.DataFrame({"unit": n, "time": time, "start": start, "x": x, "y": y})


def panel_with_holes() -> pd.DataFrame:
    frame = persons()
    unit = frame["unit"] // 6
    return frame.assign(unit=unit, start=np.array([0, 3, 5, 0])[unit % 4])[np.arange(len(frame)) % 11 != 3]


# method, controls, covariate; the simple average and event times -3 and 2: (effect, standard error)
SECTIONS = [
    ("reg", "never", False, (1.53150568, 0.16403133), (0.27021884, 0.24976778), (2.04143007, 0.27564404)),
    ("ipw", "notyet", False, (1.57413991, 0.1643935), (0.18728959, 0.24046772), (2.04143007, 0.27564404)),
    ("ipw", "never", True, (1.52729013, 0.16540036), (0.27532106, 0.25315886), (2.02367281, 0.27480049)),
    ("ipw", "notyet", True, (1.56946126, 0.16559904), (0.17219556, 0.24457695), (2.02367281, 0.27480049)),
    ("dr", "never", True, (1.43780592, 0.15426902), (0.21350351, 0.24512296), (1.88896827, 0.25857585)),
    ("dr", "notyet", True, (1.47090642, 0.15446809), (0.12794416, 0.23795088), (1.88896827, 0.25857585)),
    ("reg", "never", True, (1.48663836, 0.16083087), (0.25785705, None), (1.93384635, None)),
    ("reg", "notyet", True, (1.51978785, None), (0.1722793, None), (1.93384635, None)),
]


@pytest.mark.parametrize(("method", "controls", "adjusted", "simple", "early", "late"), SECTIONS)
def test_repeated_cross_sections_are_those_of_diff_diff(method, controls, adjusted, simple, early, late):
    covariates = ["x"] if adjusted else None
    result = callaway_santanna(
        persons(), *KEYS, method=method, controls=controls, covariates=covariates, draws=0, panel=False
    )
    table = result.aggregate("dynamic").table.set_index("event_time")
    for row, (effect, error) in ((result, simple), (table.loc[-3], early), (table.loc[2], late)):
        assert row.estimate == pytest.approx(effect, abs=1e-7)
        assert error is None or row.std_error == pytest.approx(error, abs=1e-7)
    assert (result.n_obs, result.n_units) == (1440, 1440)
    assert any("of 1440 units 1440 are seen once" in sentence for sentence in result.warnings)


HOLES = [  # diff-diff's errors (allow_unbalanced_panel) hold the factor 240 / 239, as R's do not
    ("reg", False, 1.52202529, 0.1782523956),
    ("ipw", True, 1.51681904, 0.1798443010),
    ("dr", True, 1.42477887, 0.1656232499),
]


@pytest.mark.parametrize(("method", "adjusted", "effect", "error"), HOLES)
def test_a_panel_with_holes_counts_every_row_once_and_its_unit_as_one(method, adjusted, effect, error):
    covariates = ["x"] if adjusted else None
    result = callaway_santanna(panel_with_holes(), *KEYS, method=method, covariates=covariates, draws=0, panel=False)
    assert result.estimate == pytest.approx(effect, abs=1e-7)
    assert result.std_error == pytest.approx(error * np.sqrt(239 / 240), abs=1e-7)
    assert (result.n_obs, result.n_units) == (1309, 240)
    assert any("of 240 units 0 are seen once, 109 in every period" in sentence for sentence in result.warnings)


@pytest.mark.parametrize("method", ["reg", "ipw", "dr"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_the_influence_of_a_row_is_what_a_little_more_of_its_weight_does(method, base):
    frame = persons(each=8).assign(w=1.0)
    options = {"method": method, "base": base, "covariates": ["x"], "weights": "w", "draws": 0, "panel": False}
    plain = callaway_santanna(frame, *KEYS, **options)
    for row in (0, 7, 50, 101):
        moved = []
        for step in (1e-4, -1e-4):
            heavier = frame.assign(w=frame["w"].where(frame.index != row, 1 + step))
            moved.append(callaway_santanna(heavier, *KEYS, **options).table["estimate"].to_numpy())
        slope = (moved[0] - moved[1]) / 2e-4
        assert plain.influence[row] == pytest.approx(slope, abs=2e-6)


def test_a_whole_panel_gives_the_same_effects_either_way_without_covariates():
    frame = persons()
    frame["unit"] //= 6
    frame["start"] = np.array([0, 3, 5, 0])[frame["unit"] % 4]
    followed, by_rows = (callaway_santanna(frame, *KEYS, draws=0, panel=panel) for panel in (True, False))
    for column in ("estimate", "std_error"):
        assert by_rows.table[column].to_numpy() == pytest.approx(followed.table[column].to_numpy(), rel=1e-9)
    assert (by_rows.estimate, by_rows.std_error) == pytest.approx((followed.estimate, followed.std_error), rel=1e-9)


def test_rows_that_a_period_lacks_are_counted():
    frame = persons()
    result = callaway_santanna(frame[(frame["start"] != 5) | (frame["time"] != 6)], *KEYS, draws=0, panel=False)
    assert any(sentence.startswith("1 comparisons lack treated rows") for sentence in result.warnings)
    assert result.table["estimate"].isna().sum() == 1


def test_persons_seen_once_are_not_taken_for_a_panel():
    with pytest.raises(DataRejected, match=r"not '1440 units, each seen once'.*panel=False"):
        callaway_santanna(persons(), *KEYS)
    with pytest.raises(DataRejected, match="must be varying, not 'zero variance'"):
        callaway_santanna(persons().assign(y=2.0), *KEYS, panel=False)
