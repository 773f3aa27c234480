"""One interface for two renderers, and the choice between them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis.errors import MonitorError, RenderingFailed, UsageError

PREFERENCES = ("auto", "quarto", "builtin")
FORMATS = ("html", "pdf")
GET_QUARTO = "Install Quarto >= 1.9, `pip install quarto-cli` where the network allows, or set REPORT_RENDERER=builtin."


@dataclass(frozen=True)
class PageLink:
    """One page of the site, seen from the page that is rendered."""

    title: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class LanguageLink:
    """The same page in one language."""

    lang: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Site:
    """What surrounds a page: the site's name, the way home, the other pages, the other languages."""

    title: str
    home: str = "index.html"
    pages: tuple[PageLink, ...] = ()
    languages: tuple[LanguageLink, ...] = ()


@dataclass(frozen=True)
class Rendering:
    """What a renderer made, and what it wants a person to know."""

    outputs: tuple[Path, ...]
    warnings: tuple[str, ...]
    name: str
    version: str


class Renderer(Protocol):
    """Turns an executed Quarto-subset notebook into pages; never executes it."""

    @property
    def name(self) -> str:
        """`quarto` or `builtin`."""

    @property
    def version(self) -> str:
        """Stamped into the colophon and the manifest."""

    def render(
        self, notebook: Path, out_dir: Path, formats: Sequence[str] = ("html",), *, site: Site | None = None
    ) -> Rendering:
        """Write `out_dir/<stem>.<format>` for each of `formats`; RenderingFailed when a page would be wrong."""


@dataclass(frozen=True)
class Choice:
    """The renderer to use, and one line to show when it is not the preferred one (else empty)."""

    renderer: Renderer
    notice: str = ""


def choose_renderer(
    preference: str | None = None, *, project: Path = Path("reports"), environ: Mapping[str, str] = os.environ
) -> Choice:
    """Choose by `preference`, else by REPORT_RENDERER, else `auto` (Quarto when it is there).

    Parameters
    ----------
    preference : str, optional
        `auto`, `quarto` or `builtin`.
    project : Path
        The Quarto project: `_quarto.yml`, theme and bibliography.
    environ : mapping
        The environment to read; a test passes its own.

    Raises
    ------
    RenderingFailed
        `quarto` is asked for and is missing or too old.
    UsageError
        The preference is none of the three.
    """
    wish = preference or environ.get("REPORT_RENDERER") or "auto"
    if wish not in PREFERENCES:
        raise UsageError("REPORT_RENDERER", must=f"one of {', '.join(PREFERENCES)}", found=wish)
    from analysis.reporting.builtin import BuiltinRenderer

    if wish == "builtin":
        return Choice(BuiltinRenderer(project))
    from analysis.reporting.quarto import find_quarto

    try:
        return Choice(find_quarto(project, environ))
    except RenderingFailed as error:
        if wish == "quarto":
            raise
        return Choice(BuiltinRenderer(project), notice=_fallback(error))


def _fallback(error: MonitorError) -> str:
    reason = str(error).split(". ")[0]
    return f"Pages are rendered by the built-in renderer: {reason}."
