"""Small prints, and what infer makes of them."""

from __future__ import annotations

from archdiff import infer, parse
from archdiff.semantics import rules

CONV = "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"


def sequential(*parts: str) -> str:
    return "Sequential(\n" + "".join(f"  ({index}): {part}\n" for index, part in enumerate(parts)) + ")\n"


def net(**parts: str) -> str:
    return "Net(\n" + "".join(f"  ({name}): {part}\n" for name, part in parts.items()) + ")\n"


def sized(*texts: str, given: tuple[int, ...] | None = None) -> tuple[infer.Sized, ...]:
    return infer.infer([rules.normalize(parse.parse(text)[0]) for text in texts], given)


def linear(features: int, out: int = 5) -> str:
    return f"Linear(in_features={features}, out_features={out}, bias=True)"
