"""`archdiff source`: a printed network as a program."""

from __future__ import annotations

from typing import Annotated

import typer

from archdiff import commands
from archdiff.cli.arguments import made
from archdiff.cli.options import NONE, option
from archdiff.cli.streams import request_of, write

_Network = Annotated[str, typer.Argument(metavar="NETWORK", help="The network.", show_default=False)]
_Set = Annotated[
    list[str],
    option(
        "--set",
        "PATH.SETTING=VALUE",
        "A setting that no print holds: layers.0.num_heads=8. A class stands for all its layers.",
    ),
]


def source(network: _Network, unprinted: _Set = NONE) -> None:
    """Write a Python program that makes the network and prints it as it was.

    A class whose forward no print holds (a residual block, an attention) has its parts and parameters and does not run;
    CLASS.class=Sequential says that it runs its children in printed order, PATH.class=Identity which class of torch.nn
    stands for one without children. Settings that no print of a torch class holds, such as heads, have to be given.

    \b
    archdiff source mine.txt > mine.py && python mine.py
    archdiff source "notes.md#Mine"
    archdiff source vit.txt --set MultiheadAttention.num_heads=12
    """
    write(commands.source(request_of(network), tuple(unprinted)), document=True)


COMMAND = made(source, short_help="Write a Python program that makes the network.")
