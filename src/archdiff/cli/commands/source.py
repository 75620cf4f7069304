"""`archdiff source`: a printed network as a program."""

from __future__ import annotations

from typing import Annotated

import typer

from archdiff import api
from archdiff.cli.main import NONE, made, standard_input, write
from archdiff.cli.options import option

_Network = Annotated[str, typer.Argument(metavar="NETWORK", help="What to write down.", show_default=False)]
_Set = Annotated[
    list[str],
    option(
        "--set", "PATH.SETTING=VALUE", "What no print holds: layers.0.num_heads=8. A class stands for all its layers."
    ),
]


def source(network: _Network, given: _Set = NONE) -> None:
    """A Python program that makes the network and prints it as it was.

    Classes that torch does not have run their children in printed order. What a print does not hold, such as the heads
    of an attention, is asked for; PATH.class=Identity says which class of torch.nn stands for one without children.

    \b
    archdiff source mine.txt > mine.py && python mine.py
    archdiff source "notes.md#Mine"
    archdiff source vit.txt --set MultiheadAttention.num_heads=12
    """
    request = api.Request(network, stdin=standard_input(network), given=tuple(given))
    write(api.source(request))


COMMAND = made(source, short_help="A Python program that makes the network.")
