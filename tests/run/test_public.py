"""The public release of a world with a marked small cell: no byte holds it; what would publish it closes the gate."""

import base64
import json
import re
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from pypdf import PdfReader

from analysis.cli import main
from world import ROOT, build_world

NOTE = "dossier Xanthippe"
NAME = "housing__fedasil__2023-03-26"
# A cell of the total, with its note; one of another stratum; one that the next edition of the file corrects.
PLANTED = "HOU01;Brussels Hoofdstedelijk Gewest;26/03/2023;Totaal;3;7919;" + NOTE
STRATUM = "HOU01;Brussels Hoofdstedelijk Gewest;26/03/2023;Vrouwen;2;6841;gezin Xerxes"
# 1 of 14 is also what 4 of 56 organisations answered: no reason to publish nothing.
COMMON = "HOU01;Brussels Hoofdstedelijk Gewest;26/03/2023;Mannen;1;14;"
CORRECTED = "HOU04;Waals Gewest;26/03/2023;Totaal;1;9209;"
BASES, RATES = ("7919", "6841", "9209"), (3 / 7919, 2 / 6841, 1 / 9209)
MARKS = [
    NOTE, "Xerxes", NAME,
    *(f"{base[0]}{gap}{base[1:]}" for base in BASES for gap in ("", ",", ".", " ", "\u00a0", "\u202f")),
    *(f"{scale * rate:.12f}"[:10] for rate in RATES for scale in (1, 100)),
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    for name in ("notebooks", "expectations", "reports"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("site*"))
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copyfile(ROOT / name, folder / name)
    build_world(folder / "data", ("housing__fedasil__2023-03-26*",))
    files = sorted((folder / "data").rglob("housing__fedasil__2023-03-26.csv"))
    for file in files:
        text = re.sub(r"HOU01;Brussels[^\n]*", f"{PLANTED}\n{STRATUM}\n{COMMON}", file.read_text("utf-8-sig"))
        later = file.parent.with_name(f"{date.fromisoformat(file.parent.name) + timedelta(days=2)}")
        later.mkdir(exist_ok=True)
        (later / file.name).write_text(text, "utf-8")
        file.write_text(re.sub(r"HOU04;Waals[^\n]*", CORRECTED, text), "utf-8")
    return folder


def run(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    release: str,
    pages: Sequence[str] = ("monitoring-housing", "brief", "survey"),
) -> tuple[int, Path]:
    monkeypatch.chdir(project)
    site = project / release
    words = ["--release", release, "--lang", "en", *(word for page in pages for word in ("--page", page))]
    return main(["run", "--data", str(project / "data"), "--out", str(site), *words]), site


def everything(site: Path) -> dict[str, str]:
    """All text of a site: files, archives and embedded pictures opened, PDF files read."""
    found: dict[str, str] = {}
    for path in (path for path in site.rglob("*") if path.is_file()):
        content = path.read_bytes()
        layers = [content, *map(base64.b64decode, re.findall(rb"base64,([A-Za-z0-9+/=]+)", content))]
        if content[:2] == b"PK":
            archive = ZipFile(BytesIO(content))
            layers += [archive.read(name) for name in archive.namelist()]
        if content[:5] == b"%PDF-":  # its words: the bytes are full of offsets and positions, where any digits stand
            reader = PdfReader(BytesIO(content))
            words = [page.extract_text() for page in reader.pages]
            layers = [text.encode() for text in (*words, str(reader.metadata), str(reader.attachments))]
        found[path.name] = "\n".join(layer.decode("utf-8", errors="replace") for layer in layers)
    return found


def holds(text: str, mark: str) -> bool:
    """Whether a text holds a mark, and not by chance as part of a longer number or of a hash."""
    return re.search(rf"(?<![\w.]){re.escape(mark)}" + (r"(?!\d)" if mark in BASES else ""), text) is not None


def test_no_byte_of_the_public_release_holds_the_marked_cell(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, restricted = run(project, monkeypatch, "restricted")
    assert code in (0, 3, 8)
    seen = {mark for text in everything(restricted).values() for mark in MARKS if holds(text, mark)}
    assert {*BASES[:2], NAME} <= seen  # the marks can be found at all
    assert "Brief for government" in everything(restricted)["brief.en.pdf"]  # the words of a PDF are read
    assert (restricted / "claims.json").is_file()

    code, public = run(project, monkeypatch, "public")
    assert code in (0, 3, 8), capsys.readouterr().err
    pages = everything(public)
    assert [(name, mark) for name, text in pages.items() for mark in MARKS if holds(text, mark)] == []
    assert "claims.json" not in pages
    assert "Public release" in pages["index.html"]
    assert "Recommendations go to government and reviewers only" in pages["brief.en.html"]
    assert ",Q,C," in pages["data.sdmx.csv"]  # it is there, withheld and marked so
    assert "childcare with every activation" not in "".join(pages.values())
    assert "Small counts" in pages["monitoring-housing.en.html"]
    assert json.loads(pages["run.json"])["parameters"]["release"] == "public"


def test_the_gate_closes_with_5_when_something_would_get_out(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "notebooks" / "annex.ipynb"  # the lightest page: the gate reads whatever the site holds
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.append(new_markdown_cell(f"Somebody pasted it: {NOTE}."))
    nbformat.write(notebook, file)
    shutil.rmtree(project / "public", ignore_errors=True)
    code, site = run(project, monkeypatch, "public", ["annex"])
    said = capsys.readouterr().err
    assert code == 5
    assert "annex.en.html holds the note of a provider" in said
    assert NOTE not in said
    assert not site.exists()
