"""Words, mappings and corrections: what they mean, and what a bad edit is told."""

from pathlib import Path

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.mappings import Mapped
from analysis.errors import CatalogueError
from catalogue.test_load import edited

WORDS = load_catalogue().words

INTERVALS = [
    ("<5", (1, 4)),
    ("< 5", (1, 4)),
    ("Moins de 5", (1, 4)),
    ("minder  dan 10", (1, 9)),
    ("weniger als 5", (1, 4)),
    ("fewer than 5", (1, 4)),
    ("≤ 4", (1, 4)),
    ("<=4", (1, 4)),
    ("<1", None),
    ("5", None),
    ("> 5", None),
    ("<5,5", None),
]


@pytest.mark.parametrize(("text", "bounds"), INTERVALS)
def test_withheld_counts(text: str, bounds: tuple[int, int] | None) -> None:
    assert WORDS.interval(text) == bounds


@pytest.mark.parametrize(
    ("text", "total"),
    [("Total", True), ("TOTAAL :", True), ("Total général 2022", True), ("Insgesamt", True), ("Totalité", False)],
)
def test_labels_of_totals(text: str, total: bool) -> None:
    assert WORDS.total(text) == total


@pytest.mark.parametrize(
    ("name", "month"), [("mars", 3), ("Mrt.", 3), ("März", 3), ("AOÛT", 8), ("dez", 12), ("mart", None)]
)
def test_months(name: str, month: int | None) -> None:
    assert WORDS.month(name) == month


GOOD_MAPPING = """
vdab:
  employment:
    source: e-mail, 2022-03-10
    headers: {"Aantal": value}
    codes: {geo: {"Vl. Gew.": VLG, "Stad": "44021"}}
    units: {value: thousand}
    decimal: ","
"""
GOOD_CORRECTION = """
one:
  dataflow: registration
  provider: ibz
  keys: {geo: BE}
  column: value
  before: "1"
  after: "2"
  reason: typing error
  source: call
  status: open
"""


def written(folder: Path, file: str, text: str) -> Path:
    path = edited(folder, file, "{}\n", "")
    (path / file).write_text(text, encoding="utf-8")
    return path


def test_a_mapping_and_a_correction_load(tmp_path: Path) -> None:
    folder = written(tmp_path, "mappings.yml", GOOD_MAPPING)
    (folder / "corrections.yml").write_text(GOOD_CORRECTION, encoding="utf-8")
    catalogue = load_catalogue(folder)
    codes = {"geo": {"Vl. Gew.": "VLG", "Stad": "44021"}}
    assert catalogue.mappings == {
        ("vdab", "employment"): Mapped("e-mail, 2022-03-10", {"Aantal": "value"}, codes, {"value": "thousand"}, ",")
    }
    assert [(one.id, one.status) for one in catalogue.corrections] == [("one", "open")]


BAD = [
    # file, old, new, message
    ("mappings.yml", "employment:", "housing:", "a dataflow of dataflows.yml with that provider, not 'housing'"),
    ("mappings.yml", '"Aantal": value', '"Aantal": amount', "`headers` must be about a column of the form"),
    ("mappings.yml", "VLG", "VLX", "`codes.geo` must be in the code list geo, not 'VLX'"),
    ("mappings.yml", "thousand", "dozen", "`units` must be one of thousand, million, share, percent, not 'dozen'"),
    ("mappings.yml", "thousand", "share", "thousand or million, unless the column holds percentages, not 'share'"),
    ("mappings.yml", 'decimal: ","', 'decimal: ";"', "`decimal` must be one of"),
    (
        "mappings.yml",
        "    source: e-mail, 2022-03-10\n",
        "",
        "`source` must be given (in mappings.yml, vdab.employment)",
    ),
    ("corrections.yml", "status: open", "status: done", "`status` must be one of open, confirmed, fixed, not 'done'"),
    ("corrections.yml", "provider: ibz", "provider: iom", "`provider` must be of the dataflow registration: ibz"),
    ("corrections.yml", "column: value", "column: amount", "`column and keys` must be columns of the form"),
    ("corrections.yml", 'after: "2"', 'after: "1"', "`after` must be other than `before`"),
    ("corrections.yml", "keys: {geo: BE}", "keys: {}", "`keys` must be at least one column and its value"),
    ("words.yml", "moins de {n}", "moins de", "`below` must be texts with one {n} where the bound stands"),
    ("words.yml", "[april,", "[mars,", "the month 'mars' must be of one number, not '3 and 4'"),
    ("places.csv", "\n11001,", "\n1001,", "`nis` must be five digits, not '1001' (in places.csv, line 64)"),
    ("places.csv", "11001,municipality", "11001,town", "`level` must be one of region, province"),
    ("place_changes.csv", ",12041,", ",99999,", "`new_nis` must be in places.csv, not '99999'"),
    ("place_aliases.yml", '"21012"', '"99999"', "an entry must be a NIS code of places.csv, not '99999'"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), BAD, ids=[f"{row[0]}: {row[2]}" for row in BAD])
def test_a_bad_edit_is_told(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    text = {"mappings.yml": GOOD_MAPPING, "corrections.yml": GOOD_CORRECTION}.get(file)
    if text is None:
        folder = edited(tmp_path, file, old, new)
    else:
        assert old in text
        folder = written(tmp_path, file, text.replace(old, new, 1))
    with pytest.raises(CatalogueError) as told:
        load_catalogue(folder)
    assert message in str(told.value)
