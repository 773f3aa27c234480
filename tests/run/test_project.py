"""What names the code: a change of one part of the checkout changes the name of that part and no other."""

from pathlib import Path

import pytest

from analysis.run.project import Project

PARTS = {
    "src/analysis/trends/levels.py": {"code"},
    "src/analysis/catalogue/load.py": {"code"},
    "src/analysis/submissions/template.yml": {"code"},  # the words of a form are the library's
    "src/analysis/catalogue/balances.yml": set(),  # the catalogue has its own fingerprint
    "expectations/housing.json": {"rulebook"},
    "reports/recommendations.yml": {"reports"},
    "reports/signatures.yml": set(),  # signing a page does not change it
    "notebooks/brief.ipynb": {"notebooks"},
    "README.md": set(),
}


def names(root: Path) -> dict[str, str]:
    project = Project(root)
    return {
        "code": project.code_hash(),
        "rulebook": project.rulebook_hash(),
        "reports": project.reports_hash(),
        "notebooks": project.notebooks_hash(),
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in PARTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    return tmp_path


@pytest.mark.parametrize(("changed", "named"), PARTS.items())
def test_each_part_has_a_name_of_its_own(root: Path, changed: str, named: set[str]) -> None:
    before = names(root)
    (root / changed).write_text("after")
    after = names(root)
    assert {name for name in before if before[name] != after[name]} == named
