import os
from dataclasses import replace
from datetime import date
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.catalogue import LANGUAGES
from analysis.submissions.answers.page import report_page
from analysis.submissions.answers.texts import day, say
from analysis.submissions.examine import refused
from analysis.submissions.guards import Refusal
from analysis.submissions.receipt import Finding, Receipt
from analysis.submissions.rulebook import load_rulebook
from submissions.sample import CATALOGUE, NAME, RECEIVED, RULEBOOK

GOLDEN = Path(__file__).parents[1] / "golden"
BOOK = load_rulebook(RULEBOOK, CATALOGUE)
VOID = {"meta", "input", "br"}
EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


def finding(rule: str, row: int, column: str, raw: str, note: str = "") -> Finding:
    known = {**BOOK.structure.rules, **BOOK.rules("registration")}[rule]
    return Finding(rule, known.severity, "Feuille 1", row, column, raw, known.text, known.mend, note)


RECEIPT = Receipt(
    submission="0" * 64,
    file_name=NAME,
    dataflow="registration",
    provider="ibz",
    period=date(2022, 3, 13),
    received_at=RECEIVED,
    rulebook="1" * 64,
    state="accepted_with_queries",
    reason="",
    rows_read=27,
    rows_accepted=24,
    rows_quarantined=3,
    findings=(
        finding("REG-013", 2, "E", "-1"),
        finding("REG-013", 9, "E", "-4"),
        finding("REG-012", 3, "E", ""),
        finding("REG-018", 4, "", ""),
        finding("REG-023", 5, "E", "300000"),
        finding("REG-023", 6, "E", "310000", "arrears of two months (Data service, 2022-03-20)"),
        finding("STR-26", 1, "H", "Couleur"),
    ),
    supersedes="2" * 64,
    days_late=3,
    synthetic=True,
    language="fr",
)


class Reader(HTMLParser):
    """What a person reads on the page in one language, and every element with its attributes."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang
        self.open: list[bool] = []  # whether each open element is shown
        self.text: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.elements.append((tag, told))
        if tag in {"p", "h1", "h2", "h3", "li", "tr", "dt", "article", "footer", "br", "div"}:
            self.text.append("\n")
        if tag in {"td", "th", "dd", "label", "strong", "span"}:
            self.text.append(" | " if tag in {"td", "th"} else " ")
        if tag not in VOID:
            other = told.get("class") == "l" and told.get("lang") != self.lang
            self.open.append(tag not in {"style", "title"} and not other)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if all(self.open):
            self.text.append(data.replace("\n", ""))

    def read(self) -> str:
        lines = (" ".join(line.split(" ")).strip() for line in "".join(self.text).splitlines())
        return "\n".join(line for line in lines if line) + "\n"


def reader(page: str, lang: str = "en") -> Reader:
    told = Reader(lang)
    told.feed(page)
    assert told.open == [], "an element is never closed"
    return told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_as_a_provider_reads_it(lang: str) -> None:
    """Reviewed like code: renew the files with UPDATE_GOLDEN=1, then read what changed."""
    text = reader(report_page(RECEIPT, CATALOGUE, "answer.xlsx"), lang).read()
    golden = GOLDEN / f"report.{lang}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
    assert "{" not in text


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = report_page(RECEIPT, CATALOGUE, "answer.xlsx")
    elements = reader(page).elements
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in elements}
    assert not [name for _, attrs in elements for name in attrs if name in {"src", "href"} or name.startswith("on")]
    assert "http://" not in page
    assert "https://" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_text_of_a_provider_is_never_markup() -> None:
    evil = replace(RECEIPT.findings[0], raw=EVIL, sheet=EVIL, column=EVIL, note=EVIL)
    told = replace(RECEIPT, file_name=EVIL, findings=(evil,), provider=EVIL)
    page = report_page(told, CATALOGUE, f"{EVIL}.xlsx")
    plain = {tag for tag, _ in reader(report_page(RECEIPT, CATALOGUE, "answer.xlsx")).elements}
    assert {tag for tag, _ in reader(page).elements} <= plain
    assert reader(page).read().count(EVIL) >= 5


def test_it_opens_in_the_provider_s_language() -> None:
    told = reader(report_page(RECEIPT, CATALOGUE)).elements
    assert ("html", {"lang": "fr"}) in told
    checked = [attrs["id"] for tag, attrs in told if tag == "input" and "checked" in attrs]
    assert checked == ["to-fr"]


def test_every_finding_is_there_however_many() -> None:
    many = tuple(replace(RECEIPT.findings[0], row=row) for row in range(2, 5002))
    page = report_page(replace(RECEIPT, findings=many), CATALOGUE)
    assert sum(tag == "tr" for tag, _ in reader(page).elements) == 5000 + 1
    assert len(page) < 500_000


@pytest.mark.parametrize("workbook", ["", "answer.xlsx"])
def test_a_plainly_accepted_file_asks_for_nothing(workbook: str) -> None:
    fine = replace(RECEIPT, state="accepted", findings=(), rows_quarantined=0)
    text = reader(report_page(fine, CATALOGUE, workbook)).read()
    assert "You do not need to do anything." in text
    assert "What to do now" not in text


def test_a_refused_file_says_why() -> None:
    whole = refused(Refusal("STR-09", missing="value", near=""), BOOK.structure)
    told = replace(RECEIPT, state="rejected", findings=(whole,), rows_read=0, dataflow="", provider="", period=None)
    text = reader(report_page(told, CATALOGUE, "answer.xlsx"), "de").read()
    assert whole.message.de in text
    assert whole.mend.de in text
    assert "Die ganze Datei" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_provisional_rows_and_a_note_on_the_whole_file_are_told(lang: str) -> None:
    plain = report_page(RECEIPT, CATALOGUE)
    whole = finding("REG-027", 0, "", "", "the site in Liège closed (Data service, 2022-03-20)")
    by = date(2022, 4, 1)
    told = report_page(replace(RECEIPT, rows_provisional=17, answer_by=by, findings=(whole,)), CATALOGUE)
    assert escape(say(lang, "answer_by", day=day(lang, by))) in told
    assert "<strong>17</strong>" in told and "<strong>17</strong>" not in plain
    assert escape(say(lang, "provisional")).split("«")[0].strip() in told
    assert "the site in Liège closed" in told
