"""One function a chart form. Each takes a tidy frame that was computed elsewhere and returns SVG text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.reporting.canvas import (
    FAINT,
    INK,
    PALE,
    WIDTH,
    canvas,
    colour,
    dash,
    date_axis,
    direct_labels,
    source_line,
    svg,
    unit_above,
    value_axis,
)
from analysis.reporting.text import Wording, rows_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PANEL_HEIGHT = 2.5
PANEL_TITLE = 32
NAMED_COUNTRIES = 4
STEPS = {"drop": "v", "jump": "^"}  # unusual moves that no flag explains
FLAGS = {"break": "D", **STEPS}  # the same beside breaks, where there are too many lines for uprights
STEP_NAMES = {"drop": "chart.drop", "jump": "chart.jump"}
FLAG_NAMES = {"break": "chart.flag", **STEP_NAMES}
HEIGHT_COUNTRIES = 4.4


def trend_chart(frame: pd.DataFrame, wording: Wording, *, unit: str, source: str = "") -> str:
    """Lines over time, with an interval, breaks, drops and gaps.

    Parameters
    ----------
    frame : `series` (the name shown), `period`, `value` in `unit` (NaN: expected, not there), and where known `low`,
        `high` (interval) and `mark` (`break`: flagged by the source; `drop`: large and not flagged).
    """
    with canvas() as figure:
        axes = figure.subplots()
        _lines(axes, frame)
        _marks(axes, frame, wording)
        date_axis(axes, wording)
        value_axis(axes, wording, unit, frame["value"])
        _name_ends(axes, frame)
        source_line(figure, _key(frame, wording) + source)
        return svg(figure)


def small_multiples(frame: pd.DataFrame, wording: Wording, *, units: Mapping[str, str], source: str = "") -> str:
    """A small trend for each `panel` (a name) on one time axis; columns as in `trend_chart`, `units` by panel."""
    import seaborn

    panels = list(dict.fromkeys(frame["panel"]))
    rows = -(-len(panels) // 2)
    with canvas(WIDTH, PANEL_HEIGHT * rows) as figure:
        grid = figure.subplots(rows, 2, squeeze=False, sharex=True).ravel()
        for index, (axes, panel) in enumerate(zip(grid, panels, strict=False)):
            part = frame[frame["panel"] == panel]
            runs = part["value"].isna().cumsum().rename("run")  # seaborn would bridge a gap, so each run is a line
            seaborn.lineplot(
                part, x="period", y="value", units=runs, color=colour(index), ax=axes, estimator=None, legend=False
            )
            axes.set(xlabel="", ylabel="")
            _marks(axes, part, wording, named=False, first=index)
            date_axis(axes, wording, ticks=3)
            value_axis(axes, wording, units[panel], part["value"])
            named = "\n".join(textwrap.wrap(f"{panel}, {wording.unit(units[panel])}", PANEL_TITLE))
            axes.set_title(named, loc="left", fontsize=9.5, fontweight="bold", color=colour(index))
            axes.tick_params(labelsize=9, labelbottom=True)
        for spare in grid[len(panels) :]:
            spare.set_visible(False)
        figure.tight_layout()
        source_line(figure, _key(frame, wording) + source)
        return svg(figure)


def effect_chart(frame: pd.DataFrame, wording: Wording, *, unit: str, onset: date, source: str = "") -> str:
    """What was observed, the fitted line, and what would have been without the intervention, with its interval.

    Parameters
    ----------
    frame : `period`, `observed`, `fitted`, `counterfactual`, `low`, `high`; the last three are NaN before the onset.
    """
    import pandas as pd

    with canvas() as figure:
        axes = figure.subplots()
        after = frame.dropna(subset="counterfactual")
        axes.fill_between(after["period"], after["low"], after["high"], color=colour(1), alpha=0.18, linewidth=0)
        axes.plot(after["period"], after["counterfactual"], color=colour(1), linestyle=dash(1))
        treated = frame["period"] >= pd.Timestamp(onset)
        for side in (frame[~treated], frame[treated]):
            axes.plot(side["period"], side["fitted"], color=colour(0))
        axes.plot(frame["period"], frame["observed"], "o", color=INK, markersize=3.5, markerfacecolor="white")
        _vertical(axes, pd.Timestamp(onset), wording.say("chart.onset", day=wording.day(onset, "medium")))
        date_axis(axes, wording)
        value_axis(axes, wording, unit, pd.concat([frame["observed"], frame["low"], frame["high"]]))
        ends = [
            (wording.say("chart.fitted"), frame["fitted"].iloc[-1], colour(0)),
            (wording.say("chart.counterfactual"), after["counterfactual"].iloc[-1], colour(1)),
        ]
        direct_labels(axes, ends)
        source_line(figure, f"{wording.say('chart.dots')} {source}")
        return svg(figure)


def completeness_bar(frame: pd.DataFrame, wording: Wording, *, source: str = "") -> str:
    """A loading bar per row: what came on time, what came late, and what is still expected.

    `frame` has `label`, `reported` (all that came), `late` (those of them that came late) and `expected`.
    """
    with canvas(WIDTH, 0.9 + 0.42 * len(frame)) as figure:
        axes = figure.subplots()
        on_time = frame["reported"] - frame["late"]
        place = range(len(frame))
        axes.barh(place, frame["expected"], color="white", edgecolor=FAINT, linewidth=0.8, height=0.62)
        axes.barh(place, on_time, color=colour(0), height=0.62)
        late = axes.barh(place, frame["late"], left=on_time, color="#F2C6B0", edgecolor=colour(1), height=0.62)
        for bar in late:
            bar.set(hatch="////", visible=bar.get_width() > 0)
        axes.set_yticks(list(place), [_wrapped(label) for label in frame["label"]])
        axes.invert_yaxis()
        axes.grid(False)
        axes.xaxis.set_visible(False)
        axes.spines[["left", "bottom"]].set_visible(False)
        for row, label in enumerate(_loading(frame, wording)):
            axes.annotate(label, (1.01, row), xycoords=("axes fraction", "data"), va="center", annotation_clip=False)
        axes.set_title(wording.say("chart.loading"), loc="left", fontsize=10, color=FAINT)
        source_line(figure, source)
        return svg(figure)


def country_chart(frame: pd.DataFrame, wording: Wording, *, unit: str, focus: str, source: str = "") -> str:
    """One country among the others, on a logarithmic axis because their sizes differ a thousandfold.

    `frame` as in `trend_chart`; `focus` is the name of the country in front, and only the largest others are named.
    """
    with canvas(WIDTH, HEIGHT_COUNTRIES) as figure:
        axes = figure.subplots()
        axes.set_yscale("log")
        others = [name for name in dict.fromkeys(frame["series"]) if name != focus]
        for name in others:
            part = frame[frame["series"] == name]
            axes.plot(part["period"], part["value"].where(part["value"] > 0), color=PALE, linewidth=1.0)
            for mark, shape in FLAGS.items():
                there = part[part["mark"] == mark]
                axes.plot(there["period"], there["value"], shape, color=FAINT, markerfacecolor="white", markersize=5)
        mine = frame[frame["series"] == focus]
        axes.plot(mine["period"], mine["value"], color=colour(0), linewidth=3.0)
        _marks(axes, mine, wording)
        date_axis(axes, wording)
        _log_axis(axes, wording, unit)
        last = frame.dropna(subset="value").groupby("series")["value"].last()
        largest = last.drop(focus).nlargest(NAMED_COUNTRIES)
        direct_labels(
            axes, [(focus, last[focus], colour(0)), *((str(name), size, FAINT) for name, size in largest.items())]
        )
        source_line(figure, _key(frame[frame["value"].notna()], wording, FLAG_NAMES) + source)
        return svg(figure)


def _lines(axes: Axes, frame: pd.DataFrame) -> None:
    for index, (_, series) in enumerate(frame.groupby("series", sort=False)):
        if "low" in series and series["low"].notna().any():
            axes.fill_between(
                series["period"], series["low"], series["high"], color=colour(index), alpha=0.16, linewidth=0
            )
        axes.plot(series["period"], series["value"], color=colour(index), linestyle=dash(index))
        alone = series[series["value"].notna() & _without_neighbour(series["value"])]
        axes.plot(alone["period"], alone["value"], "o", color=colour(index), markersize=4)


def _without_neighbour(values: pd.Series) -> pd.Series:
    """Points that no line reaches, because both neighbours are missing."""
    return values.shift(1).isna() & values.shift(-1).isna()


def _marks(axes: Axes, frame: pd.DataFrame, wording: Wording, *, named: bool = True, first: int = 0) -> None:
    """Flagged breaks as upright lines, unflagged drops as hollow triangles, missing values as crosses at the foot."""
    if "mark" in frame:
        breaks = sorted(set(frame.loc[frame["mark"] == "break", "period"]))
        for when in breaks:
            _vertical(axes, when, wording.say("chart.break") if named and when == breaks[0] else "")
        for mark, shape in STEPS.items():
            steps = frame[(frame["mark"] == mark) & frame["value"].notna()]
            axes.plot(steps["period"], steps["value"], shape, color=INK, markerfacecolor="white", markersize=8)
    for index, (_, series) in enumerate(frame.groupby("series", sort=False)):
        missing = series.loc[series["value"].isna(), "period"]
        foot = 0.03 + 0.05 * index
        axes.plot(missing, [foot] * len(missing), "x", color=colour(index + first), markersize=5,
                  transform=axes.get_xaxis_transform(), linestyle="")  # fmt: skip


def _key(frame: pd.DataFrame, wording: Wording, names: Mapping[str, str] = STEP_NAMES) -> str:
    """What the symbols in a chart mean, in front of its source line, where no line runs through the words."""
    known = frame["value"].notna()
    marks = set(frame.loc[known, "mark"]) if "mark" in frame else set()
    used = [wording.say(key) for mark, key in names.items() if mark in marks]
    if not known.all():
        used.append(wording.say("chart.missing"))
    return " · ".join(used) + ". " if used else ""


def _vertical(axes: Axes, when: pd.Timestamp, label: str) -> None:
    """An upright line, its label above the axes so that no line runs through it."""
    place: float = axes.convert_xunits(when)  # type: ignore[no-untyped-call]
    axes.axvline(place, color=FAINT, linewidth=1.2, linestyle=(0, (4, 3)))
    if label:
        axes.annotate(label, (place, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(0, 3),
                      textcoords="offset points", fontsize=9, color=FAINT, ha="center", va="bottom")  # fmt: skip


def _name_ends(axes: Axes, frame: pd.DataFrame) -> None:
    ends = []
    for index, (name, series) in enumerate(frame.groupby("series", sort=False)):
        known = series["value"].dropna()
        if len(known):
            ends.append((str(name), float(known.iloc[-1]), colour(index)))
    if len(ends) > 1:
        direct_labels(axes, ends)


def _log_axis(axes: Axes, wording: Wording, unit: str) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.number(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    unit_above(axes, wording.say("chart.log", unit=wording.unit(unit)))


def _loading(frame: pd.DataFrame, wording: Wording) -> list[str]:
    def words(row: Any) -> str:
        share = wording.say("chart.of", reported=wording.number(row.reported), expected=wording.number(row.expected))
        return share + (", " + wording.say("chart.late", late=wording.number(row.late)) if row.late else "")

    return [words(row) for row in rows_of(frame)]


def _wrapped(label: str) -> str:
    return "\n".join(textwrap.wrap(label, 26))
