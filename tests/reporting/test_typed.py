"""A number typed into a page fails its build; dates, ids, references and code do not."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from analysis.reporting.typed import lint_numbers, typed_in

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("The share rose to 45 %.", ["45"]),
        ("It costs 1,250.50 euros for 3 places.", ["1,250.50", "3"]),
        ("Il y a 12 500 personnes.", ["12 500"]),
        ("On 16 May 2023, in 2022 and since 2023-03-26.", []),
        ("Le 1er octobre 2023; am 16. Mai 2023; op 4 juli 2023.", []),
        ("Indicator EMP01, SHA-256, see @fig-2 and [@key2020, p. 3]; `x = 5`.", []),
        ("[a page](https://example.org/2/3) {#sec-2}", []),
        ("1. first\n2. second", []),
        ("In 2023 it was 2023 %.", ["2023"]),
    ],
)
def test_what_counts_as_typed_in(prose: str, found: list[str]) -> None:
    assert typed_in(prose) == found


def test_the_message_names_the_cell_the_number_and_the_way_out() -> None:
    notebook = new_notebook(
        cells=[
            new_raw_cell("---\ntitle: Page\n---"),
            new_code_cell("days = 14", metadata={"tags": ["parameters"]}),
            new_markdown_cell("About 57 bodies."),
            new_code_cell('#| fig-cap: "Top 5"\npage.markdown("There are 8 of them")\npage.head(13)'),
        ]
    )
    first, *others = lint_numbers(notebook)
    assert first.startswith("cell 2: the number 57 is typed in; show it from evidence")
    assert [line.split(";")[0] for line in others] == [
        "cell 3: the number 5 is typed in",
        "cell 3: the number 8 is typed in",
    ]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_page_has_one(notebook: Path) -> None:
    assert lint_numbers(nbformat.read(notebook, as_version=4)) == []
