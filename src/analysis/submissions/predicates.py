"""One expectation as SQL that is true on the rows that break it, with the semantics of Great Expectations on pandas."""

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

TEXT, NUMBER, WHOLE, DATE = "text", "number", "whole", "date"
Kinds = Mapping[str, str]  # of the columns that can be compiled: text, number (floats), whole (integers), date

_LARGEST = 2**53  # beyond it a whole number is not itself as a float
_OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_AST_OPERATORS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_AST_SETS = {ast.In: "IN", ast.NotIn: "NOT_IN"}
# What Python's `re` and DuckDB's RE2 read alike; classes and lookarounds with a backslash or `(?` are left out.
_STRANGE_REGEX = re.compile(r"\\|\(\?|\[[^\]]*\[|\{[^0-9]|\{[0-9]+,?[0-9]*[^0-9,}]|[*+?}][*+?{]|\$.|\0", re.DOTALL)


class NotCompiled(Exception):
    """An expectation, a kwarg or a column that only Great Expectations can judge."""


def predicate(expectation: Mapping[str, Any], kinds: Kinds, values: Mapping[str, object]) -> str:
    """
    SQL over the columns of `kinds`: true on a row that breaks `expectation`, else false, never null.

    Raises NotCompiled for every type, kwarg, column or value whose meaning in GX on pandas is not known to be the same.
    """
    build = _BUILDERS.get(expectation["type"])
    if build is None:
        raise NotCompiled
    given = arguments(expectation, values)
    broken = build(given, kinds)
    where = condition(given.pop("row_condition", None), kinds)
    if given:
        raise NotCompiled
    return f"({where} AND {broken})" if where else broken


def arguments(expectation: Mapping[str, Any], values: Mapping[str, object]) -> dict[str, Any]:
    """The kwargs with every `$PARAMETER` resolved, without those that change nothing."""
    given = {name: _resolved(value, values) for name, value in expectation["kwargs"].items()}
    parser = given.pop("condition_parser", None)
    if given.pop("mostly", 1) not in (1, None) or (parser not in (None, "pandas")):
        raise NotCompiled
    return given


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def condition(told: Any, kinds: Kinds) -> str:
    """A row condition as SQL that is never null: GX's own JSON, or a plain pandas query; "" for none."""
    if told is None:
        return ""
    if isinstance(told, str):
        try:
            return _query(ast.parse(told.strip(), mode="eval").body, kinds)
        except (SyntaxError, ValueError) as error:
            raise NotCompiled from error
    if not isinstance(told, dict):
        raise NotCompiled
    match told:
        case {"type": "and" | "or" as joint, "conditions": list(parts), **rest} if parts and not rest:
            return "(" + f" {joint.upper()} ".join(condition(part, kinds) for part in parts) + ")"
        case {"type": "nullity", "column": {"name": str(name)}, "is_null": bool(empty), **rest} if not rest:
            return f"({_column(name, kinds)} IS {'' if empty else 'NOT '}NULL)"
        case {
            "type": "comparison",
            "column": {"name": str(name)},
            "operator": str(operator),
            "parameter": wanted,
            **rest,
        } if not rest:
            return _compared(name, operator, wanted, kinds)
    raise NotCompiled


def _resolved(value: Any, values: Mapping[str, object]) -> Any:
    if isinstance(value, dict) and "$PARAMETER" in value:
        if len(value) > 1 or value["$PARAMETER"] not in values:
            raise NotCompiled  # GX also computes with parameters, and names those that are missing
        return values[value["$PARAMETER"]]
    return value


def _column(name: Any, kinds: Kinds) -> str:
    if not isinstance(name, str) or name not in kinds:
        raise NotCompiled
    return quoted(name)


def _literal(value: Any, kind: str) -> str:
    """A constant as SQL, only where pandas would compare it with a column of this kind as DuckDB does."""
    if isinstance(value, bool):
        raise NotCompiled
    if kind == TEXT and isinstance(value, str) and "\0" not in value:
        return "'" + value.replace("'", "''") + "'"
    if kind == WHOLE and isinstance(value, int) and abs(value) < _LARGEST:
        return f"{value}::BIGINT"
    if kind in (NUMBER, WHOLE) and isinstance(value, int | float) and abs(value) < _LARGEST:
        return f"'{float(value)!r}'::DOUBLE"
    if kind == NUMBER and isinstance(value, float) and not math.isnan(value):
        return f"'{value!r}'::DOUBLE"
    if kind == DATE and isinstance(value, datetime) and value.tzinfo is None and not getattr(value, "nanosecond", 0):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    raise NotCompiled


