"""A printed network as the text of a Python program that makes it and prints it as it was. Does not import torch.

What `build` calls, this writes down: `binding` says for both how a layer is constructed. Names and values of the print
come into the text as Python literals only, so nothing in a print can become code.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import textwrap
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Final, assert_never

from archdiff.execute import _classes, binding
from archdiff.execute._code import STEP, WIDTH, Code, Text, lines, literal, remark
from archdiff.execute._composites import Argument, Part
from archdiff.execute._refusals import Missing, error, missing
from archdiff.execute.binding import Call, Hold, Nothing, Numbers
from archdiff.execute.given import Given
from archdiff.model.facts import Fact
from archdiff.model.network import Layer, Network, Value, apart, join
from archdiff.semantics import kinds

DEEP: Final = 16  # levels of one expression: Python takes 200 brackets in brackets, a level has up to five

#: what the program calls by these names
_TAKEN: Final = {"nn", "torch", "OrderedDict", "build", "Any", "Iterable", "Mapping", "annotations"}
#: attributes of nn.Sequential, which adds no children of these names; one that was set from outside may have them
_ATTRIBUTES: Final = frozenset(
    """T_destination add_module append apply bfloat16 buffers call_super_init children compile cpu cuda double
    dump_patches eval extend extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half insert
    ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters pop
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
    set_submodule share_memory state_dict to to_empty train training type xpu zero_grad""".split()  # noqa: SIM905
)


def source(network: Network, given: Iterable[Fact] = ()) -> str:
    """The program; `given` is what the print does not hold, by path or class. Raises BuildError and UsageError."""
    network = apart(network)  # a refusal names the layer's own line
    binding.check(network)
    writer = _Writer(Given(given))
    root = writer.text(network.root, network.root.name, 0)
    if writer.missing:
        raise missing(writer.missing)
    writer.given.check_used()
    return "\n".join(_program(network, root, writer)) + "\n"


class _Writer:
    """Goes through one network; holds what its program needs besides the expression that makes it."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.missing: list[tuple[str, Layer, Missing]] = []
        self.imports: set[str] = set()  # dotted names
        self.helpers: set[str] = set()  # names of archdiff.execute.printed
        self.classes: dict[tuple[str, str], str] = {}  # (bases, printed name) -> name in the program
        self.assumed: set[str] = set()  # names of those whose forward is not printed
        self.parts: list[Text] = []  # expressions too deep to stand in their place
        self.taken: dict[tuple[str, str, Value], None] = {}

    def text(self, layer: Layer, path: str, level: int) -> Text:
        """The expression that makes a layer."""
        try:
            plan = binding.bind(layer, path, self.given.of(layer.class_name, path))
        except Missing as settings:
            self.missing.append((path, layer, settings))
            return "None"
        match plan:
            case Nothing():
                return "None"
            case Numbers():
                return self._numbers(plan)
            case Call():
                made: Text = self._call(plan, path, level)
            case Hold():
                made = self._hold(plan, layer, path, level)
            case _:
                assert_never(plan)
        if not level or level % DEEP or isinstance(made, str) or not layer.children:
            return made
        self.parts.append(made)
        return f"_part{len(self.parts)}()"

    def _call(self, plan: Call, path: str, level: int) -> Code:
        items = [("", self._argument(value, path, level)) for value in plan.args]
        items += [(f"{name}=", self._argument(value, path, level)) for name, value in plan.keywords]
        name = self._imported(plan.constructor)
        for setting, value in plan.taken:
            self.taken[plan.alias or name.removeprefix("nn."), setting, value] = None
        if not plan.alias:
            return Code(f"{name}(", tuple(items))
        made = Code(f"{self._class(f'Printed, {name}', plan.alias)}(", tuple(items))
        self.helpers |= {"Printed", "as_printed"}
        return Code("as_printed(", (("", made), ("", literal(plan.settings))))

    def _argument(self, value: Argument, path: str, level: int) -> Text:
        if isinstance(value, Part):
            return self.text(value.layer, join(path, value.path), level + 1)
        return literal(value)

    def _imported(self, constructor: str) -> str:
        package, _, name = constructor.rpartition(".")
        if package == "torch.nn":
            return f"nn.{name}"
        self.imports.add(constructor)
        return name

    def _numbers(self, plan: Numbers) -> Code:
        self.imports.add("torch")
        made: list[tuple[str, Text]] = []
        is_list = plan.constructor.endswith("List")
        for name, dtype, size in plan.sizes:
            fixed = "" if "float" in dtype else ", requires_grad=False"
            numbers = f"nn.Parameter(torch.zeros({literal(size)}, dtype=torch.{dtype}){fixed})"
            made.append(("" if is_list else f"{literal(name)}: ", numbers))
        kind = self._imported(plan.constructor)
        return Code(f"{kind}([", tuple(made), "])") if is_list else Code(f"{kind}({{", tuple(made), "})")

    def _hold(self, plan: Hold, layer: Layer, path: str, level: int) -> Code:
        layer = self._unfolded(layer, path)
        names = [child.name for child in binding.expanded(layer).children]
        for name in names if len(set(names)) < len(names) else ():
            if names.count(name) > 1:
                raise error(layer, join(path, name), "is the name of two children", "rename one of them")
        numbered = names == [str(number) for number in range(len(names))]
        children = tuple(self._children(layer, path, numbered, level))
        if plan.base == _classes.SEQUENTIAL and all(map(_is_free, names)):
            if numbered:
                return Code("nn.Sequential(", children, ")", spread=True)
            self.imports.add("collections.OrderedDict")
            return Code("nn.Sequential(OrderedDict({", children, "}))", spread=True)
        base = _classes.IN_ORDER if plan.base == _classes.SEQUENTIAL else plan.base
        name = self._class(base, plan.class_name)
        self.helpers |= {"Printed", "InOrder", base}
        self.assumed |= {name} if plan.assumed else set()
        more: list[tuple[str, Text]] = [("beside=", literal(plan.beside))] if plan.beside else []
        more += [("printed=", literal(plan.settings))] if plan.settings else []
        head, tail = ("[", "]") if numbered else ("{", "}")
        if more:
            return Code(f"{name}(", (("", Code(head, children, tail, spread=True)), *more), spread=True)
        return Code(f"{name}({head}", children, f"{tail})", spread=True) if children else Code(f"{name}(")

    def _unfolded(self, layer: Layer, path: str) -> Layer:
        """With repeated children one by one, where something was said of one of them."""
        several = (child for child in layer.children if child.repeat > 1)
        if not self.given.by_path or not any(self._named(child, layer, path) for child in several):
            return layer
        return binding.expanded(layer)

    def _named(self, child: Layer, layer: Layer, path: str) -> bool:
        alone = {each.name for each in layer.children if each.repeat == 1}
        names = {each.name for each in binding.expanded(layer).children} - alone
        return any(join(path, name) in self.given.by_path or self.given.inside(join(path, name)) for name in names)

    def _children(self, layer: Layer, path: str, numbered: bool, level: int) -> Iterator[tuple[str, Text]]:
        for child in layer.children:
            made = self.text(child, join(path, child.name), level + 1)
            if child.repeat == 1:
                yield "" if numbered else f"{literal(child.name)}: ", made
            elif numbered:
                loop = ("", f"for _ in range({child.repeat})")
                yield "", Code("*[", (("", made), loop), "]", spread=True, comma="")
            else:
                names = [each.name for each in binding.expanded(Layer("", "", (), (child,))).children]
                loop = ("", f"for name in {literal(tuple(names))}")
                yield "", Code("**{", (("name: ", made), loop), "}", spread=True, comma="")

    def _class(self, bases: str, printed: str) -> str:
        """The name of a class in the program, which prints under its own."""
        key = bases, printed
        if key not in self.classes:
            name = printed if printed.isidentifier() else re.sub(r"\W+", "_", printed, flags=re.ASCII).strip("_")
            name = name if name and not name[0].isdigit() else f"_{name}"
            while name in _RESERVED or keyword.iskeyword(name) or name in self.classes.values():
                name += "_"
            self.classes[key] = name
        return self.classes[key]


