"""What a workbook carries beside its visible cells, read for the privacy gate only: hidden sheets, comments, caches."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from xml.etree import ElementTree

from analysis.submissions.guards import Refusal
from analysis.submissions.sheets import Sheet, hidden_tables

# Parts of Excel's format whose texts stand beside the table. Each text is looked at alone: who wrote a comment, or
# saved the file, is no list of persons.
_TEXTS = re.compile(
    r"xl/(?:comments|threadedcomments/|persons/|drawings/drawing|charts/chart|worksheets/_rels/|workbook\.xml|"
    r"tables/|connections\.xml)"
    r".*|docprops/.*|customxml/.*",
    re.IGNORECASE,
)
# Copies of the records behind a table: judged as columns, like a sheet.
_FIELDS = re.compile(r"xl/pivotcache/pivotcachedefinition.*\.xml", re.IGNORECASE)
_RECORDS = re.compile(r"xl/(?:pivotcache/pivotcacherecords|externallinks/externallink).*\.xml", re.IGNORECASE)
_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml", re.IGNORECASE)
_BESIDE = re.compile(rb"<(?:[a-z]+:)?((?:odd|even|first)(?:Header|Footer)|formula[12])>(.*?)</", re.DOTALL)
_BLOCKS = {"comment", "threadedComment", "sp", "person", "author", "Relationship", "definedName", "annotation"}
_ATTRIBUTES = {
    "v",
    "displayName",
    "userId",
    "Target",
    "title",
    "descr",
    "name",
    "href",
    "condition",
    "value",
    "string-value",
}
_SEARCHED = 20 * 2**20  # bytes
_RUN, _WIDE_RUN = re.compile(rb"[\x20-\x7e]{8,}"), re.compile(rb"(?:[\x20-\x7e]\x00){8,}")
_ODS_TEXTS = {"annotation", "tracked-changes", "content-validation", "a"}


def unseen_sheets(kind: str, content: bytes, *, hidden: bool) -> list[Sheet]:
    """
    Tables of what is in a workbook of this kind (`xlsx` or `ods`) beside its visible cells.

    One per hidden sheet (where there are any), per cached record source, and per text: comments, text boxes, headers
    and footers, hyperlinks, names, document properties. Refusal `STR-04` where a part cannot be read.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            found = list(_open_document(archive) if kind == "ods" else _excel(archive))
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise Refusal("STR-04", kind=kind.upper()) from error
    if hidden:
        found += hidden_tables(content) if kind == "ods" else _hidden_sheets(content)
    return found


def text_lines(content: bytes) -> list[Sheet]:
    """The bytes of a text that is no table, line by line."""
    plain = content.replace(b"\0", b"").decode("utf-8", "replace")
    return [Sheet("", tuple((line,) for line in plain.splitlines()))]


def bare_texts(content: bytes) -> list[Sheet]:
    """The runs of plain text in bytes that must not be opened, as far as they are not compressed or encrypted."""
    found = [run.decode("ascii") for run in _RUN.findall(content[:_SEARCHED])]
    found += [run.decode("utf-16-le") for run in _WIDE_RUN.findall(content[:_SEARCHED])]
    return list(_alone("", found))


def _excel(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    for name in archive.namelist():
        short = name.rpartition("/")[2]
        if _TEXTS.fullmatch(name) and name.casefold().endswith((".xml", ".rels")):
            yield from _alone(short, _blocks(ElementTree.fromstring(archive.read(name)), _BLOCKS))
        elif _FIELDS.fullmatch(name):
            for field in _named(ElementTree.fromstring(archive.read(name)), "cacheField"):
                values = [item.get("v") for item in field.iter() if item.get("v")]
                yield Sheet(short, ((field.get("name"),), *((value,) for value in values)))
        elif _RECORDS.fullmatch(name):
            rows = _named(ElementTree.fromstring(archive.read(name)), "r", "row")
            yield Sheet(short, tuple(tuple(e.get("v") or (e.text or "").strip() for e in row.iter()) for row in rows))
        elif _SHEET.fullmatch(name):
            yield from _alone(short, (m[2].decode("utf-8", "replace") for m in _BESIDE.finditer(archive.read(name))))


def _open_document(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    for name in ("meta.xml", "styles.xml"):
        if name in archive.namelist():
            root = ElementTree.fromstring(archive.read(name))
            yield from _alone(name, ("".join(e.itertext()) for e in root.iter() if not len(e) or _tag(e) == "p"))
    kept = []
    with archive.open("content.xml") as xml:
        for _, element in ElementTree.iterparse(xml):
            if _tag(element) in _ODS_TEXTS:
                kept += list(_blocks(element, {_tag(element)}))
            elif _tag(element) in ("table-row", "table"):
                element.clear()
    yield from _alone("content.xml", kept)


def _blocks(root: ElementTree.Element, tags: set[str]) -> Iterator[str]:
    """The text of each element with one of these tags, or of every single one; and what telling attributes say."""
    blocks = [element for element in root.iter() if _tag(element) in tags]
    yield from ("".join(block.itertext()).strip() for block in blocks)
    if not blocks:
        yield from ((element.text or "").strip() for element in root.iter())
    for element in root.iter():
        yield from (value for key, value in element.attrib.items() if key.rpartition("}")[2] in _ATTRIBUTES)


def _alone(name: str, texts: Iterable[str]) -> Iterator[Sheet]:
    return (Sheet(name, ((text,),)) for text in dict.fromkeys(texts) if text)


def _named(root: ElementTree.Element, *tags: str) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if _tag(element) in tags)


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _hidden_sheets(content: bytes) -> list[Sheet]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state != "visible"]
        for sheet in sheets:
            sheet.reset_dimensions()
        return [Sheet(s.title, tuple(tuple(row) for row in s.iter_rows(values_only=True))) for s in sheets]
    # As for the sheets that are shown: a damaged workbook fails in more ways than can be listed.
    except Exception as error:
        raise Refusal("STR-04", kind="XLSX") from error
