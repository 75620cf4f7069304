"""Families of input for `growth`, by number: a small block a hundred times, beside the same block changed a little.

What makes a comparison slow is seldom one layer: it is what many of one sort do to each other. So each family is a
random block of common layers, one to two random edits of it, a class that holds them all, and an arrangement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from random import Random
from typing import Final

Texts = tuple[str, str]

LAYERS: Final = (
    "Linear(in_features=8, out_features=8, bias=True)",
    "Linear(in_features=8, out_features=16, bias=False)",
    "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1))",
    "Conv2d(8, 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=2)",
    "ConvTranspose2d(8, 8, kernel_size=(2, 2), stride=(1, 1))",
    "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
    "LayerNorm((8,), eps=1e-05, elementwise_affine=True)",
    "GroupNorm(2, 8, eps=1e-05, affine=True)",
    *("ReLU()", "ReLU(inplace=True)", "GELU(approximate='none')", "Sigmoid()", "PReLU(num_parameters=1)"),
    *("Dropout(p=0.1, inplace=False)", "Dropout(p=0.1, inplace=True)", "Identity()", "ZeroPad2d((1, 1, 1, 1))"),
    "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
    *("AdaptiveAvgPool2d(output_size=1)", "Flatten(start_dim=1, end_dim=-1)", "Softmax(dim=1)"),
    *("Upsample(scale_factor=2.0, mode='nearest')", "Embedding(9, 8)", "LSTM(8, 8)", "GRU(8, 8, num_layers=2)"),
    *("CrossEntropyLoss()", "Accuracy()", "Odd()", "Odd(a=1)"),
    "KWinners(n=8, percent_on=0.1, boost_strength=1.0, duty_cycle_period=1000)",
    "SparseWeights(\n  weight_sparsity=0.4\n  (module): Linear(in_features=8, out_features=8, bias=True)\n)",
)
HOLDERS: Final = ("Sequential", "Block", "ModuleList", "Net", "ResidualBlock", "Attention", "ConvBlock")
NAMES: Final = ("conv1", "bn", "act", "fc", "q", "k", "v", "proj", "qkv", "drop", "pool", "head", "shortcut", "a", "b")

_LEAF: Final = re.compile(r"\): \w+\(.*\)$")
_ARRANGED: Final[tuple[Callable[[list[str], list[str]], list[str]], ...]] = (
    lambda _first, second: second,
    lambda _first, second: second[: len(second) // 2],
    lambda first, second: [other if at % 3 else one for at, (one, other) in enumerate(zip(first, second, strict=True))],
    lambda _first, second: second[::-1],
)


def printed(layers: Iterable[str], class_name: str = "Sequential", names: Iterable[str] | None = None) -> str:
    """A container around layers of one or more lines, which are named by their numbers where no names are given."""
    layers = list(layers)
    named = zip(names or map(str, range(len(layers))), layers, strict=True)
    lines = [f"  ({name}): " + layer.replace("\n", "\n  ") for name, layer in named]
    return "\n".join([f"{class_name}(", *lines, ")"])


def family(number: int) -> Callable[[int], Texts]:
    """What makes both texts of so many blocks; all of it follows from the number of the family."""
    random = Random(number)
    motif = _block(random, 0)
    changed = _edited(random, motif)
    holder, arranged, are_numbered = random.choice(HOLDERS), random.choice(_ARRANGED), random.random() < 0.5

    def made(n: int) -> Texts:
        first, second = ([_numbered(each, at * are_numbered) for at in range(n)] for each in (motif, changed))
        return printed(first, holder), printed(arranged(first, second), holder)

    return made


def _block(random: Random, depth: int) -> str:
    holder, count = random.choice(HOLDERS), random.randint(1, 4)
    inner = (depth < 2 and random.random() < 0.25 for _ in range(count))
    children = [_block(random, depth + 1) if is_block else random.choice(LAYERS) for is_block in inner]
    return printed(children, holder, None if holder in ("Sequential", "ModuleList") else random.sample(NAMES, count))


def _numbered(block: str, number: int) -> str:
    """The block with another width."""
    return re.sub(r"\b8\b", str(8 + number), block) if number else block


def _edited(random: Random, block: str) -> str:
    lines = block.split("\n")
    leaves = [at for at, line in enumerate(lines) if _LEAF.search(line)]
    for at in random.sample(leaves, min(len(leaves), random.randint(1, 2))):
        line = lines[at]
        match random.randrange(6):
            case 0:
                lines[at] = re.sub(r"=(\d+)", lambda found: f"={int(found[1]) + 1}", line, count=1)
            case 1:
                lines[at] = line.replace("True", "False") if "True" in line else line.replace("False", "True")
            case 2:
                lines[at] = re.sub(r"\): .*", f"): {random.choice(LAYERS[:-1])}", line)
            case 3:
                lines[at] = ""
            case 4:
                lines[at] = re.sub(r"\((\w+)\):", r"(\1x):", line, count=1)
            case _:
                lines[0] = re.sub(r"^\w+", random.choice(HOLDERS), lines[0])
    return "\n".join(line for line in lines if line)
