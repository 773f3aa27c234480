"""The files of recommendations and decisions: the tracked ones load, and each mistake is one line that names it."""

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
