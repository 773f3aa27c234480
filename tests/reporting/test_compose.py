"""What `compose` makes of a notebook that papermill executed."""

from collections.abc import Mapping
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output, new_raw_cell

from analysis.catalogue.model import Label
from analysis.reporting.cells import front_matter, front_matter_source, split_options
from analysis.reporting.compose import Composition, compose
from reporting.sample import cell, shown

TEXTS = {
    "page.situation": Label("Situation", "Situation actuelle", "Toestand", "Lage"),
    "page.people": Label("People in work", "Personnes en emploi", "Werkenden", "Erwerbstätige"),
    "page.two": Label("A sentence over two lines.", "Une phrase.", "Een zin.", "Ein Satz."),
    "page.made": Label('The "made" data', "Les données « fabriquées »", "Gemaakt", "Gemacht"),
}


def executed(*cells: NotebookNode, front: Mapping[str, Any] | None = None) -> NotebookNode:
    opening = new_raw_cell(
        front_matter_source({"title": "Source title", "execute": {"echo": False}} | dict(front or {}))
    )
    notebook = new_notebook(cells=[opening, *cells])
    notebook.metadata["papermill"] = {"start_time": "2026-01-01T00:00:00", "input_path": "a.ipynb"}
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for each in notebook.cells:
        each.metadata["papermill"] = {"duration": 1.5, "exception": False}
        each.metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00"}
    return notebook


def composed(
    *cells: NotebookNode, lang: str = "en", front: Mapping[str, Any] | None = None, **more: Any
) -> Composition:
    more = {"title": "Emploi", "date": "2023-12-31", "texts": TEXTS} | more
    return compose(executed(*cells, front=front), lang=lang, **more)


def test_front_matter_takes_title_language_and_dates_and_keeps_the_rest() -> None:
    made = composed(lang="fr", as_of="2024-01-15")
    assert front_matter(made.notebook) == {
        "title": "Emploi",
        "execute": {"echo": False},
        "lang": "fr",
        "date": "2023-12-31",
        "as-of": "2024-01-15",
    }


def test_without_another_day_the_data_were_known_on_the_date_of_the_page() -> None:
    assert front_matter(composed().notebook)["as-of"] == "2023-12-31"


def test_no_trace_of_the_run_is_left() -> None:
    result = new_output("execute_result", data={"text/plain": "1"}, execution_count=7)
    text = nbformat.writes(composed(cell("1", result), new_markdown_cell("Text.")).notebook)
    for trace in ("papermill", "2026-01-01", "iopub", '"execution_count": 7'):
        assert trace not in text


def test_same_input_gives_the_same_bytes_and_leaves_the_input_alone() -> None:
    cells = [cell("1", shown({"text/plain": "1"}, monitor={"notice": "Made up", "title": "T"}))]
    source = executed(*cells)
    before = nbformat.writes(source)
    first, second = (compose(source, lang="en", title="T", date="2023-12-31") for _ in range(2))
    assert nbformat.writes(first.notebook) == nbformat.writes(second.notebook)
    assert nbformat.writes(source) == before


