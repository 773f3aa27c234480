import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import Label, load_catalogue
from analysis.catalogue.targets import Target
from analysis.trends import against_targets

TEXT = Label("a", "b", "c", "d")


def level(value: float, low: float, high: float) -> pd.DataFrame:
    return pd.DataFrame({"indicator": ["I"], "geo": ["BE"], "level": [value], "low": [low], "high": [high]})


CASES = [
    # at, target, level, low, high, status, reason
    ("at_least", 50, 60, 55, 65, "met", ""),
    ("at_least", 50, 60, 50, 65, "met", ""),
    ("at_least", 50, 52, 48, 56, "cannot tell", "interval"),
    ("at_least", 50, 45, 40, 50, "cannot tell", "interval"),
    ("at_least", 50, 45, 40, 49.9, "not met", ""),
    ("at_most", 95, 90, 85, 95, "met", ""),
    ("at_most", 95, 94, 90, 96, "cannot tell", "interval"),
    ("at_most", 95, 97, 95.1, 98, "not met", ""),
    ("at_least", None, 60, 55, 65, "cannot tell", "no_number"),
    ("at_least", 50, np.nan, np.nan, np.nan, "cannot tell", "no_value"),
    ("at_least", 50, 60, np.nan, np.nan, "cannot tell", "no_interval"),
]


@pytest.mark.parametrize(("at", "value", "now", "low", "high", "status", "reason"), CASES)
def test_a_target_is_met_only_where_the_interval_says_so(at, value, now, low, high, status, reason):
    found = against_targets(level(now, low, high), [Target("t", TEXT, "I", at, value, TEXT)])
    assert found[["status", "reason"]].values.tolist() == [[status, reason]]


def test_targets_of_other_indicators_and_places_do_not_count():
    other = [Target("a", TEXT, "J", "at_least", 1, TEXT), Target("b", TEXT, "I", "at_least", 1, TEXT, geos=("VLG",))]
    found = against_targets(level(60, 55, 65), other)
    assert found.empty and {"status", "distance", "target_id"} <= set(found.columns)


def test_the_five_swiss_objectives_are_in_the_catalogue():
    swiss = {t.indicator: t.value for t in load_catalogue().targets.values() if t.id.startswith("swiss-")}
    assert swiss == {"INT04": 100, "INT05": 80, "EDU06": pytest.approx(200 / 3), "EMP02": 50, "INT07": None}
