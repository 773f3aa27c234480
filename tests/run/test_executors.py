"""Workers do the work and die with the run."""

import os
import signal
import subprocess
import sys
import time

import pytest

from analysis.errors import UsageError
from analysis.run.executors import open_executor

PARENT = """
import os, sys, time
from analysis.run.executors import open_executor
if __name__ == "__main__":
    with open_executor(1) as executor:
        print(executor.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


def test_processes_do_the_work() -> None:
    with open_executor(2) as executor:
        assert executor.submit(pow, 2, 10).result() == 1024


def test_workers_do_not_outlive_a_killed_run(tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail(f"worker {worker} lives on")


def test_a_cluster_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError), open_executor(1, "tcp://127.0.0.1:1"):
        pass
