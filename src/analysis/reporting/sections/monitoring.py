"""What a monitoring page shows of one domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.series import SERIES, region_parts

if TYPE_CHECKING:
    import pandas as pd

HEADLINES = 7
SHOWN_ROUNDS = 13  # half a year of two-weekly rounds
FEW = 6  # territories that fit one chart by name; more are countries


def lineage_of(page: Page, row: Any, statistic: str, *periods: pd.Timestamp) -> Lineage:
    """What a cell of `standing` or of a series is; a total of parts rests on the parts."""
    summed = not row.provider
    return Lineage(
        statistic,
        dataflow=row.dataflow,
        provider=row.provider,
        indicator=row.indicator,
        geo=row.geo,
        parts=tuple(region_parts(page, row.geo)) if summed else (),
        periods=tuple(f"{period:%Y-%m-%d}" for period in periods or (row.period,)),
        sex=row.sex,
        age=row.age,
        nationality=row.nationality,
    )


def record_level(page: Page, row: Any, *, listed: bool = True) -> Evidence:
    """The level of one series on one date."""
    unit = page.catalogue.indicators[row.indicator].unit
    lineage = lineage_of(page, row, "value")
    return page.record(row.level, lineage, unit=unit, interval=(row.low, row.high), n=row.n, listed=listed)


def record_change(page: Page, row: Any, name: str) -> Evidence:
    """The change of one series, `round` or `year`, in the indicator's unit or in percentage points."""
    unit = page.catalogue.indicators[row.indicator].unit
    before = getattr(row, f"{name}_period")
    periods = (row.period,) if before != before else (row.period, before)
    interval = (getattr(row, f"{name}_low"), getattr(row, f"{name}_high"))
    return page.record(
        getattr(row, name), lineage_of(page, row, name, *periods), unit="pp" if unit == "%" else unit, interval=interval
    )


def show_headlines(page: Page, standing: pd.DataFrame, region: str) -> None:
    """The page's own territory: level, date, and how it moved, one line an indicator."""
    mine = standing[standing["geo"] == region].sort_values("indicator").head(HEADLINES)
    lines, evidence = [], []
    for row in mine.itertuples():
        level, last, year = record_level(page, row), record_change(page, row, "round"), record_change(page, row, "year")
        what = page.wording.say(
            "headline.what", indicator=page.label("indicator", row.indicator), day=page.wording.day(row.period)
        )
        lines.append((_with_interval(page, level), what, headline_change(page, last, year)))
        evidence += [level, last, year]
    page.headlines(lines, evidence)


def headline_change(page: Page, last: Evidence, year: Evidence) -> str:
    """Both changes in words; a missing earlier value is said to be missing."""
    said = [page.wording.say("headline.round", change=page.wording.quantity(last.value, last.unit, signed=True))]
    said.append(page.wording.say("headline.year", change=page.wording.quantity(year.value, year.unit, signed=True)))
    return " · ".join(said)


def _with_interval(page: Page, level: Evidence) -> str:
    figure = page.figure_of(level)
    span = page.wording.span(level.ci_low, level.ci_high, level.unit)
    return figure if span == "–" else f"{figure} ({span})"


def show_standing(page: Page, standing: pd.DataFrame) -> None:
    """Every series with its level, interval, base and changes."""
    import pandas as pd

    rows, evidence = [], []
    for row in standing.sort_values(["indicator", "level"], ascending=[True, False]).itertuples():
        level, last, year = record_level(page, row), record_change(page, row, "round"), record_change(page, row, "year")
        evidence += [level, last, year]
        rows.append(
            {
                "indicator": page.label("indicator", row.indicator),
                "geo": page.label("geo", row.geo),
                "period": row.period,
                "value": page.figure_of(level),
                "interval": page.wording.span(level.ci_low, level.ci_high, level.unit),
                "round": page.wording.quantity(last.value, last.unit, signed=True),
                "year": page.wording.quantity(year.value, year.unit, signed=True),
            }
        )
    text = dict.fromkeys(("value", "interval", "round", "year"), "figure")
    page.table(
        pd.DataFrame(rows),
        page.wording.say("caption.standing", source=page.source(standing)),
        {"indicator": "text", "geo": "text", "period": "day", **text},
        evidence=evidence,
    )


