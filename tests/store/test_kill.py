"""SIGKILL at any moment: every commit is there as a whole or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.store import Store, replace_directory, write_atomically

ROWS, RANDOM_KILLS = 40, 15
FLUSHES = 14  # of one commit: file and folder for four Parquet files, two documents and the list of live files
# The nursery pays for the imports once. Each line it reads makes it fork a writer; its second number, if not
# 0, is the flush to the disk at which the writer kills itself.
NURSERY = f"""
import os, sys
from pathlib import Path
from analysis.store import Store, run_lock
from store.rows import day, findings, ledger, observations

def die_at(flush):
    real, counted = os.fsync, iter(range(1, flush))
    os.fsync = lambda handle: real(handle) if next(counted, 0) else os.kill(os.getpid(), 9)

def write(data, number, flush):
    with run_lock(data, "writer"):
        store = Store(data)
        print(os.getpid(), flush=True)
        if flush:
            die_at(flush)
        while True:
            number += 1
            sha = f"{{number:064x}}"
            half = [dict(submission=sha, row=row, geo=str(row), value=number) for row in range({ROWS} // 2)]
            store.commit(
                {{
                    "observations": observations(*half, *(row | {{"dataflow": "health"}} for row in half)),
                    "submissions": ledger(dict(submission=sha)),
                    "findings": findings(dict(submission=sha)),
                }},
                {{f"receipts/{{sha}}.json": sha.encode(), "latest": sha.encode()}},
                replacing=[f"{{number - 7:064x}}"],
            )

for line in sys.stdin:
    writer = os.fork()
    if writer == 0:
        write(Path(sys.argv[1]), *map(int, line.split()))
    print("ended by", os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]), flush=True)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Callable[[int, int, float], None]]:
    """Starts a writer on `tmp_path` after commit `done`, which dies at a flush or is killed after some seconds."""
    arguments = [sys.executable, "-c", NURSERY, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[1]) as nursery:
        assert nursery.stdin is not None and nursery.stdout is not None
        orders, answers = nursery.stdin, nursery.stdout

        def start_and_kill(done: int, flush: int, seconds: float) -> None:
            print(done, flush, file=orders, flush=True)
            writer = int(answers.readline())
            if not flush:
                time.sleep(seconds)
                os.kill(writer, signal.SIGKILL)
            assert answers.readline() == "ended by -9\n"

        yield start_and_kill
        orders.close()


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork and no SIGKILL on this system")


@forks
def test_a_writer_killed_at_any_flush_leaves_whole_commits_only(
    tmp_path: Path, killed: Callable[[int, int, float], None]
) -> None:
    done, left = 0, []
    for flush in range(1, FLUSHES + 2):
        killed(done, flush, 0)
        left.append(len(orphans(tmp_path)))
        done = last_whole_commit(Store(tmp_path), done)
    assert done == 2  # the list is renamed just before the last flush, and the one after is of the next commit
    assert left == [1, 1, 2, 2, 3, 3, 4, 4, 5, 4, 5, 4, 5, 0, 1]
    Store(tmp_path).commit({}, {"end": b"."})
    assert orphans(tmp_path) == []
    assert last_whole_commit(Store(tmp_path), done) == done


@forks
def test_a_writer_killed_at_random_moments_leaves_whole_commits_only(
    tmp_path: Path, killed: Callable[[int, int, float], None]
) -> None:
    moments, done = random.Random(7), 0
    for _ in range(RANDOM_KILLS):
        killed(done, 0, moments.uniform(0.0, 0.7))
        done = last_whole_commit(Store(tmp_path), done)
    Store(tmp_path).commit({}, {"end": b"."})
    assert orphans(tmp_path) == []


def orphans(data: Path) -> list[str]:
    """Parquet files that no commit lists, and files that were still being written."""
    manifest = data / "processed" / "store.json"
    listed = manifest.read_text() if manifest.exists() else ""
    found = [*data.rglob("*.parquet"), *data.rglob("*.tmp")]
    return [path.name for path in found if path.name not in listed]


def last_whole_commit(store: Store, before: int) -> int:
    """The number of the last commit, once all relations and documents agree that it is whole."""
    ledger = [int(sha, 16) for sha in store.submissions()["submission"]]
    last = max(ledger, default=0)
    assert last >= before
    assert ledger == [number for number in range(1, last + 1) if number > last - 7]
    rows = store.observations(history=True).groupby("submission").size()
    assert {int(sha, 16): count for sha, count in rows.items()} == dict.fromkeys(ledger, ROWS)
    assert [int(sha, 16) for sha in store.findings()["submission"]] == ledger
    names = [f"receipts/{number:064x}.json" for number in range(1, last + 1)]
    assert store.documents("receipts/") == names
    assert [store.document(name) for name in names] == [name[9:-5].encode() for name in names]
    assert last == 0 or int(store.document("latest"), 16) == last
    return last


def test_write_atomically_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.json"
    for content in (b"old", b"new"):
        write_atomically(target, content)
    assert target.read_bytes() == b"new"
    assert [path.name for path in target.parent.iterdir()] == ["file.json"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file.json"
    write_atomically(target, b"old")
    with pytest.raises(TypeError):
        write_atomically(target, "text")  # type: ignore[arg-type]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file.json", b"old")]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_replace_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_one_step: bool) -> None:
    if not in_one_step:
        monkeypatch.setattr("analysis.store.atomic._exchange", lambda new, target: False)
    for content in ("old", "new"):
        new, target = tmp_path / "site.new", tmp_path / "deep" / "site"
        (new / "pages").mkdir(parents=True)
        (new / "pages" / f"{content}.html").write_text(content)
        replace_directory(new, target)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == [
        "deep", "deep/site", "deep/site/pages", "deep/site/pages/new.html",
    ]  # fmt: skip
