"""How wide a part of a network begins and ends. Must not compare two networks."""

from __future__ import annotations

from archdiff.diff.network_index import NetworkIndex
from archdiff.infer.block_facts import Sizes, blocks, sizes
from archdiff.infer.stages import stages
from archdiff.model.network import walk


def ends_of(path: str, network: NetworkIndex) -> Sizes | None:
    """What its first layer with weights takes and its last one gives; None where its print does not tell.

    Args:
        path: Of a printed layer.
        network: That holds it.
    """
    printed = network.sized.normal.printed(path)
    leaves = (network.leaf(inner) for inner, _ in walk(printed, path.rpartition(".")[0])) if printed else ()
    widths = [each for leaf in leaves if leaf and (each := sizes(leaf))]
    return Sizes(widths[0].taken, widths[-1].given) if widths else None


def widths_of_stages(network: NetworkIndex) -> list[int]:
    """How wide each stage of a network ends; nothing where one does not tell."""
    found = stages(network.sized.network.root)
    known = blocks(list(network.sized.leaves), found)
    widths = [known[stage.blocks[-1]].width if stage.blocks[-1] in known else None for stage in found]
    return [width for width in widths if width] if all(widths) else []


def last_width(network: NetworkIndex) -> str:
    """The path of the last layer that gives a width; "" where none does."""
    leaves = reversed(list(network.sized.leaves))
    return next((leaf.path for leaf in leaves if sizes(leaf)), "")
