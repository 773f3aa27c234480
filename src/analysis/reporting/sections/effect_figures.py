"""The figures of an intervention as evidence: in the indicator's own units or, where effects are relative, per cent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.effect_case import Case
from analysis.reporting.text import difference_unit

if TYPE_CHECKING:
    import pandas as pd

RATIO = "rate ratio"


@dataclass(frozen=True)
class Scale:
    """How effects are told: their unit, and whether they are logarithms or rate ratios that become per cent."""

    unit: str
    kind: str = "level"  # or log, or ratio

    def told(self, effect: float) -> float:
        """An effect in `unit`."""
        if self.kind == "log":
            return 100 * math.expm1(effect) if math.isfinite(effect) else effect
        return 100 * (effect - 1) if self.kind == "ratio" else effect


def scale_of(page: Page, case: Case) -> Scale:
    """The scale of the main result of an intervention."""
    if case.relative:
        return Scale("%", "log")
    if getattr(case.assessment.main, "unit", "") == RATIO:
        return Scale("%", "ratio")
    return Scale(points(page, case.intervention.indicator))


def expected(case: Case, effect: float) -> float:
    """The size of an effect, in the direction that the protocol expects: falls of a logarithm are no rises."""
    return -effect if case.intervention.expected_sign < 0 else effect


def smallest_effect(page: Page, case: Case) -> tuple[float, str]:
    """The smallest effect that the design would have seen, and its unit; NaN where nothing tells the noise."""
    scale = scale_of(page, case)
    return scale.told(expected(case, case.assessment.minimum_effect)), scale.unit


def points(page: Page, indicator: str) -> str:
    """The unit of a difference of an indicator."""
    return difference_unit(page.catalogue.indicators[indicator].unit)


def lineage_of(case: Case, statistic: str) -> Lineage:
    """What a figure of an intervention rests on: the treated series, and its donors where there are some."""
    series, intervention = case.series, case.intervention
    row = series.iloc[-1]
    everybody = intervention.treated if case.panel is None else tuple(sorted(set(case.panel["geo"])))
    return Lineage(
        statistic,
        dataflow=row["dataflow"],
        provider=row["provider"],
        indicator=intervention.indicator,
        geo="+".join(intervention.treated),
        parts=everybody,
        periods=(f"{series['period'].min():%Y-%m-%d}/{series['period'].max():%Y-%m-%d}",),
        sex=row["sex"],
        age=row["age"],
        nationality=row["nationality"],
    )


def record_figure(
    page: Page,
    case: Case,
    statistic: str,
    found: Any,
    *,
    scale: Scale | None = None,
    n: float | None = None,
    listed: bool = False,
    lineage: Lineage | None = None,
) -> Evidence:
    """`found` (`estimate`, `ci_low`, `ci_high`) as evidence, in the units of `scale`."""
    shown = scale or scale_of(page, case)
    low, high = shown.told(found.ci_low), shown.told(found.ci_high)
    return page.record(
        shown.told(found.estimate),
        lineage or lineage_of(case, statistic),
        unit=shown.unit,
        interval=(low, high),
        n=len(case.series) if n is None else n,
        listed=listed,
    )


def record_number(page: Page, case: Case, statistic: str, value: float, unit: str = "") -> Evidence:
    """A plain figure of an intervention as evidence: a share, a count, a size."""
    return page.record(value, lineage_of(case, statistic), unit=unit, n=len(case.series), listed=False)


def chart_rows(rows: Iterable[tuple[str, Evidence, bool]]) -> pd.DataFrame:
    """Labelled evidence as `interval_chart` takes it."""
    import pandas as pd

    nan = float("nan")
    return pd.DataFrame(
        [(label, _or(one.value, nan), _or(one.ci_low, nan), _or(one.ci_high, nan), main) for label, one, main in rows],
        columns=["label", "estimate", "low", "high", "main"],
    )


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def alt_intervals(page: Page, title: str, rows: Iterable[tuple[str, Evidence, bool]]) -> str:
    """What a chart of intervals shows, row by row."""
    return " ".join([page.wording.say("alt.intervals", title=title), *(_alt_interval(page, *row[:2]) for row in rows)])


def _alt_interval(page: Page, label: str, one: Evidence) -> str:
    if one.value is None:
        return page.wording.say("alt.refused", label=label)
    key = "alt.dot" if one.ci_low is None else "alt.interval"
    return page.wording.say(key, label=label, estimate=page.figure_of(one), span=page.span_of(one))
