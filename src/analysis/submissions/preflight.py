"""What must hold of a file before a reader opens it; a child with capped memory and time looks into workbooks."""

import json
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from analysis.submissions.guards import OLE, WORKBOOKS, Refusal, guard

MEMORY = 512 * 2**20  # bytes of address space
SECONDS = 20  # of computing, for one file; by the clock three times as long
_CHILD = Path(__file__).with_name("preflight_child.py")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OURS = "_monitor"  # hidden sheets of our own forms
_MACRO_TYPES = ("xlsm", "xltm", "xlam")
_TURNING = set("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u061c")  # nobody sees them in a name; bidi marks are Cf too


@dataclass(frozen=True)
class Remark:
    """Something odd about a workbook that may be opened all the same; `row` 0 is the whole sheet or file."""

    rule: str
    sheet: str
    row: int
    column: str
    raw: str


@dataclass(frozen=True)
class Preflight:
    """A file that may be opened: its kind, and what its reader would not show."""

    kind: str  # csv | xlsx | ods
    remarks: tuple[Remark, ...] = ()

    @property
    def unseen(self) -> bool:
        """Whether some sheet that is not ours is hidden."""
        return any(remark.rule == "PRE-21" for remark in self.remarks)


class Inspector:
    """
    Looks at one file after another; use as a context manager.

    One child process serves a whole batch: it starts with the first workbook, and anew after one that broke it. Texts
    (CSV) need only checks of their bytes, here.

    Parameters
    ----------
    memory : address space of the child, in bytes.
    seconds : processor time for one file.
    """

    def __init__(self, memory: int = MEMORY, seconds: int = SECONDS) -> None:
        self._caps = (memory, seconds)
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Inspector":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def look(self, name: str, content: bytes) -> Preflight:
        """
        Say what kind of file it is, once it is found safe to open.

        Raises
        ------
        Refusal
            `STR-01` to `STR-04`, `STR-11`, `STR-12`; `PRE-01` password, `PRE-02` old Excel format, `PRE-03` macros,
            `PRE-04` a cell far from the table, `PRE-05` too many cells, `PRE-06` parts that no spreadsheet program
            writes, `PRE-07` broke the child, `PRE-08` file name.
        """
        if not is_plain_name(name):
            raise Refusal("PRE-08")
        _check_old(name, content)
        kind = guard(name, content)
        return Preflight(kind, self._inspected(kind, content) if kind in WORKBOOKS else ())

    def _inspected(self, kind: str, content: bytes) -> tuple[Remark, ...]:
        told = self._asked(kind, content)
        if told is None:
            self._end()
            raise Refusal("PRE-07")
        if "rule" in told:
            raise Refusal(told["rule"], **told["fields"])
        remarks = (Remark(*remark) for remark in told["remarks"])
        return tuple(r for r in remarks if not (r.rule == "PRE-21" and r.sheet.startswith(_OURS)))

    def _asked(self, kind: str, content: bytes) -> dict[str, Any] | None:
        """The child's answer, or None where it died or ran out of time."""
        child = self._started()
        if child.stdin is None or child.stdout is None:
            raise TypeError("the child has pipes")
        with _clock(child, 3 * self._caps[1]):
            try:
                child.stdin.write(kind.ljust(4).encode() + len(content).to_bytes(8, "big") + content)
                child.stdin.flush()
                line = child.stdout.readline()
            except OSError:  # it died while we wrote
                return None
        return dict(json.loads(line)) if line.endswith(b"\n") else None

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._child is None or self._child.poll() is not None:
            self._end()
            command = [sys.executable, "-I", "-S", "-B", str(_CHILD), *map(str, self._caps)]
            pipe, silent = subprocess.PIPE, subprocess.DEVNULL
            self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=silent)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        # Closing flushes what the dead child never read.
        for stream in (child.stdin, child.stdout):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
        child.wait()


def is_plain_name(name: str) -> bool:
    """Whether a file's name is one plain name, every character of which is seen in its place."""
    strange = any(unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp") or mark in _TURNING for mark in name)
    return not strange and not {"/", "\\"} & set(name) and name not in ("", ".", "..") and len(name) <= 255


def shown_name(name: str) -> str:
    """The name with what nobody sees spelt out, so that it neither deceives nor moves a cursor."""
    return name if is_plain_name(name) else name.encode("unicode_escape", "backslashreplace").decode("ascii")[:255]


def _check_old(name: str, content: bytes) -> None:
    kind = name.rpartition(".")[2].casefold()
    if content.startswith(OLE):
        if _ENCRYPTED in content:
            raise Refusal("PRE-01")
        if any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
            raise Refusal("PRE-02")
    if kind in _MACRO_TYPES:
        raise Refusal("PRE-03")
    if kind in ("xls", "xlt") and content:
        raise Refusal("PRE-02")


@contextmanager
def _clock(child: "subprocess.Popen[bytes]", seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, child.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
