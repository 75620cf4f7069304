"""A layer that PEFT trains as a whole is that layer: of the two that are printed, the copy runs, the original is kept.

`modules_to_save` of any adapter prints a ModulesToSaveWrapper, LN tuning a layer of its own. What is inside is
a layer with one or several trained copies; where the copies are not what the original is, nothing is taken away.
"""

from __future__ import annotations

from collections.abc import Iterator

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Layer, Setting, Value, moved, walk
from archdiff.semantics import kinds
from archdiff.semantics.rules import Rule

#: names of the original and of what holds its copies
_ORIGINAL, _COPIES = ("original_module", "base_layer"), ("modules_to_save", "ln_tuning_layers")


def _rewrite(layer: Layer) -> Layer | None:
    if layer.settings or len(layer.children) != 2:
        return None
    original, copies = layer.children
    if (original.name, copies.name) not in zip(_ORIGINAL, _COPIES, strict=True) or not copies.children:
        return None
    if copies.settings or not all(_is_copy(copy, original) for copy in copies.children):
        return None
    names = tuple(copy.name for copy in copies.children)
    first = moved(copies.children[0], layer.shift + copies.shift)
    return _with(first, original, names)._replace(name=layer.name, span=layer.span)


def _is_copy(copy: Layer, original: Layer) -> bool:
    """Whether it prints what the original prints, and has no adapter of its own."""
    copied, kept = (
        [(path, inner.class_name, inner.settings, inner.repeat) for path, inner in walk(each._replace(name=""))]
        for each in (copy, original)
    )
    return copied == kept and not any(setting.name == "adapter" for _, _, settings, _ in copied for setting in settings)


def _with(layer: Layer, original: Layer, names: tuple[str, ...]) -> Layer:
    """The layer, or every layer in it that has numbers to train, as a trained copy."""
    if layer.children:
        children = [_with(child, child, names) for child in layer.children]
        return layer._replace(children=tuple(children))
    kind = kinds.by_name().get(layer.kind)
    if kind is not None and not kind.has_parameters:
        return layer
    return layer._replace(settings=(*layer.settings, *_settings(original, names)))


def _settings(original: Layer, names: tuple[str, ...]) -> Iterator[Setting]:
    yield Setting("trained_copies", len(names), f"trained copies {len(names)}")
    yield Setting("copy_name", " and ".join(names), f"modules_to_save {', '.join(names)}")
    yield Setting("kept_parameters", _numbers(original, len(names)))


def _numbers(original: Layer, copies: int) -> Value:
    """The original and all copies but the one that counts as the layer."""
    try:
        return copies * kinds.by_name()[original.kind].parameters(kinds.settings_of(original))
    except (KeyError, kinds.NotKnown):
        return UNKNOWN


RULE = Rule(
    name="modules_to_save",
    effect=Effect.COSMETIC,
    finding="",
    because="the copy runs and is trained, the original is kept",
    rewrite=_rewrite,
    concerns=lambda kind, below: kind == "" and "module_dict" in below,
)
