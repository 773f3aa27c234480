"""An approved recommendation whose claim no longer holds: exit 8, then and now named, and the brief says so."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from analysis.cli import main
from analysis.run.claims import ClaimCheck, kept
from world import ROOT, build_world

BROKEN = "no longer supported"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose one approved recommendation asserts what the registrations of Flanders contradict."""
    folder = tmp_path_factory.mktemp("claims")
    for name in ("notebooks", "expectations", "reports"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("site*"))
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copyfile(ROOT / name, folder / name)
    tracked = yaml.safe_load((folder / "reports" / "recommendations.yml").read_text("utf-8"))
    one = tracked["employment-registration"]
    one["approved"]["date"] = one["approved"]["as_of"] = date(2022, 9, 30)
    one["claims"] = [{"kind": "level", "indicator": "EMP01", "geos": ["VLG"], "at_most": 30}]
    (folder / "reports" / "recommendations.yml").write_text(yaml.safe_dump({"registration": one}), "utf-8")
    (folder / "reports" / "decisions.yml").unlink()
    build_world(folder / "data", ("employment__vdab__*",))
    return folder


def test_exit_8_names_the_claim_and_the_evidence_then_and_now(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    site = project / "site"
    words = ["--page", "brief", "--lang", "en"]
    assert main(["run", "--data", str(project / "data"), "--out", str(site), *words]) == 8
    told = capsys.readouterr()
    line = next(line for line in told.err.splitlines() if line.startswith(f"{BROKEN}: registration, claim 1"))
    assert "then supported (as of 2022-09-30" in line
    assert f"now {BROKEN} (as of 2" in line
    assert json.loads(told.out.splitlines()[-1])["exit"] == 8

    claim = json.loads((site / "claims.json").read_text())["claims"][0]
    assert (claim["then"]["state"], claim["now"]["state"]) == ("supported", BROKEN)
    evidence = claim["now"]["evidence"][0]
    assert evidence["id"] in line
    assert evidence["ci_low"] > 30

    page = (site / "brief.en.html").read_text("utf-8")
    assert "A claim behind this approved recommendation no longer holds" in page
    assert main(["trace", evidence["id"], "--data", str(project / "data"), "--out", str(site)]) == 0


def test_a_check_is_kept_until_what_it_rests_on_changes(tmp_path: Path) -> None:
    checks: list[str] = []

    def check() -> ClaimCheck:
        checks.append("checked")
        return ClaimCheck([{"now": {"state": "supported"}}], [{"id": "e1"}], [f"line {len(checks)}"])

    file = tmp_path / "claims.json"
    for store in ("a", "a", "b", "b", "a"):
        found = kept(file, {"store": store, "as_of": "2023-12-31"}, check)
        assert found == ClaimCheck([{"now": {"state": "supported"}}], [{"id": "e1"}], [f"line {len(checks)}"])
    assert len(checks) == 3
    file.write_text("half a fi")
    assert kept(file, {"store": "a"}, check).unsupported == ["line 4"]
