"""What a count is expected to become, and what could be known of it on a past day."""

import numpy as np
import pandas as pd
import pytest

from analysis.trends.standing import editions, standing

PERIODS = pd.date_range(end="2023-12-17", periods=30, freq="14D")


def history(late: float, revised: int = 30, final: float = 1000.0) -> pd.DataFrame:
    """`final` reported in full after 40 days; after 10 days the last `revised` periods lack the share `late` of it."""
    rows = []
    for place, period in enumerate(PERIODS):
        share = late * (1 + 0.1 * np.sin(place)) if place >= len(PERIODS) - revised else 0.0
        for days, value in ((10, final * (1 - share)), (40, final)):
            if days == 10 or share:
                rows.append((period, period + pd.Timedelta(days=days), value))
    known = pd.DataFrame(rows, columns=["period", "as_of", "value"])
    return known[known["as_of"] <= PERIODS[-1] + pd.Timedelta(days=10)]


def test_where_revision_is_the_rule_the_last_counts_are_nowcast() -> None:
    found = standing(history(0.2)).set_index("period")
    last = found.iloc[-1]
    assert last["known"] == pytest.approx(800, rel=0.05)
    assert last["value"] == pytest.approx(1000, rel=0.03)
    assert last["low"] < 1000 < last["high"] and last["low"] > last["known"]
    settled = found[found.index <= PERIODS[-1] - pd.Timedelta(days=84)]
    assert (settled[["value", "low", "high"]] == 1000).all(axis=None)


def test_a_count_that_is_seldom_revised_stands_as_it_came_with_the_revisions_of_the_past() -> None:
    none = standing(history(0.0)).iloc[-1]
    assert (none["value"], none["low"], none["high"]) == (1000, 1000, 1000)
    early = history(0.0)
    moved = early[early["period"] < PERIODS[5]].assign(value=950.0)
    later = moved.assign(value=1000.0, as_of=moved["period"] + pd.Timedelta(days=40))
    few = standing(pd.concat([early[early["period"] >= PERIODS[5]], moved, later])).iloc[-1]
    assert (few["value"], few["low"], few["high"]) == (1000, 950, 1050)


def test_too_few_final_counts_give_no_interval() -> None:
    short = history(0.0)
    last = standing(short[short["period"] >= PERIODS[-8]]).iloc[-1]
    assert last["value"] == 1000 and np.isnan(last["low"]) and np.isnan(last["high"])


def test_an_edition_holds_what_was_known_when_its_last_period_came() -> None:
    vintages = history(0.2, revised=4)
    then = editions(vintages, PERIODS)
    assert set(then) == set(range(1, 31)) and all(len(values) == number for number, values in then.items())
    assert then[26] == [1000] * 26
    # The last four came short; the rest of the first of them had come before the last one did.
    assert then[30][26] == 1000 > max(then[30][27:]) and then[27][26] < 900


def test_a_period_that_never_came_gives_no_edition() -> None:
    vintages = history(0.0)
    missing = editions(vintages[vintages["period"] != PERIODS[3]], PERIODS)
    assert 4 not in missing and np.isnan(missing[5][3])
