"""`monitor verify`: a built site keeps what it promises, is the release that it must be, and tells nothing withheld."""

import json
from pathlib import Path

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.recommendations import load_recommendations
from analysis.cli import main
from world import ROOT

LISTED = "0123456789"


def built(site: Path, release: str = "restricted", body: str = "", evidence: str = LISTED) -> Path:
    site.mkdir()
    said = {"pages": [], "parameters": {"release": release, "as_of": "2024-02-29"}}
    entry = {"id": evidence, "value": 1.0, "lineage": {"statistic": "late"}}
    (site / "run.json").write_text(json.dumps(said))
    (site / "evidence.json").write_text(json.dumps({evidence: entry}))
    page = f'<html lang="en"><title>t</title><h1>t</h1><p id="ev-{LISTED}">1</p>{body}</html>'
    (site / "index.html").write_text(page, "utf-8")
    return site


def advice() -> str:
    return next(
        iter(load_recommendations(ROOT / "reports" / "recommendations.yml", load_catalogue()).values())
    ).title.fr


@pytest.mark.parametrize(
    ("release", "words", "body", "evidence", "code", "said"),
    [
        ("restricted", [], "", LISTED, 0, "every check passed"),
        ("restricted", ["--release", "restricted"], "", LISTED, 0, "every check passed"),
        ("restricted", ["--release", "public"], "", LISTED, 6, "run.json: a restricted release, not a public one"),
        ("restricted", [], "", "9876543210", 6, f"the number {LISTED} has no lineage in evidence.json"),
        ("restricted", [], "<h3>deep</h3>", LISTED, 6, "a heading of level 3 follows one of level 1"),
        ("public", ["--release", "public"], "", LISTED, 0, "every check passed"),
        ("public", [], "ADVICE", LISTED, 5, "index.html holds the title of the recommendation"),
        ("restricted", [], "ADVICE", LISTED, 0, "every check passed"),  # it is for government
    ],
)
def test_what_it_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    release: str, words: list[str], body: str, evidence: str, code: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(ROOT)
    (tmp_path / "data").mkdir()
    site = built(tmp_path / "site", release, body.replace("ADVICE", f"<p>{advice()}</p>"), evidence)
    assert main(["verify", "--out", str(site), "--data", str(tmp_path / "data"), *words]) == code
    assert said in capsys.readouterr().out
