"""What one intervention did, how sure that is, and how it was estimated; or why nothing can be said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis.catalogue.model import Intervention
from analysis.catalogue.protocol import ProtocolState
from analysis.effects.model_panel import Result
from analysis.effects.reruns import Rerun
from analysis.effects.synthetic import SyntheticEstimate
from analysis.evidence import Evidence
from analysis.reporting.page import Page
from analysis.reporting.sections.effect_case import Case, has_data, open_case, treated_series
from analysis.reporting.sections.effect_figures import Scale, points, record_figure, record_number
from analysis.reporting.tables import escape

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "cases_with_data",
    "effect_sentence",
    "open_case",
    "refusal_codes",
    "show_checks",
    "show_effect_chart",
    "show_estimate",
    "show_intervention",
    "show_sentence",
    "treated_series",
]

DIAGNOSTICS = "diagnostic"


def cases_with_data(page: Page) -> list[Intervention]:
    """Interventions of the page's own country whose outcome is known for every territory that they treat."""
    own = {code.code for code in page.catalogue.code_lists["geo"].codes.values() if code.parent} | {page.country}
    cases = [case for case in page.catalogue.interventions.values() if own.issuperset(case.treated)]
    return [case for case in cases if has_data(page, case)]


def show_sentence(page: Page, case: Case) -> None:
    """The one sentence that a reader takes home."""
    text, evidence = effect_sentence(page, case)
    page.markdown(text, evidence=evidence)


def effect_sentence(page: Page, case: Case) -> tuple[str, list[Evidence]]:
    """What the intervention did and how sure that is, in the indicator's own units; a refusal has no number."""
    intervention, result = case.intervention, case.assessment.main
    facts = {
        "title": escape(intervention.title[page.lang]),
        "day": page.wording.day(intervention.in_force),
        "indicator": escape(page.label("indicator", intervention.indicator)),
        "geo": escape(page.wording.listing([page.label("geo", geo) for geo in intervention.treated])),
    }
    codes = refusal_codes(result)
    if codes:
        reasons = " ".join(page.wording.say(f"refusal.{code}") for code in codes)
        return page.wording.say("effect.refused", reasons=reasons, **facts), []
    effect = record_effect(page, case)
    facts |= {"span": page.span_of(effect), "effect": page.figure_of(effect)}
    evidence, design = [effect], ""
    if isinstance(result, SyntheticEstimate):
        design = ".synthetic_control"
        donors = record_number(page, case, "donors", float(len(result.unit_weights)))
        own = record_own_units(page, case, result)
        evidence += [donors, own]
        facts |= {
            "start": page.wording.day(intervention.starts),
            "donors": page.wording.number(donors.value),
            "own": page.figure_of(own),
            "own_span": page.span_of(own),
        }
    if not result.excludes_null:  # type: ignore[union-attr]
        return page.wording.say(f"effect.unclear{design}", **facts), evidence
    facts["effect"] = page.wording.quantity(abs(effect.value or 0.0), effect.unit)
    key = "effect.higher" if (effect.value or 0.0) > 0 else "effect.lower"
    return page.wording.say(key + design, **facts), evidence


def refusal_codes(result: Result) -> tuple[str, ...]:
    """Why nothing can be concluded: the codes of a refusal, or of inference that was withheld."""
    withheld = getattr(result, "refusals", None)
    if withheld is None:
        return result.codes  # type: ignore[union-attr]
    return tuple(code for refusal in withheld for code in refusal.codes)


def record_effect(page: Page, case: Case) -> Evidence:
    """The effect as evidence; its lineage is the whole series, and the donors'."""
    return record_figure(page, case, "effect", case.assessment.main, listed=True)


def record_own_units(page: Page, case: Case, result: SyntheticEstimate) -> Evidence:
    """The relative effect in the indicator's own unit: the mean since the onset, less what it would have been."""
    import pandas as pd

    since = case.series["period"] >= pd.Timestamp(case.intervention.starts)
    observed = float(case.series.loc[since, "level"].mean())
    estimate, low, high = (observed * -math.expm1(-one) for one in (result.estimate, result.ci_low, result.ci_high))
    scale = Scale(page.catalogue.indicators[case.intervention.indicator].unit)
    return record_figure(page, case, "effect:own units", Rerun("", estimate, low, high), scale=scale)