def test_random_cell_ids_do_not_reach_the_page() -> None:
    first, second = (nbformat.writes(composed(cell("1"), new_markdown_cell("x")).notebook) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("tag", ["parameters", "injected-parameters"])
def test_parameters_are_hidden(tag: str) -> None:
    made = composed(cell("as_of = '2023-12-31'", tags=(tag,)))
    assert made.notebook.cells[1].metadata.tags == [tag, "remove-cell"]


@pytest.mark.parametrize(
    ("label", "told", "options"),
    [
        ("fig-x", {"caption": "C", "alt": "A"}, {"label": "fig-x", "fig-cap": "C", "fig-alt": "A"}),
        ("tbl-x", {"caption": "C"}, {"label": "tbl-x", "tbl-cap": "C"}),
        (
            "fig-x",
            {"caption": 'A "b"\\: é', "alt": "#| x"},
            {"label": "fig-x", "fig-cap": 'A "b"\\: é', "fig-alt": "#| x"},
        ),
        ("fig-x", {"alt": "A", "evidence": ["e1", "e2"]}, {"label": "fig-x", "fig-alt": "A", "evidence": "e1 e2"}),
    ],
)
def test_what_outputs_say_becomes_cell_options(label: str, told: dict[str, Any], options: dict[str, str]) -> None:
    made = composed(cell(f"#| label: {label}\nshow()", shown({"text/plain": "x"}, monitor=told)))
    assert split_options(made.notebook.cells[1].source) == (options, "show()")
    assert "monitor" not in made.notebook.cells[1].outputs[0].metadata


def test_evidence_records_are_handed_over_and_not_printed() -> None:
    record = {"id": "e1", "value": 3.0}
    made = composed(cell("close()", shown({"text/plain": "x"}, monitor={"evidence": [record]})))
    assert made.evidence == (record,)
    assert "e1" not in made.notebook.cells[1].source


def test_an_output_may_name_the_page() -> None:
    made = composed(cell("x", shown({"text/plain": "x"}, monitor={"title": "Emploi en Wallonie", "subtitle": "Note"})))
    assert front_matter(made.notebook)["title"] == "Emploi en Wallonie"
    assert front_matter(made.notebook)["subtitle"] == "Note"


@pytest.mark.parametrize(
    ("notice", "block"),
    [
        ("Synthetic.", "::: {.callout-warning}\nSynthetic.\n:::"),
        ({"kind": "note", "title": 'A "b"', "text": "T"}, '::: {.callout-note title="A \\"b\\""}\nT\n:::'),
    ],
)
def test_a_notice_opens_the_page_once(notice: object, block: str) -> None:
    silent = shown({"text/plain": ""}, monitor={"notice": notice})
    made = composed(cell("x", silent), cell("y", silent))
    assert [each.source for each in made.notebook.cells if each.cell_type == "markdown"] == [block]
    assert made.notebook.cells[-1].outputs == []


def test_a_notice_that_its_output_shows_is_not_shown_twice() -> None:
    block = "::: {.callout-warning}\nSynthetic.\n:::"
    made = composed(cell("x", shown({"text/markdown": block}, monitor={"notice": "Synthetic."})))
    assert nbformat.writes(made.notebook).count("callout-warning") == 1


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("## Situation", "## Situation actuelle"),
        ("## Situation {#sec-situation .x}", "## Situation actuelle {#sec-situation .x}"),
        ("A sentence\nover two lines.", "Une phrase."),
        ("- People in work\n- Situation", "- Personnes en emploi\n- Situation actuelle"),
        ('::: {.callout-note title="People in work"}\nSituation\n:::', None),
        (
            '::: {.callout-note title="The \\"made\\" data"}\n:::',
            '::: {.callout-note title="Les données « fabriquées »"}\n:::',
        ),
        ("```\nSituation\n```", "```\nSituation\n```"),
        ("$$\nSituation\n$$", "$$\nSituation\n$$"),
        ("| Situation |\n|--|", "| Situation |\n|--|"),
    ],
)
def test_static_markdown_is_translated_block_by_block(english: str, french: str | None) -> None:
    if french is None:
        french = '::: {.callout-note title="Personnes en emploi"}\nSituation actuelle\n:::'
    made = composed(new_markdown_cell(english), lang="fr")
    assert made.notebook.cells[1].source == french
    assert made.warnings == ()


def test_static_captions_are_translated() -> None:
    made = composed(cell('#| label: fig-x\n#| fig-cap: "People in work"\nx'), lang="de")
    assert split_options(made.notebook.cells[1].source)[0]["fig-cap"] == "Erwerbstätige"


@pytest.mark.parametrize(
    ("source", "lang", "warnings"),
    [
        ("## Unknown heading\n\nSituation", "nl", ("No text in nl for “Unknown heading”",)),
        ("## Twice\n\n## Twice", "fr", ("No text in fr for “Twice”",)),
        ("## Unknown heading", "en", ()),
        ("@fig-trend [@tbl-a; @tbl-b] 2022–2023.", "fr", ()),
    ],
)
def test_a_missing_translation_is_told_by_name(source: str, lang: str, warnings: tuple[str, ...]) -> None:
    assert composed(new_markdown_cell(source), lang=lang).warnings == warnings


def test_a_key_of_the_catalogue_is_a_text_too() -> None:
    assert composed(new_markdown_cell("## page.situation"), lang="en").notebook.cells[1].source == "## Situation"
