"""What providers were told, in the language of the page: a receipt keeps its sentences in all four."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.reporting.page import Page
from analysis.reporting.text import rows_of
from analysis.submissions import receipt_of
from analysis.submissions.receipt import Finding, reason_for

if TYPE_CHECKING:
    import pandas as pd


def reason_of(page: Page, row: Any) -> str:
    """Why a file of the ledger was not plainly accepted."""
    if not row.reason:
        return ""
    receipt = receipt_of(page.store, row.submission)
    return reason_for(receipt.state, receipt.findings, page.lang) if receipt else str(row.reason)


def told_of(page: Page, examples: pd.DataFrame) -> Mapping[tuple[str, str], Finding]:
    """One finding as its receipt has it for each `submission` and `rule` of `examples`."""
    told: dict[tuple[str, str], Finding] = {}
    for name in dict.fromkeys(row.submission for row in rows_of(examples)):
        receipt = receipt_of(page.store, name)
        for finding in receipt.findings if receipt else ():
            told.setdefault((name, finding.rule), finding)
    return told
