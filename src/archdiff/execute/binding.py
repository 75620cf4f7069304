"""How a printed layer is constructed: a `Call` of a known class, or a `Hold` that keeps its children.

From the printed text alone and without torch, so that `build` can call what `source` writes down. Only classes of kinds
are constructed and only fields of their kind are passed; text is never evaluated, and nothing is guessed: what the
print does not hold is asked for.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

from archdiff.execute import _classes, _composites
from archdiff.execute._classes import IN_ORDER, LIST_IN_ORDER
from archdiff.execute._composites import Argument, Part
from archdiff.execute._refusals import IN_CODE, Missing, error, no_such_setting
from archdiff.execute.given import CLASS, NOTHING, Values
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.network import UNKNOWN, Layer, Network, Setting, Value, is_tabled, join
from archdiff.parse._layout import Layout
from archdiff.parse.readers.torch_repr import unclosed
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import REQUIRED, Field, Kind, Settings, Trait


@dataclass(frozen=True, slots=True)
class Call:
    """A constructor with its arguments."""

    constructor: str  # "torch.nn.Conv2d"
    args: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Argument], ...] = ()
    alias: str = ""  # the class that was printed, where it is not the one that is constructed
    settings: str = ""  # its settings as printed
    taken: tuple[tuple[str, Value], ...] = ()  # what the print does not hold and was taken as usual


@dataclass(frozen=True, slots=True)
class Hold:
    """A container of all children that are printed."""

    base: str  # SEQUENTIAL, IN_ORDER, LIST_IN_ORDER, DICT_IN_ORDER
    class_name: str = ""  # as printed
    settings: str = ""
    beside: tuple[str, ...] = ()  # children that its forward does not call: losses and lists of parameters
    assumed: bool = False  # that children run in printed order


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list or dict of parameters."""

    constructor: str
    sizes: tuple[tuple[str, str, tuple[int, ...]], ...]  # name, data type ("float32"), size


@dataclass(frozen=True, slots=True)
class Nothing:
    """A child that is None."""


Plan: TypeAlias = Call | Hold | Numbers | Nothing


def bind(layer: Layer, path: str, given: Values = NOTHING) -> Plan:
    """How this layer is constructed; `given` are settings that somebody gave. Raises Missing and BuildError."""
    if is_tabled(layer):
        raise error(layer, path, "is a row of a summary table, which holds no settings", "give print(model) instead")
    if CLASS in given:
        return _instead(layer, path, str(given[CLASS]), given)
    if layer.class_name == "None" and not layer.children:
        return Nothing()
    kind = kinds.find(layer.class_name)
    if layer.children or (kind and _only_holds(kind)):
        plan = _with_children(layer, path, kind, given)
        if given and not isinstance(plan, Call):
            raise no_such_setting(path, layer.class_name, next(iter(given)), ())
        return plan
    if kind is not None and kind.constructor:
        return _call(layer, path, kind, kinds.bare(layer.class_name), kinds.resolve(kind, layer.class_name, ()), given)
    raise Missing((CLASS,))


def check(network: Network) -> None:
    """That it is all there."""
    if unclosed(network.root) is not None:
        raise error(network.root, "", "is cut off in the text", "give the whole print, up to its last bracket")


def expanded(layer: Layer) -> Layer:
    """With every repeated child by itself, `0`, `1`, ... in place of `0-11`."""
    return rules.table()["repeats"].rewrite(layer) or layer


# Containers


def _only_holds(kind: Kind) -> bool:
    return any(kind.has(trait, Settings(kind, {})) for trait in (Trait.LISTS, Trait.SEQUENTIAL))


def _with_children(layer: Layer, path: str, kind: Kind | None, given: Values) -> Plan:
    name = kinds.bare(layer.class_name)
    if name in _classes.PARAMETERS:
        return _numbers(layer, path, _classes.PARAMETERS[name])
    if name in _classes.HOLDERS:
        return Hold(
            _classes.HOLDERS[name], name, beside=_beside(layer), assumed=name != "Sequential" and bool(layer.children)
        )
    if any(child.name == "parametrizations" for child in layer.children):
        raise error(layer, path, "computes its weights by parametrizations, which no print tells in full", IN_CODE)
    if kind is not None:
        told = _composites.arguments(kind.name, layer)
        if told is not None:
            return _call(layer, path, kind, name, (), given, told)
        if kind.has(Trait.WRAPS, Settings(kind, {})) and len(layer.children) == 1:
            return Hold(IN_ORDER, layer.class_name, as_printed(layer))
        if layer.settings and not _only_holds(kind) and _takes(kind, layer.settings):
            raise error(layer, path, f"prints children that {kind.constructor or name} does not have", IN_CODE)
    base = LIST_IN_ORDER if _is_list(layer) else IN_ORDER
    return Hold(base, layer.class_name, as_printed(layer), _beside(layer), assumed=bool(layer.children))


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
    if not any(_is_beside(child.class_name) for child in layer.children):
        return ()
    return tuple(child.name for child in expanded(layer).children if _is_beside(child.class_name))


