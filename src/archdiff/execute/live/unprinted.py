"""What a live module holds and its print does not: settings of torch's own layers, and which names hold one weight.

Must not change the module, nor look into custom classes, whose attributes may mean anything.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Final

from archdiff.model.facts import CHANGES, SHARED, Fact, Provenance
from archdiff.model.network import UNKNOWN, Layer, Network, Value, join, names
from archdiff.semantics import kinds
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
    facts = *network.facts, *_settings(network.root, module, ""), _shared(module)
    return network._replace(facts=facts)


def _settings(layer: Layer, module: nn.Module, path: str) -> Iterator[Fact]:
    """Depth is bounded by that of the print, so recursion is."""
    kind = kinds.of_layer(layer) if type(module).__module__.startswith(_TORCH) else None
    if kind is not None:
        settings = kinds.settings_of(kinds.resolved(layer, kind))
        for field in kind.fields:
            if may_be_unprinted(field) and settings.known(field.name) is UNKNOWN:
                value = _value(module, field.name)
                if value is not UNKNOWN:
                    yield Fact(field.name, value, Provenance.LIVE, path)
    inside = dict(module._modules.items())  # of a scripted module, too, and one that stands twice
    for child in layer.children:
        for name in names(child):
            if (inner := inside.get(name)) is not None:
                yield from _settings(child, inner, join(path, name))


_TORCH: Final = "torch.nn."


def _value(module: nn.Module, name: str) -> Value:
    """A setting as it would be printed; UNKNOWN where the layer does not hold it as a plain value."""
    if isinstance(module, nn.MultiheadAttention):
        if name == "add_bias_kv":
            return module.bias_k is not None
        if name in ("kdim", "vdim") and getattr(module, name) == module.embed_dim:
            return None
    return _plain(getattr(module, _OTHERWISE.get((type(module), name), name), UNKNOWN))


#: attributes that torch calls otherwise than the argument
_OTHERWISE: Final[dict[tuple[type[nn.Module], str], str]] = {(nn.PairwiseDistance, "p"): "norm"}
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
