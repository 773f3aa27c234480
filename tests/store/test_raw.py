"""Deliveries and receiving: what counts as input, and one line for each file that cannot."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from analysis.errors import DataRejected, UsageError
from analysis.store import Delivery, Store
from store.rows import day


def put(path: Path, content: str = "a,b\n1,2\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def seen(store: Store) -> list[tuple[str, str]]:
    return [(delivery.received_at.isoformat(), delivery.name) for delivery in store.deliveries()]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "data" / "raw").mkdir(parents=True)
    return Store(tmp_path / "data")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("submissions/2024-01-10/x.csv", [("2024-01-10", "x.csv")]),
        ("2024-01-10/x.csv", [("2024-01-10", "x.csv")]),
        ("a/b/2024-01-10/c/x.csv", [("2024-01-10", "x.csv")]),
        ("2024-01-10/2024-01-24/x.csv", [("2024-01-24", "x.csv")]),
        ("submissions/x.csv", []),
        ("2024-13-10/x.csv", []),
        ("20240110/x.csv", []),
        ("2024-W02-3/x.csv", []),
        ("2024-01-10/README.md", []),
        ("2024-01-10/SYNTHETIC.md", []),
        ("2024-01-10/truth.yml", []),
        ("2024-01-10/.x.csv", []),
        ("2024-01-10/~$x.xlsx", []),
        (".git/2024-01-10/x.csv", []),
    ],
)
def test_what_is_a_delivery(store: Store, path: str, found: list[tuple[str, str]]) -> None:
    put(store.raw / path)
    assert seen(store) == found


def test_deliveries_are_sorted_by_date_then_name_and_the_same_bytes_come_once(store: Store) -> None:
    for path in ("2024-01-24/a.csv", "2024-01-10/z.csv", "2024-01-10/b.csv", "2024-02-07/again.csv"):
        put(store.raw / "s" / path, "same" if "again" in path else path)
    put(store.raw / "2024-01-01/first.csv", "same")
    assert seen(store) == [
        ("2024-01-01", "first.csv"), ("2024-01-10", "b.csv"), ("2024-01-10", "z.csv"), ("2024-01-24", "a.csv"),
    ]  # fmt: skip


def test_only_files_below_the_marker_are_synthetic(store: Store) -> None:
    put(store.raw / "made" / "SYNTHETIC.md")
    put(store.raw / "made" / "2024-01-10" / "made.csv", "1")
    put(store.raw / "real" / "2024-01-10" / "real.csv", "2")
    put(store.data / "SYNTHETIC.md")  # outside raw: says nothing
    assert {delivery.name: delivery.synthetic for delivery in store.deliveries()} == {
        "made.csv": True,
        "real.csv": False,
    }


def test_a_file_that_cannot_be_used_says_why_and_stops_nobody(store: Store) -> None:
    folder = store.raw / "2024-01-10"
    put(folder / "good.csv")
    put(folder / "two\nlines.csv", "x")
    put(folder / "turned\u202ecsv.exe", "y")
    (folder / "nowhere.csv").symlink_to(folder / "absent")
    os.mkfifo(folder / "pipe.csv")
    where = f"(in {folder})"
    assert {delivery.name: delivery.error for delivery in store.deliveries()} == {
        "good.csv": "",
        "two\\nlines.csv": f"a file name must be plain text, not 'two\\nlines.csv' {where}. Rename the file",
        "turned\\u202ecsv.exe": f"a file name must be plain text, not 'turned\\u202ecsv.exe' {where}. Rename the file",
        "nowhere.csv": f"file 'nowhere.csv' must be a file that can be read (No such file or directory) {where}",
        "pipe.csv": f"file 'pipe.csv' must be a regular file {where}",
    }


def test_a_file_name_that_is_not_utf8_says_so(store: Store) -> None:
    put(store.raw / "2024-01-10" / "good.csv")
    try:
        (store.raw / "2024-01-10" / os.fsdecode(b"caf\xe9.csv")).write_text("x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert [(delivery.name, delivery.error != "") for delivery in store.deliveries()] == [
        ("caf\\udce9.csv", True),
        ("good.csv", False),
    ]


def test_an_unreadable_folder_or_a_missing_root_is_a_usage_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store.raw / "closed" / "2024-01-10" / "x.csv")
    real = os.scandir

    def refuse(path: str) -> object:  # root may read everything, so the refusal is played
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(
        UsageError, match=r"^raw data must be a folder that can be read \(Permission denied\) \(in .*closed\)$"
    ):
        store.deliveries()
    with pytest.raises(UsageError, match="the data root must be an existing folder"):
        Store(store.data / "nowhere").deliveries()


# --- receive ----------------------------------------------------------------------------------------------------------


def test_a_file_is_received_once_under_its_hash(store: Store, tmp_path: Path) -> None:
    source = put(tmp_path / "café.csv")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    said = {"provider": "north", "dataflow": "", "colour": "red"}
    folder = store.raw / "received" / digest
    expected = Delivery(folder / "café.csv", digest, "café.csv", day("2024-01-10"), False, {"provider": "north"})
    assert store.receive(source, day("2024-01-10"), said) == (expected, False)
    assert store.receive(source, day("2024-03-01"), said) == (expected, True)
    assert store.receive(put(tmp_path / "other.csv"), day("2024-03-01"), {}) == (expected, True)
    assert store.deliveries() == [expected]
    assert json.loads((folder / "delivery.json").read_text()) == {
        "received_at": "2024-01-10", "name": "café.csv", "provider": "north",
    }  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == ["café.csv", "delivery.json"]


def test_what_is_declared_later_is_added_and_the_file_stays_as_it_was(store: Store, tmp_path: Path) -> None:
    source = put(tmp_path / "x.csv")
    first, _ = store.receive(source, day("2024-01-10"), {"provider": "north"})
    before = first.path.stat()
    second, had = store.receive(source, day("2024-01-24"), {"dataflow": "housing"})
    assert (had, second.received_at, second.declared) == (
        True,
        day("2024-01-10"),
        {"provider": "north", "dataflow": "housing"},
    )
    assert store.deliveries() == [second]
    assert first.path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_file_that_is_tracked_already_counts_as_had(store: Store, tmp_path: Path) -> None:
    tracked = put(store.raw / "s" / "2024-01-10" / "x.csv")
    delivery, had = store.receive(put(tmp_path / "y.csv"), day("2024-02-01"), {"dataflow": "housing"})
    assert (had, delivery.path, delivery.declared) == (True, tracked, {"dataflow": "housing"})
    assert not (store.raw / "received").exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [("README.md", "_README.md"), (".x.csv", "_.x.csv"), ("delivery.json", "_delivery.json"), ("a:b?.csv", "a_b_.csv")],
)
def test_an_awkward_name_is_kept_safely_and_remembered(store: Store, tmp_path: Path, name: str, kept: str) -> None:
    delivery, _ = store.receive(put(tmp_path / name), day("2024-01-10"), {})
    assert (delivery.name, delivery.path.name, delivery.error) == (name, kept, "")
    assert store.deliveries() == [delivery]


def test_what_cannot_be_received_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DataRejected, match="a file name must be plain text"):
        store.receive(put(tmp_path / "a\tb.csv"), day("2024-01-10"), {})
    with pytest.raises(UsageError, match=r"file 'absent.csv' must be a file that can be read \(No such file"):
        store.receive(tmp_path / "absent.csv", day("2024-01-10"), {})
    with pytest.raises(UsageError, match="must be a regular file"):
        store.receive(tmp_path, day("2024-01-10"), {})
    assert store.deliveries() == []


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda kept: kept.path.write_text("altered"), "received file 'x.csv' must be what it was when it came"),
        (lambda kept: (kept.path.parent / "delivery.json").write_text("[]"), "delivery.json of "),
        (lambda kept: kept.path.unlink(), "file 'x.csv' must be a file that can be read"),
    ],
)
def test_a_received_file_that_was_tampered_with_says_so(
    store: Store, tmp_path: Path, damage: object, error: str
) -> None:
    kept, _ = store.receive(put(tmp_path / "x.csv"), day("2024-01-10"), {})
    store.receive(put(tmp_path / "fine.csv", "fine"), day("2024-01-10"), {})
    damage(kept)  # type: ignore[operator]
    found = {delivery.name: delivery.error for delivery in store.deliveries()}
    assert found.pop("fine.csv") == ""
    assert [line.startswith(error) for line in found.values()] == [True]
