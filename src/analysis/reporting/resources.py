"""Finds what a page would load from elsewhere, so that a page stands alone in a mail or an archive."""

import base64
import re
from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes

_LOADING = {
    ("link", "href"), ("use", "href"), ("use", "xlink:href"), ("image", "href"), ("image", "xlink:href"),
    ("object", "data"), ("video", "poster"), ("body", "background"), ("feimage", "href"), ("feimage", "xlink:href"),
}  # fmt: skip
_SILENT_LINKS = frozenset({"alternate", "canonical", "author", "license", "next", "prev", "help", "me"})
_IN_STYLE = re.compile(r"""url\(\s*["']?([^"')\s]+)|@import\s+["']([^"']+)""")


def external_resources(html: str) -> list[str]:
    """Every address that `html` would load: scripts, styles, pictures, fonts, frames; also inside inline SVG.

    Links that a reader may follow (`<a href>`) and fragments (`#id`) are no resources. Data URIs are looked into.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        values = {name: value or "" for name, value in attrs}
        silent = tag == "link" and set(values.get("rel", "").split()) <= _SILENT_LINKS
        for name, value in values.items():
            if name == "srcset":
                self._note(*(part.split()[0] for part in value.split(",") if part.strip()))
            elif name == "style" or (name in {"fill", "clip-path", "filter", "mask"} and "url(" in value):
                self._read_style(value)
            elif name == "src" or ((tag, name) in _LOADING and not silent):
                self._note(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._style = False

    def handle_data(self, data: str) -> None:
        if self._style:
            self._read_style(data)

    def _read_style(self, css: str) -> None:
        self._note(*(first or second for first, second in _IN_STYLE.findall(css)))

    def _note(self, *addresses: str) -> None:
        for address in map(str.strip, addresses):
            if address.startswith("data:image/svg+xml"):
                self.found += external_resources(_svg_text(address))
            elif address and not address.startswith(("data:", "#")):
                self.found.append(address)


def _svg_text(address: str) -> str:
    head, _, body = address.partition(",")
    raw = base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    return raw.decode("utf-8", errors="replace")
