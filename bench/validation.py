"""Seventeen rules over a large batch: the compiled suite, the same checks written by hand in SQL, and core GX."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from analysis.submissions.compile import compile_suite, failing_rows, file_kinds, kinds_of
from analysis.submissions.validate import by_great_expectations

ROWS, MANY = 1_000_000, 10_000_000
GEO = [f"{number:05d}" for number in range(11001, 11601)]
SEX, AGE = ["T", "F", "M"], ["TOTAL", "Y_LT18", "Y18-64", "Y_GE65"]
INDICATORS = [f"REG{number:02d}" for number in range(1, 21)]
UNITS = {name: ("persons", "households")[number % 2] for number, name in enumerate(INDICATORS)}
DAYS = [datetime(2022, 3, 13), datetime(2022, 3, 27), datetime(2022, 4, 10), datetime(2022, 4, 24)]
KEYS = ["indicator", "geo", "period", "sex", "age", "row_key"]
EITHER = {"ignore_row_if": "either_value_is_missing"}
CHECKS: list[tuple[str, dict[str, Any]]] = [
    ("column_values_to_not_be_null", {"column": "indicator"}),
    ("column_values_to_be_in_set", {"column": "indicator", "value_set": INDICATORS}),
    ("column_values_to_not_be_null", {"column": "geo"}),
    ("column_values_to_be_in_set", {"column": "geo", "value_set": GEO}),
    ("column_values_to_not_be_null", {"column": "period"}),
    ("column_values_to_be_in_set", {"column": "period", "value_set": {"$PARAMETER": "days"}}),
    ("column_values_to_be_in_set", {"column": "sex", "value_set": SEX}),
    ("column_values_to_be_in_set", {"column": "age", "value_set": AGE}),
    ("column_values_to_not_be_null", {"column": "value"}),
    ("column_values_to_be_between", {"column": "value", "min_value": 0}),
    ("column_values_to_be_between", {"column": "value", "max_value": 100_000}),
    ("column_values_to_be_between", {"column": "denominator", "min_value": 0, "strict_min": True}),
    (
        "column_pair_values_a_to_be_greater_than_b",
        {"column_A": "denominator", "column_B": "value", "or_equal": True, **EITHER},
    ),
    ("column_pair_values_to_be_equal", {"column_A": "period", "column_B": "declared", **EITHER}),
    ("column_values_to_match_regex", {"column": "frequency", "regex": "^P[0-9]+[DWMY]$"}),
    (
        "column_pair_values_to_be_in_set",
        {"column_A": "indicator", "column_B": "unit", "value_pairs_set": [list(pair) for pair in UNITS.items()]},
    ),
    ("compound_columns_to_be_unique", {"column_list": KEYS, "ignore_row_if": "never"}),
]
SUITE: dict[str, Any] = {
    "name": "seventeen",
    "expectations": [
        {"type": f"expect_{kind}", "kwargs": kwargs, "severity": "critical", "meta": {"rule": f"R{number:02d}"}}
        for number, (kind, kwargs) in enumerate(CHECKS)
    ],
}
VALUES: dict[str, object] = {"days": [pd.Timestamp(day) for day in DAYS]}


def measure(median: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds of each way, and ratios; every way names every failing row and finds the same ones."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        files = {number: Path(scratch) / f"{number}.parquet" for number in (ROWS, MANY)}
        for number, path in files.items():
            write(path, number)
            rows += _against_hand_written(median, path, number)
        rows.append({"what": f"compiled suite, {MANY:,} rows, peak memory of its process", "GB": peak(files[MANY])})
        rows += _against_great_expectations(median, files[ROWS])
    return [row | {"load": os.getloadavg()[0]} for row in rows]


def _against_hand_written(
    median: Callable[[Callable[[], object]], float], path: Path, number: int
) -> list[dict[str, Any]]:
    plan = compile_suite(SUITE, file_kinds(path), VALUES)
    ways = (failing_rows(plan, path), by_hand(path))
    ours, theirs = ({rule: found.tolist() for rule, found in way.items()} for way in ways)
    if plan.rest or ours != theirs:
        raise SystemExit("the compiled suite and the hand-written checks do not find the same rows")
    seconds, hand = median(lambda: failing_rows(plan, path)), median(lambda: by_hand(path))
    return [
        {"what": f"compiled suite, {number:,} rows", "seconds": seconds, "of hand-written SQL": seconds / hand},
        {"what": f"hand-written SQL, {number:,} rows", "seconds": hand},
    ]


def _against_great_expectations(median: Callable[[Callable[[], object]], float], path: Path) -> list[dict[str, Any]]:
    frame = pd.read_parquet(path)
    plan = compile_suite(SUITE, kinds_of(frame), VALUES)
    seconds = median(lambda: failing_rows(plan, frame))
    by_great_expectations(frame.head(1000), SUITE, VALUES)  # its import is not counted
    started = time.perf_counter()
    theirs = by_great_expectations(frame, SUITE, VALUES)  # once: it takes a minute
    slow = time.perf_counter() - started
    if theirs != {rule: found.tolist() for rule, found in failing_rows(plan, frame).items()}:
        raise SystemExit("the compiled suite and core GX do not find the same rows")
    return [
        {
            "what": f"compiled suite, {ROWS:,} rows in pandas",
            "seconds": seconds,
            "times faster than GX": slow / seconds,
        },
        {"what": f"core GX, {ROWS:,} rows in pandas, one run", "seconds": slow},
    ]


def by_hand(path: Path) -> dict[str, Any]:
    """The seventeen checks as somebody at home in DuckDB would write them."""
    pairs = ", ".join(f"('{name}', '{unit}')" for name, unit in UNITS.items())
    listed = {
        name: ", ".join(f"'{code}'" for code in codes)
        for name, codes in {"indicator": INDICATORS, "geo": GEO, "sex": SEX, "age": AGE}.items()
    }
    days = ", ".join(f"TIMESTAMP '{day}'" for day in DAYS)
    checks = [
        "indicator IS NULL",
        f"indicator NOT IN ({listed['indicator']})",
        "geo IS NULL",
        f"geo NOT IN ({listed['geo']})",
        "period IS NULL",
        f"period NOT IN ({days})",
        f"sex NOT IN ({listed['sex']})",
        f"age NOT IN ({listed['age']})",
        "value IS NULL",
        "value < 0",
        "value > 100000",
        "denominator <= 0",
        "denominator < value",
        "period <> declared",
        r"NOT regexp_matches(frequency, '^P[0-9]+[DWMY]\n?\z')",
        f"(indicator, unit) NOT IN ({pairs})",
    ]
    names = [f"r{number:02d}" for number in range(len(checks))]
    columns = ", ".join(f"({check}) AS {name}" for check, name in zip(checks, names, strict=True))
    keys = ", ".join(KEYS)
    same = " AND ".join(f"t.{key} IS NOT DISTINCT FROM d.{key}" for key in KEYS)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet('{path}')")
        told = connection.execute(
            f"SELECT * FROM (SELECT row_id, {columns} FROM t) WHERE {' OR '.join(names)}"
        ).fetchnumpy()
        twice = connection.execute(
            f"SELECT t.row_id FROM t JOIN (SELECT {keys} FROM t GROUP BY {keys} HAVING count(*) > 1) d ON {same}"
        ).fetchnumpy()["row_id"]
    found = {name.upper(): np.sort(told["row_id"][np.ma.filled(told[name], False)]) for name in names}
    return found | {f"R{len(checks):02d}": np.sort(twice)}


def write(path: Path, rows: int) -> None:
    """Rows of which about one in a thousand breaks each rule, in chunks so that the generator stays small."""
    import pyarrow
    import pyarrow.parquet

    random = np.random.default_rng(0)
    writer = None
    for start in range(0, rows, ROWS):
        table = pyarrow.Table.from_pandas(_chunk(random, start, min(ROWS, rows - start)), preserve_index=False)
        writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=120_000)
    assert writer is not None
    writer.close()


def _chunk(random: np.random.Generator, start: int, rows: int) -> pd.DataFrame:
    def pick(allowed: list[str], odd: list[str | None]) -> pd.Series:
        codes = random.integers(len(allowed), size=rows)
        wrong = random.random(rows) < 0.001
        codes[wrong] = len(allowed) + random.integers(len(odd), size=int(wrong.sum()))
        return pd.Series(np.array([*allowed, *odd], dtype="object")[codes], dtype="str")

    value = np.floor(random.gamma(1.0, 900.0, size=rows))
    denominator = value + random.integers(1, 500, size=rows)
    for share, change in ((0.001, np.nan), (0.001, -5.0), (0.001, 200_000.0)):
        value[random.random(rows) < share] = change
    denominator[random.random(rows) < 0.3] = np.nan
    denominator[random.random(rows) < 0.001] = 0.0
    period = np.array(DAYS, dtype="datetime64[s]")[random.integers(len(DAYS), size=rows)]
    declared = period.copy()
    declared[random.random(rows) < 0.001] = DAYS[0]
    period[random.random(rows) < 0.001] = np.datetime64("NaT")
    period[random.random(rows) < 0.001] = np.datetime64("2019-01-01")
    indicator = pick(INDICATORS, ["REG99", None])
    key = np.arange(start, start + rows)
    again = np.flatnonzero(random.random(rows) < 0.001)[1:]
    frame = pd.DataFrame(
        {
            "row_id": np.arange(start, start + rows),
            "row_key": key // 2,
            "indicator": indicator,
            "unit": indicator.map(UNITS).where(random.random(rows) > 0.001, "euro").fillna("persons").astype("str"),
            "geo": pick(GEO, ["99999", "Liège", None]),
            "sex": pick(SEX, ["X", None]),
            "age": pick(AGE, ["old", None]),
            "frequency": pick(["P2W", "P1M"], ["weekly", None]),
            "period": period,
            "declared": declared,
            "value": value,
            "denominator": denominator,
        }
    )
    frame.loc[again, KEYS] = frame.loc[again - 1, KEYS].to_numpy()
    return frame


def peak(path: Path) -> float:
    """GB that a process of its own needed at most for the whole pass."""
    source = str(Path(__file__).parents[1] / "src")
    root = str(Path(__file__).parents[1])
    told = subprocess.run(
        [sys.executable, "-m", "bench.validation", str(path)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(told.stdout)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    failing_rows(compile_suite(SUITE, file_kinds(file), VALUES), file)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
