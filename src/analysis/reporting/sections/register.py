"""The register of interventions: for each one an effect or the reason why there is none, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.catalogue.model import Intervention
from analysis.catalogue.protocol import protocol_state
from analysis.effects.verdict import REFUSED
from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.effect import protocol_in_words, record_effect, refusal_codes
from analysis.reporting.sections.effect_case import Case, has_data, open_case, outcome_series
from analysis.reporting.sections.effect_figures import record_number, smallest_effect
from analysis.reporting.sections.series import indicator_dataflows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Entry:
    """One intervention of the register; `case` is None while its outcome has no data."""

    intervention: Intervention
    case: Case | None

    @property
    def refused(self) -> bool:
        """Whether there are data, and the design cannot answer with them."""
        return self.case is not None and bool(refusal_codes(self.case.assessment.main))


def open_register(page: Page) -> list[Entry]:
    """Every intervention of the catalogue, judged where its outcome is known."""
    found = page.catalogue.interventions.values()
    return [Entry(one, open_case(page, one.id) if has_data(page, one) else None) for one in found]


def show_notice(page: Page, register: list[Entry]) -> None:
    """Warn where any row rests on synthetic submissions."""
    page.notice(*(entry.case.series for entry in register if entry.case))


def show_summary(page: Page, register: list[Entry]) -> None:
    """How many interventions there are, and what became of each."""
    counts = {
        "count": len(register),
        "estimated": sum(entry.case is not None and not entry.refused for entry in register),
        "refused": sum(entry.refused for entry in register),
        "waiting": sum(entry.case is None for entry in register),
    }
    page.markdown(page.wording.say("register.summary", **{name: page.wording.number(n) for name, n in counts.items()}))


def show_register(page: Page, register: list[Entry]) -> None:
    """One row an intervention: what it moved, how sure that is, or why nobody can say."""
    import pandas as pd

    rows, evidence = [], []
    for entry in register:
        row, shown = _row(page, entry)
        rows.append(row)
        evidence += shown
    formats = {
        "title": "text",
        "in_force": "day",
        "indicator": "text",
        "estimate": "text",
        "grade": "text",
        "meaning": "text",
    }
    page.table(pd.DataFrame(rows), page.wording.say("caption.register"), formats, evidence=evidence)


def _row(page: Page, entry: Entry) -> tuple[dict[str, Any], list[Evidence]]:
    intervention, case = entry.intervention, entry.case
    row: dict[str, Any] = {
        "title": intervention.title[page.lang],
        "in_force": intervention.in_force,
        "indicator": page.label("indicator", intervention.indicator),
        "estimate": "",
        "grade": "",
    }
    if case is None:
        waits = page.wording.say("register.waits", dataflows=_flows(page, intervention.indicator))
        return {**row, "meaning": waits}, []
    origin = [page.wording.say("register.synthetic")] if bool(case.series["synthetic"].any()) else []
    verdict = case.assessment.verdict
    grade = page.wording.say(f"grade.{verdict.grade}")
    codes = refusal_codes(case.assessment.main)
    if codes:
        why = " ".join([*origin, *(page.wording.say(f"refusal.{code}") for code in codes)])
        return {**row, "grade": grade, "meaning": why}, []
    effect = record_effect(page, case)
    unclear = not case.assessment.main.excludes_null  # type: ignore[union-attr]
    why = " ".join([*origin, page.wording.say("register.unclear" if unclear else "register.clear")])
    figure = page.wording.say("register.effect", effect=page.figure_of(effect), span=page.span_of(effect))
    return {**row, "estimate": figure, "grade": grade, "meaning": why}, [effect]


def show_experiments(page: Page, register: list[Entry]) -> None:
    """Interventions that await their real data: the locked protocol, what could be seen, and what is missing."""
    import pandas as pd

    rows, evidence = [], []
    for entry in register:
        if entry.intervention.missing is None:
            continue
        row: dict[str, Any] = {
            "title": entry.intervention.title[page.lang],
            "protocol": protocol_in_words(page, protocol_state(entry.intervention, page.catalogue.locks), here=False),
            "detectable": "",
            "smallest": None,
            "lacking": entry.intervention.missing[page.lang],
        }
        case = entry.case
        if case is not None and case.assessment.verdict.grade != REFUSED:
            least = record_number(page, case, "effect:detectable", *smallest_effect(page, case))
            row["detectable"] = page.wording.quantity(least.value, least.unit)
            evidence.append(least)
            if case.assessment.contrast is not None:
                smallest = record_number(page, case, "p:smallest", case.assessment.contrast.design.minimum_p)
                row["smallest"] = smallest.value
                evidence.append(smallest)
        rows.append(row)
    page.say("experiments.lead")
    formats = {"title": "text", "protocol": "text", "detectable": "text", "smallest": "p", "lacking": "text"}
    page.table(pd.DataFrame(rows, columns=list(formats)), page.wording.say("caption.experiments"), formats,
               evidence=evidence)  # fmt: skip


def show_recounts(page: Page) -> None:
    """What a naive series would call effects: stocks counted anew, each refused with its reason."""
    import pandas as pd

    page.say("recounts.lead")
    rows, evidence = [], []
    for recount in page.catalogue.recounts.values():
        row: dict[str, Any] = {
            "geo": page.label("geo", recount.geo),
            "period": recount.first,
            "naive": "",
            "answer": "refused",
            "meaning": page.wording.say("register.waits", dataflows=_flows(page, recount.indicator)),
            "source": recount.source[page.lang],
        }
        series = _stock(page, recount.indicator, recount.geo)
        if series is None:
            row["answer"] = ""
        else:
            one, codes = _naive(page, series, recount)
            evidence.append(one)
            row["naive"] = page.wording.quantity(one.value, one.unit, signed=True)
            row["meaning"] = " ".join(page.wording.say(f"refusal.{code}") for code in codes)
        rows.append(row)
    formats = {"geo": "text", "period": "day", "naive": "figure", "answer": "code:concludes", "meaning": "text",
               "source": "text"}  # fmt: skip
    page.table(pd.DataFrame(rows), page.wording.say("caption.recounts"), formats, evidence=evidence)


def _flows(page: Page, indicator: str) -> str:
    return page.wording.listing([page.label("dataflow", flow) for flow in indicator_dataflows(page, indicator)])


def _stock(page: Page, indicator: str, geo: str) -> pd.DataFrame | None:
    flows = indicator_dataflows(page, indicator)
    known = page.store.observations(page.as_of, dataflows=flows, indicators=[indicator], geos=[geo])
    return None if known.empty else outcome_series(page, indicator, (geo,))


def _naive(page: Page, series: pd.DataFrame, recount: Any) -> tuple[Evidence, tuple[str, ...]]:
    from analysis.effects.naive import naive_step

    kind = page.catalogue.indicators[recount.indicator].kind
    found = naive_step(series, "period", "level", recount.first, periods=recount.periods, kind=kind)
    row = series.iloc[-1]
    lineage = Lineage(
        "effect:naive",
        dataflow=row["dataflow"],
        provider=row["provider"],
        indicator=recount.indicator,
        geo=recount.geo,
        periods=(f"{series['period'].min():%Y-%m-%d}/{series['period'].max():%Y-%m-%d}",),
        sex=row["sex"],
        age=row["age"],
        nationality=row["nationality"],
    )
    return page.record(found.percent, lineage, unit="%", n=len(series), listed=False), found.codes
