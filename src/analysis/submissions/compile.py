"""A genuine Great Expectations suite as one DuckDB pass that names every failing row; GX only for what is left over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.submissions.predicates import (
    DATE,
    NUMBER,
    TEXT,
    WHOLE,
    Kinds,
    NotCompiled,
    arguments,
    condition,
    predicate,
    quoted,
)

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pandas as pd

ROW = "row_id"
_BITS = 60  # rules a mask: a BIGINT has 63 that are not the sign
_SQL_KINDS = {"VARCHAR": TEXT, "DOUBLE": NUMBER, "BIGINT": WHOLE, "INTEGER": WHOLE}
_IGNORED = {
    "never": "",
    "any_value_is_missing": " AND ",
    "all_values_are_missing": " OR ",
}


@dataclass(frozen=True)
class Unique:
    """Columns whose values together may occur once, among the rows where `where` holds."""

    columns: tuple[str, ...]
    where: str  # SQL, "" for all rows


@dataclass(frozen=True)
class Plan:
    """A suite split into what one pass can judge and what Great Expectations must."""

    broken: Mapping[str, str]  # rule -> SQL that is true on a row that breaks it
    unique: Mapping[str, Unique]
    columns: tuple[str, ...]  # that the pass reads
    rest: tuple[Mapping[str, Any], ...]  # expectations for Great Expectations, as in the suite


def compile_suite(suite: Mapping[str, Any], kinds: Kinds, values: Mapping[str, object]) -> Plan:
    """
    Plan a suite over columns of these kinds.

    Parameters
    ----------
    suite : genuine GX 1.x JSON whose expectations have meta `rule`.
    kinds : text, number, whole or date by column; a column that is not there can only be judged by GX.
    values : what each `$PARAMETER` stands for.

    Notes
    -----
    An expectation is compiled only where its meaning in GX on pandas is known; a mistake in the suite (a missing
    column, a bound of another type) is left to GX as well, which tells it as a crash of the rule.
    """
    broken: dict[str, str] = {}
    unique: dict[str, Unique] = {}
    rest = []
    used: set[str] = set()
    for expectation in suite["expectations"]:
        rule = expectation["meta"]["rule"]
        # A pass must see which columns a rule reads, whatever its shape.
        seen = _Seen(kinds)
        try:
            if expectation["type"] in _UNIQUE:
                unique[rule] = _unique(expectation, seen, values)
            else:
                broken[rule] = predicate(expectation, seen, values)
        except NotCompiled:
            rest.append(expectation)
            continue
        used |= seen.read
    return Plan(broken, unique, tuple(sorted(used)), tuple(rest))


def kinds_of(frame: "pd.DataFrame") -> dict[str, str]:
    """The kinds of a frame's columns; those whose dtype behaves in a way of its own are left out."""
    found = {str(name): _kind(dtype) for name, dtype in frame.dtypes.items() if isinstance(name, str)}
    return {name: kind for name, kind in found.items() if kind}


def failing_rows(plan: Plan, source: "pd.DataFrame | Path") -> "dict[str, np.ndarray]":
    """
    Rows that break each compiled rule.

    Parameters
    ----------
    source : a frame, or a Parquet file whose empty cells are nulls, with a unique whole number in column `row_id`.

    Returns
    -------
    The sorted `row_id`s by rule, for every compiled rule.
    """
    import duckdb

    with duckdb.connect() as connection:
        name = _registered(connection, source, plan)
        found = _masked(connection, name, plan.broken)
        for rule, unique in plan.unique.items():
            found[rule] = _repeated(connection, name, unique)
    return found


def results(suite: Mapping[str, Any], found: "Mapping[str, np.ndarray]", rows: int) -> list[dict[str, Any]]:
    """The compiled rules as GX tells results in its format COMPLETE, in the order of the suite."""
    told = []
    for expectation in suite["expectations"]:
        failing = found.get(expectation["meta"]["rule"])
        if failing is not None:
            listed = [{ROW: int(row)} for row in failing]
            result = {"element_count": rows, "unexpected_count": len(listed), "unexpected_index_list": listed}
            told.append({"success": not listed, "expectation_config": expectation, "result": result})
    return told


class _Seen(dict[str, str]):
    """Kinds that remember which columns were looked up."""

    def __init__(self, kinds: Kinds) -> None:
        super().__init__(kinds)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)


_UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


