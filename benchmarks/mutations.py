"""Small wrong changes of Python code: which there are in a text, and the text with one of them.

A change replaces one expression: a comparison by its neighbour, `and` by `or`, a condition by what is left without one
of its parts, a number by the next one, an effect by a weaker one, what is returned by its opposite. Strings and
annotations stay as they are: wording is not what a test of behaviour holds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias


class Mutant(NamedTuple):
    """One change of a text.

    Attributes:
        line: of the expression that is replaced, counted from 1.
        function: first line of the innermost function around it, its decorators included; 0 outside of functions.
        start: first byte that is replaced.
        end: byte behind the last one that is replaced.
        text: what stands there instead.
    """

    line: int
    function: int
    start: int
    end: int
    text: str

    def applied(self, source: bytes) -> bytes:
        """The text with this change.

        Args:
            source: the text that the mutant was found in.
        """
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutants(source: bytes) -> list[Mutant]:
    """All mutants of a module, in the order of its lines.

    Args:
        source: text of a module in UTF-8.
    """
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: list[Mutant] = []
    for node, function, instead in _replaced(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        texts = dict.fromkeys(f"({ast.unparse(other)})" for other in instead)
        found += [Mutant(node.lineno, function, start, end, text) for text in texts]
    return sorted(found)


def marked(source: bytes, file: str) -> str:
    """The text with a note at the start of each function, `_reached.add("FILE:LINE")`, of its first line.

    Args:
        source: text of a module in UTF-8.
        file: as it shall stand in the notes.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            node.body = ast.BoolOp(ast.Or(), [_note(file, node), node.body])  # what add returns is None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body.insert(1 if ast.get_docstring(node) else 0, ast.Expr(_note(file, node)))
    return ast.unparse(tree)


def _note(file: str, function: _Function) -> ast.expr:
    return ast.parse(f'_reached.add("{file}:{_first_line(function)}")', mode="eval").body


def _first_line(function: _Function) -> int:
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    return min([function.lineno, *(each.lineno for each in decorators)])


_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _replaced(tree: ast.Module) -> Iterator[tuple[ast.expr, int, list[ast.expr]]]:
    """Each expression that may be replaced, the first line of the function around it, and what may stand there."""
    waiting: list[tuple[ast.AST, int, ast.expr | None]] = [(tree, 0, None)]
    while waiting:
        node, line, returns = waiting.pop()
        for value, instead in _of_a_statement(node, returns):
            yield value, line, instead
        if isinstance(node, ast.expr):
            yield node, line, list(_of_an_expression(node))
        skipped = _not_code(node)
        for child in ast.iter_child_nodes(node):
            if child in skipped:
                continue
            if isinstance(node, _Function) and _is_body(node, child):
                waiting.append((child, _first_line(node), getattr(node, "returns", None)))
            else:
                waiting.append((child, line, returns))


def _is_body(function: _Function, child: ast.AST) -> bool:
    return child is function.body if isinstance(function, ast.Lambda) else child in function.body


def _not_code(node: ast.AST) -> list[ast.AST]:
    """Children that stay as they are.

    These are annotations, patterns, and the inside of f-strings, whose places ast does not know before Python 3.12.
    """
    if isinstance(node, ast.JoinedStr):
        return list(node.values)
    if isinstance(node, ast.match_case):
        return [node.pattern]
    if isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias":
        return [node.annotation, *([node.value] if node.value else [])]
    return [child for name in ("annotation", "returns") if (child := getattr(node, name, None)) is not None]


def _of_a_statement(node: ast.AST, returns: ast.expr | None) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    """Conditions that always or never hold, and the opposite of what is returned."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            yield test, [ast.Constant(True), ast.Constant(False)]
        case ast.While(test=test):  # one that never ends says nothing
            yield test, [ast.Constant(False)]
        case ast.comprehension(ifs=tests):
            for test in tests:
                yield test, [ast.Constant(True)]
        case ast.Return(value=ast.expr() as value) if returns is not None:
            declared = ast.unparse(returns)
            if declared == "bool":
                yield value, [ast.UnaryOp(ast.Not(), value)]
            elif "None" in declared and not _is_none(value):
                yield value, [ast.Constant(None)]


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _of_an_expression(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, ops, comparators):
            for at, op in enumerate(ops):
                for other in _COMPARED.get(type(op), ()):
                    yield ast.Compare(left, [*ops[:at], other(), *ops[at + 1 :]], comparators)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for at in range(len(values)):
                rest = [*values[:at], *values[at + 1 :]]
                yield ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, ast.BitOr() | ast.BitAnd(), right):  # sets, and the classes of an isinstance
            yield left
            yield right
        case ast.BinOp(left, op, right) if type(op) in _COMPUTED:
            yield ast.BinOp(left, _COMPUTED[type(op)](), right)
        case ast.Call(ast.Name(name), args, keywords) if name in _CALLED:
            yield ast.Call(ast.Name(_CALLED[name]), args, keywords)
        case ast.Attribute(ast.Name("Effect"), name) if name in _WEAKER:
            yield ast.Attribute(ast.Name("Effect"), _WEAKER[name])
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)


_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE,),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE,),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
_CALLED: Final = {"any": "all", "all": "any", "min": "max", "max": "min"}
#: the verdict that a user would be wrong to believe
_WEAKER: Final = {
    "FUNCTION": "UNKNOWN",
    "UNKNOWN": "EQUIVALENT",
    "INFERENCE": "TRAINING",
    "TRAINING": "INIT",
    "INIT": "STATE",
    "STATE": "EQUIVALENT",
    "EQUIVALENT": "COSMETIC",
    "COSMETIC": "EQUIVALENT",
}
