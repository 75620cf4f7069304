"""The Python program round the expression that makes a network: what it says of itself, imports, classes, `build`."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from archdiff.execute.building import classes
from archdiff.execute.source.code import STEP, WIDTH, Text, lines, literal, remark
from archdiff.infer import Sized
from archdiff.infer.cost import total
from archdiff.model import places
from archdiff.model.facts import Fact
from archdiff.model.network import Network, Value

LISTED: Final = 8  # classes that a program names at its head


@dataclass(slots=True)
class Needs:
    """What a program needs besides the expression that makes its network."""

    imports: set[str] = field(default_factory=set)  # dotted names
    helpers: set[str] = field(default_factory=set)  # names of archdiff.execute.building.stand_ins and .library
    classes: dict[tuple[str, str], str] = field(default_factory=dict)  # (bases, printed name) -> name in the program
    assumed: set[str] = field(default_factory=set)  # names of those that are taken to run in printed order
    unknown: dict[str, None] = field(default_factory=dict)  # printed classes that do not run
    parts: list[Text] = field(default_factory=list)  # expressions too deep to stand in their place
    taken: dict[tuple[str, str, Value], None] = field(default_factory=dict)  # class, setting, value


def program(network: Network, root: Text, needs: Needs, remarks: Iterable[str]) -> Iterator[str]:
    """Its lines. `remarks` stand in the docstring, a paragraph each."""
    title = f"{network.label or network.root.class_name or 'A network'}, made from its print"
    place = f" ({places.whole(network.source, network.first_line, network.last_line)})" if network.source else ""
    yield f'"""{remark(title + place)}.'
    for paragraph in remarks:
        yield from ("", *map(remark, textwrap.wrap(paragraph, WIDTH)))
    yield '"""'
    yield from ("", "from __future__ import annotations", "", *_imports(needs), "from torch import nn")
    classes = [name.rpartition(".") for name in sorted(needs.imports)]
    yield from (f"from {package} import {name}" for package, _, name in classes if package.startswith("torch."))
    candidate = [name for package, _, name in classes if package == "archdiff.nn"]
    yield from ("", f"from archdiff.nn import {', '.join(candidate)}") if candidate else ()
    for name in _closed(needs.helpers):
        yield from ("", "", *helpers()[name])
    for (bases, printed), name in needs.classes.items():
        yield from ("", "", f"class {name}({bases}):", *_body(bases, printed, name, name in needs.assumed))
    for number, part in enumerate(needs.parts, 1):
        yield from ("", "", f"def _part{number}() -> nn.Module:", *lines(part, STEP, "return "))
    yield from ("", "", "def build() -> nn.Module:", *lines(root, STEP, "return "))
    yield from ("", "", 'if __name__ == "__main__":', f"{STEP}print(build())")


def remarks(sized: Sized, supplied: Sequence[Fact], needs: Needs) -> Iterator[str]:
    """How many parameters it has, which classes do not run, and what was taken as usual."""
    if all(fact.name in _NO_NUMBERS for fact in supplied):
        cost = total(sized)
        if cost.at_least is not None:
            yield f"At least {cost.at_least:,} parameters: a custom class may hold more, which no print shows."
        elif cost.parameters is not None:
            yield f"{cost.parameters:,} parameters."
    if needs.unknown:
        more = f" and {len(needs.unknown) - LISTED} more" if len(needs.unknown) > LISTED else ""
        names = ", ".join(list(needs.unknown)[:LISTED])
        yield f"It does not run: no print holds the forward of {names}{more}."
    if needs.taken:
        usual = ", ".join(f"{name} {setting}={value}" for name, setting, value in needs.taken)
        yield f"Not printed, taken as usual: {usual}."


#: settings that change no parameter count, whatever is given for them
_NO_NUMBERS: Final = frozenset(
    {"num_heads", "nhead", "dropout", "batch_first", "norm_first", "activation", "eps", "p", "dim", "output_size"}
)


def _imports(needs: Needs) -> Iterator[str]:
    """All that comes before torch's own."""
    if "collections.OrderedDict" in needs.imports:
        yield "from collections import OrderedDict"
    texts = [line for name in _closed(needs.helpers) for line in helpers()[name]]
    held = [name for name in ("Iterable", "Mapping") if any(name in line for line in texts)]
    if held:
        yield f"from collections.abc import {', '.join(held)}"
    if needs.helpers:
        yield "from typing import Any"
    if "collections.OrderedDict" in needs.imports or needs.helpers:
        yield ""
    if "torch" in needs.imports:
        yield "import torch"


def _closed(names: set[str]) -> tuple[str, ...]:
    """These helpers and all that they are derived from, in the order of their files."""
    wanted = set(names)
    for name, text in reversed(helpers().items()):
        if name in wanted:
            wanted |= {base.strip() for base in text[0].partition("(")[2].rstrip("):").split(",")}
    return tuple(name for name in helpers() if name in wanted)


@cache
def helpers() -> dict[str, tuple[str, ...]]:
    """The text of the classes and functions that a program may need, from where `build` has them.

    By name, in an order in which each stands behind what it is derived from.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in ("building/stand_ins.py", "library.py"):
        text = files("archdiff.execute").joinpath(name).read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                found[node.name] = tuple(text.splitlines()[node.lineno - 1 : node.end_lineno])
    return found


#: what a class of the program says of itself, by what it is first derived from
_SAYS: Final = {
    classes.PRINTED: "Taken to compute what its base class does.",
    classes.LEADS: "Taken to compute what its base class does, and then what it prints as children.",
    classes.FOLLOWS: "Taken to run what it prints as children, and then to compute what its base class does.",
    classes.ONE_LINE: "Taken to compute what its base class does, and then what it prints as settings.",
    classes.NO_FORWARD: "Has what is printed of it, and does not run.",
}


def _body(bases: str, printed: str, name: str, assumed: bool) -> Iterator[str]:
    ordered = "Runs its children in printed order."
    if assumed:
        ordered = "Taken to run its children in printed order: no print holds a forward."
    yield f'{STEP}"""{_SAYS.get(bases.partition(",")[0], ordered)}"""'
    if printed != name:
        yield from ("", f"{STEP}def _get_name(self) -> str:", f"{STEP * 2}return {literal(printed)}")
