"""Feedback and change log on the page: everything to government, to the public only what its senders agreed to."""

from datetime import date
from pathlib import Path

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.feedback import unpublished
from analysis.evidence.protected import PUBLIC, RESTRICTED
from analysis.reporting.page import Page
from analysis.reporting.sections import feedback
from analysis.reporting.text import Wording
from analysis.store import Store

CATALOGUE = load_catalogue()
REPORTS = Path(__file__).parents[3] / "reports"
SHOWN = (feedback.show_releases, feedback.show_standing, feedback.show_items, feedback.show_evaluations)


def said(folder: Path, lang: str, release: str, day: date = date(2024, 2, 29)) -> str:
    shown: list[str] = []
    page = Page("annex", CATALOGUE, Store(folder), Wording(CATALOGUE.texts, lang), day, {}, release=release)
    page.show = lambda data, metadata: shown.append(data["text/plain"])
    exchange = feedback.open_exchange(page, REPORTS)
    for show in SHOWN:
        show(page, exchange)
    return "\n".join(shown)


@pytest.mark.parametrize("lang", ["en", "fr", "nl", "de"])
def test_government_reads_every_remark_and_the_public_those_agreed_to(tmp_path, lang):
    everything, public = said(tmp_path, lang, RESTRICTED), said(tmp_path, lang, PUBLIC)
    kept = [words[lang] for _, words in unpublished(feedback.load_exchange(REPORTS, CATALOGUE))]
    assert kept
    assert all(words in everything and words not in public for words in kept)
    assert Wording(CATALOGUE.texts, lang).say("feedback.kept", count="1") in public
    assert "2024-R2" in everything and "2024-R2" in public


def test_what_a_release_settles_is_open_before_it(tmp_path):
    assert "closed in 2024-R2" in said(tmp_path, "en", RESTRICTED)
    before = said(tmp_path, "en", RESTRICTED, date(2024, 2, 1))
    assert "closed in" not in before and "price times forecast quantity" not in before
    assert "have not evaluated" in before
