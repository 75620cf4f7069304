"""`archdiff keys`: a checkpoint of one network under the keys of the other."""

from __future__ import annotations

from typing import Annotated

import typer

from archdiff import commands
from archdiff import report as reports
from archdiff.cli import outputs, progress
from archdiff.cli.arguments import made
from archdiff.cli.exit_codes import FINDINGS, NOTHING
from archdiff.cli.options import NONE, InputShape, one_of, option, shape_of
from archdiff.cli.streams import request_of, write
from archdiff.execute.keys.program import program
from archdiff.execute.keys.transfer import KeyOptions, KeyTransfer
from archdiff.model.errors import UsageError

_PYTHON = "python"  # a program, as archdiff source writes one, and no report

_Candidate = Annotated[
    str, typer.Argument(metavar="CANDIDATE", help="The network that the checkpoint belongs to.", show_default=False)
]
_Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="The network to load it into.", show_default=False)
]
_Format = Annotated[
    str,
    option(
        "--format",
        "FORMAT",
        f"Report format: {{formats}} or {_PYTHON}, which is a function convert().",
        lambda: (*reports.names("keys"), _PYTHON),
    ),
]
_Apply = Annotated[
    tuple[str, str] | None,
    option(
        "--apply",
        "IN OUT",
        "Read IN, a checkpoint of the candidate, and write OUT for the reference: safetensors or torch's.",
    ),
]
_Partial = Annotated[bool, option("--partial", None, "--apply: write what can be mapped, even if keys are left over.")]
_Verify = Annotated[
    bool, option("--verify", None, "Run two live modules with the mapped weights and compare their outputs.")
]
_Packed = Annotated[
    list[str],
    option(
        "--packed",
        "NAME=ORDER",
        "How one matrix holds several projections: qkv=k,q,v; head by head, 12 heads: qkv=q,k,v:12. Repeatable.",
    ),
]


def keys(
    candidate: _Candidate,
    reference: _Reference,
    format_name: _Format = "terminal",
    apply: _Apply = None,
    partial: _Partial = False,
    verify: _Verify = False,
    packed: _Packed = NONE,
    input_shape: InputShape = "",
) -> None:
    """Port a checkpoint of the candidate to the reference; swap the two for the way back.

    Names for every key of the reference the key of the candidate, and whether that is renamed, transposed, split,
    concatenated or reshaped. A print holds the keys of layers that archdiff knows; package.module:factory holds them
    all, with their shapes. A key that could be one of several is listed, not guessed; --verify finds the one that makes
    outputs equal. LoRA adapters of a live candidate are merged.

    \b
    archdiff keys mine.txt original.txt
    archdiff keys mine:make original:make --apply mine.safetensors original.safetensors
    archdiff keys mine:make original:make --verify --input-shape 3,224,224
    archdiff keys mine.txt original.txt --format python > convert.py
    """
    one_of("--format", format_name, (*reports.names("keys"), _PYTHON))
    shape = shape_of(input_shape)
    if partial and apply is None:
        raise UsageError("--partial: nothing is written", way_out="--apply IN OUT --partial")
    if apply:
        outputs.check(apply[1])
    torch = verify or apply is not None
    request = request_of(candidate, reference, shape, written=(apply or ())[1:], torch=torch)
    with progress.patience("comparing"):
        answer = commands.keys(request, KeyOptions(files=apply, partial=partial, verify=verify, packed=tuple(packed)))
    _write(answer, format_name)
    raise typer.Exit(NOTHING if answer.complete else FINDINGS)


def _write(answer: KeyTransfer, format_name: str) -> None:
    if format_name == _PYTHON:
        write(program(answer.key_map), document=True)
        return
    report = reports.find(format_name)
    assert report.keys, "it is one of its formats"
    write(report.keys(answer), report.document)


COMMAND = made(
    keys,
    short_help="Port a checkpoint from one network to the other.",
    epilog="Exit code: 0 every key has a counterpart, 1 keys are left over or outputs differ, 2 error.",
)
