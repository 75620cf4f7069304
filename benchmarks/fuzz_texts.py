"""Texts that a fuzzer gives to archdiff: prints of networks, tables and notes, and what becomes of them in a few edits.

Everything follows from the random numbers that are given, so that a case is found again by its number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from archdiff.semantics import kinds

LARGEST: Final = 100_000  # bytes of one text
MOST_EDITS: Final = 5

ROOT: Final = Path(__file__).parents[1]
Mutator: TypeAlias = Callable[[Random, str], str]

_TABLES: Final = (
    """\
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
Net                                      [2, 5]                    --
├─Conv2d: 1-1                            [2, 32, 28, 28]           832
├─Sequential: 1-2                        [2, 32, 14, 14]           --
│    └─MaxPool2d: 2-1                    [2, 32, 14, 14]           --
│    └─ReLU: 2-2                         [2, 32, 14, 14]           --
├─Linear: 1-3                            [2, 5]                    (31,365)
==========================================================================================
Total params: 32,197
""",
    """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1           [-1, 32, 28, 28]             832
              ReLU-2           [-1, 32, 28, 28]               0
            Linear-3                    [-1, 5]          31,365
================================================================
Total params: 32,197
""",
    """\
  | Name         | Type       | Params | Mode
----------------------------------------------------
0 | loss         | MSELoss    | 0      | train
1 | net          | Sequential | 650    | train
2 | net.0        | Linear     | 650    | train
----------------------------------------------------
650       Trainable params
""",
    """\
Sequential (Input shape: 64 x 1 x 30 x 30)
============================================================
Layer (type)         Output Shape         Param #    Trainable
============================================================
                     64 x 8 x 28 x 28
Conv2d                                    224        False
ReLU
____________________________________________________________
                     64 x 10
Linear                                    62,730     True
____________________________________________________________

Total params: 62,954
""",
    """\
Layer (type)        Output Shape        Param
=============================================
body.0 (Conv2d)     [None, 8, 30, 30]   224
body.1 (ReLU)       [None, 8, 30, 30]   0
=============================================
""",
    """\
nn.Sequential {
  [input -> (1) -> (2) -> output]
  (1): nn.SpatialConvolution(3 -> 64, 3x3, 1,1, 1,1)
  (2): nn.ReLU
}
""",
)
_RECIPE: Final = """\
SGD (
Parameter Group 0
    lr: 0.01
    momentum: 0.9
    betas: (0.9, 0.999)
)
StepLR
    step_size 1
    gamma 0.9
