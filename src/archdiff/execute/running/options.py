"""The options of `--run`: plain values, so that they can be read before torch is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archdiff.model.errors import UsageError


def _no_progress(doing: str) -> None:
    """Shows nothing."""


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
    tell: Callable[[str], None] = _no_progress  # what is being done


def run_options(run: bool, numbers: tuple[str, str], **wanted: str | tuple[str, ...]) -> RunOptions | None:
    """The options of a run from the words of the command line.

    Args:
        run: whether --run was given.
        numbers: the words behind --seed and --batch.
        wanted: other fields of RunOptions.

    Returns:
        The options; None where nothing is to be run.

    Raises:
        UsageError: a number is none, or an option needs --run.
    """
    if not run:
        for name in ("undo", "supplied", "candidate_weights", "reference_weights"):
            if wanted.get(name):
                option = "--set" if name == "supplied" else "--" + name.replace("_", "-")
                raise UsageError(f"{option}: nothing is run", way_out=f"--run {option} ...")
        return None
    seed, batch = (_number(*pair) for pair in zip(("--seed", "--batch"), numbers, strict=True))
    if not batch:
        raise UsageError("--batch 0: no samples", way_out="--batch 16")
    return RunOptions(seed=seed, batch=batch, **wanted)  # type: ignore[arg-type]


def _number(option: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise UsageError(f"{option} {text}: not a number", way_out="a whole number, 0 or more")
    return int(text)
