"""Frameworks, targets and balances load as they stand, and one bad edit is told in one line."""

import shutil
from pathlib import Path

import pytest

import analysis.catalogue
from analysis.catalogue import load_catalogue
from analysis.errors import CatalogueError

OURS = Path(analysis.catalogue.__file__).parent
CATALOGUE = load_catalogue()


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    shutil.copytree(OURS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_seven_seven_five_and_five_groups():
    sizes = {name: len(framework.groups) for name, framework in CATALOGUE.frameworks.items()}
    assert sizes == {"flemish_themes": 7, "brussels_groups": 7, "walloon_groups": 5, "german_phases": 5}


@pytest.mark.parametrize("framework", CATALOGUE.frameworks.values(), ids=lambda one: one.id)
def test_every_indicator_lands_in_one_group_of_every_framework(framework):
    assert {len(framework.of(indicator)) for indicator in CATALOGUE.indicators.values()} == {1}


def test_an_indicator_named_by_a_group_leaves_its_domain():
    phases = CATALOGUE.frameworks["german_phases"]
    assert phases.of(CATALOGUE.indicators["INT07"]) == ("growing_together",)
    assert phases.of(CATALOGUE.indicators["INT01"]) == ("inclusion",)


BAD = [
    # file, old, new, words of the message
    ("frameworks.yml", "domains: [housing]", "domains: [houses]", "flemish_themes.housing"),
    ("frameworks.yml", "domains: [budget]}", "domains: []}", "one holds indicator BUD01"),
    ("frameworks.yml", "indicators: [INT05]", "indicators: [INT55]", "not 'INT55'"),
    ("frameworks.yml", "region: WAL", "region: WALL", "`region` must be of the code list geo"),
    ("frameworks.yml", "domains: [employment]}", 'domains: [employment], no_indicator: "why"}', "holds no indicator"),
    ("targets.yml", "indicator: INT04", "indicator: INT44", "not 'INT44'"),
    ("targets.yml", "value: 80", "value: many", "`value` must be a number"),
    ("targets.yml", "at: at_least", "at: about", "one of at_least, at_most"),
    ("balances.yml", "geo: WAL", "geo: WALL", "`geo` must be of the code list geo"),
    ("balances.yml", "best: 1231", "best: 2231", "`best` must be between 26.0 and 1231.0"),
    ("balances.yml", "value: 14496", "value: -1", "0 or more persons"),
    ("balances.yml", "high: 8695", "high: .inf", "`high` must be a number"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "words"), BAD)
def test_a_bad_edit_is_told(tmp_path, file, old, new, words):
    with pytest.raises(CatalogueError) as told:
        load_catalogue(edited(tmp_path, file, old, new))
    assert words in str(told.value) and file in str(told.value)
