"""Two releases side by side: what moved, and what it is put down to."""

import json
from datetime import date
from pathlib import Path

import pytest

from analysis.cli import main
from analysis.errors import UsageError
from analysis.evidence import Lineage, record
from analysis.evidence.compare import compare, read_release
from analysis.store import Store
from store.rows import SHA, ledger, observations

THEN, NOW = date(2024, 1, 10), date(2024, 1, 24)
NAMES = {"code": "c1", "catalogue": "k1", "rulebook": "r1", "lock": "l1"}
BED = {"dataflow": "housing", "indicator": "HOU01", "geo": "VLG", "sex": "T"}


def level(value: float | None, day: str, as_of: date, **said: object):
    return record(value, Lineage("value", **{**BED, **said, "periods": (day,)}), as_of=as_of, unit="places")


def site(folder: Path, as_of: date, *numbers, inputs: tuple[str, ...] = ("a",), **names: str) -> Path:
    folder.mkdir()
    files = {name: SHA[name] for name in inputs}
    told = {"parameters": {"as_of": as_of.isoformat()}, "inputs": files, **NAMES, **names}
    (folder / "run.json").write_text(json.dumps(told))
    entries = {
        one.id: one.to_json() | {"page": "monitoring-housing", "pages": ["monitoring-housing"]} for one in numbers
    }
    (folder / "evidence.json").write_text(json.dumps(entries))
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Beds of two periods: the first is revised by the second submission, the total of Wallonia never changes."""
    shelf = Store(tmp_path / "data")
    first = [{"value": 10.0}, {"geo": "WAL", "value": 4.0}]
    later = {"as_of": NOW, "submission": SHA["b"]}
    second = [{"value": 11.0, **later}, {"value": 12.0, "period": date(2024, 1, 21), **later}]
    shelf.commit(
        {
            "observations": observations(*first, *second),
            "submissions": ledger({}, {"submission": SHA["b"], "received_at": NOW}),
        }
    )
    return shelf


BEDS, REVISED, NEXT = (10.0, "2024-01-07", "VLG"), (11.0, "2024-01-07", "VLG"), (12.0, "2024-01-21", "VLG")
STEADY, OTHER = (4.0, "2024-01-07", "WAL"), (5.0, "2024-01-07", "WAL")
CASES = [
    # what, then, now, what else differs, reasons with the store, reasons without
    ("a revision", BEDS, REVISED, {}, ("revision",), ("data",)),
    ("a newer period", BEDS, NEXT, {}, ("new data",), ("data",)),
    ("other code, same cells", STEADY, OTHER, {"code": "c2"}, ("code",), ("data", "code")),
    ("revised, and other rules", BEDS, REVISED, {"rulebook": "r2"}, ("revision", "rulebook"), ("data", "rulebook")),
    ("none of its own cells", STEADY, OTHER, {}, ("data",), ("data",)),
    (
        "another period of its series",
        (9.0, "2023-12-24", "VLG"),
        (8.0, "2023-12-24", "VLG"),
        {},
        ("revision", "new data"),
        ("data",),
    ),
]


@pytest.mark.parametrize(("what", "then", "now", "names", "known", "unknown"), CASES, ids=[case[0] for case in CASES])
def test_a_moved_number_has_its_reasons(tmp_path, store, what, then, now, names, known, unknown):
    one = site(tmp_path / "one", THEN, level(then[0], then[1], THEN, geo=then[2]))
    two = site(tmp_path / "two", NOW, level(now[0], now[1], NOW, geo=now[2]), inputs=("a", "b"), **names)
    for shelf, reasons in ((store, known), (None, unknown)):
        difference = compare(read_release(one), read_release(two), shelf)
        (move,) = difference.moved
        assert (move.then.value, move.now.value, move.reasons) == (then[0], now[0], reasons)
        assert (difference.added, difference.gone, difference.same) == ([], [], 0)


@pytest.mark.parametrize(
    ("number", "moved", "reason"),
    [(BEDS, REVISED, "revision"), ((1.0, "", ""), (2.0, "", ""), "new data"), (BEDS, BEDS, None)],
)
def test_a_late_file_that_is_dated_before_both_releases_explains_the_move(tmp_path, store, number, moved, reason):
    """Both are known on one day: only the list of files says that the earlier release lacked the second."""
    known = {"geo": number[2]} if number[2] else {"indicator": "", "geo": "", "sex": ""}
    one = site(tmp_path / "one", NOW, level(number[0], number[1], NOW, **known))
    two = site(tmp_path / "two", NOW, level(moved[0], moved[1], NOW, **known), inputs=("a", "b"))
    difference = compare(read_release(one), read_release(two), store)
    assert [move.reasons for move in difference.moved] == ([(reason,)] if reason else [])


def test_the_newest_number_of_a_series_that_falls_back_to_an_earlier_date_rests_on_no_new_data(tmp_path, store):
    """As where other rules set the last round aside: both releases had both cells."""
    one = site(tmp_path / "one", NOW, level(12.0, "2024-01-21", NOW), inputs=("a", "b"))
    two = site(tmp_path / "two", NOW, level(11.0, "2024-01-07", NOW), inputs=("a", "b"), rulebook="r2")
    assert [move.reasons for move in compare(read_release(one), read_release(two), store).moved] == [("rulebook",)]


def test_nothing_differs_and_still_it_moved(tmp_path, store):
    one, two = (
        site(tmp_path / str(value), NOW, level(value, "2024-01-07", NOW, geo="WAL"), inputs=("a", "b"))
        for value in (4.0, 5.0)
    )
    assert [move.reasons for move in compare(read_release(one), read_release(two), store).moved] == [("unknown",)]


def test_what_an_older_release_does_not_name_does_not_differ(tmp_path):
    one = site(tmp_path / "one", THEN, level(4.0, "2024-01-07", THEN))
    two = site(tmp_path / "two", THEN, level(5.0, "2024-01-07", THEN), notebooks="n2", code="c2")
    assert compare(read_release(one), read_release(two)).changed == ("code",)


def test_what_both_show_alike_is_counted_and_what_one_shows_is_named(tmp_path):
    shared = {"geo": "WAL"}
    one = site(
        tmp_path / "one", THEN, level(4.0, "2024-01-07", THEN, **shared), level(1.0, "2024-01-07", THEN, sex="F")
    )
    two = site(tmp_path / "two", NOW, level(4.0, "2024-01-07", NOW, **shared), level(2.0, "2024-01-07", NOW, geo="BRU"))
    difference = compare(read_release(one), read_release(two))
    assert (difference.same, difference.moved) == (1, [])
    assert [new.lineage.geo for new in difference.added] == ["BRU"]
    assert [old.lineage.sex for old in difference.gone] == ["F"]


def test_several_new_dates_of_a_series_are_no_pair(tmp_path):
    one = site(tmp_path / "one", THEN, level(1.0, "2024-01-07", THEN))
    two = site(tmp_path / "two", NOW, level(2.0, "2024-01-21", NOW), level(3.0, "2024-02-04", NOW))
    difference = compare(read_release(one), read_release(two))
    assert (len(difference.moved), len(difference.added), len(difference.gone)) == (0, 2, 1)


def test_a_folder_that_is_no_release_is_refused_in_one_line(tmp_path):
    with pytest.raises(UsageError, match=r"a release must be a folder that `monitor run` built, .* not '.*nowhere'"):
        read_release(tmp_path / "nowhere")


def test_the_command_tells_the_move_and_its_reason(tmp_path, store, capsys):
    one = site(tmp_path / "one", THEN, level(10.0, "2024-01-07", THEN))
    two = site(tmp_path / "two", NOW, level(11.0, "2024-01-07", NOW), inputs=("a", "b"))
    words = ["diff", str(one), str(two / "index.html"), "--data", str(store.data)]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "0 numbers are the same, 1 moved (1 revision)"
    assert "10 -> 11 places; revision" in lines[2] and "[monitoring" not in lines[0]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["reasons"] == {"revision": 1} and told["moved"][0]["pages"] == ["monitoring-housing"]
    assert main(["diff", str(one), str(tmp_path / "nowhere")]) == 2
