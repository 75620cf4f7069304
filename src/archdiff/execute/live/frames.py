"""Which code runs: where an operation is called, and whether a function runs that brings its own gradient."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from types import FrameType, FunctionType
from typing import Any, Final

import torch

import archdiff

_TORCH: Final = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_OURS: Final = os.path.dirname(os.path.abspath(archdiff.__file__)) + os.sep


def place() -> str:
    """File and line of the code that called an operation: the innermost that is neither torch's nor ours."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_TORCH, _OURS, "<")):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def function_frames() -> Callable[[], FrameType | None]:
    """What tells which forward of a `torch.autograd.Function` runs; None where none does."""
    codes = {each.forward.__code__ for each in _functions() if isinstance(each.forward, FunctionType)}

    def running() -> FrameType | None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code not in codes:
            frame = frame.f_back
        return frame

    return running


def _functions() -> Iterator[type[Any]]:
    waiting: list[type[Any]] = [torch.autograd.Function]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        yield kind
