"""Protocols are locked, an edit after the lock is told by name, and a doctored lock does not load."""

import dataclasses
import shutil
from datetime import date
from pathlib import Path

import pytest

import analysis.catalogue
from analysis.catalogue import load_catalogue
from analysis.catalogue.protocol import FIELDS, ProtocolChange, protocol_hash, protocol_state
from analysis.errors import CatalogueError

OURS = Path(analysis.catalogue.__file__).parent
CATALOGUE = load_catalogue()
CASE = dataclasses.replace(CATALOGUE.interventions["vdab-registration"], placebo_outcomes=(), amendments=())


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    shutil.copytree(OURS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


AMENDED = {  # what was changed in the open after the lock: field and day
    "vdab-registration": [("placebo_outcomes", date(2026, 11, 22))],
    "reimbursement-contract": [("placebo_outcomes", date(2026, 11, 22))],
}


@pytest.mark.parametrize("name", CATALOGUE.interventions)
def test_every_tracked_intervention_is_as_it_was_locked_or_says_since_when_it_is_not(name):
    state = protocol_state(CATALOGUE.interventions[name], CATALOGUE.locks)
    assert [(one.field, one.amendment and one.amendment.day) for one in state.changes] == AMENDED.get(name, [])
    assert (state.hash == CATALOGUE.locks[name].hash) == (name not in AMENDED)
    assert state.answer == ("passed" if not state.changes and not state.results_known else "cannot tell")


EDITS = [
    # field           after the edit                  was, and is now
    ("in_force", date(2023, 6, 1), "2023-05-16", "2023-06-01"),
    ("treated", ("VLG", "BRU"), "VLG", "VLG, BRU"),
    ("indicator", "EMP02", "EMP01", "EMP02"),
    ("models", ("ols_hac",), "ols_hac, reml_ar1, arima", "ols_hac"),
    ("placebo_dates", (), "2022-08-15, 2022-11-15", ""),
]


@pytest.mark.parametrize(("field", "value", "was", "now"), EDITS)
def test_an_edit_after_the_lock_is_told_by_name(field, value, was, now):
    case = dataclasses.replace(CASE, **{field: value})
    state = protocol_state(case, CATALOGUE.locks)
    assert (state.state, state.locked) == ("changed", CATALOGUE.locks[case.id].locked)
    assert state.changes == (ProtocolChange(field, was, now),)
    assert protocol_hash(case) != CATALOGUE.locks[case.id].hash


def test_words_may_be_mended_and_what_is_not_locked_is_said():
    assert protocol_state(dataclasses.replace(CASE, source="another page"), CATALOGUE.locks).state == "unchanged"
    assert protocol_state(CASE, {}).state == "unlocked"
    assert set(CATALOGUE.locks[CASE.id].fields) == set(FIELDS)


BAD = [
    # file, old, new, message
    ("protocols.yml", 'expected_sign: "1"', 'expected_sign: "0"', "A lock is never edited"),
    ("protocols.yml", "vdab-registration:", "vdab-registered:",
     "a lock must be of an intervention in interventions.yml, not 'vdab-registered'"),
    ("interventions.yml", "model: ols_hac", "model: ols", "`model` must be one of ols_hac, reml_ar1, arima, poisson"),
    ("interventions.yml", "models: [ols_hac, reml_ar1, arima]", "models: [reml_ar1]",
     "`models` must be with the main model ols_hac among them"),
    ("interventions.yml", "models: [ols_hac, reml_ar1, arima]", "models: [ols_hac, arma]",
     "`models` must be of ols_hac"),
    ("interventions.yml", "placebo_dates: [2022-08-15, 2022-11-15]", "placebo_dates: [2023-05-01]",
     "`placebo_dates` must be before the announcement of 2023-04-21, not '2023-05-01'"),
    ("interventions.yml", "placebo_dates: [2022-08-15, 2022-11-15]", "placebo_dates: [August]",
     "`placebo_dates` must be a list of dates such as [2022-08-15]"),
    ("interventions.yml", "placebo_outcomes: [HOU01]", "placebo_outcomes: [EMP01]",
     "`placebo_outcomes` must be another indicator than the outcome, not 'EMP01'"),
    ("interventions.yml", "placebo_outcomes: [HOU01]", "placebo_outcomes: [EMP99]",
     "`placebo_outcomes` must be an entry of indicators.csv, not 'EMP99'"),
    ("interventions.yml", "design: single_series", "design: guess",
     "`design` must be one of single_series, synthetic_control, not 'guess'"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), BAD, ids=[f"{row[0]}: {row[2]}" for row in BAD])
def test_a_bad_edit_is_told(tmp_path, file, old, new, message):
    with pytest.raises(CatalogueError) as told:
        load_catalogue(edited(tmp_path, file, old, new))
    assert message in str(told.value)
