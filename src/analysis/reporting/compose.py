"""From what papermill left behind to a plain Quarto-subset notebook: no clock, no run metadata, one language."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from analysis.catalogue.model import Catalogue, Label
from analysis.reporting.cells import body_cells, front_matter, front_matter_source, join_options, split_options, text_of
from analysis.reporting.split import TRANSLATED, split_outputs
from analysis.reporting.translate import Translator

_PAGE_KEYS = ("title", "subtitle", "description")
_HIDDEN = frozenset({"parameters", "injected-parameters"})


@dataclass(frozen=True)
class Composition:
    """A notebook ready for any renderer, texts without a translation, the page's evidence, and files beside it."""

    notebook: NotebookNode
    warnings: tuple[str, ...]
    evidence: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass
class _Said:
    """What the outputs said about the page as a whole."""

    front: dict[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    evidence: list[Mapping[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


def compose(
    executed: NotebookNode,
    *,
    lang: str,
    title: str,
    date: date | str,
    texts: Catalogue | Mapping[str, Label] | None = None,
    as_of: date | str | None = None,
) -> Composition:
    """Turn an executed notebook into a plain Quarto-subset one; `executed` is not changed.

    Parameters
    ----------
    executed : NotebookNode
        From papermill. An output's `metadata.monitor` may hold `caption` and `alt` (they become the cell's options),
        `evidence` (ids become the cell's option, records are collected), `title`, `subtitle` and `description`
        (front matter), `files` (bytes in base64 by name, to lie beside the page), and `notice`: a text, or
        `{"kind": "note", "title": …, "text": …}`, which becomes a callout at the top of the page unless the output
        shows the notice itself. A cell with several captions, or with outputs that are a `heading`, becomes several
        cells (`analysis.reporting.split`).
    lang : str
        Language of the page.
    title : str
        In that language; an output's own title wins.
    date : date or str
        Shown as the page's date (ISO): the day the data speak of, never the clock.
    texts : Catalogue or mapping, optional
        Translations of static text; found by key or by English text.
    as_of : date or str, optional
        The day on which the data were known; `date` when not given (one day is then shown, not two).

    Returns
    -------
    Composition
        The same input gives the same notebook, to the byte.
    """
    front = front_matter(executed)
    translator = Translator(lang, texts.texts if isinstance(texts, Catalogue) else texts or {})
    said = _Said()
    parts = [part for cell in body_cells(executed) for part in split_outputs(cell)]
    cells = [_cell(part, translator, said) for part in parts]
    for key in ("subtitle", "description"):
        if front.get(key):
            front[key] = translator.line(str(front[key]))
    page = {"title": title} | front | {"title": title, "lang": lang, "date": str(date)}
    page |= {"as-of": str(as_of or date)} | said.front
    opening = [new_raw_cell(front_matter_source(page)), *map(new_markdown_cell, said.notices)]
    made = new_notebook(cells=[*opening, *cells], metadata=_kernel(executed))
    for number, cell in enumerate(made.cells, start=1):
        cell["id"] = f"cell-{number}"
    return Composition(made, translator.warnings, tuple(said.evidence), said.files)


def _cell(cell: NotebookNode, translator: Translator, said: _Said) -> NotebookNode:
    source = text_of(cell.source)
    if cell.cell_type == "markdown" and cell.metadata.get(TRANSLATED):
        return new_markdown_cell(source)
    if cell.cell_type == "markdown":
        return new_markdown_cell(translator.markdown(source), metadata=_kept(cell))
    if cell.cell_type != "code":
        return new_raw_cell(source, metadata=_kept(cell))
    options, code = split_options(source)
    found = _monitor(cell)
    for key in ("fig-cap", "fig-alt", "tbl-cap"):
        told = found.get("alt" if key == "fig-alt" else "caption")
        if told and key.startswith(str(options.get("label", ""))[:3]):
            options[key] = told
        elif options.get(key):
            options[key] = translator.line(str(options[key]))
    if found["ids"]:
        options["evidence"] = " ".join(dict.fromkeys(found["ids"]))
    _note_page(found, said)
    outputs = [output for output in map(_plain_output, cell.outputs) if output is not None]
    return new_code_cell(join_options(options, code), outputs=outputs, metadata=_kept(cell))


def _note_page(found: Mapping[str, Any], said: _Said) -> None:
    said.front |= {key: found[key] for key in _PAGE_KEYS if found.get(key)}
    said.evidence += found["records"]
    said.files |= {name: b64decode(content) for name, content in found.get("files", {}).items()}
    for notice in found["notices"]:
        block = _callout(notice)
        if block not in said.notices:
            said.notices.append(block)


def _callout(notice: str | Mapping[str, str]) -> str:
    told = {"text": notice} if isinstance(notice, str) else dict(notice)
    title = told.get("title", "").replace("\\", "\\\\").replace('"', '\\"')
    titled = f' title="{title}"' if title else ""
    return f"::: {{.callout-{told.get('kind', 'warning')}{titled}}}\n{told['text']}\n:::"


def _monitor(cell: NotebookNode) -> dict[str, Any]:
    """What the outputs of a cell say; the last caption wins, notices and evidence add up."""
    found: dict[str, Any] = {"notices": [], "ids": [], "records": []}
    for output in cell.outputs:
        told = output.get("metadata", {}).get("monitor", {})
        found |= {key: value for key, value in told.items() if value and key not in {"notice", "evidence"}}
        if told.get("notice") and not _visible(output):
            found["notices"].append(told["notice"])
        for entry in told.get("evidence", ()):
            found["ids" if isinstance(entry, str) else "records"].append(entry)
    return found


def _visible(output: NotebookNode) -> bool:
    return any(text_of(value).strip() for value in output.get("data", {}).values() if isinstance(value, str | list))


def _plain_output(output: NotebookNode) -> NotebookNode | None:
    """The output without run metadata; None when it only spoke of the page."""
    plain = NotebookNode({key: value for key, value in output.items() if key not in {"metadata", "transient"}})
    if output.output_type in {"display_data", "execute_result"}:
        if not _visible(output):
            return None
        plain["metadata"] = NotebookNode()
    if "execution_count" in plain:
        plain["execution_count"] = None
    return plain


def _kept(cell: NotebookNode) -> NotebookNode:
    tags = list(cell.metadata.get("tags", ()))
    if _HIDDEN.intersection(tags) and "remove-cell" not in tags:
        tags.append("remove-cell")
    return NotebookNode(tags=tags) if tags else NotebookNode()


def _kernel(executed: NotebookNode) -> NotebookNode:
    spec = executed.metadata.get("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
    return NotebookNode(kernelspec=spec, language_info={"name": "python"})
