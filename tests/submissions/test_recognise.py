from datetime import date

import pytest

from analysis.catalogue.model import LANGUAGES, Label
from analysis.submissions.guards import Refusal
from analysis.submissions.recognise import language, name_parts, recognise
from analysis.submissions.sheets import Sheet
from submissions.sample import CATALOGUE

KNOWN = Label(**{lang: f"ibz ({CATALOGUE.providers['ibz'].label[lang]})" for lang in LANGUAGES})
PLAIN = [Sheet("", (("Indicator", "Value"), ("REG01", "1")))]
EUROSTAT = [Sheet("", (("STRUCTURE", "STRUCTURE_ID"), ("dataflow", "ESTAT:MIGR_ASYTPSM(1.0)")))]
OTHER_EUROSTAT = [Sheet("", (("STRUCTURE", "STRUCTURE_ID"), ("dataflow", "ESTAT:DEMO_GIND(1.0)")))]


@pytest.mark.parametrize(
    ("name", "sheets", "declared", "found"),
    [
        ("registration__ibz__2022-03-13.csv", PLAIN, {}, ("registration", "ibz", date(2022, 3, 13))),
        ("Registration__IBZ__2022-03-13 (2).XLSX", PLAIN, {}, ("registration", "ibz", date(2022, 3, 13))),
        ("budget__mi_is__2022-03.csv", PLAIN, {}, ("budget", "mi_is", date(2022, 3, 31))),
        ("figures.csv", PLAIN, {"dataflow": "registration"}, ("registration", "ibz", None)),
        ("figures.csv", PLAIN, {"dataflow": "employment", "provider": "vdab"}, ("employment", "vdab", None)),
        ("download.csv", EUROSTAT, {}, ("eurostat_tps", "eurostat", None)),
        ("a__b__c.csv", EUROSTAT, {}, ("eurostat_tps", "eurostat", None)),
    ],
)
def test_recognised(name: str, sheets: list[Sheet], declared: dict[str, str], found: tuple[str, str, date]) -> None:
    recognition = recognise(name, sheets, declared, CATALOGUE)
    assert (recognition.dataflow.id, recognition.provider.id, recognition.period) == found


@pytest.mark.parametrize(
    ("name", "sheets", "declared", "rule", "fields"),
    [
        ("figures.csv", PLAIN, {}, "STR-05", {"near": ""}),
        ("regisration__ibz__2022-03-13.csv", PLAIN, {}, "STR-05", {"near": "registration"}),
        ("download.csv", OTHER_EUROSTAT, {}, "STR-05", {"near": ""}),
        (
            "registration__ibz__2022-03-13.csv",
            PLAIN,
            {"dataflow": "housing"},
            "STR-06",
            {"first_source": "declared", "first": "housing", "second_source": "name", "second": "registration"},
        ),
        ("registration__ibz__2022-03-13.csv", EUROSTAT, {}, "STR-06", {"second": "eurostat_tps"}),
        ("registration__ibz__2022-03-13.csv", PLAIN, {"period": "2022-03-27"}, "STR-06", {"what_source": "period"}),
        ("registration__fedasil__2022-03-13.csv", PLAIN, {}, "STR-07", {"found": "fedasil", "known": KNOWN}),
        ("figures.csv", PLAIN, {"dataflow": "employment"}, "STR-07", {"found": "—"}),
        ("registration__ibz__march.csv", PLAIN, {}, "STR-08", {"found": "march"}),
    ],
)
def test_refused(name: str, sheets: list[Sheet], declared: dict[str, str], rule: str, fields: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        recognise(name, sheets, declared, CATALOGUE)
    assert caught.value.rule == rule
    assert fields.items() <= caught.value.fields.items()


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a__b__c.csv", {"dataflow": "a", "provider": "b", "period": "c"}),
        ("a__b.csv", {}),
        ("a__b__c__d.csv", {}),
        ("a____c.csv", {}),
        ("plain.csv", {}),
    ],
)
def test_name_parts(name: str, parts: dict[str, str]) -> None:
    assert name_parts(name) == parts


@pytest.mark.parametrize(
    ("name", "declared", "lang"),
    [
        ("housing__fedasil__2022-03-13.csv", {}, "nl"),
        ("x.csv", {"provider": "DG"}, "de"),
        ("x.csv", {"dataflow": "registration"}, "fr"),
        ("x.csv", {"dataflow": "employment"}, "en"),
        ("x.csv", {}, "en"),
    ],
)
def test_the_language_of_the_answer(name: str, declared: dict[str, str], lang: str) -> None:
    assert language(name, declared, CATALOGUE) == lang


@pytest.mark.parametrize(
    ("name", "form", "rule"),
    [
        ("our figures.xlsx", {"provider": "ibz", "period": "2022-03-13"}, ""),
        ("registration__ibz__2022-03-13.answer (2).xlsx", {"provider": "ibz", "period": "2022-03-13"}, ""),
        ("registration__ibz__2022-03-27.xlsx", {"provider": "ibz", "period": "2022-03-13"}, "STR-06"),
        ("our figures.xlsx", {"provider": "fedasil", "period": "2022-03-13"}, "STR-07"),
        ("our figures.xlsx", {"provider": "ibz", "period": "soon"}, "STR-08"),
    ],
)
def test_the_hidden_sheet_of_a_form_tells_and_must_agree(name: str, form: dict[str, str], rule: str) -> None:
    try:
        found = recognise(name, PLAIN, {}, CATALOGUE, {"dataflow": "registration", **form})
    except Refusal as refusal:
        assert refusal.rule == rule
    else:
        assert (found.provider.id, found.period, rule) == ("ibz", date(2022, 3, 13), "")
