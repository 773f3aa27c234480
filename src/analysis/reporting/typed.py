"""The linter of typed-in numbers: what a notebook says in figures must come from evidence, not from a keyboard."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from nbformat import NotebookNode

from analysis.catalogue.model import LANGUAGES, Label
from analysis.catalogue.number_words import load_number_words
from analysis.errors import RenderingFailed
from analysis.reporting.cells import body_cells, front_matter, split_options, tags, text_of
from analysis.reporting.literals import literals

MENDED = (
    "show it from evidence (page.say, page.record, page.table), or put a constant of the method into catalogue/texts"
)
_MONTHS = (
    "january february march april may june july august september october november december "
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
    "januari februari maart mei juni juli augustus oktober januar februar märz dezember"
).replace(" ", "|")
SPELLED = "in words"  # the entry of constants.yml for numbers that are spelled out
_PEOPLE = (
    r"persons|people|personnes|personen|Personen|Menschen|mensen|places|plaatsen|Plätze|EUR|euros?|€|children|enfants"
    r"|kinderen|Kinder|famil(?:ies|les)|Familien|gezinnen|households|ménages|huishoudens|Haushalte|files|dossiers|Akten"
    r"|women|men|femmes|hommes|vrouwen|mannen|Frauen|Männer"
)
_SHOWN = re.compile(r'\b(?:title|alt|fig-alt|fig-cap|tbl-cap|caption|aria-label)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_CODE = re.compile(r"(`+)([^`]+)\1")
_BARE = re.compile(r"[\d.,\s]+%?\s*")
_ALLOWED = (
    re.compile(r"\]\([^)]*\)|<?\bhttps?://\S+|\{[^{}\n]*\}|<!--.*?-->", re.DOTALL),  # targets, attributes, comments
    re.compile(r"\[?-?@[\w:.-]+(?:,[^\]]*)?\]?|\[\^[^\]]+\]"),  # references, citations, footnotes
    re.compile(
        rf"(?i)\b(?:0?[1-9]|[12]\d|3[01])(?:er|st|nd|rd|th|\.)?\s+(?:{_MONTHS})(?:\s+\d{{4}})?\b|\b(?:{_MONTHS})\s+\d{{4}}\b"
    ),
    re.compile(
        rf"\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b|\b(?:19|20)\d{{2}}\b(?![.,]?\d|\s?%|\s(?:{_PEOPLE}))"
    ),  # ISO dates, years
    re.compile(r"\b(?=[\w/-]*[A-Za-z])(?=[\w/-]*\d)[A-Za-z][\w/-]*\b"),  # ids: EMP01, SHA-256, fig-2
    re.compile(r"^\s*1?\d[.)]\s", re.MULTILINE),  # the numbers of a numbered list
    re.compile(r"\bAR\(\d\)"),  # the name of a model
)
_RAISED = "²³¹⁰-⁹₀-₉"  # behind a letter they name a thing (R², CO₂)
_NUMBER = re.compile(rf"\d[\d.,\u00a0\u202f ]*\d|[\d¼-¾⅐-ↈ①-⒛⓪-⓿❶-➓]|(?<![A-Za-z{_RAISED}])[{_RAISED}]+")
_SPOKEN = ("fig-cap", "fig-alt", "tbl-cap", "fig-subcap")


def lint_numbers(notebook: NotebookNode) -> list[str]:
    """Numbers typed into prose, one line each; empty where there are none.

    Prose is the text of Markdown cells, captions and alternative texts in cell options, title and subtitle, and the
    texts and numbers in code that are more than the choice of what to read (`literals`). Dates, years, ids, references,
    code and list numbers are no findings; shares and amounts in letters are.
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


def typed_in(prose: str, lang: str = "en") -> list[str]:
    """The numbers in `prose` that are no date, id, reference, code or list number, in figures or in letters."""
    prose = unescape(prose)
    spelled = [found[0] for found in load_number_words()[lang].finditer(prose)]
    shown = [said for found in _SHOWN.findall(prose) for said in found if said]  # of attributes, which readers get
    return [*(number for said in (prose, *shown) for number in _figures(said)), *spelled]


def _figures(prose: str) -> list[str]:
    prose = _CODE.sub(lambda code: code[2] if _BARE.fullmatch(code[2]) or "```" in code[1] else " ", prose)
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
        for number in typed_in(label[lang], lang)
        if not _declared(key, number, constants)
    ]


def _declared(key: str, number: str, constants: Mapping[str, Sequence[str]]) -> bool:
    for part in re.split(r", (?=\d)", number):
        starts = constants.get(re.sub(r"\D", "", part) or SPELLED)
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
    yield from literals(tree)


def _line(where: str, number: str) -> str:
    return f"{where}: the number {number} is typed in; {MENDED}"
