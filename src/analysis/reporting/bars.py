"""Lying bars and dots: shares with intervals, counts by language, steps from one amount to another, who covers what."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.reporting.canvas import FAINT, INK, PALE, WIDTH, canvas, colour, source_line, svg
from analysis.reporting.text import Wording, rows_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LINE = 0.27  # inches a line
LABEL, HEADING = 30, 62
HATCHES = ("", "////", "....", "xxxx")


def share_dots(frame: pd.DataFrame, wording: Wording, *, source: str = "") -> str:
    """Shares as dots with their intervals, question by question; drawn in few strokes, for there are many.

    `frame` has `group` (the question, shown as a heading), `label`, `value`, `low` and `high`, from 0 to 100.
    """
    dots = frame.assign(label=[_wrapped(str(label)) for label in frame["label"]])
    dots["place"], headings, lines = _stacked(dots)
    height = 0.9 + LINE * lines
    with canvas(WIDTH, height, letters=True) as figure:
        axes = figure.subplots(
            gridspec_kw={"left": 0.45, "right": 0.98, "top": 1 - 0.4 / height, "bottom": 0.3 / height}
        )
        axes.hlines(dots["place"], dots["low"], dots["high"], color=colour(0), linewidth=2.2, alpha=0.45)
        axes.plot(dots["value"], dots["place"], "o", color=colour(0), markersize=6, clip_on=False)
        for name, place in headings.items():
            axes.annotate(
                name,
                (-0.82, place),
                xycoords=("axes fraction", "data"),
                va="center",
                fontweight="bold",
                annotation_clip=False,
                fontsize=9,
            )
        axes.set_yticks(dots["place"], dots["label"])
        axes.set(xlim=(0, 100), ylim=(lines - 0.4, -0.8))
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0, labelsize=9.5)
        _percent_axis(axes, wording)
        source_line(figure, source)
        return svg(figure)


def _stacked(dots: pd.DataFrame) -> tuple[list[float], dict[str, float], float]:
    """The place of each row and of each heading above its rows, as their lines need room, and of all that follows."""
    places: list[float] = []
    headings: dict[str, float] = {}
    below, last = 0.0, None
    for group, label in zip(dots["group"], dots["label"], strict=True):
        if group != last:
            heading, last = "\n".join(textwrap.wrap(str(group), HEADING)), group
            headings[heading] = below + (_room(heading) - 1) / 2
            below += _room(heading)
        places.append(below + (_room(label) - 1) / 2)
        below += _room(label)
    return places, headings, below


def used_bars(frame: pd.DataFrame, wording: Wording, *, title: str) -> str:
    """A loading bar per row: `used` of `of`, with its `label`; `title` says what is counted."""
    with canvas(WIDTH, 0.5 + 0.52 * len(frame)) as figure:
        axes = figure.subplots()
        place = range(len(frame))
        axes.barh(place, frame["of"], color="white", edgecolor=FAINT, linewidth=0.8, height=0.42)
        axes.barh(place, frame["used"], color=colour(0), height=0.42)
        axes.set_ylim(len(frame) - 0.6, -0.75)
        axes.set_axis_off()
        for row, line in enumerate(rows_of(frame)):
            share = wording.say("chart.of", reported=wording.number(line.used), expected=wording.number(line.of))
            axes.annotate(line.label, (0, row - 0.28), va="bottom", fontsize=10)
            beside = (float(frame["of"].max()) * 1.03, row)
            axes.annotate(share, beside, va="center", fontsize=10, annotation_clip=False)
        axes.set_title(title, loc="left", fontsize=9, color=FAINT)
        return svg(figure)


def count_bars(frame: pd.DataFrame, wording: Wording, *, source: str = "") -> str:
    """Counts as bars divided by a second key, each part with its own hatching.

    `frame` has `label`, `part` (the name of the second key) and `count`.
    """
    labels, parts = list(dict.fromkeys(frame["label"])), list(dict.fromkeys(frame["part"]))
    wide = frame.pivot(index="label", columns="part", values="count").loc[labels, parts].fillna(0)
    names = [_wrapped(label) for label in labels]
    with canvas(WIDTH, 1.1 + 1.25 * LINE * len(labels) * max(map(_room, names), default=1.0), letters=True) as figure:
        axes = figure.subplots()
        start = wide.iloc[:, 0] * 0
        for index, part in enumerate(parts):
            style: dict[str, Any] = (
                {"color": colour(index)} if index == 0 else {"color": "white", "edgecolor": colour(index)}
            )
            bars = axes.barh(range(len(labels)), wide[part], left=start, height=0.66, label=part, **style)
            for bar in bars:
                bar.set_hatch(HATCHES[index % len(HATCHES)])
            start = start + wide[part]
        for place, value in enumerate(start):
            axes.annotate(wording.number(value), (value, place), xytext=(4, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(labels)), names)
        _bare(axes)
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(parts), frameon=False, fontsize=9.5)
        source_line(figure, source)
        return svg(figure)


def waterfall(steps: Sequence[tuple[str, float, bool]], wording: Wording, *, unit: str, source: str = "") -> str:
    """From one amount to another: (name, amount, whether it is a total) each; changes stand on what came before."""
    names = [_wrapped(name) for name, _, _ in steps]
    with canvas(WIDTH, 1.0 + LINE * len(steps) * max(1.7, *map(_room, names))) as figure:
        axes = figure.subplots()
        level = 0.0
        for place, (_, amount, is_total) in enumerate(steps):
            start = 0.0 if is_total else level
            shade: dict[str, Any] = {"color": FAINT} if is_total else {"color": colour(0 if amount >= 0 else 1)}
            bar = axes.barh(place, amount, left=start, height=0.6, **shade)
            if not is_total and amount < 0:
                bar[0].set(hatch="////", facecolor="white", edgecolor=colour(1))
            level = start + amount
            figure_ = wording.quantity(amount, unit, signed=not is_total)
            axes.annotate(figure_, (max(start, level), place), xytext=(4, 0), textcoords="offset points", va="center")
            if place + 1 < len(steps):
                axes.plot([level, level], [place, place + 1], color=PALE, linewidth=1)
        axes.set_yticks(range(len(steps)), names)
        _bare(axes)
        axes.margins(x=0.22)
        source_line(figure, source)
        return svg(figure)


def coverage_grid(frame: pd.DataFrame, wording: Wording, *, source: str = "") -> str:
    """How many bodies stand at each crossing; an empty crossing is left white and a number says the rest.

    `frame` has its rows as index and its columns as columns, both in words; whole numbers.
    """
    cells = frame.to_numpy(dtype=float)
    names = [_wrapped(str(name)) for name in frame.index]
    with canvas(WIDTH, 1.3 + LINE * len(frame) * max(1.35, *map(_room, names)), letters=True) as figure:
        axes = figure.subplots()
        axes.imshow(
            frame.to_numpy(dtype=float),
            cmap="Blues",
            vmin=0,
            vmax=2 * max(1, int(cells.max())),
            aspect="auto",
        )
        for row in range(len(frame)):
            for column in range(frame.shape[1]):
                value = round(float(cells[row, column]))
                axes.text(column, row, wording.number(value) if value else "–", ha="center", va="center", color=INK)
        axes.set_xticks(range(frame.shape[1]), ["\n".join(textwrap.wrap(str(name), 14)) for name in frame.columns])
        axes.set_yticks(range(len(frame)), names)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelsize=9)
        axes.tick_params(axis="x", labelsize=7)
        axes.grid(visible=False)
        axes.spines[["left", "bottom"]].set_visible(False)
        source_line(figure, source)
        return svg(figure)


def _percent_axis(axes: Axes, wording: Wording) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.quantity(value, "%", decimals=0)))
    axes.xaxis.tick_top()
    axes.spines[["left", "bottom"]].set_visible(False)


def _bare(axes: Axes) -> None:
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.xaxis.set_visible(False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _wrapped(label: str) -> str:
    """The whole label: what is cut off is what tells one row from the next."""
    return "\n".join(textwrap.wrap(label, LABEL))


def _room(text: str) -> float:
    """How many lines of a chart a text of several lines needs."""
    return max(1.0, 0.62 * (text.count("\n") + 1))
