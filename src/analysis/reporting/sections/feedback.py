"""Feedback and change log: what readers said and what became of it, how communities judge that, what changed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.catalogue.feedback import Evaluation, Exchange, Item, ReleaseNote, load_exchange
from analysis.evidence.protected import PUBLIC
from analysis.reporting.page import Page

CHANGES = ("data", "rulebook", "method")


def open_exchange(page: Page, reports: Path) -> Exchange:
    """What was known of feedback and releases on the page's day."""
    return load_exchange(reports, page.catalogue, page.as_of)


def show_standing(page: Page, exchange: Exchange) -> None:
    """Release by release: how many remarks came, were settled, and stayed open."""
    rows = [(_named(page, one), *exchange.standing(one)) for one in exchange.releases]
    frame = pd.DataFrame(rows, columns=["release", "new", "closed", "open"])
    formats = {"release": "text", "new": "number", "closed": "number", "open": "number"}
    page.table(frame, page.wording.say("caption.feedback_standing"), formats, _heads(page, formats))


def show_items(page: Page, exchange: Exchange) -> None:
    """Every remark with its answer, newest first; to the public only those cleared for it, and how many are not."""
    shown = [one for one in exchange.items if one.public or page.release != PUBLIC]
    kept = len(exchange.items) - len(shown)
    if kept:
        page.say("feedback.kept", count=page.wording.number(kept))
    frame = pd.DataFrame([_row(page, exchange, one) for one in shown])
    formats = {"received": "day", "page": "text", "sender": "text", "remark": "text", "state": "text", "answer": "text"}
    page.table(frame, page.wording.say("caption.feedback"), formats, _heads(page, formats))


def show_evaluations(page: Page, exchange: Exchange) -> None:
    """How communities judge the mechanisms: each evaluation with its questions, verdicts and words."""
    shown = [one for one in exchange.evaluations if one.public or page.release != PUBLIC]
    if not shown:
        page.say("feedback.no_evaluation")
        return
    frame = pd.DataFrame([row for one in shown for row in _judged(page, one)])
    formats = {"held": "day", "by": "text", "question": "text", "verdict": "text", "words": "text"}
    page.table(frame, page.wording.say("caption.evaluations"), formats, _heads(page, formats))


def show_releases(page: Page, exchange: Exchange) -> None:
    """What changed with each release, in data, rulebook and method; newest first."""
    rows = [
        {
            "release": _named(page, one),
            **{name: text[page.lang] if (text := getattr(one, name)) else "" for name in CHANGES},
        }
        for one in exchange.releases
    ]
    formats = dict.fromkeys(("release", *CHANGES), "text")
    page.table(pd.DataFrame(rows), page.wording.say("caption.releases"), formats, _heads(page, formats))


def _row(page: Page, exchange: Exchange, item: Item) -> dict[str, object]:
    closing = exchange.closing(item)
    closed = closing is not None
    return {
        "received": item.received,
        "page": page.catalogue.pages[item.page].title[page.lang],
        "sender": item.sender[page.lang],
        "remark": item.text[page.lang],
        "state": page.wording.say("feedback.closed", release=closing.id)
        if closing
        else page.wording.say("feedback.open"),
        "answer": item.answer[page.lang] if item.answer and (closed or not item.closed_in) else "",
    }


def _judged(page: Page, one: Evaluation) -> list[dict[str, object]]:
    return [
        {
            "held": one.held,
            "by": f"{one.by[page.lang]}: {one.mechanism[page.lang]}",
            "question": question[page.lang],
            "verdict": page.wording.code("feedback.verdict", verdict),
            "words": words[page.lang],
        }
        for question, verdict, words in one.answers
    ]


def _named(page: Page, release: ReleaseNote) -> str:
    return page.wording.say("feedback.release", id=release.id, day=page.wording.day(release.published, "medium"))


def _heads(page: Page, formats: dict[str, str]) -> dict[str, str]:
    return {column: page.wording.say(f"feedback.head.{column}") for column in formats}
