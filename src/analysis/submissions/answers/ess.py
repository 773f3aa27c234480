"""The validation report in the structure that the European Statistical System shares.

The structure is that of version 1.0.0 (2017-08-15) of the ESSnet ValiDat Integration, "Generic standard for validation
reports": an array of `validation` (one rule on one target, value "0" failed, "1" passed, "NA" not judged) and
`aggregation` (a number about several). Version 1.0.1, never finished, only makes keys arrays of arrays. Here:

- an `id` is the submission, the rule and a number, so the same file gives the same bytes;
- `event.time` is the day of receipt, `event.actor` the coordination cell's software, `event.agent` the rulebook's hash;
- a target is `population/period/unit/variable`: `<provider>/<period>/<sheet>!<row>/<column>`;
- severity query is "warning" and info is "information";
- `rule.expression` is the expectation of the suite as JSON; for structural rules, which have none, the rule's id.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from analysis.submissions.receipt import Finding, Receipt
from analysis.submissions.rulebook import Rulebook

VERSION = "1.0.0"
ACTOR = "integration-monitor"
_SEVERITIES = {"error": "error", "query": "warning", "info": "information"}
_COUNTS = ("rows_read", "rows_accepted", "rows_quarantined")


def ess_report(receipt: Receipt, book: Rulebook) -> str:
    """The report as JSON: every rule that passed, every finding, then three counts; texts are in English."""
    told = list(_validations(receipt, book)) + list(_aggregations(receipt))
    # One entry a line, each in one go: the encoder that indents takes many times as long.
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return "[\n " + ",\n ".join(map(encode, told)) + "\n]\n"


def _validations(receipt: Receipt, book: Rulebook) -> Iterator[dict[str, Any]]:
    expressions = _expressions(receipt, book)
    failed = Counter(finding.rule for finding in receipt.findings)
    whole = [f"{receipt.provider}/{_period(receipt)}//"]
    rules = book.rules(receipt.dataflow) if receipt.rows_read else {}
    for rule in rules.values():
        if not failed[rule.id]:
            stated = _rule(expressions, rule.id, rule.severity, rule.text.en)
            yield _validation(receipt, f"{rule.id}/1", stated, whole, "1")
    seen: Counter[str] = Counter()
    for finding in receipt.findings:
        seen[finding.rule] += 1
        stated = _rule(expressions, finding.rule, finding.severity, finding.message.en, finding.note)
        yield _validation(receipt, f"{finding.rule}/{seen[finding.rule]}", stated, [_target(receipt, finding)], "0")


def _aggregations(receipt: Receipt) -> Iterator[dict[str, Any]]:
    for name in _COUNTS:
        yield {
            "id": f"{receipt.submission}/{name}",
            "type": "aggregation",
            "event": _event(receipt),
            "aggregate": {"language": "text", "expression": name, "description": name.replace("_", " ")},
            "data": _data(receipt, [f"{receipt.provider}/{_period(receipt)}//"]),
            "value": str(getattr(receipt, name)),
        }


def _validation(receipt: Receipt, name: str, rule: dict[str, str], target: list[str], value: str) -> dict[str, Any]:
    return {
        "id": f"{receipt.submission}/{name}",
        "type": "validation",
        "event": _event(receipt),
        "rule": rule,
        "data": _data(receipt, target),
        "value": value,
    }


def _event(receipt: Receipt) -> dict[str, str]:
    return {
        "time": receipt.received_at.isoformat(),
        "actor": ACTOR,
        "agent": f"rulebook {receipt.rulebook}",
        "trigger": receipt.file_name,
    }


def _rule(expressions: Mapping[str, str], rule: str, severity: str, text: str, note: str = "") -> dict[str, str]:
    known = rule in expressions
    stated = {
        "language": "Great Expectations 1.x" if known else "text",
        "expression": expressions.get(rule, rule),
        "severity": _SEVERITIES[severity],
        "description": text,
    }
    return stated | ({"explanation": note} if note else {})


def _expressions(receipt: Receipt, book: Rulebook) -> dict[str, str]:
    if not receipt.rows_read:
        return {}
    return {
        entry["meta"]["rule"]: json.dumps({"type": entry["type"], "kwargs": entry["kwargs"]}, ensure_ascii=False)
        for entry in book.suite(receipt.dataflow)["expectations"]
    }


def _data(receipt: Receipt, target: list[str]) -> dict[str, Any]:
    return {"source": [receipt.submission], "target": target, "description": receipt.file_name}


def _target(receipt: Receipt, finding: Finding) -> str:
    unit = f"{finding.sheet}!{finding.row}" if finding.row else ""
    return f"{receipt.provider}/{_period(receipt)}/{unit}/{finding.column}"


def _period(receipt: Receipt) -> str:
    return receipt.period.isoformat() if receipt.period else ""
