"""What a rendered page says, whoever rendered it: ids, numbers, alternative texts and tables, without their looks."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

ANCHORED = ("fig-", "tbl-", "sec-", "ev-")
# What frames a page and differs by renderer: menus, title block, colophon, code, formulas, drawings.
FRAME = frozenset({"nav", "header", "footer", "script", "style", "pre", "code", "math", "svg", "button", "head"})
NUMBERING = frozenset({"header-section-number", "toc-section-number"})
VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "source", "wbr"})
INLINE = frozenset({"span", "a", "em", "strong", "sup", "sub"})
NUMBER = re.compile(r"[-+−]?\d+(?:[.,\u202f ]\d+)*%?")


@dataclass
class Facts:
    """The facts of a page; equal for two pages that say the same."""

    ids: set[str] = field(default_factory=set)
    numbers: Counter[str] = field(default_factory=Counter)
    alternatives: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)


def facts_of(page: str) -> Facts:
    """Read the facts of an HTML page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    text = "".join(reader.text)
    reader.facts.numbers = Counter(NUMBER.findall(_plain(text)))
    return reader.facts


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.facts = Facts()
        self.text: list[str] = []
        self.open: list[tuple[str, bool]] = []  # every open element, and whether it hides what is in it
        self.cell: list[str] | None = None

    @property
    def hidden(self) -> bool:
        return any(hides for _, hides in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        hides = tag in FRAME or bool(NUMBERING & set(told.get("class", "").split()))
        if not self.hidden and not hides:
            self._note(tag, told)
        if tag not in VOID:
            self.open.append((tag, hides))
        self._part(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in [name for name, _ in self.open]:
            return
        while self.open.pop()[0] != tag:
            pass
        if tag in ("td", "th") and self.cell is not None and self.facts.tables and self.facts.tables[-1]:
            self.facts.tables[-1][-1].append(_plain("".join(self.cell)))
            self.cell = None
        self._part(tag)

    def handle_data(self, data: str) -> None:
        self._say(data)

    def _note(self, tag: str, told: dict[str, str]) -> None:
        if told.get("id", "").startswith(ANCHORED):
            self.facts.ids.add(told["id"])
        if tag == "img":
            self.facts.alternatives.append(_plain(told.get("alt", "")))
        elif tag == "table":
            self.facts.tables.append([])
        elif tag == "tr" and self.facts.tables:
            self.facts.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = []

    def _part(self, tag: str) -> None:
        """Where a block begins or ends, a number does too."""
        if tag not in INLINE:
            self.text.append(" ¦ ")

    def _say(self, words: str) -> None:
        if not self.hidden:
            self.text.append(words)
            if self.cell is not None:
                self.cell.append(words)


def _plain(text: str) -> str:
    """One kind of space, one at a time; typographic quotes as they are typed."""
    straight = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return re.sub(r"\s+", " ", straight).strip()
