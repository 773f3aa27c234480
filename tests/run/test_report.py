"""The whole job on the miniature world: built, unchanged, failed, rejected, locked, killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.cli import main
from analysis.store import Store, sharing
from world import ROOT, build_world

KILL_THE_WORKER = """import psutil
if dataflow == "survey":
    psutil.Process().parent().parent().kill()"""
PAGES = ["brief", "monitoring-employment", "effects-vdab-registration", "intake-employment"]


def run(data: Path, out: Path, *words: str) -> int:
    return main(["run", "--data", str(data), "--out", str(out), *words])


def pages_of(site: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in site.glob("*.html")}


def status(text: str) -> dict:
    return json.loads(text.splitlines()[-1])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A world and the site of its first run, in two languages."""
    folder = tmp_path_factory.mktemp("built")
    data, site = build_world(folder / "data"), folder / "site"
    selection = [word for page in PAGES for word in ("--page", page)]
    assert run(data, site, "--lang", "en,fr", *selection) == 0
    return data, site


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, whose notebooks may be broken."""
    folder = tmp_path / "project"
    for name in ("notebooks", "expectations", "reports"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("site*"))
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copyfile(ROOT / name, folder / name)
    monkeypatch.chdir(folder)
    return folder


def test_a_run_builds_every_page_in_each_language(built: tuple[Path, Path]) -> None:
    _, site = built
    two = {f"{page}.{lang}.html" for page in PAGES for lang in ("en", "fr")}
    assert set(pages_of(site)) == two | {"index.html", "index.fr.html"}


def test_every_page_on_synthetic_data_says_so(built: tuple[Path, Path]) -> None:
    _, site = built
    for name, content in pages_of(site).items():
        words = "Données synthétiques" if ".fr." in name else "Synthetic data"
        assert words in content.decode(), name


def test_the_manifest_names_code_data_renderer_and_pages(built: tuple[Path, Path]) -> None:
    data, site = built
    said = json.loads((site / "run.json").read_text())
    assert {"commit", "lock", "code", "notebooks", "rulebook", "catalogue", "reports", "store"} <= set(said)
    assert {"inputs", "renderer", "parameters"} <= set(said)
    assert said["status"]["exit"] == 0
    assert said["renderer"]["name"] in {"builtin", "quarto"}
    raw = data / "raw"
    files = {path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.suffix in {".csv", ".xlsx"}}
    assert set(said["inputs"]) == files
    assert {page["page"] for page in said["pages"]} == set(PAGES)
    assert all(page["seconds"] > 0 and page["state"] == "built" for page in said["pages"])


def test_a_page_has_the_same_numbers_in_every_language(built: tuple[Path, Path]) -> None:
    data, _ = built
    told: dict[str, dict[str, list[dict]]] = {}
    for folder in (data / "processed" / "pages").iterdir():
        facts = json.loads((folder / "page.json").read_text())
        page, lang = next(name for name in facts["files"] if name.endswith(".html")).split(".")[:2]
        told.setdefault(page, {})[lang] = sorted(facts["evidence"], key=lambda one: one["id"])
    assert set(told) == set(PAGES)
    for page, by_language in told.items():
        assert set(by_language) == {"en", "fr"}, page
        assert by_language["en"] == by_language["fr"], page
        assert by_language["en"] or page.startswith("intake"), page


def test_the_site_verifies(built: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    data, site = built
    assert main(["verify", "--data", str(data), "--out", str(site)]) == 0, capsys.readouterr().out


def test_every_number_traces_back_to_cells(
    built: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, site = built
    evidence = json.loads((site / "evidence.json").read_text())
    assert evidence
    with sharing(tmp_path / "shared"):  # the store is read once for all of them
        for name, entry in evidence.items():
            assert main(["trace", name, "--json", "--data", str(data), "--out", str(site)]) == 0
            origins = json.loads(capsys.readouterr().out)["origins"]
            assert origins, entry
            assert all(origin["submission"] for origin in origins)


def test_every_file_taken_in_has_its_answer(built: tuple[Path, Path]) -> None:
    data, _ = built
    ledger = Store(data).submissions()
    answers = {path.name: {file.name for file in path.iterdir()} for path in (data / "processed/answers").iterdir()}
    assert set(answers) == {name[:12] for name in ledger["submission"]}
    assert all({"receipt.json", "report.html", "ess-validation-report.json"} <= files for files in answers.values())


def test_a_second_run_keeps_every_page_to_the_byte(
    built: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data, site = built
    before = pages_of(site)
    lost = next((data / "processed/answers").iterdir())
    shutil.rmtree(lost)
    selection = [word for page in PAGES for word in ("--page", page)]
    assert run(data, site, "--lang", "en,fr", *selection) == 0
    said = status(capsys.readouterr().out)
    assert (said["unchanged"], said["pages"]) == (8, 8)
    assert pages_of(site) == before
    assert (lost / "receipt.json").is_file(), "an answer that is gone is written again"


def test_a_page_built_again_from_nothing_has_the_same_bytes(built: tuple[Path, Path], tmp_path: Path) -> None:
    data, site = built
    again = tmp_path / "data"
    shutil.copytree(data / "raw", again / "raw")
    assert run(again, tmp_path / "site", "--lang", "en,fr", "--page", "effects-vdab-registration") == 0
    name = "effects-vdab-registration.fr.html"
    assert main_part(tmp_path / "site" / name) == main_part(site / name)


def main_part(page: Path) -> str:
    """What stands between the navigation, which tells of the other pages, and the end."""
    text = page.read_text()
    return text[text.index("<main") : text.index("</main>")]


def test_a_failing_page_leaves_the_last_good_site_and_is_named(
    built: tuple[Path, Path], project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = build_world(tmp_path / "data", PATTERNS_OF_ONE)
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("the last good site")
    broken = json.loads((project / "notebooks" / "brief.ipynb").read_text())
    broken["cells"][2]["source"] = "1 / 0"
    (project / "notebooks" / "brief.ipynb").write_text(json.dumps(broken))
    assert run(data, site, "--page", "brief", "--page", "intake-survey", "--lang", "en") == 1
    shown = capsys.readouterr()
    assert "ZeroDivisionError" in status(shown.out)["failed"]["brief.en"]
    assert (site / "index.html").read_text() == "the last good site"
    failed = tmp_path / "site-failed"
    assert "ZeroDivisionError" in (failed / "index.html").read_text()
    assert (failed / "notebooks" / "brief.en.ipynb").is_file()
    assert (failed / "intake-survey.en.html").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--page", "brieff"], "Did you mean brief?"),
        (["--page", "monitoring:domian=housing"], "Did you mean domain?"),
        (["--page", "monitoring:domain"], "a parameter of a page must be name=value"),
        (["--lang", "en,es"], "a language must be one of en, fr, nl, de, not 'es'"),
        (["--as-of", "yesterday"], "--as-of must be an ISO date such as 2023-12-31, or latest, not 'yesterday'"),
    ],
)
def test_wrong_wishes_are_refused_before_any_kernel_starts(
    built: tuple[Path, Path], words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, _ = built
    assert run(data, tmp_path / "site", *words) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_a_rejected_file_exits_3_once_and_the_others_go_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = build_world(tmp_path / "data", ())
    bad = data / "raw" / "submissions" / "2024-01-05"
    bad.mkdir(parents=True)
    (bad / "housing__fedasil__2023-12-31.csv").write_bytes(b"")
    words = ["--page", "intake-survey", "--lang", "en"]
    assert run(data, tmp_path / "site", *words) == 3
    said = status(capsys.readouterr().out)
    assert said["rejected"][0].startswith("housing__fedasil__2023-12-31.csv")
    assert (tmp_path / "site" / "intake-survey.en.html").is_file()
    assert run(data, tmp_path / "site", *words) == 0


def test_a_second_run_at_once_exits_7_and_names_the_holder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from analysis.store import run_lock

    data = build_world(tmp_path / "data", ())
    with run_lock(data, "monitor run"):
        assert run(data, tmp_path / "site") == 7
    assert f"process {os.getpid()}" in capsys.readouterr().err


def test_an_empty_data_folder_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / "raw").mkdir(parents=True)
    assert run(tmp_path / "data", tmp_path / "site") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_killed_run_leaves_nothing_half_done(tmp_path: Path) -> None:
    data, site = build_world(tmp_path / "data", PATTERNS_OF_ONE), tmp_path / "site"
    words = ["run", "--data", str(data), "--out", str(site), "--page", "intake-housing", "--lang", "en"]
    command = [sys.executable, "-m", "analysis", *words]
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    before = pages_of(site)
    for wait in (0.8, 2.5, 6.0):
        shutil.rmtree(data / "processed", ignore_errors=True)
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert pages_of(site) == before
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert pages_of(site) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "site"]


PATTERNS_OF_ONE = ("housing__fedasil__2023-03-*",)


def test_a_cluster_builds_the_same_page(built: tuple[Path, Path], tmp_path: Path) -> None:
    from distributed import LocalCluster

    data, site = built
    shutil.copytree(data, tmp_path / "data", ignore=shutil.ignore_patterns("pages"))  # taken in, and no page built
    words = ["--lang", "en,fr", "--page", "effects-vdab-registration"]
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        assert run(tmp_path / "data", tmp_path / "site", *words, "--cluster", cluster.scheduler_address) == 0
    name = "effects-vdab-registration.en.html"
    assert main_part(tmp_path / "site" / name) == main_part(site / name)


def test_a_worker_that_dies_fails_its_page_only(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = build_world(tmp_path / "data", ())
    deadly = json.loads((project / "notebooks" / "intake.ipynb").read_text())
    deadly["cells"][-1]["source"] = KILL_THE_WORKER
    (project / "notebooks" / "intake.ipynb").write_text(json.dumps(deadly))
    words = ["--lang", "en", "--page", "intake-survey", "--page", "intake-benchmark", "--workers", "2"]
    assert run(data, tmp_path / "site", *words) == 1
    said = status(capsys.readouterr().out)
    assert list(said["failed"]) == ["intake-survey.en"]
    assert "worker process died" in said["failed"]["intake-survey.en"]
    assert said["pages"] == 1
