"""The page of an intervention: a change after the lock is told in the reader's words, and open roles are said."""

import dataclasses
import functools
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import LANGUAGES, Amendment, Label
from analysis.catalogue.protocol import protocol_state
from analysis.effects.assessment import Assessment, Question, assess_series
from analysis.evidence import Lineage, Register
from analysis.reporting.page import Page
from analysis.reporting.sections.effect import _show_changes, protocol_in_words, written
from analysis.reporting.sections.effect_case import Case, young_periods
from analysis.reporting.sections.effect_curves import show_completed
from analysis.reporting.sections.effect_figures import smallest_effect
from analysis.reporting.sections.series import indicator_dataflows
from analysis.reporting.text import Wording

CATALOGUE = load_catalogue()
CASE = dataclasses.replace(CATALOGUE.interventions["vdab-registration"], placebo_outcomes=(), amendments=())
WHY = Label(en="A registry error", fr="Une erreur", nl="Een fout", de="Ein Fehler")


def page(lang: str = "en") -> tuple[Page, list[str]]:
    shown: list[str] = []
    made = Page(
        "effects", CATALOGUE, None, Wording(CATALOGUE.texts, lang), date(2024, 1, 1), {}, Register(),  # type: ignore[arg-type]
        show=lambda data, _: shown.append(data["text/markdown"]),
    )  # fmt: skip
    return made, shown


def weighted(name: str, minimum_effect: float) -> Case:
    """A case of a comparison, of which only the smallest detectable effect is known, in logarithms."""
    judged = SimpleNamespace(minimum_effect=minimum_effect, main=None)
    return Case(CATALOGUE.interventions[name], pd.DataFrame(), None, judged, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("sign", "told"), [(-1, -50.0), (1, 100.0)])
def test_a_fall_is_expected_to_be_seen_as_a_fall(sign, told):
    """Half and double are the same distance in logarithms, and not in per cent."""
    case = weighted("ireland-new-arrivals", np.log(2))
    case = dataclasses.replace(case, intervention=dataclasses.replace(case.intervention, expected_sign=sign))
    assert smallest_effect(page()[0], case) == (pytest.approx(told), "%")


def test_a_probability_and_places_taken_together_are_listed_as_readers_know_them():
    told, shown = page("fr")
    told.record(1 / 3, Lineage("p:smallest", indicator="EMP01", geo="BRU+WAL"), n=1, listed=True)
    told.close()
    assert "Région de Bruxelles-Capitale et Région wallonne" in shown[-1] and "0,333" in shown[-1]


def test_the_register_sends_to_the_page_where_the_changes_are_listed():
    state = protocol_state(CATALOGUE.interventions["vdab-registration"], CATALOGUE.locks)
    assert "below" in protocol_in_words(page()[0], state)
    assert "on the page of the measure" in protocol_in_words(page()[0], state, here=False)


@pytest.mark.parametrize(("indicator", "flows"), [("EUR02", ["eurostat_tpf"]), ("EMP01", ["employment"])])
def test_an_indicator_waits_for_its_own_dataflow_alone(indicator, flows):
    assert indicator_dataflows(page()[0], indicator) == flows


@pytest.mark.parametrize(
    ("lang", "field", "text", "words"),
    [
        ("en", "in_force", "2023-06-01", "1 June 2023"),
        ("fr", "treated", "VLG, BRU", "Région flamande et Région de Bruxelles-Capitale"),
        ("nl", "placebo_dates", "", "geen"),
        ("de", "expected_sign", "1", "nach oben"),
        ("en", "models", "ols_hac, arima", "Least squares (Newey-West) and ARMA noise"),
    ],
)
def test_a_locked_field_is_told_in_words(lang, field, text, words):
    assert written(page(lang)[0], field, text) == words


def test_a_change_after_the_lock_has_its_day_and_reason():
    amended = dataclasses.replace(
        CASE, in_force=date(2023, 6, 1), amendments=(Amendment(date(2026, 12, 1), ("in_force",), WHY),)
    )
    state = protocol_state(amended, CATALOGUE.locks)
    assert (state.state, state.answer) == ("changed", "cannot tell")
    told, shown = page("fr")
    _show_changes(told, state)
    assert "21 novembre 2026" in shown[0]
    assert "1er décembre 2026" in shown[1] and "16 mai 2023" in shown[1] and "1er juin 2023" in shown[1]
    assert "date d’entrée en vigueur" in shown[1] and "Une erreur" in shown[1] and "in\\_force" not in shown[1]


def test_a_change_that_nobody_explained_fails_the_criterion_and_is_said_to_be_undated():
    state = protocol_state(dataclasses.replace(CASE, expected_sign=-1), CATALOGUE.locks)
    assert state.answer == "failed"
    told, shown = page()
    _show_changes(told, state)
    assert "day not recorded" in shown[1] and "upwards" in shown[1] and "downwards" in shown[1]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGUE.interventions)
def test_every_field_of_a_protocol_has_words(lang, name):
    told, _ = page(lang)
    case = CATALOGUE.interventions[name]
    for field, text in CATALOGUE.locks[name].fields.items():
        assert told.wording.say(f"field.{field}") and written(told, field, text)
    assert protocol_in_words(told, protocol_state(case, CATALOGUE.locks))
    assert told.wording.say(f"design.{case.model}")


