"""What a busy official reads first: what is true, what changed, what is only noise, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence
from analysis.reporting.page import Page
from analysis.reporting.sections.monitoring import record_change, record_level, record_range, record_withheld
from analysis.reporting.sections.series import SERIES
from analysis.reporting.tables import escape
from analysis.reporting.text import rows_of

if TYPE_CHECKING:
    import pandas as pd

HEADLINES = 7
MOST_LINES = 6


def latest(watched: pd.DataFrame) -> pd.DataFrame:
    """The row of every series on its last expected date, with `state`: `received`, `withheld` or `missing`."""
    last = watched.sort_values("period").drop_duplicates(SERIES, keep="last").sort_values(["indicator", "geo"])
    return last.assign(state=state_of(last)).reset_index(drop=True)


def state_of(rows: pd.DataFrame) -> pd.Series:
    """`received`, `withheld` or `missing` for each row of a series."""
    state = rows["level"].map(lambda level: "missing" if level != level else "received")
    return state.where(~rows["withheld"].fillna(False).astype(bool), "withheld")


def verdict_of(row: Any) -> str:
    """The code of what a row of `latest` says; the text `verdict.<code>` words it."""
    if row.state != "received":
        return "late" if row.state == "missing" else "withheld"
    if row.mark == "break":
        return "break"
    if row.status in ("too_short", "provisional"):
        return "few"
    if row.status == "running_total":
        return "running"
    return row.news_meaning or ("question" if row.signal else "noise")


def show_headlines(page: Page, watched: pd.DataFrame, standing: pd.DataFrame, region: str) -> None:
    """The figures of the page's own territory, or of the only one there is: level, interval, both changes, verdict."""
    now = latest(watched)
    alone = now.groupby("indicator")["geo"].transform("nunique") == 1
    known = {(row.indicator, row.geo, row.provider): row for row in rows_of(standing)}
    lines, evidence = [], []
    for row in rows_of(now[(now["geo"] == region) | alone].head(HEADLINES)):
        before = known.get((row.indicator, row.geo, row.provider))
        line, shown = _headline(page, row, before)
        lines.append(line)
        evidence += shown
    page.headlines(lines, evidence)


def _headline(page: Page, row: Any, known: Any) -> tuple[tuple[str, str, str], list[Evidence]]:
    """One large figure. A late one is the last known with its own date, and says so; a withheld one is its bounds."""
    names = {"indicator": page.label("indicator", row.indicator), "geo": page.label("geo", row.geo)}
    said, expected = verdict(page, row)
    if row.state == "withheld" or known is None:
        hidden = record_withheld(page, row)
        what = page.wording.say("headline.what", **names, day=page.wording.day(row.period))
        return (page.figure_of(hidden), what, said), [hidden]
    level, last, year = (
        record_level(page, known),
        record_change(page, known, "round"),
        record_change(page, known, "year"),
    )
    what = page.wording.say("headline.what", **names, day=page.wording.day(known.period))
    if level.ci_low is not None:
        what += page.wording.say("headline.span", span=page.span_of(level))
    # The interval of counting may leave out zero where rounds usually differ by more.
    rounds = _moved(page, "headline.round", last, bounds=verdict_of(row) != "noise")
    moved = [*rounds, *_moved(page, "headline.year", year)]
    return (page.figure_of(level), what, "\n".join([*moved, said])), [level, last, year, *expected]


def verdict(page: Page, row: Any) -> tuple[str, list[Evidence]]:
    """What a row of `latest` says, in words; of noise, and of what lies outside it, with the range to be expected."""
    code = verdict_of(row)
    said = page.wording.code("verdict", code)
    outside = row.level < row.lower or row.level > row.upper
    if row.lower != row.lower or not (code == "noise" or outside):
        return said, []
    expected = record_range(page, row)
    return page.wording.say("headline.expected", verdict=said, span=page.bare_span_of(expected)), [expected]


def _moved(page: Page, key: str, one: Evidence, *, bounds: bool = True) -> list[str]:
    """A change, if it is known, and its interval, in as few words as a card has room for."""
    if one.value is None:
        return []
    span = page.wording.bare_span(one.ci_low, one.ci_high, one.unit) if bounds else ""
    figure = page.wording.brief(one.value, one.unit, signed=True)
    return [page.wording.say(key, change=f"{figure} ({span})" if span else figure)]


def show_verdicts(page: Page, watched: pd.DataFrame, standing: pd.DataFrame, region: str, violations: int = 0) -> None:
    """Three short lists: what moved more than noise, what did not, and what nobody knows yet."""
    now = latest(watched)
    over_year, evidence = _over_the_year(page, standing, region)
    changed = _changed(page, now, region) or [page.wording.say("changed.none")]
    page.markdown(_block(page, "label.changed", [*over_year, *changed]), evidence=evidence)
    page.markdown(_block(page, "label.noise", [*_noise(page, now, region), page.wording.say("noise.rate")]))
    lines, evidence = _unknown(page, now)
    if violations:
        lines.append(page.wording.say("unknown.accounts", count=page.wording.number(violations)))
    page.markdown(_block(page, "label.unknown", lines or [page.wording.say("unknown.none")]), evidence=evidence)


