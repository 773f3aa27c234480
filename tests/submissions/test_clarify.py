"""A query is answered with a note: in the returned workbook or in a note file; it is signed and kept with the value."""

import shutil
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from analysis.catalogue import LANGUAGES
from analysis.errors import DataRejected, UsageError
from analysis.store import Store
from analysis.submissions import Receipt, check, intake, receipt_of
from analysis.submissions.answers.workbook import BY_CELL, COLUMNS, HEADER_ROW, annotated
from analysis.submissions.intake import clarify
from analysis.submissions.notes import read_note_file, returned_notes
from analysis.submissions.rulebook import load_rulebook
from submissions.sample import CATALOGUE, GOOD, NAME, RECEIVED, RULEBOOK, delivery, edited
from submissions.test_privacy import register

QUERIED = edited(";300;;", ";300000;;Arriérés")
NOTE = "Two months of arrears,\nreported at once"
SIGNED = "Two months of arrears, reported at once (Service des statistiques, 2022-03-18)"
LATER = date(2022, 3, 21)
WORDS = load_rulebook(RULEBOOK, CATALOGUE).structure.personal


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Receipt]:
    file = delivery(tmp_path_factory.mktemp("first"), QUERIED)
    return file.path, check(file.path, CATALOGUE, RULEBOOK, today=RECEIVED)


def returned(first: tuple[Path, Receipt], *, by: str = "Service des statistiques", **cells: object) -> bytes:
    """The annotated copy of the first file with a note beside the query, and with edited cells."""
    path, receipt = first
    book: Any = openpyxl.load_workbook(BytesIO(annotated(receipt, path.read_bytes())))
    for place, value in cells.items():
        book["Chiffres"][place] = value
    book["Constats"][BY_CELL] = by
    book["Constats"].cell(HEADER_ROW + 1, len(COLUMNS)).value = NOTE
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def judged(content: bytes, tmp_path: Path, name: str = f"{NAME[:-4]}.answer.xlsx") -> Receipt:
    return check(delivery(tmp_path, content, name).path, CATALOGUE, RULEBOOK, today=RECEIVED)


def test_the_first_answer_asks(first: tuple[Path, Receipt]) -> None:
    receipt = first[1]
    assert receipt.state == "accepted_with_queries"
    assert [(f.rule, f.severity, f.row, f.note) for f in receipt.findings] == [("REG-023", "query", 5, "")]


@pytest.mark.parametrize(
    "name", [f"{NAME[:-4]}.answer.xlsx", f"{NAME[:-4]}.answer (1).xlsx", "what you asked for.xlsx"]
)
def test_a_note_in_the_returned_workbook_settles_the_query(
    first: tuple[Path, Receipt], name: str, tmp_path: Path
) -> None:
    receipt = judged(returned(first), tmp_path, name)
    found = (receipt.provider, receipt.dataflow, receipt.period, receipt.state)
    assert found == ("ibz", "registration", date(2022, 3, 13), "accepted")
    assert [(f.rule, f.note) for f in receipt.findings] == [("REG-023", SIGNED)]
    assert f"    votre explication : {SIGNED}" in receipt.lines("fr")