CODES = [  # a statistic's code, then how the list of numbers at the end of a page names it
    ("effect:model ols_hac", "fr", "effet de la mesure (modèle : Moindres carrés (Newey-West))"),
    ("effect:without 2022-03-13 00:00:00", "nl", "effect van de maatregel (zonder 13 mrt 2022)"),
    ("effect:without DE", "en", "effect of the measure (without Germany)"),
    ("effect:placebo territory BRU", "de", "Wirkung der Maßnahme (Placebo, Region Brüssel-Hauptstadt)"),
    ("effect:placebo date 2022-08-15", "fr", "effet de la mesure (date fictive : 15 août 2022)"),
    ("share:same sign", "de", "Anteil der Modelle (gleiches Vorzeichen)"),
    ("effect:without lowest", "fr", "effet de la mesure (un élément omis, la plus basse)"),
]


@pytest.mark.parametrize(("code", "lang", "words"), CODES)
def test_a_number_is_named_in_the_readers_language(code, lang, words):
    assert page(lang)[0]._statistic(code).replace("\N{NO-BREAK SPACE}", " ") == words


def test_every_code_of_the_effect_pages_has_words():
    import re
    from pathlib import Path

    from analysis.reporting import sections

    source = "".join(path.read_text() for path in Path(sections.__file__).parent.glob("effect*.py"))
    codes = set(re.findall(r'"((?:effect|share|p|slope):[a-z ]+?)(?: \{.*)?"', source))
    assert len(codes) >= 12
    for code in codes:
        kind, _, detail = code.partition(":")
        known = [key for key in CATALOGUE.texts if key.startswith(f"detail.{detail.split(' {')[0]}")]
        assert known and f"statistic.{kind}" in CATALOGUE.texts, code


@pytest.mark.parametrize(
    ("lang", "value", "words"),
    [
        ("fr", 0.1, "+0,1 point de pourcentage"),
        ("fr", 1.96, "+2,0 points de pourcentage"),
        ("fr", -1.2, "−1,2 point de pourcentage"),
        ("de", 0.1, "+0,1 Prozentpunkte"),
        ("en", 1.0, "+1.0 percentage points"),
    ],
)
def test_french_counts_from_two(lang, value, words):
    assert Wording(CATALOGUE.texts, lang).quantity(value, "pp", signed=True) == words


def counted(rounds: int = 40) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A count that comes in by halves: four fifths after two weeks, all after four; and the series known at the end."""
    period = pd.date_range("2022-01-03", periods=rounds, freq="14D")
    final = 500 + np.random.default_rng(3).integers(-20, 20, rounds)
    key = {"dataflow": "registration", "indicator": "REG01", "geo": "VLG", "provider": "ibz", "unit": "persons"}
    key |= {"sex": "T", "age": "TOTAL", "nationality": "TOTAL"}
    first = pd.DataFrame({"period": period, "as_of": period + pd.Timedelta("14D"), "value": final * 0.8})
    second = first.assign(as_of=first["as_of"] + pd.Timedelta("14D"), value=final * 1.0)
    history = pd.concat([first, second]).assign(denominator=np.nan, **key)
    history = history[history["as_of"] <= period[-1] + pd.Timedelta("14D")]
    known = history.sort_values("as_of").drop_duplicates("period", keep="last").sort_values("period")
    return history, known.assign(level=known["value"], synthetic=True).reset_index(drop=True)


def test_the_nowcast_of_the_last_counts_is_in_the_units_of_the_outcome():
    history, series = counted()
    found = young_periods(history, series)
    assert found["period"].max() == series["period"].max()
    last, known = found.iloc[-1], series["level"].iloc[-1]
    assert last["nowcast"] == pytest.approx(known / 0.8, rel=0.01)
    assert last["nowcast_low"] <= last["nowcast"] <= last["nowcast_high"]
    assert young_periods(history.assign(denominator=1000.0), series) is None  # a rate
    once = history.sort_values("as_of").drop_duplicates("period")
    assert young_periods(once, series) is None  # nothing is ever revised


@functools.cache
def completed() -> tuple[pd.DataFrame, Assessment]:
    history, series = counted()
    asked = Question(pd.Timestamp("2023-01-02"), "reml_ar1", ("reml_ar1",))
    return series, assess_series(series, "level", asked, nowcast=young_periods(history, series), thorough=False)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "still being completed"), ("fr", "règles de Rubin"), ("nl", "worden nog aangevuld"), ("de", "Nowcast")],
)
def test_the_page_says_what_the_nowcast_does_to_the_effect(lang, words):
    series, judged = completed()
    told, shown = page(lang)
    show_completed(told, Case(CASE, series, None, judged, protocol_state(CASE, CATALOGUE.locks)))
    assert words in shown[0] and "{count}" not in shown[0]
    assert (
        judged.completed.slope_change.estimate > judged.main.slope_change.estimate
    )  # the last count was a fifth short
    show_completed(told, Case(CASE, series, None, dataclasses.replace(judged, completed=None), told))  # type: ignore[arg-type]
    assert len(shown) == 1
