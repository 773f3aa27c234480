"""`monitor effect`: what one intervention did, how sure that is and why, or why nobody can say."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.catalogue.model import LANGUAGES
from analysis.effects import ModelPanel, Refusal
from analysis.effects.model_panel import Result
from analysis.effects.reruns import Rerun
from analysis.errors import EstimateRefused
from analysis.reporting.page import Page, open_page
from analysis.reporting.sections.effect import effect_sentence, refusal_codes
from analysis.reporting.sections.effect_case import Case, open_case, revised
from analysis.reporting.sections.effect_figures import scale_of
from analysis.reporting.sections.effect_verdict import criteria_table, overturn_sentence
from analysis.reporting.text import Wording

LOGARITHM = "logarithm"  # a difference of logarithms; `effect` has it in per cent
RUN = ("estimate", "ci_low", "ci_high", "p_value")
MARKS = {"passed": "met", "failed": "not met", "cannot tell": "cannot tell"}


def answer(intervention: str, *, data: Path, as_of: str, as_json: bool, lang: str = "en") -> int:
    """Print the estimate and its verdict; EstimateRefused, after printing, where the design cannot give one."""
    page = open_page("effects", as_of=as_of, lang=lang, data=data, intervention=intervention)
    case = open_case(page, intervention)
    if as_json:
        print(json.dumps(_facts(page, case), ensure_ascii=False, default=str, allow_nan=False))
    else:
        print("\n".join(_lines(page, case)))
    codes = refusal_codes(case.assessment.main)
    if codes:
        raise EstimateRefused(f"the effect of {intervention}", must="identified by its design", found=list(codes))
    return 0


def _lines(page: Page, case: Case) -> list[str]:
    """The readout as plain lines: sentence, grade, what would overturn it, criteria, models, placebos."""
    say, grade = page.wording.say, case.assessment.verdict.grade
    sentence, _ = effect_sentence(page, case)
    lines = [_plain(sentence), "", f"{say('verdict.grade')}: {say(f'grade.{grade}')}. {say(f'verdict.{grade}')}"]
    lines += [_plain(overturn_sentence(page, case)), ""]
    rows = criteria_table(page, case)
    answers = [page.wording.code("met", row["answer"]) for row in rows]
    width = max(map(len, answers))
    lines += [f"  {met:<{width}}  {row['criterion']}: {row['found']}" for met, row in zip(answers, rows, strict=True)]
    scale, wording = scale_of(page, case), page.wording
    for name, result in case.assessment.models.results.items():
        if isinstance(result, Refusal):
            told = ", ".join(result.codes)
        else:
            told = wording.quantity(scale.told(result.estimate), scale.unit, signed=True)
            told += f" ({wording.span(scale.told(result.ci_low), scale.told(result.ci_high), scale.unit)})"
        lines.append(f"  {say(f'model.{name}')}: {told}")
    origin = say("synthetic.title") if bool(case.series["synthetic"].any()) else page.source(case.series)
    return [*lines, "", f"{page.as_of} · {origin}"]


def _plain(text: str) -> str:
    return text.replace("**", "").replace("\\", "")


def _facts(page: Page, case: Case) -> dict[str, Any]:
    """Everything that the page says, as plain values; the README lists the keys."""
    sentence, _ = effect_sentence(page, case)
    facts: dict[str, Any] = {
        "intervention": case.intervention.id,
        "as_of": page.as_of.isoformat(),
        "outcome_unit": page.catalogue.indicators[case.intervention.indicator].unit,
        "effect_unit": scale_of(page, case).unit,
        "synthetic": bool(case.series["synthetic"].any()),
        "sentence": _plain(sentence),
    }
    return facts | _result(case) | _told(page, case) | _verdict(page, case) | _checks(page, case)


def _result(case: Case) -> dict[str, Any]:
    result = case.assessment.main
    if isinstance(result, Refusal):
        return {"codes": result.codes, "reasons": result.sentences}
    names = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "n_obs", "n_units", "n_treated", "unit")
    facts = {name: _number(getattr(result, name)) for name in names} | ({"unit": LOGARITHM} if case.relative else {})
    facts |= {"method": result.method, "inference": result.inference, "warnings": result.warnings}
    facts["codes"] = refusal_codes(result)
    facts["reasons"] = [sentence for refusal in result.refusals for sentence in refusal.sentences]
    facts["diagnostics"] = [
        {"name": check.name, "answer": check.answer, "sentence": check.sentence, "p_value": _number(check.p_value)}
        for check in result.diagnostics
    ]
    return facts


def _told(page: Page, case: Case) -> dict[str, Any]:
    """The effect as readers get it, and the readout in every language."""
    result, scale = case.assessment.main, scale_of(page, case)
    shown = {}
    if not refusal_codes(result):
        shown = {name: _number(scale.told(getattr(result, name))) for name in ("estimate", "ci_low", "ci_high")}
    pages = {lang: replace(page, wording=Wording(page.catalogue.texts, lang)) for lang in LANGUAGES}
    return {
        "effect": shown,
        "readout": {lang: _plain(effect_sentence(one, case)[0]) for lang, one in pages.items()},
        "overturn": {lang: _plain(overturn_sentence(one, case)) for lang, one in pages.items()},
    }


def _verdict(page: Page, case: Case) -> dict[str, Any]:
    judged, panel = case.assessment.verdict, case.assessment.models
    assurance = page.catalogue.assurance[case.intervention.id]
    return {
        "grade": judged.grade,
        "criteria": {one.name: one.answer for one in judged.criteria},
        "criteria_table": criteria_table(page, case),
        "overturned_by": judged.overturned_by,
        "models": [{**row, "label": page.wording.code("model", str(row["model"]))} for row in _rows(panel)],
        "share_same_sign": _number(panel.share_same_sign),
        "share_excluding_null": _number(panel.share_excluding_null),
        "assurance": {role: name or None for role, name in assurance.roles.items()},
        "protocol": {
            "state": case.protocol.state,
            "locked": case.protocol.locked,
            "results_known": case.protocol.results_known,
            "hash": case.protocol.hash,
            "changes": [
                {
                    "field": one.field,
                    "locked": one.locked,
                    "now": one.now,
                    "day": one.amendment.day if one.amendment else None,
                    "reason": one.amendment.reason[page.lang] if one.amendment else None,
                }
                for one in case.protocol.changes
            ],
        },
    }


def _checks(page: Page, case: Case) -> dict[str, Any]:
    """Placebos, one left out, editions of the data, power and earlier trend; figures in the estimate's unit."""
    judged = case.assessment
    changed, values = revised(page, case.intervention)
    compared, drift = judged.contrast, judged.pre_trend
    return {
        "placebos": [
            {
                "name": f"placebo {one.kind} {_label(one.run)}",
                "kind": one.kind,
                "answer": one.answer,
                "counted": one.counted,
                **_run(one.run),
            }
            for one in judged.placebos
        ],
        "leave_one_out": [{"without": _label(run), **_run(run)} for run in judged.left_out],
        "editions": [{"as_of": str(run.label), "concludes": run.concludes, **_run(run)} for run in judged.editions],
        "revised": {"values": values, "changed": changed},
        "nowcast": _completed(judged.completed),
        "minimum_detectable_effect": _number(judged.minimum_effect),
        "contrast": compared and {"estimate": compared.estimate, "minimum_p": compared.design.minimum_p,
                                  "codes": compared.refused},
        "pre_trend": drift and {name: _number(getattr(drift, name)) for name in (*RUN, "detectable", "carried")},
    }  # fmt: skip


def _completed(result: Result | None) -> dict[str, Any] | None:
    if result is None:
        return None
    if isinstance(result, Refusal):
        return {"codes": result.codes}
    details = {name: result.details.get(f"nowcast_{name}") for name in ("periods", "share")}
    return {"codes": refusal_codes(result), **{name: _number(getattr(result, name)) for name in RUN}, **details}


def _label(run: Rerun) -> str:
    return str(run.label).partition(" 00:00")[0]


def _run(run: Rerun) -> dict[str, Any]:
    return {name: _number(getattr(run, name)) for name in RUN}


def _rows(panel: ModelPanel) -> list[dict[str, Any]]:
    return [{str(name): _number(value) for name, value in row.items()} for row in panel.table.to_dict("records")]


def _number(value: Any) -> Any:
    """NaN has no word in JSON."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
