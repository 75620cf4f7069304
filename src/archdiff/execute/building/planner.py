"""How a printed layer is constructed: a `Call` of a known class, or a `Hold` that keeps its children.

From the printed text alone and without torch, so that `build` can call what `source.writer` writes down. Text is never
evaluated, and nothing is guessed: what the print does not hold has to be supplied, and a custom class whose forward no
print holds is made with all that is printed of it and does not run.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from archdiff.execute.building import calls, classes, composites
from archdiff.execute.building.classes import HOLDS, IN_ORDER, LIST_HOLDS, LIST_IN_ORDER
from archdiff.execute.building.plans import (
    BESIDE,
    INSIDE,
    ONLY_HELD,
    WHOLE,
    Call,
    Hold,
    NoModule,
    ParameterHolder,
    Plan,
    Position,
    as_printed,
)
from archdiff.execute.building.refusals import IN_CODE, build_error, no_such_setting
from archdiff.execute.building.supplied_settings import CLASS, NOTHING, Values
from archdiff.model.network import Layer, Network, Setting, is_tabled, join
from archdiff.parse.grammar.module import unclosed
from archdiff.semantics import containers, kinds, rules
from archdiff.semantics.kinds import Kind, Settings, Trait

#: given for a class with children: it runs them in printed order
IN_ORDER_CLASS: Final = "Sequential"


def bind(layer: Layer, path: str, supplied: Values = NOTHING, where: Position = WHOLE) -> Plan:
    """How a layer is constructed.

    Args:
        layer: as it is printed.
        path: of it, for errors.
        supplied: settings that were supplied; `class` says which class stands for it.
        where: what stands around it.

    Raises:
        Missing: the print does not hold what its constructor needs.
        BuildError: its line cannot be of this class.
        UsageError: something is supplied that it does not take.
    """
    if is_tabled(layer):
        raise build_error(
            layer, path, "is a row of a summary table, which holds no settings", "give print(model) instead"
        )
    if supplied.get(CLASS) == IN_ORDER_CLASS and layer.children:
        return Hold(IN_ORDER, layer.class_name, as_printed(layer), _beside(layer), inside=_inside(layer, where))
    if CLASS in supplied:
        return calls.substitute(layer, path, str(supplied[CLASS]), supplied)
    if layer.class_name == "None" and not layer.children:
        return NoModule()
    kind = kinds.find(layer.class_name)
    if layer.children or (kind and _only_holds(kind)):
        plan = _with_children(layer, path, kind, supplied, where)
        if supplied and not isinstance(plan, Call):
            raise no_such_setting(path, layer.class_name, next(iter(supplied)), ())
        return plan
    if kind is not None:
        return calls.layer_call(layer, path, kind, supplied)
    return calls.without_forward(layer)


def position_of(child: Layer, plan: Hold) -> Position:
    """Where a child of what is held stands."""
    return BESIDE if is_beside(child.class_name) else plan.inside


def check_complete(network: Network) -> None:
    """That it is all there."""
    if unclosed(network.root) is not None:
        raise build_error(network.root, "", "is cut off in the text", "give the whole print, up to its last bracket")


def expanded(layer: Layer) -> Layer:
    """With every repeated child by itself, `0`, `1`, ... in place of `0-11`."""
    return rules.table()["repeats"].rewrite(layer) or layer


# Containers


def _only_holds(kind: Kind) -> bool:
    return any(kind.has(trait, Settings(kind, {})) for trait in (Trait.LISTS, Trait.SEQUENTIAL))


def _with_children(layer: Layer, path: str, kind: Kind | None, supplied: Values, where: Position) -> Plan:
    name = kinds.bare(layer.class_name)
    if name in classes.PARAMETERS:
        return _numbers(layer, path, classes.PARAMETERS[name])
    if name in classes.HOLDERS:
        return _holder(layer, name, where)
    if any(child.name == "parametrizations" for child in layer.children):
        raise build_error(
            layer, path, "computes its weights by parametrizations, which no print tells in full", IN_CODE
        )
    if kind is not None:
        parts = composites.arguments(kind.name, layer)
        if parts is not None:
            return calls.call(layer, path, kind, supplied, parts=parts)
        if Trait.LEADS in kind.traits and kinds.of_layer(layer) is kind:
            return calls.leading(layer, path, kind, supplied)
        if following := calls.following(layer, path, kind, supplied):
            return following
        if kind.has(Trait.WRAPS, Settings(kind, {})) and len(layer.children) == 1:
            return Hold(IN_ORDER, layer.class_name, as_printed(layer), inside=where)
        if layer.settings and not _only_holds(kind) and _takes(kind, layer.settings):
            raise build_error(layer, path, f"prints children that {kind.constructor or name} does not have", IN_CODE)
    return _custom_class(layer, where)


def _holder(layer: Layer, name: str, where: Position) -> Hold:
    """A container of torch; what runs the children of a list is what holds it."""
    if name == IN_ORDER_CLASS or (where.called and layer.children):
        base, assumed = classes.HOLDERS[name], name != IN_ORDER_CLASS
        return Hold(base, name, beside=_beside(layer), assumed=assumed, inside=_inside(layer, where))
    return Hold(classes.ONLY_HOLDERS[name], name, inside=where)


def _custom_class(layer: Layer, where: Position) -> Hold:
    name, settings = layer.class_name, as_printed(layer)
    if where.called and containers.is_taken_to_run(layer, where.whole):
        base, inside = LIST_IN_ORDER if _is_list(layer) else IN_ORDER, _inside(layer, where)
        return Hold(base, name, settings, _beside(layer), assumed=bool(layer.children), inside=inside)
    return Hold(LIST_HOLDS if _is_list(layer) else HOLDS, name, settings, has_forward=False, inside=ONLY_HELD)


def _inside(layer: Layer, where: Position) -> Position:
    """Where the children of what runs in order stand."""
    alone = sum(child.repeat for child in layer.children) - len(_beside(layer)) == 1
    return where if alone else INSIDE._replace(called=where.called)


def _takes(kind: Kind, settings: tuple[Setting, ...]) -> bool:
    """Whether these can be settings of torch's class, so that it is no other one of that name."""
    by_position = sum(setting.name is None for setting in settings)
    return by_position <= len(kind.positional) and all(kind.field(s.name) for s in settings if s.name)


