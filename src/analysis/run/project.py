"""Where the project lies on disk, and what names its code and its lock."""

import hashlib
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import UsageError
from analysis.run.signatures import FILE as SIGNATURES

CODE_SUFFIXES = {".py", ".yml", ".csv", ".lua", ".html", ".css"}


@dataclass(frozen=True)
class Project:
    """The folders of one checkout."""

    root: Path

    @property
    def notebooks(self) -> Path:
        """The folder of the notebooks."""
        return self.root / "notebooks"

    @property
    def rulebook(self) -> Path:
        """The folder of the Great Expectations suites."""
        return self.root / "expectations"

    @property
    def reports(self) -> Path:
        """The Quarto project."""
        return self.root / "reports"

    @property
    def lock(self) -> Path:
        """The hashed lock file."""
        return self.root / "requirements.lock"

    def commit(self) -> str:
        """The commit of the checkout, `-dirty` where tracked files differ from it, or `unknown` outside git."""
        try:
            described = subprocess.run(
                ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
                cwd=self.root,
                capture_output=True,
                text=True,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError):
            return "unknown"
        return described.stdout.strip()

    def lock_hash(self) -> str:
        """SHA-256 of the lock."""
        return hashlib.sha256(self.lock.read_bytes()).hexdigest()

    def rulebook_hash(self) -> str:
        """SHA-256 over the suites and what else lies beside them."""
        return self._hash(self.rulebook.glob("*.*"))

    def code_hash(self) -> str:
        """SHA-256 over the library without the catalogue's data, which has its own fingerprint."""
        package = self.root / "src" / "analysis"
        files = [path for path in package.rglob("*") if path.suffix in CODE_SUFFIXES]
        return self._hash(path for path in files if path.suffix == ".py" or package / "catalogue" not in path.parents)

    def reports_hash(self) -> str:
        """SHA-256 over the report's sources: what is recommended and decided, answers to remarks, the theme."""
        return self._hash(path for path in self.reports.glob("*.*") if path != self.reports / SIGNATURES)

    def notebooks_hash(self) -> str:
        """SHA-256 over the notebooks."""
        return self._hash(self.notebooks.glob("*.ipynb"))

    def _hash(self, paths: Iterable[Path]) -> str:
        digest = hashlib.sha256()
        for path in sorted(path for path in paths if path.is_file()):
            digest.update(path.relative_to(self.root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def find_project(start: Path | None = None) -> Project:
    """The checkout around `start` (default: the working directory), else the one that the package was installed from.

    Raises
    ------
    UsageError
        Where neither has a `notebooks/` folder beside its `pyproject.toml`.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[3]):
        if (folder / "pyproject.toml").is_file() and (folder / "notebooks").is_dir():
            return Project(folder)
    raise UsageError(
        "the working directory",
        must="inside a checkout of the project",
        found=str(here),
        mend="Change into the folder that holds pyproject.toml and notebooks/.",
    )
