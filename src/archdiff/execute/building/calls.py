"""The constructor of a printed layer without children of its own, and its arguments.

Only classes of kinds are constructed and only fields of their kind are passed. A class of another library is derived
from what computes the same; where no print tells what it computes, its numbers are made and it does not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from archdiff.execute.building import classes
from archdiff.execute.building.classes import FOLLOWS, LEADS, LIBRARY, NO_FORWARD, ONE_LINE, PRINTED
from archdiff.execute.building.composites import Argument, PrintedPart
from archdiff.execute.building.plans import Call, as_printed
from archdiff.execute.building.refusals import IN_CODE, Missing, build_error, no_such_setting
from archdiff.execute.building.supplied_settings import CLASS, Values
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.network import UNKNOWN, Layer, Setting, Value
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import REQUIRED, Field, Kind, Settings, Trait


def substitute(layer: Layer, path: str, class_name: str, supplied: Values) -> Call:
    """The class that was supplied for this one; what that class does not take is left out."""
    kind = kinds.find(class_name)
    if kind is None or not kind.constructor or kind.traits & kinds.CONTAINERS:
        raise UsageError(
            f"--set {path}.{CLASS}={class_name}: no such layer", way_out=f"a class of torch.nn: {CLASS}=Identity"
        )
    kept = tuple(s for s in layer.settings if (kind.field(s.name) if s.name else kind.positional))
    chosen = Layer(layer.name, class_name, kept, (), layer.repeat, "", layer.span, layer.layout)
    supplied = {name: value for name, value in supplied.items() if name != CLASS}
    plan = call(chosen, path, kind, supplied, kinds.resolve(kind, class_name, ()))
    return plan._replace(alias=layer.class_name, settings=as_printed(layer))


def without_forward(layer: Layer, lacks: tuple[str, ...] = ()) -> Call:
    """Holds nothing but its name and settings, and does not run."""
    return Call("torch.nn.Module", alias=layer.class_name, settings=as_printed(layer), base=NO_FORWARD, lacks=lacks)


def layer_call(layer: Layer, path: str, kind: Kind, supplied: Values) -> Call:
    """A layer that prints no children. Raises Missing where the print does not hold what the constructor needs.

    A class of another library that does not print its size, or of which nothing can be made but an empty module, is
    held as it is printed.
    """
    if kind.name == _POOL and (pool := _pool(layer, kind)):
        return pool
    if not kind.constructor:
        return without_forward(layer)
    implied = kinds.resolve(kind, layer.class_name, ())
    try:
        return call(layer, path, kind, supplied, implied)
    except Missing as lacks:
        if not _is_empty(layer, kind, lacks):
            raise
        return without_forward(layer, lacks.settings)


def _is_empty(layer: Layer, kind: Kind, lacks: Missing) -> bool:
    """Whether no numbers can be made of it: its size is not printed, or it has none.

    A class of torch prints its size, so that `RMSNorm()` is another class of that name.
    """
    fields = [kind.field(name) for name in lacks.settings]
    no_size = any(
        field is not None and field.default is REQUIRED and field.aspect in ("input", "width") for field in fields
    )
    if _is_own(kind, kinds.bare(layer.class_name)):
        return no_size and not layer.settings
    return no_size or not kind.has_parameters


_POOL: Final = "select_adaptive_pool_2d"


def _pool(layer: Layer, kind: Kind) -> Call | None:
    """The pool of which a rule says that it is one, and what runs behind it; None where the rule leaves it alone."""
    resolved = layer._replace(kind=kind.name, settings=kinds.resolve(kind, layer.class_name, layer.settings))
    written = rules.table()["select_adaptive_pool"].rewrite(Layer("", "", children=(resolved,)))
    if written is None:
        return None
    pool, *behind = written.children
    keywords = tuple((setting.name, setting.value) for setting in pool.settings if setting.name)
    parts = tuple((name, PrintedPart(name, each)) for each in behind if (name := each.name.rpartition(".")[2]))
    constructor = kinds.by_name()[pool.kind].constructor
    return Call(
        constructor, (), keywords, layer.class_name, as_printed(layer), ((CLASS, constructor),), ONE_LINE, parts
    )


def leading(layer: Layer, path: str, kind: Kind, supplied: Values) -> Call:
    """A norm that prints what it runs behind itself."""
    plan = call(layer, path, kind, supplied, kinds.resolve(kind, layer.class_name, ()))
    parts = tuple((child.name, PrintedPart(child.name, child)) for child in layer.children)
    taken = plan.taken if plan.alias else ((CLASS, plan.constructor), *plan.taken)
    return plan._replace(alias=layer.class_name, settings=as_printed(layer), taken=taken, base=LEADS, behind=parts)


def following(layer: Layer, path: str, kind: Kind, supplied: Values) -> Call | None:
    """A convolution that prints the padding before it, of which a rule says so; None for any other."""
    if rules.table()["static_padding"].rewrite(layer) is None:
        return None
    plan = call(layer, path, kind, supplied)
    parts = tuple((child.name, PrintedPart(child.name, child)) for child in layer.children)
    return plan._replace(base=FOLLOWS, behind=parts)


def call(
    layer: Layer,
    path: str,
    kind: Kind,
    supplied: Values,
    implied: tuple[Setting, ...] = (),
    parts: Mapping[str, Argument] = MappingProxyType({}),
) -> Call:
    """The constructor with what is printed, what the printed parts tell (`parts`) and what the class implies."""
    class_name = kinds.bare(layer.class_name)
    constructor, own = _constructor(kind, class_name), _is_own(kind, class_name)
    args, keywords, rest = _printed(layer, path, kind, class_name, own)
    keywords = {**parts, **classes.ALSO.get(class_name, {}), **keywords}
    by_position = kind.positional[: len(args)]
    open_: set[str | None] = set()  # what another library's class may or may not print
    if not own:
        by_class = {s.name: s.value for s in implied if s.name and s.name not in (*keywords, *by_position)}
        keywords |= {name: value for name, value in by_class.items() if value is not UNKNOWN}
        open_ |= by_class.keys() - keywords.keys()
    for name, value in supplied.items():
        if kind.field(name) is None:
            raise no_such_setting(path, kind.name, name, [field.name for field in kind.fields])
        keywords[name] = value
    held: set[str | None] = {*keywords, *by_position}
    skipped = {setting.name for setting in implied} - open_
    if class_name.startswith("Lazy"):
        skipped.add(kind.fields[0].name)
    _check(layer, path, kind, held, skipped, open_, keywords)
    taken = tuple((each.name, each.likely) for each in _usual(kind) if each.name not in held)
    if classes.USUAL.get(kind.name) not in (None, *held):
        keywords |= taken
    made = Call(constructor, tuple(args), tuple(keywords.items()), taken=taken)
    return made if own else _of_library(made, layer, rest)


def _of_library(plan: Call, layer: Layer, rest: tuple[str, ...]) -> Call:
    """The same for a class of another library; of its settings in `rest` nothing is known."""
    constructor, base, keywords = _beyond(plan.constructor, dict(plan.keywords))
    return plan._replace(
        constructor=constructor,
        keywords=tuple(keywords.items()),
        alias=layer.class_name,
        settings=as_printed(layer),
        taken=((CLASS, constructor), *plan.taken),
        base=NO_FORWARD if rest or kinds.by_ending(layer.class_name) else base,
        lacks=rest,
    )


def _beyond(constructor: str, keywords: dict[str, Argument]) -> tuple[str, str, dict[str, Argument]]:
    """(constructor, how it is derived, its arguments), where a class implies what torch's does not do."""
    beyond = classes.BEYOND | kinds.ADDED.keys()
    left = {name: value for name, value in keywords.items() if name not in beyond}
    if keywords.get("frozen") is True:
        return f"{LIBRARY}.FrozenNorm2d", PRINTED, {k: v for k, v in left.items() if k in ("num_features", "eps")}
    if keywords.get("standardized") == "and scaled":
        return f"{LIBRARY}.ScaledConv2d", NO_FORWARD, {k: v for k, v in left.items() if v != "same"}
    if keywords.get("standardized") is True:  # by how much more than the variance it divides is not printed
        return constructor, NO_FORWARD, {k: v for k, v in left.items() if v != "same"}
    if keywords.get("padding") == "same":
        return f"{LIBRARY}.SamePadConv2d", PRINTED, {k: v for k, v in left.items() if v != "same"}
    return constructor, PRINTED if len(left) == len(keywords) else NO_FORWARD, left


