"""The built-in renderer: pandoc, a template and a few Lua filters; Typst for PDF. Needs no network."""

import base64
import functools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import yaml

from analysis.errors import RenderingFailed, UsageError
from analysis.reporting.document import Document, read_document
from analysis.reporting.render import FORMATS, Rendering, Site
from analysis.reporting.resources import external_resources

HERE = Path(__file__).parent / "builtin"
FILTERS = ("headlines", "tabsets", "callouts", "code", "crossref", "tables", "paper")
READER = "markdown+lists_without_preceding_blankline-implicit_figures"
_FAILING = ("Unable to resolve crossref", "Duplicate label", "not found", "Could not fetch")
_MEDIA = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}


@functools.cache
def chrome() -> Mapping[str, Mapping[str, str]]:
    """The words around a page, by language."""
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load((HERE / "chrome.yml").read_text("utf-8"))
    return found


@functools.cache
def find_pandoc() -> str:
    """The pandoc inside pypandoc_binary, else the one on PATH."""
    spec = find_spec("pypandoc")
    for name in ("pandoc", "pandoc.exe"):
        if spec and spec.origin and (bundled := Path(spec.origin).parent / "files" / name).exists():
            return str(bundled)
    if found := shutil.which("pandoc"):
        return found
    raise RenderingFailed("pandoc", must="installed", mend="Run `pip install pypandoc_binary`.")


