"""How good the data are: scorecards of providers, late and refused files, gaps, revisions, known biases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.scores import alt_courses, alt_forest, forest_chart, share_courses
from analysis.reporting.sections.answers import reason_of
from analysis.reporting.sections.collection import late_files
from analysis.reporting.text import rows_of
from analysis.submissions.scorecard import DAYS, SHARES

if TYPE_CHECKING:
    import pandas as pd

COURSES = ("on_time", "passed")
_REVISED = {"figures": "figure_count", "revised": "figures_revised"}
LARGEST = 40  # revisions listed one by one; the summary has all


def known_ledger(page: Page) -> pd.DataFrame:
    """All submissions as known on the page's day."""
    import pandas as pd

    ledger = page.store.submissions()
    return ledger[ledger["received_at"] <= pd.Timestamp(page.as_of)].reset_index(drop=True)


def with_calendar(ledger: pd.DataFrame) -> pd.DataFrame:
    """Submissions of the dataflows that have rounds, and so due dates."""
    flows = set(ledger.loc[ledger["days_late"].notna(), "dataflow"])
    return ledger[ledger["dataflow"].isin(flows)].reset_index(drop=True)


def show_lead(page: Page, ledger: pd.DataFrame) -> None:
    """What the page counts, in a sentence."""
    late = int(late_files(ledger).sum())
    rejected = int((ledger["state"] == "rejected").sum())
    counted = {"submissions": len(ledger), "late": late, "rejected": rejected}
    said: dict[str, Evidence | str] = {
        name: page.record(value, Lineage(name), unit="submissions") for name, value in counted.items()
    }
    page.say("quality.lead", ("late", "rejected"), day=page.wording.day(page.as_of), **said)


def show_scores(page: Page, card: pd.DataFrame) -> None:
    """Shares of each provider over all rounds: a chart, then the same numbers."""
    shares = _percent(page, card[(card["window"] == "") & card["quantity"].isin(SHARES)])
    title = page.wording.say("caption.scores")
    units = dict.fromkeys(shares["panel"], "%")
    page.figure(
        forest_chart(shares, page.wording, units=units, source=ledger_source(page)),
        title,
        alt_forest(shares, page.wording, title=title, units=units),
        _evidence(page, shares, "%"),
    )
    _score_table(page, shares, title, "%")


def show_days(page: Page, card: pd.DataFrame) -> None:
    """Days from the reference date to validation, the median of each provider."""
    days = _named(page, card[(card["window"] == "") & (card["quantity"] == DAYS)])
    title = page.wording.say("caption.days")
    units = dict.fromkeys(days["panel"], "days")
    page.figure(
        forest_chart(days, page.wording, units=units, source=ledger_source(page)),
        title,
        alt_forest(days, page.wording, title=title, units=units),
        _evidence(page, days, "days"),
    )
    _score_table(page, days, title, "days")


def show_courses(page: Page, card: pd.DataFrame) -> None:
    """Shares of each provider quarter by quarter, and counts below them."""
    import pandas as pd

    part = _percent(page, card[(card["window"] != "") & card["quantity"].isin(COURSES)])
    part["period"] = pd.PeriodIndex(part["window"], freq="Q").to_timestamp()
    frame = part.assign(series=part["panel"], panel=part["label"])
    title = page.wording.say("caption.courses")
    page.figure(
        share_courses(frame, page.wording, source=ledger_source(page)),
        title,
        alt_courses(frame, page.wording, title=title),
    )
    for name, rows in frame.groupby("series", sort=False):
        _course_table(page, rows, page.wording.say("caption.course_counts", quantity=str(name)))


def show_late(page: Page, ledger: pd.DataFrame) -> None:
    """Who was late, how often and how long; the intake pages list the files."""
    late = ledger[late_files(ledger)]
    by = ["provider", "dataflow"]
    counted = late.groupby(by, as_index=False).agg(
        late=("submission", "size"), median=("days_late", "median"), most=("days_late", "max"), last=("period", "max")
    )
    order = counted.sort_values("late", ascending=False, kind="stable")
    named = order.assign(**{name: [page.label(name, code) for code in order[name]] for name in by})
    formats = {"provider": "text", "dataflow": "text", "late": "number", "median": "rate", "most": "number"}
    page.table(named, page.wording.say("caption.late"), {**formats, "last": "day"})


def show_refused(page: Page, ledger: pd.DataFrame) -> None:
    """Every file that was refused, or kept with an open query or rows set aside, and why."""
    chosen = ledger[ledger["state"] != "accepted"]
    order = chosen.sort_values(["received_at", "file_name"], ascending=[False, True], kind="stable")
    named = order.assign(
        provider=[page.label("provider", code) for code in order["provider"]],
        dataflow=[page.label("dataflow", code) for code in order["dataflow"]],
        reason=[reason_of(page, row) for row in rows_of(order)],
    )
    formats = {"provider": "text", "dataflow": "text", "period": "day", "received_at": "day", "state": "code:state"}
    page.table(named, page.wording.say("caption.refused"), {**formats, "reason": "text"})


def show_gaps(page: Page, known: pd.DataFrame, ledger: pd.DataFrame) -> None:
    """By dataflow: figures, those that are missing, flagged by their source, or set aside by a rule."""
    aside = ledger.groupby("dataflow")["rows_quarantined"].sum()
    rows = []
    for flow, part in known.groupby("dataflow", sort=True):
        flags = part.loc[part["flag"] != "", "flag"].value_counts()
        told = [f"{page.label('flag', str(code))} ({page.wording.number(count)})" for code, count in flags.items()]
        rows.append((page.label("dataflow", str(flow)), len(part), int(part["value"].isna().sum()),
                     page.wording.listing(told) if told else "", int(aside.get(flow, 0))))  # fmt: skip
    import pandas as pd

    table = pd.DataFrame(rows, columns=["dataflow", "figures", "withheld", "flags", "rows_quarantined"])
    numbers = dict.fromkeys(("figures", "withheld"), "number")
    formats = {"dataflow": "text", **numbers, "flags": "text", "rows_quarantined": "number"}
    page.say("quality.gaps", days=str(page.catalogue.rounds.answer_after_days))
    headers = {"figures": page.wording.say("header.figure_count")}
    page.table(table, page.wording.say("caption.figures_missing"), formats, headers)


