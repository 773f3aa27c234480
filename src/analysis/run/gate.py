"""The gate before a public release: it closes when any byte of the site holds what the rules withhold."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue import Catalogue
from analysis.errors import DisclosureClosed
from analysis.run.manifest import Outcome

if TYPE_CHECKING:
    from analysis.disclosure import Needle
    from analysis.run.report import Request
    from analysis.store import Store

MOST_NAMED = 5


def without_text(outcome: Outcome) -> Outcome:
    """The outcome as a public manifest may tell it: no claim, no reason, no file name."""
    return replace(outcome, claims={}, unsupported=(), rejected=())


def close_on_leaks(site: Path, store: Store, catalogue: Catalogue, request: Request, reports: Path) -> None:
    """Search every file of the finished `site`, and remove it where something got out.

    Raises
    ------
    DisclosureClosed
        Naming what was found and where, never the withheld value itself.
    """
    found = told(site, store, catalogue, reports)
    if found:
        shutil.rmtree(site)
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        raise DisclosureClosed(
            "a public release", must="free of what the disclosure rules withhold",
            where="; ".join(found[:MOST_NAMED]) + more,
            mend="Take it out of the page, or clear the text in catalogue/disclosure.yml; nothing was published.",
        )  # fmt: skip


def told(site: Path, store: Store, catalogue: Catalogue, reports: Path) -> list[str]:
    """One line for each thing that a built public `site` holds and must not, never with its value."""
    from analysis.disclosure import cells_told, leaks
    from analysis.evidence.protected import forbidden, withheld_cells

    units = {name: indicator.unit for name, indicator in catalogue.indicators.items()}
    cells = withheld_cells(store, catalogue.disclosure, units)
    wanted = [
        *forbidden(store, catalogue.disclosure, cells),
        *_recommended(reports, catalogue),
        *_remarked(reports, catalogue),
    ]
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    return [*leaks(files, wanted), *cells_told(json.loads(files["evidence.json"]).values(), cells)]


def _recommended(reports: Path, catalogue: Catalogue) -> Iterator[Needle]:
    """The texts of the recommendations, which only government and reviewers may read."""
    from analysis.catalogue.model import LANGUAGES
    from analysis.catalogue.recommendations import load_recommendations
    from analysis.disclosure import Needle

    for one in load_recommendations(reports / "recommendations.yml", catalogue).values():
        for lang in LANGUAGES:
            yield Needle(one.title[lang], f"title of the recommendation {one.id}")
            yield Needle(one.text[lang], f"text of the recommendation {one.id}")


def _remarked(reports: Path, catalogue: Catalogue) -> Iterator[Needle]:
    """The words of feedback and evaluations whose senders did not agree to publication."""
    from analysis.catalogue.feedback import load_exchange, unpublished
    from analysis.catalogue.model import LANGUAGES
    from analysis.disclosure import Needle

    for what, words in unpublished(load_exchange(reports, catalogue)):
        yield from (Needle(words[lang], what) for lang in LANGUAGES)
