"""The report has the shape of version 1.0.0 of the ESS structure, restated as a schema that allows nothing more."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import jsonschema

from analysis.submissions.answers.ess import ess_report
from analysis.submissions.receipt import Receipt
from analysis.submissions.rulebook import load_rulebook
from submissions.answers.test_page import RECEIPT
from submissions.sample import CATALOGUE, RULEBOOK

BOOK = load_rulebook(RULEBOOK, CATALOGUE)
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


EVENT = closed({"time": TEXT, "actor": TEXT}, {"agent": TEXT, "trigger": TEXT})
DATA = closed({"source": TEXTS, "target": TEXTS}, {"description": TEXT})
RULE = closed(
    {"language": TEXT, "expression": TEXT, "severity": {"enum": ["information", "warning", "error"]}},
    {"description": TEXT, "change": {"enum": ["up", "down"]}, "explanation": TEXT},
)
AGGREGATE = closed({"language": TEXT, "expression": TEXT}, {"description": TEXT})
VALIDATION = closed(
    {"id": TEXT, "type": {"enum": ["validation"]}, "event": EVENT, "rule": RULE, "data": DATA}
    | {"value": {"enum": ["0", "1", "NA"]}}
)
AGGREGATION = closed(
    {"id": TEXT, "type": {"enum": ["aggregation"]}, "event": EVENT, "aggregate": AGGREGATE, "data": DATA, "value": TEXT}
)
SCHEMA = {"type": "array", "items": {"oneOf": [VALIDATION, AGGREGATION]}}


def report(receipt: Receipt) -> list[dict[str, Any]]:
    told = json.loads(ess_report(receipt, BOOK))
    jsonschema.validate(told, SCHEMA)
    return list(told)


def test_every_rule_and_every_finding_is_told_once() -> None:
    told = report(RECEIPT)
    assert len({entry["id"] for entry in told}) == len(told)
    rules = set(BOOK.rules("registration"))
    passed = {entry["id"].split("/")[1] for entry in told if entry["value"] == "1"}
    failed = Counter(entry["id"].split("/")[1] for entry in told if entry["value"] == "0")
    assert failed == Counter(finding.rule for finding in RECEIPT.findings)
    assert passed == rules - failed.keys()


def test_severity_place_and_explanation() -> None:
    told = {entry["id"].split("/", 1)[1]: entry for entry in report(RECEIPT)}
    query = told["REG-023/2"]
    assert query["rule"]["severity"] == "warning"
    assert query["rule"]["explanation"].startswith("arrears of two months")
    assert json.loads(query["rule"]["expression"])["type"].startswith("expect_")
    assert query["data"]["target"] == ["ibz/2022-03-13/Feuille 1!6/E"]
    assert told["STR-26/1"]["rule"]["severity"] == "information"
    counts = {name: told[name]["value"] for name in ("rows_read", "rows_accepted", "rows_quarantined")}
    assert counts == {"rows_read": "27", "rows_accepted": "24", "rows_quarantined": "3"}


def test_a_file_that_was_never_read_judges_no_rule() -> None:
    refused = replace(RECEIPT, dataflow="", provider="", period=None, rows_read=0, findings=RECEIPT.findings[:1])
    assert [entry["value"] for entry in report(refused) if entry["type"] == "validation"] == ["0"]
