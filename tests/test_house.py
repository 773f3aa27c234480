"""The house stands as DESIGN says: floors, sole importers, sizes, names, notebooks, words that must not appear."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "analysis"
MODULES = sorted(PACKAGE.rglob("*.py"))

FLOORS = {
    "errors": 0,
    "catalogue": 1,
    "store": 2,
    "submissions": 3,
    "trends": 3,
    "effects": 3,
    "funding": 3,
    "studies": 3,
    "disclosure": 3,
    "evidence": 4,
    "reporting": 5,
    "run": 6,
    "cli": 7,
}
SOLE_IMPORTERS = {
    "great_expectations": {"submissions"},
    "papermill": {"run"},
    "seaborn": {"reporting"},
    "matplotlib": {"reporting"},
    "pypandoc": {"reporting"},
    "typst": {"reporting"},
    "duckdb": {"store", "submissions"},
    "statsmodels": {"effects"},
    "filelock": {"store"},
}
PURE = ("trends", "effects", "funding", "studies", "disclosure")


def room(module: Path) -> str:
    relative = module.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imports(module: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names.append(node.module or "")
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_every_room_stands_on_a_known_floor() -> None:
    assert {room(module) for module in MODULES} - {"__init__", "__main__"} <= set(FLOORS)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_downward_only(module: Path) -> None:
    here = room(module)
    if here in {"__init__", "__main__"}:
        return
    for name in imports(module):
        if name.startswith("analysis.") and name.split(".")[1] != here:
            there = name.split(".")[1]
            assert there in FLOORS, f"{here} imports the unknown room {there}"
            assert FLOORS[there] < FLOORS[here], (
                f"{here} (floor {FLOORS[here]}) imports {there} (floor {FLOORS[there]})"
            )


@pytest.mark.parametrize(("library", "rooms"), SOLE_IMPORTERS.items())
def test_heavy_libraries_have_one_importer(library: str, rooms: set[str]) -> None:
    found = {room(module) for module in MODULES for name in imports(module) if name.split(".")[0] == library}
    assert found <= rooms


def test_great_expectations_is_imported_in_one_module_and_only_where_it_is_used() -> None:
    importers = [module for module in MODULES if any(n.split(".")[0] == "great_expectations" for n in imports(module))]
    assert len(importers) == 1
    top = [node for node in ast.parse(importers[0].read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not any("great_expectations" in ast.unparse(node) for node in top)


@pytest.mark.parametrize("pure", PURE)
def test_pure_rooms_open_no_file_and_draw_nothing(pure: str) -> None:
    opening = re.compile(
        r"\bopen\(|\.read_(csv|text|bytes|parquet|excel)\(|\.write_|\.to_(csv|parquet|excel)\(|\.plot\("
    )
    for module in (module for module in MODULES if room(module) == pure):
        assert not opening.search(module.read_text(encoding="utf-8")), module


def test_files_stay_short() -> None:
    long = {path.name: n for path in MODULES if (n := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert not long


def test_no_room_is_named_after_nothing() -> None:
    banned = {"util", "utils", "helper", "helpers", "common", "misc"}
    assert not [path for path in MODULES if {part.removesuffix(".py") for part in path.parts} & banned]


def test_no_empty_files() -> None:
    assert not [path for path in tracked() if path.stat().st_size == 0]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_policy_is_never_called_measure(module: Path) -> None:
    names = {node.id for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
    assert "measure" not in names


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_thin(notebook: Path) -> None:
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"]):
        source = "".join(cell["source"])
        assert not cell.get("outputs"), f"cell {number} has outputs"
        if cell["cell_type"] == "code":
            assert len(source.splitlines()) <= 12, f"cell {number} is long"
            forbidden = (ast.FunctionDef, ast.ClassDef, ast.Try, ast.AsyncFunctionDef)
            assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, forbidden)], f"cell {number}"


def test_the_filter_of_make_lab_leaves_tracked_notebooks_as_they_are() -> None:
    keys = ["--extra-keys", "metadata.papermill cell.metadata.papermill"]
    notebooks = [str(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    command = [sys.executable, "-m", "nbstripout", "--verify", *keys, *notebooks]
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_the_four_notebooks_are_there() -> None:
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} >= {"intake", "monitoring", "effects", "brief"}


def test_no_host_of_a_package_registry_in_tracked_files() -> None:
    hosts = re.compile(
        "|".join(["py" + r"pi\.org", "python" + "hosted", "registry." + "npmjs", "deb." + r"debian\.org"])
    )
    binary = {".xlsx", ".png"}
    assert not [p for p in tracked() if p.suffix not in binary and hosts.search(p.read_text("utf-8", errors="ignore"))]


def test_the_lock_holds_hashes_and_no_index() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line or line.startswith(("-i", "--index", "--extra-index"))]
    assert not [line for line in lines if line.startswith("quarto")]
    wanted = ["jupyterlab", "papermill", "pandas", "seaborn", "statsmodels", "great-expectations", "nbstripout"]
    for name in wanted:
        assert any(line.startswith(f"{name}==") for line in lines), name


def test_the_readme_documents_every_command_and_option() -> None:
    from analysis.cli.arguments import parser

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = next(a.choices for a in parser()._actions if hasattr(a, "choices") and isinstance(a.choices, dict))
    missing = [f"monitor {name}" for name in commands if f"`monitor {name}" not in readme]
    for command in commands.values():
        options = [o for action in command._actions for o in action.option_strings if o.startswith("--")]
        missing += [option for option in options if option != "--help" and option not in readme]
    assert not missing


def test_every_dependency_earns_its_line_in_the_readme() -> None:
    import tomllib

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = project["dependencies"] + [n for extra in project["optional-dependencies"].values() for n in extra]
    names = [re.split(r"[\[<>=~! ]", requirement)[0] for requirement in listed]
    assert not [name for name in names if f"| {name} |" not in readme]