@cache
def _is_beside(class_name: str) -> bool:
    """A loss belongs to training and a list of parameters is no module that runs: no forward calls them in a row."""
    kind = kinds.find(class_name)
    return kinds.bare(class_name) in _classes.PARAMETERS or (
        kind is not None and not kind.traits.isdisjoint((Trait.LOSS, Trait.METRIC))
    )


def _numbers(layer: Layer, path: str, constructor: str) -> Numbers:
    sizes = []
    for child in expanded(layer).children:
        told = {setting.name: setting.value for setting in child.settings}
        match child.class_name, told:
            case "Parameter", {"dtype": str(dtype), "size": tuple(size)} if all(type(part) is int for part in size):
                if dtype not in _classes.DTYPES:
                    raise error(
                        child, join(path, child.name), f"holds a {dtype}", f"one of {', '.join(_classes.DTYPES)}"
                    )
                sizes.append((child.name, _classes.DTYPES[dtype], size))
            case _:
                raise error(child, join(path, child.name), "is no parameter", IN_CODE)
    return Numbers(constructor, tuple(sizes))  # type: ignore[arg-type]


def as_printed(layer: Layer) -> str:
    """The settings of a class that is not torch's, as they stand in the print, line by line."""
    body = layer.layout.body if isinstance(layer.layout, Layout) else None
    if body and body[0] is not None and isinstance(layer.layout, Layout) and layer.layout.settings == layer.settings:
        lines = body[: body.index(None)] if None in body else body
        return textwrap.dedent("\n".join(line for line in lines if line)).rstrip()
    return ", ".join(setting.text or _written(setting) for setting in layer.settings)


def _written(setting: Setting) -> str:
    return f"{setting.name}={setting.value}" if setting.name else str(setting.value)


# Calls


def _instead(layer: Layer, path: str, class_name: str, given: Values) -> Call:
    """Somebody said which class stands for this one; what that class does not take is left out."""
    kind = kinds.find(class_name)
    if kind is None or not kind.constructor or _only_holds(kind):
        raise UsageError(
            f"--set {path}.{CLASS}={class_name}: no such layer", way_out=f"a class of torch.nn: {CLASS}=Identity"
        )
    kept = tuple(s for s in layer.settings if (kind.field(s.name) if s.name else kind.positional))
    chosen = Layer(layer.name, class_name, kept, (), layer.repeat, "", layer.span, layer.layout)
    given = {name: value for name, value in given.items() if name != CLASS}
    plan = _call(chosen, path, kind, kinds.bare(class_name), kinds.resolve(kind, class_name, ()), given)
    return replace(plan, alias=layer.class_name, settings=as_printed(layer))


def _call(
    layer: Layer,
    path: str,
    kind: Kind,
    class_name: str,
    implied: tuple[Setting, ...],
    given: Values,
    told: Mapping[str, Argument] = MappingProxyType({}),
) -> Call:
    """`told` follows from the printed parts, `implied` from the class alone."""
    constructor = _constructor(kind, class_name)
    own = constructor.rpartition(".")[2] == class_name
    args, keywords = _printed(layer, path, kind, class_name)
    keywords = {**told, **_classes.ALSO.get(class_name, {}), **keywords}
    by_position = kind.positional[: len(args)]
    open_: set[str | None] = set()  # what another library's class may or may not print
    if not own:
        by_class = {s.name: s.value for s in implied if s.name and s.name not in (*keywords, *by_position)}
        keywords |= {name: value for name, value in by_class.items() if value is not UNKNOWN}
        open_ |= by_class.keys() - keywords.keys()
        if keywords.keys() & _classes.NO_ARGUMENT:
            raise Missing((CLASS,))
    for name, value in given.items():
        if kind.field(name) is None:
            raise no_such_setting(path, kind.name, name, [field.name for field in kind.fields])
        keywords[name] = value
    held: set[str | None] = {*keywords, *by_position}
    skipped = {setting.name for setting in implied} | (
        {kind.fields[0].name} if class_name.startswith("Lazy") else set()
    )
    if missing := tuple(field.name for field in kind.fields if field.name in open_ - held):
        raise Missing(missing)
    _check(layer, path, kind, held | skipped, keywords)
    taken = tuple((each.name, each.likely) for each in _usual(kind) if each.name not in held)
    if _classes.USUAL.get(kind.name) not in (None, *held):
        keywords |= taken
    return Call(
        constructor,
        tuple(args),
        tuple(keywords.items()),
        "" if own else layer.class_name,
        "" if own else as_printed(layer),
        taken if own else ((CLASS, constructor), *taken),
    )


