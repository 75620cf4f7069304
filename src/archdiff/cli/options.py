"""The options that commands share, for typer to read, and their values. Must not act on any."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archdiff import report as reports
from archdiff.model.effects import ON_UNKNOWN, THRESHOLDS, Effect
from archdiff.model.errors import UsageError
from archdiff.model.facts import is_shape

if TYPE_CHECKING:
    from archdiff.execute.running.options import RunOptions

COLORS = ["auto", "always", "never"]
DEVICES = ["cpu", "cuda", "mps"]
TYPES = ["float64", "float32", "float16", "bfloat16"]


Words = Iterable[str] | Callable[[], Iterable[str]]


def option(name: str, metavar: str | None, text: str, values: Words | None = None) -> Any:
    """An option that the environment variable ARCHDIFF_<NAME> sets too; a shell completes it with `values`."""
    return typer.Option(name, metavar=metavar, help=text, autocompletion=None if values is None else completing(values))


def format_of(command: str) -> Any:
    """`--format` of a command whose answer some of the formats lay out; `Command` names them in its help."""
    return option("--format", "FORMAT", "Report format: {formats}.", partial(reports.names, command))


def completing(values: Words) -> Callable[[str], list[str]]:
    """What a shell may put in the place of an unfinished value, or of the last of several (`--format json,ma`)."""

    def complete(incomplete: str) -> list[str]:
        done, comma, last = incomplete.rpartition(",")
        words = values() if callable(values) else values
        return [f"{done}{comma}{word}" for word in words if word.startswith(last)]

    return complete


def rules() -> Iterable[str]:
    """The ids and the names of all rules."""
    from archdiff.model import catalogue

    return catalogue.words()


# Arguments and options of several commands

Candidate = Annotated[str, typer.Argument(metavar="CANDIDATE", help="Your network.", show_default=False)]
Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="The original network.", show_default=False)]

TERMINAL = ["terminal"]  # the default of --format
NONE = list[str]()  # the default of options that may be repeated

All = Annotated[bool, option("--all", None, "Also show what is equal or only spelled differently.")]
Facts = Annotated[
    bool, option("--facts", None, "Also the fact sheet: depth, widths, norms, activations, k-winners, cost.")
]
Formats = Annotated[list[str], option("--format", "FORMAT", "Report format: {formats}. Several: a,b.", reports.names)]
Files = Annotated[
    list[str],
    option(
        "--output-file",
        "[FORMAT=]FILE",
        "Write the report to FILE; with FORMAT=, write that format in addition to the others.",
    ),
]
FailOn = Annotated[
    str, option("--fail-on", "EFFECT", f"Weakest effect that gives exit code 1: {', '.join(THRESHOLDS)}.", THRESHOLDS)
]
_ON_UNKNOWN = f"Whether differences of unknown effect give exit code 1: {' or '.join(ON_UNKNOWN)}."
Unknown = Annotated[str, option("--unknown", "WHAT", _ON_UNKNOWN, ON_UNKNOWN)]
Strict = Annotated[
    list[str],
    option(
        "--strict",
        "[=FACT,...]",
        "Facts that are not printed give exit code 1: all, or these: --strict=num_heads,AD701.",
    ),
]
InputShape = Annotated[
    str, option("--input-shape", "SIZES", "Input shape without the batch: 1,32,32. Default: solved.")
]
Inputs = Annotated[
    str,
    option(
        "--inputs",
        "TENSORS",
        'What live modules are called with: "input_ids:int64[2,16]", several with a space between. Default: found out.',
    ),
]
ON_TRACE = ("auto", "off")
Trace = Annotated[
    str, option("--trace", "WHEN", "Whether the forwards of live modules are traced: auto or off.", ON_TRACE)
]
Build = Annotated[
    bool, option("--build", None, "Build the networks of which a config.json is given, with transformers, offline.")
]
CandidateConfig = Annotated[
    str, option("--candidate-config", "FILE", "The config.json of the candidate: says what its print does not.")
]
ReferenceConfig = Annotated[str, option("--reference-config", "FILE", "The config.json of the reference.")]
Most = Annotated[str, option("--max-findings", "N", "Show at most N findings of each effect, and N rows.")]
Context = Annotated[str, option("--context", "N", "Show N equal rows around each row that differs.")]
Select = Annotated[
    list[str], option("--select", "RULES", "Report only these rules: AD101,AD4,layer-order. Default: all.", rules)
]
Ignore = Annotated[list[str], option("--ignore", "RULES", "Ignore these rules.", rules)]
Color = Annotated[str, option("--color", "WHEN", f"When to use colour: {', '.join(COLORS)}.", COLORS)]


# Options of `compare --run`

Run = Annotated[bool, option("--run", None, "Build both, run them with the same weights, report where they differ.")]
Bench = Annotated[bool, option("--bench", None, "Also time both on --device, as archdiff bench does.")]
Undo = Annotated[
    list[str],
    option(
        "--undo", "RULE@PATH", "--run: revert this finding in the candidate; RULE or an effect: all such. Repeatable."
    ),
]
Seed = Annotated[str, option("--seed", "N", "--run: seed of weights, input and dropout.")]
Batch = Annotated[str, option("--batch", "N", "--run: number of samples.")]
Device = Annotated[
    str, option("--device", "DEVICE", "--run: cpu, cuda, cuda:1, mps; meta computes shapes only.", [*DEVICES, "meta"])
]
Dtype = Annotated[str, option("--dtype", "TYPE", "--run: float64, float32, float16 or bfloat16.", TYPES)]
Set = Annotated[
    list[str], option("--set", "PATH.SETTING=VALUE", "--run: a setting that no print holds: layers.0.num_heads=8.")
]
CandidateWeights = Annotated[
    str, option("--candidate-weights", "FILE", "--run: a checkpoint of the candidate, safetensors or torch's.")
]
ReferenceWeights = Annotated[str, option("--reference-weights", "FILE", "--run: a checkpoint of the reference.")]


# Values


def report_of(command: str, name: str) -> reports.Report:
    """The format of that name.

    Raises:
        UsageError: there is none, or it does not lay out the answer of this command.
    """
    report = reports.find(name) if name in reports.names() else None
    if report is None or not getattr(report, command):
        one_of("--format", name, reports.names(command))
    assert report, "one of these"
    return report


def one_of(option: str, value: str, allowed: Collection[str]) -> str:
    """The value of an option that takes one of a few.

    Raises:
        UsageError: It is none of them; the error names them.
    """
    if value not in allowed:
        raise UsageError(f"{option} {value}: no such value", way_out=f"one of {', '.join(allowed)}")
    return value


def effect_of(word: str) -> Effect:
    """The value of `--fail-on`."""
    return Effect[one_of("--fail-on", word, THRESHOLDS).upper()]


def run_options(run: bool, seed: str, batch: str, **wanted: str | tuple[str, ...]) -> RunOptions | None:
    """How both networks are run; None where nothing is to be run.

    Args:
        run: whether `--run` is set.
        seed: the value of `--seed`.
        batch: that of `--batch`.
        wanted: other fields of `RunOptions`.

    Raises:
        UsageError: a number is none, or an option needs `--run`.
    """
    if not run:
        for name in ("undo", "supplied", "candidate_weights", "reference_weights"):
            if wanted.get(name):
                option = "--set" if name == "supplied" else "--" + name.replace("_", "-")
                raise UsageError(f"{option}: nothing is run", way_out=f"--run {option} ...")
        return None
    from archdiff.execute.running.options import RunOptions

    for option, number in (("--seed", seed), ("--batch", batch)):
        if not number.isdecimal() or len(number) > 9:
            raise UsageError(f"{option} {number}: not a number", way_out="a whole number, 0 or more")
    if not int(batch):
        raise UsageError("--batch 0: no samples", way_out="--batch 16")
    return RunOptions(seed=int(seed), batch=int(batch), **wanted)  # type: ignore[arg-type]


def by_environment(parameters: Iterable[Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What ARCHDIFF_<OPTION> says of the options of a command; an empty variable says nothing.

    A flag is a word for yes or no; the values of an option that may be repeated stand apart by spaces.
    """
    found: dict[str, Any] = {}
    for each in parameters:
        variable = "ARCHDIFF_" + each.opts[0].lstrip("-").replace("-", "_").upper()
        if each.param_type_name != "option" or each.is_eager or not (text := environment.get(variable, "").strip()):
            continue
        if each.is_flag:
            found[each.name] = _boolean(variable, text)
        elif each.multiple:
            found[each.name] = text.split()
        elif each.nargs == 1:
            found[each.name] = text
        elif len(found.setdefault(each.name, tuple(text.split()))) != each.nargs:
            raise UsageError(
                f"{variable}={text}: not {each.nargs} values", way_out=f"as in {each.opts[0]} {each.metavar}"
            )
    return found


