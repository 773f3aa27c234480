"""What `monitor trace` prints: the number, its cells as a spreadsheet names them, the sum that a reader can redo."""

import pytest

from analysis.cli.trace import MOST_CELLS, _counted, _lines, _number, _place, _together

PART = {
    "period": "2023-12-31", "geo": "VLG", "value": 15450.0, "denominator": 29401.0, "file_name": "a.xlsx",
    "sheet": "Gegevens", "cell": "Gegevens!E2", "row": 2, "column": "E",
}  # fmt: skip
OTHER = PART | {"geo": "BRU", "value": 2381.0, "denominator": 10068.0}


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "none"), (0.0, "0"), (41.34373077762565, "41.343731"), (50397.0, "50,397"), (-1.5, "-1.5")],
)
def test_a_number_is_read_at_a_glance(value, told):
    assert _number(value) == told


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "cell Gegevens!E2"),
        ({"sheet": "", "cell": "", "column": "Valeur"}, "row 2, column Valeur"),
        ({"cell": "Gegevens", "column": "Waarde"}, "sheet Gegevens, row 2, column Waarde"),
    ],
)
def test_a_cell_is_named_as_a_spreadsheet_names_it(changed, told):
    assert _place(PART | changed) == told


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([PART, OTHER], "17,831 of 39,469 = 0.451772"),
        ([PART], None),
        ([PART, PART | {"period": "2023-12-17"}], None),  # a course, no sum
        ([PART, OTHER | {"denominator": None}], None),
        ([PART, OTHER | {"value": None}], None),
    ],
)
def test_only_parts_of_one_day_are_added_up(cells, told):
    assert [line.split("together")[1].strip() for line in _together(cells)] == ([told] if told else [])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "95% interval: 40 to 42"),
        ({"lineage": {"statistic": "budget:x", "level": "90.00%"}}, " 90% interval"),
        ({"lineage": {"statistic": "claim", "level": "98.75%"}}, " 98.75% interval"),
    ],
)
def test_the_interval_names_its_level(changed, told):
    entry = {"id": "i", "lineage": {"statistic": "value"}, "value": 41.0, "unit": "%", "n": None}
    entry |= {"ci_low": 40.0, "ci_high": 42.0, "as_of": "2024-02-29", "page": "brief"} | changed
    code = {"commit": "c" * 40, "code": "d" * 64, "lock": "e" * 64, "rulebook": None}
    way = {"indicator": None, "observations": [PART | {"flag": "p"}], "no_cell": "", "submissions": [], "code": code}
    lines = list(_lines(entry, way, {"p": "provisional"}))
    assert any(told in line for line in lines)
    assert lines[-1] == f"  code: commit {'c' * 40}, code {'d' * 12}, lock {'e' * 12}"
    assert any(line.endswith("cell Gegevens!E2 [p: provisional]") for line in lines)
    assert _counted(PART) in "\n".join(lines)


SENT = {
    "file_name": "a.csv", "received_at": "2024-01-02", "state": "accepted", "submission": "a" * 64,
    "rulebook": "b" * 64, "rows_accepted": 18, "rows_read": 18, "rules": [], "notes": [],
}  # fmt: skip
COUNTED = {
    "id": "i", "lineage": {"statistic": "late"}, "value": 0.0, "unit": "submissions", "n": None, "ci_low": None,
    "as_of": "2024-02-29", "page": "quality",
}  # fmt: skip


@pytest.mark.parametrize(("files", "told"), [(1, "1 file as a whole"), (70, "70 files as a whole")])
def test_a_number_of_whole_files_says_so_instead_of_naming_empty_cells(files, told):
    way = {
        "indicator": None,
        "observations": [PART | {"row": None, "value": None}] * files,
        "no_cell": "why there is none",
    }
    lines = list(_lines(COUNTED, way | {"submissions": [SENT] * files, "code": {}}, {}))
    assert f"  rests on {told}: why there is none" in lines
    assert not any("none  in" in line for line in lines)
    assert sum("a.csv" in line for line in lines) == min(files, MOST_CELLS)
    assert ("    … and 10 more (--json)" in lines) is (files > MOST_CELLS)
