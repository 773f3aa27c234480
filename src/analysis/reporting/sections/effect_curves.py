"""Everything that could have contradicted an estimate: other models, places and dates, one left out, earlier data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from analysis.effects.model_panel import Result
from analysis.effects.reruns import Placebo, Rerun
from analysis.effects.results import Refusal
from analysis.effects.synthetic import SyntheticEstimate
from analysis.evidence import Evidence
from analysis.reporting.page import Page
from analysis.reporting.sections.effect import refusal_codes
from analysis.reporting.sections.effect_case import Case, revised
from analysis.reporting.sections.effect_figures import (
    Scale,
    alt_intervals,
    chart_rows,
    expected,
    lineage_of,
    points,
    record_figure,
    record_number,
    scale_of,
    smallest_effect,
)
from analysis.reporting.text import decimals_of

MOST_LEFT_OUT = 8
Row = tuple[str, Evidence, bool]


def show_models(page: Page, case: Case) -> None:
    """How far the pre-specified models agree, and the effect under each."""
    panel = case.assessment.models
    if panel.estimates:
        sign = record_number(page, case, "share:same sign", 100 * panel.share_same_sign, "%")
        null = record_number(page, case, "share:excluding no effect", 100 * panel.share_excluding_null, "%")
        page.say("models.agree", count=page.wording.number(len(panel.results)), sign=sign, null=null)
        _chart(page, case, _model_rows(page, case), "caption.models")
    else:
        page.say("estimate.none")


def _model_rows(page: Page, case: Case) -> list[Row]:
    results = case.assessment.models.results.items()
    return [
        (
            page.wording.say(f"model.{name}"),
            record_figure(page, case, f"effect:model {name}", Rerun(name) if isinstance(one, Refusal) else one),
            name == case.intervention.model,
        )
        for name, one in results
    ]


def list_models(page: Page, case: Case) -> None:
    """Every pre-specified model, a refused one in its place."""
    panel, rows = case.assessment.models, _model_rows(page, case)
    table = []
    for row, result in zip(rows, panel.results.values(), strict=True):
        codes = [page.wording.say(f"code.{code}") for code in refusal_codes(result)]
        role = page.wording.say("role.main" if row[2] else "role.check")
        table.append(_cells(page, row, p_value=getattr(result, "p_value", None), role=role, note=", ".join(codes)))
    formats = {"label": "text", "role": "text", "estimate": "figure", "interval": "figure", "p_value": "p"}
    _table(page, table, "caption.models_table", formats | ({"note": "text"} if panel.refused else {}), rows)


def show_placebos(page: Page, case: Case) -> None:
    """The effect beside what is found where nothing can be; placebo outcomes, on another scale, are only listed."""
    rows = [row for row, one in _placebo_rows(page, case) if one.kind != "outcome"]
    if not refusal_codes(case.assessment.main):
        own = record_figure(page, case, "effect", case.assessment.main, listed=True)
        rows.insert(0, (page.wording.say("placebo.itself"), own, True))
    if any(one.value is not None for _, one, _ in rows):
        _chart(page, case, rows, "caption.placebos")
    else:
        page.say("placebos.none")


def _placebo_rows(page: Page, case: Case) -> list[tuple[Row, Placebo]]:
    found = [(_placebo_name(page, one), _placebo_figure(page, case, one), one) for one in case.assessment.placebos]
    return [((name, figure, False), one) for name, figure, one in found]


def list_placebos(page: Page, case: Case) -> None:
    """Each placebo, whether it is passed and whether it counts; and what placebos in space assume."""
    rows, main = _placebo_rows(page, case), case.assessment.main
    ratios = _ratios(page, main)
    table = [
        _cells(
            page,
            row,
            kind=page.wording.say(f"placebo.{one.kind}"),
            ratio=ratios.get(one.run.label, "–"),
            answer=one.answer,
            counted=page.wording.say("counted.yes" if one.counted else f"counted.{one.kind}"),
        )
        for row, one in rows
    ]
    width = "interval" if case.panel is None else "ratio"
    formats = {"label": "text", "kind": "text", "estimate": "figure", width: "figure", "answer": "code:answer"}
    _table(page, table, "caption.placebos_table", {**formats, "counted": "text"}, [row for row, _ in rows])
    if isinstance(main, SyntheticEstimate):
        smallest = record_number(page, case, "p:smallest", main.details["minimum_p"])
        own = ratios.get(case.intervention.treated[0], "–")
        place = page.places(case.intervention.treated[0])
        page.say("placebos.space", smallest=page.wording.number(smallest.value, 2), geo=place, own=own)
        page.say("assumption.equal_noise")


def _ratios(page: Page, main: Result) -> dict[object, str]:
    """How many times larger each country's gap to its weighted mean is after the onset than before."""
    if not isinstance(main, SyntheticEstimate):
        return {}
    pairs = zip(main.in_space["unit"], main.in_space["ratio"].astype(float), strict=True)
    return {unit: page.wording.number(ratio, 1) for unit, ratio in pairs}


