"""Numbers that the code of a page would show: literals that are more than the choice of what to read."""

import ast
from collections.abc import Iterator

# What puts its arguments before readers, turns them into text or into another number, or makes data of them.
SPEAKING = {
    "markdown", "say", "heading", "headlines", "notice", "table", "figure", "print", "display", "Markdown", "HTML",
    "Text", "format", "join", "replace", "str", "repr", "round", "number", "quantity", "day", "record", "Evidence",
    "text", "annotate", "title", "set_title", "suptitle", "set_xlabel", "set_ylabel", "xlabel", "ylabel", "legend",
    "int", "float", "chr", "hex", "oct", "bin", "Decimal", "Fraction", "float64", "int64", "sum", "max", "min",
    "abs", "pow", "DataFrame", "Series", "array", "full", "assign", "fillna", "dict", "list", "tuple", "set", "map",
}  # fmt: skip
DRAWING = {"charts", "plt", "ax"}  # whatever these are asked to draw
CHOOSING = {"level"}  # keywords that any call may take a number by: the level of a heading


def literals(tree: ast.Module) -> Iterator[str]:
    """Number literals, and texts of one word, of a cell's code, as they are written.

    A number that is an argument of another function ("the first 8", "question 40"), an index, or one side of a
    comparison chooses what is read, and is no finding; neither is a text of digits alone in such a place.
    """
    chosen = {id(node) for call in ast.walk(tree) for node in _choices(call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
            continue
        if isinstance(node.value, bytes):
            yield node.value.decode("latin-1")
        if isinstance(node.value, int | float) and id(node) not in chosen:
            yield str(node.value)
        word = isinstance(node.value, str) and len(node.value.split()) == 1
        if word and not (str(node.value).isdigit() and id(node) in chosen):
            yield str(node.value)


def _choices(node: ast.AST) -> Iterator[ast.AST]:
    """The literals in places that choose."""
    if isinstance(node, ast.Call):
        speaks = _name(node.func) in SPEAKING or _owner(node.func) in DRAWING
        given = [] if speaks else [*node.args, *(word.value for word in node.keywords)]
        given += [word.value for word in node.keywords if word.arg in CHOOSING]
    elif isinstance(node, ast.Subscript):
        given = [node.slice, *(ast.iter_child_nodes(node.slice) if isinstance(node.slice, ast.Slice) else ())]
    elif isinstance(node, ast.Compare):
        given = [node.left, *node.comparators]
    else:
        return
    for value in given:
        yield from _signed(value)


def _signed(value: ast.expr) -> Iterator[ast.AST]:
    """A literal itself, below its sign, or each of a list of them."""
    if isinstance(value, ast.List | ast.Tuple):
        for element in value.elts:
            yield from _signed(element)
    else:
        yield value.operand if isinstance(value, ast.UnaryOp) else value


def _name(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _owner(function: ast.expr) -> str:
    """`charts` of `charts.bars`."""
    return function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else ""
