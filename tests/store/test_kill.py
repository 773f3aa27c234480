"""SIGKILL at any moment: every commit is there as a whole or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.store import Store, replace_directory, write_atomically

ROWS, KILLS, PATIENCE = 40, 18, 100
# The nursery pays for the imports once; each line it reads makes it fork a writer, whose end it then reports.
NURSERY = f"""
import os, sys
from pathlib import Path
from analysis.store import Store, run_lock
from store.rows import day, findings, ledger, observations

def write(data, number):
    with run_lock(data, "writer"):
        store = Store(data)
        print(os.getpid(), flush=True)
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
        write(Path(sys.argv[1]), int(line))
    print("ended by", os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork and no SIGKILL on this system")
def test_a_killed_writer_leaves_whole_commits_only(tmp_path: Path) -> None:
    moments, done, left = random.Random(7), 0, 0
    arguments = [sys.executable, "-c", NURSERY, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[1]) as nursery:
        assert nursery.stdin is not None and nursery.stdout is not None
        for kill in range(PATIENCE):
            if kill >= KILLS and done and left:
                break
            print(done, file=nursery.stdin, flush=True)
            writer = int(nursery.stdout.readline())
            time.sleep(moments.uniform(0.0, 0.7))
            os.kill(writer, signal.SIGKILL)
            assert nursery.stdout.readline() == "ended by -9\n"
            left += len(orphans(tmp_path))
            done = last_whole_commit(Store(tmp_path), done)
        nursery.stdin.close()
    assert done > 0  # the writers got somewhere,
    assert left > 0  # and some were killed in the midst of a commit
    Store(tmp_path).commit({}, {"end": b"."})
    assert orphans(tmp_path) == []
    assert last_whole_commit(Store(tmp_path), done) == done


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
