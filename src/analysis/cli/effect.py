"""`monitor effect`: what one intervention did, in one sentence and its checks, or why nobody can say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.catalogue.model import Intervention
from analysis.catalogue.protocol import protocol_state
from analysis.effects import (
    EffectEstimate,
    ModelPanel,
    Refusal,
    interrupted_time_series,
    its_panel_of_models,
    placebo_dates,
    single_series_verdict,
)
from analysis.errors import EstimateRefused
from analysis.reporting.page import Page, open_page
from analysis.reporting.sections.effect import effect_sentence, refusal_codes, treated_series
from analysis.reporting.sections.series import units
from analysis.trends.levels import levels

if TYPE_CHECKING:
    import pandas as pd


def answer(intervention: str, *, data: Path, as_of: str, as_json: bool) -> int:
    """Print the estimate; EstimateRefused, after printing, where the design cannot give one."""
    page = open_page("effects", as_of=as_of, lang="en", data=data, intervention=intervention)
    case = page.catalogue.interventions[intervention]
    series = levels(treated_series(page, case), units(page))
    result = interrupted_time_series(series, "period", "level", case.in_force, model=case.model)
    sentence, _ = effect_sentence(page, case, series, result)
    if as_json:
        unit = page.catalogue.indicators[case.indicator].unit
        facts = _facts(result, intervention, page.as_of.isoformat(), unit, sentence) | _assessed(
            page, case, series, result
        )
        print(json.dumps(facts, ensure_ascii=False))
    else:
        print(sentence)
        for check in getattr(result, "diagnostics", ()):
            print(f"  {check.answer:12}{check.name}: {check.sentence}")
        print(f"  as of {page.as_of}, {'synthetic data' if series['synthetic'].any() else 'submitted data'}")
    codes = refusal_codes(result)
    if codes:
        raise EstimateRefused(f"the effect of {intervention}", must="identified by its design", found=list(codes))
    return 0


def _facts(result: EffectEstimate | Refusal, intervention: str, as_of: str, unit: str, sentence: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"intervention": intervention, "as_of": as_of, "outcome_unit": unit, "sentence": sentence}
    if isinstance(result, Refusal):
        return {**facts, "codes": result.codes, "reasons": result.sentences}
    names = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "n_obs", "n_units", "n_treated", "unit")
    facts |= {name: _plain(getattr(result, name)) for name in names}
    facts |= {"method": result.method, "inference": result.inference, "warnings": result.warnings}
    facts["codes"] = refusal_codes(result)
    facts["diagnostics"] = [
        {"name": check.name, "answer": check.answer, "sentence": check.sentence, "p_value": _plain(check.p_value)}
        for check in result.diagnostics
    ]
    return facts


def _assessed(page: Page, case: Intervention, series: pd.DataFrame, result: EffectEstimate | Refusal) -> dict[str, Any]:
    """The grade with its criteria, every pre-specified model, the placebo dates, and the state of the protocol."""
    question = (series, "period", "level", case.in_force)
    panel = its_panel_of_models(*question, models=case.models)
    placebos = placebo_dates(*question, case.placebo_dates, main=result, model=case.model)
    protocol = protocol_state(case, page.catalogue.locks)
    judged = single_series_verdict(result, panel, placebos=placebos.diagnostics, protocol=protocol.answer)
    return {
        "grade": judged.grade,
        "criteria": {one.name: one.answer for one in judged.criteria},
        "overturned_by": judged.overturned_by,
        "models": _rows(panel),
        "share_same_sign": _plain(panel.share_same_sign),
        "share_excluding_null": _plain(panel.share_excluding_null),
        "placebos": [{"name": one.name, "answer": one.answer} for one in placebos.diagnostics],
        "protocol": {
            "state": protocol.state,
            "locked": protocol.locked.isoformat() if protocol.locked else None,
            "hash": protocol.hash,
            "changes": [{"field": one.field, "locked": one.locked, "now": one.now} for one in protocol.changes],
        },
    }


def _rows(panel: ModelPanel) -> list[dict[str, Any]]:
    return [{str(name): _plain(value) for name, value in row.items()} for row in panel.table.to_dict("records")]


def _plain(value: Any) -> Any:
    """NaN has no word in JSON."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
