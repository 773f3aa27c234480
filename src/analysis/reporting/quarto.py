"""The Quarto renderer: found, probed, called without execution, and its log believed more than its exit code."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import nbformat
import yaml

from analysis.errors import RenderingFailed, UsageError
from analysis.reporting.cells import front_matter
from analysis.reporting.render import FORMATS, GET_QUARTO, Rendering, Site

MINIMUM = (1, 9)
_TARGETS = {"html": ("html", "html"), "pdf": ("typst", "pdf")}
_FAILING = ("Unable to resolve crossref", "Could not fetch", "Citeproc: citation")
_PROBLEM = frozenset({"ERROR", "CRITICAL"})
_DOUBT = frozenset({"WARN", "WARNING"})


def find_quarto(project: Path = Path("reports"), environ: Mapping[str, str] = os.environ) -> "QuartoRenderer":
    """Find Quarto at $QUARTO_PATH, beside the interpreter, then on PATH, and ask its version.

    Raises
    ------
    RenderingFailed
        It is missing, does not answer, or is older than 1.9.
    """
    program = _discover(environ)
    found = _version(program)
    numbers = tuple(int(part) for part in re.findall(r"\d+", found)[:2])
    if numbers < MINIMUM:
        raise RenderingFailed("Quarto", must=">= 1.9", found=found, where=str(program), mend=GET_QUARTO)
    return QuartoRenderer(program, found, project)


def _discover(environ: Mapping[str, str]) -> Path:
    names = ("quarto", "quarto.exe", "quarto.cmd")
    if told := environ.get("QUARTO_PATH"):
        given = Path(told)
        for candidate in (given, *(given / name for name in names), *(given / "bin" / name for name in names)):
            if candidate.is_file():
                return candidate
        raise RenderingFailed("QUARTO_PATH", must="the quarto program or its folder", found=told, mend=GET_QUARTO)
    for candidate in (Path(sys.executable).parent / name for name in names):
        if candidate.is_file():
            return candidate
    if found := shutil.which("quarto", path=environ.get("PATH", "")):
        return Path(found)
    raise RenderingFailed("Quarto", must="installed", mend=GET_QUARTO)


def _version(program: Path) -> str:
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderingFailed(
            "Quarto", must="able to run", found=str(error), where=str(program), mend=GET_QUARTO
        ) from error
    if done.returncode != 0 or not re.match(r"\d+\.\d+", done.stdout.strip()):
        said = (done.stderr or done.stdout).strip()
        raise RenderingFailed("quarto --version", must="a version", found=said, where=str(program), mend=GET_QUARTO)
    return done.stdout.strip().splitlines()[0]


@dataclass(frozen=True)
class QuartoRenderer:
    """Renders with the Quarto found at `program`, with the settings in `project`."""

    program: Path
    version: str
    project: Path = Path("reports")

    @property
    def name(self) -> str:
        """The name in the colophon and the manifest."""
        return "quarto"

    def render(
        self, notebook: Path, out_dir: Path, formats: Sequence[str] = ("html",), *, site: Site | None = None
    ) -> Rendering:
        """Render an executed notebook into `out_dir` as `<stem>.html` and, when asked for, `<stem>.pdf`.

        Quarto works in a copy of the project, so a failed page leaves nothing behind.

        Raises
        ------
        RenderingFailed
            Quarto fails, logs an error, an unresolved cross reference or a failed download, or writes no page.
        """
        for wanted in formats:
            if wanted not in FORMATS:
                raise UsageError("format", must=f"one of {', '.join(FORMATS)}", found=wanted)
        out_dir.mkdir(parents=True, exist_ok=True)
        outputs: list[Path] = []
        warnings: list[str] = []
        with tempfile.TemporaryDirectory(prefix="monitor-quarto-") as folder:
            work = Path(folder)
            source = self._prepare(notebook, work, site)
            for wanted in formats:
                made, said = self._call(source, work, *_TARGETS[wanted])
                outputs.append(out_dir / f"{notebook.stem}.{wanted}")
                shutil.move(made, outputs[-1])
                warnings += [line for line in said if line not in warnings]
        return Rendering(tuple(outputs), tuple(warnings), self.name, self.version)

    def _prepare(self, notebook: Path, work: Path, site: Site | None) -> Path:
        for file in sorted(self.project.glob("*")):
            if file.suffix in {".scss", ".bib", ".csl"}:
                shutil.copy(file, work / file.name)
        settings = self.project / "_quarto.yml"
        project: dict[str, Any] = yaml.safe_load(settings.read_text("utf-8")) if settings.exists() else {}
        html = project.setdefault("format", {}).setdefault("html", {})
        lang = str(front_matter(nbformat.read(notebook, as_version=4)).get("lang", "en"))
        html["include-after-body"] = [{"text": self._colophon(lang)}]
        if site:
            html["include-before-body"] = [{"text": _navigation(site, lang)}]
        (work / "_quarto.yml").write_text(yaml.safe_dump(project, allow_unicode=True, sort_keys=False), "utf-8")
        return Path(shutil.copy(notebook, work / notebook.name))

    def _call(self, source: Path, work: Path, target: str, ending: str) -> tuple[Path, list[str]]:
        log, pages = work / f"{target}.log", work / f"pages-{target}"
        command = [str(self.program), "render", source.name, "--to", target, "--no-execute"]
        command += ["--output-dir", str(pages), "--log", str(log), "--log-format", "json-stream"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, encoding="utf-8", errors="replace")
        problems, doubts = _read_log(log)
        if problems or done.returncode != 0:
            first = problems[0] if problems else (done.stderr.strip() or f"exit code {done.returncode}")
            raise RenderingFailed("Quarto's page", must="free of errors", found=first, where=source.name)
        made = sorted(pages.rglob(f"*.{ending}"))
        if not made:
            raise RenderingFailed("Quarto", must=f"writing a .{ending} file", where=source.name)
        return made[0], [f"{source.name}: {line}" for line in doubts]

    def _colophon(self, lang: str) -> str:
        return f"<footer><p>{escape(_words(lang)['colophon'])} Quarto {escape(self.version)}.</p></footer>"


def _read_log(log: Path) -> tuple[list[str], list[str]]:
    """The problems and the doubts in a json-stream log; a line that is no JSON is read as it stands."""
    problems, doubts = [], []
    for line in log.read_text("utf-8", errors="replace").splitlines() if log.exists() else ():
        level, message = _entry(line)
        if level in _PROBLEM or any(sign in message for sign in _FAILING):
            problems.append(message)
        elif level in _DOUBT:
            doubts.append(message)
    return problems, doubts


def _entry(line: str) -> tuple[str, str]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        return "", line.strip()
    if not isinstance(record, dict):
        return "", line.strip()
    return str(record.get("levelName", "")).upper(), " ".join(str(record.get("msg", "")).split())


def _navigation(site: Site, lang: str) -> str:
    words = _words(lang)
    pages = "".join(_link(page.href, page.title, page.current) for page in site.pages)
    tongues = "".join(_link(each.href, _words(each.lang)["name"], each.current, each.lang) for each in site.languages)
    return (
        f'<header><p><a href="{escape(site.home)}">{escape(site.title)}</a></p>'
        f'<nav aria-label="{escape(words["menu"])}"><ul>{pages}</ul></nav>'
        f'<nav aria-label="{escape(words["languages"])}"><ul>{tongues}</ul></nav></header>'
    )


def _link(href: str, text: str, current: bool, lang: str = "") -> str:
    said = f' lang="{lang}" hreflang="{lang}"' if lang else ""
    here = ' aria-current="page"' if current else ""
    return f'<li><a href="{escape(href)}"{said}{here}>{escape(text)}</a></li>'


@functools.cache
def _words(lang: str) -> Mapping[str, str]:
    from analysis.reporting.builtin import chrome

    return chrome().get(lang, chrome()["en"])
