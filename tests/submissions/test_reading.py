import pytest

from analysis.catalogue.mappings import Mapped
from analysis.catalogue.model import Column
from analysis.submissions.reading import Context, read_column
from submissions.sample import CATALOGUE

RATE = Column("rate", "percent", ("Taux",))

PERCENTAGES = [
    # cells                   unit       values               rules
    (["12 %", "0,12 %"], "", [12, 0.12], ["", ""]),
    (["12", "7,5"], "", [12, 7.5], ["", ""]),
    (["0,12", "7,5", "0"], "", [None, 7.5, 0], ["STR-34", "", ""]),
    (["0,12", "0,3"], "", [None, None], ["STR-34", "STR-34"]),
    ([0.12], "", [None], ["STR-34"]),
    (["0,12", "1"], "share", [12, 100], ["", ""]),
    (["0,12", "12 %"], "share", [12, 12], ["", ""]),
    (["0,12", "1"], "percent", [0.12, 1], ["", ""]),
]


@pytest.mark.parametrize(("cells", "unit", "values", "rules"), PERCENTAGES)
def test_percent_against_share(
    cells: list[str | float], unit: str, values: list[float | None], rules: list[str]
) -> None:
    mapped = Mapped(units={"rate": unit} if unit else {})
    readings = read_column(cells, RATE, Context(CATALOGUE, frozenset(), mapped, "", None))
    assert [reading.value for reading in readings] == values
    assert [reading.rule for reading in readings] == rules
