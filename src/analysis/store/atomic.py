"""Write beside, flush to the disk, then rename: a reader sees the old content or the new, never a half."""

import ctypes
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a kill or a power cut leaves the old file or the new one.

    Parent folders are made as needed. Raises OSError as the file system gives it; the old file then stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def replace_directory(new: Path, target: Path) -> None:
    """Put the folder `new` in the place of `target` (which may be absent); what `target` held is removed afterwards.

    Both must lie on one file system. On Linux the two folders change places in one step, so that `target` exists at
    every moment; elsewhere there is a moment between two renames.
    """
    for path in [*new.rglob("*"), new]:
        if not path.is_symlink():
            sync(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        new.rename(target)
    elif _exchange(new, target):
        shutil.rmtree(new)
    else:
        old = target.with_name(f".{target.name}.{os.getpid()}.old")
        target.rename(old)
        new.rename(target)
        shutil.rmtree(old)
    sync(target.parent)


def sync(path: Path) -> None:
    """Flush a file or a folder to the disk (folders: only where the system can)."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Let two paths change places in one step; False where the system or the file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)