def _set(values: Any, kind: str) -> str:
    if not isinstance(values, list | tuple | set | frozenset):
        raise NotCompiled
    if kind == WHOLE and not all(isinstance(value, int) for value in values):
        raise NotCompiled
    return ", ".join(sorted({_literal(value, kind) for value in values}))


def _compared(name: str, operator: str, wanted: Any, kinds: Kinds) -> str:
    """One comparison of a row condition: an empty cell is unequal to everything, and neither more nor less."""
    column = _column(name, kinds)
    if kinds[name] == DATE:
        raise NotCompiled
    if operator in ("IN", "NOT_IN"):
        listed = _set(wanted, kinds[name])
        inside = f"coalesce({column} IN ({listed}), false)" if listed else "false"
        return inside if operator == "IN" else f"(NOT {inside})"
    if operator not in _OPERATORS:
        raise NotCompiled
    empty = "true" if operator == "!=" else "false"
    return f"coalesce({column} {_OPERATORS[operator]} {_literal(wanted, kinds[name])}, {empty})"


def _query(node: ast.expr, kinds: Kinds) -> str:
    match node:
        case ast.BoolOp(op=joint, values=parts):
            word = " AND " if isinstance(joint, ast.And) else " OR "
            return "(" + word.join(_query(part, kinds) for part in parts) + ")"
        case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[wanted]):
            told = _AST_OPERATORS.get(type(operator)) or _AST_SETS.get(type(operator), "")
            return _compared(name, told, ast.literal_eval(wanted), kinds)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute), args=[], keywords=[]):
            if attribute in ("isnull", "isna"):
                return f"({_column(name, kinds)} IS NULL)"
            if attribute in ("notnull", "notna"):
                return f"({_column(name, kinds)} IS NOT NULL)"
    raise NotCompiled


def _null(given: dict[str, Any], kinds: Kinds) -> str:
    return f"({_column(given.pop('column', None), kinds)} IS NOT NULL)"


def _not_null(given: dict[str, Any], kinds: Kinds) -> str:
    return f"({_column(given.pop('column', None), kinds)} IS NULL)"


def _in_set(given: dict[str, Any], kinds: Kinds) -> str:
    name = given.pop("column", None)
    column, listed = _column(name, kinds), _set(given.pop("value_set", None), kinds[name])
    return f"coalesce({column} NOT IN ({listed}), false)" if listed else f"({column} IS NOT NULL)"


def _not_in_set(given: dict[str, Any], kinds: Kinds) -> str:
    name = given.pop("column", None)
    column, listed = _column(name, kinds), _set(given.pop("value_set", None), kinds[name])
    return f"coalesce({column} IN ({listed}), false)" if listed else "false"


def _between(given: dict[str, Any], kinds: Kinds) -> str:
    name = given.pop("column", None)
    column = _column(name, kinds)
    if kinds[name] == TEXT:
        raise NotCompiled
    return _ranged(column, kinds[name], given)


def _lengths_between(given: dict[str, Any], kinds: Kinds) -> str:
    return _ranged(_length(given, kinds), WHOLE, given)


def _lengths_equal(given: dict[str, Any], kinds: Kinds) -> str:
    length = _length(given, kinds)
    return f"coalesce({length} <> {_literal(given.pop('value', None), WHOLE)}, false)"


def _length(given: dict[str, Any], kinds: Kinds) -> str:
    name = given.pop("column", None)
    column = _column(name, kinds)
    if kinds[name] != TEXT:
        raise NotCompiled
    return f"length({column})"


