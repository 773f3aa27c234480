"""One cell that showed several things becomes one cell for each: every figure has its own caption and number."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from analysis.reporting.cells import join_options, split_options, text_of

TRANSLATED = "translated"  # marks a Markdown cell that came from an output, already in the page's language


def split_outputs(cell: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that stand for `cell`: its code, then each output that is a heading, a figure or a table by itself.

    An output is a heading, figure or table when its `metadata.monitor` says so (`heading`, `caption`). A figure or
    table takes the cell's label with its own prefix (`fig-`, `tbl-`) and, from the second of a kind on, a number.
    """
    if cell.cell_type != "code":
        yield cell
        return
    options, code = split_options(text_of(cell.source))
    if not _divides(cell, options):
        yield cell
        return
    stem = str(options.get("label", "shown")).removeprefix("fig-").removeprefix("tbl-")
    plain = {key: value for key, value in options.items() if key not in ("label", "fig-cap", "fig-alt", "tbl-cap")}
    yield new_code_cell(join_options(plain, code), metadata=cell.metadata)
    seen: Counter[str] = Counter()
    for output in cell.outputs:
        yield _alone(output, plain, stem, seen, cell.metadata)


def _alone(
    output: NotebookNode, options: Mapping[str, Any], stem: str, seen: Counter[str], metadata: NotebookNode
) -> NotebookNode:
    said = _said(output)
    if said.get("heading"):
        return new_markdown_cell(text_of(output.data["text/markdown"]), metadata={TRANSLATED: True})
    label = {}
    if said.get("caption"):
        kind = "fig" if any(name.startswith("image/") for name in output.data) else "tbl"
        seen[kind] += 1
        label = {"label": f"{kind}-{stem}" + (f"-{seen[kind]}" if seen[kind] > 1 else "")}
    return new_code_cell(join_options({**label, **options}, ""), outputs=[output], metadata=metadata)


def _divides(cell: NotebookNode, options: Mapping[str, Any]) -> bool:
    """Whether the cell shows more than one thing, or is labelled for a figure or table that it did not show."""
    told = [_said(output) for output in cell.outputs]
    captions = sum(bool(said.get("caption")) for said in told)
    written = all("text/markdown" in output.get("data", {}) for output in cell.outputs)
    if captions == 0 and told and options.get("label") and not (options.get("fig-cap") or options.get("tbl-cap")):
        return written
    if captions == 1 and written and str(options.get("label", "")).startswith("fig-"):
        return True
    return captions > 1 or (captions == 1 and len(told) > 1) or any(said.get("heading") for said in told)


def _said(output: NotebookNode) -> Mapping[str, Any]:
    said: Mapping[str, Any] = output.get("metadata", {}).get("monitor", {})
    return said
