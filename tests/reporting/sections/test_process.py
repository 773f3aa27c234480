"""One series and its noise: the chart, its table and the headline give one reader one answer."""

import pandas as pd
import pytest

from analysis.reporting.charts import process_chart
from analysis.reporting.sections.first_screen import latest, verdict_of
from analysis.reporting.sections.process import process_frame
from analysis.reporting.text import rows_of
from reporting.sections.test_first_screen import judged, page_in, rows, told

ORDINARY = [2, 5, -3, 0, -1, 4, -5]
RUN = [1, 2, 1, 3, 1, 2, 1]  # seven on one side of the mean: a mark by itself, yet no news by the test of the page
LEAP = [2, 5, -3, 0, -1, 4, 45]


@pytest.mark.parametrize(
    ("last", "verdict", "words"),
    [
        (ORDINARY, "noise", "latest move\\: ordinary noise"),
        (RUN, "question", "unusual by itself, no finding yet"),
        (LEAP, "neutral", "more than noise"),
    ],
)
def test_headline_and_table_say_the_same_of_the_latest_value(tmp_path, last, verdict, words):
    page, shown = page_in("en", tmp_path)
    frame = rows()
    frame.loc[19:, "value"] = [50.0 + one for one in last]
    assert [verdict_of(row) for row in rows_of(latest(judged(page, frame)))] == [verdict]
    text = told(page, shown, frame)
    headline = shown[0][0]["text/markdown"]
    table = next(line for line in text.splitlines() if line.startswith("| 31 Dec 2023"))
    assert words in headline
    assert (words in table) == (verdict != "noise")
    assert ("do not read it as a change" in text) == (verdict == "noise")
    assert ("ask before reading it as a change" in text) == (verdict == "question")


def test_a_stock_s_moves_get_a_panel_of_their_own(tmp_path):
    page, _ = page_in("en", tmp_path)
    grown = rows().assign(kind="stock")
    grown["value"] = 10_000 + 400.0 * grown.index + grown["value"]
    frame = process_frame(judged(page, grown))
    after = frame["value"].diff().iloc[1:]
    pd.testing.assert_series_equal(frame["move"].iloc[1:], after, check_names=False)
    assert (frame["move_upper"] - frame["move_lower"]).iloc[1:].between(1, 100).all()
    assert "move" not in process_frame(judged(page, rows()))
    level = frame.drop(columns=["move", "move_lower", "move_upper"])
    both, alone = (process_chart(one, page.wording, unit="persons") for one in (frame, level))
    assert 'id="axes_2"' in both and 'id="axes_2"' not in alone


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "has no figures of 31 December 2023 for Bruxelles (Referrals"),
        ("nl", "heeft geen cijfers van 31 december 2023 voor Brussel ("),
    ],
)
def test_the_places_that_did_not_report_are_named(tmp_path, lang, said):
    page, shown = page_in(lang, tmp_path)
    both = pd.concat([rows(), rows(value=float("nan")).assign(geo="21004")], ignore_index=True)
    both.loc[:25, "geo"] = "11002"
    text = told(page, shown, both)
    assert said in text