def test_the_note_is_kept_with_the_observation(first: tuple[Path, Receipt], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    intake(store, CATALOGUE, [delivery(tmp_path, returned(first), "answered.xlsx")], RULEBOOK)
    kept = store.observations().set_index("value")["note"]
    assert kept[300000.0] == f"Arriérés · {SIGNED}"
    assert kept[1200.0] == ""


def test_a_note_says_nothing_of_another_value(first: tuple[Path, Receipt], tmp_path: Path) -> None:
    receipt = judged(returned(first, E5="310000"), tmp_path)
    assert [(f.rule, f.raw, f.note) for f in receipt.findings] == [("REG-023", "310000", "")]


def test_without_a_name_the_sender_signs_and_a_second_signature_is_not_added(
    first: tuple[Path, Receipt], tmp_path: Path
) -> None:
    content = returned(first, by="")
    receipt = judged(content, tmp_path)
    assert receipt.findings[0].note.endswith("(SPF Intérieur (IBZ), 2022-03-18)")
    again = judged(annotated(receipt, content), tmp_path)
    assert again.findings[0].note == receipt.findings[0].note


def test_an_error_cannot_be_explained_away(tmp_path: Path) -> None:
    file = delivery(tmp_path, edited(";300;", ";-300;"))
    receipt = check(file.path, CATALOGUE, RULEBOOK, today=RECEIVED)
    answered = judged(returned((file.path, receipt)), tmp_path)
    assert (answered.state, answered.findings[0].note) == ("accepted_with_queries", "")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    path = tmp_path / NAME
    path.write_text(QUERIED, "utf-8")
    received, _ = store.receive(path, RECEIVED, {})
    intake(store, CATALOGUE, [received], RULEBOOK)
    return store


ENTRY = "{rule: REG-023, row: 5, column: Valeur, note: Checked at the source}"


def note_file(folder: Path, submission: str, by: str = "Data service", entry: str = ENTRY) -> Path:
    path = folder / "notes.yml"
    path.write_text(f"submission: {submission}\nby: {by}\nnotes:\n  - {entry}\n", "utf-8")
    return path


def test_a_note_file_settles_the_query_for_good(store: Store, tmp_path: Path) -> None:
    (before,) = store.submissions().to_dict("records")
    receipt = clarify(store, CATALOGUE, RULEBOOK, note_file(tmp_path, before["submission"][:12]), LATER)
    signed = "Checked at the source (Data service, 2022-03-21)"
    assert (receipt.state, receipt.findings[0].note) == ("accepted", signed)
    assert store.submissions()["state"].tolist() == ["accepted"]
    assert store.observations().set_index("value")["note"][300000.0] == f"Arriérés · {signed}"
    (again,) = intake(store, CATALOGUE, store.deliveries(), RULEBOOK, anew=True)
    assert again == receipt


def test_what_was_known_before_the_note_stays_known(store: Store, tmp_path: Path) -> None:
    submission = store.submissions()["submission"][0]
    before = store.observations()
    clarify(store, CATALOGUE, RULEBOOK, note_file(tmp_path, submission), LATER)
    pd.testing.assert_frame_equal(store.observations(as_of=RECEIVED), before)
    shown = ["as_of", "flag", "note"]
    told = store.observations(history=True).query("value == 300000")[shown].astype({"as_of": "str"})
    signed = "Arriérés · Checked at the source (Data service, 2022-03-21)"
    assert told.values.tolist() == [["2022-03-18", "p", "Arriérés"], ["2022-03-21", "", signed]]
    second = note_file(tmp_path, submission, entry=ENTRY.replace("Checked at", "And again at"))
    receipt = clarify(store, CATALOGUE, RULEBOOK, second, date(2022, 3, 25))
    assert receipt.findings[0].note.startswith("And again")
    assert [len(store.observations(as_of=day, history=True)) for day in (RECEIVED, LATER, None)] == [5, 6, 7]


def test_notes_are_input_and_outlive_what_is_computed(store: Store, tmp_path: Path) -> None:
    submission = store.submissions()["submission"][0]
    receipt = clarify(store, CATALOGUE, RULEBOOK, note_file(tmp_path, submission), LATER)
    after = store.observations(history=True)
    shutil.rmtree(store.processed)
    anew = Store(store.data)
    assert intake(anew, CATALOGUE, anew.deliveries(), RULEBOOK) == [receipt]
    pd.testing.assert_frame_equal(anew.observations(history=True), after)


def test_while_a_query_is_open_its_row_is_provisional(store: Store) -> None:
    receipt = receipt_of(store, store.submissions()["submission"][0])
    assert receipt and (receipt.rows_accepted, receipt.rows_provisional) == (5, 1)
    assert receipt.answer_by and (receipt.answer_by - receipt.received_at).days == CATALOGUE.rounds.answer_after_days
    assert all(receipt.answer_by.isoformat() in " ".join(receipt.lines(lang)) for lang in LANGUAGES)
    assert store.observations().set_index("value")["flag"].to_dict() == {
        value: "p" if value == 300000 else "" for value in (1200.0, 700.0, 500.0, 5400.0, 300000.0)
    }
    for lang, word in {"en": "provisional", "fr": "provisoire", "nl": "voorlopig", "de": "vorläufig"}.items():
        assert word in receipt.lines(lang)[2]


PERSONS = {
    "an address in a note": {"entry": ENTRY.replace("Checked", "Ask an.janssens@gemeente.be, checked")},
    "a number in a note": {"entry": ENTRY.replace("Checked", f"File {register(date(1985, 7, 30))} checked")},
    "a phone number in the signature": {"by": "Data service 0470 12 34 56"},
}


@pytest.mark.parametrize("case", PERSONS)
def test_a_note_that_points_to_a_person_is_refused_and_nothing_of_it_kept(
    case: str, store: Store, tmp_path: Path
) -> None:
    before = sorted(store.data.rglob("*"))
    path = note_file(tmp_path, store.submissions()["submission"][0], **PERSONS[case])
    with pytest.raises(DataRejected, match="nothing of it was kept") as caught:
        clarify(store, CATALOGUE, RULEBOOK, path, LATER)
    assert "**" in str(caught.value) and not any(
        word in str(caught.value) for word in ("janssens", "850730", "12 34 56")
    )
    assert sorted(store.data.rglob("*")) == before


def test_the_note_column_of_a_returned_workbook_passes_the_privacy_gate(
    first: tuple[Path, Receipt], tmp_path: Path
) -> None:
    receipt = judged(returned(first, by="an.janssens@gemeente.be"), tmp_path)
    assert [finding.rule for finding in receipt.findings] == ["PRI-00", "PRI-02"]


@pytest.mark.parametrize("entry", [ENTRY.replace("row: 5", "row: 4"), ENTRY.replace("REG-023", "REG-013")])
def test_a_note_about_nothing_that_was_asked_is_told(entry: str, store: Store, tmp_path: Path) -> None:
    path = note_file(tmp_path, store.submissions()["submission"][0], entry=entry)
    with pytest.raises(UsageError, match="about a query of the receipt"):
        clarify(store, CATALOGUE, RULEBOOK, path, LATER)


def test_a_query_about_the_whole_file_is_asked_and_answered_once(tmp_path: Path) -> None:
    file = delivery(tmp_path, GOOD)
    late = check(file.path, CATALOGUE, RULEBOOK, today=date(2022, 8, 1))
    assert [(f.rule, f.row, f.column) for f in late.findings] == [("REG-028", 0, "")]
    assert (late.state, late.rows_provisional, late.answer_by) == ("accepted_with_queries", 0, None)
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    received, _ = store.receive(file.path, date(2022, 8, 1), {})
    intake(store, CATALOGUE, [received], RULEBOOK)
    path = note_file(tmp_path, received.sha256, entry="{rule: REG-028, note: New software}")
    receipt = clarify(store, CATALOGUE, RULEBOOK, path, date(2022, 8, 2))
    assert (receipt.state, receipt.findings[0].note) == ("accepted", "New software (Data service, 2022-08-02)")
    book = openpyxl.load_workbook(BytesIO(annotated(late, file.path.read_bytes())))
    book["Constats"].cell(HEADER_ROW + 1, len(COLUMNS)).value = "New software"
    stream = BytesIO()
    book.save(stream)
    answer = check(delivery(tmp_path, stream.getvalue(), "x.xlsx").path, CATALOGUE, RULEBOOK, today=date(2022, 8, 2))
    assert (answer.state, answer.findings[0].note[:12]) == ("accepted", "New software")


@pytest.mark.parametrize(
    "text", ["", "submission: abc", "[1, 2]", "submission: 12345678\nby: x\nnotes: [{rule: A}]", "a: ["]
)
def test_a_note_file_that_is_not_one(text: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match="a note file"):
        read_note_file(path, LATER, WORDS)


def test_a_note_file_must_be_signed_and_name_one_submission(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="signed"):
        read_note_file(note_file(tmp_path, "12345678", by="''"), LATER, WORDS)
    with pytest.raises(UsageError, match="one submission"):
        clarify(store, CATALOGUE, RULEBOOK, note_file(tmp_path, "f" * 12), LATER)


def test_other_files_have_no_notes() -> None:
    assert returned_notes(GOOD.encode()) is None
