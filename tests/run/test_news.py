"""The head of the home page: every number leads to the page that shows it; what is not grave is not said."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import LANGUAGES
from analysis.reporting.text import Wording
from analysis.run.news import Standing, attention, changed
from analysis.run.page import PageResult
from analysis.run.plan import Job, Plan

CATALOGUE = load_catalogue()


def number(one: str, statistic: str, value: float | None, unit: str = "%", indicator: str = "EMP01") -> dict[str, Any]:
    lineage = {"statistic": statistic, "indicator": indicator, "geo": "VLG", "periods": ["2023-12-31"]}
    return {"id": one, "value": value, "unit": unit, "lineage": lineage}


def standing(brief: list[dict[str, Any]], pack: Sequence[dict[str, Any]] = (), **facts: Any) -> Standing:
    results = [
        PageResult(Job(page, lang, page, Path(f"{notebook}.ipynb"), {}), "built", 1.0, evidence=tuple(evidence))
        for page, notebook, evidence in (("brief", "brief", brief), ("meeting-pack", "meeting", pack))
        for lang in LANGUAGES
    ]
    states = facts.pop("ledger", ["accepted"])
    ledger = pd.DataFrame({"submission": [str(place) for place in range(len(states))], "state": states})
    return Standing(Plan(()), results, ledger, date(2024, 2, 29), **facts)


RANGE = {**number("fff", "range", None), "ci_low": 38.0, "ci_high": 44.1}
COUNTS = [number("ggg", "series_judged", 34, ""), number("hhh", "series_moved", 0, "")]
LEVEL, ROUND = number("aaa", "value", 41.34), number("bbb", "round", 1.08, "pp")
GRAVE = [number("ccc", "cells_red", 2, "cells"), number("ddd", "cells_amber", 1, "cells")]
CALM = [number("ccc", "cells_red", 0, "cells"), number("ddd", "cells_amber", 0, "cells")]
HOLD, DOUBT = {"supported": 9}, {"supported": 9, "weakened": 3, "cannot tell": 2}


def test_a_change_stands_beside_its_level_and_both_lead_to_the_brief() -> None:
    told = "\n".join(changed(standing([LEVEL, ROUND]), CATALOGUE, Wording(CATALOGUE.texts, "en")))
    assert "[41.3%](brief.en.html#ev-aaa); since the last round [+1.1 percentage points](brief.en.html#ev-bbb)" in told


def test_a_change_within_its_range_is_called_noise() -> None:
    told = "\n".join(changed(standing([LEVEL, ROUND, RANGE, *COUNTS]), CATALOGUE, Wording(CATALOGUE.texts, "en")))
    assert "#ev-bbb) (ordinary noise, expected: [38.0 to 44.1](brief.en.html#ev-fff))" in told
    assert "judged in the latest round: [34](brief.en.html#ev-ggg); moved beyond ordinary noise: [0](brief" in told


def test_a_change_out_of_its_range_is_not_called_noise() -> None:
    low = {**RANGE, "ci_low": 42.0}
    told = "\n".join(changed(standing([LEVEL, ROUND, low]), CATALOGUE, Wording(CATALOGUE.texts, "en")))
    assert "(outside what was expected: [42.0 to 44.1](brief.en.html#ev-fff))" in told
    assert "noise" not in told


@pytest.mark.parametrize("brief", [[], [LEVEL], [ROUND], [LEVEL, number("bbb", "round", None)]])
def test_without_both_numbers_nothing_changed(brief: list[dict[str, Any]]) -> None:
    assert changed(standing(brief), CATALOGUE, Wording(CATALOGUE.texts, "en")) == []


@pytest.mark.parametrize(
    ("facts", "words", "not_words"),
    [
        ({}, ["Nothing stands out."], ["red"]),
        ({"claims": HOLD, "pack": CALM}, ["Nothing stands out."], ["claims", "red"]),
        ({"claims": DOUBT}, ["Of the 14 claims", "weakened 3, cannot tell 2"], ["supported 9", "Nothing"]),
        ({"unsupported": True}, ["approved recommendation no longer holds"], ["Nothing"]),
        ({"pack": GRAVE}, ["(meeting-pack.en.html): red 2, amber 1"], ["#ev-ccc"]),
        ({"brief": [number("eee", "late", 46)]}, ["late so far: [46](brief.en.html#ev-eee)"], ["set aside"]),
        ({"brief": [number("eee", "late", 0)]}, ["Nothing stands out."], ["late"]),
        ({"ledger": ["accepted", "rejected"]}, ["rejected so far: 1"], ["late"]),
    ],
)
def test_what_needs_attention(facts: dict[str, Any], words: list[str], not_words: list[str]) -> None:
    found = standing(facts.pop("brief", []), facts.pop("pack", []), **facts)
    told = "\n".join(attention(found, Wording(CATALOGUE.texts, "en")))
    assert [word for word in words if word not in told] == []
    assert [word for word in not_words if word in told] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_leads_to_its_own_pages(lang: str) -> None:
    wording = Wording(CATALOGUE.texts, lang)
    found = standing([LEVEL, ROUND, number("eee", "late", 46)], GRAVE, claims=DOUBT)
    told = "\n".join([*changed(found, CATALOGUE, wording), *attention(found, wording)])
    assert {told.count(f"brief.{lang}.html"), told.count(f"meeting-pack.{lang}.html")} == {4, 1}
    assert not [other for other in LANGUAGES if other != lang and f".{other}.html" in told]
