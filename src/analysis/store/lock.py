"""One writer at a time: a lock that the system frees when its holder dies, and a note that names the holder."""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.errors import LockHeld, UsageError
from analysis.store.atomic import write_atomically

_held: dict[str, int] = {}  # lock file -> the process that holds it; a forked child inherits the entry, not the lock


@contextmanager
def run_lock(data: Path, command: str) -> Iterator[None]:
    """Hold the lock of the data root `data` while the block runs; `command` is what a second run is told.

    Raises LockHeld, at once, when any process (this one too) holds it; the message names the process, its host, since
    when and its command. The system frees the lock however its holder ends, SIGKILL included.
    """
    file = _lock_file(data)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("the data root", must="a folder that can be written", found=str(data)) from error
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise _refusal(data) from None
    note = _note(data)
    try:
        write_atomically(note, json.dumps(_holder(command)).encode())
        _held[str(file)] = os.getpid()
        yield
    finally:
        _held.pop(str(file), None)
        note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def writing(data: Path, command: str) -> Iterator[None]:
    """Hold the lock for one write: this process's own run lock if it has it, else a lock of its own."""
    if _held.get(str(_lock_file(data))) == os.getpid():
        yield
    else:
        with run_lock(data, command):
            yield


def _lock_file(data: Path) -> Path:
    return data.resolve() / "processed" / ".lock"


def _note(data: Path) -> Path:
    return data / "processed" / ".lock.json"


def _holder(command: str) -> dict[str, object]:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "command": command}


def _refusal(data: Path) -> LockHeld:
    holder: dict[str, object] = {}
    for _ in range(10):  # the holder writes its note just after taking the lock
        try:
            holder = json.loads(_note(data).read_text())
        except (OSError, ValueError):
            holder = {}
        if holder and _alive(holder):
            break
        time.sleep(0.05)
    if not holder:
        return LockHeld(f"another run holds the lock of {data}", mend="Wait for it to end")
    return LockHeld(
        f"another run holds the lock of {data}: process {holder.get('pid')} on {holder.get('host')}, "
        f"since {holder.get('since')}, command '{holder.get('command')}'",
        mend="Wait for it to end, or stop it",
    )


def _alive(holder: dict[str, object]) -> bool:
    """Whether the noted holder can still be running; True for another host, where nobody can look."""
    pid = holder.get("pid")
    if os.name == "nt" or not isinstance(pid, int) or holder.get("host") != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
