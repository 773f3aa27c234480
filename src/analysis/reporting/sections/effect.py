"""What one intervention did, how sure that is, and what was checked; or why nothing can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.catalogue.model import Intervention
from analysis.catalogue.protocol import protocol_state
from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.series import page_series
from analysis.reporting.tables import escape

if TYPE_CHECKING:
    import pandas as pd

    from analysis.effects import EffectEstimate, Refusal

DIAGNOSTICS = "diagnostic"


def cases_with_data(page: Page) -> list[Intervention]:
    """The interventions whose outcome is known for every treated territory; the others cannot be spoken of yet."""
    known = page.store.observations(page.as_of)[["indicator", "geo"]].drop_duplicates()
    there = set(known.itertuples(index=False, name=None))
    cases = page.catalogue.interventions.values()
    return [case for case in cases if all((case.indicator, geo) in there for geo in case.treated)]


def treated_series(page: Page, case: Intervention) -> pd.DataFrame:
    """The outcome of the treated territories, one row a period; several territories are taken together."""
    import pandas as pd

    from analysis.trends.together import together

    domain = page.catalogue.indicators[case.indicator].domain
    found = pd.concat([page_series(page, domain, geo) for geo in case.treated], ignore_index=True)
    series = found[found["indicator"] == case.indicator]
    if len(case.treated) > 1:
        series = together(series, "+".join(case.treated), list(case.treated))
    return series.sort_values("period").reset_index(drop=True)


def show_sentence(page: Page, case: Intervention, series: pd.DataFrame, result: EffectEstimate | Refusal) -> None:
    """The one sentence that a reader takes home."""
    text, evidence = effect_sentence(page, case, series, result)
    page.markdown(text, evidence=evidence)


def effect_sentence(
    page: Page, case: Intervention, series: pd.DataFrame, result: EffectEstimate | Refusal
) -> tuple[str, list[Evidence]]:
    """What the intervention did and how sure that is, in the indicator's own units; a refusal has no number."""
    facts = {
        "title": escape(case.title[page.lang]),
        "day": page.wording.day(case.in_force),
        "indicator": escape(page.label("indicator", case.indicator)),
        "geo": escape(page.wording.listing([page.label("geo", geo) for geo in case.treated])),
    }
    codes = refusal_codes(result)
    if codes:
        reasons = " ".join(page.wording.say(f"refusal.{code}") for code in codes)
        return page.wording.say("effect.refused", reasons=reasons, **facts), []
    effect = record_effect(page, case, series, result)
    facts["span"] = page.span_of(effect)
    if not result.excludes_null:  # type: ignore[union-attr]
        return page.wording.say("effect.unclear", effect=page.figure_of(effect), **facts), [effect]
    size = page.wording.quantity(abs(effect.value or 0.0), effect.unit)
    key = "effect.higher" if (effect.value or 0.0) > 0 else "effect.lower"
    return page.wording.say(key, effect=size, **facts), [effect]


def refusal_codes(result: EffectEstimate | Refusal) -> tuple[str, ...]:
    """Why nothing can be concluded: the codes of a refusal, or of inference that was withheld."""
    withheld = getattr(result, "refusals", None)
    if withheld is None:
        return result.codes  # type: ignore[union-attr]
    return tuple(code for refusal in withheld for code in refusal.codes)


def record_effect(page: Page, case: Intervention, series: pd.DataFrame, result: EffectEstimate | Refusal) -> Evidence:
    """The change of level as evidence; its lineage is the whole series."""
    return _recorded(page, case, series, "effect", result)


def _recorded(page: Page, case: Intervention, series: pd.DataFrame, statistic: str, found: object) -> Evidence:
    row = series.iloc[-1]
    lineage = Lineage(
        statistic,
        dataflow=row["dataflow"],
        provider=row["provider"],
        indicator=case.indicator,
        geo="+".join(case.treated),
        parts=case.treated,
        periods=(f"{series['period'].min():%Y-%m-%d}/{series['period'].max():%Y-%m-%d}",),
        sex=row["sex"],
        age=row["age"],
        nationality=row["nationality"],
    )
    unit = page.catalogue.indicators[case.indicator].unit
    low, high = found.ci_low, found.ci_high  # type: ignore[attr-defined]
    estimate: float = found.estimate  # type: ignore[attr-defined]
    return page.record(estimate, lineage, unit="pp" if unit == "%" else unit, interval=(low, high), n=len(series))


