"""One cell with several outputs: a cell for each figure and table, headings in the outline."""

from nbformat.v4 import new_code_cell, new_output

from analysis.reporting.split import split_outputs

PICTURE = {"image/svg+xml": "<svg/>"}
TABLE = {"text/markdown": "| a |\n|---|\n| 1 |"}
PROSE = {"text/markdown": "Some words."}
HEADING = {"text/markdown": "### Pupils"}


def parts(*outputs: tuple[dict, dict], label: str = "fig-trend") -> list[tuple[str, str, int]]:
    shown = [new_output("display_data", data=data, metadata={"monitor": told}) for data, told in outputs]
    cell = new_code_cell(f"#| label: {label}\nshow()", outputs=shown)
    return [(part.cell_type, part.source, len(part.get("outputs", ()))) for part in split_outputs(cell)]


def test_a_cell_that_shows_one_thing_stays_as_it_is():
    assert parts((PICTURE, {"caption": "c"})) == [("code", "#| label: fig-trend\nshow()", 1)]


def test_each_figure_and_table_gets_its_own_label():
    found = parts((PICTURE, {"caption": "a"}), (TABLE, {"caption": "b"}), (PICTURE, {"caption": "c"}))
    assert found == [
        ("code", "show()", 0),
        ("code", '#| label: "fig-trend"', 1),
        ("code", '#| label: "tbl-trend"', 1),
        ("code", '#| label: "fig-trend-2"', 1),
    ]


def test_prose_beside_a_table_stays_outside_of_it():
    assert parts((PROSE, {}), (TABLE, {"caption": "b"}), label="tbl-states") == [
        ("code", "show()", 0),
        ("code", "", 1),
        ("code", '#| label: "tbl-states"', 1),
    ]


def test_a_heading_joins_the_outline():
    found = parts((HEADING, {"heading": "Pupils"}), (PICTURE, {"caption": "a"}))
    assert found[1:] == [("markdown", "### Pupils", 0), ("code", '#| label: "fig-trend"', 1)]


def test_a_figure_that_there_was_nothing_for_leaves_no_empty_number():
    assert parts((PROSE, {})) == [("code", "show()", 0), ("code", "", 1)]


def test_a_table_in_place_of_a_figure_is_labelled_a_table():
    assert parts((TABLE, {"caption": "b"})) == [("code", "show()", 0), ("code", '#| label: "tbl-trend"', 1)]


def test_a_caption_written_in_the_notebook_is_enough():
    shown = [new_output("display_data", data=PICTURE)]
    cell = new_code_cell('#| label: fig-map\n#| fig-cap: "Map"\nshow()', outputs=shown)
    assert list(split_outputs(cell)) == [cell]
