"""The paper that charts are drawn on: size, colours, fonts, localised axes, and an SVG that never varies by a byte."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from analysis.reporting.text import Wording, decimals_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 4.6, 3.2  # inches: so small that a phone of 360 px shows the whole with letters of 9 px or more
ENLARGED = 1.25  # on a screen that has room
# Told apart by the colour-blind, at least 4.5:1 on white, and of different darkness for grey print.
PALETTE = ("#005AB5", "#B8400E", "#00704E", "#7B3294", "#4D4D4D")
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)))
INK, FAINT, PALE = "#1F1F1F", "#595959", "#B9B9B9"
MONTH_STEPS = (1, 2, 3, 6, 12)
LABEL_WIDTH = 13
SOURCE_WIDTH = 68
SOURCE_BELOW = 0.22  # inches: two lines of dates
LABEL_GAP = 0.09  # of the height of the axes: one line of a direct label
STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so every machine draws the same outlines
    "font.size": 11.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "lines.linewidth": 2.0,
    "svg.fonttype": "path",
    "svg.hashsalt": "integration-monitor",
    "path.simplify": False,
}


@contextmanager
def canvas(width: float = WIDTH, height: float = HEIGHT, *, letters: bool = False) -> Iterator[Figure]:
    """An empty figure in our style; no pyplot, so nothing is kept or shown behind the caller's back.

    `letters` keeps words as text instead of outlines: a tenth of the bytes where a chart is mostly words, in the
    reader's own sans serif (ours is wider than most, so that what fits here fits there).
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    words: dict[Any, Any] = (
        {"svg.fonttype": "none", "font.family": [*STYLE["font.family"], "sans-serif"]} if letters else {}
    )
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE, **words, "backend": "Agg"}):
        yield Figure(figsize=(width, height))


def svg(figure: Figure) -> str:
    """`figure` as SVG without clock, author, document type or any address to fetch."""
    import io

    stream = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(stream, format="svg", bbox_inches="tight", pad_inches=0.06, metadata=nothing)
    drawing = stream.getvalue()
    drawing = drawing[re.search(r"<svg\b", drawing).start() :]  # type: ignore[union-attr]
    return re.sub(r'(?<= )(width|height)="([\d.]+)pt"', _enlarged, drawing, count=2)


def _enlarged(found: re.Match[str]) -> str:
    return f'{found[1]}="{float(found[2]) * ENLARGED:.2f}pt"'


def colour(index: int) -> str:
    """The colour of the series at `index`."""
    return PALETTE[index % len(PALETTE)]


def dash(index: int) -> Any:
    """The line style of the series at `index`; it tells series apart where colour does not."""
    return DASHES[index % len(DASHES)]


def date_axis(axes: Axes, wording: Wording, ticks: int = 6) -> None:
    """At most `ticks` months, in the reader's language; call it once everything is drawn."""
    from babel.dates import format_skeleton
    from matplotlib.dates import MonthLocator, num2date
    from matplotlib.ticker import FuncFormatter

    def month(position: float, _: object) -> str:
        when: Any = num2date(position)  # type: ignore[no-untyped-call]
        words = str(format_skeleton("yMMM", when, locale=wording.locale))
        return "\n".join(words.rsplit(" ", 1))

    first, last = axes.get_xlim()
    step = next((step for step in MONTH_STEPS if (last - first) / 30.4 / step <= ticks), 24)
    months = range(1, 13, step) if step <= 12 else [1]
    locator: Any = MonthLocator(bymonth=months, interval=1)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(FuncFormatter(month))


def value_axis(axes: Axes, wording: Wording, unit: str, values: pd.Series) -> None:
    """Localised figures, the unit above the axis, and zero as the base unless the series lie far from it."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    known = values.dropna()
    spread = known.max() - known.min() if len(known) else 0
    if len(known) and 0 <= known.min() < 0.6 * known.max():
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=unit not in ("%", "per 1,000", "pp")))
    decimals = decimals_of(unit) if spread < 10 else 0
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.number(value, decimals)))
    unit_above(axes, wording.unit(unit))


def signed_axis(axes: Axes, wording: Wording, unit: str, values: pd.Series) -> None:
    """Localised differences with their sign."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    decimals = decimals_of(unit) if values.max() - values.min() < 10 else 0
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=not decimals))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.number(value, decimals, signed=value != 0)))


def unit_above(axes: Axes, words: str) -> None:
    """What the value axis counts, level and readable, above the room for the names of upright lines."""
    axes.set_title(words, loc="left", fontsize=10, color=FAINT, pad=18)


def direct_labels(axes: Axes, ends: Sequence[tuple[str, float, str]]) -> None:
    """Names beside the ends of their lines (`name, height, colour`), pushed apart where they would meet."""
    texts = ["\n".join(textwrap.wrap(name, LABEL_WIDTH)) for name, _, _ in ends]
    sizes = [LABEL_GAP * (text.count("\n") + 1) for text in texts]
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = [to_axes.transform((0, height))[1] for _, height, _ in ends]
    for text, place, (_, _, tint) in zip(texts, spread_out(heights, sizes), ends, strict=True):
        axes.annotate(
            text, (1.015, place), xycoords="axes fraction", color=tint, va="center", annotation_clip=False,
            fontsize=10.5, fontweight="bold", linespacing=1.05,
        )  # fmt: skip


def spread_out(heights: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """`heights` moved up and down as little as needed, so that labels of `sizes` do not overlap; order is kept."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    placed: list[float] = []
    for rank, index in enumerate(order):
        below = placed[-1] + (sizes[order[rank - 1]] + sizes[index]) / 2 if placed else heights[index]
        placed.append(max(heights[index], below))
    excess = placed[-1] - max(heights[order[-1]], 1.0) if placed else 0.0
    if excess > 0:
        ceiling = placed[-1] - excess
        for rank in range(len(order) - 1, -1, -1):
            placed[rank] = min(placed[rank], ceiling)
            ceiling = placed[rank] - (sizes[order[rank]] + sizes[order[rank - 1]]) / 2
    return [height for _, height in sorted(zip(order, placed, strict=True))]


def source_line(figure: Figure, text: str) -> None:
    """Where the data come from, in small letters under the axes."""
    lines = "\n".join(textwrap.wrap(text, SOURCE_WIDTH))
    figure.text(0.02, -SOURCE_BELOW / figure.get_figheight(), lines, fontsize=8.5, color=FAINT, ha="left", va="top")