def _boolean(variable: str, word: str) -> bool:
    wanted = {**dict.fromkeys(("1", "true", "yes", "on"), True), **dict.fromkeys(("0", "false", "no", "off"), False)}
    if word.lower() not in wanted:
        raise UsageError(f"{variable}={word}: neither yes nor no", way_out=f"one of {', '.join(wanted)}")
    return wanted[word.lower()]


def shape_of(sizes: str) -> tuple[int, ...] | None:
    """The value of `--input-shape`: `1,32,32` or `1x32x32`; None where it is not set."""
    if not sizes:
        return None
    shape = tuple(int(part) if part.strip().isdecimal() else 0 for part in sizes.replace("x", ",").split(","))
    if not is_shape(shape):
        raise UsageError(
            f"--input-shape {sizes}: not a shape", way_out="numbers from 1 to 2147483647 without the batch: 1,32,32"
        )
    return shape


def words(listed: Iterable[str]) -> tuple[str, ...]:
    """The words of `--select a,b --select c`."""
    return tuple(word.strip() for text in listed for word in text.split(",") if word.strip())


def whole(option: str, number: str, least: int = 0, most: int = 999_999_999) -> int:
    """The value of an option that takes a whole number.

    Args:
        option: its name, for the error.
        number: what was typed.
        least: the smallest that it may be.
        most: the largest.

    Raises:
        UsageError: it is none, or not among these.
    """
    if not (number.strip().isdecimal() and len(number) < 12 and least <= int(number) <= most):
        raise UsageError(f"{option} {number}: not a valid number", way_out=f"a whole number from {least} to {most}")
    return int(number)