def _unique(expectation: Mapping[str, Any], kinds: Kinds, values: Mapping[str, object]) -> Unique:
    given = arguments(expectation, values)
    if expectation["type"] == _UNIQUE[0]:
        columns, ignored = [given.pop("column", None)], "any_value_is_missing"
    else:
        columns, ignored = given.pop("column_list", None), given.pop("ignore_row_if", "all_values_are_missing")
    where = condition(given.pop("row_condition", None), kinds)
    if given or ignored not in _IGNORED or not isinstance(columns, list) or not columns:
        raise NotCompiled
    if not all(isinstance(name, str) and name in kinds for name in columns) or len(set(columns)) < len(columns):
        raise NotCompiled
    joint = _IGNORED[ignored]
    present = "(" + joint.join(f"{quoted(name)} IS NOT NULL" for name in columns) + ")" if joint else ""
    return Unique(tuple(columns), " AND ".join(part for part in (where, present) if part))


def _kind(dtype: Any) -> str:
    import numpy as np
    import pandas as pd

    if isinstance(dtype, pd.StringDtype):
        # With NA instead of NaN, a comparison of an empty cell is neither true nor false.
        return TEXT if dtype.na_value is not pd.NA else ""
    if isinstance(dtype, np.dtype):
        if dtype == np.dtype("float64"):
            return NUMBER
        if dtype == np.dtype("int64"):
            return WHOLE
        if dtype.kind == "M":
            return DATE
    return ""


def _registered(connection: "duckdb.DuckDBPyConnection", source: "pd.DataFrame | Path", plan: Plan) -> str:
    """What to write after FROM; a frame goes through Arrow, where every NaN and NaT is a null."""
    if isinstance(source, Path):
        return "read_parquet('" + str(source).replace("'", "''") + "')"
    import pyarrow

    needed = list(dict.fromkeys([ROW, *plan.columns]))
    connection.register("rows", pyarrow.Table.from_pandas(source[needed], preserve_index=False))
    return "rows"


def _masked(connection: "duckdb.DuckDBPyConnection", source: str, broken: Mapping[str, str]) -> "dict[str, np.ndarray]":
    """One scan for all rules that look at a row alone: a bit a rule, and only rows with a bit come back."""
    if not broken:
        return {}
    rules = list(broken)
    masks = [rules[start : start + _BITS] for start in range(0, len(rules), _BITS)]
    sums = [
        " | ".join(f"(CASE WHEN {broken[rule]} THEN {1 << bit} ELSE 0 END)::BIGINT" for bit, rule in enumerate(mask))
        for mask in masks
    ]
    names = [f"mask_{number}" for number in range(len(masks))]
    columns = ", ".join(f"{total} AS {name}" for total, name in zip(sums, names, strict=True))
    any_broken = " OR ".join(f"{name} <> 0" for name in names)
    query = f"SELECT * FROM (SELECT {ROW}, {columns} FROM {source}) WHERE {any_broken} ORDER BY {ROW}"
    told: dict[str, np.ndarray] = connection.execute(query).fetchnumpy()  # type: ignore[assignment]
    return {
        rule: told[ROW][(told[name] >> bit) & 1 == 1]
        for name, mask in zip(names, masks, strict=True)
        for bit, rule in enumerate(mask)
    }


def _repeated(connection: "duckdb.DuckDBPyConnection", source: str, unique: Unique) -> "np.ndarray":
    """Rows whose keys occur more than once; empty cells equal each other, as in pandas."""
    keys = ", ".join(quoted(name) for name in unique.columns)
    where = f"WHERE {unique.where}" if unique.where else ""
    # Grouping one hash takes a fraction of grouping all keys; what shares a hash is then compared key by key.
    query = f"""
        WITH hashed AS (SELECT {ROW} AS _row, hash({keys}) AS _hash, {keys} FROM {source} {where}),
        shared AS (SELECT _hash FROM hashed GROUP BY _hash HAVING count(*) > 1),
        doubtful AS (SELECT * FROM hashed SEMI JOIN shared USING (_hash)),
        counted AS (SELECT _row, count(*) OVER (PARTITION BY {keys}) AS _times FROM doubtful)
        SELECT _row FROM counted WHERE _times > 1 ORDER BY _row"""
    told: dict[str, np.ndarray] = connection.execute(query).fetchnumpy()  # type: ignore[assignment]
    return told["_row"]


def file_kinds(path: Path) -> dict[str, str]:
    """The kinds of the columns of a Parquet file."""
    import duckdb

    with duckdb.connect() as connection:
        told = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    kinds = {
        name: DATE if kind.startswith("TIMESTAMP") and "ZONE" not in kind else _SQL_KINDS.get(kind, "")
        for name, kind, *_ in told
    }
    return {name: kind for name, kind in kinds.items() if kind}


def compiled_types() -> Sequence[str]:
    """The expectation types that need no Great Expectations."""
    from analysis.submissions.predicates import _BUILDERS

    return sorted([*_BUILDERS, *_UNIQUE])
