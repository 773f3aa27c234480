"""SDMX-CSV 2.0: its columns, its codes, and nothing that is withheld."""

import csv
import re

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
        ({"value": NAN, "flag": "iv"}, {"OBS_VALUE": "", "OBS_STATUS": "Q", "CONF_STATUS": "C"}),  # by its sender
        ({"flag": "bp"}, {"OBS_STATUS": "B"}),
        ({}, {"FREQ": "W2", "BREAKDOWN": "_T"}),
        ({"provider": ""}, {"PROVIDER": "_Z"}),
        ({"frequency": "P1M"}, {"FREQ": "M"}),
        ({"frequency": ""}, {"FREQ": "_U"}),
        ({"frequency": "P5D"}, {"FREQ": "_O"}),
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


# What the field guide of SDMX-CSV 2.0.0 asks, and SDMX's cross-domain code lists; written down from them, not from us.
STRUCTURE_ID = re.compile(r"[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*:[A-Za-z][\w$@-]*\(\d+\.\d+\.\d+\)")
COMPONENT = re.compile(r"[A-Za-z][A-Za-z\d_-]*")
CL_FREQ = {"A", "S", "Q", "M", "M2", "W", "W2", "W3", "W4", "D", "H", "I", "_O", "_U", "_Z"}
CL_OBS_STATUS = set("ABDEFGHIJKLMNOPQSTUVWX")
CL_CONF_STATUS = {"F", "N", "C", "D", "S", "A", "O", "T", "G", "M", "E", "P"}
TIME = re.compile(r"\d{4}-\d{2}-\d{2}")


@pytest.mark.parametrize("frequency", ["P1D", "P1W", "P2W", "P1M", "P2M", "P3M", "P6M", "P1Y", ""])
def test_the_file_keeps_the_field_guide(frequency: str) -> None:
    flags = ["", "b", "d", "e", "p", "r", "iv", "u", "c", "s", "bd", "bp", "de", "ep"]
    frame = pd.concat([observation(flag=flag, frequency=frequency) for flag in flags])
    content = as_sdmx_csv(frame, UNITS)
    header, *rows = csv.reader(content.decode("utf-8").splitlines())
    assert header[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    assert content.count(b"\r\n") == len(rows) + 1  # RFC 4180: every record ends so
    assert len(set(header)) == len(header) and all(COMPONENT.fullmatch(name) for name in header)
    measure = header.index("OBS_VALUE")
    assert header.index("TIME_PERIOD") < measure < header.index("OBS_STATUS")  # dimensions, measures, attributes
    for row in rows:
        told = dict(zip(header, row, strict=True))
        assert told["STRUCTURE"] in ("dataflow", "datastructure", "dataprovision")
        assert STRUCTURE_ID.fullmatch(told["STRUCTURE_ID"])
        assert told["ACTION"] in set("IARD")
        assert told["FREQ"] in CL_FREQ
        assert told["OBS_STATUS"] in CL_OBS_STATUS and told["CONF_STATUS"] in CL_CONF_STATUS
        assert TIME.fullmatch(told["TIME_PERIOD"])
        assert all(row[3 : header.index("TIME_PERIOD")])  # an empty dimension makes it a row of no observation
