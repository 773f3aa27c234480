"""The report that a provider opens in a browser: one file, four languages, no script, nothing loaded from elsewhere."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from html import escape

from analysis.catalogue.model import LANGUAGES, Catalogue, Label
from analysis.submissions.answers.texts import day, label, resource, say
from analysis.submissions.receipt import REJECTED, Finding, Receipt
from analysis.submissions.rulebook import ERROR, INFO, QUERY

_FACTS = ("file_name", "dataflow", "provider", "period", "received_at")
_COUNTS = ("rows_read", "rows_accepted", "rows_provisional", "rows_quarantined")
_BEFORE_MARK = re.compile(r" (?=[:;?!»])|(?<=«) ")
_LONG = 15  # rows above which a table scrolls in its box
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def report_page(receipt: Receipt, catalogue: Catalogue, workbook: str = "") -> str:
    """
    The report as HTML.

    Parameters
    ----------
    workbook : the name of the annotated workbook that goes with it, "" where there is none.

    Notes
    -----
    Text in a language sits in an element with that `lang` and class `l`; radio buttons and a stylesheet show one of
    four. Whatever a provider wrote is escaped, and the page's own policy forbids scripts and loading anything.
    """
    lang = receipt.language
    first = [lang, *(other for other in LANGUAGES if other != lang)]
    switch = "".join(
        f'<input class="choice" type="radio" name="lang" id="to-{one}"{" checked" if one == lang else ""}>'
        for one in first
    )
    names = "".join(f'<label for="to-{one}" lang="{one}">{say(one, "language")}</label>' for one in first)
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(say(lang, 'title'))}: {escape(receipt.file_name)}</title>\n"
        f"<style>\n{resource('report.css')}{_switching()}</style>\n</head>\n<body>\n<main>\n"
        f'{switch}\n<div class="languages" role="group" aria-label="{escape(say(lang, "choose"))}">{names}</div>\n'
        f'<div class="report">\n'
        f"{_head(receipt, catalogue)}{_next(receipt, workbook)}{_findings(receipt)}</div>\n"
        f"<footer>{_in_all(lambda one: _proof(receipt, one), 'p')}</footer>\n</main>\n</body>\n</html>\n"
    )


def _switching() -> str:
    """Hide what is not in the chosen language; show the focus on the label, since the radio button is not seen."""
    rules = [f'#to-{one}:checked ~ * .l:not([lang="{one}"]) {{ display: none; }}' for one in LANGUAGES]
    for state, look in (
        ("checked", "color: #1b2530; font-weight: 650; text-decoration: none;"),
        ("focus-visible", "outline: 3px solid #b35c00; outline-offset: 2px;"),
    ):
        rules += [f'#to-{one}:{state} ~ .languages [for="to-{one}"] {{ {look} }}' for one in LANGUAGES]
    return "\n".join(rules) + "\n"


def _in_all(text: Callable[[str], str], tag: str = "span") -> str:
    """`text` (escaped where needed) in each language, of which the stylesheet shows one; once where all agree."""
    told = {lang: _spaced(text(lang), lang) for lang in LANGUAGES}
    if len(set(told.values())) == 1:
        return f"<{tag}>{told['en']}</{tag}>"
    return "".join(f'<{tag} class="l" lang="{lang}">{text}</{tag}>' for lang, text in told.items())


def _spaced(text: str, lang: str) -> str:
    """French marks stay with their word: a no-break space before `:`, `;`, `?`, `!` and within guillemets."""
    return _BEFORE_MARK.sub("\u00a0", text) if lang == "fr" else text


def _told(words: Label, tag: str = "span") -> str:
    return _in_all(lambda lang: escape(words[lang]), tag)


@cache
def _text(*keys: str, tag: str = "span") -> str:
    return _told(label(*keys), tag)


def _head(receipt: Receipt, catalogue: Catalogue) -> str:
    state = receipt.state
    parts = [f"<h1>{_text('title')}</h1>\n"]
    if receipt.synthetic:
        parts.append(f'<p class="quiet">{_text("synthetic")}</p>\n')
    parts.append(
        f'<div class="state {escape(state)}"><strong>{_text("state", state)}</strong>'
        f"{_text('lead', state, tag='p')}</div>\n"
    )
    facts = _facts(receipt, catalogue)
    parts.append(
        "<dl>" + "".join(f"<dt>{_text('fact', name)}</dt><dd>{facts[name]}</dd>" for name in facts) + "</dl>\n"
    )
    if receipt.supersedes:
        parts.append(_text("supersedes", tag="p") + "\n")
    if receipt.days_late:
        days = receipt.days_late
        parts.append(_in_all(lambda lang: say(lang, "late", days=days), "p") + "\n")
    if receipt.rows_read:
        # Of a refused file nothing is used: what is counted as set aside are then the rows with an error.
        named = {name: "rows_wrong" if name == _COUNTS[-1] and state == REJECTED else name for name in _COUNTS}
        counts = "".join(
            f"<li><strong>{getattr(receipt, name)}</strong>{_text('count', text)}</li>"
            for name, text in named.items()
            if name != "rows_provisional" or receipt.rows_provisional
        )
        parts.append(f'<ul class="counts">{counts}</ul>\n')
    if receipt.rows_provisional:
        parts.append(_text("provisional", tag="p") + "\n")
    if by := receipt.answer_by:
        parts.append(_in_all(lambda lang: say(lang, "answer_by", day=day(lang, by)), "p") + "\n")
    return "".join(parts)


def _facts(receipt: Receipt, catalogue: Catalogue) -> Mapping[str, str]:
    """What the file is, as escaped HTML; what is not known is left out."""
    flow, provider = catalogue.dataflows.get(receipt.dataflow), catalogue.providers.get(receipt.provider)
    known = {
        "file_name": escape(receipt.file_name),
        "dataflow": _told(flow.label) if flow else "",
        "provider": _told(provider.label) if provider else "",
        "period": _day(receipt.period) if receipt.period else "",
        "received_at": _day(receipt.received_at),
    }
    return {name: known[name] for name in _FACTS if known[name]}


def _day(when: date) -> str:
    return _in_all(lambda lang: day(lang, when))


def _next(receipt: Receipt, workbook: str) -> str:
    """The steps, where there are any."""
    wanted = [finding.severity for finding in receipt.findings if not finding.note]
    if not workbook or not {ERROR, QUERY} & set(wanted):
        return ""
    steps = [_in_all(lambda lang: escape(say(lang, "next", "workbook", file=workbook)))] if receipt.rows_read else []
    if receipt.state == REJECTED and receipt.rows_read:
        steps.insert(0, _text("next", "file"))
    if ERROR in wanted and receipt.rows_read:
        steps.append(_text("next", "errors"))
    if QUERY in wanted and receipt.state != REJECTED:
        # The workbook's own names are in the provider's language, whichever one is read here.
        names = {"note": say(receipt.language, "header", "note"), "sheet": say(receipt.language, "workbook", "sheet")}
        steps.append(_in_all(lambda lang: escape(say(lang, "next", "queries", **names))))
    if not steps:
        return ""
    steps.append(_text("next", "send"))
    items = "".join(f"<li>{step}</li>" for step in steps)
    return f"<h2>{_text('next', 'heading')}</h2>\n<ol>{items}</ol>\n"


def _findings(receipt: Receipt) -> str:
    parts = []
    for severity in (ERROR, QUERY, INFO):
        groups: dict[tuple[str, str], list[Finding]] = {}
        for finding in receipt.findings:
            if finding.severity == severity:
                groups.setdefault((finding.rule, finding.message.en), []).append(finding)
        if groups:
            placed = any(finding.row for group in groups.values() for finding in group)
            told = placed and not (severity == ERROR and receipt.state == REJECTED)
            explain = _text("explain", severity, tag="p") if told else ""
            parts.append(f"<h2>{_heading(severity, receipt.count(severity))}</h2>\n{explain}\n")
            parts += [_group(severity, group) for group in sorted(groups.values(), key=_weight)]
    return "".join(parts)


def _heading(severity: str, count: int) -> str:
    return _in_all(lambda lang: escape(say(lang, "group", severity, count=count)))


def _weight(group: list[Finding]) -> tuple[bool, int]:
    """What concerns the whole file first, then what is wrong most often."""
    return bool(group[0].row), -len(group)


def _group(severity: str, findings: list[Finding]) -> str:
    """One rule with all the places where it is broken."""
    one = findings[0]
    parts = [f'<article class="{severity}">\n<p class="rule">{escape(one.rule)}</p>\n<h3>{_told(one.message)}</h3>\n']
    if any(one.mend[lang] for lang in LANGUAGES):
        heading = "" if severity == INFO else f"<strong>{_text('mend')}</strong><br>"
        parts.append(f'<p class="mend">{heading}{_told(one.mend)}</p>\n')
    places = [finding for finding in findings if finding.row]
    if places:
        parts.append(_places(places))
    else:
        parts.append(f'<p class="places">{_text("whole")}</p>\n')
        noted = dict.fromkeys(finding.note for finding in findings if finding.note)
        parts += [f'<p class="quiet">{_clarified(note)}</p>\n' for note in noted]
    return "".join(parts) + "</article>\n"


def _places(findings: list[Finding]) -> str:
    sheets = any(finding.sheet for finding in findings)
    names = ["sheet", "row", "column", "raw"] if sheets else ["row", "column", "raw"]
    head = "".join(f'<th scope="col">{_text("header", name)}</th>' for name in names)
    count = len(findings)
    body = "".join(_place(finding, sheets) for finding in findings)
    # Whoever has no mouse must reach what scrolls.
    box = f' long" tabindex="0" role="region" aria-label="{escape(findings[0].rule)}"' if count > _LONG else '"'
    return (
        f'<p class="places">{_in_all(lambda lang: escape(say(lang, "places", count=count)))}</p>\n'
        f'<div class="scroll{box}><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n'
    )


def _place(finding: Finding, sheets: bool) -> str:
    sheet = f"<td>{escape(finding.sheet)}</td>" if sheets else ""
    column = escape(finding.column) if finding.column else _text("whole_row")
    raw = escape(finding.raw) if finding.raw else (_text("empty_cell") if finding.column else "")
    note = f'<br><span class="quiet">{_clarified(finding.note)}</span>' if finding.note else ""
    return f'<tr>{sheet}<td>{finding.row}</td><td>{column}</td><td class="raw">{raw}{note}</td></tr>\n'


def _clarified(note: str) -> str:
    return _in_all(lambda lang: escape(say(lang, "clarified", note=note)))


def _proof(receipt: Receipt, lang: str) -> str:
    return escape(say(lang, "proof", submission=receipt.submission, rulebook=receipt.rulebook))
