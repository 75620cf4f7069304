"""What a live module holds and its print does not, as facts: settings, attributes, tensors, hooks, modes, shared names.

`attributes` and `state` say what of it counts. Must not change the module.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from typing import Final

from archdiff.execute.live import state
from archdiff.execute.live.attributes import attributes
from archdiff.model.facts import ATTRIBUTES, CHANGES, HOOKS, MODE, SHARED, TENSORS, Fact, Provenance
from archdiff.model.network import UNKNOWN, Layer, Network, Value, join, names
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Kind, NotKnown, Settings
from archdiff.semantics.live_settings import may_be_unprinted

with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
    from torch import Tensor, nn


def add_unprinted(network: Network, module: nn.Module, changes: tuple[str, ...] = ()) -> Network:
    """The network with what the module holds beside its print.

    Args:
        network: the print of the module.
        module: which was printed.
        changes: what its code changed outside of it, as sentences.
    """
    if changes:
        network = network._replace(facts=(*network.facts, Fact(CHANGES, changes, Provenance.LIVE)))
    if network.root.class_name != type(module).__name__:
        return network
    mode = Fact(MODE, _mode(module.training), Provenance.LIVE)
    facts = *network.facts, _shared(module), mode, *_held(network.root, module, "", module.training)
    return network._replace(facts=facts)


def _held(layer: Layer | None, module: nn.Module, path: str, training: bool) -> Iterator[Fact]:
    """Of a module and all in it; `layer` is None where it is not printed. Depth is bounded by that of a print."""
    for name, value in _of_module(layer, module, training):
        yield Fact(name, value, Provenance.LIVE, path)
    printed = {name: child for child in (layer.children if layer else ()) for name in names(child)}
    for name, inner in module._modules.items():  # of a scripted module, too, and one that stands twice
        if inner is not None:
            yield from _held(printed.get(name), inner, join(path, name), training)


def _of_module(layer: Layer | None, module: nn.Module, training: bool) -> Iterator[tuple[str, Value]]:
    kind = kinds.of_layer(layer) if layer else None
    settings = kinds.settings_of(kinds.resolved(layer, kind)) if layer and kind else None
    is_torch = _is_torch(type(module))
    expected = _expected(settings) or tuple(module._parameters if is_torch and layer else ())
    if settings is not None:
        yield from _settings(settings, module, is_torch)
    if kind is None or not is_torch or type(module).__module__.startswith(_BETWEEN_WEIGHTS):
        shown = {setting.name for setting in layer.settings} if layer else set()
        rows = tuple(attributes(module, shown if kind is None else shown.union(field.name for field in kind.fields)))
        rows = rows if layer else (("class", type(module).__name__), *rows)  # of what no print shows
        if rows:
            yield ATTRIBUTES, rows
    if held := tuple(state.tensors(module, expected)):
        yield TENSORS, held
    if hooks := tuple(state.hooks(module)):
        yield HOOKS, hooks
    if module.training is not training:
        yield MODE, _mode(module.training)


#: spectral_norm and its like, whose kinds have no fields
_BETWEEN_WEIGHTS: Final = "torch.nn.utils."


def _is_torch(cls: type) -> bool:
    return cls.__module__.startswith("torch.nn.")


def _inherits(module: nn.Module, kind: Kind) -> bool:
    """Whether a class is that of torch, or a subclass of it under the same name: it holds what that one does."""
    return any(_is_torch(cls) and kinds.find(cls.__name__) is kind for cls in type(module).__mro__)


def _mode(training: bool) -> str:
    return "train" if training else "eval"


def _settings(settings: Settings, module: nn.Module, is_torch: bool) -> Iterator[tuple[str, Value]]:
    """What the kind of a module knows and its print does not show.

    A class of torch prints what differs from the default; one of somebody may hold any of it and print none.
    """
    inherits = _inherits(module, settings.kind)
    for field in settings.kind.fields:
        known = settings.known(field.name)
        if known is UNKNOWN and (may_be_unprinted(field) or not (is_torch or field.joint)):
            value = _value(module, field.name) if inherits else _of_somebody(module, field.name)
        elif is_torch or field.joint or field.name in settings.printed or field.name not in vars(module):
            continue
        else:
            value = _plain(vars(module)[field.name])
            value = UNKNOWN if value == known else value
        if value is not UNKNOWN:
            yield field.name, value
    if _has_density(settings.kind) and (density := state.weight_density(module)) is not None:
        yield _DENSITY, density


def _of_somebody(module: nn.Module, name: str) -> Value:
    """A setting of a class that may call it otherwise than torch does; no property, since that is somebody's code."""
    if name == "rope_base" and (base := state.rope_base(module)) is not None:
        return base
    held = vars(module)
    return next((_plain(held[each]) for each in (name, *_ALSO.get(name, ())) if each in held), UNKNOWN)


#: what norms of other libraries call their settings
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {"eps": ("variance_epsilon", "epsilon")}
_DENSITY: Final = "weight_density"


def _has_density(kind: Kind) -> bool:
    return any(field.name == _DENSITY for field in kind.fields)


def _expected(settings: Settings | None) -> tuple[str, ...]:
    """The names of the tensors that a layer of this kind holds."""
    if settings is None or settings.kind.state is None:
        return ()
    try:
        return tuple([tensor.name for tensor in settings.kind.state(settings)])
    except NotKnown:
        return ()


def _value(module: nn.Module, name: str) -> Value:
    """A setting as it would be printed; UNKNOWN where the layer does not hold it as a plain value."""
    if isinstance(module, nn.MultiheadAttention):
        if name == "add_bias_kv":
            return module.bias_k is not None
        if name in ("kdim", "vdim") and getattr(module, name) == module.embed_dim:
            return None
    if isinstance(module, nn.PairwiseDistance) and name == "p":
        name = "norm"
    is_code = isinstance(inspect.getattr_static(type(module), name, None), property)
    return UNKNOWN if is_code else _plain(getattr(module, name, UNKNOWN))


_MOST_NUMBERS: Final = 64  # of the class weights of a loss; more are no setting to read


def _plain(value: object) -> Value:
    match value:
        case bool() | int() | float() | str() | None:
            return value
        case tuple() | list():
            parts = tuple(_plain(part) for part in value)
            return UNKNOWN if UNKNOWN in parts else parts
        case Tensor() if value.numel() <= _MOST_NUMBERS:
            return _plain(value.tolist())
        case Tensor() | nn.Module():
            return UNKNOWN
    return getattr(value, "__name__", UNKNOWN) if callable(value) else UNKNOWN


def _shared(module: nn.Module) -> Fact:
    """The names of each parameter that has several: of a layer that stands in two places, or of a weight tied to it."""
    found: dict[int, list[str]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        found.setdefault(id(parameter), []).append(name)
    return Fact(SHARED, tuple(tuple(each) for each in found.values() if len(each) > 1), Provenance.LIVE)