def show_revisions(page: Page, summary: pd.DataFrame, found: pd.DataFrame, ledger: pd.DataFrame) -> None:
    """How far figures moved after they were first known, by whom; the largest moves one by one."""
    if found.empty:
        page.say("quality.norevisions")
        return
    page.say("quality.revisions", count=page.wording.number(len(found)), shown=page.wording.number(LARGEST))
    table = _labelled(page, summary)
    table["mean"] = [page.wording.quantity(move * 100, "%", signed=True) for move in summary["mean"]]
    table["typical"] = summary["typical"] * 100
    numbers = dict.fromkeys(("figures", "revised"), "number")
    formats = {"provider": "text", "indicator": "text", **numbers, "mean": "figure", "typical": "percent"}
    headers = {name: page.wording.say(f"header.{text}") for name, text in _REVISED.items()}
    page.table(table, page.wording.say("caption.revision_summary"), formats, headers)
    _largest(page, found.head(LARGEST), ledger)


def ledger_source(page: Page) -> str:
    """The source line of what is counted from the ledger."""
    return page.wording.say("source.line", source=page.wording.say("source.ledger"), day=page.wording.day(page.as_of))


def _named(page: Page, card: pd.DataFrame) -> pd.DataFrame:
    return card.assign(
        label=[page.label("provider", code) for code in card["provider"]],
        panel=[page.wording.code("score", code) for code in card["quantity"]],
    )


def _percent(page: Page, card: pd.DataFrame) -> pd.DataFrame:
    named = _named(page, card)
    named[["value", "low", "high"]] *= 100
    return named


def _evidence(page: Page, rows: pd.DataFrame, unit: str) -> list[Evidence]:
    return [
        page.record(
            row.value,
            Lineage(row.quantity, provider=row.provider),
            unit=unit,
            interval=(row.low, row.high),
            n=row.n,
            listed=False,
        )
        for row in rows_of(rows)
    ]


def _score_table(page: Page, rows: pd.DataFrame, title: str, unit: str) -> None:
    """A row a provider, per quantity the value and its interval, and the base."""
    words = page.wording

    def worded(row: Any) -> str:
        span = words.span(row.low, row.high, unit)
        return words.quantity(row.value, unit) + (f" ({span})" if span != "–" else "")

    cells = rows.assign(words=[worded(row) for row in rows_of(rows)])
    wide = cells.pivot(index="label", columns="panel", values="words")[list(dict.fromkeys(cells["panel"]))]
    base = cells.groupby("label")["n"].max()
    table = wide.assign(provider=wide.index, n=base).reset_index(drop=True)
    names = list(wide.columns)
    headers = {name: name for name in names} | {"n": words.say("header.files")}
    page.table(table, title, {"provider": "text", **dict.fromkeys(names, "figure"), "n": "number"}, headers)


def _course_table(page: Page, rows: pd.DataFrame, title: str) -> None:
    """A row a provider, a column a quarter, `count/n` in each."""
    import pandas as pd

    known = rows[rows["n"] > 0]
    cells = known.assign(
        words=[f"{row.count_of}/{row.n}" for row in rows_of(known.rename(columns={"count": "count_of"}))]
    )
    wide = cells.pivot(index="panel", columns="period", values="words").fillna("")
    names = {f"{when:%Y-%m-%d}": page.wording.day(when, "QQQ y") for when in sorted(set(known["period"]))}
    wide.columns = pd.Index(names)
    formats = {"provider": "text", **dict.fromkeys(names, "figure")}
    page.table(wide.assign(provider=wide.index).reset_index(drop=True), title, formats, names)


def _labelled(page: Page, rows: pd.DataFrame) -> pd.DataFrame:
    labels = {
        name: [page.label(name, code) for code in rows[name]]
        for name in ("provider", "indicator", "geo", "sex")
        if name in rows
    }
    return rows.assign(**labels)


def _largest(page: Page, found: pd.DataFrame, ledger: pd.DataFrame) -> None:
    files = ledger.drop_duplicates("submission", keep="last").set_index("submission")["file_name"]
    units = [page.catalogue.indicators[code].unit for code in found["indicator"]]
    evidence = []
    for row, unit in zip(rows_of(found), units, strict=True):
        lineage = Lineage(
            "revision", row.dataflow, row.provider, row.indicator, row.geo, periods=(f"{row.period:%Y-%m-%d}",),
            sex=row.sex, age=row.age, nationality=row.nationality, breakdown=row.breakdown,
            submissions=(row.submission,),
        )  # fmt: skip
        evidence.append(page.record(row.change, lineage, unit=unit, listed=False))
    moves = [page.wording.quantity(move * 100, "%", signed=True) for move in found["relative"]]
    table = _labelled(page, found).assign(file_name=found["submission"].map(files), relative=moves)
    for name in ("before", "after"):
        table[name] = [page.wording.number(value) for value in found[name]]
    formats = {
        "indicator": "text",
        "geo": "text",
        "sex": "text",
        "period": "day",
        "before": "figure",
        "after": "figure",
    }
    formats |= {"relative": "figure", "revised": "day", "provider": "text", "file_name": "text"}
    page.table(table, page.wording.say("caption.revisions"), formats, evidence=evidence)