def show_left_out(page: Page, case: Case) -> None:
    """The estimate without one period, or without one donor: the range, and the ones that move it most."""
    runs = case.assessment.left_out
    if not runs:
        page.say("left_out.none")
        return
    scale = scale_of(page, case)
    low, high = (edge(runs, key=lambda run: run.estimate) for edge in (min, max))
    span = [record_number(page, case, f"effect:without {name}", scale.told(run.estimate), scale.unit)
            for name, run in (("lowest", low), ("highest", high))]  # fmt: skip
    what = "donor" if case.panel is not None else "period"
    words = page.wording.span(span[0].value, span[1].value, scale.unit)
    said = page.wording.say(f"left_out.{what}", count=page.wording.number(len(runs)), span=words)
    page.markdown(said, evidence=span)
    _chart(page, case, _left_out_rows(page, case), "caption.left_out")


def _left_out_rows(page: Page, case: Case) -> list[Row]:
    """The estimate itself, then the runs that lie farthest from it."""
    main = case.assessment.main
    if isinstance(main, Refusal) or not case.assessment.left_out:
        return []
    moving = sorted(case.assessment.left_out, key=lambda run: -abs(run.estimate - main.estimate))[:MOST_LEFT_OUT]
    own = record_figure(page, case, "effect", main, listed=True)
    rows = [(_run_name(page, run), record_figure(page, case, f"effect:without {run.label}", run)) for run in moving]
    return [(page.wording.say("left_out.nothing"), own, True), *((name, one, False) for name, one in rows)]


def list_left_out(page: Page, case: Case) -> None:
    """The runs of `show_left_out` as figures."""
    rows = _left_out_rows(page, case)
    formats = {"label": "text", "estimate": "figure", **({} if case.panel is not None else {"interval": "figure"})}
    _table(page, [_cells(page, row) for row in rows], "caption.left_out_table", formats, rows)


def show_editions(page: Page, case: Case) -> None:
    """Whether the conclusion moved when bodies revised, edition by edition."""
    changed, values = revised(page, case.intervention)
    facts = {"changed": page.wording.number(changed), "values": page.wording.number(values)}
    key = "editions.version" if changed else "editions.unrevised"
    page.markdown(page.wording.say(key, day=page.wording.day(page.as_of), **facts))
    show_completed(page, case)
    given = [run for run in case.assessment.editions if run.estimate == run.estimate]
    if len(given) < 2:
        page.say("editions.one")
        return
    moved = len({run.concludes for run in given}) > 1
    page.say("editions.moved" if moved else "editions.same", count=page.wording.number(len(given)))
    _chart(page, case, _edition_rows(page, case), "caption.editions")


def show_completed(page: Page, case: Case) -> None:
    """The effect with the last periods at their nowcast, whose uncertainty widens the interval; nothing without one."""
    found = case.assessment.completed
    if found is None:
        return
    if refusal_codes(found):
        page.say("nowcast.refused")
        return
    details = found.details  # type: ignore[union-attr]
    one = record_figure(page, case, "effect:nowcast", found, listed=True)
    share = record_number(page, case, "effect:nowcast share", 100 * details["nowcast_share"], "%")
    count = page.wording.number(details["nowcast_periods"])
    page.say("nowcast.carried", count=count, effect=one, span=page.span_of(one), share=share)


def _edition_rows(page: Page, case: Case) -> list[Row]:
    runs = case.assessment.editions
    return [(page.wording.day(_day(run.label)), _edition_figure(page, case, run), run is runs[-1]) for run in runs]


def list_editions(page: Page, case: Case) -> None:
    """The editions as figures, with what each concludes."""
    rows = _edition_rows(page, case)
    pairs = zip(rows, case.assessment.editions, strict=True)
    table = [_cells(page, row, concludes=run.concludes) for row, run in pairs]
    formats = {"label": "text", "estimate": "figure", "interval": "figure", "concludes": "code:concludes"}
    _table(page, table, "caption.editions_table", formats, rows)