def _is_free(name: str) -> bool:
    return bool(name) and "." not in name and name[0] != "_" and name not in _ATTRIBUTES


_OURS: Final = {
    constructor.rpartition(".")[2]
    for constructor in (*_classes.ELSEWHERE.values(), *(kind.constructor for kind in kinds.by_name().values()))
    if not constructor.startswith("torch.nn.") or constructor.count(".") > 2
}
_HELPERS: Final = ("Printed", "as_printed", "InOrder", "ListInOrder", "DictInOrder")
_RESERVED: Final = _TAKEN | _OURS | {*_HELPERS, *dir(builtins)}


# The program round the expression


def _program(network: Network, root: Text, writer: _Writer) -> Iterator[str]:
    title = f"{network.label or network.root.class_name or 'A network'}, made from its print"
    place = f" ({network.source}:{network.first_line}-{network.last_line})" if network.source else ""
    usual = ", ".join(f"{name} {setting}={value}" for name, setting, value in writer.taken)
    yield f'"""{remark(title + place)}.'
    if usual:
        yield from ("", *textwrap.wrap(remark(f"Not printed, taken as usual: {usual}."), WIDTH))
    yield '"""'
    yield from ("", "from __future__ import annotations", "", *_imports(writer), "from torch import nn")
    classes = [name.rpartition(".") for name in sorted(writer.imports)]
    yield from (f"from {package} import {name}" for package, _, name in classes if package.startswith("torch."))
    ours = [name for package, _, name in classes if package == "archdiff.nn"]
    yield from ("", f"from archdiff.nn import {', '.join(ours)}") if ours else ()
    yield from _helpers(writer.helpers)
    for (bases, printed), name in writer.classes.items():
        yield from ("", "", f"class {name}({bases}):", *_body(bases, printed, name, name in writer.assumed))
    for number, part in enumerate(writer.parts, 1):
        yield from ("", "", f"def _part{number}() -> nn.Module:", *lines(part, STEP, "return "))
    yield from ("", "", "def build() -> nn.Module:", *lines(root, STEP, "return "))
    yield from ("", "", 'if __name__ == "__main__":', f"{STEP}print(build())")


