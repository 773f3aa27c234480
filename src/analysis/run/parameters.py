"""The parameters that a notebook declares, and the refusal of any others before a kernel starts."""

import ast
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import UsageError

TYPES: Mapping[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of a notebook."""

    name: str
    type: str
    default: object


def declared_parameters(notebook: Path) -> dict[str, Parameter]:
    """What the cell tagged `parameters` declares, as `name: type = default`.

    Raises
    ------
    UsageError
        Where the notebook has no such cell, or the cell holds anything but typed constants.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise UsageError(
            "the notebook",
            must="given exactly one cell tagged `parameters`",
            found=len(tagged),
            where=notebook.name,
            mend="Add the tag in JupyterLab under Property Inspector > Cell Tags.",
        )
    body = ast.parse("".join(tagged[0]["source"])).body
    return {parameter.name: parameter for parameter in (_parameter(line, notebook.name) for line in body)}


def check_parameters(notebook: Path, given: Mapping[str, object]) -> dict[str, object]:
    """The `given` values of a notebook's parameters, each of its declared type; text from a command line is converted.

    Raises
    ------
    UsageError
        For a parameter that the notebook does not declare, and for a value of another type.
    """
    declared = declared_parameters(notebook)
    return {name: _value(notebook.name, declared, name, value) for name, value in given.items()}


def _parameter(line: ast.stmt, where: str) -> Parameter:
    named = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    if not (named and isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Constant)):
        raise UsageError(
            "a line of the parameters cell", must="`name: type = constant`", found=ast.unparse(line), where=where
        )
    kind = ast.unparse(line.annotation)
    if kind not in TYPES:
        raise UsageError("the type of a parameter", must="one of " + ", ".join(TYPES), found=kind, where=where)
    return Parameter(ast.unparse(line.target), kind, line.value.value)


def _value(where: str, declared: Mapping[str, Parameter], name: str, value: object) -> object:
    if name not in declared:
        close = difflib.get_close_matches(name, declared, n=1)
        mend = f"Did you mean {close[0]}?" if close else ""
        raise UsageError("a parameter", must="one of " + ", ".join(declared), found=name, where=where, mend=mend)
    kind = TYPES[declared[name].type]
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if right:
        return value
    if isinstance(value, int) and kind is float and not isinstance(value, bool):
        return float(value)
    converted = _from_text(value, kind) if isinstance(value, str) else None
    if converted is None:
        raise UsageError(f"parameter {name}", must=f"of type {kind.__name__}", found=value, where=where)
    return converted


def _from_text(text: str, kind: type) -> object | None:
    if kind is bool:
        return {"true": True, "false": False}.get(text.casefold())
    try:
        return kind(text)  # type: ignore[no-any-return]
    except ValueError:
        return None
