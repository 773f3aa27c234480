"""Findings about the printed reports: what is printed, what our functions find, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reporting.page import Page

if TYPE_CHECKING:
    from analysis.catalogue.findings import Rounded
    from analysis.studies import Checked, Studied

COLUMNS = ("subject", "printed", "ours", "verdict", "source")


def show_findings(page: Page, study: str, studied: Studied) -> None:
    """The findings about one of the reports, each checked again now, and how many of them stand."""
    import pandas as pd

    from analysis.studies import Verdict, check_finding

    checked = [check_finding(one, studied) for one in page.catalogue.findings.values() if one.study == study]
    counts = {f"{one}": str(sum(entry.verdict is one for entry in checked)) for one in Verdict}
    page.say("findings.lead", all=str(len(checked)), **counts)
    frame = pd.DataFrame([_row(page, one) for one in checked], columns=list(COLUMNS))
    heads = {name: page.wording.say(f"findings.head.{name}") for name in COLUMNS}
    page.table(frame, page.wording.say("findings.caption"), dict.fromkeys(COLUMNS, "text"), heads)


def _row(page: Page, one: Checked) -> tuple[str, str, str, str, str]:
    finding = one.finding
    verdict = page.wording.say(f"findings.verdict.{one.verdict}")
    return finding.label[page.lang], finding.printed[page.lang], _ours(page, one), verdict, finding.source


def _ours(page: Page, one: Checked) -> str:
    """What the check found, in words: one text a check."""
    finding = one.finding
    words = list(one.found)
    if finding.check == "missing":
        pillars = page.catalogue.benchmarks[finding.matrix].pillars
        words = [pillars[pillar][page.lang] for pillar in one.found]
    if finding.check == "rounding":
        return page.wording.several(_rounded(page, *pair) for pair in zip(finding.rounded, one.found, strict=True))
    low, high = (str(number) for number in finding.span)
    said = {"found": page.wording.listing(words), "low": low, "high": high}
    said["parts"] = " + ".join(f"{number} %" for number in finding.addends)
    said["first"], said["second"] = (*one.found, "", "")[:2]
    return page.wording.say(f"findings.ours.{finding.check}", **said)


def _rounded(page: Page, line: Rounded, rules: str) -> str:
    by = ", ".join(page.wording.code("rule", rule) for rule in rules.split(", ")) if rules else ""
    by = by or page.wording.say("findings.norule")
    return f"{line.count}/{line.base} → {line.printed}: {by}"