def _constructor(kind: Kind, class_name: str) -> str:
    if class_name in classes.ELSEWHERE:
        return classes.ELSEWHERE[class_name]
    return f"torch.nn.{class_name}" if class_name in classes.OWN else kind.constructor


def _is_own(kind: Kind, class_name: str) -> bool:
    """Whether the printed class is the one that is constructed."""
    return _constructor(kind, class_name).rpartition(".")[2] == class_name


def _printed(
    layer: Layer, path: str, kind: Kind, class_name: str, own: bool
) -> tuple[list[Argument], dict[str, Argument], tuple[str, ...]]:
    """Printed settings as arguments: by position as long as they were printed so, then by name.

    The third are those of a class of another library that nothing is known of.
    """
    args: list[Argument] = []
    keywords: dict[str, Argument] = {}
    rest: list[str] = []
    also = {other: field.name for field in kind.fields for other in field.also}
    position = iter(kind.positional)
    by_name = class_name.startswith(classes.BY_NAME)
    for setting in layer.settings:
        name = also.get(setting.name, setting.name) if setting.name else next(position, None)
        field = kind.field(name) if name else None
        if (name is None or field is None) and not own:
            rest.append(setting.name or setting.text or str(setting.value))
            continue
        if name is None or field is None or setting.value is UNKNOWN:
            raise build_error(
                layer, path, f"prints {setting.text or setting.name!r}, which {class_name} does not take", IN_CODE
            )
        value = _sizes(setting.value)
        if setting.name is None and not keywords and not by_name:
            args.append(value)
        else:
            keywords[name] = value
    if class_name.startswith("Lazy"):
        keywords.pop(kind.fields[0].name, None)  # 0, before its first input
    for name in classes.FIXED.get(class_name, ()):
        keywords.pop(name, None)
    kept = {name: value for name, value in keywords.items() if not _follows(kind, name, keywords)}
    return args, kept, tuple(rest)


