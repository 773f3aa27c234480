"""The register on the home page: complete for reviewers, without names and remarks for the public, and never silent."""

from datetime import date

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import LANGUAGES
from analysis.reporting.text import Wording
from analysis.run.signatures import Entry, Signed
from analysis.run.signed import signed_off

TEXTS = load_catalogue().texts
DAY = date(2024, 3, 1)
TITLES = {"brief": "Brief", "quality": "Data quality"}
SIGNED = Signed(Entry(1, "brief", "A. Reader", DAY, DAY, {}, "statistician"), True)
NAMING = Signed(Entry(6, "brief", "A. Reader", DAY, DAY, {}, "aide of B. Minister"), True)
CHANGED = Signed(Entry(2, "quality", "A. Reader", DAY, DAY, {}), False)
OPEN = Signed(Entry(3, "brief", "B. Reader", DAY, DAY, {}, remark="Which year?"), True)
CLOSED = Signed(Entry(4, "brief", "B. Reader", DAY, DAY, {}, remark="Which unit?", closed_by="C. Author"), False)
ELSEWHERE = Signed(Entry(5, "gone", "D. Reader", DAY, DAY, {}), False)


def told(signed: list[Signed], release: str = "restricted", lang: str = "en") -> str:
    return "\n".join(signed_off(signed, TITLES, Wording(TEXTS, lang), release))


CASES = [
    ([], "restricted", ["Nobody has signed"], ["tbl-signed"]),
    ([ELSEWHERE], "restricted", ["Nobody has signed"], ["D. Reader"]),
    ([SIGNED], "restricted", ["A. Reader (statistician)", "unchanged"], ["Nobody", "Open remarks"]),
    ([CHANGED], "restricted", ["Nobody has signed", "Data quality", "| changed"], ["unchanged"]),
    ([OPEN, CLOSED], "restricted", ["Nobody", "remarks of reviewers: 1", "Which year?", "Which unit?"], []),
    ([SIGNED, OPEN], "public", ["statistician"], ["Reader", "Which year?", "remarks"]),
    ([NAMING], "restricted", ["A. Reader (aide of B. Minister)"], []),
    ([NAMING], "public", ["Reviewer"], ["A. Reader", "Minister"]),  # a role may name somebody
    ([OPEN], "public", ["Nobody has signed"], ["Reader", "Which year?"]),
]


@pytest.mark.parametrize(("signed", "release", "words", "not_words"), CASES)
def test_what_the_home_page_tells(signed, release, words, not_words):
    text = told(signed, release)
    assert [word for word in words if word not in text] == []
    assert [word for word in not_words if word in text] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_one_row_an_entry(lang):
    assert sum(line.startswith("| ") for line in told([SIGNED, CHANGED, OPEN], lang=lang).splitlines()) == 3 + 2


def test_a_role_is_told_in_the_language_of_the_page():
    said = {lang: told([SIGNED], "public", lang) for lang in LANGUAGES}
    assert ["statistician" in said["en"], "statisticus" in said["nl"], "Statistik" in said["de"]] == [True] * 3