@functools.cache
def pandoc_version(pandoc: str) -> str:
    """The version that `pandoc --version` tells."""
    answer = subprocess.run([pandoc, "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[1]


@dataclass(frozen=True)
class BuiltinRenderer:
    """Renders with pandoc; `project` is the folder of the bibliography that `_quarto.yml` names."""

    project: Path = Path("reports")

    @property
    def name(self) -> str:
        """The name in the colophon and the manifest."""
        return "builtin"

    @property
    def version(self) -> str:
        """The version of pandoc: the rest is this package."""
        return f"pandoc {pandoc_version(find_pandoc())}"

    def render(
        self, notebook: Path, out_dir: Path, formats: Sequence[str] = ("html",), *, site: Site | None = None
    ) -> Rendering:
        """Render an executed notebook into `out_dir`.

        Parameters
        ----------
        notebook : Path
            Executed, in the Quarto subset.
        out_dir : Path
            Made when missing; gets `<stem>.html` and, when asked for, `<stem>.pdf`.
        formats : sequence of str
            `html` and `pdf`.
        site : Site, optional
            Navigation around an HTML page.

        Raises
        ------
        RenderingFailed
            A cross reference or citation leads nowhere, a picture is missing, the page would load something from
            elsewhere, or pandoc or Typst fails.
        """
        for wanted in formats:
            if wanted not in FORMATS:
                raise UsageError("format", must=f"one of {', '.join(FORMATS)}", found=wanted)
        document = read_document(nbformat.read(notebook, as_version=4), notebook.name)
        out_dir.mkdir(parents=True, exist_ok=True)
        outputs, warnings = [], list(document.warnings)
        for wanted in formats:
            beside = f"{notebook.stem}.pdf" if "pdf" in formats else ""
            if wanted == "html":
                content, said = self._html(document, site, notebook.name, beside)
            else:
                content, said = self._pdf(document, notebook.name)
            warnings += [line for line in said if line not in warnings]
            outputs.append(out_dir / f"{notebook.stem}.{wanted}")
            outputs[-1].write_bytes(content)
        return Rendering(tuple(outputs), tuple(warnings), self.name, self.version)

    def _html(self, document: Document, site: Site | None, where: str, pdf: str) -> tuple[bytes, list[str]]:
        text, said = self._pandoc(document, site, "html", where, pdf)
        html = _with_pictures(text, document.assets, where)
        if outside := external_resources(html):
            raise RenderingFailed(
                "page", must="self-contained", found=outside[0], where=where, mend="Put the file into the page."
            )
        return html.encode(), said

    def _pdf(self, document: Document, where: str) -> tuple[bytes, list[str]]:
        from analysis.reporting.pdf import typeset

        text, said = self._pandoc(document, None, "typst", where)
        return typeset(text, document.assets, where), said

    def _pandoc(
        self, document: Document, site: Site | None, target: str, where: str, pdf: str = ""
    ) -> tuple[str, list[str]]:
        with tempfile.TemporaryDirectory(prefix="monitor-page-") as folder:
            meta = Path(folder) / "page.json"
            meta.write_text(
                json.dumps(self._metadata(document, site) | ({"pdf": pdf} if pdf else {}), ensure_ascii=False), "utf-8"
            )
            command = [find_pandoc(), "--from", READER, "--to", "html5" if target == "html" else target]
            command += ["--standalone", "--wrap=none", "--section-divs", "--mathml", "--toc", "--toc-depth=3"]
            command += [f"--template={HERE / ('page.html' if target == 'html' else 'page.typ')}"]
            command += [f"--metadata-file={meta}"]
            command += [f"--lua-filter={HERE / name}.lua" for name in FILTERS]
            command += [f"--variable={key}={value}" for key, value in _raw_variables(document, target).items()]
            markdown = document.markdown
            if document.cites and (bibliographies := self._bibliographies(document)):
                command += ["--citeproc", "--metadata=link-citations", *bibliographies]
                title = chrome()[_language(document)]["references"]
                markdown += f"\n\n## {title} {{#references .unnumbered}}\n\n::: {{#refs}}\n:::\n"
            done = subprocess.run(command, input=markdown, capture_output=True, text=True, encoding="utf-8")
        return done.stdout, _judge(done, where)

    def _bibliographies(self, document: Document) -> list[str]:
        settings = self.project / "_quarto.yml"
        known = yaml.safe_load(settings.read_text("utf-8")) if settings.exists() else {}
        named = document.meta.get("bibliography") or known.get("bibliography") or []
        files = [named] if isinstance(named, str) else named
        return [f"--bibliography={self.project / file}" for file in files]

    def _metadata(self, document: Document, site: Site | None) -> dict[str, Any]:
        lang, meta = _language(document), document.meta
        words = dict(chrome()[lang])
        found: dict[str, Any] = {
            "lang": lang,
            "title": meta.get("title", ""),
            "chrome": words,
            "renderer": f"{self.name}, {self.version}",
            "number-sections": meta.get("number-sections", True) is not False,
        }
        found |= {key: meta[key] for key in ("subtitle", "description", "compact") if meta.get(key)}
        if authors := meta.get("author"):
            found["authors"] = [authors] if isinstance(authors, str) else authors
        for key in ("date", "as-of"):
            if meta.get(key) and not (key == "date" and str(meta["date"]) == str(meta.get("as-of"))):
                found[f"iso-{key}"], found[f"shown-{key}"] = _shown_date(meta[key], lang)
        return found | (_site_metadata(site) if site else {})


def _site_metadata(site: Site) -> dict[str, Any]:
    names = chrome()
    languages = [asdict(link) | {"name": names[link.lang]["name"]} for link in site.languages]
    shown = {"title": site.title, "home": site.home, "pages": [asdict(page) for page in site.pages]}
    return {"site": shown | {"languages": languages}, "site-title": site.title, "alternates": languages}


def _language(document: Document) -> str:
    lang = str(document.meta.get("lang", "en"))
    if lang not in chrome():
        raise RenderingFailed("lang", must=f"one of {', '.join(chrome())}", found=lang, where="front matter")
    return lang


def _shown_date(value: object, lang: str) -> tuple[str, str]:
    from babel.dates import format_date

    text = value.isoformat() if isinstance(value, date) else str(value)
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError as error:
        raise RenderingFailed("date", must="an ISO date", found=text, where="front matter") from error
    return day.isoformat(), str(format_date(day, "long", locale=chrome()[lang]["locale"]))


def _raw_variables(document: Document, target: str) -> dict[str, str]:
    """What goes into the template untouched by pandoc's Markdown reader."""
    if target != "html":
        return {"pdf-title": json.dumps(str(document.meta.get("title", "")), ensure_ascii=False)}
    found = {"page-css": (HERE / "page.css").read_text("utf-8")}
    if "panel-tabset" in document.markdown:
        found["tabset-script"] = (HERE / "tabs.js").read_text("utf-8")
    return found


def _judge(done: subprocess.CompletedProcess[str], where: str) -> list[str]:
    said = [line.removeprefix("[WARNING] ") for line in done.stderr.splitlines() if line.startswith("[WARNING]")]
    if done.returncode != 0:
        raise RenderingFailed("pandoc", must="able to read the page", found=done.stderr.strip(), where=where)
    for line in said:
        if any(sign in line for sign in _FAILING):
            raise RenderingFailed(line, where=where, mend="Mend the label or the reference in the notebook.")
    return [f"{where}: {line}" for line in said]


def _with_pictures(html: str, assets: Mapping[str, bytes], where: str) -> str:
    def inline(found: re.Match[str]) -> str:
        name = found[1]
        if name not in assets:
            raise RenderingFailed("picture", must="an output of the notebook", found=name, where=where)
        kind = _MEDIA[Path(name).suffix]
        return f'src="data:{kind};base64,{base64.b64encode(assets[name]).decode()}"'

    return re.sub(r'src="(assets/[^"]+)"', inline, html)
