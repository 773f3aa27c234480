"""Downloads: the same numbers in both files, text that no spreadsheet calculates, the same bytes twice."""

import csv
import io
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from analysis.reporting.download import Table, as_csv, as_xlsx

FRAME = pd.DataFrame(
    {
        "period": pd.to_datetime(["2023-12-17", "2023-12-31"]),
        "level": [41.3437312, np.nan],
        "n": [1200.0, np.nan],
        "note": ["=HYPERLINK(1)", None],
        "hidden": ["not", "asked for"],
    }
)
TABLE = Table(
    FRAME,
    {"period": "reference date", "level": "value", "n": "denominator", "note": "note, of the sender"},
    [("Title", "Work"), ("Known on", "2024-01-07")],
    ("data", "about"),
    date(2024, 1, 7),
)


def csv_rows() -> list[list[str]]:
    lines = as_csv(TABLE).decode("utf-8-sig").splitlines()
    return list(csv.reader(line for line in lines if not line.startswith("#")))


def test_the_csv_has_its_metadata_above_and_reads_with_pandas():
    text = as_csv(TABLE).decode("utf-8-sig")
    assert text.startswith("# Title: Work\r\n# Known on: 2024-01-07\r\n# period: reference date\r\n")
    read = pd.read_csv(io.BytesIO(as_csv(TABLE)), comment="#", encoding="utf-8-sig")
    assert read["level"].tolist()[0] == pytest.approx(41.343731) and np.isnan(read["level"].tolist()[1])


def test_both_files_hold_the_same():
    sheet = load_workbook(io.BytesIO(as_xlsx(TABLE)))["data"]
    cells = [["" if value is None else value for value in row] for row in sheet.iter_rows(values_only=True)]
    dated = [[f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value) for value in row] for row in cells]
    assert dated == csv_rows()
    assert csv_rows()[1] == ["2023-12-17", "41.343731", "1200", "'=HYPERLINK(1)"]


def test_the_workbook_says_what_it_is_and_calculates_nothing():
    book = load_workbook(io.BytesIO(as_xlsx(TABLE)))
    about = dict(book["about"].iter_rows(values_only=True))
    assert about["Title"] == "Work" and about["note"] == "note, of the sender"
    assert {cell.data_type for row in book["data"].iter_rows() for cell in row} <= {"s", "n", "d"}


def test_the_same_bytes_twice():
    assert as_csv(TABLE) == as_csv(TABLE)
    first = as_xlsx(TABLE)
    assert first == as_xlsx(TABLE)
    assert b"2024-01-07T00:00:00Z" in _part(first, "docProps/core.xml")


def _part(workbook: bytes, name: str) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name)
