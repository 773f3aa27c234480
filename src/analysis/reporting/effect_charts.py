"""Charts of an intervention: intervals side by side, and a treated territory beside its comparison."""

from __future__ import annotations

import textwrap
from datetime import date
from typing import TYPE_CHECKING

from analysis.reporting.canvas import (
    FAINT,
    INK,
    WIDTH,
    canvas,
    colour,
    dash,
    date_axis,
    direct_labels,
    source_line,
    svg,
    value_axis,
)
from analysis.reporting.charts import upright
from analysis.reporting.text import Wording, decimals_of, rows_of

if TYPE_CHECKING:
    import pandas as pd

LABEL_WIDTH = 24
ROW_HEIGHT, FRAME_HEIGHT = 0.42, 0.95


def interval_chart(frame: pd.DataFrame, wording: Wording, *, unit: str, null: float = 0.0, source: str = "") -> str:
    """A dot and its interval a row, with an upright line at no effect.

    Parameters
    ----------
    frame : `label`, `estimate`, `low`, `high` in `unit` (NaN bounds: a bare dot; NaN estimate: a row that says so), and
        `main`, true for the rows drawn in front.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with canvas(WIDTH, FRAME_HEIGHT + ROW_HEIGHT * len(frame)) as figure:
        axes = figure.subplots()
        axes.axvline(null, color=FAINT, linewidth=1.2, linestyle=(0, (4, 3)))
        for place, row in enumerate(rows_of(frame)):
            tint, size = (colour(0), 8) if row.main else (INK, 5.5)
            if row.estimate != row.estimate:
                axes.annotate(wording.say("chart.refused"), (0.5, place), xycoords=("axes fraction", "data"),
                              ha="center", va="center", color=FAINT, fontsize=9.5)  # fmt: skip
                continue
            axes.plot([row.low, row.high], [place, place], color=tint, linewidth=2.4 if row.main else 1.6)
            axes.plot(row.estimate, place, "o", color=tint, markersize=size)
        labels = ["\n".join(textwrap.wrap(str(label), LABEL_WIDTH)) for label in frame["label"]]
        axes.set_yticks(range(len(frame)), labels)
        axes.set_ylim(len(frame) - 0.5, -0.5)
        axes.grid(False, axis="y")
        axes.grid(True, axis="x")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        spread = float(frame[["estimate", "low", "high"]].max().max() - frame[["estimate", "low", "high"]].min().min())
        decimals = decimals_of(unit) if spread < 10 else 0
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.number(value, decimals)))
        axes.set_title(wording.say("chart.effect_in", unit=wording.unit(unit)), loc="left", fontsize=10, color=FAINT)
        source_line(figure, f"{wording.say('chart.intervals')} {source}")
        return svg(figure)


def comparison_chart(frame: pd.DataFrame, wording: Wording, *, unit: str, onset: date, source: str = "") -> str:
    """A treated territory and the weighted mean of its donors.

    `frame` has `period`, `observed` and `comparison`, both in `unit`.
    """
    import pandas as pd

    with canvas() as figure:
        axes = figure.subplots()
        names = {"observed": wording.say("chart.observed"), "comparison": wording.say("chart.comparison")}
        for index, column in enumerate(names):
            axes.plot(frame["period"], frame[column], color=colour(index), linestyle=dash(index))
        upright(axes, pd.Timestamp(onset), wording.say("chart.counted", day=wording.day(onset, "medium")))
        date_axis(axes, wording)
        value_axis(axes, wording, unit, pd.concat([frame["observed"], frame["comparison"]]))
        direct_labels(
            axes, [(name, frame[column].iloc[-1], colour(i)) for i, (column, name) in enumerate(names.items())]
        )
        source_line(figure, source)
        return svg(figure)