def _block(page: Page, key: str, lines: list[str]) -> str:
    return page.wording.say(key) + "\n\n" + "\n".join(f"- {line}" for line in lines)


def _named(page: Page, row: Any) -> dict[str, str]:
    return {
        "indicator": escape(page.label("indicator", row.indicator)),
        "geo": escape(page.label("geo", row.geo)),
    }


def _over_the_year(page: Page, standing: pd.DataFrame, region: str) -> tuple[list[str], list[Evidence]]:
    """The changes since a year before whose interval leaves out nothing at all, as one line."""
    alone = standing.groupby("indicator")["geo"].transform("nunique") == 1
    clear = (standing["year_low"] > 0) | (standing["year_high"] < 0)
    said, evidence = [], []
    for row in rows_of(standing[clear & ((standing["geo"] == region) | alone)].sort_values("indicator")):
        one = record_change(page, row, "year")
        evidence.append(one)
        figure = page.wording.brief(one.value, one.unit, signed=True)
        said.append(f"{escape(page.label('indicator', row.indicator))} {figure}")
    return ([page.wording.say("changed.year", changes=page.wording.listing(said))] if said else []), evidence


def _changed(page: Page, now: pd.DataFrame, region: str) -> list[str]:
    """The page's own territory first; more series than a reader takes in are counted."""
    order = now.assign(own=now["geo"] != region).sort_values(["own", "indicator", "geo"], kind="stable")
    lines = []
    for row in rows_of(order[(order["state"] == "received") & ((order["news"] != "") | (order["mark"] != ""))]):
        if row.news:
            rule = page.wording.say(f"news.{row.news}")
            lines.append(
                page.wording.say(
                    "changed.line",
                    rule=rule,
                    verdict=page.wording.code("verdict", row.news_meaning),
                    **_named(page, row),
                )
            )
        else:
            mark = page.wording.code("mark", row.mark)
            lines.append(
                page.wording.say("changed.mark", mark=mark, day=page.wording.day(row.period), **_named(page, row))
            )
    if len(lines) > MOST_LINES:
        more = page.wording.say("changed.more", count=page.wording.number(len(lines) - MOST_LINES))
        lines = [*lines[:MOST_LINES], more]
    return lines


def _noise(page: Page, now: pd.DataFrame, region: str) -> list[str]:
    """The indicators whose latest value, in the page's own territory, is noise; and those that only look like more."""
    alone = now.groupby("indicator")["geo"].transform("nunique") == 1
    mine = rows_of(now[(now["geo"] == region) | alone])
    lines = []
    for verdict, key in (("noise", "noise.line"), ("question", "noise.question")):
        named = dict.fromkeys(page.label("indicator", row.indicator) for row in mine if verdict_of(row) == verdict)
        if named:
            lines.append(page.wording.say(key, indicators=escape(page.wording.listing(list(named)))))
    return [*lines, page.wording.say("noise.counting")] if lines else [page.wording.say("noise.none")]


def _unknown(page: Page, now: pd.DataFrame) -> tuple[list[str], list[Evidence]]:
    lines, evidence = [], []
    late = now[(now["state"] == "missing") & (now["provider"] != "")]
    came = now[now["state"] != "missing"].set_index(["provider", "indicator", "period"]).index
    partly = late.set_index(["provider", "indicator", "period"]).index.isin(came)
    for (provider, day), part in late[~partly].groupby(["provider", "period"]):
        lines.append(_late(page, "unknown.late", str(provider), day, part))
    for (provider, _, day), part in late[partly].groupby(["provider", "indicator", "period"]):
        lines.append(_late(page, "unknown.places", str(provider), day, part))
    for row in rows_of(now[now["state"] == "withheld"]):
        hidden = record_withheld(page, row, listed=False)
        evidence.append(hidden)
        said = {"span": page.figure_of(hidden), "day": page.wording.day(row.period), **_named(page, row)}
        lines.append(
            page.wording.say("unknown.withheld" if row.least == row.least else "unknown.withheld_here", **said)
        )
    return lines, evidence


def _late(page: Page, key: str, provider: str, day: Any, part: pd.DataFrame) -> str:
    """What a body has not sent of a day; where it sent that of other places, `part` is the places that lack."""
    return page.wording.say(
        key,
        provider=escape(page.label("provider", provider)),
        day=page.wording.day(day),
        indicators=escape(_each(page, "indicator", part["indicator"])),
        places=escape(_each(page, "geo", part["geo"])),
    )


def _each(page: Page, kind: str, codes: pd.Series) -> str:
    return page.wording.listing(list(dict.fromkeys(page.label(kind, code) for code in codes)))