def show_contrast(page: Page, case: Case) -> None:
    """The treated against the territories of comparison: as a description, with what happened before the onset."""
    compared, drift = case.assessment.contrast, case.assessment.pre_trend
    if compared is not None:
        scale = Scale(points(page, case.intervention.indicator))
        one = record_figure(page, case, "effect:contrast", Rerun("", compared.estimate), scale=scale)
        names = [page.label("geo", geo) for geo in case.intervention.comparison]
        smallest = record_number(page, case, "p:smallest", compared.design.minimum_p)
        page.say("contrast.described", estimate=one, geos=page.wording.listing(names),
                 smallest=page.wording.number(smallest.value, 2))  # fmt: skip
        for code in compared.refused:
            page.markdown(f"- {page.wording.say(f'refusal.{code}')}")
        page.say("assumption.equal_noise")
    if drift is None:
        page.say("pre_trend.none")
        return
    scale = scale_of(page, case)
    slope = record_figure(page, case, "slope:before", drift, scale=scale)
    seen = record_number(page, case, "slope:detectable", scale.told(expected(case, drift.detectable)), scale.unit)
    carried = record_number(page, case, "effect:carried", scale.told(expected(case, drift.carried)), scale.unit)
    found = "seen" if not drift.ci_low <= 0 <= drift.ci_high else "unseen"
    page.say(f"pre_trend.{found}", slope=page.figure_of(slope, decimals=2), span=page.span_of(slope, decimals=2),
             detectable=page.wording.quantity(seen.value, seen.unit, decimals=2), carried=carried)  # fmt: skip


def show_power(page: Page, case: Case) -> None:
    """The smallest effect that the design would have seen, judged by the noise before the onset."""
    from analysis.effects.series_power import SeriesPower

    power = case.assessment.power
    smallest, unit = smallest_effect(page, case)
    if power is None or smallest != smallest:
        page.say("power.unknown")
        return
    kind = "series" if isinstance(power, SeriesPower) else "comparison"
    least = record_number(page, case, "effect:detectable", smallest, unit)
    words = page.wording.quantity(least.value, least.unit)
    before, after = page.wording.number(power.n_pre), page.wording.number(power.n_post)
    page.markdown(page.wording.say(f"power.{kind}", least=words, before=before, after=after), evidence=[least])


def _chart(page: Page, case: Case, rows: Sequence[Row], caption: str) -> None:
    from analysis.reporting.effect_charts import interval_chart

    title = page.wording.say(caption, title=case.intervention.title[page.lang])
    unit = scale_of(page, case).unit
    source = page.source(case.series if case.panel is None else case.panel)
    drawing = interval_chart(chart_rows(rows), page.wording, unit=unit, source=source)
    page.figure(drawing, title, alt_intervals(page, title, rows), evidence=[one for _, one, _ in rows])


def _cells(page: Page, row: Row, **more: Any) -> dict[str, Any]:
    label, one, _ = row
    number, places = page.wording.number, decimals_of(one.unit)
    shown = one.ci_low is not None and one.ci_high is not None
    span = page.wording.say("format.span", low=number(one.ci_low, places), high=number(one.ci_high, places))
    estimate = number(one.value, places, signed=True)
    return {"label": label, "estimate": estimate, "interval": span if shown else "–", **more}


def _table(page: Page, rows: list[dict[str, Any]], caption: str, formats: dict[str, str], shown: Sequence[Row]) -> None:
    import pandas as pd

    units = dict.fromkeys(page.wording.unit(one.unit) for _, one, _ in shown)
    title = page.wording.say(caption, unit=", ".join(units))
    page.table(pd.DataFrame(rows), title, formats, evidence=[one for _, one, _ in shown])


def _placebo_name(page: Page, placebo: Placebo) -> str:
    label = placebo.run.label
    if placebo.kind == "date":
        return page.wording.day(_day(label))
    return page.label("indicator" if placebo.kind == "outcome" else "geo", str(label))


def _placebo_figure(page: Page, case: Case, placebo: Placebo) -> Evidence:
    """A placebo rests on other observations than the effect: other places, or another indicator."""
    scale, label = scale_of(page, case), placebo.run.label
    lineage = lineage_of(case, f"effect:placebo {placebo.kind} {label}")
    if placebo.kind == "territory":
        lineage = replace(lineage, geo=str(label), parts=(), provider="")
    elif placebo.kind == "outcome":
        flow = page.catalogue.indicators[str(label)].domain
        scale = Scale(points(page, str(label)))
        lineage = replace(lineage, indicator=str(label), dataflow=flow, provider="")
    return record_figure(page, case, lineage.statistic, placebo.run, scale=scale, lineage=lineage)


def _edition_figure(page: Page, case: Case, run: Rerun) -> Evidence:
    return record_figure(replace(page, as_of=_day(run.label)), case, "effect:edition", run)


def _run_name(page: Page, run: Rerun) -> str:
    if isinstance(run.label, str):
        return page.label("geo", run.label)
    return page.wording.day(_day(run.label), "medium")


def _day(label: Any) -> date:
    return label if type(label) is date else label.date()
