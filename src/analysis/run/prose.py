"""Before anything is built: no sentence that pages will show holds a number that somebody typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.constants import load_constants
from analysis.catalogue.model import LANGUAGES
from analysis.errors import RenderingFailed

if TYPE_CHECKING:
    from analysis.catalogue import Catalogue

MOST_NAMED = 5


def refuse_typed_numbers(catalogue: Catalogue, reports: Path) -> None:
    """Read the catalogue's texts, and what is recommended and decided.

    Raises
    ------
    RenderingFailed
        Naming the texts and the numbers in them.
    """
    from analysis.reporting.typed import lint_texts

    found = [*lint_texts(catalogue.texts, load_constants()), *_advised(catalogue, reports)]
    if found:
        more = [f"and {len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []
        raise RenderingFailed(
            "the sentences of pages", must="free of typed-in numbers", found="; ".join(found[:MOST_NAMED] + more)
        )


def _advised(catalogue: Catalogue, reports: Path) -> Iterator[str]:
    from analysis.catalogue.recommendations import load_decisions, load_recommendations
    from analysis.reporting.typed import typed_in

    recommended = load_recommendations(reports / "recommendations.yml", catalogue).values()
    labels = [(f"recommendation {one.id}", label) for one in recommended for label in (one.title, one.text)]
    decided = load_decisions(reports / "decisions.yml", catalogue).values()
    labels += [(f"decision {one.id}", label) for one in decided for label in (one.title, one.outcome)]
    for what, label in labels:
        for lang in LANGUAGES:
            for number in typed_in(label[lang], lang):
                yield f"{what} in {lang}: the number {number} is typed in; let a claim or a cost show it"
