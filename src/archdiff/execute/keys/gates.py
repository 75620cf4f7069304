"""A recurrent layer of torch against one of an unknown class, which may keep its gates in another order.

The sizes are the same in every order; outputs are not. Knows no torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Final

from archdiff.execute.keys.keymap import KeyMap, MappedTensor, TensorPart

#: what the tensors of a recurrent layer are called, before the number of a layer
NAMES: Final = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def variants(key_map: KeyMap) -> Iterator[tuple[KeyMap, str]]:
    """The same map with the gates of these keys in every other order, and in which."""
    shapes = {stored.key: stored.shape or () for stored in key_map.reference.stored}
    sizes = [shapes[key] for key in key_map.gates if len(shapes[key]) == 2 and shapes[key][0] % shapes[key][1] == 0]
    hidden = {shape[1] for shape in sizes if shape[0] // shape[1] in (3, 4)}
    chosen = [each for each in key_map.mapped if each.key in key_map.gates]
    for size in sorted(hidden):
        count = shapes[key_map.gates[0]][0] // size
        if any(shapes[each.key][0] != count * size for each in chosen):
            continue
        for order in list(permutations(range(count)))[1:]:
            moved = {each.key: _moved(each, order, size) for each in chosen}
            listed = ", ".join(str(gate + 1) for gate in order)
            mapped = tuple([moved.get(each.key, each) for each in key_map.mapped])
            found_by = f"the gates of the reference are {listed} of the candidate's"
            yield replace(key_map, mapped=mapped, gates=()), found_by


def _moved(mapped: MappedTensor, order: tuple[int, ...], size: int) -> MappedTensor:
    whole = mapped.parts[0]
    parts = [TensorPart(whole.key, whole.transposed, (gate * size, (gate + 1) * size)) for gate in order]
    return mapped._replace(parts=tuple(parts))
