"""One page, from its notebook to its files: what a worker does."""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis import errors
from analysis.reporting.render import Site
from analysis.run.kernels import LOG, PROVISIONER, by_socket_file, can_fork
from analysis.run.plan import Job


@dataclass(frozen=True)
class PageTask:
    """All that a worker needs, picklable."""

    job: Job
    root: Path
    data: Path
    key: str
    built: Path  # the directory to fill
    site: Site
    renderer: str  # REPORT_RENDERER, as resolved by the run
    formats: tuple[str, ...] = ("html",)
    release: str = "restricted"


@dataclass(frozen=True)
class PageResult:
    """What became of one page."""

    job: Job
    state: str  # built | unchanged | failed
    seconds: float
    files: dict[str, str] = field(default_factory=dict)  # file name -> SHA-256
    warnings: tuple[str, ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()
    error: str = ""
    exit_code: int = 0
    failed_notebook: Path | None = None


def build_page(task: PageTask) -> PageResult:
    """Execute, compose and render one page into `task.built`; a failure is a result, not an exception."""
    started = time.monotonic()
    shutil.rmtree(task.built, ignore_errors=True)
    task.built.mkdir(parents=True)
    executed = task.built / f"{task.job.name}.ipynb"
    try:
        _execute(task, executed)
        facts = _render(task, executed)
    except errors.MonitorError as error:
        return _failed(task, executed, started, str(error), error.exit_code)
    except Exception as error:
        return _failed(task, executed, started, f"{type(error).__name__}: {error}", 1)
    (task.built / "page.json").write_text(json.dumps(facts, sort_keys=True), encoding="utf-8")
    return result_of(task.job, "built", time.monotonic() - started, task.built)


def result_of(job: Job, state: str, seconds: float, folder: Path) -> PageResult:
    """The result that a finished page's directory holds."""
    facts = json.loads((folder / "page.json").read_text(encoding="utf-8"))
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in facts["files"]}
    return PageResult(job, state, seconds, files, tuple(facts["warnings"]), tuple(facts["evidence"]))


def _execute(task: PageTask, executed: Path) -> None:
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "kernel.log"
        os.environ.update(
            {
                "DATA_DIR": str(task.data.resolve()),
                "MONITOR_RELEASE": task.release,
                "IPYTHONDIR": scratch,
                "JUPYTER_PREFER_ENV_PATH": "1",
                "PYTHONHASHSEED": "0",
                LOG: str(log),
            }
        )
        try:
            try:
                _run_notebook(task, executed, Path(scratch))
            except RuntimeError as error:
                if isinstance(error, DeadKernelError):  # it ended in a cell, which would end the next one too
                    raise
                print(f"{task.job.name}: {error}; started once more. {_said(log)}", file=sys.stderr, flush=True)
                _run_notebook(task, executed, Path(scratch))
        except PapermillExecutionError as error:
            kind = getattr(errors, error.ename, errors.MonitorError)
            what = f"{error.ename}: {error.evalue}" if kind is errors.MonitorError else error.evalue
            failure = errors.MonitorError(what, where=f"cell {error.cell_index} of {task.job.notebook.name}")
            failure.exit_code = kind.exit_code
            raise failure from error
        except RuntimeError as error:
            raise RuntimeError(f"{error}. {_said(log)}") from error


def _run_notebook(task: PageTask, executed: Path, scratch: Path) -> None:
    import papermill
    from jupyter_client.provisioning import KernelProvisionerFactory

    forked: dict[str, Any] = {}
    if can_fork():
        # Not by the environment, which the factory reads once: an earlier kernel of this process may have made it.
        KernelProvisionerFactory.instance().default_provisioner_name = PROVISIONER
        forked["config"] = by_socket_file(scratch)
    papermill.execute_notebook(
        task.job.notebook,
        executed,
        parameters=task.job.parameters,
        kernel_name="python3",
        progress_bar=False,
        cwd=str(task.root),
        log_output=False,
        request_save_on_cell_execute=False,  # the whole page again after each of its cells
        **forked,
    )


def _said(log: Path) -> str:
    """The last lines of what a kernel said outside of its cells."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")[-6:] if log.is_file() else []
    return "The kernel said: " + (" ".join(" ".join(lines).split()) or "nothing") + "."


def _render(task: PageTask, executed: Path) -> dict[str, Any]:
    import nbformat

    from analysis.catalogue import load_catalogue
    from analysis.reporting.compose import compose
    from analysis.reporting.render import choose_renderer
    from analysis.reporting.subset import lint
    from analysis.reporting.typed import lint_numbers

    notebook = nbformat.read(executed, as_version=4)
    typed = lint_numbers(notebook)
    if typed:
        raise errors.RenderingFailed("the page", must="free of typed-in numbers", found=typed, where=task.job.name)
    composed = compose(
        notebook,
        lang=task.job.lang,
        title=task.job.title,
        date=str(task.job.parameters["as_of"]),
        texts=load_catalogue().texts,
    )
    outside = lint(composed.notebook)
    if outside:
        raise errors.RenderingFailed("the page", must="within the Quarto subset", found=outside, where=task.job.name)
    nbformat.write(composed.notebook, executed)
    renderer = choose_renderer(task.renderer, project=task.root / "reports").renderer
    rendering = renderer.render(executed, task.built, task.formats, site=task.site)
    for name, content in composed.files.items():
        (task.built / Path(name).name).write_bytes(content)
    rendered = [path.relative_to(task.built).as_posix() for path in rendering.outputs]
    return {
        "files": sorted([*rendered, *composed.files]),
        "warnings": [*composed.warnings, *rendering.warnings],
        "evidence": list(composed.evidence),
    }


def _failed(task: PageTask, executed: Path, started: float, error: str, exit_code: int) -> PageResult:
    kept = executed if executed.is_file() else None
    seconds = time.monotonic() - started
    line = " ".join(error.split())
    return PageResult(task.job, "failed", seconds, error=line, exit_code=exit_code, failed_notebook=kept)
