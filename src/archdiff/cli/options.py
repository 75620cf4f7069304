"""Options of commands, for typer to read, those of `compare --run` together; and their values. Must not act on any."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any

import typer

from archdiff.model.errors import UsageError


def option(name: str, metavar: str | None, text: str) -> Any:
    """An option that the environment variable ARCHDIFF_<NAME> sets too."""
    variable = "ARCHDIFF_" + name.lstrip("-").replace("-", "_").upper()
    return typer.Option(name, metavar=metavar, help=text, envvar=variable, show_envvar=False)


Run = Annotated[bool, option("--run", None, "Build both, run them with the same weights, say where they part.")]
Bench = Annotated[bool, option("--bench", None, "Time both on --device too, as archdiff bench does.")]
Undo = Annotated[
    list[str],
    option(
        "--undo", "RULE@PATH", "Run the candidate without this finding; RULE or an effect for all such. Repeatable."
    ),
]
Seed = Annotated[str, option("--seed", "N", "--run: of weights, input and dropout.")]
Batch = Annotated[str, option("--batch", "N", "--run: samples.")]
Device = Annotated[str, option("--device", "DEVICE", "--run: cpu, cuda, cuda:1, mps; meta for shapes alone.")]
Dtype = Annotated[str, option("--dtype", "TYPE", "--run: float64, float32, float16 or bfloat16.")]
Set = Annotated[list[str], option("--set", "PATH.SETTING=VALUE", "--run: what no print holds: layers.0.num_heads=8.")]
CandidateWeights = Annotated[str, option("--candidate-weights", "FILE", "--run: a checkpoint, safetensors or torch's.")]
ReferenceWeights = Annotated[str, option("--reference-weights", "FILE", "--run: the same of the reference.")]


# Values


def one_of(option: str, value: str, allowed: Collection[str]) -> str:
    if value not in allowed:
        raise UsageError(f"{option} {value}: no such value", way_out=f"one of {', '.join(allowed)}")
    return value


def shape_of(sizes: str) -> tuple[int, ...] | None:
    """`1,32,32` or `1x32x32`."""
    if not sizes:
        return None
    parts = sizes.replace("x", ",").split(",")
    if not all(part.strip().isdecimal() and 0 < int(part) < 1 << 31 for part in parts):
        raise UsageError(f"--input-shape {sizes}: not sizes", way_out="positive numbers without the batch: 1,32,32")
    return tuple(int(part) for part in parts)


def words(listed: Iterable[str]) -> tuple[str, ...]:
    """`--select a,b --select c`."""
    return tuple(word.strip() for text in listed for word in text.split(",") if word.strip())


def count(option: str, number: str) -> int:
    if not number.isdecimal() or len(number) > 9:
        raise UsageError(f"{option} {number}: not a number", way_out="a whole number, 0 or more")
    return int(number)
