"""Wrong words end with 2; --help answers without anything heavy."""

import subprocess
import sys

import pytest

from analysis.cli import main

HEAVY = {"pandas", "matplotlib", "great_expectations", "papermill", "statsmodels", "duckdb", "nbformat"}


@pytest.mark.parametrize(
    "argv",
    [[], ["dance"], ["run", "--workers", "many"], ["check"], ["effect"], ["run", "--release", "secret"]],
)
def test_wrong_usage_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2
    assert "usage: monitor" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--help"], ["check", "there-is-no-such-file.csv"]])
def test_help_and_bad_paths_import_nothing_heavy(argv: list[str]) -> None:
    script = f"""
import sys
from analysis.cli import main
try:
    main({argv!r})
except SystemExit:
    pass
print(",".join({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == ""


def test_a_missing_file_is_one_line_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "there-is-no-such-file.csv"]) == 2
    line = "monitor check: a path must be an existing file or folder, not 'there-is-no-such-file.csv'\n"
    assert capsys.readouterr().err == line
