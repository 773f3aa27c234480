"""A query is answered with a note: in the returned workbook or in a note file; it is signed and kept with the value."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analysis.errors import UsageError
from analysis.store import Store
from analysis.submissions import Receipt, check, intake
from analysis.submissions.answers.workbook import BY_CELL, COLUMNS, HEADER_ROW, annotated
from analysis.submissions.clarify import read_note_file, returned_notes
from analysis.submissions.intake import clarify
from submissions.sample import CATALOGUE, GOOD, NAME, RECEIVED, RULEBOOK, delivery, edited

QUERIED = edited(";300;;", ";300000;;Arriérés")
NOTE = "Two months of arrears,\nreported at once"
SIGNED = "Two months of arrears, reported at once (Service des statistiques, 2022-03-18)"
LATER = date(2022, 3, 21)


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


def note_file(folder: Path, submission: str, by: str = "Data service") -> Path:
    path = folder / "notes.yml"
    entry = "{rule: REG-023, row: 5, column: Valeur, note: Checked at the source}"
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
    assert len(store.observations(history=True)) == 5


@pytest.mark.parametrize(
    "text", ["", "submission: abc", "[1, 2]", "submission: 12345678\nby: x\nnotes: [{rule: A}]", "a: ["]
)
def test_a_note_file_that_is_not_one(text: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match="a note file"):
        read_note_file(path, LATER)


def test_a_note_file_must_be_signed_and_name_one_submission(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="signed"):
        read_note_file(note_file(tmp_path, "12345678", by="''"), LATER)
    with pytest.raises(UsageError, match="one submission"):
        clarify(store, CATALOGUE, RULEBOOK, note_file(tmp_path, "f" * 12), LATER)


def test_other_files_have_no_notes() -> None:
    assert returned_notes(GOOD.encode()) is None