def _is_list(layer: Layer) -> bool:
    """Only a ModuleList prints equal neighbours once, and it numbers its children."""
    if all(child.repeat == 1 for child in layer.children) or layer.settings:
        return False
    return [child.name for child in expanded(layer).children] == [
        str(number) for number in range(sum(child.repeat for child in layer.children))
    ]


def _beside(layer: Layer) -> tuple[str, ...]:
    if not any(is_beside(child.class_name) for child in layer.children):
        return ()
    return tuple(child.name for child in expanded(layer).children if is_beside(child.class_name))


@cache
def is_beside(class_name: str) -> bool:
    """Whether no forward runs such a class: a loss belongs to training, a list of parameters is no module."""
    kind = kinds.find(class_name)
    return kinds.bare(class_name) in classes.PARAMETERS or (
        kind is not None and not kind.traits.isdisjoint((Trait.LOSS, Trait.METRIC))
    )


def _numbers(layer: Layer, path: str, constructor: str) -> ParameterHolder:
    sizes = []
    for child in expanded(layer).children:
        settings = {setting.name: setting.value for setting in child.settings}
        match child.class_name, settings:
            case "Parameter", {"dtype": str(dtype), "size": tuple(size)} if all(type(part) is int for part in size):
                if dtype not in classes.DTYPES:
                    raise build_error(
                        child, join(path, child.name), f"holds a {dtype}", f"one of {', '.join(classes.DTYPES)}"
                    )
                sizes.append((child.name, classes.DTYPES[dtype], size))
            case _:
                raise build_error(child, join(path, child.name), "is not a parameter", IN_CODE)
    return ParameterHolder(constructor, tuple(sizes))  # type: ignore[arg-type]
