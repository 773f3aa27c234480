"""One writer at a time, with real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.errors import LockHeld
from analysis.store import Store, run_lock
from store.rows import day, observations

HOLDER = """
import os, sys, time
from pathlib import Path
from analysis.store import run_lock
with run_lock(Path(sys.argv[1]), "monitor run --as-of 2024-01-10"):
    if sys.argv[2] == "fork" and os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(60)
    if sys.argv[2] != "fork":
        print(os.getpid(), flush=True)
    time.sleep(60)
"""


def start(data: Path, how: str = "hold") -> tuple[subprocess.Popen[str], int]:
    """A process that holds the lock, and the id that it printed once it had it (its forked child's, for "fork")."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(data), how], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    return holder, int(holder.stdout.readline())


def test_the_second_run_is_told_who_holds_the_lock_and_gets_it_once_the_holder_is_killed(tmp_path: Path) -> None:
    holder, pid = start(tmp_path)
    try:
        with pytest.raises(LockHeld, match="another run holds the lock of") as refusal, run_lock(tmp_path, "second"):
            pass
        message = str(refusal.value)
        assert refusal.value.exit_code == 7
        assert f": process {pid} on {os.uname().nodename}, since 20" in message
        assert "command 'monitor run --as-of 2024-01-10'. Wait for it to end" in message
        with pytest.raises(LockHeld):
            Store(tmp_path).commit({"observations": observations({})})
        with pytest.raises(LockHeld):
            Store(tmp_path).receive(tmp_path / "x.csv", day("2024-01-10"), {})
        assert Store(tmp_path).observations().empty  # readers need no lock
    finally:
        os.kill(pid, signal.SIGKILL)
        holder.wait()
    with run_lock(tmp_path, "second"):
        Store(tmp_path).commit({"observations": observations({})})
    assert len(Store(tmp_path).observations()) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_that_outlives_a_killed_run_does_not_keep_the_lock(tmp_path: Path) -> None:
    holder, child = start(tmp_path, "fork")
    try:
        with pytest.raises(LockHeld), run_lock(tmp_path, "second"):
            pass
        holder.kill()
        holder.wait()
        with run_lock(tmp_path, "third"):
            os.kill(child, 0)  # the child still lives
    finally:
        os.kill(child, signal.SIGKILL)


def test_the_same_process_cannot_start_two_runs_but_its_store_writes_within_one(tmp_path: Path) -> None:
    with run_lock(tmp_path, "first"):
        Store(tmp_path).commit({"observations": observations({})})
        with pytest.raises(LockHeld, match="command 'first'"), run_lock(tmp_path, "second"):
            pass
        with pytest.raises(LockHeld), run_lock(tmp_path, "third"):
            pass
    with run_lock(tmp_path, "fourth"):
        pass


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), run_lock(tmp_path, "first"):
        raise ZeroDivisionError
    began = time.monotonic()
    with run_lock(tmp_path, "second"):
        assert time.monotonic() - began < 5
    assert not (tmp_path / "processed" / ".lock.json").exists()