"""
_VALUES: Final = (
    *("0", "1", "-1", "2", "3", "8", "16", "10", "64", "0.5", "0.1", "1e-05", "True", "False", "None"),
    *("(3, 3)", "(1,)", "(2, 0)", "()", "(8,)", "(1, (2, 3))", "[1, 2]", "{'a': 1}", "same", "'zeros'", "''", "..."),
)
_STRANGE: Final = (
    *("inf", "-inf", "nan", "1e400", "-1e400", "9" * 25, "9" * 40, "-" + "9" * 25, "1e-320", "0.0", "-0.0", "0x7f"),
    *("٣", "²", "1_000", "99999", "100000001", "", "=", "((", "'", "\u202e", "\u2028", "\x85", "é", "tensor([1.])"),
    *(
        "<function f at 0x7f>",
        "torch.float32",
        "a=b",
        "%s",
        "::error::x",
        "##[error]x",
        "|",
        "`",
        "a\tb",
        "torch.Size([1])",
        "(None,)",
    ),
)
_NAMES: Final = (
    "0",
    "1",
    "conv",
    "fc",
    "a.b",
    "",
    " ",
    "(x)",
    "é",
    "0-3",
    "0-2, 5",
    "norm1",
    "residual",
    "q_proj",
    "1-1",
    "::error::x",
    "##[error]x",
)
_HOLDERS: Final = (
    "Net",
    "Sequential",
    "ModuleList",
    "ModuleDict",
    "Block",
    "DataParallel",
    "ResNet",
    "Attention",
    "Net[a]",
)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
_SETTING = re.compile(r"\w+=(?:\([^()]*\)|[^,()\n]*)(?:, )?")
_BRACKETS: Final = "()[]{}"


def text(random: Random) -> str:
    """One text as people have it: a print, a note, a table, or parts of several."""
    return random.choice(_shelf()) if random.random() < 0.5 else printed(random)


def mutated(random: Random, original: str) -> str:
    """The text after up to MOST_EDITS edits; now and then as it is."""
    for _ in range(random.randrange(MOST_EDITS + 1)):
        original = random.choice(MUTATORS)(random, original)[:LARGEST]
    return original.encode("utf-8", "replace")[:LARGEST].decode("utf-8", "ignore")


@cache
def _shelf() -> tuple[str, ...]:
    """What the repository ships: the prints of papers, a note, and prints in every form that the tests know."""
    import sys

    tests = str(ROOT / "tests")
    if tests not in sys.path:
        sys.path.append(tests)
    from parse.prints import PRINTS

    files = [*sorted(ROOT.glob("reference_specs/how_so_dense/*.txt")), ROOT / "tests" / "data" / "note.md"]
    return (*(file.read_text() for file in files), *(row[1] + "\n" for row in PRINTS), *_TABLES, _RECIPE)


# Random prints


def printed(random: Random) -> str:
    """A network of layers that archdiff knows, with settings that are there, missing or strange."""
    if random.random() < 0.1:
        return _layer(random) + "\n"  # a class alone
    return "\n".join(_children(random, random.choice(_HOLDERS), "", 0)) + "\n"


def _children(random: Random, holder: str, name: str, depth: int) -> list[str]:
    indent = "  " * depth
    lines = [f"{indent}({name}): {holder}(" if depth else f"{holder}("]
    if random.random() < 0.1:
        lines.append(f"{indent}  {_settings(random, kinds.table()['Conv2d'])}")
    for number in range(random.randint(1, 6)):
        label = str(number) if random.random() < 0.7 else random.choice(_NAMES)
        if depth < 4 and random.random() < 0.25:
            lines += _children(random, random.choice(_HOLDERS), label, depth + 1)
        else:
            lines.append(f"{indent}  ({label}): {_layer(random)}")
    return [*lines, f"{indent})"]


def _layer(random: Random) -> str:
    class_name, kind = random.choice(_classes())
    return f"{class_name}({_settings(random, kind)})"


@cache
def _classes() -> tuple[tuple[str, kinds.Kind], ...]:
    rows = {name.replace("*", "Some"): kind for name, kind in kinds.table().items()}
    return tuple(sorted(rows.items(), key=lambda row: row[0]))


def _settings(random: Random, kind: kinds.Kind) -> str:
    """Most of what the kind has, by position or by name."""
    told: list[str] = []
    left_out = random.choice((0.0, 0.2, 0.6))
    for place, field in enumerate(kind.fields):
        if random.random() < left_out:
            continue
        value = random.choice(_STRANGE if random.random() < 0.08 else _VALUES)
        by_position = place == len(told) and field.name in kind.positional and random.random() < 0.5
        told.append(value if by_position else f"{field.name}={value}")
    return ", ".join(told)


# Edits


def _bytes(random: Random, original: str) -> str:
    data = bytearray(original.encode())
    for _ in range(random.randint(1, 8)):
        at = random.randint(0, len(data))
        match random.randrange(3):
            case 0:
                data[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                data[at:at] = bytes([random.choice(b"()[]{}:,.='\"\\ \n\t#`|>-x0")])
            case _:
                del data[at : at + random.randint(1, 12)]
    return data.decode("utf-8", "replace")


def _numbers(random: Random, original: str) -> str:
    return _replaced(random, original, _NUMBER, lambda: random.choice((*_VALUES, *_STRANGE)))


def _setting(random: Random, original: str) -> str:
    return _replaced(random, original, _SETTING, lambda: random.choice(("", f"p={random.choice(_STRANGE)}, ")))


def _replaced(random: Random, original: str, what: re.Pattern[str], new: Callable[[], str]) -> str:
    found = [match.span() for match in what.finditer(original)]
    for begin, end in sorted(random.sample(found, min(len(found), random.randint(1, 4))), reverse=True):
        original = original[:begin] + new() + original[end:]
    return original


def _lines(random: Random, original: str) -> str:
    lines = original.splitlines(keepends=True) or [""]
    for _ in range(random.randint(1, 4)):
        at, other = (random.randrange(len(lines)) for _ in range(2))
        match random.randrange(5):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(at, lines[other])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines.insert(
                    at, random.choice(("...\n", "\n", ")\n", "```\n", "# Title\n", "Epoch 1: loss 0.5\n", "+ a\n"))
                )
            case _:
                lines[at] = lines[at].rstrip("\n")
    return "".join(lines)


def _cut(random: Random, original: str) -> str:
    begin, end = sorted(random.randint(0, len(original)) for _ in range(2))
    return original[begin:end] if random.random() < 0.5 else original[:begin] + original[end:]


def _brackets(random: Random, original: str) -> str:
    at = random.randint(0, len(original))
    run = random.choice(_BRACKETS) * random.choice((1, 1, 2, 50, 20_000))
    return original[:at] + run + original[at + random.randint(0, 3) :]


def _nested(random: Random, original: str) -> str:
    """The whole print, or lines of it, inside of another layer; or all of it as far left as its root."""
    lines = original.splitlines()
    if random.random() < 0.3:
        return "\n".join(line.lstrip() for line in lines)
    depth = random.choice((1, 2, 30, 120))
    opened = [f"{'  ' * step}({step}): {random.choice(_HOLDERS)}(" for step in range(depth)]
    closed = [f"{'  ' * step})" for step in reversed(range(depth))]
    return "\n".join(["Net(", *opened, *("  " * depth + line for line in lines), *closed, ")"])


def _repeats(random: Random, original: str) -> str:
    """A line that stands for many layers."""
    count = random.choice((0, 1, 2, 3, 40, 1000, 4_000, 12_500, 49_999, 50_000, 100_000, 10**12))
    lines = original.splitlines() or [""]
    at = random.randrange(len(lines))
    begin = random.choice((0, 0, 1))
    folded = f"({begin}-{begin + count - 1}): {count} x "
    lines[at] = re.sub(r"\([^()]*\): (?:\d+ x )?", folded, lines[at], count=1)
    return "\n".join(lines) + "\n"


def _amplified(random: Random, original: str) -> str:
    """One line, or one piece of it, many times."""
    lines = original.splitlines() or [""]
    at = random.randrange(len(lines))
    if random.random() < 0.5:
        lines[at : at + 1] = [lines[at]] * random.choice((10, 300))
    else:
        begin = random.randint(0, len(lines[at]))
        piece = lines[at][begin : begin + random.randint(1, 20)]
        lines[at] = lines[at][:begin] + piece * random.choice((10, 3_000)) + lines[at][begin:]
    return "\n".join(lines) + "\n"


def _wrapped(random: Random, original: str) -> str:
    lines = original.splitlines()
    match random.randrange(8):
        case 0:
            before = random.choice(("> ", "# ", "// ", "    ", "| ", "* ", "+ ", ">>> ", "\t"))
            lines = [before + line for line in lines]
        case 1:
            lines = [f"[{number}] 12:00:0{number % 10} INFO {line}" for number, line in enumerate(lines)]
        case 2:
            lines = ["<pre>", *(line.replace("(", "&#40;") for line in lines), "</pre>"]
        case 3:
            width = random.choice((20, 40, 79))
            lines = [line[at : at + width] for line in lines for at in range(0, len(line) or 1, width)]
        case 4:
            return " ".join(lines)
        case 5:
            return "\\n".join(lines)
        case 6:
            return "\r".join(lines) if random.random() < 0.5 else "\r\n".join(lines)
        case _:
            lines = [repr(line) + random.choice((",", "")) for line in lines]
    return "\n".join(lines) + "\n"


def _fenced(random: Random, original: str) -> str:
    fence = random.choice(("```", "~~~", "`", "````"))
    if random.random() < 0.5:
        return f"# {random.choice(_NAMES)}\n\nMine:\n{fence}\n{original}{fence}\n"
    at = random.randint(0, len(original))
    return original[:at] + fence + random.choice(("", "\n")) + original[at:]


def _escapes(random: Random, original: str) -> str:
    at = random.randint(0, len(original))
    run = random.choice(
        ("\x1b[1m", "\x1b[", "\x1b]0;x\x07", "\x9b31m", "\r", "\x08", "\x00", "\x7f", "\u200b", "\ufeff")
    )
    return original[:at] + run + original[at:]


def _notebook(random: Random, original: str) -> str:
    lines = original.splitlines(keepends=True)
    output = {"text": lines} if random.random() < 0.5 else {"data": {"text/plain": random.choice((lines, original))}}
    cell = {"cell_type": "code", "source": ["print(net)\n"], "outputs": [output]}
    told = {"cell_type": "markdown", "source": [f"# {random.choice(_NAMES)}\n", *lines[:5]]}
    return json.dumps({"cells": [told, cell], "nbformat": 4}, indent=random.choice((None, 1)))


def _joined(random: Random, original: str) -> str:
    parts = [original, text(random)]
    random.shuffle(parts)
    return random.choice(("\n", "\n\n", "", "\n---\n", "\nOther:\n")).join(parts)


MUTATORS: Final[tuple[Mutator, ...]] = (
    *(_bytes, _bytes, _numbers, _numbers, _setting, _setting, _lines, _lines, _cut, _brackets, _nested, _repeats),
    *(_amplified, _wrapped, _wrapped, _fenced, _escapes, _notebook, _joined),
)
