"""What is known, late, withheld: each said as what it is, in the reader's language."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.reporting.page import Page
from analysis.reporting.sections.first_screen import latest, show_headlines, show_verdicts
from analysis.reporting.sections.monitoring import show_marks, show_trends
from analysis.reporting.sections.process import clarification, show_process
from analysis.reporting.sections.series import improvements, units
from analysis.reporting.text import Wording
from analysis.store import Store
from analysis.trends.levels import levels, standing
from analysis.trends.marks import marks
from analysis.trends.watch import watch

CATALOGUE = load_catalogue()
PERIODS = pd.date_range("2023-01-15", periods=26, freq="14D")


def page_in(lang: str, folder) -> tuple[Page, list]:
    shown: list = []
    page = Page("monitoring", CATALOGUE, Store(folder), Wording(CATALOGUE.texts, lang), date(2024, 1, 14), {})
    page.show = lambda data, metadata: shown.append((data, metadata["monitor"]))
    return page, shown


def rows(**last: object) -> pd.DataFrame:
    """Half a hundred people referred in each round of a year; `last` rewrites the last row."""
    frame = pd.DataFrame(
        {
            "dataflow": "housing", "provider": "fedasil", "indicator": "HOU02", "geo": "21004", "period": PERIODS,
            "frequency": "P2W", "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": "",
            "value": 50.0 + np.tile([3, -2, 1, -4, 2, 5, -3, 0, -1, 4, -5, 2, 1], 2), "denominator": np.nan, "flag": "",
            "note": "", "submission": "a" * 64, "synthetic": True, "kind": "flow",
        }
    )  # fmt: skip
    for name, value in last.items():
        frame.loc[25, name] = value
    return frame


def judged(page: Page, frame: pd.DataFrame) -> pd.DataFrame:
    series = levels(frame, units(page))
    return watch(series.assign(mark=marks(series)), improvements(page))


def told(page: Page, shown: list, frame: pd.DataFrame) -> str:
    watched = judged(page, frame)
    now = standing(watched)
    show_headlines(page, watched, now, "BE")
    show_verdicts(page, watched, now, "BE")
    show_trends(page, watched, now, "BE")
    show_marks(page, watched)
    page.close()
    return "\n".join(data.get("text/markdown", "") + str(said.get("alt", "")) for data, said in shown)


def test_a_headline_of_noise_shows_the_range_that_it_was_judged_by(tmp_path):
    """Of 50,000 people a round, so that counting alone would call every move real."""
    page, shown = page_in("en", tmp_path)
    frame = rows()
    frame["value"] *= 1000
    watched = judged(page, frame)
    now = standing(watched)
    assert now["round_high"].item() < 0 and latest(watched)["signal"].tolist() == [False]
    show_headlines(page, watched, now, "BE")
    said = shown[0][0]["text/markdown"]
    low, high = (f"{latest(watched)[name].item():,.0f}" for name in ("lower", "upper"))
    assert re.search(rf"ordinary noise \(expected.*\[{low} to {high}\]\(#ev-", said)
    assert re.search(r"since last round", said) and not re.search(r"\([^)]*\) since last round", said)


WITHHELD = {"value": np.nan, "flag": "iv", "note": "value in [1, 4]"}


@pytest.mark.parametrize(
    ("lang", "figure", "word", "place"),
    [
        ("en", "1–4 persons", "withheld, to protect small numbers", "Bruxelles"),
        ("fr", "1–4 personnes", "non divulgué, pour protéger de petits nombres", "Bruxelles"),
        ("nl", "1–4 personen", "niet vrijgegeven, om kleine aantallen te beschermen", "Brussel"),
        ("de", "1–4 Personen", "zurückgehalten, zum Schutz kleiner Zahlen", "Brüssel"),
    ],
)
def test_a_withheld_count_is_its_bounds_and_a_municipality_has_its_name(tmp_path, lang, figure, word, place):
    page, shown = page_in(lang, tmp_path)
    text = told(page, shown, rows(**WITHHELD))
    assert figure in text and word in text and place in text
    assert "21004" not in text and not re.search(r"\bnan\b", text, re.IGNORECASE)
    hidden = [one for one in page.register.to_json() if one["lineage"]["statistic"] == "withheld"]
    assert {(one["value"], one["ci_low"], one["ci_high"]) for one in hidden} == {(None, 1.0, 4.0)}


def test_what_a_release_withholds_is_not_said_to_be_late(tmp_path):
    page, shown = page_in("en", tmp_path)
    text = told(page, shown, rows(value=np.nan, flag="c", note=""))
    assert "withheld in this release" in text and "has not sent" not in text


def test_a_withheld_count_without_bounds_is_the_word(tmp_path):
    page, shown = page_in("en", tmp_path)
    assert "| withheld |" in told(page, shown, rows(**{**WITHHELD, "note": ""}))


def test_a_late_body_is_named_and_nothing_is_carried_forward(tmp_path):
    page, shown = page_in("en", tmp_path)
    text = told(page, shown, rows(value=np.nan))
    assert "Fedasil has not sent its figures of 31 December 2023" in text
    assert "latest round not received" in text
    assert "17 December 2023" in shown[0][0]["text/markdown"]
    assert "| 31 Dec 2023 | – |" in text and "not received" in text


def test_a_leap_is_told_and_noise_is_called_noise(tmp_path):
    page, shown = page_in("en", tmp_path)
    assert "Referrals to crisis reception: the latest move lies within" in told(page, shown, rows())
    page, shown = page_in("en", tmp_path)
    text = told(page, shown, rows(value=95.0))
    assert "the latest value is news against its own past (more than noise)" in text
    assert "the value lies outside the range of ordinary noise |" in text


def test_the_state_of_the_latest_round(tmp_path):
    page, _ = page_in("en", tmp_path)
    for last, state in ((WITHHELD, "withheld"), ({"value": np.nan}, "missing"), ({}, "received")):
        assert latest(judged(page, rows(**last)))["state"].tolist() == [state]


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("données synthétiques", ""),
        ("value in [1, 4]; A new centre opened (VDAB, 2023-12-20)", "A new centre opened (VDAB, 2023-12-20)"),
        ("synthetic data · Moved house (Fedasil, 2023-12-20)", "Moved house (Fedasil, 2023-12-20)"),
    ],
)
def test_only_what_a_sender_signed_is_a_clarification(note, said):
    assert clarification(note) == said


def test_a_signed_note_stands_in_the_chart_and_the_table(tmp_path):
    page, shown = page_in("en", tmp_path)
    plain, noted = rows(), rows(note="A new centre opened (Fedasil, 2023-12-20)")
    show_process(page, judged(page, plain))
    show_process(page, judged(page, noted))
    drawings = [data["image/svg+xml"] for data, _ in shown if "image/svg+xml" in data]
    assert drawings[0] != drawings[1]
    assert "sender’s note\\: A new centre opened" in shown[-1][0]["text/markdown"]
