"""A notebook's parameters are refused before a kernel starts."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from analysis.errors import UsageError
from analysis.run.parameters import Parameter, check_parameters, declared_parameters

SOURCE = """as_of: str = "latest"  # ISO date
draws: int = 99
share: float = 0.5
quick: bool = False"""


def notebook(folder: Path, source: str = SOURCE, tags: tuple[str, ...] = ("parameters",)) -> Path:
    cells = [new_code_cell("1"), new_code_cell(source, metadata={"tags": list(tags)})]
    nbformat.write(new_notebook(cells=cells), folder / "page.ipynb")
    return folder / "page.ipynb"


def test_declared_parameters_carry_type_and_default(tmp_path: Path) -> None:
    assert declared_parameters(notebook(tmp_path)) == {
        "as_of": Parameter("as_of", "str", "latest"),
        "draws": Parameter("draws", "int", 99),
        "share": Parameter("share", "float", 0.5),
        "quick": Parameter("quick", "bool", False),
    }


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({"as_of": "2023-12-31"}, {"as_of": "2023-12-31"}),
        ({"draws": "7"}, {"draws": 7}),
        ({"share": "0.25"}, {"share": 0.25}),
        ({"share": 1}, {"share": 1.0}),
        ({"quick": "true"}, {"quick": True}),
        ({}, {}),
    ],
)
def test_right_values_pass_and_text_is_converted(tmp_path: Path, given: dict, right: dict) -> None:
    assert check_parameters(notebook(tmp_path), given) == right


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"as_off": "x"},
            "a parameter must be one of as_of, draws, share, quick, not 'as_off' (in page.ipynb). Did you mean as_of?",
        ),
        ({"draws": "many"}, "parameter draws must be of type int, not 'many' (in page.ipynb)"),
        ({"draws": True}, "parameter draws must be of type int, not True (in page.ipynb)"),
        ({"quick": "perhaps"}, "parameter quick must be of type bool, not 'perhaps' (in page.ipynb)"),
        ({"as_of": 3}, "parameter as_of must be of type str, not 3 (in page.ipynb)"),
        ({"share": []}, "parameter share must be of type float, not [] (in page.ipynb)"),
    ],
)
def test_wrong_parameters_are_refused_in_one_line(tmp_path: Path, given: dict, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_parameters(notebook(tmp_path), given)
    assert str(refused.value).rstrip() == message


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("x = 1", ("parameters",)),
        ("x: list = []", ("parameters",)),
        ("x: bytes = b''", ("parameters",)),
        ("import os", ("parameters",)),
        (SOURCE, ()),
    ],
)
def test_a_parameters_cell_holds_typed_constants_only(tmp_path: Path, source: str, tags: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        declared_parameters(notebook(tmp_path, source, tags))