def show_intervention(page: Page, case: Case) -> None:
    """What the measure is, whom it treats, how its effect is estimated, and what was changed after that was locked."""
    import pandas as pd

    intervention, day = case.intervention, page.wording.day
    facts = [
        ("title", intervention.title[page.lang]),
        ("announced", day(intervention.announced)),
        ("in_force", day(intervention.in_force)),
        *([("onset", day(intervention.onset))] if intervention.onset else []),
        ("treated", page.wording.listing([page.label("geo", geo) for geo in intervention.treated])),
        ("outcome", page.label("indicator", intervention.indicator)),
        ("expected", page.wording.code("sign", str(intervention.expected_sign))),
        ("design", page.wording.say(f"design.{intervention.model}")),
        *([("donors", donors_in_words(page, intervention))] if intervention.donors else []),
        ("protocol", protocol_in_words(page, case.protocol)),
        *([("missing", intervention.missing[page.lang])] if intervention.missing else []),
        ("source", intervention.source[page.lang]),
    ]
    frame = pd.DataFrame(
        [(page.wording.say(f"fact.{name}"), value) for name, value in facts], columns=["fact", "content"]
    )
    page.table(frame, page.wording.say("caption.intervention"), {"fact": "text", "content": "text"})
    if case.protocol.changes:
        _show_changes(page, case.protocol)


def donors_in_words(page: Page, intervention: Intervention) -> str:
    """The rule that picks the territories of comparison."""
    rule = intervention.donors
    assert rule is not None
    unit = page.catalogue.indicators[intervention.indicator].unit
    without = page.wording.listing([page.label("geo", geo) for geo in rule.without])
    return page.wording.say(
        "donors.rule",
        least=page.wording.quantity(rule.at_least, unit),
        first=page.wording.month(rule.first),
        last=page.wording.month(rule.last),
        without=without,
        start=page.wording.month(intervention.window[0]),
        end=page.wording.month(intervention.window[1]),
    )


def protocol_in_words(page: Page, state: ProtocolState, *, here: bool = True) -> str:
    """Whether the protocol is locked, since when, and whether it was changed after; `here` the changes are listed."""
    if state.locked is None:
        return page.wording.say("protocol.unlocked")
    key = f"protocol.{state.state}" if here or not state.changes else "protocol.changed.elsewhere"
    said = page.wording.say(key, day=page.wording.day(state.locked))
    return f"{said} {page.wording.say('protocol.results_known')}" if state.results_known else said


def _show_changes(page: Page, state: ProtocolState) -> None:
    """Each change after the lock: the day, what it was, what it is, and why."""
    import pandas as pd

    rows = [
        {
            "changed": page.wording.day(one.amendment.day) if one.amendment else page.wording.say("change.undated"),
            "field": page.wording.say(f"field.{one.field}"),
            "locked": written(page, one.field, one.locked),
            "now": written(page, one.field, one.now),
            "reason": one.amendment.reason[page.lang] if one.amendment else page.wording.say("change.unexplained"),
        }
        for one in state.changes
    ]
    page.markdown(page.wording.say("change.lead", day=page.wording.day(state.locked)))
    page.table(pd.DataFrame(rows), page.wording.say("caption.protocol_changes"), dict.fromkeys(rows[0], "text"))


def written(page: Page, field: str, text: str) -> str:
    """A locked field in the reader's words: dates, places, indicators and models by name."""
    words = [_word(page, field, part) for part in text.split(", ") if part]
    return page.wording.listing(words) if words else page.wording.say("change.nothing")


def _word(page: Page, field: str, part: str) -> str:
    from datetime import date

    if field in ("treated", "comparison"):
        return page.label("geo", part)
    if field in ("indicator", "placebo_outcomes"):
        return page.label("indicator", part)
    if field in ("model", "models"):
        return page.wording.code("model", part)
    if field == "expected_sign":
        return page.wording.code("sign", part)
    try:
        return page.wording.day(date.fromisoformat(part))
    except ValueError:
        return page.wording.code("design", part)


def show_effect_chart(page: Page, case: Case) -> None:
    """Observed values beside the path without the measure; the bare series where the estimate is refused."""
    from analysis.reporting.charts import effect_chart, trend_chart
    from analysis.reporting.text import alt_effect, alt_trend

    intervention, series, result = case.intervention, case.series, case.assessment.main
    unit = page.catalogue.indicators[intervention.indicator].unit
    name = page.label("indicator", intervention.indicator)
    title = page.wording.say("title.effect", indicator=name, title=intervention.title[page.lang])
    caption = page.wording.say("caption.effect", title=intervention.title[page.lang])
    source = page.source(series)
    if isinstance(result, SyntheticEstimate):
        _show_comparison(page, case, result, title, caption)
        return
    frame = effect_frame(series, result)
    if frame is None:
        bare = series.assign(series=page.label("geo", intervention.treated[0]), value=series["level"])
        alt = alt_trend(bare, page.wording, title=title, unit=unit)
        page.figure(trend_chart(bare, page.wording, unit=unit, source=source), caption, alt)
        return
    effect = record_effect(page, case)
    words, span = page.figure_of(effect), page.span_of(effect)
    alt = alt_effect(frame, page.wording, title=title, unit=unit, onset=intervention.in_force, effect=words, span=span)
    drawing = effect_chart(frame, page.wording, unit=unit, onset=intervention.in_force, source=source)
    page.figure(drawing, caption, alt, evidence=[effect])


