"""`archdiff rule`: what the ids in a report mean."""

from __future__ import annotations

from typing import Annotated

import typer

from archdiff.cli.arguments import made
from archdiff.cli.options import completing, rules
from archdiff.cli.streams import write
from archdiff.cli.views import width
from archdiff.model import catalogue
from archdiff.model.errors import UsageError

_Id = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A rule such as AD101. Default: list all.",
        show_default=False,
        autocompletion=completing(rules),
    ),
]


def rule(rule_id: _Id = "") -> None:
    """Explain a rule id: what it is one finding for, an example, what to do.

    \b
    archdiff rule AD101
    """
    if not rule_id:
        write(catalogue.overview(width()))
        return
    entry = catalogue.find(rule_id)
    if entry is None:
        raise UsageError(f"no rule '{rule_id}'", way_out=catalogue.way_out(rule_id))
    write(catalogue.explained(entry, width()))


COMMAND = made(rule, short_help="Explain a rule id.")
