"""The files of recommendations and decisions: the tracked ones load, and each mistake is one line that names it."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from analysis.catalogue import load_catalogue
from analysis.catalogue.recommendations import load_decisions, load_recommendations
from analysis.errors import CatalogueError

REPORTS = Path(__file__).parents[2] / "reports"
FOUR = {"en": "a", "fr": "b", "nl": "c", "de": "d"}
CLAIM = {"kind": "level", "indicator": "EMP01", "geos": ["VLG"], "at_least": 40}
GOOD = {
    "title": FOUR, "text": FOUR, "owner": FOUR, "addressee": FOUR, "domain": "employment", "status": "draft",
    "claims": [CLAIM],
}  # fmt: skip


def written(folder: Path, **changes: object) -> Path:
    file = folder / "recommendations.yml"
    entry = {name: value for name, value in (GOOD | changes).items() if value is not None}
    file.write_text(yaml.safe_dump({"one": entry}), encoding="utf-8")
    return file


def test_the_tracked_files_load() -> None:
    recommended = load_recommendations(REPORTS / "recommendations.yml", load_catalogue())
    assert 4 <= len(recommended) <= 6
    assert {"effect", "gap", "change", "level", "answer"} == {
        c.kind for one in recommended.values() for c in one.claims
    }
    assert load_decisions(REPORTS / "decisions.yml", load_catalogue())


@pytest.mark.parametrize(("by", "told"), [("A. Person", "A. Person"), (FOUR, "d")])
def test_a_person_has_one_name_and_an_office_four(tmp_path: Path, by: object, told: str) -> None:
    file = written(tmp_path, status="approved", approved={"by": by, "date": date(2024, 1, 15)})
    (one,) = load_recommendations(file, load_catalogue()).values()
    assert one.approved is not None and one.approved.by["de"] == told


def test_no_file_is_no_recommendation(tmp_path: Path) -> None:
    assert load_recommendations(tmp_path / "recommendations.yml", load_catalogue()) == {}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"title": {"en": "a"}}, "en, fr, nl, de"),
        ({"status": "agreed"}, "'agreed'"),
        ({"domain": "weather"}, "'weather'"),
        ({"claims": []}, "rests on evidence"),
        ({"status": "approved"}, "`approved` must be given"),
        ({"status": "approved", "approved": {"by": {"en": "the board"}, "date": date(2024, 1, 15)}}, "en, fr, nl, de"),
        ({"status": "approved", "approved": {"by": "", "date": date(2024, 1, 15)}}, "`by` in en must be text"),
        ({"claims": [CLAIM | {"at_most": 50}]}, "and not both"),
        ({"claims": [CLAIM | {"indicator": "EMP99"}]}, "'EMP99'"),
        ({"claims": [CLAIM | {"geos": []}]}, "`geos` must be given"),
        ({"claims": [CLAIM | {"geos": ["XX"]}]}, "'XX'"),
        ({"claims": [CLAIM | {"in_at_least": 2}]}, "at most the 1 territories"),
        ({"claims": [CLAIM | {"still": 45}]}, "a lesser assertion"),
        ({"claims": [CLAIM | {"at_least": "many"}]}, "a number, not 'many'"),
        ({"claims": [CLAIM | {"kind": "gap"}]}, "`between` must be given"),
        ({"claims": [CLAIM | {"kind": "effect"}]}, "`intervention` must be given"),
        ({"cost": {"indicator": "BUD03", "geos": ["VLG"], "price": 10}}, "`source` must be given with a price"),
        ({"cost": {"indicator": "BUD03", "geos": ["VLG"], "price": -1, "source": "s"}}, "`price` must be 0 or more"),
        ({"cost": {"programme": "moon-base"}}, "'moon-base'"),
        ({"cost": {"programme": "walloon-contract"}}, "'walloon-contract'"),  # an envelope has no price a unit
        ({"cost": {"programme": "reception-place", "price": 10}}, "'price'"),  # the programme has its own
        ({"wish": "more"}, "'wish'"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_entry_and_value(
    tmp_path: Path, changes: dict[str, object], named: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_recommendations(written(tmp_path, **changes), load_catalogue())
    line = str(caught.value)
    assert named in line
    assert "recommendations.yml, one" in line
    assert "\n" not in line
