"""LoRA adapters as PEFT has them, merged into the weights that they are added to: W + scaling * B A.

The layer itself says which adapters are active and how they are scaled: no print and no checkpoint holds that. What
cannot be merged exactly (DoRA's magnitudes, weights of few bits) is refused. Looks into modules; must not run them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from archdiff.execute.keys import ties
from archdiff.execute.keys.keymap import ADAPTER, KeyMap, LowRank, NetworkKeys, StoredTensor, TensorPart
from archdiff.model.errors import UsageError
from archdiff.model.network import join

if TYPE_CHECKING:
    from torch import nn

#: what settings begin with that differ no more once adapters are merged
SETTINGS: Final = ("adapter", "lora_", "scaling")
_MERGE: Final = "merge it first: model = model.merge_and_unload()"


class MergedAdapter(NamedTuple):
    """A network as it is without its adapters, and what each of its tensors is made of."""

    side: NetworkKeys
    parts: Mapping[str, TensorPart]  # key without adapters -> the tensor, and what is added

    def translated(self, key_map: KeyMap, whole: NetworkKeys) -> KeyMap:
        """A map of the network without adapters as one of `whole`, which has them."""
        mapped = tuple([each._replace(parts=tuple(self._part(part) for part in each.parts)) for each in key_map.mapped])
        unused, dropped = (
            tuple([each._replace(key=self._key(each.key)) for each in left])
            for left in (key_map.unused, key_map.dropped)
        )
        made = replace(key_map, candidate=whole, mapped=mapped, unused=unused, dropped=dropped)
        return replace(made, clashes=ties.clashes(made))

    def _part(self, part: TensorPart) -> TensorPart:
        made = self.parts.get(part.key)
        return part if made is None else part._replace(key=made.key, added=made.added)

    def _key(self, key: str) -> str:
        return self.parts[key].key if key in self.parts else key


def merge_adapter(side: NetworkKeys, module: nn.Module | None) -> MergedAdapter:
    """The candidate as it is once its active adapters are merged.

    Args:
        side: the candidate, which holds adapters.
        module: the live network; None where it is only printed.

    Raises:
        UsageError: what is needed is not known, or the adapter cannot be merged exactly.
    """
    if module is None:
        why = (
            f"the candidate holds a LoRA adapter ({side.adapter}), and its lora_alpha is in no print and no checkpoint"
        )
        raise UsageError(why, way_out=f"name the candidate as package.module:factory; or {_MERGE}")
    held = side.by_key
    parts: dict[str, TensorPart] = {}
    gone: set[str] = set()
    for path, layer in module.named_modules():
        if hasattr(layer, "base_layer") and hasattr(layer, "scaling"):
            gone |= {key for key in held if key.startswith(f"{path}.")}
            parts |= _of_layer(path, layer, held)
        elif hasattr(layer, "original_module") and hasattr(layer, "modules_to_save"):
            gone |= {key for key in held if key.startswith(f"{path}.")}
            parts |= _of_copy(path, layer, held)
    other = next((key for key in held if ADAPTER in key and key not in gone), "")
    if other:
        raise UsageError(
            f"the LoRA adapter {other} is in no layer of PEFT with its base_layer and scaling", way_out=_MERGE
        )
    made = {part.key: key for key, part in parts.items()}
    kept = [each for each in side.stored if each.key not in gone or each.key in made]
    stored = [each._replace(key=made.get(each.key, each.key)) for each in kept]
    return MergedAdapter(replace(side, stored=tuple(stored), adapted=True), parts)


def without_adapter(path: str) -> str:
    """A path of a layer as it is called without the adapter around it."""
    return path.removesuffix(".base_layer").removesuffix(".original_module").partition(".modules_to_save.")[0]


def _of_layer(path: str, layer: Any, held: Mapping[str, StoredTensor]) -> dict[str, TensorPart]:
    """Its base layer, with what the active adapters that are not merged yet add."""
    start = join(path, "base_layer.")
    base = {key[len(start) :]: key for key in held if key.startswith(start)}
    nested = next((key for name, key in base.items() if ADAPTER in name or "base_layer" in name), "")
    if nested or "weight" not in base:
        raise UsageError(f"the LoRA adapter {nested or path} is around another one, or no weight", way_out=_MERGE)
    added: dict[str, list[LowRank]] = {}
    for adapter in _active(layer):
        for name, term in _terms(path, layer, adapter, held):
            if name not in base:
                raise UsageError(f"{term.first} has no {name} of {path}.base_layer to be added to", way_out=_MERGE)
            _check_size(term, held, held[base[name]])
            added.setdefault(name, []).append(term)
    return {join(path, name): TensorPart(key, added=tuple(added.get(name, ()))) for name, key in base.items()}


def _active(layer: Any) -> list[str]:
    """Adapters that add something in a forward and are not in the weights yet."""
    if getattr(layer, "disable_adapters", False):
        return []
    names = layer.active_adapters
    done = getattr(layer, "merged_adapters", ())
    return [
        name for name in ([names] if isinstance(names, str) else names) if name in layer.scaling and name not in done
    ]


def _terms(path: str, layer: Any, adapter: str, held: Mapping[str, StoredTensor]) -> Iterator[tuple[str, LowRank]]:
    """(tensor of the base layer, what is added to it)."""
    scale = float(layer.scaling[adapter])
    more = [key for key in held if key.startswith(f"{path}.lora_") and adapter in key[len(path) :].split(".")]
    pairs = {
        "linear": (f"{path}.lora_A.{adapter}.weight", f"{path}.lora_B.{adapter}.weight"),
        "embedding": (f"{path}.lora_embedding_A.{adapter}", f"{path}.lora_embedding_B.{adapter}"),
    }
    bias = f"{path}.lora_B.{adapter}.bias"
    for kind, (first, second) in pairs.items():
        if first in held and second in held:
            more = [key for key in more if key not in (first, second, bias)]
            turned = kind == "embedding" or bool(getattr(layer, "fan_in_fan_out", False))
            yield "weight", LowRank(first, second, scale, turned, adapter)
    if bias in held:
        yield "bias", LowRank(bias, "", scale, False, adapter)
    if more or adapter in getattr(layer, "lora_variant", ()):
        what = more[0] if more else f"{path} ({adapter})"
        raise UsageError(f"{what} is more than W + scaling * B A (DoRA, AdaLoRA)", way_out=_MERGE)


def _check_size(term: LowRank, held: Mapping[str, StoredTensor], base: StoredTensor) -> None:
    """A weight of few bits is packed, and a convolution of several groups keeps its adapter in another way."""
    first, second = held[term.first], held.get(term.second)
    if second is None or base.counts:
        fits = second is None and first.shape == base.shape
    else:
        a, b, shape = first.shape or (0,), second.shape or (0,), base.shape or (0,)
        rank, turned = a[0], (shape[1], shape[0]) if term.transposed else shape
        sizes = b[0] * (first.numel or 0) // max(rank, 1)
        fits = second.numel == b[0] * rank and sizes == base.numel and b[0] == turned[0]
    if not fits:
        raise UsageError(f"{term.second or term.first} does not fit {base.key}: it is packed, or split", way_out=_MERGE)


def _of_copy(path: str, layer: Any, held: Mapping[str, StoredTensor]) -> dict[str, TensorPart]:
    """A layer that was trained as a whole: the active copy of it."""
    names = getattr(layer, "active_adapters", None) or getattr(layer, "active_adapter", None)
    names = [names] if isinstance(names, str) else list(names or ())
    off = getattr(layer, "disable_adapters", False)
    active = [] if off else [name for name in names if name in layer.modules_to_save]
    if len(active) > 1:
        raise UsageError(f"{path} has several active copies: {', '.join(active)}", way_out=_MERGE)
    start = join(path, f"modules_to_save.{active[0]}." if active else "original_module.")
    return {join(path, key[len(start) :]): TensorPart(key) for key in held if key.startswith(start)}
