"""The files that go to a provider, forms, notes and replays, as the command line gives them."""

import json
from pathlib import Path

import pytest

from analysis.cli import main
from submissions.sample import NAME, RULEBOOK, edited

FILES = ["receipt.json", "ess-validation-report.json", "report.html", f"{NAME[:-4]}.answer.xlsx"]


@pytest.fixture
def queried(tmp_path: Path) -> Path:
    """One open query; it lies where it was received in time, so that nothing is asked about its age."""
    path = tmp_path / "data" / "raw" / "inbox" / "2022-03-16" / NAME
    path.parent.mkdir(parents=True)
    path.write_text(edited(";300;", ";300000;"), "utf-8")
    return path


def test_intake_writes_the_answer_names_its_files_and_takes_notes(
    queried: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert main(["intake", str(queried), "--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (folder,) = (data / "processed" / "answers").iterdir()
    assert lines[-4:] == [f"  {folder / name}" for name in FILES]
    note = "{rule: REG-023, row: 5, column: Valeur, note: Arrears}"
    notes = tmp_path / "notes.yml"
    notes.write_text(f"submission: {folder.name}\nby: Data service\nnotes: [{note}]\n", "utf-8")
    assert main(["intake", str(notes), "--data", str(data), "--json"]) == 0
    (receipt,) = json.loads(capsys.readouterr().out)
    assert (receipt["state"], receipt["findings"][0]["note"][:22]) == ("accepted", "Arrears (Data service,")
    assert "Arrears (Data service," in (folder / "report.html").read_text("utf-8")


def test_a_note_file_that_is_wrong_is_one_line_and_the_others_go_through(
    queried: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.yml"
    notes.write_text("by: nobody\n", "utf-8")
    assert main(["intake", str(notes), str(queried), "--data", str(tmp_path / "data"), "--json"]) == 2
    shown = capsys.readouterr()
    assert len(json.loads(shown.out)) == 1
    assert shown.err.splitlines()[-1].startswith(
        "monitor intake: a note file must be YAML with submission, by and a list of notes"
    )


def test_check_writes_files_only_where_it_is_told_to(
    queried: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = queried.read_bytes()
    assert main(["check", str(queried), "--answers", str(tmp_path / "answers")]) == 0
    (folder,) = (tmp_path / "answers").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert queried.read_bytes() == before
    assert f"  {folder / FILES[2]}" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(("out", "name"), [("forms", "housing__fedasil__2022-03-13.xlsx"), ("form.xlsx", "")])
def test_template_writes_a_form_and_names_it(
    out: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["template", "fedasil", "--dataflow", "housing", "--period", "13/03/2022", "--out", str(tmp_path / out)]
    assert main(words) == 0
    path = tmp_path / out / name if name else tmp_path / out
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("words", [["fedasil", "housing", "March"], ["fedasil", "weather", "2022-03-13"]])
def test_a_form_that_cannot_be_made_is_2(words: list[str], tmp_path: Path) -> None:
    provider, flow, period = words
    assert main(["template", provider, "--dataflow", flow, "--period", period, "--out", str(tmp_path)]) == 2
    assert not list(tmp_path.iterdir())


def test_replay_shows_flips_and_stores_nothing(
    queried: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, suite = tmp_path / "data", tmp_path / "changed.json"
    suite.write_text(
        (RULEBOOK / "registration.json").read_text("utf-8").replace('"max_value": 150000', '"max_value": 999999'),
        "utf-8",
    )
    main(["intake", str(queried), "--data", str(data)])
    before = (data / "processed" / "store.json").read_bytes()
    capsys.readouterr()
    assert main(["replay", "--suite", str(suite), "--data", str(data), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    flips = [(flip["row"], flip["before"], flip["after"], flip["lost"]) for flip in told["flips"]]
    assert flips == [(0, "accepted_with_queries", "accepted", []), (5, "queried", "accepted", ["REG-023"])]
    assert main(["replay", "--suite", str(suite), "--data", str(data)]) == 0
    counts, end = capsys.readouterr().out.splitlines()[-2:]
    assert counts.startswith("registration: 1 submissions, of which 1 would flip; ")
    assert counts.endswith(" rows, of which 1 would flip.") and end == "Nothing was stored."
    assert (data / "processed" / "store.json").read_bytes() == before
