"""Kernels forked from one process that has imported everything once; imports are most of a page's time.

`python -m analysis.run.kernels` is that process: it reads one JSON request a line and answers with the kernel's process
id. It ends with its standard input, that is with the worker that started it, and its kernels end with it.
"""

import atexit
import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

from jupyter_client.provisioning import LocalProvisioner
from traitlets.config import Config

from analysis.catalogue import load_catalogue

PROVISIONER = "forked"
LOG = "KERNEL_LOG"  # the environment's name of the file that takes what a forked kernel says outside of its cells
LONGEST = 90  # bytes of the name of a socket's file: 108 on Linux, with its number and an end
PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.completer",
    "pandas",
    "pyarrow.parquet",
    "duckdb",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "matplotlib_inline.backend_inline",
    "seaborn",
    "scipy.stats",
    "statsmodels.api",
    "statsmodels.tsa.statespace.structural",
    "babel.dates",
    "babel.numbers",
    "analysis.catalogue",
    "analysis.reporting.page",
    "analysis.reporting.charts",
    "analysis.trends",
    "analysis.effects",
)


def can_fork() -> bool:
    """Whether this system forks safely: not Windows, and not macOS, whose frameworks forbid it."""
    return sys.platform.startswith("linux")


def by_socket_file(folder: Path) -> Config:
    """How to reach a kernel: by files in `folder`, as a TCP port may be taken before the kernel has it."""
    address = str(folder / "kernel")
    if len(os.fsencode(address)) > LONGEST:
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": address}})


class ForkedProcess:
    """What Jupyter's local provisioner uses of Popen, for a process that is not our child."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it runs; 0 when it is gone (its parent reaps it, so its exit code is not known here)."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self) -> int:
        """Called by the provisioner only after `poll` said that it is gone."""
        return 0

    def send_signal(self, signum: int) -> None:
        """Signal the process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End it now."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkedProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Jupyter's way to start a kernel, through the preloaded process of this worker."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel that listens where the connection file in `cmd` says."""
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        environment = {str(name): str(value) for name, value in (kwargs.get("env") or os.environ).items()}
        pid = _preloaded().fork({"argv": arguments, "env": environment, "cwd": str(kwargs.get("cwd") or Path.cwd())})
        self.process = ForkedProcess(pid)
        self.pid = self.pgid = pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info


class Preloaded:
    """The worker's end of the preloaded process."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def fork(self, request: dict[str, Any]) -> int:
        """The process id of a new kernel."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the preloaded process has no pipes")
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process that forks kernels ended with exit code {self.process.wait()}")
        return int(answer)

    def close(self) -> None:
        """End it, and with it any kernel left."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


_started: list[Preloaded] = []


def _preloaded() -> Preloaded:
    """This worker's preloaded process, started at the first page and again if it died."""
    if _started and _started[0].process.poll() is not None:
        _started.clear()
    if not _started:
        _started.append(Preloaded())
        atexit.register(_started[0].close)
    return _started[0]


def serve(requests: TextIO, answers: TextIO) -> None:
    """Fork a kernel for every request until the requests end."""
    for name in PRELOADED:
        importlib.import_module(name)
    load_catalogue()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps ended kernels
    for line in requests:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become_kernel(json.loads(line), parent)
        print(pid, file=answers, flush=True)


def _become_kernel(request: dict[str, Any], parent: int) -> None:
    """Turn this forked process into the kernel; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(request["env"].get(LOG, os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    from ipykernel.kernelapp import IPKernelApp

    code = 1
    try:
        IPKernelApp.launch_instance(argv=[*request["argv"], f"--IPKernelApp.parent_handle={parent}"])
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
