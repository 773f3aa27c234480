"""What changed and what needs attention, as the home page tells it: numbers of other pages, each leading there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.reporting.tables import escape
from analysis.reporting.text import Wording
from analysis.run.page import PageResult
from analysis.run.plan import Plan
from analysis.run.signatures import Signed

MOST_CHANGES = 5
BRIEF, PACK = "brief", "meeting"
DOUBTFUL = ("no longer supported", "weakened", "cannot tell")
GRAVE = ("red", "amber")
COUNTED = ("late", "quarantined")  # statistics of the brief on what came in
Shown = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """What the home page tells: the pages and what became of them, the ledger, the claims and the signatures."""

    plan: Plan
    results: Sequence[PageResult]
    ledger: pd.DataFrame
    as_of: date
    release: str = "restricted"
    claims: Mapping[str, int] = field(default_factory=dict)  # how many are in each state; never told to the public
    unsupported: bool = False  # whether a claim of an approved recommendation fails; never told to the public
    signed: Sequence[Signed] = ()

    def numbers(self, notebook: str, lang: str) -> list[tuple[str, Shown]]:
        """Address and evidence of every number on the pages of a notebook in a language."""
        return [
            (f"{result.job.name}.html#ev-{one['id']}", one)
            for result in self.results
            if result.job.notebook.stem == notebook and result.job.lang == lang
            for one in result.evidence
        ]


def changed(standing: Standing, catalogue: Catalogue, wording: Wording) -> list[str]:
    """The indicators that the brief leads with: where each stands, how it moved, and whether that is noise."""
    numbers = standing.numbers(BRIEF, wording.lang)
    levels, ranges = _by_series(numbers, "value"), _by_series(numbers, "range")
    lines: list[str] = []
    for series, moved in _by_series(numbers, "round").items():
        if series not in levels or moved[1]["value"] is None or len(lines) == MOST_CHANGES:
            continue
        indicator, geo, _ = series
        change = _linked(moved, wording, signed=True)
        if series in ranges:
            href, one = ranges[series]
            span = wording.bare_span(one["ci_low"], one["ci_high"], one["unit"])
            within = one["ci_low"] <= levels[series][1]["value"] <= one["ci_high"]
            change = wording.say("index.noise" if within else "index.outside", change=change, span=f"[{span}]({href})")
        facts = {
            "indicator": escape(catalogue.indicators[indicator].label[wording.lang]),
            "geo": escape(catalogue.code_lists["geo"].codes[geo].label[wording.lang]),
            "level": _linked(levels[series], wording),
        }
        lines.append("- " + wording.say("index.change", change=change, **facts))
    if not lines:
        return []
    return [f"## {wording.say('index.changed')}", *_judged(numbers, wording), "\n".join(lines)]


def _judged(numbers: Sequence[tuple[str, Shown]], wording: Wording) -> list[str]:
    """How many series were judged, and how many of them moved beyond noise."""
    counts = {one["lineage"]["statistic"]: (href, one) for href, one in numbers}
    facts = {name: counts.get(f"series_{name}") for name in ("judged", "moved")}
    said = {name: _linked(pair, wording) for name, pair in facts.items() if pair is not None}
    return [wording.say("brief.moved", **said)] if len(said) == len(facts) else []


def attention(standing: Standing, wording: Wording) -> list[str]:
    """What a reviewer should look at first: claims that fail, red and amber, then what was late, refused, set aside."""
    lines = [*_claims(standing, wording), *_grave(standing, wording), *_collected(standing, wording)]
    body = "\n".join(f"- {line}" for line in lines)
    return [f"## {wording.say('index.attention')}", body or wording.say("attention.none")]


def _by_series(numbers: Sequence[tuple[str, Shown]], statistic: str) -> dict[tuple[str, str, str], tuple[str, Shown]]:
    """Address and evidence of one statistic, the first of each indicator, place and latest period."""
    found: dict[tuple[str, str, str], tuple[str, Shown]] = {}
    for href, one in numbers:
        lineage = one["lineage"]
        if lineage["statistic"] == statistic:
            series = (lineage.get("indicator", ""), lineage.get("geo", ""), lineage.get("periods", [""])[0])
            found.setdefault(series, (href, one))
    return found


def _linked(pair: tuple[str, Shown], wording: Wording, *, signed: bool = False) -> str:
    """A number that leads to where a page shows it."""
    href, one = pair
    return f"[{wording.quantity(one['value'], one['unit'], signed=signed)}]({href})"


def _claims(standing: Standing, wording: Wording) -> list[str]:
    lines = [wording.say("attention.claims")] if standing.unsupported else []
    doubtful = {state: standing.claims[state] for state in DOUBTFUL if standing.claims.get(state)}
    if doubtful:
        states = ", ".join(f"{wording.code('claimstate', state)} {wording.number(n)}" for state, n in doubtful.items())
        total, href = wording.number(sum(standing.claims.values())), f"brief.{wording.lang}.html"
        lines.append(wording.say("attention.states", total=total, states=states, href=href))
    return lines


def _grave(standing: Standing, wording: Wording) -> list[str]:
    """How many cells of the meeting pack are red and amber."""
    pack = {one["lineage"]["statistic"]: (href, one) for href, one in standing.numbers(PACK, wording.lang)}
    counts = {name: pack[f"cells_{name}"][1]["value"] for name in GRAVE if f"cells_{name}" in pack}
    if not any(counts.values()):
        return []
    said = {name: wording.number(count) for name, count in counts.items()}
    sheet = pack["cells_red"][0].partition("#")[0]  # one page of paper: it has no list of its numbers
    return [wording.say("attention.grave", href=sheet, **said)]


def _collected(standing: Standing, wording: Wording) -> list[str]:
    """What the brief counts of the rounds, and how many submissions were refused."""
    brief = standing.numbers(BRIEF, wording.lang)
    lines: list[str] = []
    for name in COUNTED:
        href, one = next(((href, one) for href, one in brief if one["lineage"]["statistic"] == name), ("", {}))
        if one and one["value"]:
            lines.append(wording.say(f"attention.{name}", count=f"[{wording.number(one['value'])}]({href})"))
    ledger = standing.ledger.drop_duplicates("submission", keep="last")
    rejected = int((ledger["state"] == "rejected").sum())
    if rejected:
        lines.append(wording.say("attention.rejected", count=wording.number(rejected)))
    return lines
