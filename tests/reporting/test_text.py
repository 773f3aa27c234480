"""Words and numbers in four languages."""

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import LANGUAGES
from analysis.errors import UsageError
from analysis.reporting.text import NO_BREAK, Wording, alt_bars, alt_trend, unbroken

TEXTS = load_catalogue().texts
THIN = "\N{NARROW NO-BREAK SPACE}"


def spaced(text: str) -> str:
    """Every kind of space as a plain one, so that a golden text stays readable."""
    return re.sub(r"\s", " ", text)


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_text_has_the_same_fields_in_every_language(key):
    fields = {lang: sorted(re.findall(r"{(\w+)}", TEXTS[key][lang])) for lang in LANGUAGES}
    assert all(TEXTS[key][lang].strip() for lang in LANGUAGES)
    assert len({tuple(found) for found in fields.values()}) == 1, fields


@pytest.mark.parametrize(
    ("lang", "number", "rate", "change", "day"),
    [
        ("en", "12,345 persons", "41.3%", "−1.4 percentage points", "16 May 2023"),
        ("fr", "12 345 personnes", "41,3 %", "−1,4 point de pourcentage", "16 mai 2023"),
        ("nl", "12.345 personen", "41,3%", "−1,4 procentpunt", "16 mei 2023"),
        ("de", "12.345 Personen", "41,3 %", "−1,4 Prozentpunkte", "16. Mai 2023"),
    ],
)
def test_formats(lang, number, rate, change, day):
    wording = Wording(TEXTS, lang)
    assert spaced(wording.quantity(12345.0, "persons")) == number
    assert spaced(wording.quantity(41.26, "%")) == rate
    assert spaced(wording.quantity(-1.44, "pp", signed=True)) == change
    assert spaced(wording.day(date(2023, 5, 16))) == day


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (float("nan"), "–"), (float("inf"), "–"), (-0.04, "0"), (1.0, "+1"), (0.0, "0"), (-1234.5, "−1,234")],
)
def test_edges_of_numbers(value, shown):
    assert Wording(TEXTS, "en").number(value, signed=True) == shown


def test_one_of_them_is_singular():
    assert Wording(TEXTS, "en").quantity(1, "submissions") == "1 submission"
    assert Wording(TEXTS, "de").quantity(2, "submissions") == "2 Lieferungen"


def test_an_unknown_unit_is_no_unit():
    assert Wording(TEXTS, "en").quantity(3, "bicycles") == "3"


def test_an_unknown_language_is_refused():
    with pytest.raises(UsageError, match="lang must be one of en, fr, nl, de, not 'es'"):
        Wording(TEXTS, "es")


def test_a_missing_text_is_named():
    with pytest.raises(UsageError, match="no such key"):
        Wording(TEXTS, "en").say("no such key")


def test_spaces_before_french_punctuation_do_not_break():
    assert unbroken("Suivi : « 5 % » ; 10 h 30") == unbroken(
        f"Suivi{NO_BREAK}: «{NO_BREAK}5{NO_BREAK}%{NO_BREAK}»{NO_BREAK}; 10 h 30"
    )
    assert f"«{NO_BREAK}5{NO_BREAK}%{NO_BREAK}»" in unbroken("« 5 % »")


SERIES = pd.DataFrame(
    {
        "series": "Region A",
        "period": pd.date_range("2023-01-01", periods=4, freq="14D"),
        "value": [10.0, 20.0, float("nan"), 15.0],
        "mark": ["", "break", "", "drop"],
    }
)
ALT = {
    "en": (
        "Line chart of Level; series: 1. Region A: 10.0% on 1 January 2023, 15.0% on 12 February 2023; lowest 10.0% on "
        "1 January 2023, highest 20.0% on 15 January 2023. Break in series flagged on 15 January 2023. Large drop "
        "without flag on 12 February 2023. Values not received: 1."
    ),
    "fr": (
        "Graphique en courbes : Level ; séries : 1. Region A : 10,0 % le 1er janvier 2023, 15,0 % le 12 février 2023 ; "
        "minimum 10,0 % le 1er janvier 2023, maximum 20,0 % le 15 janvier 2023. Rupture de série signalée le 15 "
        "janvier 2023. Forte baisse non signalée le 12 février 2023. Valeurs non reçues : 1."
    ),
    "nl": (
        "Lijngrafiek van Level; reeksen: 1. Region A: 10,0% op 1 januari 2023, 15,0% op 12 februari 2023; laagste "
        "10,0% op 1 januari 2023, hoogste 20,0% op 15 januari 2023. Breuk in de reeks gemeld op 15 januari 2023. Grote "
        "daling zonder vlag op 12 februari 2023. Niet ontvangen waarden: 1."
    ),
    "de": (
        "Liniendiagramm: Level; Reihen: 1. Region A: 10,0 % am 1. Januar 2023, 15,0 % am 12. Februar 2023; niedrigster "
        "Wert 10,0 % am 1. Januar 2023, höchster 20,0 % am 15. Januar 2023. Zeitreihenbruch gemeldet am 15. Januar "
        "2023. Starker Rückgang ohne Hinweis am 12. Februar 2023. Nicht eingegangene Werte: 1."
    ),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_trend_in_words(lang):
    assert spaced(alt_trend(SERIES, Wording(TEXTS, lang), title="Level", unit="%")) == ALT[lang]


def test_completeness_in_words():
    frame = pd.DataFrame({"label": ["A"], "reported": [44], "expected": [48], "late": [3]})
    assert alt_bars(frame, Wording(TEXTS, "en"), title="rounds") == "Bar chart of rounds. A: 44 of 48 received, 3 late."


@pytest.mark.parametrize(
    ("lang", "bodies", "breakdown", "answer", "several"),
    [
        ("en", "Immigration Office (DVZ/OE)", "at registration", "Lack of trust between actors", "a; b"),
        ("fr", "Office des étrangers (DVZ/OE)", "lors de l’enregistrement", "Manque de confiance", "a ; b"),
        ("nl", "Dienst Vreemdelingenzaken (DVZ/OE)", "bij de registratie", "Gebrek aan vertrouwen", "a; b"),
        ("de", "Ausländeramt (DVZ/OE)", "bei der Registrierung", "Fehlendes Vertrauen", "a; b"),
    ],
)
def test_what_data_name_in_english_is_worded(lang, bodies, breakdown, answer, several):
    wording = Wording(TEXTS, lang)
    assert wording.bodies("Immigration Office (DVZ/OE)") == bodies
    assert wording.breakdown("at registration") == breakdown
    assert wording.breakdown("Lack of trust between actors").startswith(answer)
    assert wording.breakdown("as nobody has worded it") == "as nobody has worded it"
    assert spaced(wording.several(["a", "b"])) == several


def test_every_published_breakdown_is_worded():
    for file in (Path(__file__).parents[2] / "data" / "raw" / "published").rglob("*.csv"):
        rows = pd.read_csv(file, dtype=str, keep_default_na=False)
        printed = {*rows["breakdown"], *rows["breakdown_as_published"]} - {"", "Statbel"}
        worded = {text for text in printed if f"breakdown.{text}" in TEXTS}
        assert {text for text in printed - worded if re.search(r"[A-Za-z]{3}", text)} == set()
