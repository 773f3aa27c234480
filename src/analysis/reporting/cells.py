"""The cells of a Quarto-subset notebook: front matter, `#|` options, tags, labels."""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml
from nbformat import NotebookNode

from analysis.errors import RenderingFailed

_OPTION = re.compile(r"^#\|\s?(.*)$")
_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*\Z", re.DOTALL)

Options = dict[str, Any]


def split_options(source: str, where: str = "") -> tuple[Options, str]:
    """The `#|` options that open a code cell, and the code below them."""
    lines = source.split("\n")
    count = 0
    while count < len(lines) and _OPTION.match(lines[count]):
        count += 1
    text = "\n".join(line[2:].removeprefix(" ") for line in lines[:count])
    return _mapping(text, where or "cell options"), "\n".join(lines[count:]).strip("\n")


def join_options(options: Mapping[str, Any], code: str) -> str:
    """The source of a code cell that has `options`; values are JSON, which YAML reads."""
    head = [f"#| {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in options.items()]
    return "\n".join([*head, code] if code else head)


def front_matter(notebook: NotebookNode) -> Options:
    """The YAML of the raw cell that opens the notebook; empty when there is none."""
    if not notebook.cells or notebook.cells[0].cell_type != "raw":
        return {}
    found = _FRONT_MATTER.match(notebook.cells[0].source.strip())
    return _mapping(found[1], "front matter") if found else {}


def front_matter_source(options: Mapping[str, Any]) -> str:
    """The source of the raw cell that opens a notebook."""
    body = yaml.safe_dump(dict(options), allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{body}---"


def body_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Every cell but the front matter."""
    return list(notebook.cells[1:] if front_matter(notebook) else notebook.cells)


def tags(cell: NotebookNode) -> frozenset[str]:
    """The tags of a cell."""
    return frozenset(cell.metadata.get("tags", ()))


def text_of(value: str | list[str]) -> str:
    """The text of a notebook field, which the file format may hold as lines."""
    return value if isinstance(value, str) else "".join(value)


def _mapping(text: str, where: str) -> Options:
    try:
        found = yaml.safe_load(text) if text.strip() else {}
    except yaml.YAMLError as error:
        raise RenderingFailed(where, must="YAML", found=text, mend=f"YAML says: {error}") from error
    if not isinstance(found, dict):
        raise RenderingFailed(where, must="YAML of `key: value` lines", found=text)
    return found
