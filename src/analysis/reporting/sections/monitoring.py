"""What a monitoring page shows of one domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import WITHHELD, Page
from analysis.reporting.sections.series import SERIES, region_parts
from analysis.reporting.text import difference_unit, rows_of

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROUNDS = 8
SHOWN_LEVELS = 24  # further back the first growth would press the interval into the line
MOST_PLACES = 40
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


def record_change(page: Page, row: Any, name: str, *, listed: bool = True) -> Evidence:
    """The change of one series, `round` or `year`, in the indicator's unit or in percentage points."""
    unit = page.catalogue.indicators[row.indicator].unit
    before = getattr(row, f"{name}_period")
    periods = (row.period,) if before != before else (row.period, before)
    interval = (getattr(row, f"{name}_low"), getattr(row, f"{name}_high"))
    lineage = lineage_of(page, row, name, *periods)
    return page.record(getattr(row, name), lineage, unit=difference_unit(unit), interval=interval, listed=listed)


def record_withheld(page: Page, row: Any, *, listed: bool = True) -> Evidence:
    """A small count that its sender withheld: no value, its bounds as interval."""
    unit = page.catalogue.indicators[row.indicator].unit
    return page.record(None, lineage_of(page, row, WITHHELD), unit=unit, interval=(row.least, row.most), listed=listed)


def record_range(page: Page, row: Any, *, listed: bool = True) -> Evidence:
    """The range of ordinary noise that a value is judged by, as an interval; an empty one where it has none."""
    unit = page.catalogue.indicators[row.indicator].unit
    return page.record(None, lineage_of(page, row, "range"), unit=unit, interval=(row.lower, row.upper), listed=listed)


def headline_change(page: Page, last: Evidence, year: Evidence) -> str:
    """Both changes in words; where the earlier value is missing, only the other."""
    named = {"headline.round": last, "headline.year": year}
    said = [page.wording.say(key, change=page.figure_of(one)) for key, one in named.items() if one.value is not None]
    return " · ".join(said)


def show_standing(page: Page, part: pd.DataFrame) -> None:
    """One indicator: every territory with level, interval and changes with theirs, the highest level first."""
    import pandas as pd

    indicator = str(part["indicator"].iloc[0])
    rows, evidence = [], []
    for row in rows_of(part.sort_values("level", ascending=False, kind="stable")):
        level, last, year = record_level(page, row), record_change(page, row, "round"), record_change(page, row, "year")
        evidence += [level, last, year]
        rows.append(
            {
                "geo": page.label("geo", row.geo),
                "period": row.period,
                "value": page.cell_of(level),
                "interval": page.bare_span_of(level),
                "round": page.wording.brief(last.value, last.unit, signed=True),
                "round_span": page.bare_span_of(last),
                "year": page.wording.brief(year.value, year.unit, signed=True),
                "year_span": page.bare_span_of(year),
            }
        )
    intervals = {"interval": "low", "round_span": "round_low", "year_span": "year_low"}
    figures = ["value", "interval", "round", "round_span", "year", "year_span"]
    figures = [name for name in figures if name not in intervals or part[intervals[name]].notna().any()]
    caption = page.wording.say("caption.standing", indicator=named_with_unit(page, indicator), source=page.source(part))
    formats = {"geo": "text", "period": "day", **dict.fromkeys(figures, "figure")}
    page.table(pd.DataFrame(rows), caption, formats, evidence=evidence)


def named_with_unit(page: Page, indicator: str) -> str:
    """An indicator and what it counts in."""
    unit = page.catalogue.indicators[indicator].unit
    return f"{page.label('indicator', indicator)} ({page.wording.unit(unit).lower() if unit != 'EUR' else unit})"


def show_trends(page: Page, watched: pd.DataFrame, standing: pd.DataFrame, region: str) -> None:
    """Each indicator: its own territory with the range of noise, then the territories side by side; tables beneath."""
    from analysis.reporting.sections.process import show_process

    for indicator, part in watched.groupby("indicator", sort=True):
        page.heading(page.label("indicator", str(indicator)), level=3)
        places = part["geo"].nunique()
        drawn = part[part["provider"] != ""] if places > 1 else part
        own = part[part["geo"] == region] if places > 1 else part
        if drawn["geo"].nunique() > FEW:
            _show_countries(page, drawn, str(indicator), region)
            _show_structure(page, own, str(indicator))
        if len(own):
            show_process(page, own)
        if 1 < drawn["geo"].nunique() <= FEW:
            _show_trend(page, drawn, str(indicator))
            _show_values(page, drawn, str(indicator))
        show_standing(page, standing[standing["indicator"] == indicator].head(MOST_PLACES))


