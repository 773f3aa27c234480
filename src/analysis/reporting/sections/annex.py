"""Definitions, methods and metadata: what a reader needs in order to judge any number of the report."""

from __future__ import annotations

import pandas as pd

from analysis.catalogue.model import Indicator
from analysis.catalogue.publication import calendar
from analysis.reporting.page import Page
from analysis.trends.completeness import rounds_due
from analysis.trends.punctuality import punctuality

TERMS, METHODS, FACTS = "glossary", "method", "metadata"


def indicators_with_data(page: Page) -> list[Indicator]:
    """The indicators of which something is known on the page's day, in the catalogue's order."""
    known = set(page.store.observations(page.as_of)["indicator"])
    return [one for one in page.catalogue.indicators.values() if one.id in known]


def show_definitions(page: Page, indicators: list[Indicator]) -> None:
    """What each indicator counts, of what, in which unit, and who sends it."""
    rows = [
        {
            "id": one.id,
            "indicator": one.label[page.lang],
            "numerator": page.catalogue.definitions[one.id].value[page.lang],
            "denominator": of[page.lang] if (of := page.catalogue.definitions[one.id].of) else "",
            "unit": page.wording.unit(one.unit),
            "source_body": page.wording.bodies(one.source_body),
        }
        for one in indicators
    ]
    formats = dict.fromkeys(("id", "indicator", "numerator", "denominator", "unit", "source_body"), "text")
    page.table(pd.DataFrame(rows, columns=list(formats)), page.wording.say("caption.definitions"), formats)


def show_terms(page: Page, group: str) -> None:
    """A definition list of the catalogue's texts `<group>.<number>.term` and `.text`."""
    keys = sorted({key.rsplit(".", 1)[0] for key in page.catalogue.texts if key.startswith(f"{group}.")})
    lines = [f"- **{page.wording.say(f'{key}.term')}**: {page.wording.say(f'{key}.text')}" for key in keys]
    page.markdown("\n".join(lines))


def show_metadata(page: Page) -> None:
    """The metadata of the publication: source, completeness, accuracy, and so on to the next release."""
    keys = [
        key.rsplit(".", 1)[0] for key in page.catalogue.texts if key.startswith(f"{FACTS}.") and key.endswith(".term")
    ]
    rows = [(page.wording.say(f"{key}.term"), page.wording.say(f"{key}.text", **_facts(page, key))) for key in keys]
    frame = pd.DataFrame(rows, columns=["fact", "content"])
    page.table(frame, page.wording.say("caption.metadata"), {"fact": "text", "content": "text"})


def show_calendar(page: Page) -> None:
    """The next collection dates, when they are due, and when they are published."""
    planned = calendar(page.catalogue.publication, page.catalogue.rounds, page.as_of)
    frame = pd.DataFrame([(one.collected, one.due, one.published) for one in planned])
    frame.columns = ["collected", "due", "published"]
    page.table(frame, page.wording.say("caption.calendar"), dict.fromkeys(frame.columns, "day"))


def _facts(page: Page, key: str) -> dict[str, str]:
    """The fields of one line of the metadata; only a line that is computed has any."""
    kind, publication, rounds = key.partition(".")[2], page.catalogue.publication, page.catalogue.rounds
    if kind == "completeness":
        complete = punctuality(page.store.submissions(), rounds_due(rounds, page.as_of))
        counts = {name: page.wording.number(float(complete[name].sum())) for name in ("reported", "expected", "late")}
        return counts
    if kind == "disclosure":
        threshold = page.catalogue.disclosure.thresholds["default"]
        return {"smallest": page.wording.number(threshold.smallest), "largest": page.wording.number(threshold.largest)}
    planned = calendar(publication, rounds, page.as_of)[0]
    return {
        "frequency": {"days": page.wording.number(rounds.every_days)},
        "contact": {"contact": publication.contact},
        "reviewer": {"name": publication.reviewer[page.lang]},
        "approver": {"name": publication.approver[page.lang]},
        "next": {"day": page.wording.day(planned.published)},
    }.get(kind, {})