def show_intervention(page: Page, case: Intervention) -> None:
    """What the measure is, whom it treats, and how its effect is estimated."""
    import pandas as pd

    facts = [
        ("title", case.title[page.lang]),
        ("announced", page.wording.day(case.announced)),
        ("in_force", page.wording.day(case.in_force)),
        ("treated", page.wording.listing([page.label("geo", geo) for geo in case.treated])),
        ("outcome", page.label("indicator", case.indicator)),
        ("design", page.wording.say(f"design.{case.model}")),
        ("protocol", _protocol(page, case)),
        *([("missing", case.missing[page.lang])] if case.missing else []),
        ("source", case.source),
    ]
    frame = pd.DataFrame(
        [(page.wording.say(f"fact.{name}"), value) for name, value in facts], columns=["fact", "content"]
    )
    page.table(frame, page.wording.say("caption.intervention"), {"fact": "text", "content": "text"})


def _protocol(page: Page, case: Intervention) -> str:
    """Whether the protocol is locked, since when, and what was changed after it."""
    state = protocol_state(case, page.catalogue.locks)
    if state.locked is None:
        return page.wording.say("protocol.unlocked")
    changes = "; ".join(f"{one.field}: {one.locked or '–'} → {one.now or '–'}" for one in state.changes)
    return page.wording.say(f"protocol.{state.state}", day=page.wording.day(state.locked), changes=changes)


def show_effect_chart(page: Page, case: Intervention, series: pd.DataFrame, result: EffectEstimate | Refusal) -> None:
    """Observed values, fitted line and the path without the measure; the bare series where the estimate is refused."""
    from analysis.reporting.charts import effect_chart, trend_chart
    from analysis.reporting.text import alt_effect, alt_trend

    unit = page.catalogue.indicators[case.indicator].unit
    title = page.wording.say(
        "title.effect", indicator=page.label("indicator", case.indicator), title=case.title[page.lang]
    )
    caption, source = page.wording.say("caption.effect", title=case.title[page.lang]), page.source(series)
    frame = effect_frame(series, result)
    if frame is None:
        bare = series.assign(series=page.label("geo", case.treated[0]), value=series["level"])
        alt = alt_trend(bare, page.wording, title=title, unit=unit)
        page.figure(trend_chart(bare, page.wording, unit=unit, source=source), caption, alt)
        return
    effect = record_effect(page, case, series, result)
    words, span = page.figure_of(effect), page.span_of(effect)
    alt = alt_effect(frame, page.wording, title=title, unit=unit, onset=case.in_force, effect=words, span=span)
    drawing = effect_chart(frame, page.wording, unit=unit, onset=case.in_force, source=source)
    page.figure(drawing, caption, alt, evidence=[effect])


def effect_frame(series: pd.DataFrame, result: EffectEstimate | Refusal) -> pd.DataFrame | None:
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


def show_estimate(page: Page, case: Intervention, series: pd.DataFrame, result: EffectEstimate | Refusal) -> None:
    """Change of level and of slope with interval, p value and base."""
    import pandas as pd

    if refusal_codes(result):
        page.say("estimate.none")
        return
    parts = {"effect": result, "slope": result.slope_change}  # type: ignore[union-attr]
    rows, evidence = [], []
    for statistic, part in parts.items():
        if part is not None:
            one = _recorded(page, case, series, statistic, part)
            evidence.append(one)
            rows.append(
                {
                    "statistic": page.wording.say(f"statistic.{statistic}"),
                    "estimate": page.figure_of(one, decimals=2),
                    "interval": page.span_of(one, decimals=2),
                    "p_value": part.p_value,  # type: ignore[union-attr]
                    "n": result.n_obs,  # type: ignore[union-attr]
                }
            )
    formats = {"statistic": "text", "estimate": "figure", "interval": "figure", "p_value": "p", "n": "number"}
    page.table(pd.DataFrame(rows), page.wording.say("caption.estimate"), formats, evidence=evidence)


def show_checks(page: Page, result: EffectEstimate | Refusal) -> None:
    """The diagnostics: what was asked, the answer, and the number behind it; or the reasons of the refusal."""
    import pandas as pd

    codes = refusal_codes(result)
    rows = [(page.wording.say(f"code.{code}"), "failed", page.wording.say(f"refusal.{code}"), None) for code in codes]
    for check in getattr(result, "diagnostics", ()):
        sentence = page.wording.say(f"{DIAGNOSTICS}.{check.name}.{check.answer}")
        rows.append((page.wording.say(f"{DIAGNOSTICS}.{check.name}"), check.answer, sentence, check.p_value))
    frame = pd.DataFrame(rows, columns=["check", "answer", "sentence", "p_value"])
    formats = {"check": "text", "answer": "code:answer", "sentence": "text", "p_value": "p"}
    page.table(frame, page.wording.say("caption.checks"), formats)
