"""The sentences of an answer, by key and language."""

from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from analysis.catalogue.model import LANGUAGES, Label


def label(*keys: str) -> Label:
    """The text under `keys` in the four languages."""
    entry: Any = _texts()
    for key in keys:
        entry = entry[key]
    return Label(**{lang: str(entry[lang]) for lang in LANGUAGES})


def say(lang: str, *keys: str, **values: object) -> str:
    """The text under `keys` in `lang`, its `{name}` fields filled in."""
    return label(*keys)[lang].format(**values)


def day(lang: str, when: date) -> str:
    """A date as the language writes it, with the name of the month, so that nobody takes a day for a month."""
    number = say(lang, "first") if when.day == 1 else when.day
    return say(lang, "day", day=number, month=say(lang, "months").split()[when.month - 1], year=when.year)


def resource(name: str) -> str:
    """A file of this package as text."""
    return resources.files("analysis.submissions.answers").joinpath(name).read_text(encoding="utf-8")


@cache
def _texts() -> dict[str, Any]:
    return dict(yaml.safe_load(resource("report.yml")))