def _sizes(value: Value) -> Value:
    """`torch.Size([8])`, as LayerNorm printed its shape before torch 1.2."""
    sizes = classes.SIZE.fullmatch(value) if isinstance(value, str) else None
    return tuple(int(size) for size in sizes[1].split(",")) if sizes else value


def _follows(kind: Kind, name: str, keywords: Mapping[str, Argument]) -> bool:
    """`bias=True` behind `affine=True` says nothing, and torch before 2.13 does not take it."""
    field = kind.field(name)
    if field is None or not field.follows or not callable(field.default) or field.follows not in keywords:
        return False
    others = {key: value for key, value in keywords.items() if key != name and not isinstance(value, PrintedPart)}
    return field.default(Settings(kind, others)) == keywords[name]


def _check(
    layer: Layer,
    path: str,
    kind: Kind,
    held: set[str | None],
    skipped: set[str | None],
    open_: set[str | None],
    keywords: Mapping[str, Argument],
) -> None:
    """That nothing is missing; `skipped` need not be there, `open_` must."""
    instead = {field.follows for field in kind.fields if field.name in held}  # output_ratio in place of output_size
    needed = {field.name for field in _needed(kind) if field.name not in held | skipped | instead} | (open_ - held)
    if needed:
        raise Missing(tuple(field.name for field in kind.fields if field.name in needed))
    if kind.name in classes.HOLD_FUNCTIONS and not held:
        raise build_error(
            layer, path, f"holds a function as its {classes.HOLD_FUNCTIONS[kind.name]}, which no print shows", IN_CODE
        )
    for name, most in classes.MOST.items():
        value = keywords.get(name, 0)
        if not isinstance(value, int) or value > most:
            raise build_error(layer, path, f"has {name}={value}", f"archdiff builds up to {name}={most}")


@cache
def _needed(kind: Kind) -> tuple[Field, ...]:
    """What a constructor of torch cannot do without; classes of archdiff.nn know themselves what they need."""
    if kind.constructor.startswith("archdiff.nn."):
        return ()
    return tuple(
        field
        for field in kind.fields
        if field.default is REQUIRED or (field.default is UNKNOWN and field.likely is UNKNOWN and not field.follows)
    )


@cache
def _usual(kind: Kind) -> tuple[Field, ...]:
    """What a print never or not always holds and hardly anybody changes, where it matters to the computed function."""
    if kind.constructor.startswith("archdiff.nn.") or kind.has(Trait.LOSS, Settings(kind, {})):
        return ()
    function = (Effect.FUNCTION, Effect.INFERENCE)
    return tuple(
        field
        for field in kind.fields
        if field.default is UNKNOWN and field.likely is not UNKNOWN and field.effect in function and not field.only_with
    )
