"""The sign-off register: who read which page of which release, what they said, and whether it has changed since."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import UsageError
from analysis.store import write_atomically

FILE = "signatures.yml"
HEAD = "# Who signed which page and what was remarked: `monitor sign` writes this file; it belongs to the repository.\n"
_MAIN = re.compile(r"(?s)<main.*?</main>")
_LINEAGE = re.compile(r' data-evidence="[^"]*"| href="#[^"]*"')


@dataclass(frozen=True)
class Entry:
    """One signature, or one remark (with a `remark`), on a page as it was; `pages` are hashes of it by language."""

    number: int
    page: str
    by: str
    on: date
    as_of: date
    pages: Mapping[str, str]
    role: str = ""
    remark: str = ""
    closed_by: str = ""
    closed_on: date | None = None
    answer: str = ""

    @property
    def open(self) -> bool:
        """Whether it is a remark that nobody has closed."""
        return bool(self.remark) and not self.closed_by


@dataclass(frozen=True)
class Signed:
    """An entry, and whether the page in the site still is what was read."""

    entry: Entry
    current: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = {name: str(value) if isinstance(value, date) else value for name, value in asdict(self.entry).items()}
        return told | {"pages": dict(self.entry.pages), "open": self.entry.open, "unchanged": self.current}


def read_register(reports: Path) -> list[Entry]:
    """The register beside the report's sources, oldest first.

    Raises
    ------
    UsageError
        The file is not a list of entries as `monitor sign` writes them.
    """
    path = reports / FILE
    if not path.is_file():
        return []
    try:
        return [Entry(**entry) for entry in yaml.safe_load(path.read_text("utf-8")) or []]
    except (yaml.YAMLError, TypeError) as error:
        mend = "Take back what was changed by hand."
        raise UsageError("the register", must="entries of `monitor sign`", where=str(path), mend=mend) from error


def sign(
    reports: Path, site: Path, pages: Sequence[str], by: str, role: str, on: date, remark: str = ""
) -> list[Entry]:
    """Add a signature on each page, or a remark where there is one, and keep the register.

    Whoever signed a page that is still what it was has signed it: their entry is returned, and no second one is made.

    Raises
    ------
    UsageError
        A page that the site does not have, or nobody's name.
    """
    by, role, remark = (" ".join(said.split()) for said in (by, role, remark))  # one line each in every list
    if not by:
        raise UsageError("--by", must="the name of who signs", found=by)
    kept, shown = read_register(reports), fingerprints(site)
    as_of = date.fromisoformat(_run(site)["parameters"]["as_of"])
    for page in pages:
        if page not in shown:
            raise UsageError("a page", must="one of " + ", ".join(sorted(shown)), found=page, where=str(site))
    first = max((entry.number for entry in kept), default=0) + 1
    entries: list[Entry] = []
    for page in dict.fromkeys(pages):
        made = Entry(first, page, by, on, as_of, shown[page], role, remark)
        before = None if remark else next((one for one in kept if _same(one, made)), None)
        entries.append(before or made)
        first += before is None
    _keep(reports, [*kept, *(one for one in entries if one not in kept)])
    return entries


def _same(one: Entry, other: Entry) -> bool:
    """Whether both are the signature of one reader under the same page."""
    return not one.remark and all(
        getattr(one, name) == getattr(other, name) for name in ("page", "by", "role", "pages")
    )


def close(reports: Path, number: int, by: str, on: date, answer: str = "") -> Entry:
    """Close a remark.

    Raises
    ------
    UsageError
        There is no open remark of that number, or nobody's name.
    """
    if not by.strip():
        raise UsageError("--by", must="the name of who closes it", found=by)
    kept = read_register(reports)
    for place, entry in enumerate(kept):
        if entry.number == number and entry.open:
            kept[place] = replace(entry, closed_by=by.strip(), closed_on=on, answer=answer)
            _keep(reports, kept)
            return kept[place]
    numbers = [entry.number for entry in kept if entry.open]
    raise UsageError("--close", must=f"the number of an open remark, of {numbers}", found=number)


def standing(reports: Path, site: Path) -> list[Signed]:
    """Every entry of the register, held against the pages of a site."""
    shown = fingerprints(site)
    return [Signed(entry, _unchanged(entry.pages, shown.get(entry.page, {}))) for entry in read_register(reports)]


def fingerprints(site: Path) -> dict[str, dict[str, str]]:
    """Page -> language -> SHA-256 of what its reader sees between the menus."""
    found: dict[str, dict[str, str]] = {}
    for page in _run(site)["pages"]:
        for name in page["files"]:
            if name.endswith(".html"):
                found.setdefault(page["page"], {})[page["lang"]] = _fingerprint(site / name)
    return found


def _unchanged(read: Mapping[str, str], now: Mapping[str, str]) -> bool:
    shared = read.keys() & now.keys()
    return bool(shared) and all(read[lang] == now[lang] for lang in shared)


def _fingerprint(page: Path) -> str:
    found = _MAIN.search(page.read_text("utf-8"))
    return hashlib.sha256(_LINEAGE.sub("", found[0] if found else "").encode()).hexdigest()


def _run(site: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((site / "run.json").read_text("utf-8")))
    except (OSError, ValueError) as error:
        mend = "Run `monitor run` first, or name the site with --out."
        raise UsageError("a site", must="built by `monitor run`", found=str(site), mend=mend) from error


def _keep(reports: Path, entries: Sequence[Entry]) -> None:
    plain = [{name: value for name, value in asdict(entry).items() if value not in ("", None)} for entry in entries]
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=120)
    write_atomically(reports / FILE, (HEAD + text).encode())
