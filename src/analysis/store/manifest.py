"""`store.json`: the sorted list of live files. Replacing that one file by a rename is the commit."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from analysis.errors import UsageError
from analysis.store.atomic import write_atomically

_FORMAT = 1


@dataclass(frozen=True, order=True)
class LiveFile:
    """One Parquet file of one commit: path below `processed/`, rows, bytes, and the SHA-256 of its bytes."""

    path: str
    relation: str
    dataflow: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the store holds after its `commits`-th commit.

    `superseded` gives, per submission, the commit before which its rows no longer count. `documents` gives, per name,
    where its latest content lies below `processed/`.
    """

    commits: int = 0
    files: tuple[LiveFile, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    superseded: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """The manifest at `path`; an absent one is that of an empty store, a damaged one is a UsageError."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise ValueError
            files = tuple(LiveFile(**file) for file in content["files"])
            return cls(content["commits"], files, content["documents"], content["superseded"])
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise broken("store.json", path.parent) from error

    def write(self, path: Path) -> None:
        """Commit: put this manifest in the place of the old one."""
        content = {
            "format": _FORMAT,
            "commits": self.commits,
            "files": [asdict(file) for file in sorted(self.files)],
            "documents": dict(sorted(self.documents.items())),
            "superseded": dict(sorted(self.superseded.items())),
        }
        write_atomically(path, (json.dumps(content, indent=0, ensure_ascii=False) + "\n").encode())

    def after(self, files: Iterable[LiveFile], documents: Mapping[str, str], replacing: Iterable[str]) -> "Manifest":
        """The manifest of the next commit."""
        number = self.commits + 1
        return Manifest(
            number,
            (*self.files, *files),
            {**self.documents, **documents},
            {**self.superseded, **dict.fromkeys(replacing, number)},
        )

    def paths(self) -> set[str]:
        """Every live path below `processed/`; whatever else lies in the store's folders is an orphan."""
        return {file.path for file in self.files} | set(self.documents.values())

    def fingerprint(self) -> str:
        """SHA-256 over the sorted content hashes and what was superseded: the clock and the order play no part."""
        lines = [f"{file.relation} {file.dataflow} {file.sha256}" for file in self.files]
        lines += [f"superseded {submission}" for submission in self.superseded]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def broken(what: str, processed: Path) -> UsageError:
    """The store is damaged from outside; everything in it can be computed again."""
    mend = "Everything in that folder is computed: delete it and run again"
    return UsageError(what, must="as the store wrote it", where=str(processed), mend=mend)
