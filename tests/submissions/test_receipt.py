import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis.catalogue import LANGUAGES, Label
from analysis.submissions.examine import refused
from analysis.submissions.guards import Refusal
from analysis.submissions.receipt import DUPLICATE, Finding, Receipt, duplicate_reason, reason_for
from analysis.submissions.rulebook import load_rulebook
from submissions.sample import CATALOGUE, NAME, RECEIVED, RULEBOOK

GOLDEN = Path(__file__).parent / "golden"
BOOK = load_rulebook(RULEBOOK, CATALOGUE)
REFUSALS = [
    Refusal("STR-00", reason="file 'torn.csv' must be readable"),
    Refusal("STR-01"),
    Refusal("STR-02", size="120.0 MB", limit="100.0 MB"),
    Refusal("STR-03", found=".ods", extensions=".csv, .xlsx"),
    Refusal("STR-04", kind="XLSX"),
    Refusal("STR-05", known="registration, housing", near="housing", example="housing__fedasil__2022-03-13.xlsx"),
    Refusal("STR-06", what_source="period", first_source="declared", first="2022", second_source="name", second="2023"),
    Refusal("STR-07", dataflow="housing", known="fedasil", found="ibz", example="housing__fedasil__2022-03-13.xlsx"),
    Refusal("STR-08", found="march"),
    Refusal("STR-09", missing="value (Value / Valeur / Waarde / Wert)", near="Valleur"),
    Refusal("STR-10"),
    Refusal("STR-11", size="512.0 MB", limit="40.0 MB"),
    Refusal("STR-12"),
    Refusal("STR-13", wrong=3, read=5),
    Refusal("STR-14", read=5),
    Refusal("STR-15", first="Valeur", second="Nombre"),
    Refusal("STR-16", first="Blad1", second="Kopie"),
    Refusal("PRE-01"),
    Refusal("PRE-02"),
    Refusal("PRE-03"),
    Refusal("PRE-04", cell="XFD1048576"),
    Refusal("PRE-05", limit="3 000 000"),
    Refusal("PRE-06", what="DOCTYPE"),
    Refusal("PRE-07"),
    Refusal("PRE-08"),
    Refusal("PRI-00"),
    Refusal("PRI-08"),
    Refusal("PRI-09", day="2022-03-18"),
    Refusal("PRI-10"),
    Refusal("PRI-11"),
]

# What fills the texts of rules on cells and rows.
FILLED = {
    "STR-28": {"low": "1", "high": "4"},
    "STR-32": {"total": "1 501", "sum": "1500"},
    "STR-33": {"others": "46021 (Saint-Nicolas / Sint-Niklaas), 62093 (Saint-Nicolas)"},
    "STR-35": {"others": "12041 (Puurs-Sint-Amands)", "since": "2019-01-01"},
    "STR-36": {"others": "46014 (Lokeren), 44045 (Moerbeke)", "since": "2025-01-01"},
    "STR-37": {"entry": "ibz-2022-06-registered", "before": "41000"},
    "STR-38": {"others": "21012 (Molenbeek-Saint-Jean / Sint-Jans-Molenbeek)"},
}


def receipt() -> Receipt:
    """One finding of every kind: each refusal, each rule on cells, each rule of one suite."""
    whole = [refused(refusal, BOOK.structure) for refusal in REFUSALS]
    rules = [rule for rule in BOOK.structure.rules.values() if not rule.whole] + list(BOOK.rules("housing").values())
    texts = [Label(**{lang: r.text[lang].format(**FILLED.get(r.id, {})) for lang in LANGUAGES}) for r in rules]
    cells = [
        Finding(r.id, r.severity, "Blad1", 7, "D", "-5", text, r.mend) for r, text in zip(rules, texts, strict=True)
    ]
    return Receipt(
        submission="0" * 64,
        file_name=NAME,
        dataflow="registration",
        provider="ibz",
        period=date(2022, 3, 13),
        received_at=RECEIVED,
        rulebook="1" * 64,
        state="rejected",
        reason=reason_for("rejected", (whole[0],), "fr"),
        rows_read=27,
        rows_accepted=24,
        rows_quarantined=3,
        findings=(*whole, *cells),
        supersedes="2" * 64,
        days_late=3,
        language="fr",
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_message_as_a_provider_reads_it(lang: str) -> None:
    """Reviewed like code: renew the files with UPDATE_GOLDEN=1, then read what changed."""
    text = "\n".join(receipt().lines(lang)) + "\n"
    golden = GOLDEN / f"receipt.{lang}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
    assert "{" not in text


def test_the_golden_receipt_has_every_structural_rule() -> None:
    assert {finding.rule for finding in receipt().findings} >= BOOK.structure.rules.keys()


def test_json_and_back() -> None:
    told = receipt()
    assert Receipt.from_json(told.to_json()) == told
    assert told.to_json() == receipt().to_json()
    unknown = replace(told, period=None, days_late=None, declared={"provider": "ibz"})
    assert Receipt.from_json(unknown.to_json().encode()) == unknown


def test_without_a_language_the_answer_is_in_the_provider_s() -> None:
    assert receipt().lines() == receipt().lines("fr")


def test_raw_text_cannot_move_the_cursor_or_fill_the_terminal() -> None:
    finding = replace(receipt().findings[-1], raw="\x1b[2J" + "x" * 200)
    line = next(line for line in replace(receipt(), findings=(finding,)).lines("en") if "found" in line)
    assert "\x1b" not in line
    assert len(line) < 160


@pytest.mark.parametrize(
    ("state", "lang", "reason"),
    [
        ("accepted", "en", ""),
        ("accepted_with_queries", "nl", "Fouten: 1; vragen: 0."),
        ("rejected", "de", "Die Datei ist leer: Sie enthält keine Zahlen."),
    ],
)
def test_the_reason_in_the_ledger(state: str, lang: str, reason: str) -> None:
    assert reason_for(state, (refused(Refusal("STR-01"), BOOK.structure),), lang) == reason


def test_a_duplicate_is_told_and_nothing_else() -> None:
    again = replace(receipt(), state=DUPLICATE, reason=duplicate_reason("first.csv", RECEIVED, "de"))
    assert again.lines("de") == [
        f"{NAME}: bereits erhalten",
        "  Diese Datei ist Byte für Byte gleich mit first.csv, eingegangen am 2022-03-18. "
        "Nichts wurde doppelt gespeichert.",
    ]
