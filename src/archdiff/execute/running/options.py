"""The options of `--run`: plain values, so that they can be read before torch is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class RunOptions(NamedTuple):
    """How both networks are run."""

    undo: tuple[str, ...] = ()  # findings that the candidate is run without: "AD601@cnn1_kwinner"
    seed: int = 0  # of weights, input and dropout
    batch: int = 16  # samples
    device: str = "cpu"
    dtype: str = "float64"
    candidate_weights: str = ""  # files
    reference_weights: str = ""
    supplied: tuple[str, ...] = ()  # what no print holds: "layers.0.num_heads=8"
    live: tuple[str, str] = ("", "")  # addresses of live modules, "" for texts
    input_shape: tuple[int, ...] | None = None  # as it was given, without the batch; else the texts tell it
    inputs: str = ""  # what two live modules are called with: "input_ids:int64[2,16]"; as they were traced by default
    tell: Callable[[str], None] = lambda _: None  # what is being done
