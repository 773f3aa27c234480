"""`monitor survey` checks and tabulates responses; `monitor respondents` says what cannot hold together."""

import csv
import json
from pathlib import Path

import pytest

from analysis.cli import main
from world import RAW

RESPONSES = next((RAW / "studies").glob("*/survey_responses__*.csv"))
PRINTED = next((RAW / "studies").glob("*/survey__*.csv"))


def rows() -> list[dict[str, str]]:
    with RESPONSES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(tmp_path: Path, changed: list[dict[str, str]], delimiter: str = ",") -> Path:
    path = tmp_path / "responses.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(changed[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(changed)
    return path


def test_the_tracked_responses_are_tabulated_with_base_interval_and_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["survey", str(RESPONSES), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["respondents"] == 57
    assert {one["rule"] for one in told["findings"]} == {"required"}
    third = next(one for one in told["questions"] if one["field"] == "q3")
    french = next(one for one in third["answers"] if one["count"] == 33)
    assert (third["asked"], third["answered"], third["silent"]) == (57, 57, 0)
    assert french["low"] < french["share"] == 33 / 57 < french["high"]


def test_words_name_question_base_and_share(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["survey", str(RESPONSES)]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("q3 ("))
    assert lines[at].endswith(": 57 of 57 asked answered")
    assert ": 33 = 57.9% (" in lines[at + 1]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("q10", "perhaps", "unknown"),
        ("q10", "yes;no", "single"),
    ],
)
def test_an_answer_that_breaks_the_questionnaire_is_3_and_named(
    tmp_path: Path, field: str, value: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = rows()
    changed[4][field] = value
    assert main(["survey", str(written(tmp_path, changed)), "--json"]) == 3
    found = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["rule"] == rule]
    assert [(one["respondent"], one["field"]) for one in found] == [(changed[4]["respondent"], field)]


def test_semicolons_and_a_half_of_the_respondents_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["survey", str(written(tmp_path, rows()[:20], ";")), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["respondents"] == 20


@pytest.mark.parametrize("command", ["survey", "respondents"])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, 2),
        (b"", 3),
        (b"a,b\n", 3),
        (b"colour,taste\nred,sweet\n", 3),
        (b"question,option,printed,question\n1,2,3,4\n", 3),
        (b"question,option,printed\n1,2,3,4\n", 3),
        (b'question,option,printed\n"1,2,3\n', 3),
        (b"PK\x03\x04\xff\xfe", 3),
        ("respondent\né\n".encode("cp1252"), 3),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(
    tmp_path: Path, command: str, content: bytes | None, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.csv"
    if content is not None:
        path.write_bytes(content)
    assert main([command, str(path)]) == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.startswith(f"monitor {command}: ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("3,all,French,57.89%,57.5", "a stated base must be a whole number from 1 on, not '57.5' (in q3)"),
        ("3,all,French,57.89%,0", "a stated base must be a whole number from 1 on, not '0' (in q3)"),
        ("3,all,Klingon,57.89%,57", "must be a field and an option of the questionnaire, not '3 all: Klingon'"),
        ("three,all,French,57.89%,57", "must be a field and an option of the questionnaire, not 'three all: French'"),
        ("3,all,French,most,57", "a printed percentage must be a number"),
    ],
)
def test_printed_results_that_are_none_are_3_and_named(
    tmp_path: Path, line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "printed.csv"
    path.write_text(f"question,column,option,printed,stated_base\n{line}\n", encoding="utf-8")
    assert main(["respondents", str(path)]) == 3
    shown = capsys.readouterr().err
    assert words in shown
    assert shown.count("\n") == 1


def test_too_few_results_to_settle_anything_end_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("analysis.studies.linear.SECONDS", 0.01)
    path = tmp_path / "printed.csv"
    path.write_text("question,option,printed,stated_base\n3,French,5%,57\n", encoding="utf-8")
    assert main(["respondents", str(path)]) == 3
    shown = capsys.readouterr().err
    assert "the printed results must be enough to settle on one solution in 0.01 seconds" in shown
    assert shown.count("\n") == 1


def test_respondents_of_the_printed_results_satisfy_the_questionnaire(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made.csv"
    assert main(["respondents", str(PRINTED), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["results"], told["held"]) == (213, 213 - 11 - 5)
    assert sum("no whole number" in line for line in told["certificate"]) == 11
    assert any("cannot hold together with: " in line for line in told["certificate"])
    assert main(["survey", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["respondents"] == 57
