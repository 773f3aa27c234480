"""Which dataflow, provider and period a file is for: its name, its content and the options must agree."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analysis.catalogue.model import LANGUAGES, Catalogue, Dataflow, Label, Provider
from analysis.submissions.cells import Unreadable, as_text, read_month, tidy
from analysis.submissions.guards import Refusal
from analysis.submissions.sheets import Sheet

# What mail programs, spreadsheet programs and our own answers put behind a name.
_COPIED = re.compile(r"^(?:copy of|copie de|kopie van|kopie von) ", re.IGNORECASE)
_COPY = re.compile(r"(?: ?\([0-9]+\)| - (?:copy|copie|kopie)|\.answer)+$", re.IGNORECASE)
_SEARCHED_ROWS = 25


@dataclass(frozen=True)
class Recognition:
    """What the file is; `period` is None where nothing but its rows tells."""

    dataflow: Dataflow
    provider: Provider
    period: date | None


def name_parts(name: str) -> dict[str, str]:
    """`<dataflow>__<provider>__<period>.<ext>` taken apart; nothing where the name has another shape."""
    stem = _COPIED.sub("", _COPY.sub("", name.rpartition(".")[0] or name))
    parts = stem.split("__")
    if len(parts) != 3 or not all(part.strip() for part in parts):
        return {}
    return dict(zip(("dataflow", "provider", "period"), (part.strip().casefold() for part in parts), strict=True))


def language(name: str, declared: Mapping[str, str], catalogue: Catalogue) -> str:
    """The language to answer in, as far as the provider can be told before the file is read; English otherwise."""
    claims = {**name_parts(name), **{key: value.casefold() for key, value in declared.items()}}
    providers = [claims.get("provider", "")]
    if claims.get("dataflow") in catalogue.dataflows:
        own = catalogue.dataflows[claims["dataflow"]].providers
        providers += own if len(own) == 1 else ()
    known = [catalogue.providers[provider] for provider in providers if provider in catalogue.providers]
    return known[0].language if known else "en"


def recognise(
    name: str,
    sheets: Sequence[Sheet],
    declared: Mapping[str, str],
    catalogue: Catalogue,
    form: Mapping[str, str] | None = None,
) -> Recognition:
    """
    Settle dataflow, provider and period, or refuse.

    `form` is what the hidden sheet of one of our own forms says; `declared` what options say.

    Raises
    ------
    Refusal
        `STR-05` unknown dataflow, `STR-06` two sources differ, `STR-07` not a provider of it, `STR-08` no period.
    """
    named = name_parts(name)
    options = {key: value.strip().casefold() for key, value in declared.items() if value.strip()}
    signed = sorted(flow for flow, entry in catalogue.dataflows.items() if _carries(sheets, entry.recognise))
    form = form or {}
    if named.get("dataflow") not in catalogue.dataflows and (len(signed) == 1 or form):
        named = {}
    content = {"dataflow": signed[0]} if len(signed) == 1 else {}
    flow = catalogue.dataflows.get(_agreed("dataflow", named, form, content, options))
    if flow is None:
        raise _unknown(options.get("dataflow") or named.get("dataflow", ""), catalogue)
    found = _agreed("provider", named, form, {}, options) or (flow.providers[0] if len(flow.providers) == 1 else "")
    if found not in flow.providers:
        example = f"{flow.id}__{flow.providers[0]}__{catalogue.rounds.first}.xlsx"
        known = _listed({name: catalogue.providers[name].label for name in flow.providers})
        raise Refusal("STR-07", dataflow=flow.label, known=known, found=found or "—", example=example)
    return Recognition(flow, catalogue.providers[found], _period(named, form, options))


def _agreed(
    what: str,
    named: Mapping[str, str],
    form: Mapping[str, str],
    content: Mapping[str, str],
    options: Mapping[str, str],
) -> str:
    claims = [
        (source, told[what])
        for source, told in (("declared", options), ("name", named), ("form", form), ("content", content))
        if what in told
    ]
    for source, value in claims[1:]:
        if value != claims[0][1]:
            raise _conflict(what, claims[0], (source, value))
    return claims[0][1] if claims else ""


def _period(named: Mapping[str, str], form: Mapping[str, str], options: Mapping[str, str]) -> date | None:
    sources = (("declared", options), ("name", named), ("form", form))
    claims = [(source, told["period"]) for source, told in sources if "period" in told]
    days = []
    for _, text in claims:
        try:
            days.append(read_month(text))
        except Unreadable:
            raise Refusal("STR-08", found=text) from None
    if len(set(days)) > 1:
        first = claims[0]
        raise _conflict("period", first, next(claim for claim, day in zip(claims, days, strict=True) if day != days[0]))
    return days[0] if days else None


def _conflict(what: str, first: tuple[str, str], second: tuple[str, str]) -> Refusal:
    return Refusal(
        "STR-06", what_source=what, first_source=first[0], first=first[1], second_source=second[0], second=second[1]
    )


def _unknown(found: str, catalogue: Catalogue) -> Refusal:
    near = difflib.get_close_matches(found, catalogue.dataflows, n=1, cutoff=0.6)
    flow = catalogue.dataflows[near[0]] if near else next(iter(catalogue.dataflows.values()))
    example = f"{flow.id}__{flow.providers[0]}__{catalogue.rounds.first}.xlsx"
    known = _listed({name: entry.label for name, entry in catalogue.dataflows.items()})
    return Refusal("STR-05", known=known, near=", ".join(near), example=example)


def _listed(labels: Mapping[str, Label]) -> Label:
    """Codes as they stand in a file name, each with what it means."""
    return Label(**{lang: ", ".join(f"{code} ({text[lang]})" for code, text in labels.items()) for lang in LANGUAGES})


def _carries(sheets: Sequence[Sheet], signature: Mapping[str, str]) -> bool:
    """Whether some sheet has every header of the signature, with a first value that begins as it says."""
    if not signature:
        return False
    for sheet in sheets:
        for number, row in enumerate(sheet.rows[:_SEARCHED_ROWS]):
            headers = {tidy(as_text(cell)): column for column, cell in reversed(list(enumerate(row)))}
            if signature.keys() <= headers.keys():
                below = sheet.rows[number + 1] if number + 1 < len(sheet.rows) else ()
                first = [as_text(below[headers[h]]) if headers[h] < len(below) else "" for h in signature]
                return all(value.startswith(start) for value, start in zip(first, signature.values(), strict=True))
    return False
