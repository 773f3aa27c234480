"""Charts: the same bytes every time, nothing to fetch, and what must be seen is drawn."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.reporting import charts
from analysis.reporting.canvas import PALETTE, spread_out
from analysis.reporting.text import Wording

EN, FR = (Wording(load_catalogue().texts, lang) for lang in ("en", "fr"))
DAYS = pd.date_range("2022-03-13", periods=20, freq="14D")


def lines(*names: str) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"series": name, "period": DAYS, "value": 20.0 + place + np.arange(20), "mark": ""})
        for place, name in enumerate(names)
    ]
    return pd.concat(parts, ignore_index=True).assign(low=np.nan, high=np.nan)


def effect() -> pd.DataFrame:
    frame = pd.DataFrame({"period": DAYS, "observed": np.arange(20.0), "fitted": np.arange(20.0)})
    after = frame["period"] >= "2022-09-01"
    return frame.assign(**{name: frame["fitted"].where(after) for name in ("counterfactual", "low", "high")})


BARS = pd.DataFrame({"label": ["A", "B"], "reported": [10, 7], "late": [0, 2], "expected": [10, 10]})
FORMS = {
    "trend": lambda wording: charts.trend_chart(lines("A", "B"), wording, unit="%", source="S"),
    "multiples": lambda wording: charts.small_multiples(
        lines("A").assign(panel="A"), wording, units={"A": "persons"}, source="S"
    ),
    "effect": lambda wording: charts.effect_chart(effect(), wording, unit="%", onset=date(2022, 9, 1), source="S"),
    "completeness": lambda wording: charts.completeness_bar(BARS, wording, source="S"),
    "countries": lambda wording: charts.country_chart(lines("A", "B"), wording, unit="persons", focus="A", source="S"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_bytes_twice_and_nothing_to_fetch(form):
    drawing = FORMS[form](EN)
    assert drawing == FORMS[form](EN)
    assert drawing.startswith("<svg") and drawing.rstrip().endswith("</svg>")
    addresses = set(re.findall(r"https?://[^\"'\s]+", drawing))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<text|@import|<script|<image|20\d\d-\d\d-\d\dT", drawing)


def test_another_language_another_chart():
    assert FORMS["trend"](EN) != FORMS["trend"](FR)


def drawn(frame: pd.DataFrame) -> str:
    return charts.trend_chart(frame, EN, unit="%")


@pytest.mark.parametrize("mark", ["break", "drop", "jump"])
def test_each_mark_is_drawn_in_its_own_way(mark):
    plain, marked = lines("A"), lines("A")
    marked.loc[10, "mark"] = mark
    others = [drawn(marked.assign(mark=marked["mark"].replace(mark, other))) for other in ("break", "drop", "jump")]
    assert drawn(marked) != drawn(plain)
    assert len(set(others)) == 3


def strokes(drawing: str, tint: str) -> int:
    """Separate strokes of a colour: each starts with a move."""
    paths = re.findall(rf'<path d="([^"]*)"[^>]*stroke: {tint.lower()}', drawing)
    return sum(path.count("M ") for path in paths)


@pytest.mark.parametrize("form", ["trend", "multiples"])
def test_a_missing_round_is_a_gap(form):
    frame = lines("A").assign(panel="A")
    gap = frame.assign(value=frame["value"].where(frame.index != 10))

    def drawing(data: pd.DataFrame) -> str:
        if form == "trend":
            return drawn(data)
        return charts.small_multiples(data, EN, units={"A": "%"})

    assert strokes(drawing(gap), PALETTE[0]) > strokes(drawing(frame), PALETTE[0])


@pytest.mark.parametrize("tint", PALETTE)
def test_colours_can_be_read_on_white(tint):
    channels = [int(tint[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("heights", "placed"),
    [
        ([0.2, 0.8], [0.2, 0.8]),
        ([0.5, 0.5], [0.5, 0.6]),
        ([1.0, 1.0], [0.9, 1.0]),
        ([], []),
    ],
)
def test_labels_make_room_for_each_other(heights, placed):
    assert spread_out(heights, [0.1] * len(heights)) == pytest.approx(placed)
