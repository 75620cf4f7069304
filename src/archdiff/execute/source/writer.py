"""A printed network as the text of a Python program that makes it and prints it as it was. Does not import torch.

What `build` calls, this writes down: `planner` says for both how a layer is constructed. Names and values of the print
come into the text as Python literals only, so nothing in a print can become code.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from archdiff import infer
from archdiff.execute.building import classes, planner
from archdiff.execute.building.can_run import root_position
from archdiff.execute.building.composites import Argument, PrintedPart
from archdiff.execute.building.plans import INSIDE, Call, Hold, NoModule, ParameterHolder, Position
from archdiff.execute.building.refusals import Missing, build_error, missing_settings_error
from archdiff.execute.building.supplied_settings import SuppliedSettings
from archdiff.execute.source.code import Code, Text, literal
from archdiff.execute.source.program import Needs, helpers, program, remarks
from archdiff.model.facts import Fact
from archdiff.model.network import Layer, Network, apart, join
from archdiff.semantics import kinds, rules

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


def source(network: Network, supplied: Iterable[Fact] = ()) -> str:
    """The program that makes a printed network.

    Args:
        network: as it was read.
        supplied: what the print does not hold, by path or class.

    Raises:
        BuildError: the print is cut off, or does not hold what a constructor needs.
        UsageError: something is supplied for a layer that is not there.
        ShapeError: a printed size is none.
    """
    supplied = tuple(supplied)
    network = apart(network)  # a refusal names the layer's own line
    planner.check_complete(network)
    [sized] = infer.infer(rules.normalized((network,)))
    writer = _Writer(SuppliedSettings(supplied))
    root = writer.text(network.root, network.root.name, 0, root_position(sized))
    if writer.missing:
        raise missing_settings_error(writer.missing)
    writer.supplied.check_used()
    return "\n".join(program(network, root, writer.needs, remarks(sized, supplied, writer.needs))) + "\n"


class _Writer:
    """Goes through one network; holds what its program needs besides the expression that makes it."""

    def __init__(self, supplied: SuppliedSettings) -> None:
        self.supplied = supplied
        self.missing: list[tuple[str, Layer, Missing]] = []
        self.needs = Needs()

    def text(self, layer: Layer, path: str, level: int, where: Position) -> Text:
        """The expression that makes a layer."""
        try:
            plan = planner.bind(layer, path, self.supplied.of(layer.class_name, path), where)
        except Missing as settings:
            self.missing.append((path, layer, settings))
            return "None"
        if isinstance(plan, Call | Hold) and not plan.has_forward and not where.beside:
            self.needs.unknown[layer.class_name] = None
        match plan:
            case NoModule():
                return "None"
            case ParameterHolder():
                return self._numbers(plan)
            case Call():
                made: Text = self._call(plan, path, level)
            case Hold():
                made = self._hold(plan, layer, path, level)
            case _:
                assert_never(plan)
        if not level or level % DEEP or isinstance(made, str) or not layer.children:
            return made
        self.needs.parts.append(made)
        return f"_part{len(self.needs.parts)}()"

    def _call(self, plan: Call, path: str, level: int) -> Code:
        items = [("", self._argument(value, path, level)) for value in plan.args]
        items += [(f"{name}=", self._argument(value, path, level)) for name, value in plan.keywords]
        name = self._imported(plan.constructor)
        for setting, value in plan.taken:
            self.needs.taken[plan.alias or name.removeprefix("nn."), setting, value] = None
        if not plan.alias:
            return Code(f"{name}(", tuple(items))
        bases = plan.base if plan.constructor == "torch.nn.Module" else f"{plan.base}, {name}"
        made = Code(f"{self._class(bases, plan.alias)}(", tuple(items))
        self.needs.helpers |= {classes.PRINTED, plan.base}
        if not plan.behind:
            self.needs.helpers.add("as_printed")
            return Code("as_printed(", (("", made), ("", literal(plan.settings))))
        self.needs.helpers.add("leading")
        behind = tuple((f"{literal(name)}: ", self._argument(part, path, level)) for name, part in plan.behind)
        return Code("leading(", (("", made), ("", literal(plan.settings)), ("", Code("{", behind, "}"))))

    def _argument(self, value: Argument, path: str, level: int) -> Text:
        if isinstance(value, PrintedPart):
            return self.text(value.layer, join(path, value.path), level + 1, INSIDE)
        return literal(value)

    def _imported(self, constructor: str) -> str:
        package, _, name = constructor.rpartition(".")
        if package == "torch.nn":
            return f"nn.{name}"
        if package == classes.LIBRARY:
            self.needs.imports.add("torch")
            self.needs.helpers.add(name)
            return name
        self.needs.imports.add(constructor)
        return name

    def _numbers(self, plan: ParameterHolder) -> Code:
        self.needs.imports.add("torch")
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
        names = [child.name for child in planner.expanded(layer).children]
        for name in names if len(set(names)) < len(names) else ():
            if names.count(name) > 1:
                raise build_error(layer, join(path, name), "is the name of two children", "rename one of them")
        numbered = names == [str(number) for number in range(len(names))]
        children = tuple(self._children(layer, path, numbered, level, plan))
        if plain := _plain(plan.base, names, numbered):
            if "OrderedDict" in plain[0]:
                self.needs.imports.add("collections.OrderedDict")
            return Code(plain[0], children, plain[1], spread=bool(children))
        base = _INSTEAD.get(plan.base, plan.base)
        name = self._class(base if plan.has_forward else f"{classes.NO_FORWARD}, {base}", plan.class_name)
        self.needs.helpers |= {
            classes.PRINTED,
            classes.HOLDS,
            base,
            *(() if plan.has_forward else (classes.NO_FORWARD,)),
        }
        self.needs.helpers |= {classes.IN_ORDER} if base.endswith(classes.IN_ORDER) else set()
        self.needs.assumed |= {name} if plan.assumed else set()
        more: list[tuple[str, Text]] = [("beside=", literal(plan.beside))] if plan.beside else []
        more += [("printed=", literal(plan.settings))] if plan.settings else []
        head, tail = ("[", "]") if numbered else ("{", "}")
        if more:
            return Code(f"{name}(", (("", Code(head, children, tail, spread=True)), *more), spread=True)
        return Code(f"{name}({head}", children, f"{tail})", spread=True) if children else Code(f"{name}(")

    def _unfolded(self, layer: Layer, path: str) -> Layer:
        """With repeated children one by one, where something was supplied for one of them."""
        repeated = any(child.repeat > 1 for child in layer.children)
        if not repeated or not self.supplied.by_path or not self._is_supplied_inside(layer, path):
            return layer
        return planner.expanded(layer)

    def _is_supplied_inside(self, layer: Layer, path: str) -> bool:
        """Whether something is supplied for one of several equal children, or for what is in it."""
        alone = {each.name for each in layer.children if each.repeat == 1}
        names = {each.name for each in planner.expanded(layer).children} - alone
        return any(self.supplied.has(join(path, name)) for name in names)

    def _children(self, layer: Layer, path: str, numbered: bool, level: int, plan: Hold) -> Iterator[tuple[str, Text]]:
        for child in layer.children:
            made = self.text(child, join(path, child.name), level + 1, planner.position_of(child, plan))
            if child.repeat == 1:
                yield "" if numbered else f"{literal(child.name)}: ", made
            elif numbered:
                loop = ("", f"for _ in range({child.repeat})")
                yield "", Code("*[", (("", made), loop), "]", spread=True, comma="")
            else:
                names = [each.name for each in planner.expanded(Layer("", "", (), (child,))).children]
                loop = ("", f"for name in {literal(tuple(names))}")
                yield "", Code("**{", (("name: ", made), loop), "}", spread=True, comma="")

    def _class(self, bases: str, printed: str) -> str:
        """The name of a class in the program, which prints under its own."""
        key = bases, printed
        if key not in self.needs.classes:
            name = printed if printed.isidentifier() else re.sub(r"\W+", "_", printed, flags=re.ASCII).strip("_")
            name = name if name and not name[0].isdigit() else f"_{name}"
            while name in _RESERVED or keyword.iskeyword(name) or name in self.needs.classes.values():
                name += "_"
            self.needs.classes[key] = name
        return self.needs.classes[key]


def _plain(base: str, names: list[str], numbered: bool) -> tuple[str, str] | None:
    """How a container of torch itself is written, where it takes these names."""
    if not all(map(_is_free, names)):
        return None
    if base == classes.SEQUENTIAL:
        return ("nn.Sequential(", ")") if numbered else ("nn.Sequential(OrderedDict({", "}))")
    if base == classes.ONLY_HOLDERS["ModuleList"] and numbered:
        return "nn.ModuleList([", "])"
    if base == classes.ONLY_HOLDERS["ModuleDict"] and not numbered and _OF_A_DICT.isdisjoint(names):
        return "nn.ModuleDict({", "})"
    return None


#: what has the same children where torch's own takes no such names
_INSTEAD: Final = {
    classes.SEQUENTIAL: classes.IN_ORDER,
    classes.ONLY_HOLDERS["ModuleList"]: classes.LIST_HOLDS,
    classes.ONLY_HOLDERS["ModuleDict"]: classes.HOLDS,
}
_OF_A_DICT: Final = frozenset({"clear", "items", "keys", "update", "values"})


def _is_free(name: str) -> bool:
    return bool(name) and "." not in name and name[0] != "_" and name not in _ATTRIBUTES


_OURS: Final = {
    constructor.rpartition(".")[2]
    for constructor in (*classes.ELSEWHERE.values(), *(kind.constructor for kind in kinds.by_name().values()))
    if not constructor.startswith("torch.nn.") or constructor.count(".") > 2
}
_RESERVED: Final = _TAKEN | _OURS | {*helpers(), *dir(builtins)}