def _imports(writer: _Writer) -> Iterator[str]:
    """All that comes before torch's own."""
    if "collections.OrderedDict" in writer.imports:
        yield "from collections import OrderedDict"
    if "InOrder" in writer.helpers:
        yield "from collections.abc import Iterable, Mapping"
    if writer.helpers:
        yield "from typing import Any"
    if "collections.OrderedDict" in writer.imports or writer.helpers:
        yield ""
    if "torch" in writer.imports:
        yield "import torch"


def _helpers(wanted: set[str]) -> Iterator[str]:
    """The text of the classes that the program needs, from where `build` has them."""
    text = files("archdiff.execute").joinpath("printed.py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name in wanted:
            yield from ("", "", *text.splitlines()[node.lineno - 1 : node.end_lineno])


def _body(bases: str, printed: str, name: str, assumed: bool) -> Iterator[str]:
    if "Printed" in bases:
        yield f'{STEP}"""Taken to compute what the class of torch does."""'
    elif assumed:
        yield f'{STEP}"""Taken to run its children in printed order: no print holds a forward."""'
    else:
        yield f'{STEP}"""Runs its children in printed order."""'
    if printed != name:
        yield from ("", f"{STEP}def _get_name(self) -> str:", f"{STEP * 2}return {literal(printed)}")
