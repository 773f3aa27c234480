"""The linter of notebooks: the Quarto subset that every renderer understands, and how thin a notebook must be."""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator

from nbformat import NotebookNode

from analysis.errors import RenderingFailed
from analysis.reporting.cells import body_cells, front_matter, split_options, tags, text_of
from analysis.reporting.document import PIPE_TABLE

MOST_LINES = 12
KINDS = frozenset({"note", "tip", "warning", "important", "caution"})
_LABEL = re.compile(r"^(?:fig|tbl)-[a-z0-9]+(?:-[a-z0-9]+)*$")
_CODE = re.compile(r"^(```+|~~~+).*?^\1\s*$|(`+)[^`]+\2", re.DOTALL | re.MULTILINE)
_REFERENCE = re.compile(r"(?<![\w.])@((?:fig|tbl|sec)-[\w-]*\w)")
_DEFINED = re.compile(r"\{[^{}\n]*#((?:fig|tbl|sec)-[\w-]*\w)[^{}\n]*\}")
_CALLOUT = re.compile(r"\.callout-([\w-]+)")
_HTML = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?|!DOCTYPE[^<>]*)>")
_ADDRESS = re.compile(r"<(?:https?://|mailto:)[^<>\s]+>")
_BANNED = {
    ast.FunctionDef: "def", ast.AsyncFunctionDef: "def", ast.ClassDef: "class", ast.Try: "try", ast.TryStar: "try",
    ast.Lambda: "lambda",
}  # fmt: skip
_MONITORED = ("fig-cap", "fig-alt", "tbl-cap")


def lint(notebook: NotebookNode, *, told: bool = False) -> list[str]:
    """What is outside the Quarto subset, one line a finding; empty when the notebook is good.

    Parameters
    ----------
    notebook : NotebookNode
        A source, or an executed and composed copy.
    told : bool
        The captions and alt texts come from the outputs (`metadata.monitor`), so a source need not write them.
    """
    found = [] if front_matter(notebook).get("title") else ["front matter: must open the notebook and hold a title"]
    labels: Counter[str] = Counter()
    prose: list[tuple[str, str]] = []
    for number, cell in enumerate(body_cells(notebook), start=1):
        where = f"cell {number}"
        if cell.cell_type == "markdown":
            text = text_of(cell.source)
            bare = _CODE.sub("", text)
            labels.update(_DEFINED.findall(bare))
            prose.append((where, bare))
            found += _lint_markdown(text, bare, where)
        elif cell.cell_type == "code":
            found += _lint_code(cell, where, labels, told)
    found += [f"label {label}: must be unique, not used {count} times" for label, count in labels.items() if count > 1]
    return found + [
        f"{where}: @{label} must lead to a label of this notebook"
        for where, bare in prose
        for label in _REFERENCE.findall(bare)
        if label not in labels
    ]


def lint_thinness(notebook: NotebookNode) -> list[str]:
    """What makes a notebook source more than a page that reads, calls and shows."""
    found = []
    code = [(number, cell) for number, cell in enumerate(body_cells(notebook), start=1) if cell.cell_type == "code"]
    for number, cell in code:
        _, body = split_options(text_of(cell.source))
        lines = len([line for line in body.split("\n") if line.strip()])
        if cell.outputs or cell.execution_count is not None:
            found.append(f"cell {number}: must have no outputs (nbstripout takes them out)")
        if lines > MOST_LINES:
            found.append(f"cell {number}: must have at most {MOST_LINES} lines, not {lines}")
        found += [f"cell {number}: {finding}" for finding in _banned(body)]
    return [*found, *_lint_parameters(notebook)]


def _lint_markdown(text: str, bare: str, where: str) -> Iterator[str]:
    if re.search(r"`\{python\}", text):
        yield f"{where}: inline `{{python}}` must be an output instead"
    if _HTML.search(_ADDRESS.sub("", bare)):
        yield f"{where}: raw HTML must be Markdown"
    if "{{<" in bare:
        yield f"{where}: a Quarto shortcode `{{{{< >}}}}` must be text, for the other renderer has none"
    for kind in _CALLOUT.findall(bare):
        if kind not in KINDS:
            yield f"{where}: callout must be one of {', '.join(sorted(KINDS))}, not {kind}"
    if re.search(r"collapse\s*=\s*[\"']?true", bare):
        yield f"{where}: callout must not collapse"


def _lint_code(cell: NotebookNode, where: str, labels: Counter[str], told: bool) -> Iterator[str]:
    try:
        options, body = split_options(text_of(cell.source), where)
    except RenderingFailed as error:
        yield str(error)
        return
    label = str(options.get("label", ""))
    if label:
        labels[label] += 1
    yield from _lint_label(label, _wanted(cell, body), where)
    if not told:
        for key in _MONITORED:
            if label.startswith(key[:4]) and not options.get(key):
                yield f"{where}: {label} must have {key}"
    for output in cell.outputs:
        if "text/html" in output.get("data", {}) and not _has_plain_form(output):
            yield f"{where}: output must be Markdown, SVG, PNG or text, not HTML"


def _lint_label(label: str, kind: str, where: str) -> Iterator[str]:
    if label and not _LABEL.match(label):
        yield f"{where}: label must look like fig-trend or tbl-regions, not {label}"
    elif kind and not label.startswith(f"{kind}-"):
        yield f"{where}: a {'figure' if kind == 'fig' else 'table'} must have a label {kind}-…"


def _wanted(cell: NotebookNode, body: str) -> str:
    """`fig` or `tbl` when the cell shows a picture or a table: by its outputs, else by what its last line calls."""
    for output in cell.outputs:
        data = output.get("data", {})
        if any(kind.startswith("image/") for kind in data):
            return "fig"
        if PIPE_TABLE.search(text_of(data.get("text/markdown", ""))):
            return "tbl"
    last = body.rstrip().split("\n")[-1]
    return "fig" if last.startswith("charts.") else "tbl" if last.startswith("tables.") else ""


def _has_plain_form(output: NotebookNode) -> bool:
    return "text/markdown" in output.data or any(kind.startswith("image/") for kind in output.data)


def _banned(body: str) -> list[str]:
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in body.split("\n")]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError as error:
        return [f"must be Python: {error.msg}"]
    return sorted(
        {
            f"{word} belongs in the library"
            for node in ast.walk(tree)
            for kind, word in _BANNED.items()
            if isinstance(node, kind)
        }
    )


def _lint_parameters(notebook: NotebookNode) -> Iterator[str]:
    marked = [place for place, cell in enumerate(notebook.cells) if "parameters" in tags(cell)]
    if marked != [1]:
        yield "parameters: must be one cell, the second"
        return
    source = text_of(notebook.cells[1].source)
    commented = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    for statement in ast.parse(source).body:
        name = source.split("\n")[statement.lineno - 1].split(":")[0].split("=")[0].strip()
        if not isinstance(statement, ast.AnnAssign) or statement.value is None:
            yield f"parameters: {name} must be typed and have a default (`name: type = value`)"
        if statement.lineno not in commented:
            yield f"parameters: {name} must be explained by a comment on its line"
