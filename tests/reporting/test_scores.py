"""Charts of shares: every label and its interval is drawn and told; nothing known draws nothing and tells so."""

import re

import pandas as pd

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import LANGUAGES
from analysis.reporting.scores import alt_courses, alt_forest, forest_chart, share_courses
from analysis.reporting.text import Wording

NAN = float("nan")
SHARES = pd.DataFrame(
    [
        ("On time", "Fedasil", 100.0, 92.6, 100.0),
        ("On time", "Actiris <b>", 0.0, 0.0, 7.7),
        ("Passed", "Fedasil", 93.9, 83.5, 97.9),
        ("Passed", "Actiris <b>", NAN, NAN, NAN),
    ],
    columns=["panel", "label", "value", "low", "high"],
)
UNITS = {"On time": "%", "Passed": "%"}
COURSE = SHARES.assign(series=SHARES["panel"], panel=SHARES["label"], period=pd.Timestamp("2022-01-01"))


def words(lang: str = "en") -> Wording:
    return Wording(load_catalogue().texts, lang)


def test_the_same_frame_gives_the_same_drawing_without_addresses() -> None:
    for drawn in (
        lambda: forest_chart(SHARES, words(), units=UNITS, source="Source: x."),
        lambda: share_courses(COURSE, words(), source="Source: x."),
    ):
        one = drawn()
        assert one == drawn()
        assert not re.search(r"https?://(?!www\.w3\.org)", one)


def test_the_alternative_tells_each_value_and_interval_in_every_language() -> None:
    told = {lang: alt_forest(SHARES, words(lang), title="Scores", units=UNITS) for lang in LANGUAGES}
    assert "On time: Fedasil 100.0% (92.6 to 100.0%); Actiris <b> 0.0% (0.0 to 7.7%)." in told["en"]
    assert "Passed: Fedasil 93.9% (83.5 to 97.9%); Actiris <b> – (–)." in told["en"]
    assert "92,6 bis 100,0" in told["de"]
    assert len(set(told.values())) == len(LANGUAGES)


def test_the_alternative_of_courses_leaves_out_what_is_not_known() -> None:
    told = alt_courses(COURSE, words(), title="Courses")
    assert "Fedasil, Passed: first 93.9%, lowest 93.9%, last 93.9%." in told
    assert "Actiris <b>, Passed" not in told
