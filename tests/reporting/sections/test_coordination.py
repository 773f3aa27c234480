"""A second benchmarking matrix is data: an entry of the catalogue and rows, and the page shows it like the others."""

import shutil
from pathlib import Path

import pytest

import analysis.catalogue
from analysis.catalogue import load_catalogue
from analysis.reporting.sections.coordination import show_matrix
from analysis.reporting.text import Wording
from analysis.studies import read_matrix

OURS = Path(analysis.catalogue.__file__).parent
ENTRY = """
regions:
  label: {en: Regions, fr: Régions, nl: Gewesten, de: Regionen}
  section: 4
  selected: 1
  pillars:
    mandate: {label: {en: Mandate, fr: Mandat, nl: Mandaat, de: Mandat}, most: 3}
    outputs: {label: {en: Outputs, fr: Réalisations, nl: Resultaten, de: Ergebnisse}, most: 3}
  source: A report
"""
ROWS = [
    {"mechanism": "North", "mandate": "3", "outputs": "1", "overall_printed": "5"},
    {"mechanism": "South", "mandate": "2", "outputs": "3", "overall_printed": "5"},
]


class Sheet:
    """Keeps what a section shows."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = load_catalogue(folder)
        self.lang = "en"
        self.wording = Wording(self.catalogue.texts, "en")
        self.said: list[str] = []
        self.rows: list[dict[str, object]] = []

    def heading(self, words: str) -> None:
        self.said.append(words)

    def record(self, value: float, *_: object, **__: object) -> str:
        return str(value)

    def say(self, key: str, _: object = (), **values: str) -> None:
        self.said.append(self.wording.say(key, **values))

    def table(self, frame, *_: object) -> None:
        self.rows = frame.to_dict("records")


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("en", ["Czechia", "The Netherlands", "Moldova", "Germany", "EMN Belgium"]),
        ("fr", ["Tchéquie", "Pays-Bas", "Moldavie", "Allemagne", "EMN Belgium"]),
        ("nl", ["Tsjechië", "Nederland", "Moldavië", "Duitsland", "EMN Belgium"]),
        ("de", ["Tschechien", "Niederlande", "Republik Moldau", "Deutschland", "EMN Belgium"]),
    ],
)
def test_countries_are_named_in_the_language_of_the_page(lang: str, names: list[str]) -> None:
    wording = Wording(load_catalogue().texts, lang)
    found = ("Czechia", "The Netherlands", "Moldova", "Germany", "EMN Belgium")
    assert [wording.territory(name) for name in found] == names


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    shutil.copytree(OURS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    with (tmp_path / "benchmarks.yml").open("a", encoding="utf-8") as file:
        file.write(ENTRY)
    return Sheet(tmp_path)


def test_a_second_matrix_is_added_as_data(sheet: Sheet) -> None:
    benchmark = sheet.catalogue.benchmarks["regions"]
    show_matrix(sheet, benchmark, read_matrix(benchmark.id, ROWS, tuple(benchmark.pillars)))  # type: ignore[arg-type]
    assert [(row["mechanism"], row["scores"], row["ours"], row["verdict"]) for row in sheet.rows] == [
        ("South", "2 + 3", 5, "same"),
        ("North", "3 + 1", 4, "differs"),
    ]
    assert sheet.said == [
        "Regions",
        "Scores stand in this order: Mandate and Outputs.",
        "**1 of 2** printed totals are the sum of their scores.",
        "North: 3 + 1 = 4, printed 5.",
        "By our totals other mechanisms are the highest: South.",
    ]
