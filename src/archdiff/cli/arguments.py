"""What was typed to a command and its values: through what typer and click document, and nothing of theirs besides.

Must not know what a command does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from archdiff import report as reports
from archdiff.cli import options
from archdiff.model import plugins
from archdiff.model.errors import UsageError
from archdiff.model.result import ALL
from archdiff.model.wording import nearest


class _Plain:
    """Values are taken as they are typed: what typer would load to convert them costs more than a comparison."""

    def get_params(self, ctx: Any) -> list[Any]:
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            if "process_value" not in vars(parameter):
                parameter.process_value = _unconverted(parameter)
        return parameters


def _unconverted(parameter: Any) -> Callable[[Any, Any], Any]:
    """`process_value` of a parameter of texts, which has nothing to convert; what is missing and flags stay typer's."""
    process = parameter.process_value

    def process_value(ctx: Any, value: Any) -> Any:
        plain = isinstance(value, str) or (isinstance(value, (list, tuple)) and (value or not parameter.required))
        return value if plain or (value is None and not parameter.required) else process(ctx, value)

    return process_value


class Command(_Plain, TyperCommand):
    """One command, as typer makes it of a function."""

    def invoke(self, ctx: Any) -> Any:
        """Commands end with typer.Exit: a SystemExit is somebody else's, and no exit code of ours."""
        try:
            return super().invoke(ctx)
        except (SystemExit, GeneratorExit) as end:
            raise UsageError(f"code of a live module ended the run without an answer ({type(end).__name__})") from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """With the formats for `{formats}`, which are all loaded for that."""
        for parameter in self.params:
            if "{formats}" in (text := getattr(parameter, "help", None) or ""):
                parameter.help = text.format(formats=", ".join(reports.names(str(self.name))))  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`--strict` alone stands for all: an optional value comes behind an equals sign, as in `ls --color=auto`."""
        if not ctx.resilient_parsing:  # a shell asks what could stand there
            ctx.default_map = options.by_environment(self.get_params(ctx), os.environ)
        return super().parse_args(ctx, [f"{arg}={ALL}" if arg == "--strict" else arg for arg in args])


class Group(_Plain, TyperGroup):
    """Commands of the folder `commands` are loaded where they are called: most runs compare."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Two networks without a command are compared."""
        if args[1:] and args[0] in _COMPLETION and not ctx.resilient_parsing:
            way_out = f"archdiff {args[0]} in the shell that is to complete"
            raise UsageError(f"{args[0]} takes no value, and {args[1]} is one", way_out=way_out)
        first = next((arg for arg in args if arg == "-" or not arg.startswith("-")), "")
        if first and first not in self.list_commands(ctx):
            own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
            if _is_network(first) or (args[0] != first and args[0] not in own):
                args = ["compare", *args]
            elif args[0] == first and not ctx.resilient_parsing:
                raise _no_such_command(first, self.list_commands(ctx))
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, name: str) -> Any:
        """Loads one command; None where there is none of that name."""
        if name in self.commands:
            return super().get_command(ctx, name)
        listed = name in self.list_commands(ctx)
        return plugins.one(_FOLDER, name.replace("-", "_"), "COMMAND", TyperCommand) if listed else None

    def list_commands(self, _ctx: Any) -> list[str]:
        """`git-driver` stands in `git_driver.py`."""
        for name, file in plugins.files(_FOLDER).items():
            if name in self.commands:
                raise plugins.taken(file, f"the command {name}", "cli/main.py")
        return [*self.commands, *(name.replace("_", "-") for name in plugins.files(_FOLDER))]


_FOLDER: Final = "archdiff.cli.commands"
_COMPLETION: Final = ("--install-completion", "--show-completion")


def _is_network(word: str) -> bool:
    """Whether a word in the place of a command is a file or could be an address, which a misspelt command is not."""
    return not word.replace("-", "").isalpha() or os.path.isfile(word) or word == "-"


def _no_such_command(word: str, commands: Sequence[str]) -> UsageError:
    near = nearest(word, commands)
    way_out = f"did you mean {near}?" if near else f"one of {', '.join(commands)}; or two networks, to compare them"
    return UsageError(f"no such command '{word}'", way_out=way_out)


HELP = {"help_option_names": ["-h", "--help"]}


def made(function: Callable[..., None], only_known: bool = True, **texts: str) -> Any:
    """A command of the folder `commands`; unless `only_known`, an option that it has not is an argument."""
    settings = {**HELP, "ignore_unknown_options": not only_known}
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=settings)
    alone.command(cls=Command, **texts)(function)  # type: ignore[arg-type]
    return typer.main.get_command(alone)
