"""`archdiff bench`: options to settings, progress to stderr, the answer to an exit code."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from archdiff import commands
from archdiff.cli import outputs, progress
from archdiff.cli.arguments import made
from archdiff.cli.exit_codes import INTERRUPTED, NO_ANSWER, NOTHING
from archdiff.cli.options import (
    DEVICES,
    NONE,
    TYPES,
    All,
    Candidate,
    Color,
    InputShape,
    Reference,
    format_of,
    one_of,
    option,
    report_of,
    shape_of,
    whole,
)
from archdiff.cli.streams import request_of, say, write
from archdiff.cli.views import PLAIN_WIDTH, view_of
from archdiff.execute.bench.record import Benched, BenchSettings
from archdiff.execute.bench.stats import StoppingRule
from archdiff.model import files
from archdiff.model.errors import UsageError
from archdiff.report import Report, View

_CLOCKS = ["auto", "cpu", "wall", "device"]
_MODES = ["inference", "train"]
_MOST_BATCHES = 32

_Device = Annotated[str, option("--device", "DEVICE", "cpu, cuda, cuda:1 or mps.", DEVICES)]
_Batch = Annotated[str, option("--batch", "SIZES", "Batch sizes: 1,16,64.")]
_Mode = Annotated[
    str, option("--mode", "MODE", f"{' or '.join(_MODES)}: one forward, or one step of training.", _MODES)
]
_Type = Annotated[str, option("--dtype", "TYPE", "float32, float64, float16 or bfloat16.", TYPES)]
_Threads = Annotated[str, option("--threads", "N", "Threads of an operation on the CPU.")]
_Compile = Annotated[bool, option("--compile", None, "Use torch.compile; compiling is timed separately.")]
_Last = Annotated[bool, option("--channels-last", None, "Use the channels_last memory format.")]
_Graphs = Annotated[bool, option("--cuda-graphs", None, "Replay a captured CUDA graph.")]
_Layers = Annotated[bool, option("--layers", None, "Also time each layer, paired as in the comparison.")]
_Budget = Annotated[str, option("--budget", "SECONDS", "Time limit for each batch size.")]
_Precision = Annotated[str, option("--precision", "PERCENT", "Stop once the interval has this half-width.")]
_Zone = Annotated[
    str, option("--zone", "PERCENT", "Claim a difference only where the interval lies outside of this zone.")
]
_Clock = Annotated[str, option("--clock", "CLOCK", f"Clock that decides the verdict: {', '.join(_CLOCKS)}.", _CLOCKS)]
_Seed = Annotated[str, option("--seed", "N", "Seed of weights, inputs and orders.")]
_Against = Annotated[str, option("--against", "FILE", "An earlier record (--format json) to compare with.")]
_Format = Annotated[str, format_of("bench")]
_File = Annotated[str, option("--output-file", "FILE", "Write the report to FILE.")]
_Set = Annotated[
    list[str], option("--set", "PATH.SETTING=VALUE", "A setting that no print holds: layers.0.num_heads=8.")
]


def bench(
    candidate: Candidate,
    reference: Reference,
    device: _Device = "cpu",
    batch: _Batch = "1",
    mode: _Mode = "inference",
    dtype: _Type = "float32",
    threads: _Threads = "1",
    compiled: _Compile = False,
    channels_last: _Last = False,
    cuda_graphs: _Graphs = False,
    layers: _Layers = False,
    budget: _Budget = "60",
    precision: _Precision = "2",
    zone: _Zone = "1",
    clock: _Clock = "auto",
    seed: _Seed = "0",
    against: _Against = "",
    input_shape: InputShape = "",
    unprinted: _Set = NONE,
    format_name: _Format = "terminal",
    file: _File = "",
    everything: All = False,
    color: Color = "auto",
) -> None:
    """Time two networks: which is faster, by how much, and how sure that is.

    \b
    archdiff bench mine.txt original.txt
    archdiff bench mine.txt original.txt --device cuda --batch 1,16,64
    archdiff bench mine.txt original.txt --mode train --layers --format json > old.json
    """
    report = report_of("bench", format_name)
    view = view_of(color, everything)
    settings = BenchSettings(
        mode=one_of("--mode", mode, _MODES),
        batches=_sizes(batch),
        device=device,
        dtype=dtype,
        threads=whole("--threads", threads, 1, 1024),
        compile=compiled,
        channels_last=channels_last,
        cuda_graphs=cuda_graphs,
        layers=layers,
        budget=_number("--budget", budget, 86_400),
        clock=one_of("--clock", clock, _CLOCKS),
        seed=whole("--seed", seed, 0, 1 << 31),
        rule=StoppingRule(_number("--zone", zone, 100) / 100, _number("--precision", precision, 1000) / 100),
    )
    if file:
        outputs.check(file)
    written = filter(None, [file])
    request = request_of(candidate, reference, shape_of(input_shape), read=[against], written=written, torch=True)
    with progress.rounds() as report_progress:
        benched = commands.bench(request, settings, report_progress, against, tuple(unprinted))
    _deliver(benched, report, file, view)
    for error in benched.errors:
        say(f"error: {error}")
    raise typer.Exit(INTERRUPTED if benched.interrupted else NO_ANSWER if benched.errors else NOTHING)


def _deliver(benched: Benched, report: Report, file: str, view: View) -> None:
    assert report.bench, "it lays out this answer"
    text = report.bench(benched, View(width=PLAIN_WIDTH, all=view.all) if file else view)
    if not file:
        write(text, report.document)
        return
    try:
        files.write(file, text)
    except UsageError:
        write(text, report.document)  # what was measured is not lost
        raise


# Values of options


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(dict.fromkeys(whole("--batch", part, 1, 1 << 24) for part in text.split(",")))
    if len(sizes) > _MOST_BATCHES:
        raise UsageError(f"--batch: {len(sizes)} sizes", way_out=f"{_MOST_BATCHES} at most")
    return sizes


def _number(option: str, text: str, most: float) -> float:
    with suppress(ValueError):
        if 0 < (value := float(text.rstrip(" %s"))) <= most:
            return value
    raise UsageError(f"{option} {text}: not a valid number", way_out=f"a number above 0, at most {most:g}")


COMMAND = made(
    bench,
    short_help="Time two networks: which is faster, and how sure that is.",
    epilog="Exit code: 0 measured, whatever the result, 2 something could not be measured, 130 interrupted.",
)
