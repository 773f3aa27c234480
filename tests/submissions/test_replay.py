import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from analysis.errors import RuleCrashed, UsageError
from analysis.store import Store
from analysis.submissions import intake
from analysis.submissions.replay import replay
from submissions.sample import CATALOGUE, GOOD, NAME, RULEBOOK, edited

SUITE = json.loads((RULEBOOK / "registration.json").read_text("utf-8"))
OTHER = "registration__ibz__2022-03-27.csv"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two submissions: one plainly accepted, one with a query (row 5) and an error (row 6)."""
    folder = tmp_path_factory.mktemp("history")
    (folder / "data").mkdir()
    store = Store(folder / "data")
    second = edited(";300;", ";300000;").replace("5 400", "-1").replace("13/03/2022", "27/03/2022")
    for name, text in ((NAME, GOOD), (OTHER, second)):
        (folder / name).write_text(text, "utf-8")
        store.receive(folder / name, date(2022, 4, 1), {})
    intake(store, CATALOGUE, store.deliveries(), RULEBOOK)
    return store


def suite(tmp_path: Path, **changed: object) -> Path:
    """The suite in force with other limits for rules, by id (`None` leaves the rule out)."""
    expectations = []
    for entry in SUITE["expectations"]:
        change = changed.get(entry["meta"]["rule"].replace("-", "_"), entry)
        if change is not None:
            expectations.append(entry if change is entry else {**entry, **change})  # type: ignore[dict-item]
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(SUITE | {"expectations": expectations}), "utf-8")
    return path


def test_the_suite_in_force_flips_nothing_and_nothing_is_stored(store: Store, tmp_path: Path) -> None:
    before = store.fingerprint()
    result = replay(store, CATALOGUE, RULEBOOK, suite(tmp_path))
    assert (result.dataflow, result.submissions, result.rows, result.flips) == ("registration", 2, 10, ())
    counts = "registration: 2 submissions, of which 0 would flip; 10 rows, of which 0 would flip."
    assert result.lines() == [counts, "Nothing was stored."]
    assert store.fingerprint() == before


def test_what_flips_is_named_with_the_rules_that_come_and_go(store: Store, tmp_path: Path) -> None:
    high = next(entry for entry in SUITE["expectations"] if entry["meta"]["rule"] == "REG-023")
    stricter = {"severity": "critical", "kwargs": {**high["kwargs"], "max_value": 5000}}
    result = replay(
        store, CATALOGUE, RULEBOOK, suite(tmp_path, REG_013=None, REG_023=stricter, REG_024=None, REG_029=None)
    )
    told = [(f.file_name, f.row, f.before, f.after, f.gained, f.lost) for f in result.flips if f.row]
    assert told == [
        (NAME, 6, "accepted", "set aside", ("REG-023",), ()),
        (OTHER, 5, "queried", "set aside", (), ()),
        (OTHER, 6, "set aside", "accepted", (), ("REG-013", "REG-024", "REG-029")),
    ]


def test_a_submission_flips_as_a_whole(store: Store, tmp_path: Path) -> None:
    result = replay(store, CATALOGUE, RULEBOOK, suite(tmp_path, REG_013=None, REG_023=None, REG_024=None, REG_029=None))
    assert [(f.file_name, f.before, f.after) for f in result.flips if not f.row] == [
        (OTHER, "accepted_with_queries", "accepted")
    ]
    assert result.lines()[0].endswith(": accepted_with_queries -> accepted")


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "the JSON of a suite"), ("{}", "the JSON of a suite"), ('{"name": "x", "meta": {}}', "a known dataflow")],
)
def test_what_is_not_a_suite(store: Store, text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=words):
        replay(store, CATALOGUE, RULEBOOK, path)
    with pytest.raises(UsageError, match="can be read"):
        replay(store, CATALOGUE, RULEBOOK, tmp_path / "nowhere.json")


def test_a_rule_that_crashes_is_told_and_the_rulebook_stays(store: Store, tmp_path: Path) -> None:
    rules = Path(shutil.copytree(RULEBOOK, tmp_path / "rulebook"))
    broken = next(entry for entry in SUITE["expectations"] if entry["meta"]["rule"] == "REG-013")
    changed = suite(tmp_path, REG_013={"kwargs": {**broken["kwargs"], "column": "nowhere"}})
    with pytest.raises(RuleCrashed, match="REG-013"):
        replay(store, CATALOGUE, rules, changed)
    assert (rules / "registration.json").read_bytes() == (RULEBOOK / "registration.json").read_bytes()


def test_a_submission_that_was_replaced_is_counted_apart(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    for day, value in ((18, "300000"), (21, "310")):
        folder = tmp_path / str(day)
        folder.mkdir()
        (folder / NAME).write_text(edited(";300;", f";{value};"), "utf-8")
        store.receive(folder / NAME, date(2022, 3, day), {})
    intake(store, CATALOGUE, store.deliveries(), RULEBOOK)
    result = replay(store, CATALOGUE, RULEBOOK, suite(tmp_path, REG_023=None))
    assert [(flip.row, flip.superseded) for flip in result.flips] == [(0, True), (5, True)]
    assert result.lines()[0].endswith("accepted_with_queries -> accepted, superseded since")
    assert result.lines()[2:] == [
        "registration: 1 submissions, of which 0 would flip; 5 rows, of which 0 would flip.",
        "Superseded since: 1 submissions, of which 1 would flip; 5 rows, of which 1 would flip.",
        "Nothing was stored.",
    ]


def test_what_is_refused_no_longer_replaces_what_came_before(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    for day, text in ((18, GOOD), (21, GOOD.replace("1200", "1210").replace(";700;", ";710;"))):
        folder = tmp_path / str(day)
        folder.mkdir()
        (folder / NAME).write_text(text, "utf-8")
        store.receive(folder / NAME, date(2022, 3, day), {})
    intake(store, CATALOGUE, store.deliveries(), RULEBOOK)
    limit = {"kwargs": {"column": "vintage_change", "max_value": -1}, "severity": "critical"}
    result = replay(store, CATALOGUE, RULEBOOK, suite(tmp_path, REG_026=limit))
    whole = [(flip.before, flip.after) for flip in result.flips if not flip.row]
    assert whole == [("superseded", "current"), ("accepted", "rejected")] or whole == [
        ("accepted", "rejected"),
        ("superseded", "current"),
    ]
