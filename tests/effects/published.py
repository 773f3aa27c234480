"""Where the published cases lie, and how their figures are read."""

import json
from pathlib import Path

import pandas as pd
import pytest

CASES = Path(__file__).parents[2] / ".." / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the published cases are not beside the repository")


def printed(case: str) -> dict[str, tuple[object, float]]:
    rows = json.loads((CASES / case / "reference.json").read_text(encoding="utf-8"))["references"]
    return {row["id"]: (row["value"], float(row["tol"])) for row in rows}


def assert_printed(case: str, ours: dict[str, float]) -> None:
    figures = printed(case)
    for name, value in ours.items():
        figure, tolerance = figures[name]
        assert value == pytest.approx(figure, abs=tolerance), name


def mpdta() -> pd.DataFrame:
    return pd.read_csv(CASES / "mpdta" / "mpdta_R.csv").rename(columns={"first.treat": "start"})


def castle(copy: str) -> pd.DataFrame:
    columns = ["sid", "year", "l_homicide", "post"]
    frame = pd.read_csv(CASES / "castle" / f"castle_{copy}.csv")[columns]
    started = frame[frame["post"] == 1].groupby("sid")["year"].min()
    return frame.assign(start=frame["sid"].map(started))
