"""Bytes to networks: opens a source once, finds what is printed in it, and picks the network that is asked for.

    sources/   file, standard input, ref:NAME, git:REVISION:FILE -> text
    cleaners/  what stands round printed text and is none of it: lines -> lines, one file each
    grammar/   how torch prints settings, layers, trees and recipes, and back
    readers/   one file a format, each exporting `FORMAT`: text -> `Document`

What was read prints back as it was. Must not judge what a layer means.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from archdiff.model import plugins
from archdiff.model.errors import ReadError
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.model.network import Layer, Network, unfolded
from archdiff.model.network import names as names_of
from archdiff.parse import comments, sources
from archdiff.parse.document import Document
from archdiff.parse.grammar.blocks import Blocks
from archdiff.parse.grammar.unparse import unparse, unparse_network
from archdiff.parse.lines import MAX_MODULES
from archdiff.parse.readers import Format
from archdiff.parse.selection import pick
from archdiff.parse.sources import spec_beside
from archdiff.parse.sources.address import GIT, SHIPPED, from_folder, is_elsewhere, is_live, split_address
from archdiff.parse.sources.encoding import check_guess

__all__ = [
    "GIT",
    "SHIPPED",
    "Blocks",
    "Document",
    "Format",
    "check_names",
    "formats",
    "from_folder",
    "is_elsewhere",
    "is_live",
    "parse",
    "pick",
    "read",
    "shipped",
    "spec_beside",
    "split_address",
    "unparse",
    "unparse_network",
]


def read(address: str, *, stdin: str | None = None, blocks: Blocks | None = None) -> Document:
    """What a source holds. It is opened once, and so is the spec beside it.

    Args:
        address: `FILE`, `FILE#SELECTOR`, `ref:NAME`, `git:REVISION:FILE`, or `-` for standard input; a selector is
            left to `pick`.
        stdin: what came on standard input, bytes that are not UTF-8 escaped.
        blocks: texts that are read with the same `blocks` share what stands in equal blocks.

    Raises:
        UsageError: there is no such source.
        ReadError: it is no text, or no network is printed in it, with the line.
    """
    path, _ = split_address(address)
    source, text, guess = sources.read_text(path, stdin)
    document = _document(text, source, blocks)
    if guess:
        check_guess(document.networks, guess)
    spec = sources.read_spec(path)
    shape = sources.input_shape(spec) if spec else None
    facts = (Fact(INPUT_SHAPE, shape, Provenance.REFERENCE),) if shape else ()
    written = tuple(comments.comments(text)) if comments.MARK in text else ()
    if facts or written:
        networks = tuple(
            network._replace(facts=(*facts, *network.facts), comments=written) for network in document.networks
        )
        document = document._replace(networks=networks)
    return document._replace(comments=written, facts=facts, spec=spec)


def shipped() -> tuple[str, ...]:
    """Every published network that comes with the package: `how_so_dense/gsc_sparse_cnn2`."""
    from archdiff.parse.sources import shipped as published

    return published.names()


def parse(text: str, source: str = "", blocks: Blocks | None = None) -> tuple[Network, ...]:
    """All networks of a text.

    Args:
        text: what print(model) writes, alone or in other text.
        source: what messages call it.
        blocks: as of `read`.

    Raises:
        ReadError: no network is printed in it, or none that can be read.
    """
    return _document(text, source, blocks).networks


def _document(text: str, source: str, blocks: Blocks | None) -> Document:
    """What the first format reads that claims the text."""
    if comments.MARK in text:
        text = comments.without_comments(text)
    with _uncollected():
        format_ = next(format_ for format_ in formats() if format_.sniff(text))
        document = format_.read(source, text, Blocks() if blocks is None else blocks)
    if not document.networks:
        raise ReadError("no printed network in it", source=source, way_out=_what_instead(text))
    if " x " in text:  # folded lines
        _check_size(document.networks)
    return document


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
    """Every format, in the order in which each is asked whether a text is of it."""
    return tuple(sorted(plugins.load(f"{__name__}.readers", "FORMAT").values(), key=lambda format_: format_.rank))
