"""A claim about the present rests on figures of the present; what it asserts, and what it lacks, is said as it is."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.recommendations import Claim
from analysis.evidence import record
from analysis.evidence.claim_figures import Figure
from analysis.evidence.record import Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.claims import Examiner, Finding, numbers, sentence
from analysis.reporting.text import Wording
from analysis.store import Store

CATALOGUE = load_catalogue()
LIMIT = CATALOGUE.publication.current_days
AS_OF = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("ages", "current"),
    [
        ((0,), True),
        ((LIMIT,), True),
        ((LIMIT + 1,), False),
        ((LIMIT, 999), True),
        ((LIMIT + 1, 999), False),
        ((), True),
    ],
)
def test_an_old_figure_tells_nothing_of_today(ages, current):
    periods = tuple((AS_OF - timedelta(days)).isoformat() for days in ages)
    figure = Figure("VLG", 80.0, 79.0, 81.0, 100.0, "%", Lineage("claim_change", periods=periods))
    examiner = Examiner(SimpleNamespace(as_of=AS_OF, catalogue=CATALOGUE))
    assert examiner._current(figure) is current


SINCE = date(2023, 3, 26)
SERIES = {"indicator": "EMP01", "geos": ("VLG",)}
KINDS = {
    "level": SERIES,
    "change": SERIES | {"since": SINCE},
    "gap": SERIES | {"between": ("sex", "M", "F")},
    "effect": {"intervention": "vdab-registration"},
}
LANGUAGES = ("en", "fr", "nl", "de")


def page_in(folder, lang: str = "en") -> Page:
    return Page("brief", CATALOGUE, Store(folder), Wording(CATALOGUE.texts, lang), AS_OF, {})


@pytest.mark.parametrize(
    ("kind", "bound", "said"),
    [
        ("level", {"at_least": 99.25}, "99.25% or more"),
        ("change", {"at_least": 2.25}, "up by 2.25 percentage points or more since 26 March 2023"),
        ("change", {"at_least": 0}, ": up since"),
        ("change", {"at_least": -3}, "down by 3 percentage points at most since"),
        ("change", {"at_most": 3}, "up by 3 percentage points or less since"),
        ("change", {"at_most": 0}, ": down since"),
        ("change", {"at_most": -3}, "down by 3 percentage points or more since"),
        ("gap", {"at_least": 3}, "Men at least 3 percentage points above Women"),
        ("gap", {"at_least": 0}, "Men above Women"),
        ("gap", {"at_least": -3}, "Women at most 3 percentage points above Men"),
        ("gap", {"at_most": 3}, "Men at most 3 percentage points above Women"),
        ("gap", {"at_most": 0}, "Women above Men"),
        ("gap", {"at_most": -3}, "Women at least 3 percentage points above Men"),
        ("effect", {"at_least": -3}, "by 3 percentage points at most, on evidence of grade D or better"),
        ("effect", {"at_most": 0}, "lowered “Registered with the public employment service”, on evidence"),
        ("effect", {"at_most": 3}, "with the public employment service” by 3 percentage points at most"),
    ],
)  # fmt: skip
def test_a_claim_is_worded_as_it_is_judged(tmp_path, kind, bound, said):
    """By the sign of its bound, and with every decimal of it; each of the four languages has the form."""
    claim = Claim(kind, **KINDS[kind], **bound)
    assert said in sentence(page_in(tmp_path), claim)
    others = {sentence(page_in(tmp_path, lang), claim) for lang in LANGUAGES}
    assert len(others) == len(LANGUAGES) and not any("{" in one for one in others)


def found(value=80.0, low=79.0, geo="VLG", days=0, level=""):
    period = ((AS_OF - timedelta(days)).isoformat(),)
    lineage = Lineage("claim_level", indicator="EMP01", geo=geo, periods=period, level=level)
    return record(value, lineage, as_of=AS_OF, unit="%", interval=(low, None if low is None else 81.0))


@pytest.mark.parametrize(
    ("geos", "evidence", "grade", "said"),
    [
        (["VLG"], [found()], "", "80.0% (79.0 to 81.0)"),
        (["VLG"], [], "", "no figure"),
        (["VLG"], [found(low=None)], "", "80.0% (no interval)"),
        (["VLG"], [], "refused", "no estimate: the data cannot answer this"),
        (["VLG"], [found(days=999)], "", "80.0% (79.0 to 81.0); last known on 5 June 2021, too long ago for a claim "
                                         "about today"),
        (["VLG", "DG"], [found(level="97.50%")], "", "Flemish Region: 80.0% (79.0 to 81.0); German-speaking Community: "
                         "no figure; intervals of 97.5%, for several territories are judged together"),
    ],
)  # fmt: skip
def test_beside_a_state_stands_what_it_rests_on_and_what_it_lacks(tmp_path, geos, evidence, grade, said):
    claim = Claim("effect" if grade else "level", at_least=0, geos=tuple(geos))
    finding = Finding(claim, "cannot tell", (), tuple(evidence), grade)
    assert numbers(page_in(tmp_path), finding) == said
    assert len({numbers(page_in(tmp_path, lang), finding) for lang in LANGUAGES}) >= (2 if evidence else 4)
