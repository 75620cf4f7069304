"""`archdiff snapshot`: a live module as a text that is compared in its place later."""

from __future__ import annotations

from typing import Annotated

import typer

from archdiff import commands
from archdiff.cli import options
from archdiff.cli.arguments import made
from archdiff.cli.options import InputShape
from archdiff.cli.streams import request_of, say, write

_Module = Annotated[
    str, typer.Argument(metavar="MODULE", help="package.module:factory, the live module.", show_default=False)
]


def snapshot(
    module: _Module,
    input_shape: InputShape = "",
    inputs: options.Inputs = "",
    trace: options.Trace = options.ON_TRACE[0],
) -> None:
    """Write what a live module prints, holds and does as one text, to compare with later.

    The print comes first, as it is. Lines behind it that begin with "# archdiff facts" say what the module holds and
    does not print (heads, dtypes, shared weights, hooks), and hold its traced forward. compare, check and pytest read
    them: the live module of next week is compared with such a text as with the live module of today, and two such
    texts without torch. Every other reader takes them for comments.

    \b
    archdiff snapshot mine.nets:model > mine.txt
    archdiff snapshot mine.nets:bert --inputs "input_ids:int64[2,16]" > bert.txt
    archdiff compare mine.nets:model mine.txt
    """
    traced = options.one_of("--trace", trace, options.ON_TRACE) != "off"
    request = request_of(module, shape=options.shape_of(input_shape))._replace(inputs=inputs, traced=traced)
    text, why = commands.snapshot(request)
    write(text, document=True)
    if why:
        say(f"warning: {module}: its forward was not traced, and is not in the text: {why}")


COMMAND = made(snapshot, short_help="Write what a live module prints, holds and does as one text.")
