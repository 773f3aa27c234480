"""A page's execution: a kernel forked from the preloaded process, against one that Jupyter starts, against no work."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.run.kernels import PROVISIONER

CODE = """import pandas, seaborn, statsmodels.api
from analysis.catalogue import load_catalogue
len(load_catalogue().indicators)"""


def measure(median: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds a page, and the ratio to the obvious alternative."""
    with tempfile.TemporaryDirectory() as scratch:
        page, empty = _notebook(Path(scratch) / "page.ipynb", CODE), _notebook(Path(scratch) / "empty.ipynb", "1")
        done = Path(scratch) / "done.ipynb"
        fresh = median(lambda: _execute(page, done, "local-provisioner"))
        forked = median(lambda: _execute(page, done, PROVISIONER))
        limit = median(lambda: _execute(empty, done, PROVISIONER))
    return [
        {"what": "kernel started by Jupyter", "seconds": fresh},
        {"what": "forked kernel", "seconds": forked, "times faster": fresh / forked, "of the limit": forked / limit},
        {"what": "forked kernel, empty page (limit)", "seconds": limit},
    ]


def _notebook(path: Path, code: str) -> Path:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=[new_code_cell(code)], metadata=kernel), path)
    return path


def _execute(source: Path, done: Path, provisioner: str) -> None:
    import papermill
    from jupyter_client.provisioning import KernelProvisionerFactory

    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = provisioner
    KernelProvisionerFactory.clear_instance()
    papermill.execute_notebook(source, done, progress_bar=False, kernel_name="python3", log_output=False)
