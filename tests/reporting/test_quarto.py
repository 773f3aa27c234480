"""The Quarto renderer against a fake program: how it is found, called, and believed."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.errors import RenderingFailed
from analysis.reporting.quarto import find_quarto
from analysis.reporting.render import LanguageLink, PageLink, Site
from reporting.sample import sample, written

FAKE = """#!{python}
import json, pathlib, shutil, sys
here = pathlib.Path(__file__).parent
answer = json.loads((here / "answer.json").read_text())
if sys.argv[1:] == ["--version"]:
    print(answer["version"])
    sys.exit(answer.get("version_exit", 0))
arguments = sys.argv[1:]
(here / "call.json").write_text(json.dumps(arguments))
shutil.copytree(pathlib.Path.cwd(), here / "seen", dirs_exist_ok=True)
value = lambda name: arguments[arguments.index(name) + 1]
pathlib.Path(value("--log")).write_text("".join(line + "\\n" for line in answer.get("log", [])))
if answer.get("writes", True):
    pages = pathlib.Path(value("--output-dir"))
    pages.mkdir()
    ending = dict(html="html", typst="pdf")[value("--to")]
    (pages / (pathlib.Path(arguments[1]).stem + "." + ending)).write_text("page")
print("said on stderr", file=sys.stderr)
sys.exit(answer.get("exit", 0))
"""


def fake(folder: Path, **answer: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "quarto"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "answer.json").write_text(json.dumps({"version": "1.9.37"} | answer))
    return program


def logged(level: str, message: str) -> str:
    return json.dumps(
        {"msg": message, "args": [], "datetime": 0, "level": 30, "levelName": level, "loggerName": "default"}
    )


def project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "_quarto.yml").write_text("execute:\n  echo: true\nformat:\n  html:\n    toc: true\n")
    (folder / "theme.scss").write_text("/* theme */")
    (folder / "references.bib").write_text("")
    return folder


def render(folder: Path, formats: tuple[str, ...] = ("html",), site: Site | None = None, **answer: Any) -> Any:
    program = fake(folder / "bin", **answer)
    renderer = find_quarto(project(folder / "reports"), {"QUARTO_PATH": str(program)})
    return renderer.render(written(sample(), folder), folder / "site", formats, site=site)


def test_discovery_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, beside, on_path = (fake(tmp_path / name) for name in ("told", "beside", "path"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    environ = {"QUARTO_PATH": str(told), "PATH": str(on_path.parent)}
    assert find_quarto(environ=environ).program == told
    assert find_quarto(environ={"PATH": environ["PATH"]}).program == beside
    beside.unlink()
    assert find_quarto(environ={"PATH": environ["PATH"]}).program == on_path


@pytest.mark.parametrize("told", ["", "bin"])
def test_quarto_path_may_be_the_folder(told: str, tmp_path: Path) -> None:
    program = fake(tmp_path / told)
    assert find_quarto(environ={"QUARTO_PATH": str(tmp_path)}).program == program


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"version": "1.8.27"}, "Quarto must be >= 1.9, not '1.8.27'"),
        ({"version": "0.9"}, "Quarto must be >= 1.9, not '0.9'"),
        ({"version": "no network"}, "quarto --version must be a version, not 'no network'"),
        ({"version": "1.9.1", "version_exit": 3}, "quarto --version must be a version"),
    ],
)
def test_a_quarto_that_will_not_do(answer: dict[str, Any], message: str, tmp_path: Path) -> None:
    program = fake(tmp_path, **answer)
    with pytest.raises(RenderingFailed, match=message):
        find_quarto(environ={"QUARTO_PATH": str(program)})


@pytest.mark.parametrize("version", ["1.9.37", "1.10.1", "2.0.0", "99.9.9"])
def test_versions_that_will_do(version: str, tmp_path: Path) -> None:
    assert find_quarto(environ={"QUARTO_PATH": str(fake(tmp_path, version=version))}).version == version


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PATH": ""}, "Quarto must be installed. Install Quarto >= 1.9"),
        (
            {"QUARTO_PATH": "/nowhere", "PATH": ""},
            "QUARTO_PATH must be the quarto program or its folder, not '/nowhere'",
        ),
    ],
)
def test_missing(environ: dict[str, str], message: str) -> None:
    with pytest.raises(RenderingFailed, match=message):
        find_quarto(environ=environ)


def test_command_line(tmp_path: Path) -> None:
    rendering = render(tmp_path)
    call = json.loads((tmp_path / "bin" / "call.json").read_text())
    work = Path(call[call.index("--log") + 1]).parent
    assert call == [
        "render", "page.ipynb", "--to", "html", "--no-execute",
        "--output-dir", str(work / "pages-html"), "--log", str(work / "html.log"), "--log-format", "json-stream",
    ]  # fmt: skip
    assert rendering.outputs == (tmp_path / "site" / "page.html",)
    assert (rendering.name, rendering.version, rendering.warnings) == ("quarto", "1.9.37", ())
    assert not work.exists()


def test_pdf_goes_by_typst(tmp_path: Path) -> None:
    rendering = render(tmp_path, ("html", "pdf"))
    assert [path.name for path in rendering.outputs] == ["page.html", "page.pdf"]
    assert "typst" in json.loads((tmp_path / "bin" / "call.json").read_text())


def test_quarto_sees_the_project_the_colophon_and_the_navigation(tmp_path: Path) -> None:
    site = Site(
        "Monitor & more", pages=(PageLink("Home", "index.html", True),), languages=(LanguageLink("fr", "p.fr.html"),)
    )
    render(tmp_path, site=site)
    seen = tmp_path / "bin" / "seen"
    assert {"theme.scss", "references.bib", "page.ipynb"} <= {path.name for path in seen.iterdir()}
    settings = yaml.safe_load((seen / "_quarto.yml").read_text())
    html = settings["format"]["html"]
    assert settings["execute"] == {"echo": True}
    assert html["toc"] is True
    assert html["include-after-body"] == [{"text": "<footer><p>Rendered by Quarto 1.9.37.</p></footer>"}]
    navigation = html["include-before-body"][0]["text"]
    assert "Monitor &amp; more" in navigation
    assert '<a href="p.fr.html" lang="fr" hreflang="fr">Français</a>' in navigation
    assert '<a href="index.html" aria-current="page">Home</a>' in navigation


@pytest.mark.parametrize(
    "line",
    [
        logged("WARN", "Unable to resolve crossref @fig-nowhere"),
        logged("WARN", "Could not fetch resource https://cdn.example/x.js"),
        logged("WARN", "[WARNING] Citeproc: citation nobody2020 not found"),
        logged("ERROR", "YAML is wrong"),
        "WARNING (crossref/refs.lua:128) Unable to resolve crossref @fig-nowhere",
    ],
)
def test_a_problem_in_the_log_fails_the_page_although_quarto_exits_0(line: str, tmp_path: Path) -> None:
    with pytest.raises(
        RenderingFailed, match=r"Quarto's page must be free of errors, not .* \(in page.ipynb\)"
    ) as failure:
        render(tmp_path, log=[logged("INFO", "rendering"), line])
    assert failure.value.exit_code == 6
    assert list((tmp_path / "site").iterdir()) == []


def test_other_warnings_are_handed_on(tmp_path: Path) -> None:
    log = [logged("WARN", "Deprecated option"), logged("INFO", "Output created"), "plain chatter", "[1]"]
    assert render(tmp_path, log=log).warnings == ("page.ipynb: Deprecated option",)


@pytest.mark.parametrize(
    ("answer", "message"),
    [({"exit": 1}, "said on stderr"), ({"writes": False}, r"Quarto must be writing a \.html file")],
)
def test_no_page_no_success(answer: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(RenderingFailed, match=message):
        render(tmp_path, **answer)


def test_a_program_that_cannot_run_is_named(tmp_path: Path) -> None:
    program = tmp_path / "quarto"
    program.write_text("no program")
    with pytest.raises(RenderingFailed, match="Quarto must be able to run"):
        find_quarto(environ={"QUARTO_PATH": str(program)})
