"""One intervention judged: the estimate, everything that could have contradicted it, and the verdict.

Two designs: a single interrupted series, and one treated unit against weighted donors. Both give an `Assessment`, so
that a page, a table of all interventions and the command line show the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from analysis.effects.gate import identification_gate
from analysis.effects.interrupted import interrupted_time_series
from analysis.effects.model_panel import COMPARISONS, ModelPanel, Result, comparison_panel, its_panel_of_models
from analysis.effects.panel_design import PanelDesign, panel_design
from analysis.effects.placebo_dates import placebo_dates
from analysis.effects.placebos import false_date_answer
from analysis.effects.reruns import (
    FEWEST_EDITIONS,
    NaN,
    Placebo,
    Rerun,
    leave_one_period_out,
    over_editions,
    placebo_series,
    rerun,
    stands,
)
from analysis.effects.results import Answer, Diagnostic, Refusal
from analysis.effects.router import routed_difference
from analysis.effects.series_power import PreTrend, SeriesPower, pre_trend, series_power
from analysis.effects.synthetic import SyntheticEstimate
from analysis.effects.verdict import Verdict, comparison_verdict, single_series_verdict
from analysis.effects.young_periods import with_nowcast
from analysis.errors import DataRejected

Frames = Mapping[object, pd.DataFrame]
TIME, UNIT = "period", "geo"


@dataclass(frozen=True, eq=False)
class Contrast:
    """The treated against the comparison units of the protocol: a description unless the design bears inference."""

    estimate: float
    design: PanelDesign
    refused: tuple[str, ...]
    pre_trend: PreTrend | None


@dataclass(frozen=True, eq=False)
class Assessment:
    """What is shown of one intervention; figures in the units of the outcome column, effects of `log` ones in logs.

    `power` is the smallest effect that the main design would see with 80 % power (None where nothing tells its noise).
    `completed` is the main result with the last periods at their nowcast (None where the outcome has none).
    """

    main: Result
    models: ModelPanel
    placebos: tuple[Placebo, ...]
    left_out: tuple[Rerun, ...]
    editions: tuple[Rerun, ...]
    power: SeriesPower | PanelDesign | None
    contrast: Contrast | None
    pre_trend: PreTrend | None
    verdict: Verdict
    completed: Result | None = None

    @property
    def minimum_effect(self) -> float:
        """The smallest detectable effect, NaN where nothing tells the noise."""
        return NaN if self.power is None else self.power.minimum_effect


@dataclass(frozen=True)
class Question:
    """What the protocol fixed, as the estimators take it."""

    onset: object
    model: str
    models: tuple[str, ...]
    placebo_dates: tuple[object, ...] = ()
    kind: str = ""
    protocol: Answer = "cannot tell"
    announced: object = None


@dataclass(frozen=True)
class Elsewhere:
    """Series on which nothing can be found, with the same columns: comparison territories and other outcomes.

    `outcomes` are those of the protocol, `explored` those named after it was locked; `other_unit` names the outcomes
    whose unit is not that of the main one.
    """

    territories: Frames = field(default_factory=dict)
    outcomes: Frames = field(default_factory=dict)
    explored: Frames = field(default_factory=dict)
    other_unit: frozenset[object] = frozenset()


def assess_series(
    frame: pd.DataFrame,
    outcome: str,
    question: Question,
    *,
    elsewhere: Elsewhere | None = None,
    editions: Frames | None = None,
    nowcast: pd.DataFrame | None = None,
    thorough: bool = True,
) -> Assessment:
    """Judge one interrupted series.

    Parameters
    ----------
    frame : `period`, `outcome` and, where the source flags breaks, `flag`; one row a period.
    elsewhere : series of the same columns that the intervention cannot have moved.
    editions : the series as it was known on earlier days, oldest first.
    nowcast : of the last periods, as `with_nowcast` takes it; shown beside the effect, and no part of the verdict.
    thorough : whether periods are left out one at a time, which takes longest.
    """
    onset, kind = question.onset, question.kind
    asked = (frame, TIME, outcome, onset)
    elsewhere = elsewhere or Elsewhere()
    told = question.announced
    main = interrupted_time_series(*asked, model=question.model, kind=kind, announced=told)
    panel = its_panel_of_models(*asked, models=question.models, kind=kind, announced=told, checks=False)
    dates = placebo_dates(*asked, question.placebo_dates, main=main, model=question.model, kind=kind, checks=False)
    placebos = (
        *(
            Placebo("date", rerun(day, result), check.answer)
            for (day, result), check in zip(dates.results.items(), dates.diagnostics, strict=True)
        ),
        *_elsewhere(elsewhere, outcome, question, main),
    )
    refused = isinstance(main, Refusal) or not main.supported
    left_out = () if refused or not thorough else leave_one_period_out(*asked, model=question.model, kind=kind)
    runs = over_editions(editions or {}, TIME, outcome, onset, model=question.model, kind=kind)
    verdict = single_series_verdict(
        main,
        panel,
        placebos=[*dates.diagnostics, *(_as_check(one) for one in placebos if one.kind != "date" and one.counted)],
        leave_one_out=None if refused else stands(main, left_out, fewest=1),
        vintages=stands(main, runs, FEWEST_EDITIONS),
        protocol=question.protocol,
    )
    compared = contrast_with(frame, elsewhere.territories, outcome, question) if elsewhere.territories else None
    power = series_power(frame, TIME, outcome, onset)
    drift = compared.pre_trend if compared else None
    completed = None if nowcast is None else with_nowcast(*asked, nowcast, model=question.model, kind=kind)
    return Assessment(main, panel, placebos, left_out, runs, power, compared, drift, verdict, completed)


def _elsewhere(elsewhere: Elsewhere, outcome: str, question: Question, main: Result) -> list[Placebo]:
    groups = (("territory", elsewhere.territories, True), ("outcome", elsewhere.outcomes, True),
              ("outcome", elsewhere.explored, False))  # fmt: skip
    found: list[Placebo] = []
    for kind, frames, counted in groups:
        for label, frame in frames.items():
            found += placebo_series(
                kind, {label: frame}, TIME, outcome, question.onset, main=main, counted=counted,
                same_unit=label not in elsewhere.other_unit, model=question.model,
            )  # fmt: skip
    return found


def _as_check(placebo: Placebo) -> Diagnostic:
    return Diagnostic(f"placebo {placebo.kind}", placebo.answer, "", placebo.run.estimate, placebo.run.p_value)


def contrast_with(frame: pd.DataFrame, others: Frames, outcome: str, question: Question) -> Contrast | None:
    """The treated less the mean of the others, over the periods that all have; None where they share too few."""
    columns = {"treated": frame, **{str(name): other for name, other in others.items()}}
    wide = pd.DataFrame({name: one.set_index(TIME)[outcome] for name, one in columns.items()}).dropna()
    long = wide.rename_axis(TIME).reset_index().melt(TIME, var_name=UNIT, value_name=outcome)
    asked = (long, UNIT, TIME, outcome, "treated", question.onset)
    try:
        design = panel_design(*asked, kind=question.kind)
        found = routed_difference(*asked)
    except DataRejected:
        return None
    refused = tuple(code for refusal in (*identification_gate(design), *found.refusals) for code in refusal.codes)
    gap = (wide["treated"] - wide.drop(columns="treated").mean(axis=1)).rename("gap").reset_index()
    trend = pre_trend(gap, TIME, "gap", question.onset)
    return Contrast(found.estimate, design, tuple(dict.fromkeys(refused)), trend)


def assess_comparison(
    frame: pd.DataFrame,
    outcome: str,
    treated: object,
    question: Question,
    *,
    level: str | None = None,
    editions: Frames | None = None,
) -> Assessment:
    """Judge one treated unit against weighted donors.

    Parameters
    ----------
    frame : long panel with `geo`, `period`, `outcome` and, where known, `flag`: the treated unit and its donors.
    level : column of the outcome before it was transformed, by which recounts of a stock are looked for.
    editions : the same panel as it was known on earlier days, oldest first.
    """
    asked = (frame, UNIT, TIME, outcome, treated, question.onset)
    power = panel_design(*asked, kind=question.kind, announced=question.announced)
    counted = panel_design(frame, UNIT, TIME, level or outcome, treated, question.onset, kind=question.kind)
    refusals = identification_gate(replace(power, reregistrations=counted.reregistrations))
    onsets = [pd.Timestamp(str(day)) for day in question.placebo_dates] or None
    panel = (
        ModelPanel(dict.fromkeys(question.models, Refusal.merged(refusals)))
        if refusals
        else comparison_panel(*asked, models=question.models, placebo_onsets=onsets)
    )
    main = panel.results[question.model]
    runs = () if refusals else _editions(editions or {}, outcome, treated, question)
    verdict = comparison_verdict(main, panel, vintages=stands(main, runs, FEWEST_EDITIONS), protocol=question.protocol)
    if not isinstance(main, SyntheticEstimate):
        return Assessment(main, panel, (), (), runs, power, None, None, verdict)
    gap = (main.observed - main.synthetic).rename("gap").rename_axis(TIME).reset_index()
    drift = pre_trend(gap, TIME, "gap", question.onset)
    without = main.leave_one_out
    left_out = tuple(Rerun(*pair) for pair in zip(without["unit"], without["estimate"].astype(float), strict=True))
    return Assessment(main, panel, _placebos(main), left_out, runs, power, None, drift, verdict)


def _placebos(main: SyntheticEstimate) -> tuple[Placebo, ...]:
    """False dates, judged by the scatter of untreated units, and each donor in the place of the treated unit."""
    space, ratio = main.in_space.iloc[1:], float(main.in_space["ratio"].iloc[0])
    spread = float(space["estimate"].std(ddof=0))
    false = zip(main.in_time["onset"], main.in_time["estimate"].astype(float), strict=True)
    dates = [Placebo("date", Rerun(day, effect), false_date_answer(effect, spread)) for day, effect in false]
    others = zip(space["unit"], space["estimate"].astype(float), space["ratio"] >= ratio * (1 - 1e-9), strict=True)
    donors = [
        Placebo("donor", Rerun(unit, effect), "failed" if above else "passed", counted=False)
        for unit, effect, above in others
    ]
    return (*dates, *donors)


def _editions(editions: Frames, outcome: str, treated: object, question: Question) -> tuple[Rerun, ...]:
    estimate = COMPARISONS[question.model]
    return tuple(
        rerun(day, estimate(frame, UNIT, TIME, outcome, treated, question.onset, solver="exact"))
        for day, frame in editions.items()
    )
