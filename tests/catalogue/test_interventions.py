"""Synthetic controls, assurance roles and recounts in the catalogue: what a slip of the pen is answered with."""

import shutil
from pathlib import Path

import pytest

import analysis.catalogue
from analysis.catalogue import load_catalogue
from analysis.errors import CatalogueError

OURS = Path(analysis.catalogue.__file__).parent
BAD = [
    # file, old, new, message
    ("interventions.yml", "onset: 2024-01-01", "onset: 2023-01-01",
     "`onset` must be from the announcement of 2023-12-12 to 2024-03-14, not '2023-01-01'"),
    ("interventions.yml", "window: [2022-06-30, 2024-06-30]", "window: [2024-06-30]",
     "`window` must be the first and the last period"),
    ("interventions.yml", "at_least: 100", "at_least: many", "`at_least` must be a whole number"),
    ("interventions.yml", 'without: ["NO"]', "without: [XX]", "`donors.without` must be an entry of the code list geo"),
    ("interventions.yml", "  model: synthetic_control\n", "  model: ols_hac\n",
     "`model` must be one of synthetic_control, synthetic_control_shifted, synthetic_did, not 'ols_hac'"),
    ("interventions.yml", "treated: [IE]", "treated: [IE, CZ]",
     "`treated` must be one territory in a synthetic control"),
    ("interventions.yml", "  explored_outcomes: [HEA01]", "  explored_outcomes: [HEA99]",
     "`explored_outcomes` must be an entry of indicators.csv, not 'HEA99'"),
    ("assurance.yml", "vdab-registration: {", "vdab: {", "`an entry` must be of an intervention in interventions.yml"),
    ("assurance.yml", 'analyst: "", assurer: ""', "analyst: IWEPS, assurer: IWEPS",
     "`assurer` must be another person than the analyst, not 'IWEPS'"),
    ("recounts.yml", "geo: BG", "geo: ZZ", "`geo` must be an entry of the code list geo, not 'ZZ'"),
    ("recounts.yml", "periods: 9", "periods: 2", "`periods` must be a whole number from 8 to 60, not 2"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), BAD, ids=[f"{row[0]}: {row[2]}" for row in BAD])
def test_a_bad_edit_is_told(tmp_path, file, old, new, message):
    shutil.copytree(OURS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as told:
        load_catalogue(tmp_path)
    assert message in str(told.value)


def test_a_new_analysis_has_four_open_roles_and_a_lock_after_the_results_is_said():
    catalogue = load_catalogue()
    assert catalogue.assurance["vdab-registration"].open == ("commissioner", "analyst", "assurer", "approver")
    assert catalogue.locks["ireland-new-arrivals"].results_known
    assert not catalogue.locks["vdab-registration"].results_known
