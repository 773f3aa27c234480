"""How good the evidence on an intervention is: grade, criteria, what would overturn it, and who answers for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analysis.effects.gate import COMFORTABLE
from analysis.effects.model_panel import Result
from analysis.effects.results import Refusal
from analysis.effects.verdict import REFUSED
from analysis.reporting.page import Page
from analysis.reporting.sections.effect import (
    effect_sentence,
    protocol_in_words,
    record_effect,
    refusal_codes,
)
from analysis.reporting.sections.effect_case import Case
from analysis.reporting.sections.effect_figures import scale_of, smallest_effect
from analysis.reporting.tables import escape


def show_headline(page: Page, case: Case) -> None:
    """The first thing read: the effect or that there is none to tell, and how good the evidence is."""
    verdict = case.assessment.verdict
    what = page.label("indicator", case.intervention.indicator)
    geo = page.wording.listing([page.label("geo", one) for one in case.intervention.treated])
    named = page.wording.say("verdict.what", indicator=what, geo=geo)
    evidence = []
    if refusal_codes(case.assessment.main):
        lines = [(page.wording.say("verdict.no_answer"), named, _reasons(page, case))]
    else:
        effect = record_effect(page, case)
        evidence.append(effect)
        lines = [(page.figure_of(effect), named, page.wording.say("verdict.span", span=page.span_of(effect)))]
    grade = page.wording.say(f"verdict.{verdict.grade}")
    met = page.wording.say("verdict.met", met=str(len(verdict.met)), count=str(len(verdict.criteria)))
    lines.append((page.wording.say(f"grade.{verdict.grade}"), page.wording.say("verdict.grade"), f"{grade} {met}"))
    page.headlines(lines, evidence)


def _reasons(page: Page, case: Case) -> str:
    return ", ".join(page.wording.say(f"code.{code}") for code in refusal_codes(case.assessment.main))


def show_readout(page: Page, case: Case) -> None:
    """The one sentence that a reader takes home, what would overturn it, and what data are missing."""
    text, evidence = effect_sentence(page, case)
    page.markdown(text, evidence=evidence)
    page.markdown(overturn_sentence(page, case))
    if case.intervention.missing:
        title = page.wording.say("fact.missing")
        words = escape(case.intervention.missing[page.lang])
        page.markdown(f'::: {{.callout-note title="{title}"}}\n{words}\n:::')


def overturn_sentence(page: Page, case: Case) -> str:
    """What would change the verdict, by its weakest criterion."""
    lead = page.wording.say("overturn.lead")
    return f"**{lead}** {page.wording.say(f'overturn.{case.assessment.verdict.overturned_by}')}"


def criteria_table(page: Page, case: Case) -> list[dict[str, str]]:
    """Each criterion of the verdict in words: what was asked, what was found, and the answer."""
    return [
        {
            "criterion": page.wording.say(f"criterion.{one.name}"),
            "asked": page.wording.say(f"criterion.{one.name}.asked"),
            "found": _found(page, case, one.name),
            "answer": one.answer,
        }
        for one in case.assessment.verdict.criteria
    ]


def show_criteria(page: Page, case: Case) -> None:
    """The grade by its criteria."""
    import pandas as pd

    grade = case.assessment.verdict.grade
    key = "verdict.rule.refused" if grade == REFUSED else "verdict.rule"
    page.markdown(page.wording.say(key, grade=page.wording.say(f"grade.{grade}")))
    formats = {"criterion": "text", "asked": "text", "found": "text", "answer": "code:met"}
    page.table(pd.DataFrame(criteria_table(page, case)), page.wording.say("caption.criteria"), formats)


def _found(page: Page, case: Case, name: str) -> str:
    tellers: dict[str, Callable[[Page, Case], str]] = {
        "protocol": lambda page, case: protocol_in_words(page, case.protocol),
        "comparison": _found_comparison,
        "placebos": _found_placebos,
        "models": _found_models,
        "diagnostics": _found_diagnostics,
        "leave_one_out": _found_left_out,
        "vintages": _found_editions,
    }
    return tellers[name](page, case)


def _found_comparison(page: Page, case: Case) -> str:
    if case.panel is None:
        return page.wording.say("found.no_comparison")
    return page.wording.say("found.comparison", count=page.wording.number(case.panel["geo"].nunique() - 1))


def _found_placebos(page: Page, case: Case) -> str:
    main = case.assessment.main
    counted = [one.answer for one in case.assessment.placebos if one.counted]
    if case.panel is None:  # the model's own placebo onset counts too
        own = () if isinstance(main, Refusal) else main.diagnostics
        counted += [one.answer for one in own if one.name.startswith("placebo")]
    return _tally(page, counted)


def _found_diagnostics(page: Page, case: Case) -> str:
    main = case.assessment.main
    checks = () if isinstance(main, Refusal) else main.diagnostics
    return _tally(page, [one.answer for one in checks if not one.name.startswith(("placebo", "leave one out"))])


def _tally(page: Page, answers: list[Any]) -> str:
    return page.wording.say(
        "found.tally",
        count=page.wording.number(len(answers)),
        **{
            name.replace(" ", "_"): page.wording.number(answers.count(name))
            for name in ("passed", "failed", "cannot tell")
        },
    )


def _found_models(page: Page, case: Case) -> str:
    panel = case.assessment.models
    given = [one for one in panel.estimates.values() if one.supported]
    return page.wording.say(
        "found.models",
        count=page.wording.number(len(panel.results)),
        given=page.wording.number(len(given)),
        excluding=page.wording.number(sum(one.excludes_null for one in given)),
    )


def _found_left_out(page: Page, case: Case) -> str:
    runs, scale = case.assessment.left_out, scale_of(page, case)
    told = [scale.told(run.estimate) for run in runs]
    return page.wording.say(
        "found.left_out",
        count=page.wording.number(len(runs)),
        span=page.wording.span(min(told), max(told), scale.unit) if told else "–",
    )


def _found_editions(page: Page, case: Case) -> str:
    given = [run for run in case.assessment.editions if run.concludes != REFUSED]
    answers = [page.wording.say(f"concludes.{name}") for name in dict.fromkeys(run.concludes for run in given)]
    return page.wording.say(
        "found.editions", count=page.wording.number(len(given)), answers=page.wording.listing(answers)
    )


def show_reporting_list(page: Page, case: Case) -> None:
    """What a report of this design must tell, and what this page tells: after Hudson, Fielding and Ramsay (2019)."""
    import pandas as pd

    rows = [{"item": page.wording.say(f"item.{name}"), "told": told} for name, told in _items(page, case)]
    page.table(pd.DataFrame(rows), page.wording.say("caption.items"), {"item": "text", "told": "text"})


def _items(page: Page, case: Case) -> list[tuple[str, str]]:
    say, number = page.wording.say, page.wording.number
    series, main, intervention = case.series, case.assessment.main, case.intervention
    known = series[series["level"].notna()]
    before = int((known["period"] < _stamp(intervention.starts)).sum())
    design = "series" if case.panel is None else "comparison"
    kind = say(f"outcome_kind.{page.catalogue.indicators[intervention.indicator].kind}")
    enough = min(before, len(known) - before) >= COMFORTABLE
    return [
        ("intervention", say("told.intervention", day=page.wording.day(intervention.in_force))),
        ("outcome", say("told.outcome", kind=kind)),
        ("periods", say("told.periods", before=number(before), after=number(len(known) - before),
                        advice=say("told.enough" if enough else "told.few", least=number(COMFORTABLE)))),
        ("gaps", say("told.gaps", missing=number(int(series["level"].isna().sum())))),
        ("shape", say(f"told.shape.{design}")),
        ("model", say(f"design.{intervention.model}")),
        ("season", say(f"told.season.{design}")),
        ("autocorrelation", _told_check(page, main, "residual autocorrelation")),
        ("boundary", _told_check(page, main, "boundary")),
        ("comparison", _found_comparison(page, case)),
        ("breaks", say("told.breaks", count=number(int(series["flag"].str.contains("b").sum())))),
        ("power", _told_power(page, case)),
        ("sensitivity", _found_models(page, case)),
        ("delays", say("told.delays")),
        ("graph", say("told.graph")),
    ]  # fmt: skip


def _told_check(page: Page, main: Result, name: str) -> str:
    answers = [one.answer for one in getattr(main, "diagnostics", ()) if one.name == name]
    return page.wording.code("answer", answers[0]) if answers else page.wording.say("told.not_asked")


def _told_power(page: Page, case: Case) -> str:
    smallest, unit = smallest_effect(page, case)
    if smallest != smallest:
        return page.wording.say("power.unknown")
    return page.wording.say("told.power", least=page.wording.quantity(smallest, unit))


def _stamp(day: Any) -> Any:
    import pandas as pd

    return pd.Timestamp(day)


def show_assurance(page: Page, case: Case) -> None:
    """Who commissioned, made, checked and approved this, and what that leaves open."""
    import pandas as pd

    assurance = page.catalogue.assurance[case.intervention.id]
    rows = [
        {
            "role": page.wording.say(f"role.{role}"),
            "duty": page.wording.say(f"role.{role}.duty"),
            "who": name or page.wording.say("role.open"),
        }
        for role, name in assurance.roles.items()
    ]
    page.say(
        "assurance.draft" if assurance.open else "assurance.complete", count=page.wording.number(len(assurance.open))
    )
    page.table(pd.DataFrame(rows), page.wording.say("caption.assurance"), dict.fromkeys(rows[0], "text"))
