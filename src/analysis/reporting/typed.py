"""The linter of typed-in numbers: what a notebook says in figures must come from evidence, not from a keyboard."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from nbformat import NotebookNode

from analysis.catalogue.model import LANGUAGES, Label
from analysis.errors import RenderingFailed
from analysis.reporting.cells import body_cells, front_matter, split_options, tags, text_of

MENDED = (
    "show it from evidence (page.say, page.record, page.table), or put a constant of the method into catalogue/texts"
)
_MONTHS = (
    "january february march april may june july august september october november december "
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
    "januari februari maart mei juni juli augustus oktober januar februar märz dezember"
).replace(" ", "|")
_ALLOWED = (
    re.compile(r"^(```+|~~~+).*?^\1\s*$|(`+)[^`]+\2", re.DOTALL | re.MULTILINE),  # code
    re.compile(r"\]\([^)]*\)|<?\bhttps?://\S+|\{[^{}\n]*\}|<!--.*?-->", re.DOTALL),  # targets, attributes, comments
    re.compile(r"\[?-?@[\w:.-]+(?:,[^\]]*)?\]?|\[\^[^\]]+\]"),  # references, citations, footnotes
    re.compile(rf"(?i)\b\d{{1,2}}(?:er|st|nd|rd|th|\.)?\s+(?:{_MONTHS})(?:\s+\d{{4}})?\b|\b(?:{_MONTHS})\s+\d{{4}}\b"),
    re.compile(r"\b\d{4}-\d{2}(?:-\d{2})?\b|\b(?:19|20)\d{2}\b(?![.,]?\d|\s?%)"),  # ISO dates, years
    re.compile(r"\b(?=[\w/-]*[A-Za-z])(?=[\w/-]*\d)[A-Za-z][\w/-]*\b"),  # ids: EMP01, SHA-256, fig-2
    re.compile(r"^\s*\d+[.)]\s", re.MULTILINE),  # the numbers of a numbered list
    re.compile(r"\bAR\(\d\)"),  # the name of a model
)
_NUMBER = re.compile(r"\d[\d.,\u00a0\u202f ]*\d|\d")
_SPOKEN = ("fig-cap", "fig-alt", "tbl-cap", "fig-subcap")


def lint_numbers(notebook: NotebookNode) -> list[str]:
    """Numbers typed into prose, one line each; empty where there are none.

    Prose is the text of Markdown cells, captions and alternative texts in cell options, title and subtitle, and
    sentences in code (a text of several words). Dates, years, ids, references, code and list numbers are no findings.
    """
    front = front_matter(notebook)
    found = [
        _line("front matter", number)
        for key in ("title", "subtitle", "description")
        for number in typed_in(str(front.get(key, "")))
    ]
    for place, cell in enumerate(body_cells(notebook), start=1):
        text = text_of(cell.source)
        prose = [text] if cell.cell_type == "markdown" else list(_sentences(text)) if _shown(cell) else []
        found += [_line(f"cell {place}", number) for said in prose for number in typed_in(said)]
    return found


def typed_in(prose: str) -> list[str]:
    """The numbers in `prose` that are no date, id, reference, code or list number."""
    for allowed in _ALLOWED:
        prose = allowed.sub(" ", prose)
    return [found.strip() for found in _NUMBER.findall(prose)]


def lint_texts(texts: Mapping[str, Label], constants: Mapping[str, Sequence[str]]) -> list[str]:
    """Numbers typed into sentences of the catalogue, one line each; empty where there are none.

    Parameters
    ----------
    constants : number as it is typed in English -> the beginnings of the keys of texts that may hold it; none: all
        may (`catalogue/constants.yml`).
    """
    return [
        f"text {key} in {lang}: the number {number} is typed in; make it a {{field}}, or declare it in constants.yml"
        for key, label in texts.items()
        for lang in LANGUAGES
        for number in typed_in(label[lang])
        if not _declared(key, number, constants)
    ]


def _declared(key: str, number: str, constants: Mapping[str, Sequence[str]]) -> bool:
    for part in re.split(r", (?=\d)", number):
        starts = constants.get(re.sub(r"\D", "", part))
        if starts is None or not (not starts or key.startswith(tuple(starts))):
            return False
    return True


def _shown(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and not tags(cell) & {"parameters", "injected-parameters", "remove-cell"}


def _sentences(source: str) -> Iterator[str]:
    try:
        options, code = split_options(source)
        tree = ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in code.split("\n")))
    except (RenderingFailed, SyntaxError):
        return  # the linter of the subset says so
    yield from (str(options[key]) for key in _SPOKEN if options.get(key))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value.split()) > 1:
            yield node.value


def _line(where: str, number: str) -> str:
    return f"{where}: the number {number} is typed in; {MENDED}"
