"""A BatchNorm goes where the convolution goes that it stands behind.

Of three that look alike in a block, a comparison pairs the first with the first; where one library writes the shortcut
before the layers and another behind them, that is the wrong one, and the kernels before them say so. Knows what layers
look like, and the order of the state_dicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from archdiff.execute.keys import shapes
from archdiff.execute.keys.containers import PairedBlocks
from archdiff.execute.keys.keymap import StoredTensor

_Layers: TypeAlias = "Mapping[str, Sequence[StoredTensor]]"
_Pairs: TypeAlias = "list[tuple[str, str]]"


def follow_convolutions(pairs: _Pairs, candidate: _Layers, reference: _Layers, blocks: PairedBlocks) -> _Pairs:
    """The pairs, those of batch norms exchanged where the layers before them stand for others.

    Args:
        pairs: paths of layers that stand for each other.
        candidate: path of a layer -> its tensors, in the order of the state_dict.
        reference: the same of the reference.
        blocks: those that stand for each other.
    """
    before = _leads(candidate), _leads(reference)
    behind = {lead: norm for norm, lead in before[1].items()}
    alike = _alone(candidate, reference, blocks)
    moved: dict[str, str] = {}
    for a, b in pairs:
        lead, other = before[0].get(a), before[1].get(b)
        if lead is None or other is None or shapes.form(candidate[lead]) == shapes.form(reference[other]):
            continue
        norm = behind.get(alike.get(lead, ""))
        if norm is not None and shapes.form(reference[norm]) == shapes.form(candidate[a]):
            moved[a] = norm
    taken = Counter(moved.values())
    moved = {a: b for a, b in moved.items() if taken[b] == 1}
    kept = [(a, b) for a, b in pairs if a not in moved and b not in taken]
    return [*kept, *moved.items()]


def _leads(layers: _Layers) -> dict[str, str]:
    """Path of a batch norm -> the layer with a matrix or kernel right before it."""
    found = {}
    last = ""
    for path, held in layers.items():
        names = {stored.name for stored in held}
        if "running_mean" in names and last:
            found[path] = last
        last = path if any(stored.name == "weight" and len(stored.shape or ()) > 1 for stored in held) else ""
    return found


def _alone(candidate: _Layers, reference: _Layers, blocks: PairedBlocks) -> dict[str, str]:
    """Layers that are alone with what they look like in two blocks that stand for each other."""
    looks = [
        {path: (blocks.of(of_candidate, path), shapes.form(held)) for path, held in layers.items()}
        for of_candidate, layers in ((True, candidate), (False, reference))
    ]
    counts = [Counter(look.values()) for look in looks]
    by_look = {look: path for path, look in looks[1].items() if counts[1][look] == 1}
    return {path: by_look[look] for path, look in looks[0].items() if counts[0][look] == 1 and look in by_look}