def _constructor(kind: Kind, class_name: str) -> str:
    if class_name in _classes.ELSEWHERE:
        return _classes.ELSEWHERE[class_name]
    return f"torch.nn.{class_name}" if class_name in _classes.OWN else kind.constructor


def _printed(layer: Layer, path: str, kind: Kind, class_name: str) -> tuple[list[Argument], dict[str, Argument]]:
    """Printed settings as arguments: by position as long as they were printed so, then by name."""
    args: list[Argument] = []
    keywords: dict[str, Argument] = {}
    also = {other: field.name for field in kind.fields for other in field.also}
    position = iter(kind.positional)
    by_name = class_name.startswith(_classes.BY_NAME)
    for setting in layer.settings:
        name = also.get(setting.name, setting.name) if setting.name else next(position, None)
        field = kind.field(name) if name else None
        if name is None or field is None or setting.value is UNKNOWN:
            raise error(
                layer, path, f"prints {setting.text or setting.name!r}, which {class_name} does not take", IN_CODE
            )
        value = _sizes(setting.value)
        if setting.name is None and not keywords and not by_name:
            args.append(value)
        else:
            keywords[name] = value
    if class_name.startswith("Lazy"):
        keywords.pop(kind.fields[0].name, None)  # 0, before its first input
    for name in _classes.FIXED.get(class_name, ()):
        keywords.pop(name, None)
    return args, {name: value for name, value in keywords.items() if not _follows(kind, name, keywords)}


def _sizes(value: Value) -> Value:
    """`torch.Size([8])`, as LayerNorm printed its shape before torch 1.2."""
    sizes = _classes.SIZE.fullmatch(value) if isinstance(value, str) else None
    return tuple(int(size) for size in sizes[1].split(",")) if sizes else value


def _follows(kind: Kind, name: str, keywords: Mapping[str, Argument]) -> bool:
    """`bias=True` behind `affine=True` says nothing, and torch before 2.13 does not take it."""
    field = kind.field(name)
    if field is None or not field.follows or not callable(field.default) or field.follows not in keywords:
        return False
    others = {key: value for key, value in keywords.items() if key != name and not isinstance(value, Part)}
    return field.default(Settings(kind, others)) == keywords[name]


def _check(layer: Layer, path: str, kind: Kind, held: set[str | None], keywords: Mapping[str, Argument]) -> None:
    instead = {field.follows for field in kind.fields if field.name in held}  # output_ratio in place of output_size
    missing = tuple(field.name for field in _needed(kind) if field.name not in held | instead)
    if missing:
        raise Missing(missing)
    if kind.name in _classes.HOLD_FUNCTIONS and not held:
        raise error(
            layer, path, f"holds a function as its {_classes.HOLD_FUNCTIONS[kind.name]}, which no print shows", IN_CODE
        )
    for name, most in _classes.MOST.items():
        value = keywords.get(name, 0)
        if not isinstance(value, int) or value > most:
            raise error(layer, path, f"has {name}={value}", f"archdiff builds up to {name}={most}")


@cache
def _needed(kind: Kind) -> tuple[Field, ...]:
    """What a constructor of torch cannot do without; classes of archdiff know themselves what they need."""
    if not kind.constructor.startswith("torch."):
        return ()
    return tuple(
        field
        for field in kind.fields
        if field.default is REQUIRED or (field.default is UNKNOWN and field.likely is UNKNOWN and not field.follows)
    )


@cache
def _usual(kind: Kind) -> tuple[Field, ...]:
    """What a print never or not always holds and hardly anybody changes, where it matters to the computed function."""
    if not kind.constructor.startswith("torch.") or kind.has(Trait.LOSS, Settings(kind, {})):
        return ()
    function = (Effect.FUNCTION, Effect.INFERENCE)
    return tuple(
        field
        for field in kind.fields
        if field.default is UNKNOWN and field.likely is not UNKNOWN and field.effect in function and not field.only_with
    )