def show_trends(page: Page, series: pd.DataFrame, region: str) -> None:
    """One chart and one table for each indicator: the parts of the region where there are parts, else the region."""
    for indicator, part in series.groupby("indicator", sort=True):
        page.heading(page.label("indicator", str(indicator)), level=3)
        several = part["geo"].nunique() > 1
        drawn = part[part["provider"] != ""] if several else part
        if drawn["geo"].nunique() > FEW:
            _show_countries(page, drawn, str(indicator), region)
        else:
            _show_trend(page, drawn, str(indicator))
            _show_values(page, drawn, str(indicator))


def chart_frame(page: Page, part: pd.DataFrame) -> pd.DataFrame:
    """The columns that charts take, territories by name, in the order of their last levels."""
    named = part.assign(series=[page.label("geo", geo) for geo in part["geo"]], value=part["level"])
    order = named.groupby("series")["value"].last().sort_values(ascending=False, na_position="last").index
    named = named.set_index("series").loc[order].reset_index()
    return named[["series", "period", "value", "low", "high", "mark"]]


def _show_trend(page: Page, part: pd.DataFrame, indicator: str) -> None:
    from analysis.reporting.charts import trend_chart
    from analysis.reporting.text import alt_trend

    unit, title = page.catalogue.indicators[indicator].unit, page.label("indicator", indicator)
    frame = chart_frame(page, part)
    drawing = trend_chart(frame, page.wording, unit=unit, source=page.source(part))
    caption = page.wording.say("caption.trend", indicator=title)
    page.figure(drawing, caption, alt_trend(frame, page.wording, title=title, unit=unit))


def _show_countries(page: Page, part: pd.DataFrame, indicator: str, focus: str) -> None:
    from analysis.reporting.charts import country_chart
    from analysis.reporting.text import alt_countries

    unit, title = page.catalogue.indicators[indicator].unit, page.label("indicator", indicator)
    frame = chart_frame(page, part[part["geo"].str.len() == 2])  # an aggregate's code is longer than a country's
    name = page.label("geo", focus)
    drawing = country_chart(frame, page.wording, unit=unit, focus=name, source=page.source(part))
    caption = page.wording.say("caption.countries", indicator=title, focus=name)
    page.figure(drawing, caption, alt_countries(frame, page.wording, title=title, unit=unit, focus=name))


def _show_values(page: Page, part: pd.DataFrame, indicator: str) -> None:
    """The last rounds under the chart: a row a date, a column a territory."""
    import pandas as pd

    unit, title = page.catalogue.indicators[indicator].unit, page.label("indicator", indicator)
    dates = sorted(set(part["period"]))[-SHOWN_ROUNDS:]
    geos = list(dict.fromkeys(part["geo"]))
    rows: dict[Any, dict[str, str]] = {date: dict.fromkeys(geos, "") for date in dates}
    evidence = []
    for row in part[part["period"].isin(dates) & part["level"].notna()].itertuples():
        level = record_level(page, row, listed=False)
        evidence.append(level)
        noted = f" ({page.wording.code('mark', row.mark)})" if row.mark else ""
        rows[row.period][row.geo] = page.figure_of(level) + noted
    frame = pd.DataFrame([{"period": date, **cells} for date, cells in sorted(rows.items(), reverse=True)])
    page.table(
        frame,
        page.wording.say("caption.values", indicator=title, unit=page.wording.unit(unit)),
        {"period": "day", **dict.fromkeys(geos, "figure")},
        headers={geo: page.label("geo", geo) for geo in geos},
        evidence=evidence,
    )


def show_marks(page: Page, series: pd.DataFrame) -> None:
    """Where not to read through: flagged breaks, and steps that nobody flagged."""
    import pandas as pd

    found = pd.DataFrame(list(_marked(page, series)), columns=["indicator", "geo", "period", "mark", "value", "change"])
    formats = {"indicator": "text", "geo": "text", "period": "day", "mark": "code:mark", "value": "figure", "change": "figure"}
    page.table(found, page.wording.say("caption.marks"), formats)


def _marked(page: Page, series: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    ordered = series[series["level"].notna()].sort_values([*SERIES, "period"])
    before = ordered.groupby(SERIES)["level"].shift()
    for row, earlier in zip(ordered.itertuples(), before, strict=True):
        if row.mark:
            level = record_level(page, row, listed=False)
            moved = page.wording.change(row.level - earlier, level.unit)
            yield page.label("indicator", row.indicator), page.label("geo", row.geo), row.period, row.mark, (
                page.figure_of(level)
            ), moved
