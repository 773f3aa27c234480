"""One page's questions to a store of ROWS observations, beside plain pandas over the same files; peak memory of each.

`python -m bench observations --rows 16000000`; 163,000,000 rows are 581 municipalities x 60 indicators x 130 two-weekly
periods x 36 strata. Fewer rows are fewer municipalities. BENCH_DATA names the folder (a temporary one, removed).
"""

import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 1_600_000
DOMAINS, INDICATORS, PERIODS, STRATA = 8, 60, 130, 36
REVISED = 50  # one row in so many has a later vintage
LARGEST_FOR_PANDAS = 20_000_000
PAGE = "domain3"
COLUMNS = """
  'domain' || (i % 8) AS dataflow, 'body' || (i % 8) AS provider, 'IND' || lpad(i::VARCHAR, 2, '0') AS indicator,
  lpad(g::VARCHAR, 5, '0') AS geo, DATE '2019-01-06' + 14 * p::INTEGER AS period, 'P2W' AS frequency,
  ['T', 'F', 'M'][s % 3 + 1] AS sex, ['TOTAL', 'Y_LT18', 'Y18-64', 'Y_GE65'][s // 3 % 4 + 1] AS age,
  ['TOTAL', 'UA', 'TCN'][s // 12 + 1] AS nationality, '' AS breakdown,
  (hash(i, g, p, s) % 5000)::DOUBLE AS value, NULL::DOUBLE AS denominator, '' AS flag,
  DATE '2019-01-11' + 14 * p::INTEGER + {later} AS as_of,
  sha256((i % 8)::VARCHAR || '-' || p::VARCHAR || '{later}') AS submission,
  '' AS sheet, (g * 36 + s + 2)::BIGINT AS "row", 'value' AS "column", true AS synthetic, '' AS note
"""


def measure(_: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds and peak memory of each question, each in a process of its own."""
    folder = Path(os.environ.get("BENCH_DATA") or tempfile.mkdtemp(prefix="bench-store-"))
    try:
        rows, seconds = _build(folder)
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6
        out = [{"what": "built by DuckDB", "rows": rows, "seconds": seconds, "megabytes on disk": size}]
        for what, ask in QUESTIONS.items():
            if "pandas" in what and rows > LARGEST_FOR_PANDAS:
                out.append({"what": what, "rows": rows, "skipped": "does not fit"})
            else:
                out.append({"what": what, "rows": rows, **_in_a_process(ask, folder)})
        return [_compared(row, before) for before, row in zip([{}, *out], out, strict=False)]
    finally:
        if "BENCH_DATA" not in os.environ:
            shutil.rmtree(folder, ignore_errors=True)


def _compared(row: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """A row of pandas answers the question of the row before: how many times the seconds and the memory it takes."""
    if "pandas" not in row["what"] or "seconds" not in row:
        return row
    return row | {"ratio": row["seconds"] / before["seconds"], "memory ratio": row["peak GB"] / before["peak GB"]}


def _build(folder: Path) -> tuple[int, float]:
    """A store as `Store.commit` lays it out: one file a dataflow and year, and one a dataflow with revisions."""
    import duckdb

    from analysis.store.manifest import LiveFile, Manifest
    from analysis.store.parquet import file_name

    started, places, live = time.perf_counter(), max(round(ROWS / (INDICATORS * PERIODS * STRATA)), 1), []
    engine = duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(folder / "spill")})
    for domain in range(DOMAINS):
        target = folder / "processed" / "observations" / f"domain{domain}"
        target.mkdir(parents=True, exist_ok=True)
        for number in range(1, 7):  # five years, then the revisions
            later, first = (400, 0) if number == 6 else (0, (number - 1) * 26)
            which = f"p BETWEEN {first} AND {first + 25}" if number < 6 else f"hash(i, g, p, s, 1) % {REVISED} = 0"
            beside = target / "new.parquet"
            engine.execute(
                f"COPY (SELECT {COLUMNS.format(later=later)} FROM range({INDICATORS}) a(i), range({PERIODS}) b(p),"
                f" range({places}) c(g), range({STRATA}) d(s) WHERE i % 8 = {domain} AND {which} ORDER BY i, g, p, s)"
                f" TO '{beside}' (FORMAT parquet, COMPRESSION zstd)"
            )
            digest = hashlib.file_digest(beside.open("rb"), "sha256").hexdigest()
            path = beside.rename(target / file_name(number, digest))
            rows = engine.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()[0][0]
            place = f"observations/domain{domain}/{path.name}"
            live.append(LiveFile(place, "observations", f"domain{domain}", rows, path.stat().st_size, digest))
    Manifest(6, tuple(live)).write(folder / "processed" / "store.json")
    return sum(file.rows for file in live), time.perf_counter() - started


def _in_a_process(ask: Callable[[Path], int], folder: Path) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_asked, args=(ask, folder, theirs))
    process.start()
    answer: dict[str, Any] = json.loads(ours.recv())
    process.join()
    return answer


def _asked(ask: Callable[[Path], int], folder: Path, pipe: Any) -> None:
    import pandas  # noqa: F401 (its import is no part of the question)

    started = time.perf_counter()
    found = ask(folder)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    pipe.send(json.dumps({"found": found, "seconds": seconds, "peak GB": peak}))


def _page(folder: Path) -> int:
    from datetime import date

    from analysis.store import Store

    return len(Store(folder).observations(date(2023, 1, 1), dataflows=[PAGE], geos=["00000"]))


def _page_by_pandas(folder: Path) -> int:
    import pandas as pd

    rows = pd.read_parquet(folder / "processed" / "observations")
    rows = rows[(rows["dataflow"] == PAGE) & (rows["geo"] == "00000") & (pd.to_datetime(rows["as_of"]) <= "2023-01-01")]
    return len(rows.sort_values("as_of").drop_duplicates(_key(), keep="last"))


def _trend(folder: Path) -> int:
    from analysis.store import Store

    found = Store(folder).observations(dataflows=[PAGE], indicators=["IND03"])
    return int(found.groupby(["period", "sex"])["value"].sum().size)


def _trend_by_pandas(folder: Path) -> int:
    import pandas as pd

    rows = pd.read_parquet(folder / "processed" / "observations")
    rows = rows[rows["indicator"] == "IND03"].sort_values("as_of").drop_duplicates(_key(), keep="last")
    return int(rows.groupby(["period", "sex"])["value"].sum().size)


def _cube(folder: Path) -> int:
    from analysis.store import Store

    return len(Store(folder).cube(indicators=["IND03"]))


def _key() -> list[str]:
    from analysis.store.relations import KEY

    return list(KEY)


QUESTIONS: dict[str, Callable[[Path], int]] = {
    "one page: a domain in one municipality, as known on 2023-01-01": _page,
    "the same with pandas": _page_by_pandas,
    "a trend: one indicator over all municipalities and strata": _trend,
    "the same trend with pandas": _trend_by_pandas,
    "cube, first time": _cube,
    "cube, opened again": _cube,
}
