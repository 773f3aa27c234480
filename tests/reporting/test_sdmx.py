"""SDMX-CSV 2.0: its columns, its codes, and nothing that is withheld."""

import csv

import pandas as pd
import pytest

from analysis.reporting.sdmx import COLUMNS, as_sdmx_csv

NAN = float("nan")
UNITS = {"REG01": "persons", "HOU04": "%"}


def observation(**changed: object) -> pd.DataFrame:
    day = pd.Timestamp("2023-03-26")
    keys = {"dataflow": "housing", "provider": "fedasil", "indicator": "REG01", "geo": "BRU", "period": day}
    keys |= {"frequency": "P2W", "sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": ""}
    rest = {"value": 12.0, "denominator": NAN, "flag": "", "as_of": day, "synthetic": True}
    return pd.DataFrame([keys | rest | changed])


def exported(**changed: object) -> dict[str, str]:
    (row,) = csv.DictReader(as_sdmx_csv(observation(**changed), UNITS).decode().splitlines())
    return row


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, {"OBS_VALUE": "12", "BASE": "", "UNIT_MEASURE": "persons", "OBS_STATUS": "A", "CONF_STATUS": "F"}),
        ({"value": 0.1}, {"OBS_VALUE": "0.1"}),
        ({"indicator": "HOU04", "denominator": 40.0}, {"OBS_VALUE": "12", "BASE": "40", "UNIT_MEASURE": "COUNT"}),
        ({"indicator": "HOU04", "value": 83.5}, {"OBS_VALUE": "83.5", "UNIT_MEASURE": "%"}),
        ({"value": NAN}, {"OBS_VALUE": "", "OBS_STATUS": "O", "CONF_STATUS": "F"}),
        ({"value": NAN, "flag": "c"}, {"OBS_VALUE": "", "BASE": "", "OBS_STATUS": "Q", "CONF_STATUS": "C"}),
        ({"flag": "bp"}, {"OBS_STATUS": "B"}),
        ({"flag": "p"}, {"OBS_STATUS": "P"}),
        ({"breakdown": "=1+1"}, {"BREAKDOWN": "'=1+1"}),
    ],
)
def test_an_observation_as_a_row(changed: dict[str, object], told: dict[str, str]) -> None:
    row = exported(**changed)
    assert {name: row[name] for name in told} == told


def test_every_row_names_its_structure() -> None:
    row = exported()
    assert tuple(row) == COLUMNS
    assert [row[name] for name in COLUMNS[:3]] == ["dataflow", "INTEGRATION_MONITOR:HOUSING(1.0.0)", "I"]
    assert (row["REF_AREA"], row["TIME_PERIOD"]) == ("BRU", "2023-03-26")
