"""The columns of a segmented regression: level, trend, change of level, change of slope, season."""

from dataclasses import dataclass

import numpy as np

from analysis.effects.series import Floats, OrderedSeries

LEVEL = 2  # the column of the level change
SLOPE = 3  # the column of the slope change, where it is asked for


@dataclass(frozen=True, eq=False)
class SegmentedColumns:
    """`values` (n x k) as observed; `untreated` the same rows had the intervention not happened."""

    values: Floats
    untreated: Floats


def columns_of(
    series: OrderedSeries, slope: bool, harmonics: int, period: float | None, *, ramp_from: int = 0
) -> SegmentedColumns:
    """Intercept, trend (per period, from the first), step, ramp (0 at `ramp_from` periods after the onset), season."""
    position = series.position.astype(float)
    post = series.post.astype(float)
    columns = [np.ones_like(position), position, post]
    if slope:
        columns.append(post * (position - series.onset - ramp_from))
    columns += _season(position, harmonics, period)
    values = np.column_stack(columns)
    untreated = values.copy()
    untreated[:, LEVEL : LEVEL + 1 + int(slope)] = 0.0
    return SegmentedColumns(values, untreated)


def _season(position: Floats, harmonics: int, period: float | None) -> list[Floats]:
    columns: list[Floats] = []
    for k in range(1, harmonics + 1):
        assert period is not None
        angle = 2 * np.pi * k * position / period
        columns.append(np.cos(angle))
        if 2 * k != period:  # at half the period the sine is zero everywhere
            columns.append(np.sin(angle))
    return columns
