"""Re-check a built site as a stranger would find it: what it promises, links to, loads, and says of its language."""

import json
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from analysis.errors import UsageError
from analysis.reporting.links import ANCHOR
from analysis.reporting.resources import external_resources


class _Outline(HTMLParser):
    """The parts of a page that can be checked without a browser."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.headings: list[int] = []
        self.lang = ""
        self.titled = False
        self.blind_images = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids[values["id"]] += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "html":
            self.lang = values.get("lang", "")
        if tag == "title":
            self.titled = True
        if tag == "img" and not values.get("alt"):
            self.blind_images += 1
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))


def verify_site(site: Path, release: str = "") -> list[str]:
    """What does not hold on the site, one line each; empty where every check passed.

    Parameters
    ----------
    release : what the site must be, `restricted` or `public`; nothing: what it says it is.

    Raises
    ------
    UsageError
        Where `site` holds no built report.
    """
    record = site / "run.json"
    if not record.is_file():
        raise UsageError("a built report", must="a folder with run.json", found=str(site), mend="Run `monitor run`.")
    said = json.loads(record.read_text(encoding="utf-8"))
    pages = sorted(site.glob("*.html"))
    outlines = {page.name: _outline(page) for page in pages}
    findings = [f"{name}: promised by run.json, not there" for name in _promised(said) if not (site / name).is_file()]
    findings += [finding for page in pages for finding in _findings(page, outlines)]
    findings += [f"{page['page']}.{page['lang']}: failed: {page['error']}" for page in said["pages"] if page["error"]]
    return [*_wrong_release(said, release), *findings, *_untraceable(site, outlines)]


def release_of(site: Path) -> str:
    """Which release a built site says it is."""
    return str(json.loads((site / "run.json").read_text("utf-8")).get("parameters", {}).get("release", ""))


def _wrong_release(said: Mapping[str, Any], release: str) -> list[str]:
    own = said.get("parameters", {}).get("release", "")
    return [f"run.json: a {own or 'nameless'} release, not a {release} one"] if release and own != release else []


def _untraceable(site: Path, outlines: Mapping[str, _Outline]) -> list[str]:
    """Numbers that a page lists and `monitor trace` would not know."""
    file = site / "evidence.json"
    known = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    listed = [
        (page, name.removeprefix(ANCHOR))
        for page, one in outlines.items()
        for name in one.ids
        if name.startswith(ANCHOR)
    ]
    return [f"{page}: the number {name} has no lineage in evidence.json" for page, name in listed if name not in known]


def _promised(said: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return ["index.html", "evidence.json"] + [name for page in said["pages"] for name in page["files"]]


def _outline(page: Path) -> _Outline:
    outline = _Outline()
    outline.feed(page.read_text(encoding="utf-8"))
    return outline


def _findings(page: Path, outlines: dict[str, _Outline]) -> list[str]:
    own = outlines[page.name]
    findings = [f"loads {url} from outside" for url in external_resources(page.read_text(encoding="utf-8"))]
    findings += [f"the id {name} stands {n} times" for name, n in own.ids.items() if n > 1]
    findings += [] if own.lang else ["no language"]
    findings += [] if own.titled else ["no title"]
    findings += [f"{own.blind_images} pictures without a text"] if own.blind_images else []
    findings += [] if own.headings[:1] == [1] else ["does not begin with a first-level heading"]
    jumps = [(a, b) for a, b in zip(own.headings, own.headings[1:], strict=False) if b > a + 1]
    findings += [f"a heading of level {b} follows one of level {a}" for a, b in jumps]
    findings += [f"dead link {link}" for link in own.links if not _leads_somewhere(link, page, outlines)]
    return [f"{page.name}: {finding}" for finding in findings]


def _leads_somewhere(link: str, page: Path, outlines: dict[str, _Outline]) -> bool:
    target = urlsplit(link)
    if target.scheme or target.netloc:
        return target.scheme in {"http", "https", "mailto"}
    name = unquote(target.path) or page.name
    if name not in outlines:
        return (page.parent / name).is_file()
    return not target.fragment or unquote(target.fragment) in outlines[name].ids
