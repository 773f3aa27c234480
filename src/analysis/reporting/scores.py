"""Charts of shares and days with their intervals: many senders side by side, and each sender over time."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis.reporting.canvas import FAINT, WIDTH, canvas, colour, date_axis, source_line, svg
from analysis.reporting.text import Wording, decimals_of, rows_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SHAPES = ("o", "s", "D", "^")
LABEL_WIDTH = 24
ROW_HEIGHT = 0.34
PANEL_HEIGHT = 1.9
SIDE_STEP = 12  # days between the points of two series, so that their intervals do not cover each other


def forest_chart(frame: pd.DataFrame, wording: Wording, *, units: Mapping[str, str], source: str = "") -> str:
    """Points with intervals, a row a `label`, a panel a `panel` (a name).

    Parameters
    ----------
    frame : `panel`, `label`, and `value`, `low`, `high` in the unit of the panel (NaN: nothing known).
    units : by panel. Percentages run from 0 to 100.
    """
    panels, labels = list(dict.fromkeys(frame["panel"])), list(dict.fromkeys(frame["label"]))
    wide = min(2, len(panels))
    tall = -(-len(panels) // wide)
    with canvas(WIDTH, (1.0 + ROW_HEIGHT * len(labels)) * tall) as figure:
        grid = figure.subplots(tall, wide, squeeze=False, sharey=True).ravel()
        for index, (axes, panel) in enumerate(zip(grid, panels, strict=False)):
            _row_points(axes, frame[frame["panel"] == panel], labels, index)
            axes.set_yticks(range(len(labels)), ["\n".join(textwrap.wrap(label, LABEL_WIDTH)) for label in labels])
            axes.set_ylim(len(labels) - 0.5, -0.5)
            named = f"{panel} (%)" if units[panel] == "%" else panel
            title = "\n".join(textwrap.wrap(named, 30 if wide > 1 else 70))
            axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold", color=colour(index))
            _bound(axes, units[panel], wording)
        for spare in grid[len(panels) :]:
            spare.set_visible(False)
        figure.tight_layout()
        source_line(figure, f"{wording.say('chart.interval')} {source}")
        return svg(figure)


def share_courses(frame: pd.DataFrame, wording: Wording, *, source: str = "") -> str:
    """Shares over time with their intervals, a small panel a `panel`, a symbol a `series`.

    `frame` has `panel`, `series`, `period` (start of the window) and `value`, `low`, `high` in percent.
    """
    import pandas as pd

    panels, series = list(dict.fromkeys(frame["panel"])), list(dict.fromkeys(frame["series"]))
    rows = -(-len(panels) // 2)
    with canvas(WIDTH, PANEL_HEIGHT * rows) as figure:
        grid = figure.subplots(rows, 2, squeeze=False, sharex=True, sharey=True).ravel()
        for axes, panel in zip(grid, panels, strict=False):
            for index, name in enumerate(series):
                part = frame[(frame["panel"] == panel) & (frame["series"] == name)].dropna(subset="value")
                when = part["period"] + pd.Timedelta(days=45 + SIDE_STEP * index)
                axes.plot(when, part["value"], SHAPES[index], color=colour(index), markersize=4.5)
                axes.vlines(when, part["low"], part["high"], color=colour(index), linewidth=1.4, alpha=0.75)
            date_axis(axes, wording, ticks=4)
            _share_axis(axes, wording)
            axes.set_title("\n".join(textwrap.wrap(panel, 32)), loc="left", fontsize=9.5, fontweight="bold")
            axes.tick_params(labelsize=9, labelbottom=True)
        for spare in grid[len(panels) :]:
            spare.set_visible(False)
        figure.tight_layout()
        marks = {"o": "●", "s": "■", "D": "◆", "^": "▲"}
        key = ", ".join(f"{marks[SHAPES[index]]} {name}" for index, name in enumerate(series))
        source_line(figure, f"{key} (%). {wording.say('chart.interval')} {source}")
        return svg(figure)


def alt_forest(frame: pd.DataFrame, wording: Wording, *, title: str, units: Mapping[str, str]) -> str:
    """What a forest chart shows: in each panel every label's value and interval."""
    parts = [wording.say("alt.forest", title=title, count=wording.number(frame["label"].nunique()))]
    for panel, rows in frame.groupby("panel", sort=False):
        told = [
            wording.say(
                "alt.forest.row",
                label=row.label,
                value=wording.quantity(row.value, units[str(panel)]),
                span=wording.span(row.low, row.high, units[str(panel)]),
            )
            for row in rows_of(rows)
        ]
        parts.append(wording.say("alt.forest.panel", panel=str(panel), rows=wording.several(told)))
    return " ".join(parts)


def alt_courses(frame: pd.DataFrame, wording: Wording, *, title: str) -> str:
    """What the courses show: for each panel and series the first, the lowest and the last share."""
    parts = [wording.say("alt.courses", title=title, count=wording.number(frame["panel"].nunique()))]
    for (panel, name), rows in frame.dropna(subset="value").groupby(["panel", "series"], sort=False):
        facts = {
            role: wording.quantity(value, "%")
            for role, value in (
                ("first", rows["value"].iloc[0]),
                ("lowest", rows["value"].min()),
                ("last", rows["value"].iloc[-1]),
            )
        }
        parts.append(wording.say("alt.courses.row", panel=str(panel), series=str(name), **facts))
    return " ".join(parts)


def _row_points(axes: Axes, rows: pd.DataFrame, labels: list[str], index: int) -> None:
    known = rows.dropna(subset="value")
    places = [labels.index(label) for label in known["label"]]
    axes.hlines(places, known["low"], known["high"], color=colour(index), linewidth=2.0, alpha=0.75)
    axes.plot(known["value"], places, SHAPES[index % len(SHAPES)], color=colour(index), markersize=5)
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")
    axes.tick_params(labelsize=9)


def _bound(axes: Axes, unit: str, wording: Wording) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if unit == "%":
        axes.set_xlim(-3, 103)
    else:
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=decimals_of(unit) == 0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.number(value)))
    axes.spines["left"].set_color(FAINT)


def _share_axis(axes: Axes, wording: Wording) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.set_ylim(-3, 103)
    axes.set_yticks([0, 50, 100])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.number(value)))
