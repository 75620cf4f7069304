"""A printed network as modules of torch that run: repr(build(parse(repr(m)))) == repr(m).

What the text does not hold has to be supplied and is never guessed; what had to be assumed (that children run in
printed order) stands in the result. A class whose forward no print holds has what is printed of it and raises
NotImplementedError when it is called, which `can_run` finds before. Only classes that kinds know are called.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib import import_module
from inspect import signature
from typing import Any, NamedTuple, TypeAlias, TypeVar, assert_never

import torch
from torch import nn

from archdiff.execute.building import planner, stand_ins
from archdiff.execute.building.composites import Argument, PrintedPart
from archdiff.execute.building.plans import INSIDE, WHOLE, Call, Hold, NoModule, ParameterHolder, Position
from archdiff.execute.building.refusals import Missing, build_error, missing_settings_error
from archdiff.execute.building.supplied_settings import CLASS, SuppliedSettings, Values
from archdiff.execute.live import exceptions
from archdiff.model.facts import Fact
from archdiff.model.network import Layer, Network, apart, join

_T = TypeVar("_T")
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
    """A network that runs."""

    module: nn.Module
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
    gpus = [builder.device.index or 0] if builder.device.type == "cuda" else []
    # constructors warn of what the author of the network chose
    with warnings.catch_warnings(action="ignore"), torch.random.fork_rng(gpus):
        torch.manual_seed(seed)
        module = builder.of(network.root, network.root.name)
    if builder.missing:
        raise missing_settings_error(builder.missing)
    builder.supplied.check_used()
    if module is None:
        raise build_error(network.root, "", "is not a network", "give a print of a module")
    return Built(module, tuple(builder.assumptions()))


class _Builder:
    """Goes through one network; `known` holds what was worked out for equal prints."""

    def __init__(self, device: torch.device, dtype: torch.dtype | None, supplied: SuppliedSettings) -> None:
        self.device = device
        self.supplied = supplied
        self.place: dict[str, Any] = {"device": device} | ({"dtype": dtype} if dtype else {})
        self.missing: list[tuple[str, Layer, Missing]] = []
        self.assumed: dict[tuple[str, str, str], list[str]] = {}
        self.known: dict[tuple[str, int], tuple[_Make, Call]] = {}

    def of(self, layer: Layer, path: str, where: Position = WHOLE) -> nn.Module | None:
        """The module of a layer; None for a child that is none."""
        supplied = self.supplied.of(layer.class_name, path)
        if not supplied and not layer.children and (known := self.known.get((layer.class_name, id(layer.settings)))):
            return self._made(known, layer, path)
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
                return self._held(plan, layer, path)
            case Call():
                return self._called(plan, layer, path, supplied)
            case _:
                assert_never(plan)

    def _called(self, plan: Call, layer: Layer, path: str, supplied: Values) -> nn.Module:
        before = len(self.missing)
        known = self._maker(plan, layer, path), plan
        if not layer.children and not supplied and not plan.behind:
            self.known[layer.class_name, id(layer.settings)] = known
        if len(self.missing) > before:
            return nn.Identity()
        return self._made(known, layer, path)

    def _held(self, plan: Hold, layer: Layer, path: str) -> nn.Module:
        children: dict[str, nn.Module | None] = {}
        for child in planner.expanded(layer).children:
            if child.name in children:
                raise build_error(child, join(path, child.name), "has the name of another child", "rename one of them")
            where = planner.position_of(child, plan)
            children[child.name] = self.of(child, join(path, child.name), where)
        if plan.assumed:
            self.assumed.setdefault((plan.class_name, "forward", ""), []).append(path)
        if "." in plan.base:  # of torch
            module: nn.Module = _resolved(plan.base)()
            module._modules.update(children)  # a name may be that of a method
            return module
        base = getattr(stand_ins, plan.base)
        bases = (base,) if plan.has_forward else (stand_ins.NoForward, base)
        named = _calling(layer, path, partial(_named, plan.class_name, *bases))  # not all texts are names
        beside = {"beside": plan.beside} if plan.has_forward else {}
        made: nn.Module = named(children, printed=plan.settings, **beside)
        return made

    def _numbers(self, plan: ParameterHolder, layer: Layer, path: str) -> nn.Module:
        found = {}
        for name, dtype, size in plan.sizes:
            empty = _calling(layer, path, partial(torch.zeros, size, dtype=getattr(torch, dtype), device=self.device))
            found[name] = nn.Parameter(empty, requires_grad=empty.is_floating_point())
        if plan.constructor.endswith("List"):
            return nn.ParameterList(found.values())
        return _calling(layer, path, partial(nn.ParameterDict, found))  # which takes no name of a method

    def _maker(self, plan: Call, layer: Layer, path: str) -> _Make:
        """What makes the module, as often as it is called."""
        cls = _resolved(plan.constructor)
        if cls is None:
            raise build_error(
                layer, path, f"needs {plan.constructor}, which is not installed", "a newer version has it"
            )
        place = self.place if _is_placed(cls) else {}
        args = [self._argument(value, path) for value in plan.args]
        keywords = {name: self._argument(value, path) for name, value in plan.keywords}
        behind = {name: self._argument(part, path) for name, part in plan.behind}
        if plan.alias:
            bases = (getattr(stand_ins, plan.base), cls) if cls is not nn.Module else (getattr(stand_ins, plan.base),)
            cls = _calling(layer, path, partial(_named, plan.alias, *bases))

        def make() -> Any:
            if place or not plan.constructor.startswith("archdiff."):
                module = cls(*args, **keywords, **place)
            else:
                with self.device:
                    module = cls(*args, **keywords).to(dtype=self.place.get("dtype"))
            if behind:
                return stand_ins.leading(module, plan.settings, behind)
            return stand_ins.as_printed(module, plan.settings) if plan.alias else module

        return make

    def _argument(self, value: Argument, path: str) -> Any:
        """A part that a constructor takes is built first."""
        return self.of(value.layer, join(path, value.path), INSIDE) if isinstance(value, PrintedPart) else value

    def _made(self, known: tuple[_Make, Call], layer: Layer, path: str) -> nn.Module:
        make, plan = known
        for name, value in plan.taken:
            self.assumed.setdefault((layer.class_name, name, str(value)), []).append(path)
        return _calling(layer, path, make)

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


def _calling(layer: Layer, path: str, make: Callable[[], _T]) -> _T:
    """What a constructor says of the values it gets, as an error about this line."""
    try:
        return make()
    except Exception as refused:  # constructors raise whatever they like
        raise build_error(layer, path, f"cannot be built: {exceptions.reason(refused)}", "correct the line") from None


@cache
def _named(name: str, *bases: Any) -> Any:
    """A class that prints under this name."""
    return type(name, bases, {})


@cache
def _resolved(constructor: str) -> Any:
    """Only names that this package wrote down itself come here; some of them are newer than some versions of torch."""
    module, _, name = constructor.rpartition(".")
    return getattr(import_module(module), name, None)


@cache
def _is_placed(cls: type[nn.Module]) -> bool:
    """Whether it takes a device and a data type; recurrent layers pass on what they get."""
    return "device" in signature(cls.__init__).parameters or issubclass(cls, nn.RNNBase)
