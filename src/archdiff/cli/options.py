"""Options of commands, for typer to read; those of `compare --run` together. Must not act on any."""

from __future__ import annotations

from typing import Annotated, Any

import typer


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
