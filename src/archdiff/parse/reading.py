"""The way of a source: opened once, cleaned and read by the first format that claims it, a `Document` in the end."""

from __future__ import annotations

from functools import cache

from archdiff.model import places, plugins
from archdiff.model.collector import uncollected
from archdiff.model.errors import ReadError
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.model.network import Network
from archdiff.parse import comments, facts, readers
from archdiff.parse.blocks import Blocks
from archdiff.parse.checks import check_size
from archdiff.parse.document import Document
from archdiff.parse.readers import Format, model_config
from archdiff.parse.sources import SourceText, input_shape, open_source, read_spec
from archdiff.parse.sources.address import split_address
from archdiff.parse.sources.encoding import check_guess
from archdiff.parse.sources.text import checked


def read(address: str, *, stdin: str | None = None, blocks: Blocks | None = None) -> Document:
    """What a source holds; it is opened once, and so is the spec beside it.

    Args:
        address: `FILE`, `FILE#SELECTOR`, `ref:NAME`, `git:REVISION:FILE`, or `-` for standard input; a selector is
            left to `pick`.
        stdin: what came on standard input, bytes that are not UTF-8 escaped.
        blocks: texts that are read with the same `blocks` share what stands in equal blocks.

    Raises:
        UsageError: there is no such source.
        ReadError: it is no text, or no network is printed in it, with the line.
    """
    return read_source(open_source(split_address(address)[0], stdin), blocks)


def read_source(source: SourceText, blocks: Blocks | None = None) -> Document:
    """What a source that was opened holds.

    Args:
        source: its text, and the spec beside it.
        blocks: as of `read`.

    Raises:
        ReadError: no network is printed in it, with the line, or the spec makes no sense.
    """
    document = _document(source.text, source.name, blocks)
    if source.guess:
        check_guess(document.networks, source.guess)
    spec = read_spec(source)
    shape = input_shape(spec) if spec else None
    given = (Fact(INPUT_SHAPE, shape, Provenance.REFERENCE),) if shape else ()
    written = tuple(comments.comments(source.text)) if comments.MARK in source.text else ()
    networks = document.networks
    if given or written:
        networks = tuple(each._replace(facts=(*given, *each.facts), comments=written) for each in networks)
    return document._replace(networks=networks, comments=written, facts=given, spec=spec)


def read_config(address: str, *, stdin: str | None = None) -> tuple[Fact, ...]:
    """The fields of a config.json, each with its line.

    Args:
        address: as of `read`, without a selector.
        stdin: as of `read`.

    Raises:
        UsageError: there is no such file.
        ReadError: it is no configuration, with the line.
    """
    opened = open_source(address, stdin)
    return model_config.read_config(opened.name, opened.text)


def read_string(text: str, blocks: Blocks | None = None) -> tuple[Network, ...]:
    """All networks of a text that is in no file.

    Args:
        text: What `print(model)` writes, or any text around it.
        blocks: As of `read`.

    Returns:
        At least one network; lines count from 1 in the text.

    Raises:
        ReadError: No network in it, or too large.
    """
    return parse(checked(places.TEXT, text), places.TEXT, blocks)


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
    text, fact_lines = facts.taken_out(text, source) if facts.MARK in text else (text, [])
    if comments.MARK in text:
        text = comments.without_comments(text)
    with uncollected():  # trees of frozen values hold no cycles, and looking for them takes two thirds of the time
        format_ = next(format_ for format_ in formats() if format_.sniff(text))
        document = format_.read(source, text, Blocks() if blocks is None else blocks)
    if not document.networks:
        raise ReadError("no printed network in it", source=source, way_out=_what_instead(text))
    if " x " in text:  # folded lines
        check_size(document.networks)
    if fact_lines:
        document = document._replace(networks=facts.with_facts(document.networks, fact_lines, source))
    return document


def _what_instead(text: str) -> str:
    """The way out, as far as the text shows what it is."""
    if "Layer (type" in text or "Param #" in text:
        return "of a summary table, give its header, rules and rows as they were printed"
    if ".weight" in text and ("torch.Size" in text or "tensor(" in text):
        return "a state_dict names tensors and no layers; archdiff reads what print(model) writes"
    return "archdiff reads what print(model) writes: `Class(`, lines `(name): Class(settings)`, `)`"


@cache
def formats() -> tuple[Format, ...]:
    """Every format, in the order in which they are tried."""
    return tuple(sorted(plugins.by_name(readers.__name__, "FORMAT", Format).values(), key=lambda each: each.rank))
