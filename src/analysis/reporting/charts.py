"""One function a chart form. Each takes a tidy frame that was computed elsewhere and returns SVG text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.reporting.canvas import (
    FAINT,
    HEIGHT,
    INK,
    PALE,
    PALETTE,
    WIDTH,
    canvas,
    colour,
    dash,
    date_axis,
    direct_labels,
    signed_axis,
    source_line,
    svg,
    unit_above,
    value_axis,
)
from analysis.reporting.text import Wording, decimals_of, difference_unit, rows_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PANEL_HEIGHT = 2.1
MOVES_HEIGHT = 2.0
GAP_WIDTH, GAP_LABEL = 5.4, 62
PANEL_TITLE = 24
NAMED_COUNTRIES = 4
STEPS = {"drop": "v", "jump": "^"}  # unusual moves that no flag explains
FLAGS = {"break": "D", **STEPS}  # the same beside breaks, where there are too many lines for uprights
STEP_NAMES = {"drop": "chart.drop", "jump": "chart.jump"}
FLAG_NAMES = {"break": "chart.flag", **STEP_NAMES}
HEIGHT_COUNTRIES = 3.8
RANGE = "#E4E4E4"
SIGNALS = {"concern": ("s", PALETTE[1]), "improvement": ("o", PALETTE[0]), "neutral": ("D", PALETTE[4])}
GAPS = {"behind": ("s", PALETTE[1]), "ahead": ("o", PALETTE[0])}


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
            date_axis(axes, wording, ticks=2)
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
        upright(axes, pd.Timestamp(onset), wording.say("chart.onset", day=wording.day(onset, "medium")))
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
    with canvas(WIDTH, 0.5 + 0.52 * len(frame)) as figure:
        axes = figure.subplots()
        on_time = frame["reported"] - frame["late"]
        place = range(len(frame))
        axes.barh(place, frame["expected"], color="white", edgecolor=FAINT, linewidth=0.8, height=0.42)
        axes.barh(place, on_time, color=colour(0), height=0.42)
        late = axes.barh(place, frame["late"], left=on_time, color="#F2C6B0", edgecolor=colour(1), height=0.42)
        for bar in late:
            bar.set(hatch="////", visible=bar.get_width() > 0)
        axes.set_ylim(len(frame) - 0.6, -0.75)
        axes.set_axis_off()
        for row, (label, words) in enumerate(zip(frame["label"], _loading(frame, wording), strict=True)):
            axes.annotate(label, (0, row - 0.28), va="bottom", fontsize=10)
            beside = (float(frame["expected"].max()) * 1.03, row)
            axes.annotate(words, beside, va="center", fontsize=10, annotation_clip=False)
        axes.set_title(wording.say("chart.loading"), loc="left", fontsize=9, color=FAINT)
        source_line(figure, source)
        return svg(figure)


def process_chart(frame: pd.DataFrame, wording: Wording, *, unit: str, source: str = "") -> str:
    """One series with its range of ordinary noise, what lies outside it, notes, gaps and a nowcast.

    Parameters
    ----------
    frame : `period`, `value` in `unit` (NaN: not there), `lower`, `upper` (the range; NaN: not judged), `meaning`
        (`improvement`, `concern`, `neutral` or empty), `mark` (as in `trend_chart`), `noted` and `withheld` (bool), and
        where there is a nowcast `nowcast`, `nowcast_low`, `nowcast_high`; where its moves are judged `move`,
        `move_lower`, `move_upper`, which get a panel of their own: on the scale of a stock they would not be seen.
    """
    import pandas as pd

    moving = "move" in frame
    with canvas(WIDTH, HEIGHT + MOVES_HEIGHT if moving else HEIGHT) as figure:
        panels = figure.subplots(2, 1, height_ratios=(HEIGHT, MOVES_HEIGHT)) if moving else [figure.subplots()]
        axes = panels[0]
        axes.fill_between(frame["period"], frame["lower"], frame["upper"], color=RANGE, linewidth=0)
        for edge in ("lower", "upper"):
            axes.plot(frame["period"], frame[edge], color=FAINT, linewidth=0.7)
        axes.plot(frame["period"], frame["value"], color=colour(0))
        alone = frame[frame["value"].notna() & _without_neighbour(frame["value"])]
        axes.plot(alone["period"], alone["value"], "o", color=colour(0), markersize=4)
        if "nowcast" in frame:
            known = frame.dropna(subset="nowcast")
            axes.fill_between(
                known["period"], known["nowcast_low"], known["nowcast_high"], color=colour(1), alpha=0.25, linewidth=0
            )
            axes.plot(known["period"], known["nowcast"], color=colour(1), linestyle=dash(1))
        for meaning, (shape, tint) in SIGNALS.items():
            there = frame[frame["meaning"] == meaning]
            axes.plot(there["period"], there["value"], shape, color=tint, markersize=7, markeredgecolor="white")
        noted = frame[frame["noted"] & frame["value"].notna()]
        for when, height in zip(noted["period"], noted["value"], strict=True):
            axes.annotate(
                "i", (when, height), xytext=(0, 9), textcoords="offset points", ha="center", fontsize=9,
                fontweight="bold", color=INK, bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": INK},
            )  # fmt: skip
        hidden = frame.loc[frame["withheld"], "period"]
        axes.plot(hidden, [0.03] * len(hidden), "s", color=INK, markerfacecolor="white", markersize=5,
                  transform=axes.get_xaxis_transform())  # fmt: skip
        _marks(axes, frame[~frame["withheld"]].assign(series=""), wording)
        date_axis(axes, wording)
        value_axis(axes, wording, unit, pd.concat([frame["value"], frame["lower"], frame["upper"]]))
        if moving:
            _moves(panels[1], frame.dropna(subset="move_lower"), wording, unit)
            figure.tight_layout()
        source_line(figure, _process_key(frame, wording) + source)
        return svg(figure)


def _moves(axes: Axes, frame: pd.DataFrame, wording: Wording, unit: str) -> None:
    """The moves that are judged, and the range of their ordinary noise."""
    axes.fill_between(frame["period"], frame["move_lower"], frame["move_upper"], color=RANGE, linewidth=0)
    axes.axhline(0, color=FAINT, linewidth=0.7)
    axes.plot(frame["period"], frame["move"], "-", color=colour(0), marker="o", markersize=3)
    for meaning, (shape, tint) in SIGNALS.items():
        there = frame[frame["meaning"] == meaning]
        axes.plot(there["period"], there["move"], shape, color=tint, markersize=7, markeredgecolor="white")
    date_axis(axes, wording)
    signed_axis(axes, wording, unit, frame["move"])
    unit_above(axes, wording.say("chart.moves", unit=wording.unit(difference_unit(unit))))


def gap_plot(frame: pd.DataFrame, wording: Wording, *, unit: str, source: str = "") -> str:
    """Each row a point and its interval, against an upright line at nothing.

    `frame` has `label`, `gap`, `low`, `high` (in `unit`; NaN: no number can be given) and `verdict` (`behind`,
    `ahead` or anything else).
    """
    labels = [textwrap.wrap(label, GAP_LABEL) for label in frame["label"]]
    lines = max(map(len, labels), default=1)
    with canvas(GAP_WIDTH, 0.7 + (0.34 + 0.18 * lines) * len(frame)) as figure:
        axes = figure.subplots()
        axes.axvline(0, color=FAINT, linewidth=1.2)
        for row, (one, label) in enumerate(zip(rows_of(frame), labels, strict=True)):
            shape, tint = GAPS.get(one.verdict, ("o", PALETTE[4]))
            axes.plot([one.low, one.high], [row, row], color=tint, linewidth=2.5, solid_capstyle="butt")
            axes.plot([one.gap], [row], shape, color=tint, markersize=8, markeredgecolor="white")
            axes.annotate(
                "\n".join(label), (0.0, row - 0.24 / (0.65 + 0.35 * lines)), fontsize=9.5, va="bottom", linespacing=1.0,
                xycoords=("axes fraction", "data"), bbox={"fc": "white", "ec": "none", "pad": 0.6},
            )  # fmt: skip
        axes.set_ylim(len(frame) - 0.5, -0.8)
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        axes.grid(True, axis="x")
        _difference_axis(axes, wording, unit)
        source_line(figure, wording.say("chart.gaps") + " " + source)
        return svg(figure)


def _difference_axis(axes: Axes, wording: Wording, unit: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: wording.number(value, decimals_of(unit), signed=True))
    )
    axes.set_xlabel(wording.unit(unit), fontsize=10)


def _process_key(frame: pd.DataFrame, wording: Wording) -> str:
    """What the band and the symbols of a process chart mean: only of those that are drawn."""
    shown = [f"chart.{meaning}" for meaning in SIGNALS if (frame["meaning"] == meaning).any()]
    shown += [f"chart.{name}" for name in ("noted", "withheld") if frame[name].any()]
    shown += ["chart.nowcast"] if "nowcast" in frame else []
    drawn = frame[~frame["withheld"]]
    words = [wording.say("chart.range")] if frame["lower"].notna().any() else []
    said = " · ".join([*words, *map(wording.say, shown)])
    return f"{said}. {_key(drawn, wording)}" if said else _key(drawn, wording)


def country_chart(frame: pd.DataFrame, wording: Wording, *, unit: str, focus: str, source: str = "") -> str:
    """One country among the others, on a logarithmic axis because their sizes differ a thousandfold.

    `frame` as in `trend_chart`; `focus` is the name of the country in front, and only the largest others are named.
    """
    with canvas(WIDTH, HEIGHT_COUNTRIES) as figure:
        axes = figure.subplots()
        axes.set_yscale("log")
        others = frame[frame["series"] != focus]
        positive = others.assign(value=others["value"].where(others["value"] > 0))
        wide = positive.pivot(index="period", columns="series", values="value")
        axes.plot(wide.index, wide, color=PALE, linewidth=1.0)
        for mark, shape in FLAGS.items():
            there = others[others["mark"] == mark]
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
            upright(axes, when, wording.say("chart.break") if named and when == breaks[0] else "")
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


def upright(axes: Axes, when: pd.Timestamp, label: str) -> None:
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
