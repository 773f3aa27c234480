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
EFFECT = {"kind": "effect", "intervention": "vdab-registration", "at_least": 0}
ANSWER = {"kind": "answer", "question": 32, "option": "No", "at_least": 40}
JANUARY = date(2024, 1, 15)
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
        ({"claims": [CLAIM | {"indicator": "EMP1"}]}, "Did you mean EMP01?"),
        ({"claims": [CLAIM | {"indicator": "emp01"}]}, "Did you mean EMP01?"),
        ({"claims": [CLAIM | {"geos": ["VLG", "VLG"], "in_at_least": 2}]}, "named once each"),  # two of one is no two
        ({"claims": [CLAIM | {"at_least": float("inf")}]}, "a number, not inf"),
        ({"claims": [CLAIM | {"since": date(2023, 1, 1)}]}, "`since` must be left out of a claim of kind level"),
        ({"claims": [CLAIM | {"kind": "change", "since": date(9999, 1, 1)}]}, "`since` must be today or a day before"),
        ({"claims": [CLAIM | {"kind": "gap", "between": ["sex", "M", "M"]}]}, "one code, another"),
        ({"claims": [CLAIM | {"kind": "gap", "between": ["sex", "M", "F"], "sex": "F"}]}, "between its own groups"),
        ({"claims": [CLAIM | {"kind": "gap", "between": ["geo", "VLG", "BRU"]}]}, "`geos` must be left out of a gap"),
        ({"claims": [EFFECT | {"geos": ["VLG"]}]}, "`geos` must be left out of a claim of kind effect"),
        ({"claims": [ANSWER | {"question": 99}]}, "`question` must be of the catalogue"),
        ({"claims": [ANSWER | {"option": "Nope"}]}, "must be of the catalogue: Yes, No, not 'Nope'"),
        ({"status": "approved", "approved": {"by": "A", "date": date(9999, 1, 1)}}, "not '9999-01-01'"),
        ({"status": "approved", "approved": {"by": "A", "date": JANUARY, "as_of": date(2024, 2, 1)}}, "no later than"),
        ({"cost": {"indicator": "REG01", "geos": ["VLG"]}}, "`price` must be given (EUR a unit)"),
        ({"cost": {"indicator": "REG01", "geos": [], "price": 5, "source": "s"}}, "one territory or more"),
        ({"cost": {"indicator": "BUD03", "geos": ["VLG"], "price": 5, "source": "s"}}, "an amount already"),
        ({"cost": {"indicator": "BUD03", "geos": ["VLG"], "source": "s"}}, "and only then, not 's'"),
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
