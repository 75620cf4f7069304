"""Text to networks: finds the printed networks in a file, reads them, and picks the one that is asked for.

One file a format, each exporting `FORMAT`; files that begin with an underscore are parts that several formats share.
What was read prints back as it was. Must not judge what a layer means.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from archdiff.model import plugins
from archdiff.model.errors import ReadError
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.model.network import Layer, Network, unfolded
from archdiff.model.network import names as names_of
from archdiff.parse._address import is_live, pick, split_address
from archdiff.parse._blocks import Blocks
from archdiff.parse._encoding import check_guess
from archdiff.parse._format import MAX_MODULES, Format
from archdiff.parse._text import (
    GIT,
    SHIPPED,
    from_folder,
    is_elsewhere,
    may_hold,
    read_input_shape,
    read_spec,
    read_text,
    spec_beside,
)
from archdiff.parse._unparse import unparse, unparse_network

if TYPE_CHECKING:
    from archdiff.parse._comments import Comment

__all__ = [
    "GIT",
    "SHIPPED",
    "Blocks",
    "Format",
    "formats",
    "from_folder",
    "is_elsewhere",
    "is_live",
    "parse",
    "pick",
    "read",
    "read_comments",
    "read_spec",
    "shipped",
    "spec_beside",
    "split_address",
    "unparse",
    "unparse_network",
]


_COMMENT: Final = "archdiff:"  # what every comment for us holds


def read(address: str, *, stdin: str | None = None, blocks: Blocks | None = None) -> tuple[Network, ...]:
    """All networks of a file; `address` is `FILE`, `FILE#SELECTOR`, `git:REVISION:FILE`, or `-` for the text given
    as `stdin`.

    Texts that are read with the same `blocks` share what stands in equal blocks.
    """
    path, _ = split_address(address)
    source, text, guess = read_text(path, stdin)
    networks = parse(text, source, blocks)
    if guess:
        check_guess(networks, guess)
    shape = read_input_shape(path)
    if shape is None:
        return networks
    told = Fact(INPUT_SHAPE, shape, Provenance.REFERENCE)
    return tuple(network._replace(facts=(told, *network.facts)) for network in networks)


def read_comments(address: str, *, stdin: str | None = None) -> tuple[Comment, ...]:
    """Every `# archdiff: ignore[...]` of a file that `read` has read."""
    path, _ = split_address(address)
    if not may_hold(path, _COMMENT, stdin):
        return ()
    from archdiff.parse._comments import comments  # hardly any text holds one

    return tuple(comments(read_text(path, stdin).text))


def shipped() -> tuple[str, ...]:
    """Every published network that comes with the package: `how_so_dense/gsc_sparse_cnn2`."""
    from archdiff.parse._shipped import names

    return names()


def parse(text: str, source: str = "", blocks: Blocks | None = None) -> tuple[Network, ...]:
    """All networks of a text, by the first format that claims it."""
    if _COMMENT in text:
        from archdiff.parse._comments import without_comments

        text = without_comments(text)
    with _uncollected():
        format_ = next(format_ for format_ in formats() if format_.sniff(text))
        networks = format_.read(source, text, Blocks() if blocks is None else blocks)
    if not networks:
        raise ReadError("no printed network in it", source=source, way_out=_what_instead(text))
    if " x " in text:  # folded lines
        _check_size(networks)
    return networks


def _check_size(networks: tuple[Network, ...]) -> None:
    """A few folded lines may stand for more modules than memory holds."""
    below: dict[int, int] = {}  # by the identity of the children
    for network in networks:
        if unfolded(network.root, below) > MAX_MODULES:
            raise ReadError(
                f"{network.label} stands for more than {MAX_MODULES:,} modules",
                source=network.source,
                line=network.first_line,
                way_out="no real network has as many; are the counts of its folded lines right?",
            )


def check_names(networks: Iterable[Network]) -> None:
    """Refuses two children of one name and a setting that stands twice, of which one would be compared with nothing.

    Raises:
        ReadError: with the line of the second one.
    """
    seen: set[int] = set()  # children and settings, by identity
    for network in networks:
        stack = [network.root.children]
        while stack:
            children = stack.pop()
            if id(children) in seen:
                continue
            seen.add(id(children))
            folded = False  # `(0-1): 2 x Block` is two names
            for child in children:
                settings = child.settings
                if settings and id(settings) not in seen:
                    seen.add(id(settings))
                    if len({each[0] for each in settings}) < len(settings):
                        _check_settings(network, child)
                folded |= child.repeat > 1
                if child.children:
                    stack.append(child.children)
            if folded or len({child[0] for child in children}) < len(children):
                _check_children(network, children)


def _check_settings(network: Network, layer: Layer) -> None:
    """Settings by position have no names."""
    if again := _again((setting.name, layer) for setting in layer.settings if setting.name):
        raise _twice(network, layer, f"{again[0]} stands twice in it")


def _check_children(network: Network, children: Iterable[Layer]) -> None:
    if again := _again((name, child) for child in children for name in names_of(child)):
        name, child = again
        raise _twice(network, child, f"another child has its name{'' if name == child.name else f' {name}'}")


def _again(named: Iterable[tuple[str, Layer]]) -> tuple[str, Layer] | None:
    """The first that has the name of one before it."""
    seen: set[str] = set()
    return next(((name, layer) for name, layer in named if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]


def _twice(network: Network, layer: Layer, what: str) -> ReadError:
    return ReadError(
        f"({layer.name}): {layer.class_name}: {what}",
        source=network.source,
        line=layer.span.line,
        way_out="torch never prints this; correct the one or the other",
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Trees of frozen values hold no cycles: the garbage collector finds nothing and takes two thirds of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _what_instead(text: str) -> str:
    """The way out, as far as the text shows what it is."""
    if "Layer (type" in text or "Param #" in text:
        return "of a summary table, give its header, rules and rows as they were printed"
    if ".weight" in text and ("torch.Size" in text or "tensor(" in text):
        return "a state_dict names tensors and no layers; archdiff reads what print(model) writes"
    return "archdiff reads what print(model) writes: `Class(`, lines `(name): Class(settings)`, `)`"


@cache
def formats() -> tuple[Format, ...]:
    """Every format, in the order in which they are asked."""
    return tuple(sorted(plugins.by_name(f"{__name__}.readers", "FORMAT", Format).values(), key=lambda each: each.rank))
