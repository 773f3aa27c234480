"""Who does the work: processes of this machine, or a Dask cluster's own executor."""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

from analysis.errors import UsageError


def default_workers() -> int:
    """One worker a processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def open_executor(workers: int, cluster: str = "") -> Iterator[Executor]:
    """An executor of `workers` processes, or of the Dask scheduler at the address `cluster`.

    Raises
    ------
    UsageError
        Where the cluster's library is missing or nobody answers at the address.
    """
    with _cluster_executor(cluster) if cluster else _process_executor(workers) as executor:
        yield executor


@contextmanager
def _process_executor(workers: int) -> Iterator[Executor]:
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(max(1, workers), mp_context=context, initializer=_die_with_parent)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _die_with_parent() -> None:
    """A killed run must not leave workers behind that go on writing."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _cluster_executor(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as missing:
        mend = "Install the extra `cluster`: python -m uv pip install distributed."
        raise UsageError("--cluster", must="used with Dask distributed installed", mend=mend) from missing
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise UsageError(
            "--cluster", must="the address of a Dask scheduler that answers", found=address, mend=str(error)
        ) from error
    with client:
        yield client.get_executor()
