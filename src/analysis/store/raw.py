"""The immutable inputs: files in folders named by the date received, and files that `monitor intake` received."""

import hashlib
import json
import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NoReturn

from analysis.errors import DataRejected, UsageError
from analysis.store.atomic import replace_directory, sync, write_atomically

DECLARED = ("provider", "dataflow", "period")
RECEIVED = "received"
NOTES = "notes"
UNSEARCHED = "could not be searched for data on persons"
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MARKER = "SYNTHETIC.md"
_DELIVERY = "delivery.json"
_NOT_INPUT = {"README.md", _MARKER, "truth.yml", _DELIVERY}
_UNSAFE = dict.fromkeys(map(ord, '<>:"/\\|?*'), "_")
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they make a name read as another one


@dataclass(frozen=True)
class Delivery:
    """One file as it came in. `declared`: provider, dataflow, period where the sender's options gave them.

    `error` is "" or the one line that says why the file cannot be used; `sha256` is then "" if it could not be read.
    `forgotten`: the same bytes came on `received_at` and were deleted; nothing of this delivery was kept.
    """

    path: Path
    sha256: str
    name: str
    received_at: date
    synthetic: bool
    declared: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    forgotten: bool = False


def deliveries(raw: Path) -> list[Delivery]:
    """Every file under `raw`, the earliest delivery of the same bytes only, sorted by date received, then name."""
    found = [*_dated(raw), *_received(raw)]
    found.sort(key=lambda delivery: (delivery.received_at, delivery.name, delivery.sha256))
    seen: set[str] = set()
    kept = []
    for delivery in found:
        if not delivery.sha256 or delivery.sha256 not in seen:
            kept.append(delivery)
        seen.add(delivery.sha256)
    return kept


def receive(raw: Path, source: Path, received_at: date, declared: Mapping[str, str]) -> tuple[Delivery, bool]:
    """Keep the bytes of `source` once under their SHA-256; see `Store.receive`."""
    _usable_name(source.name, where=str(source.parent))
    digest = _digest(source)
    folder = raw / RECEIVED / digest
    said = {key: declared[key] for key in DECLARED if declared.get(key)}
    if (day := _forgotten_on(folder)) is not None and _reason(folder) == UNSEARCHED:
        _keep(source, folder, digest, {"received_at": day.isoformat(), "name": source.name, **said})
        return _read_received(raw, folder), True
    if day is not None:
        return Delivery(source, "", source.name, day, False, said, forgotten=True), True
    if folder.is_dir():
        return _declare(raw, folder, said), True
    dated = _same_bytes(raw, digest, source.stat().st_size)
    if dated is not None:
        return replace(dated, declared=said), True
    _keep(source, folder, digest, {"received_at": received_at.isoformat(), "name": source.name, **said})
    return _read_received(raw, folder), False


def forget(raw: Path, digest: str, *, unsearched: bool = False) -> bool:
    """Delete what was received under this SHA-256, name and all; its hash and date stay as a tombstone."""
    folder = raw / RECEIVED / digest
    if not digest or not (folder / _DELIVERY).is_file():
        return False
    kept = _read_received(raw, folder)
    # The tombstone comes first: whatever is left when this process is killed, `remove_unfinished` deletes.
    reason = UNSEARCHED if unsearched else "data on persons"
    _write_record(folder, {"received_at": kept.received_at.isoformat(), "forgotten": reason})
    _clear(folder)
    (raw / NOTES / f"{digest}.json").unlink(missing_ok=True)
    return True


def keep_notes(raw: Path, digest: str, content: bytes) -> None:
    """Write the notes on the submission with this SHA-256, in place of those before."""
    write_atomically(raw / NOTES / f"{digest}.json", content)


def notes(raw: Path, digests: Iterable[str]) -> dict[str, bytes]:
    """The notes on each submission that has some."""
    paths = {digest: raw / NOTES / f"{digest}.json" for digest in digests if digest}
    return {digest: path.read_bytes() for digest, path in paths.items() if path.is_file()}


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != _DELIVERY:
            path.unlink()
    sync(folder)


def _forgotten_on(folder: Path) -> date | None:
    """The day on which bytes came that were deleted since; None where there is no such tombstone."""
    try:
        record = json.loads((folder / _DELIVERY).read_text(encoding="utf-8"))
        return date.fromisoformat(record["received_at"]) if "forgotten" in record else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _reason(folder: Path) -> str:
    return str(json.loads((folder / _DELIVERY).read_text(encoding="utf-8"))["forgotten"])


def remove_unfinished(raw: Path) -> None:
    """Remove what a killed `receive` or `forget` left; only for the holder of the lock."""
    for folder in (raw / RECEIVED).glob("*"):
        if _forgotten_on(folder) is not None:
            _clear(folder)
    for folder in (raw / RECEIVED).glob(".*.tmp"):
        shutil.rmtree(folder)


