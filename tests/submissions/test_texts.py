"""What a provider reads, in four languages: the same fields to fill in, and nothing left in English."""

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from string import Formatter
from typing import Any

import pytest
import yaml

from analysis.catalogue.model import LANGUAGES
from analysis.submissions.rulebook import load_rulebook
from submissions.sample import CATALOGUE, RULEBOOK

# Words that no French, Dutch or German sentence has.
ENGLISH = re.compile(r"\b(?:the|must|which|this|your|should|nothing|figures|been|without|please|rows?|sheet)\b", re.I)


def labels(name: str, told: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text in four languages below `told`, with the way to it."""
    if isinstance(told, Mapping):
        if set(LANGUAGES) <= told.keys():
            yield name, told
        else:
            for key, value in told.items():
                yield from labels(f"{name}.{key}", value)


def packaged(*way: str) -> Any:
    return yaml.safe_load(resources.files("analysis.submissions").joinpath(*way).read_text(encoding="utf-8"))


BOOK = load_rulebook(RULEBOOK, CATALOGUE)
RULES = [*BOOK.structure.rules.values(), *(rule for flow in CATALOGUE.dataflows for rule in BOOK.rules(flow).values())]
TEXTS: dict[str, Mapping[str, str]] = dict(
    [
        *((f"{rule.id}.{kind}", vars(label)) for rule in RULES for kind, label in
          (("text", rule.text), ("mend", rule.mend))),
        *labels("report", packaged("answers", "report.yml")),
        *labels("answer", packaged("answer.yml")),
        *labels("template", packaged("template.yml")),
        *labels("structure", {"nearest": vars(BOOK.structure.nearest)}),
    ]
)  # fmt: skip


def test_all_rules_and_sentences_are_looked_at() -> None:
    assert len(TEXTS) > 600
    assert {"REG-001.text", "STR-09.mend", "report.next.queries", "answer.counts", "template.burden"} <= TEXTS.keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_fills_in_the_same_fields(lang: str) -> None:
    assert [name for name, text in TEXTS.items() if fields(text[lang]) != fields(text["en"])] == []


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_no_english_is_left(lang: str) -> None:
    assert [(name, text[lang]) for name, text in TEXTS.items() if ENGLISH.search(plain(text[lang]))] == []
    long = [name for name, text in TEXTS.items() if len(text["en"].split()) > 3 and "·" not in text["en"]]
    assert [name for name in long if TEXTS[name][lang] == TEXTS[name]["en"]] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_quotation_marks_are_those_of_the_language(lang: str) -> None:
    strange = {"en": "«»„", "fr": "“”„", "nl": "«»„", "de": "«»”"}[lang]
    assert [name for name, text in TEXTS.items() if set(strange) & set(text[lang])] == []


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def plain(text: str) -> str:
    return re.sub(r"\{\w+\}", "", text)
