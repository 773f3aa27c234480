"""Forked kernels run a notebook like any kernel, keep nothing between pages, and die with their worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbformat.v4 import new_code_cell, new_notebook

from analysis.reporting.render import Site
from analysis.run.kernels import PROVISIONER, by_socket_file, can_fork
from analysis.run.page import PageTask, build_page
from analysis.run.plan import Job
from world import ROOT

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


@pytest.fixture
def own_environment() -> Iterator[None]:
    """A worker tells its kernels by the environment what they need; these tests are the worker."""
    factory = KernelProvisionerFactory.instance()
    before, factory.default_provisioner_name = factory.default_provisioner_name, "local-provisioner"
    with patch.dict(os.environ):
        yield
    factory.default_provisioner_name = before


def page(folder: Path, source: str) -> PageTask:
    """A page of one cell, to be built in `folder`."""
    job = Job("tiny", "en", "Tiny", notebook(folder / "tiny.ipynb", source), {"as_of": "2024-01-01"})
    return PageTask(job, ROOT, folder, "key", folder / "built", Site("Tiny"), "builtin")


@pytest.mark.usefixtures("own_environment")
@pytest.mark.parametrize(
    ("ends", "state", "told"),
    [("once", "built", "started once more"), ("always", "failed", "The kernel said: no room for me.")],
)
def test_a_kernel_that_ends_before_its_first_cell_is_started_once_more(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ends: str,
    state: str,
    told: str,
) -> None:
    startup, gone = tmp_path / "startup.py", tmp_path / "gone"
    startup.write_text(
        f"import os, pathlib\ngone = pathlib.Path({str(gone)!r})\n"
        f"if {ends!r} == 'always' or not gone.exists():\n"
        "    gone.touch()\n    os.write(2, b'no room for me')\n    os._exit(1)\n"
    )
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    got = build_page(page(tmp_path, "pass"))
    assert got.state == state, got.error
    assert told in capsys.readouterr().err + got.error


@pytest.mark.usefixtures("own_environment")
def test_a_kernel_that_ends_in_a_cell_is_not_started_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    source = f"import os\nopen({str(count)!r}, 'a').write('x')\nos.kill(os.getpid(), 9)"
    got = build_page(page(tmp_path, source))
    assert (got.state, count.read_text()) == ("failed", "x")
    assert "Kernel died" in got.error


def test_a_long_name_of_the_folder_for_scratch_leaves_the_kernel_at_a_port(tmp_path: Path) -> None:
    assert by_socket_file(Path("scratch"))["KernelManager"]["transport"] == "ipc"
    assert not by_socket_file(tmp_path / ("long" * 30))