def _keep(source: Path, folder: Path, digest: str, record: Mapping[str, str]) -> None:
    """Stream the bytes and the record into a folder beside, then give it its name."""
    beside = folder.with_name(f".{digest}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    copy = beside / _safe_name(source.name)
    shutil.copyfile(source, copy)
    if _digest(copy) != digest:
        shutil.rmtree(beside)
        raise DataRejected(f"file {source.name!r}", must="left alone while it is received", mend="Send it again")
    sync(copy)
    _write_record(beside, record)
    replace_directory(beside, folder)


def _declare(raw: Path, folder: Path, said: Mapping[str, str]) -> Delivery:
    """What is kept already, with what its sender declares now: the way to mend a file that nobody recognised."""
    kept = _read_received(raw, folder)
    if not kept.error and said and said != kept.declared:
        declared = {**kept.declared, **said}
        _write_record(folder, {"received_at": kept.received_at.isoformat(), "name": kept.name, **declared})
        return replace(kept, declared=declared)
    return kept


def _write_record(folder: Path, record: Mapping[str, str]) -> None:
    write_atomically(folder / _DELIVERY, (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode())


def _dated(raw: Path) -> Iterator[Delivery]:
    for path, received_at in _dated_paths(raw):
        yield _delivery(raw, path, path.name, received_at)


def _dated_paths(raw: Path) -> Iterator[tuple[Path, date]]:
    """Input files below a folder named by a date, with the date of the nearest such folder."""
    if not raw.exists():
        return
    for folder, folders, files in os.walk(raw, onerror=_unreadable):
        here = Path(folder)
        folders[:] = [name for name in sorted(folders) if not (name.startswith(".") or here / name == raw / RECEIVED)]
        received_at = next((day for part in reversed(here.relative_to(raw).parts) if (day := _date(part))), None)
        if received_at is not None:
            yield from ((here / name, received_at) for name in sorted(files) if _is_input(name))


def _received(raw: Path) -> Iterator[Delivery]:
    try:
        folders = sorted(path for path in (raw / RECEIVED).iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return
    except OSError as error:
        _unreadable(error)
    for folder in folders:
        if _forgotten_on(folder) is None:
            yield _read_received(raw, folder)


def _read_received(raw: Path, folder: Path) -> Delivery:
    """The delivery kept in `folder`; whatever is wrong with it is told in its `error`."""
    try:
        record = json.loads((folder / _DELIVERY).read_text(encoding="utf-8"))
        name, received_at = str(record["name"]), date.fromisoformat(record["received_at"])
    except (OSError, ValueError, KeyError, TypeError):
        error = DataRejected(f"{_DELIVERY} of {folder.name}", must="the record of a received file", where=str(folder))
        return Delivery(folder, "", folder.name, date.min, False, error=str(error))
    declared = {key: str(record[key]) for key in DECLARED if record.get(key)}
    kept = replace(_delivery(raw, folder / _safe_name(name), name, received_at), declared=declared)
    if not kept.error and kept.sha256 != folder.name:
        error = DataRejected(
            f"received file {name!r}", must="what it was when it came", where=str(folder), mend="Restore it"
        )
        return replace(kept, error=str(error))
    return kept


def _delivery(raw: Path, path: Path, name: str, received_at: date) -> Delivery:
    digest, problem = "", ""
    try:
        _usable_name(name, where=str(path.parent))
        digest = _digest(path)
    except (DataRejected, UsageError) as error:
        problem = str(error)
    shown = name if not problem else name.encode("unicode_escape", "backslashreplace").decode("ascii")
    marked = any((folder / _MARKER).is_file() for folder in path.parents if folder == raw or raw in folder.parents)
    return Delivery(path, digest, shown, received_at, marked, error=problem)


def _same_bytes(raw: Path, digest: str, size: int) -> Delivery | None:
    """The file below a dated folder that holds the same bytes; only files of the same size are read."""
    for path, received_at in _dated_paths(raw):
        if path.is_file() and path.stat().st_size == size:
            delivery = _delivery(raw, path, path.name, received_at)
            if delivery.sha256 == digest:
                return delivery
    return None


def _digest(path: Path) -> str:
    """SHA-256 of a regular file's bytes, read in pieces; UsageError where it cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"file {path.name!r}", must="a regular file", where=str(path.parent))
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        must = f"a file that can be read ({error.strerror})"
        raise UsageError(f"file {path.name!r}", must=must, where=str(path.parent)) from error


def _usable_name(name: str, *, where: str) -> None:
    if any(unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") or mark in _TURNING for mark in name):
        raise DataRejected("a file name", must="plain text", found=name, where=where, mend="Rename the file")


def _safe_name(name: str) -> str:
    """The name under which bytes are kept: fit for every file system, and never one of our own."""
    safe = name.translate(_UNSAFE)
    return safe if _is_input(safe) else f"_{safe}"


def _is_input(name: str) -> bool:
    return name not in _NOT_INPUT and not name.startswith((".", "~$"))


def _date(name: str) -> date | None:
    try:
        return date.fromisoformat(name) if _DATED.fullmatch(name) else None
    except ValueError:
        return None


def _unreadable(error: OSError) -> NoReturn:
    must = f"a folder that can be read ({error.strerror})"
    raise UsageError("raw data", must=must, where=str(error.filename)) from error
