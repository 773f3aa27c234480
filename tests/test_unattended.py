"""The cron line and the systemd timer that the README shows do what it says."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from world import ROOT, build_world

README = (ROOT / "README.md").read_text(encoding="utf-8")
WEEK = 604_800


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def shim(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(("week", "runs"), [(2902, True), (2903, False)])
def test_the_cron_line_runs_every_second_week_and_ends_with_a_status_line(
    tmp_path: Path, week: int, runs: bool
) -> None:
    line = blocks("cron")[0].strip()
    assert re.match(r"15 6 \* \* 1\s", line)
    command = line.split(maxsplit=5)[5].replace(r"\%", "%")
    command = command.replace("/srv/integration-monitor", str(ROOT)).replace("/var/log", str(tmp_path))
    command = command.replace(".venv/bin/python", sys.executable)
    command = command.replace("-m analysis run", f"-m analysis run --out {tmp_path / 'site'} --page intake-survey")
    shim(tmp_path / "bin", "date", f"echo {week * WEEK}")
    data = build_world(tmp_path / "data", ())
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "DATA_DIR": str(data)}
    subprocess.run(["sh", "-c", command], env=environment, timeout=300, check=False)
    log = tmp_path / "integration-monitor.jsonl"
    assert log.is_file() == runs
    if runs:
        assert '"state": "done"' in log.read_text().splitlines()[-1]
        assert (tmp_path / "site" / "index.html").is_file()


def test_the_systemd_units_are_whole_and_call_the_same_command() -> None:
    service, timer = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    for parser, text in zip((service, timer), blocks("ini"), strict=True):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(text)
    assert service["Service"]["ExecStart"].endswith(".venv/bin/python -m analysis run")
    assert service["Service"]["SuccessExitStatus"] == "3"
    assert timer["Timer"]["OnCalendar"] == "Mon *-*-* 06:15:00"
    condition = service["Service"]["ExecCondition"].replace("$$", "$").replace("%%", "%")
    shell = re.fullmatch(r"/bin/sh -c '(.*)'", condition)
    assert shell is not None
    assert subprocess.run(["/bin/sh", "-c", shell[1]], check=False).returncode in {0, 1}
