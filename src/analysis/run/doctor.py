"""What is installed, what is missing, and how to get it."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import MonitorError
from analysis.run.project import find_project

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `needed` things make the doctor's exit code."""

    what: str
    fine: bool
    detail: str
    needed: bool = True


def examine(data: Path) -> list[Finding]:
    """Every finding, the needed ones first."""
    return [_python(), *_packages(), _project(), _data(data), *_renderers(), _git_filter()]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= OLDEST_PYTHON, f"{version}; 3.11 or later is needed")


def _packages() -> Iterator[Finding]:
    missing = []
    for requirement in importlib.metadata.requires("integration-monitor") or []:
        if "extra ==" in requirement:
            continue
        name = requirement.split(">")[0].strip()
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    detail = f"missing: {', '.join(missing)}; run `make report`, or uv pip sync requirements.lock" if missing else "all"
    yield Finding("packages of the lock", not missing, detail)


def _project() -> Finding:
    try:
        return Finding("project folder", True, f"commit {find_project().commit()}")
    except MonitorError as error:
        return Finding("project folder", False, str(error))


def _data(data: Path) -> Finding:
    raw = data / "raw"
    if not raw.is_dir():
        return Finding("data folder", False, f"{raw} is not there; point --data or DATA_DIR at a folder with raw/")
    writable = os.access(data, os.W_OK)
    return Finding("data folder", writable, f"{data}, {'writable' if writable else 'not writable'}")


def _renderers() -> Iterator[Finding]:
    from analysis.reporting.render import choose_renderer

    for name, needed in (("builtin", True), ("quarto", False)):
        try:
            renderer = choose_renderer(name).renderer
            yield Finding(f"renderer {name}", True, renderer.version, needed)
        except MonitorError as error:
            yield Finding(f"renderer {name}", False, str(error), needed)


def _git_filter() -> Finding:
    attributes = shutil.which("git") is not None and _git_says("filter.nbstripout.clean")
    detail = "installed in this clone" if attributes else "not installed in this clone; `make lab` does it"
    return Finding("git filter for notebooks", bool(attributes), detail, needed=False)


def _git_says(name: str) -> str:
    import subprocess

    asked = subprocess.run(["git", "config", "--get", name], capture_output=True, text=True, check=False)
    return asked.stdout.strip()