def _ranged(what: str, kind: str, given: dict[str, Any]) -> str:
    least, most = given.pop("min_value", None), given.pop("max_value", None)
    strict = [given.pop(name, None) for name in ("strict_min", "strict_max")]
    if not all(flag in (None, True, False) for flag in strict):
        raise NotCompiled
    outside = []
    if least is not None:
        outside.append(f"{what} {'<=' if strict[0] else '<'} {_literal(least, kind)}")
    if most is not None:
        outside.append(f"{what} {'>=' if strict[1] else '>'} {_literal(most, kind)}")
    # No bound at all, or a first bound above the second, is a mistake in the suite that GX tells.
    if not outside or (len(outside) == 2 and least > most):
        raise NotCompiled
    return f"coalesce({' OR '.join(outside)}, false)"


def _matches(given: dict[str, Any], kinds: Kinds) -> str:
    return f"coalesce(NOT {_match(given, kinds)}, false)"


def _matches_not(given: dict[str, Any], kinds: Kinds) -> str:
    return f"coalesce({_match(given, kinds)}, false)"


def _match(given: dict[str, Any], kinds: Kinds) -> str:
    name, regex = given.pop("column", None), given.pop("regex", None)
    column = _column(name, kinds)
    if kinds[name] != TEXT or not isinstance(regex, str) or _STRANGE_REGEX.search(regex):
        raise NotCompiled
    try:
        re.compile(regex)
    except re.error as error:
        raise NotCompiled from error
    # Python's `$` also stands before a last line break; RE2 knows only the very end.
    portable = regex[:-1] + r"\n?\z" if regex.endswith("$") else regex
    return f"regexp_matches({column}, {_literal(portable, TEXT)})"


def _equal(given: dict[str, Any], kinds: Kinds) -> str:
    columns = _pair(given, kinds)
    return _paired(columns, f"{columns[0]} <> {columns[1]}", given)


def _greater(given: dict[str, Any], kinds: Kinds) -> str:
    columns, or_equal = _pair(given, kinds), given.pop("or_equal", None)
    if or_equal not in (None, True, False):
        raise NotCompiled
    return _paired(columns, f"{columns[0]} {'<' if or_equal else '<='} {columns[1]}", given)


def _pair_in_set(given: dict[str, Any], kinds: Kinds) -> str:
    names = [given.pop("column_A", None), given.pop("column_B", None)]
    columns = [_column(name, kinds) for name in names]
    first, second = (kinds[name] for name in names)
    pairs = given.pop("value_pairs_set", None)
    if DATE in (first, second) or not isinstance(pairs, list | tuple) or not pairs:
        raise NotCompiled
    allowed: dict[str, set[str]] = {}
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or None in pair:
            raise NotCompiled
        allowed.setdefault(_literal(pair[0], first), set()).add(_literal(pair[1], second))
    cases = " ".join(
        f"WHEN {value} THEN {columns[1]} NOT IN ({', '.join(sorted(others))})" for value, others in allowed.items()
    )
    return _paired(columns, f"CASE {columns[0]} {cases} ELSE true END", given)


def _pair(given: dict[str, Any], kinds: Kinds) -> list[str]:
    names = [given.pop("column_A", None), given.pop("column_B", None)]
    columns = [_column(name, kinds) for name in names]
    numbers = {NUMBER, WHOLE}
    if kinds[names[0]] != kinds[names[1]] and not {kinds[name] for name in names} <= numbers:
        raise NotCompiled
    return columns


def _paired(columns: Sequence[str], broken: str, given: dict[str, Any]) -> str:
    """A pair with an empty cell breaks the rule, unless the rule ignores such rows."""
    match given.pop("ignore_row_if", "both_values_are_missing"):
        case "either_value_is_missing":
            given_both = " AND ".join(f"{column} IS NOT NULL" for column in columns)
            return f"({given_both} AND ({broken}))"
        case "both_values_are_missing":
            given_one = " OR ".join(f"{column} IS NOT NULL" for column in columns)
            return f"(({given_one}) AND coalesce({broken}, true))"
        case "neither":
            return f"coalesce({broken}, true)"
    raise NotCompiled


_BUILDERS: Mapping[str, Callable[[dict[str, Any], Kinds], str]] = {
    "expect_column_values_to_be_null": _null,
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_be_between": _between,
    "expect_column_value_lengths_to_be_between": _lengths_between,
    "expect_column_value_lengths_to_equal": _lengths_equal,
    "expect_column_values_to_match_regex": _matches,
    "expect_column_values_to_not_match_regex": _matches_not,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_in_set": _pair_in_set,
}
