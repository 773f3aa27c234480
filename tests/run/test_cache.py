"""A page's key changes with whatever can change the page, and with nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.run.cache import PageCache, page_key
from analysis.run.plan import Job

COMMON = {"code": "c", "lock": "l", "store": "s", "renderer": "r", "site": "x"}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    notebook = tmp_path / "page.ipynb"
    notebook.write_text("{}")
    return Job("page", "en", "A page", notebook, {"as_of": "2023-12-31"})


def test_the_same_page_has_the_same_key(job: Job) -> None:
    assert page_key(job, COMMON) == page_key(replace(job, parameters=dict(job.parameters)), dict(COMMON))


@pytest.mark.parametrize("part", COMMON)
def test_whatever_pages_share_changes_the_key(job: Job, part: str) -> None:
    assert page_key(job, COMMON) != page_key(job, {**COMMON, part: "other"})


def test_notebook_parameters_and_language_change_the_key(job: Job) -> None:
    before = page_key(job, COMMON)
    assert page_key(replace(job, parameters={"as_of": "2024-01-01"}), COMMON) != before
    assert page_key(replace(job, lang="fr"), COMMON) != before
    job.notebook.write_text('{"cells": []}')
    assert page_key(job, COMMON) != before


def test_a_kept_page_is_found_and_pruned(tmp_path: Path) -> None:
    cache, built = PageCache(tmp_path / "pages"), tmp_path / "built"
    built.mkdir()
    (built / "page.html").write_text("x")
    assert cache.find("k") is None
    assert (cache.keep("k", built) / "page.html").read_text() == "x"
    assert cache.find("k") == tmp_path / "pages" / "k"
    cache.prune({"other"})
    assert cache.find("k") is None
