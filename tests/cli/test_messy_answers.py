"""Messy and hostile files through `monitor check`: exit code, valid JSON, never a traceback."""

import json
from pathlib import Path

import pytest

from analysis.cli import main
from submissions.test_hostile import CASES

PICKED = sorted(CASES)[::2]


@pytest.mark.parametrize("case", PICKED)
def test_a_file_is_answered_with_its_exit_code(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, content, state, rules = CASES[case]
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert main(["check", str(path), "--json", "--data", str(tmp_path / "data")]) == (3 if state == "rejected" else 0)
    told = capsys.readouterr()
    assert told.err.count("\n") <= 1 and "Traceback" not in told.err
    answer = json.loads(told.out)
    (receipt,) = answer if isinstance(answer, list) else [answer]
    assert (receipt["state"] == "rejected") == (state == "rejected")
    # What came before its date when it was made no longer does today.
    assert {*rules} - {"REG-008"} <= {finding["rule"] for finding in receipt["findings"]}
