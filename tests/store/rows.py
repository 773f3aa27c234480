"""Rows of the store's relations for tests: every column has a plain default, a test names what it is about."""

from datetime import date

import pandas as pd

SHA = {letter: letter * 64 for letter in "abcdef"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def observation(**said: object) -> dict[str, object]:
    plain = {
        "dataflow": "housing",
        "provider": "north",
        "indicator": "HOU01",
        "geo": "VLG",
        "period": day("2024-01-07"),
        "frequency": "P2W",
        "sex": "T",
        "age": "TOTAL",
        "nationality": "UA",
        "breakdown": "",
        "value": 1.0,
        "denominator": None,
        "flag": "",
        "as_of": day("2024-01-10"),
        "submission": SHA["a"],
        "sheet": "",
        "row": 2,
        "column": "value",
        "synthetic": True,
        "note": "",
    }
    return plain | said


def ledger_row(**said: object) -> dict[str, object]:
    plain = {
        "submission": SHA["a"],
        "file_name": "a.csv",
        "dataflow": "housing",
        "provider": "north",
        "period": day("2024-01-07"),
        "received_at": day("2024-01-10"),
        "rulebook": "r1",
        "state": "accepted",
        "reason": "",
        "rows_read": 1,
        "rows_accepted": 1,
        "rows_quarantined": 0,
        "errors": 0,
        "queries": 0,
        "infos": 0,
        "supersedes": "",
        "days_late": None,
        "synthetic": True,
    }
    return plain | said


def finding(**said: object) -> dict[str, object]:
    plain = {
        "submission": SHA["a"],
        "dataflow": "housing",
        "provider": "north",
        "rule": "HOU-001",
        "severity": "error",
        "sheet": "",
        "row": 2,
        "column": "value",
        "raw": "x",
        "message": "not a number",
        "mend": "write a number",
    }
    return plain | said


def observations(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([observation(**row) for row in rows])


def ledger(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([ledger_row(**row) for row in rows])


def findings(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([finding(**row) for row in rows])


def changes(*rows: dict[str, object]) -> pd.DataFrame:
    base = {"submission": SHA["a"], "sheet": "", "row": 5, "column": "Valeur", "what": "value"}
    told = {"why": "zero", "reason": "nothing to report is 0", "before": "nihil", "after": "0"}
    return pd.DataFrame([base | told | row for row in rows])
