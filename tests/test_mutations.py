"""The mutants of `benchmarks/mutants.py`: what is changed in a text, and what stays as it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import mutations  # noqa: E402

#: id, a text, what may stand in the place of one of its expressions
CASES = [
    ("a string", 'x = "a"\n', []),
    ("an annotation", "x: int | None\n", []),
    ("an alias of types", "X: TypeAlias = A | B\n", []),
    ("a pattern", "match x:\n    case 1 | 2:\n        pass\n", []),
    ("inside of an f-string", 'x = f"{a + 1}"\n', []),
    ("a comparison", "x = a < b\n", ["(a <= b)"]),
    ("two comparisons", "x = a < b == c\n", ["(a < b != c)", "(a <= b == c)"]),
    ("and", "x = a and b\n", ["(a or b)", "(b)", "(a)"]),
    ("three parts", "x = a or b or c\n", ["(a and b and c)", "(b or c)", "(a or c)", "(a or b)"]),
    ("not", "x = not a\n", ["(a)"]),
    ("a number", "x = 3\n", ["(4)"]),
    ("a flag", "x = True\n", ["(False)"]),
    ("a sum", "x = a + b\n", ["(a - b)"]),
    ("classes", "x = isinstance(a, B | C)\n", ["(B)", "(C)"]),
    ("any", "x = any(a)\n", ["(all(a))"]),
    ("an effect", "x = Effect.FUNCTION\n", ["(Effect.UNKNOWN)"]),
    ("a condition", "if a:\n    pass\n", ["(True)", "(False)"]),
    ("a loop", "while a:\n    pass\n", ["(False)"]),
    ("a filter", "x = [a for a in b if c]\n", ["(True)"]),
    ("what is returned of two", "def f() -> bool:\n    return a\n", ["(not a)"]),
    ("what may be nothing", "def f() -> int | None:\n    return a\n", ["(None)"]),
    ("what is something", "def f() -> int:\n    return a\n", []),
]


@pytest.mark.parametrize(("source", "texts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_may_stand_instead(source: str, texts: list[str]) -> None:
    assert sorted(mutant.text for mutant in mutations.mutants(source.encode())) == sorted(texts)


SOURCE = '''\
LIMIT = 1  # ü


@cache
def f(a):
    """What f does."""
    return sorted(a, key=lambda x: x < 2)
'''


def test_where_they_are() -> None:
    found = mutations.mutants(SOURCE.encode())
    assert [(mutant.line, mutant.function, mutant.text) for mutant in found] == [
        (1, 0, "(2)"),
        (7, 7, "(x <= 2)"),
        (7, 7, "(3)"),
    ]
    assert found[1].applied(SOURCE.encode()).decode() == SOURCE.replace("x < 2", "(x <= 2)")


def test_functions_that_note_that_they_are_called() -> None:
    reached: set[str] = set()
    names: dict[str, object] = {"_reached": reached, "cache": lambda function: function}
    exec(mutations.marked(SOURCE.encode(), "m.py"), names)
    f = names["f"]
    assert callable(f)
    assert (f([]), reached) == ([], {"m.py:4"})
    assert (f([3, 1]), reached) == ([3, 1], {"m.py:4", "m.py:7"})
    assert f.__doc__ == "What f does."