def _show_comparison(page: Page, case: Case, result: SyntheticEstimate, title: str, caption: str) -> None:
    import numpy as np

    from analysis.reporting.effect_charts import comparison_chart
    from analysis.reporting.text import alt_effect

    unit, onset = page.catalogue.indicators[case.intervention.indicator].unit, case.intervention.starts
    paths = {"observed": result.observed, "comparison": result.synthetic}
    frame = _beside(paths).apply(np.exp) if case.relative else _beside(paths)
    effect, shown = record_effect(page, case), frame.rename_axis("period").reset_index()
    alt = alt_effect(
        shown,
        page.wording,
        title=title,
        unit=unit,
        onset=case.intervention.in_force,
        effect=page.figure_of(effect),
        span=page.span_of(effect),
    )
    source = page.source(case.series if case.panel is None else case.panel)
    page.figure(
        comparison_chart(shown, page.wording, unit=unit, onset=onset, source=source), caption, alt, evidence=[effect]
    )


def _beside(columns: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Series on one index as a frame."""
    import pandas as pd

    return pd.DataFrame(dict(columns))


def effect_frame(series: pd.DataFrame, result: Result) -> pd.DataFrame | None:
    """The columns that `effect_chart` takes; None where there is no estimate to draw."""
    if getattr(result, "fitted", None) is None:
        return None
    frame = series[["period", "level"]].rename(columns={"level": "observed"}).set_index("period")
    paths = {
        "fitted": result.fitted,  # type: ignore[union-attr]
        "counterfactual": result.counterfactual,  # type: ignore[union-attr]
        "low": result.counterfactual_low,  # type: ignore[union-attr]
        "high": result.counterfactual_high,  # type: ignore[union-attr]
    }
    return frame.assign(**paths).reset_index()


def show_estimate(page: Page, case: Case) -> None:
    """The effect (and the change of slope, where there is one) with interval, p value and base."""
    import pandas as pd

    result = case.assessment.main
    if refusal_codes(result):
        page.say("estimate.none")
        return
    parts = [("effect", record_effect(page, case), result.p_value)]  # type: ignore[union-attr]
    if isinstance(result, SyntheticEstimate):
        parts.append(("effect:own units", record_own_units(page, case, result), float("nan")))
    elif (slope := result.slope_change) is not None:  # type: ignore[union-attr]
        scale = Scale(points(page, case.intervention.indicator))
        parts.append(("slope", record_figure(page, case, "slope", slope, scale=scale, listed=True), slope.p_value))
    rows = [
        {
            "statistic": page.wording.say(f"statistic.{statistic}"),
            "estimate": page.figure_of(one, decimals=None if case.relative else 2),
            "interval": page.span_of(one, decimals=None if case.relative else 2),
            "p_value": p,
            "n": result.n_obs,  # type: ignore[union-attr]
        }
        for statistic, one, p in parts
    ]
    formats = {"statistic": "text", "estimate": "figure", "interval": "figure", "p_value": "p", "n": "number"}
    evidence = [one for _, one, _ in parts]
    key = "caption.estimate" if case.panel is None else "caption.estimate.comparison"
    headers = {"n": page.wording.say("header.values_used")}
    page.table(pd.DataFrame(rows), page.wording.say(key), formats, headers, evidence=evidence)
    page.say("p_value.means")


def show_checks(page: Page, case: Case) -> None:
    """The diagnostics: what was asked, the answer, and the number behind it; or the reasons of the refusal."""
    import pandas as pd

    result = case.assessment.main
    codes = refusal_codes(result)
    rows = [(page.wording.say(f"code.{code}"), "failed", page.wording.say(f"refusal.{code}"), None) for code in codes]
    for check in getattr(result, "diagnostics", ()):
        sentence = page.wording.say(f"{DIAGNOSTICS}.{check.name}.{check.answer}")
        rows.append((page.wording.say(f"{DIAGNOSTICS}.{check.name}"), check.answer, sentence, check.p_value))
    frame = pd.DataFrame(rows, columns=["check", "answer", "sentence", "p_value"])
    formats = {"check": "text", "answer": "code:answer", "sentence": "text", "p_value": "p"}
    if not frame["p_value"].notna().any():
        del formats["p_value"]
    page.table(frame, page.wording.say("caption.checks"), formats)
