"""What a run says of itself: the manifest `run.json` and the status line for the scheduler."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.run.page import PageResult


@dataclass(frozen=True)
class Outcome:
    """The end of a run: its exit code, where the site lies, and the counts that the status line shows."""

    exit_code: int
    site: Path
    pages: Sequence[PageResult]
    waiting: Mapping[str, Sequence[str]]
    submissions: Mapping[str, int]
    rejected: Sequence[str]
    seconds: float
    claims: Mapping[str, int] = field(default_factory=dict)
    unsupported: Sequence[str] = ()

    @property
    def failed(self) -> list[PageResult]:
        """The pages that could not be built."""
        return [page for page in self.pages if page.state == "failed"]

    def status(self) -> dict[str, Any]:
        """The status line, as JSON's types."""
        return {
            "state": self._state(),
            "exit": self.exit_code,
            "site": (self.site / "index.html").as_posix(),
            "pages": len(self.pages) - len(self.failed),
            "unchanged": sum(page.state == "unchanged" for page in self.pages),
            "failed": {page.job.name: page.error for page in self.failed},
            "waiting_for_data": sorted(self.waiting),
            "submissions": dict(self.submissions),
            "rejected": list(self.rejected),
            "claims": dict(self.claims),
            "no_longer_supported": list(self.unsupported),
            "seconds": round(self.seconds, 1),
        }

    def _state(self) -> str:
        if self.failed:
            return "failed"
        if self.unsupported:
            return "done with claims no longer supported"
        return "done with rejections" if self.rejected else "done"


def manifest(
    outcome: Outcome,
    *,
    started: datetime,
    names: Mapping[str, str],
    inputs: Mapping[str, str],
    parameters: Mapping[str, Any],
    renderer: tuple[str, str],
) -> dict[str, Any]:
    """The manifest as JSON's types.

    Parameters
    ----------
    names
        What names the code and the data: commit, lock, code, rulebook, catalogue, store.
    inputs
        Path under `raw/` -> SHA-256 of every raw file that was read.
    renderer
        Name and version.
    """
    return {
        "status": outcome.status(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "renderer": {"name": renderer[0], "version": renderer[1]},
        "parameters": dict(parameters),
        **names,
        "inputs": dict(sorted(inputs.items())),
        "pages": [_page(page) for page in outcome.pages],
    }


def to_json(content: Mapping[str, Any]) -> bytes:
    """Readable, stable JSON."""
    return (json.dumps(content, indent=1, ensure_ascii=False, sort_keys=False) + "\n").encode()


def _page(page: PageResult) -> dict[str, Any]:
    return {
        "page": page.job.page,
        "lang": page.job.lang,
        "notebook": page.job.notebook.name,
        "parameters": page.job.parameters,
        "state": page.state,
        "seconds": round(page.seconds, 2),
        "files": page.files,
        "warnings": list(page.warnings),
        "evidence": len(page.evidence),
        "error": page.error,
    }
