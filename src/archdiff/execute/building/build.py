"""A printed network as modules of torch that run: repr(build(parse(repr(m)))) == repr(m).

What the text does not hold has to be supplied and is never guessed; what had to be assumed (that children run in
printed order) stands in the result. A class whose forward no print holds has what is printed of it and raises
NotImplementedError when it is called, which `can_run` finds before. Only classes that kinds know are called.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from inspect import signature
from typing import Any, NamedTuple, TypeAlias, assert_never

import torch
from torch import nn

from archdiff.execute.building import classes, composites, planner, stand_ins
from archdiff.execute.building.composites import PrintedPart
from archdiff.execute.building.plans import INSIDE, WHOLE, Call, Hold, NoModule, ParameterHolder, Position
from archdiff.execute.building.refusals import Missing, build_error, missing_settings_error
from archdiff.execute.building.supplied_settings import CLASS, SuppliedSettings, Values
from archdiff.execute.devices.memory import available_bytes
from archdiff.execute.live import exceptions
from archdiff.model.facts import Fact
from archdiff.model.network import Layer, Network, apart, join, leaves
from archdiff.semantics.kinds import NotKnown

_OWN = {
    name: getattr(stand_ins, name)
    for name in (
        *(classes.HOLDS, classes.LIST_HOLDS),
        *(classes.IN_ORDER, classes.LIST_IN_ORDER, classes.DICT_IN_ORDER),
    )
}

_Make: TypeAlias = Callable[[], nn.Module]


class Assumption(NamedTuple):
    """What no print holds and was taken for granted, for all layers of a class."""

    class_name: str
    what: str  # "forward", "class", or the name of a setting
    message: str
    paths: tuple[str, ...]

    def __str__(self) -> str:
        return self.message


class Built(NamedTuple):
    """A network that runs. `by_path` has the paths of reports first, then those of the print where they differ."""

    module: nn.Module
    by_path: Mapping[str, nn.Module]
    assumptions: tuple[Assumption, ...] = ()


def build(
    network: Network,
    *,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    seed: int = 0,
    supplied: Iterable[Fact] = (),
) -> Built:
    """The network as a module with new weights.

    Args:
        network: as it was read.
        device: where its weights are; on "meta" nothing is allocated.
        dtype: of its weights; torch's default where it is None.
        seed: of its weights.
        supplied: what its print does not hold, by path or class.

    Returns:
        The module, whose print is the one that was read.

    Raises:
        BuildError: the print is cut off, does not hold what a constructor needs, or a constructor refuses it.
        UsageError: something is supplied for a layer that is not there.
    """
    network = apart(network)  # a refusal names the layer's own line
    planner.check_complete(network)
    builder = _Builder(torch.device(device), dtype, SuppliedSettings(supplied))
    # constructors warn of what the author of the network chose
    with warnings.catch_warnings(action="ignore"), _seeded(seed, builder.device):
        module = builder.of(network.root, network.root.name, network.root.name)
    if builder.missing:
        raise missing_settings_error(builder.missing)
    builder.supplied.check_used()
    if module is None:
        raise build_error(network.root, "", "is not a network", "give a print of a module")
    return Built(
        module,
        builder.by_path | {k: v for k, v in builder.raw.items() if k not in builder.by_path},
        tuple(builder.assumptions()),
    )


class _Builder:
    """Goes through one network; `known` holds what was worked out for equal prints."""

    def __init__(self, device: torch.device, dtype: torch.dtype | None, supplied: SuppliedSettings) -> None:
        self.device = device
        self.supplied = supplied
        self.place: dict[str, Any] = {"device": device} | ({"dtype": dtype} if dtype else {})
        self.by_path: dict[str, nn.Module] = {}
        self.raw: dict[str, nn.Module] = {}
        self.missing: list[tuple[str, Layer, Missing]] = []
        self.assumed: dict[tuple[str, str, str], list[str]] = {}
        self.known: dict[tuple[str, int], tuple[_Make, int, Call]] = {}
        self.room = available_bytes(device) if device.type == "cpu" else None

    def of(self, layer: Layer, path: str, raw: str, where: Position = WHOLE) -> nn.Module | None:
        """The module of a layer. `path` leaves out wrappers, as reports do; `raw` has all printed names."""
        key = layer.class_name, id(layer.settings)
        supplied = self.supplied.of(layer.class_name, path, raw)
        known = None if supplied or layer.children else self.known.get(key)
        module = self._made(known, layer, path) if known else self._planned(layer, path, raw, supplied, where)
        if module is not None:
            self.by_path.setdefault(path, module)
            if raw != path:
                self.raw.setdefault(raw, module)
        return module

    def _planned(self, layer: Layer, path: str, raw: str, supplied: Values, where: Position) -> nn.Module | None:
        try:
            plan = planner.bind(layer, path, supplied, where)
        except Missing as settings:
            self.missing.append((path, layer, settings))
            return nn.Identity()  # so that all that is missing is named at once
        match plan:
            case NoModule():
                return None
            case ParameterHolder():
                return self._numbers(plan, layer, path)
            case Hold():
                return self._held(plan, layer, path, raw)
            case Call():
                return self._called(plan, layer, path, supplied)
            case _:
                assert_never(plan)

    def _called(self, plan: Call, layer: Layer, path: str, supplied: Values) -> nn.Module:
        before = len(self.missing)
        known = self._prepared(plan, layer, path)
        if not layer.children and not supplied and not plan.behind:
            self.known[layer.class_name, id(layer.settings)] = known
        if len(self.missing) > before:
            return nn.Identity()
        module = self._made(known, layer, path)
        if layer.children or plan.behind:
            self.by_path |= {join(path, inner): part for inner, part in module.named_modules()}
        return module

    def _held(self, plan: Hold, layer: Layer, path: str, raw: str) -> nn.Module:
        children: dict[str, nn.Module | None] = {}
        for child in planner.expanded(layer).children:
            if child.name in children:
                raise build_error(child, join(path, child.name), "has the name of another child", "rename one of them")
            where = planner.position_of(child, plan)
            children[child.name] = self.of(child, join(path, child.name), join(raw, child.name), where)
        if plan.assumed:
            self.assumed.setdefault((plan.class_name, "forward", ""), []).append(path)
        if plan.base not in _OWN:
            cls: Any = _resolved(plan.base)
            module: nn.Module = cls()
            module._modules.update(children)  # a name may be that of a method
            return module
        bases = (_OWN[plan.base],) if plan.has_forward else (stand_ins.NoForward, _OWN[plan.base])
        named = _calling(layer, path, partial(_named, plan.class_name, *bases))  # not all texts are names
        made: nn.Module = (
            named(children, plan.beside, plan.settings) if plan.has_forward else named(children, plan.settings)
        )
        return made

    def _numbers(self, plan: ParameterHolder, layer: Layer, path: str) -> nn.Module:
        found = {}
        for name, dtype, size in plan.sizes:
            empty = _calling(layer, path, partial(torch.zeros, size, dtype=getattr(torch, dtype), device=self.device))
            found[name] = nn.Parameter(empty, requires_grad=empty.is_floating_point())
        is_list = plan.constructor.endswith("List")
        made = partial(nn.ParameterList, found.values()) if is_list else partial(nn.ParameterDict, found)
        module: nn.Module = _calling(layer, path, made)  # a dict takes no name of a method
        return module

    def _prepared(self, plan: Call, layer: Layer, path: str) -> tuple[_Make, int, Call]:
        """What makes the module, and the bytes that it takes."""
        cls: Any = _resolved(plan.constructor)
        if cls is None:
            raise build_error(
                layer, path, f"needs {plan.constructor}, which is not installed", "a newer version has it"
            )
        place = self.place if _is_placed(cls) else {}
        args = [self._argument(value, path) for value in plan.args]
        keywords = {name: self._argument(value, path) for name, value in plan.keywords}
        if plan.alias:
            bases = _based(plan.base, cls)
            cls = _calling(layer, path, partial(_named, plan.alias, *bases))
        make: _Make = partial(cls, *args, **keywords, **place)
        if not place and plan.constructor.startswith("archdiff."):
            make = partial(self._in_place, make)
        if plan.behind:
            behind = {name: self._argument(part, path) for name, part in plan.behind}
            make = partial(_leading, make, plan.settings, behind)
        elif plan.alias:
            make = partial(_under_alias, make, plan.settings)
        return make, 0 if self.room is None else _bytes(layer), plan

    def _argument(self, value: composites.Argument, path: str) -> Any:
        """A part that a constructor takes is built by itself; the paths are those of the whole, afterwards."""
        if not isinstance(value, PrintedPart):
            return value
        inner = _Builder(self.device, self.place.get("dtype"), self.supplied)
        inside = join(path, value.path)
        module = inner.of(value.layer, inside, inside, INSIDE)
        self.missing += inner.missing
        for key, paths in inner.assumed.items():
            self.assumed.setdefault(key, []).extend(paths)
        return module

    def _in_place(self, make: _Make) -> nn.Module:
        with self.device:
            module = make()
        return module.to(dtype=self.place.get("dtype"))

    def _made(self, known: tuple[_Make, int, Call], layer: Layer, path: str) -> nn.Module:
        make, size, plan = known
        if self.room is not None:
            self.room -= size
            if self.room < 0:
                raise build_error(layer, path, "does not fit into memory with all before it", "--device meta")
        for name, value in plan.taken:
            self.assumed.setdefault((layer.class_name, name, str(value)), []).append(path)
        module: nn.Module = _calling(layer, path, make)
        return module

    def assumptions(self) -> Iterator[Assumption]:
        for (class_name, what, value), paths in self.assumed.items():
            layers = f" ({len(paths)} layers)" if len(paths) > 1 else ""
            if what == "forward":
                message = f"children of {class_name} taken to run in printed order{layers}"
            elif what == CLASS:
                message = f"{class_name} taken to compute what {value} does{layers}"
            else:
                message = f"{class_name} does not print its {what}, taken to be {value}{layers}"
            yield Assumption(class_name, what, message, tuple(paths))


def _calling(layer: Layer, path: str, make: Callable[[], Any]) -> Any:
    """What a constructor says of the values it gets, as an error about this line."""
    try:
        return make()
    except Exception as refused:  # constructors raise whatever they like
        raise build_error(layer, path, f"cannot be built: {exceptions.reason(refused)}", "correct the line") from None


def _leading(make: _Make, settings: str, behind: Mapping[str, nn.Module]) -> nn.Module:
    module: nn.Module = stand_ins.leading(make(), settings, behind)
    return module


def _based(base: str, cls: Any) -> tuple[Any, ...]:
    """From what a class is derived; torch.nn.Module stands behind all of them."""
    return (getattr(stand_ins, base), cls) if cls is not nn.Module else (getattr(stand_ins, base),)


def _under_alias(make: _Make, settings: str) -> nn.Module:
    module: nn.Module = stand_ins.as_printed(make(), settings)
    return module


@cache
def _named(name: str, *bases: Any) -> Any:
    """A class that prints under this name."""
    return type(name, bases, {})


@cache
def _resolved(constructor: str) -> type[nn.Module] | None:
    """Only names that this package wrote down itself come here; some of them are newer than some versions of torch."""
    module, _, name = constructor.rpartition(".")
    found: type[nn.Module] | None = getattr(import_module(module), name, None)
    return found


@cache
def _is_placed(cls: type[nn.Module]) -> bool:
    """Whether it takes a device and a data type; recurrent layers pass on what they get."""
    return "device" in signature(cls.__init__).parameters or issubclass(cls, nn.RNNBase)


def _bytes(layer: Layer) -> int:
    """At least what its parameters take."""
    total = 0
    for _, leaf in leaves(layer):
        try:
            settings = composites.settings_of(leaf)
            total += max(settings.kind.parameters(settings), 0)
        except NotKnown:
            continue
    return 4 * total


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """The same weights for the same seed, and no other random numbers touched."""
    if device.type == "meta":
        yield
        return
    devices = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
