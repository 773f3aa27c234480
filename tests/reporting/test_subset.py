"""The linter on our notebooks, and on one bad notebook a rule."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from analysis.reporting.subset import lint, lint_thinness
from reporting.sample import SVG, TABLE, cell, sample, shown

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
FRONT = new_raw_cell("---\ntitle: T\n---")
FIGURE = '#| label: fig-a\n#| fig-cap: "C"\n#| fig-alt: "A"\nx'
TYPED = "parameters: as_of must be typed and have a default (`name: type = value`)"
PARAMETERS = 'as_of: str = "latest"  # ISO date, or "latest"\nlang: str = "en"  # language'


def notebook(*cells: NotebookNode, front: NotebookNode = FRONT) -> NotebookNode:
    return new_notebook(cells=[front, *cells])


def source(*bodies: str, parameters: str = PARAMETERS) -> NotebookNode:
    marked = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    return notebook(marked, *map(new_code_cell, bodies))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_our_notebooks(path: Path) -> None:
    found = nbformat.read(path, as_version=4)
    assert lint(found, told=True) == []
    assert lint_thinness(found) == []


def test_the_sample_page_is_in_the_subset() -> None:
    assert lint(sample()) == []


@pytest.mark.parametrize(
    ("cells", "finding"),
    [
        ([cell("#| label: fig-a\n#| fig-alt: A\nx")], "cell 1: fig-a must have fig-cap"),
        ([cell("#| label: fig-a\n#| fig-cap: C\nx")], "cell 1: fig-a must have fig-alt"),
        ([cell("#| label: tbl-a\nx")], "cell 1: tbl-a must have tbl-cap"),
        ([cell(FIGURE.replace("fig-a\n", "fig-A\n"))], "cell 1: label must look like fig-trend or tbl-regions"),
        ([cell("x", shown({"image/svg+xml": SVG}))], "cell 1: a figure must have a label fig-…"),
        ([cell("x", shown({"text/markdown": TABLE}))], "cell 1: a table must have a label tbl-…"),
        ([cell("charts.trend(x)")], "cell 1: a figure must have a label fig-…"),
        ([cell("x", shown({"text/html": "<table>"}))], "cell 1: output must be Markdown, SVG, PNG or text, not HTML"),
        ([new_markdown_cell("It is `{python} x`.")], "cell 1: inline `{python}` must be an output instead"),
        ([new_markdown_cell("{{< var share >}}")], "cell 1: a Quarto shortcode `{{< >}}` must be text"),
        ([new_markdown_cell("A <b>word</b>.")], "cell 1: raw HTML must be Markdown"),
        ([new_markdown_cell("<!-- x --><br/>")], "cell 1: raw HTML must be Markdown"),
        ([new_markdown_cell("::: {.callout-danger}\n:::")], "cell 1: callout must be one of caution, important"),
        ([new_markdown_cell('::: {.callout-note collapse="true"}\n:::')], "cell 1: callout must not collapse"),
        ([cell(FIGURE), cell(FIGURE)], "label fig-a: must be unique, not used 2 times"),
        ([new_markdown_cell("See @fig-b.")], "cell 1: @fig-b must lead to a label of this notebook"),
        ([cell("#| label: [\nx")], "cell 1 must be YAML"),
    ],
)  # fmt: skip
def test_outside_the_subset(cells: list[NotebookNode], finding: str) -> None:
    found = lint(notebook(*cells))
    assert len(found) == 1
    assert found[0].startswith(finding)


@pytest.mark.parametrize(
    "cells",
    [
        [cell(FIGURE, shown({"image/svg+xml": SVG})), new_markdown_cell("See @fig-a and [-@fig-a].")],
        [new_markdown_cell("## A {#sec-a}\n\nSee @sec-a."), new_markdown_cell("```\n@fig-none <b> \n```")],
        [new_markdown_cell("1 < 2 and `<b>`, <https://a.example>, someone@fig-mail.example.")],
        [cell("x", shown({"text/html": "<table>", "text/markdown": "text"}))],
    ],
)
def test_inside_the_subset(cells: list[NotebookNode]) -> None:
    assert lint(notebook(*cells)) == []


def test_captions_may_come_from_the_outputs() -> None:
    assert lint(notebook(cell("#| label: fig-a\nx")), told=True) == []


@pytest.mark.parametrize(
    "front", [new_markdown_cell("# T"), new_raw_cell("no YAML"), new_raw_cell("---\nlang: en\n---")]
)
def test_front_matter_must_be_there(front: NotebookNode) -> None:
    assert lint(notebook(front=front)) == ["front matter: must open the notebook and hold a title"]


@pytest.mark.parametrize(
    ("made", "finding"),
    [
        (source("\n".join(f"a{n} = {n}" for n in range(13))), "cell 2: must have at most 12 lines, not 13"),
        (source("def f():\n    pass"), "cell 2: def belongs in the library"),
        (source("class A:\n    pass"), "cell 2: class belongs in the library"),
        (source("try:\n    x\nexcept ValueError:\n    pass"), "cell 2: try belongs in the library"),
        (source("f = lambda x: x"), "cell 2: lambda belongs in the library"),
        (source("x ="), "cell 2: must be Python: invalid syntax"),
        (notebook(new_code_cell("x")), "parameters: must be one cell, the second"),
        (notebook(new_markdown_cell("## A"), *source().cells[1:]), "parameters: must be one cell, the second"),
        (source(parameters='as_of = "x"  # a date'), TYPED),
        (source(parameters="as_of: str  # a date"), TYPED),
        (source(parameters='as_of: str = "#1"'), "parameters: as_of must be explained by a comment on its line"),
    ],
)  # fmt: skip
def test_too_thick(made: NotebookNode, finding: str) -> None:
    assert lint_thinness(made) == [finding]


def test_outputs_are_stripped() -> None:
    made = source("x")
    made.cells[2].outputs = [shown({"text/plain": "1"})]
    assert lint_thinness(made) == ["cell 2: must have no outputs (nbstripout takes them out)"]


def test_thin_enough() -> None:
    options = "#| label: fig-a\n#| fig-cap: C\n"
    assert lint_thinness(source(options + "\n".join(f"a{n} = {n}" for n in range(12)), "%matplotlib inline\nx")) == []
