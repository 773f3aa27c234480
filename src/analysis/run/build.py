"""Do the jobs of a plan: take unchanged pages from the cache, send the others to the workers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from analysis.run.cache import PageCache, page_key
from analysis.run.executors import open_executor
from analysis.run.page import PageResult, PageTask, build_page, result_of
from analysis.run.plan import Job


def build_pages(
    jobs: Sequence[Job],
    *,
    root: Path,
    data: Path,
    scratch: Path,
    cache: PageCache,
    common: Mapping[str, str],
    site_of: Callable[[Job], Any],
    renderer: str,
    release: str,
    workers: int,
    cluster: str,
    on_page: Callable[[PageResult, int, int], None],
) -> dict[str, tuple[PageResult, Path]]:
    """Build every job; the answer maps a page's name to its result and the directory of its files, in the plan's order.

    Parameters
    ----------
    scratch
        Where pages are built before the cache takes them.
    common
        What all pages share and depend on; part of each page's key.
    site_of
        The place of a job's page among the others, for the navigation.
    on_page
        Told of each finished page: result, pages done, pages in all.
    """
    done: dict[str, tuple[PageResult, Path]] = {}
    tasks: list[PageTask] = []
    for job in jobs:
        site = site_of(job)
        key = page_key(job, {**common, "site": repr(site)})
        found = cache.find(key)
        if found:
            done[job.name] = (result_of(job, "unchanged", 0.0, found), found)
            on_page(done[job.name][0], len(done), len(jobs))
        else:
            made = PageTask(job, root, data, key, scratch / job.name, site, renderer, job.formats, release)
            tasks.append(made)
    tasks.sort(key=lambda task: task.job.lang != jobs[0].lang)  # what all languages share is computed for the first
    for task, result in _results(tasks, workers, cluster):
        kept = task.built if result.state == "failed" else cache.keep(task.key, task.built)
        done[task.job.name] = (result, kept)
        on_page(result, len(done), len(jobs))
    return {job.name: done[job.name] for job in jobs}


def _results(tasks: Sequence[PageTask], workers: int, cluster: str) -> Iterator[tuple[PageTask, PageResult]]:
    """Results as they come. A worker that dies takes others' pages with it, so what is left goes on one page a pool."""
    left = list(tasks)
    if tasks:
        with open_executor(min(workers, len(tasks)), cluster) as executor:
            waiting = {executor.submit(build_page, task): task for task in tasks}
            for future in as_completed(waiting):
                if future.exception() is None:
                    left.remove(waiting[future])
                    yield waiting[future], future.result()
    for task in left:
        yield task, _alone(task)


def _alone(task: PageTask) -> PageResult:
    with open_executor(1) as executor:
        try:
            return executor.submit(build_page, task).result()
        except BrokenProcessPool:
            error = "the worker process died: it was killed or ran out of memory"
            return PageResult(task.job, "failed", 0.0, error=error, exit_code=1)
