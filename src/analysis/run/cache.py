"""A page is built again only when something that can change it has changed."""

import hashlib
import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.run.plan import Job
from analysis.store import replace_directory


@dataclass(frozen=True)
class PageCache:
    """Built pages under `folder`, one directory per key."""

    folder: Path

    def find(self, key: str) -> Path | None:
        """The directory of the built page, or None."""
        found = self.folder / key
        return found if found.is_dir() else None

    def keep(self, key: str, built: Path) -> Path:
        """Move the finished directory `built` under its key."""
        kept = self.folder / key
        replace_directory(built, kept)
        return kept

    def prune(self, used: Collection[str]) -> None:
        """Remove what the last run did not use."""
        if self.folder.is_dir():
            for entry in self.folder.iterdir():
                if entry.name not in used:
                    shutil.rmtree(entry)


def page_key(job: Job, common: Mapping[str, str]) -> str:
    """SHA-256 over the notebook's source, the parameters and what all pages share (code, lock, data, renderer)."""
    content = {
        "notebook": hashlib.sha256(job.notebook.read_bytes()).hexdigest(),
        "parameters": job.parameters,
        "page": [job.page, job.lang, job.title, *job.formats],
        **common,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
