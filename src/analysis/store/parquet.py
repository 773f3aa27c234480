"""Parquet files by DuckDB: rows in, pinned frames out, and the bitemporal question. The store's only SQL."""

import glob
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from analysis.store.manifest import broken
from analysis.store.relations import CUBE, KEY, RELATIONS, SQL_TYPES, TOTALS, Field, empty, pin
from analysis.store.shared import shared

MEMORY = "4GB"  # beyond this the engine spills to disk, so that a page fits a small machine whatever the store holds
SHARED_ROWS = 500_000  # a longer answer takes as long to keep as to read
_COMMIT = "substr(filename, -33, 8)"  # as `file_name` writes it: text that sorts and compares like the number
_KEPT = f"""
FROM read_parquet($files, filename = true, file_row_number = true, union_by_name = true) AS known
WHERE NOT EXISTS (FROM superseded WHERE superseded.submission = known.submission AND {_COMMIT} < superseded.commit)
"""


def file_name(number: int, digest: str) -> str:
    """`<commit>-<hash>.parquet`: two commits of the same rows stay two files, and names sort as commits do."""
    return f"{number:08d}-{digest[:16]}.parquet"


def write(frame: pd.DataFrame, path: Path, fields: tuple[Field, ...]) -> None:
    """Write a conforming frame as zstd Parquet, rows in their order."""
    kinds = {field.name: SQL_TYPES[field.kind] for field in fields}
    columns = ", ".join(_selected(str(name), kinds) for name in frame.columns)
    with _engine() as engine:
        engine.register("frame", frame)
        engine.execute(
            f"COPY (SELECT {columns} FROM frame) TO $path (FORMAT parquet, COMPRESSION zstd)", {"path": str(path)}
        )


def read(
    files: Sequence[Path],
    superseded: Mapping[str, int],
    fields: tuple[Field, ...],
    wanted: Mapping[str, Iterable[str] | None] | None = None,
) -> pd.DataFrame:
    """All live rows in the order of commits, in the pinned types; for no files, the pinned columns without rows."""
    if not files:
        return empty(fields)
    where, values = _conditions(wanted or {})
    query = f"SELECT * EXCLUDE (filename, file_row_number) {_KEPT} {where} ORDER BY filename, file_row_number"
    return pin(_ask(query, files, superseded, values), fields)


def read_observations(
    files: Sequence[Path],
    superseded: Mapping[str, int],
    as_of: date | None,
    wanted: Mapping[str, Iterable[str] | None],
    *,
    history: bool,
) -> pd.DataFrame:
    """Per key the last row known on `as_of`, or with `history` every row known by then; see `Store.observations`."""
    fields = RELATIONS["observations"]
    if not files:
        return empty(fields)
    where, values = _conditions(wanted)
    if as_of is not None:
        where += " AND as_of <= $as_of"
        values["as_of"] = date(as_of.year, as_of.month, as_of.day)
    names = ", ".join(f'"{field.name}"' for field in fields)
    key = ", ".join(KEY)
    last = f"PARTITION BY {key} ORDER BY as_of DESC, {_COMMIT} DESC, file_row_number DESC"
    one = "" if history else f"QUALIFY row_number() OVER ({last}) = 1"
    query = f"SELECT {names} {_KEPT} {where} {one} ORDER BY {key}, as_of, {_COMMIT}, file_row_number"
    return pin(_ask(query, files, superseded, values), fields)


def write_cube(files: Sequence[Path], superseded: Mapping[str, int], as_of: date | None, path: Path) -> None:
    """The rows of the total stratum known on `as_of`, in the columns of `CUBE`, sorted, as one zstd Parquet file."""
    where, values = _conditions({name: [code] for name, code in TOTALS.items()})
    if as_of is not None:
        where += " AND as_of <= $as_of"
        values["as_of"] = date(as_of.year, as_of.month, as_of.day)
    names = ", ".join(f'"{field.name}"' for field in CUBE)
    key = ", ".join(name for name in KEY if name not in TOTALS)
    last = f"PARTITION BY {key} ORDER BY as_of DESC, {_COMMIT} DESC, file_row_number DESC"
    query = f"SELECT {names} {_KEPT} {where} QUALIFY row_number() OVER ({last}) = 1 ORDER BY {key}"
    bound = {"files": [glob.escape(str(file)) for file in files], "path": str(path), **values}
    with _engine() as engine:
        engine.register("superseded", _gone(superseded))
        try:
            engine.execute(f"COPY ({query}) TO $path (FORMAT parquet, COMPRESSION zstd)", bound)
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise broken("a Parquet file", files[0].parent) from error


def read_cube(path: Path, wanted: Mapping[str, Iterable[str] | None]) -> pd.DataFrame:
    """The rows of a cube that are `wanted`, in its order."""
    where, values = _conditions(wanted)
    names = ", ".join(f'"{field.name}"' for field in CUBE)
    return pin(_ask(f"SELECT {names} FROM read_parquet($files) WHERE true {where}", [path], {}, values), CUBE)


def latest(files: Sequence[Path], superseded: Mapping[str, int], column: str) -> pd.Timestamp:
    """The greatest date in a column; NaT where there is none."""
    if not files:
        return pd.NaT  # type: ignore[return-value]
    return pd.Timestamp(_ask(f'SELECT max("{column}") AS latest {_KEPT}', files, superseded, {})["latest"].iloc[0])


def _ask(
    query: str, files: Sequence[Path], superseded: Mapping[str, int], values: Mapping[str, object]
) -> pd.DataFrame:
    # Files are never written again, so that the same question has the same answer as long as a run lasts.
    key = (query, [str(path) for path in files], dict(superseded), dict(values))
    return shared(key, lambda: _answer(query, files, superseded, values), worth=lambda frame: len(frame) <= SHARED_ROWS)


def _answer(
    query: str, files: Sequence[Path], superseded: Mapping[str, int], values: Mapping[str, object]
) -> pd.DataFrame:
    # DuckDB takes * ? [ in a path for a pattern, so a data root with such a name is escaped.
    bound = {"files": [glob.escape(str(path)) for path in files], **values}
    with _engine() as engine:
        engine.register("superseded", _gone(superseded))
        try:
            # By way of Arrow: three times as fast as DuckDB's own frames, which build every text as an object.
            frame: pd.DataFrame = engine.sql(query, params=bound).to_arrow_table().to_pandas(date_as_object=False)
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise broken("a Parquet file", files[0].parent) from error
    return frame


def _gone(superseded: Mapping[str, int]) -> pd.DataFrame:
    commits = [f"{number:08d}" for number in superseded.values()]
    return pd.DataFrame({"submission": list(superseded), "commit": commits}, dtype="str")


def _conditions(wanted: Mapping[str, Iterable[str] | None]) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {name: list(codes) for name, codes in wanted.items() if codes is not None}
    return "".join(f' AND "{name}" IN (SELECT unnest(${name}::VARCHAR[]))' for name in values), values


def _selected(name: str, kinds: Mapping[str, str]) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return f"CAST({quoted} AS {kinds[name]}) AS {quoted}" if name in kinds else quoted


def _engine() -> duckdb.DuckDBPyConnection:
    """An engine of its own, in memory, that never fetches an extension and spills beside other temporary files."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "autoinstall_known_extensions": "false",
        "temp_directory": f"{tempfile.gettempdir()}/monitor-duckdb",
    }
    return duckdb.connect(config=config)
