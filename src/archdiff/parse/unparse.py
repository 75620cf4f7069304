"""Networks -> text that reads back as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from archdiff.model.errors import ReadError
from archdiff.model.network import Layer, Network
from archdiff.parse import facts
from archdiff.parse.grammar import recipe
from archdiff.parse.grammar.unparse import bare, cut, written
from archdiff.parse.reading import parse


def unparse(layer: Layer) -> str:
    """The print of a layer and all below it, without a line break at its end.

    Args:
        layer: one that was read, built or changed by hand.

    Returns:
        Lines that read back as the same layer, where any do.
    """
    return next(_spellings(layer, lambda text: _read(text).root == layer))


def unparse_network(network: Network) -> str:
    """The printed network behind its recipe, as a file that reads back as the same network.

    Args:
        network: one that was read, built or changed by hand.
    """
    printed = network.recipe
    parts = [recipe.write(layer) for layer in (*printed.optimizers, *printed.schedulers)] if printed else []

    def is_same(text: str) -> bool:
        again = _read("\n".join([*parts, text]))
        return (again.root, again.recipe, again.complete) == (network.root, printed, network.complete)

    return "\n".join([*parts, next(_spellings(network.root, is_same))]) + "\n"


def snapshot(network: Network) -> str:
    """A printed network with what is known of its live module, as a file that reads back as both.

    Args:
        network: Of a live module, as it was read and traced.
    """
    return unparse_network(network) + "".join(f"{line}\n" for line in facts.lines_of(network))


def _spellings(layer: Layer, is_same: Callable[[str], bool]) -> Iterator[str]:
    """The print as it was read, if it reads back alone; else as torch prints it today, whole or cut off.

    Of one that was wrapped or cut off, what stood around it may have held more. The first again where none reads back.
    """
    first, plain = written(layer), bare(layer)
    for text in (first, written(plain), cut(plain)):
        with suppress(ReadError):
            if is_same(text):
                yield text
    yield first


def _read(text: str) -> Network:
    found = parse(text + "\n")
    return found[0] if len(found) == 1 else Network(Layer("", ""), "")