def chart_frame(page: Page, part: pd.DataFrame) -> pd.DataFrame:
    """The columns that charts take, territories by name in the catalogue's order, so that each keeps its colour."""
    place = {code: rank for rank, code in enumerate(page.catalogue.code_lists["geo"].codes)}
    ordered = part.assign(place=part["geo"].map(place)).sort_values(["place", "period"], kind="stable")
    named = ordered.assign(series=[page.label("geo", geo) for geo in ordered["geo"]], value=ordered["level"])
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


def _show_structure(page: Page, part: pd.DataFrame, indicator: str) -> None:
    """One territory alone: its values, and the interval of the level beneath the noise."""
    from analysis.reporting.charts import trend_chart
    from analysis.reporting.text import alt_trend
    from analysis.trends.structural import structural_level

    unit, title, geo = (
        page.catalogue.indicators[indicator].unit,
        page.label("indicator", indicator),
        part["geo"].iloc[0],
    )
    smoothed = structural_level(part.assign(value=part["level"]), by=SERIES).levels.set_index("period")
    bands = part.set_index("period").assign(low=smoothed["level_low"], high=smoothed["level_high"]).reset_index()
    frame = chart_frame(page, bands.tail(SHOWN_LEVELS))
    caption = page.wording.say(
        "caption.structure", indicator=title, geo=page.label("geo", geo), periods=page.wording.number(len(frame))
    )
    drawing = trend_chart(frame, page.wording, unit=unit, source=page.source(part))
    page.figure(drawing, caption, alt_trend(frame, page.wording, title=caption, unit=unit))


def _show_values(page: Page, part: pd.DataFrame, indicator: str) -> None:
    """The last rounds under the chart: a row a date, a column a territory."""
    import pandas as pd

    unit, title = page.catalogue.indicators[indicator].unit, page.label("indicator", indicator)
    dates = sorted(set(part["period"]))[-SHOWN_ROUNDS:]
    geos = list(part.groupby("geo")["level"].last().sort_values(ascending=False).index)
    rows: dict[Any, dict[str, str]] = {date: dict.fromkeys(geos, "") for date in dates}
    evidence = []
    told = part["level"].notna() | part["withheld"].fillna(False).astype(bool)
    for row in rows_of(part[part["period"].isin(dates) & told]):
        shown = record_withheld if row.withheld else record_level
        level = shown(page, row, listed=False)
        evidence.append(level)
        rows[row.period][row.geo] = page.cell_of(level)
    frame = pd.DataFrame([{"period": date, **cells} for date, cells in sorted(rows.items(), reverse=True)])
    page.table(
        frame,
        page.wording.say("caption.values", indicator=title, unit=page.wording.unit(unit)),
        {"period": "day", **dict.fromkeys(geos, "figure")},
        headers={geo: page.label("geo", geo) for geo in geos},
        evidence=evidence,
    )


def show_marks(page: Page, series: pd.DataFrame) -> None:
    """Where not to read through: flagged breaks, and steps that nobody flagged (of parts, not of totals)."""
    import pandas as pd

    from analysis.trends.marks import STEP

    page.say("marks.lead", step=page.wording.quantity(100 * STEP, "%", decimals=0))
    found = pd.DataFrame(list(_marked(page, series)), columns=["indicator", "geo", "period", "mark", "value", "change"])
    formats = {
        "indicator": "text",
        "geo": "text",
        "period": "day",
        "mark": "code:mark",
        "value": "figure",
        "change": "figure",
    }
    page.table(found, page.wording.say("caption.marks"), formats)


def _marked(page: Page, series: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    ordered = series[series["level"].notna() & (series["provider"] != "")].sort_values([*SERIES, "period"])
    before = ordered.groupby(SERIES)["level"].shift()
    for row, earlier in zip(rows_of(ordered), before, strict=True):
        if row.mark:
            level = record_level(page, row, listed=False)
            moved = page.wording.number(100 * (row.level / earlier - 1), 1, signed=True)
            names = page.label("indicator", row.indicator), page.label("geo", row.geo)
            yield *names, row.period, row.mark, page.figure_of(level), page.wording.say("quantity.%", number=moved)
