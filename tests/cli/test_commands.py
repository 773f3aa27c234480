"""Wrong inputs: one clear line each, their exit code, and the other inputs still go through."""

import json
from pathlib import Path

import pytest

from analysis.cli import main
from world import RAW, copy

GOOD = next((RAW / "submissions").glob("*/housing__fedasil__2023-02-26.csv"))


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("housing__fedasil__2023-02-26.xlsx", b"this is no workbook", 3, "housing__fedasil__2023-02-26.xlsx"),
        ("housing__fedasil__2023-02-12.csv", b"", 3, "housing__fedasil__2023-02-12.csv"),
        ("weather__fedasil__2023-02-26.csv", b"a;b\n1;2\n", 3, "weather"),
        ("notes.csv", b"dear colleague,\nplease find attached\n", 3, "notes.csv"),
    ],
)
def test_a_bad_file_is_told_and_the_good_one_goes_through(
    tmp_path: Path, name: str, content: bytes, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis.store import Store

    bad, data = tmp_path / name, tmp_path / "data"
    bad.write_bytes(content)
    copy(GOOD, data)
    good = data / "raw" / GOOD.relative_to(RAW)
    assert main(["intake", str(bad), str(good), "--data", str(data)]) == code
    shown = capsys.readouterr()
    assert words in shown.out
    assert "Traceback" not in shown.out + shown.err
    states = Store(data).submissions().set_index("file_name")["state"]
    assert states[GOOD.name] == "accepted"
    assert states[name] == "rejected"


def test_paths_that_are_not_there_are_told_and_the_others_go_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "missing.csv"), str(GOOD), "--json"]) == 2
    shown = capsys.readouterr()
    (receipt,) = json.loads(shown.out)
    assert receipt["state"] == "accepted_with_queries"  # figures of 2023, sent today
    assert {finding["rule"] for finding in receipt["findings"]} == {"HOU-028"}
    assert "a path must be an existing file or folder" in shown.err


def test_an_unreadable_folder_is_one_line_and_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith(f"a path must be readable, not '{tmp_path}'. Permission denied.\n")


def test_the_same_bytes_again_are_answered_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["intake", str(GOOD), "--data", str(tmp_path), "--json"]
    assert main(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(words) == 0
    again = capsys.readouterr()
    assert json.loads(again.out) == first
    assert "already received" in again.err


def test_an_effect_is_answered_in_one_sentence_and_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from world import build_world

    data = build_world(tmp_path / "data", ("employment__vdab__*",))
    assert main(["effect", "vdab-registration", "--json", "--data", str(data)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["ci_low"] < 6.0 < facts["ci_high"]  # the planted truth, in percentage points
    assert facts["n_obs"] == 48
    assert (facts["grade"], facts["overturned_by"]) == ("C", "comparison")  # one series: nothing else can be told apart
    assert [row["model"] for row in facts["models"]] == ["ols_hac", "reml_ar1", "arima"]
    assert (facts["share_same_sign"], facts["share_excluding_null"]) == (1.0, 1.0)
    assert {one["answer"] for one in facts["placebos"]} == {"passed"}
    assert (facts["unit"], facts["placebos"][0]["name"]) == ("outcome", "placebo date 2022-08-15")
    (change,) = facts["protocol"]["changes"]  # the placebo outcome was named after the lock, and the page says so
    assert (facts["protocol"]["state"], change["field"]) == ("changed", "placebo_outcomes")
    assert main(["effect", "vdab-registration", "--lang", "de", "--data", str(data)]) == 0
    assert "\n  nicht erfüllt       Vergleich: " in capsys.readouterr().out  # the longest answer is nicht feststellbar
    assert main(["effect", "vdab-registration", "--as-of", "2023-07-01", "--data", str(data)]) == 4
    shown = capsys.readouterr()
    assert "must be identified by its design" in shown.err


def test_an_unknown_intervention_or_evidence_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["effect", "free-beer", "--data", str(tmp_path)]) == 2
    assert main(["trace", "0123456789", "--out", str(tmp_path)]) == 2
    assert "vdab-registration" in capsys.readouterr().err


def test_the_doctor_finds_what_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "renderer builtin" in capsys.readouterr().out
