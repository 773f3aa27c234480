"""Puts the static Markdown of a notebook into the page's language, block by block."""

import re
from collections.abc import Mapping

from analysis.catalogue.model import Label

_HEADING = re.compile(r"^(#{1,6}\s+)(.*?)(\s*\{[^{}]*\})?\s*$")
_ITEM = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s+)(.*)$")
_CALLOUT_TITLE = re.compile(r'(title=")((?:[^"\\]|\\.)*)(")')
_UNTOUCHED = re.compile(r"^\s*(?:\||:::|\$\$|<!--|!\[|\[\^|---\s*$)")
_FENCE = re.compile(r"^\s*(```+|~~~+|\$\$\s*$)")
_NO_WORDS = re.compile(r"\[?-?@[\w:.-]+\]?|\W|\d", re.UNICODE)


class Translator:
    """Translates to one language and remembers what it could not."""

    def __init__(self, lang: str, texts: Mapping[str, Label]) -> None:
        self._lang = lang
        self._known = {_squeezed(label.en): label for label in texts.values()} | dict(texts)
        self._missing: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line a text without translation, in the order of the page."""
        return tuple(f"No text in {self._lang} for “{text}”" for text in self._missing)

    def line(self, text: str) -> str:
        """One heading, caption or paragraph; the English when there is no translation."""
        key = _squeezed(text)
        if label := self._known.get(key):
            return label[self._lang]
        if self._lang != "en" and _NO_WORDS.sub("", key):
            self._missing[key] = None
        return text

    def markdown(self, source: str) -> str:
        """Headings, paragraphs, list items and callout titles; code, formulas and tables stay as they are."""
        out: list[str] = []
        paragraph: list[str] = []
        fence = ""
        for line in source.split("\n"):
            opening = _FENCE.match(line)
            if fence or opening or not line.strip() or _HEADING.match(line) or _UNTOUCHED.match(line):
                self._close(paragraph, out)
                out.append(line if fence or opening else self._one(line))
                fence = _next_fence(fence, opening)
                continue
            if _ITEM.match(line):
                self._close(paragraph, out)
            paragraph.append(line)
        self._close(paragraph, out)
        return "\n".join(out)

    def _close(self, paragraph: list[str], out: list[str]) -> None:
        if paragraph:
            out.append(self._paragraph(paragraph))
            paragraph.clear()

    def _one(self, line: str) -> str:
        if heading := _HEADING.match(line):
            return f"{heading[1]}{self.line(heading[2])}{heading[3] or ''}"
        if line.lstrip().startswith(":::"):
            return _CALLOUT_TITLE.sub(lambda found: found[1] + self._quoted(found[2]) + found[3], line)
        return line

    def _quoted(self, text: str) -> str:
        plain = text.replace('\\"', '"').replace("\\\\", "\\")
        return self.line(plain).replace("\\", "\\\\").replace('"', '\\"')

    def _paragraph(self, lines: list[str]) -> str:
        item = _ITEM.match(lines[0])
        mark, first = (item[1], item[2]) if item else ("", lines[0])
        text = "\n".join([first, *lines[1:]])
        return mark + self.line(text)


def _next_fence(fence: str, opening: re.Match[str] | None) -> str:
    if not opening:
        return fence
    mark = opening[1].strip()
    if not fence:
        return mark
    return "" if mark.startswith(fence) else fence


def _squeezed(text: str) -> str:
    return " ".join(text.split())
