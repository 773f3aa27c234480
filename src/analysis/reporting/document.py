"""An executed Quarto-subset notebook as one Markdown text with its pictures beside it."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from nbformat import NotebookNode

from analysis.errors import RenderingFailed
from analysis.reporting.cells import Options, body_cells, front_matter, split_options, tags, text_of

PIPE_TABLE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*\|", re.MULTILINE)
_PICTURES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
_OPENING = re.compile(r"(#{1,6})\s")
_REFERENCE = re.compile(r"(?<![\w@\\])@(?!(?:fig|tbl|sec)-)[A-Za-z_]")


@dataclass(frozen=True)
class Document:
    """What a renderer needs: front matter, Markdown, pictures by relative name, and what a reader should know."""

    meta: Mapping[str, Any]
    markdown: str
    assets: Mapping[str, bytes]
    warnings: tuple[str, ...]

    @property
    def cites(self) -> bool:
        """Whether the text may hold citations (`@key` that is no cross reference)."""
        return bool(_REFERENCE.search(self.markdown))


@dataclass
class _Pages:
    """The growing text of one notebook; the code of a section waits in `code` until the section ends."""

    echo: bool
    level: int = 0
    code: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    assets: dict[str, bytes] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_document(notebook: NotebookNode, where: str = "notebook") -> Document:
    """Turn an executed notebook into Markdown.

    Parameters
    ----------
    notebook : NotebookNode
        Executed, in the Quarto subset (`analysis.reporting.subset` says what that is).
    where : str
        The name used in messages.

    Raises
    ------
    RenderingFailed
        A cell ended in an error, or an output has no form that every renderer can show.
    """
    meta = front_matter(notebook)
    pages = _Pages(echo=(meta.get("execute") or {}).get("echo", True) is not False)
    for number, cell in enumerate(body_cells(notebook), start=1):
        _add_cell(pages, cell, number, f"{where}, cell {number}")
    _fold_code(pages)
    return Document(meta, "\n\n".join(pages.blocks) + "\n", pages.assets, tuple(pages.warnings))


def _add_cell(pages: _Pages, cell: NotebookNode, number: int, where: str) -> None:
    if "remove-cell" in tags(cell):
        return
    if cell.cell_type == "markdown":
        _add_markdown(pages, text_of(cell.source).strip())
    elif cell.cell_type == "code":
        options, code = split_options(text_of(cell.source), where)
        if options.get("include") is False:
            return
        _add_code(pages, code, options, tags(cell))
        _add_outputs(pages, cell, options, number, where)


def _add_markdown(pages: _Pages, text: str) -> None:
    if opening := _OPENING.match(text):
        level = len(opening[1])
        pages.level = pages.level or level
        if level <= pages.level:
            _fold_code(pages)
    pages.blocks.append(text)


def _add_code(pages: _Pages, code: str, options: Options, cell_tags: frozenset[str]) -> None:
    if code and options.get("echo", pages.echo) is not False and "remove-input" not in cell_tags:
        pages.code.append(_fenced(code, " {.python}"))


def _fold_code(pages: _Pages) -> None:
    """One fold at the end of a section: a reader sees what was found, then how."""
    if pages.code:
        pages.blocks.append("::: cell-code\n" + "\n\n".join(pages.code) + "\n:::")
        pages.code.clear()


def _add_outputs(pages: _Pages, cell: NotebookNode, options: Options, number: int, where: str) -> None:
    if options.get("output") is False or "remove-output" in tags(cell):
        _refuse_errors(cell, where)
        return
    name = str(options.get("label") or f"cell-{number}")
    shown = [
        (block, _floats(output, name))
        for order, output in enumerate(cell.outputs, start=1)
        if (block := _output(pages, output, options, f"{name}-{order}", where))
    ]
    floating = [block for block, floats in shown if floats]
    if name.startswith(("fig-", "tbl-")) and not floating:
        floating = [block for block, _ in shown[-1:]]
    for block, _ in shown:
        if block not in floating:
            pages.blocks.append(_spoken(block, options))
        elif block == floating[0]:
            caption = options.get("fig-cap" if name.startswith("fig-") else "tbl-cap")
            pages.blocks.append(_float(name, floating, _one_line(caption), options))


def _floats(output: NotebookNode, name: str) -> bool:
    """Whether the output belongs into the numbered figure or table of its cell; text beside it stays text.

    A cell that says in words why it has no picture or table keeps its number, so that references to it hold.
    """
    data = output.get("data", {})
    if name.startswith("fig-"):
        return any(kind in data for kind in _PICTURES)
    return name.startswith("tbl-") and bool(PIPE_TABLE.search(text_of(data.get("text/markdown", ""))))


def _float(name: str, blocks: list[str], caption: str, options: Options) -> str:
    evidence = f' evidence="{_attribute(options["evidence"])}"' if options.get("evidence") else ""
    body = "\n\n".join(blocks)
    return f"::: {{#{name}{evidence}}}\n\n{body}\n\n{caption}\n:::"


def _spoken(block: str, options: Options) -> str:
    ids = _attribute(options.get("evidence"))
    return f'::: {{data-evidence="{ids}"}}\n\n{block}\n\n:::' if ids else block


def _output(pages: _Pages, output: NotebookNode, options: Options, name: str, where: str) -> str:
    if output.output_type == "error":
        raise RenderingFailed(where, must="free of errors", found=f"{output.ename}: {output.evalue}")
    if output.output_type == "stream":
        if output.name == "stderr":
            pages.warnings.append(f"{where}: {_one_line(text_of(output.text))}")
            return ""
        return _printed(text_of(output.text).rstrip("\n"))
    data = output.data
    if "text/markdown" in data:
        return text_of(data["text/markdown"]).strip()
    for kind, ending in _PICTURES.items():
        if kind in data:
            asset = str(PurePosixPath("assets") / f"{name}.{ending}")
            pages.assets[asset] = _bytes(kind, text_of(data[kind]))
            return f'![]({asset}){{alt="{_attribute(options.get("fig-alt", ""))}"}}'
    if "text/html" in data:
        raise RenderingFailed(where, must="Markdown, SVG, PNG or text", found="HTML", mend="Return text/markdown.")
    plain = text_of(data.get("text/plain", ""))
    return _printed(plain) if plain.strip() else ""


def _refuse_errors(cell: NotebookNode, where: str) -> None:
    for output in cell.outputs:
        if output.output_type == "error":
            raise RenderingFailed(where, must="free of errors", found=f"{output.ename}: {output.evalue}")


def _bytes(kind: str, text: str) -> bytes:
    return text.encode() if kind == "image/svg+xml" else base64.b64decode(text)


def _printed(text: str) -> str:
    # A class on the code block itself would make pandoc search all its highlighters for it: half a second.
    return f"::: cell-output\n{_fenced(text)}\n:::"


def _fenced(text: str, attributes: str = "") -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{attributes}\n{text}\n{fence}"


def _one_line(text: object) -> str:
    # Not str.split(): it would take no-break spaces, which French and thousands need, for plain ones.
    return re.sub(r"[ \t\r\n]+", " ", str(text or "")).strip(" ")


def _attribute(text: object) -> str:
    return _one_line(" ".join(text) if isinstance(text, list) else text).replace("\\", "\\\\").replace('"', '\\"')
