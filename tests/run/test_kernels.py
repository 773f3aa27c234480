"""Forked kernels run a notebook like any kernel, keep nothing between pages, and die with their worker."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from analysis.run.kernels import PROVISIONER, can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux only")

WORKER = """
import os, sys, papermill
os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = sys.argv[1]
for source, result in zip(sys.argv[2::2], sys.argv[3::2]):
    papermill.execute_notebook(source, result, progress_bar=False, kernel_name="python3", parameters={"x": 2})
"""


def notebook(path: Path, *sources: str) -> Path:
    cells = [new_code_cell("x: int = 1", metadata={"tags": ["parameters"]}), *map(new_code_cell, sources)]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def printed(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells if cell.cell_type == "code" for output in cell.outputs)


def test_parameters_output_and_a_clean_start_for_each_page(tmp_path: Path) -> None:
    first = notebook(
        tmp_path / "a.ipynb", "leftover = 1\nprint(x + 1)", "import os, sys\nprint('pandas' in sys.modules)"
    )
    second = notebook(tmp_path / "b.ipynb", "print('leftover' in globals(), x)")
    done = [tmp_path / "a.done.ipynb", tmp_path / "b.done.ipynb"]
    names = [str(path) for pair in zip([first, second], done, strict=True) for path in pair]
    subprocess.run([sys.executable, "-c", WORKER, PROVISIONER, *names], check=True, timeout=180)
    assert [printed(path) for path in done] == ["3\nTrue\n", "False 2\n"]


def test_kernels_die_with_their_worker(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    slow = notebook(
        tmp_path / "slow.ipynb", f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))", "time.sleep(600)"
    )
    worker = subprocess.Popen([sys.executable, "-c", WORKER, PROVISIONER, str(slow), str(tmp_path / "done.ipynb")])
    assert waits_for(told.exists, 120)
    assert waits_for(lambda: told.read_text() != "", 5)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert waits_for(lambda: not alive(int(told.read_text())), 30)


def waits_for(condition, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
