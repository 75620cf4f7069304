"""A configuration alone as a network: as much of a tree as its numbers tell, and nothing that they do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archdiff.model.network import NOWHERE, Layer, Network, Setting, Span
from archdiff.semantics.configs._part import ConfigPart
from archdiff.semantics.configs._read import configuration

#: what a layer of an attention is set to, of a feed-forward part, and of the network
_ATTENTION: Final = ("num_attention_heads", "num_key_value_heads", "head_dim", "sliding_window", "attention_dropout")
_FEED_FORWARD: Final = ("hidden_size", "intermediate_size", "hidden_act", "num_local_experts", "num_experts_per_tok")
_STACKS: Final = (
    ("layers", "num_hidden_layers", "Layer"),
    ("encoder", "encoder_layers", "EncoderLayer"),
    ("decoder", "decoder_layers", "DecoderLayer"),
    ("decoder", "num_decoder_layers", "DecoderLayer"),
)


def tree(network: Network) -> Network:
    """The network that a configuration tells of: embeddings, layers of known depth and width, heads.

    Args:
        network: What the file was read as.

    Returns:
        The network with that tree; the same one where it is no configuration. Classes that no library has stand for
        what a class of somebody computes.
    """
    held = configuration(network)
    if held is None:
        return network
    whole = held.whole
    children = [*_of_part(whole, network.root.span)]
    for path, part in held.parts.items():
        inside = tuple(_of_part(part, network.root.span)) if path else ()
        if inside:
            children.append(Layer(path, part.type or "ConfigPart", children=inside, span=network.root.span))
    if not children:
        children = [*_stages(whole, network.root.span)]
    settings = () if children else tuple(_settings(whole, tuple(whole.held)))
    return network._replace(root=network.root._replace(settings=settings, children=tuple(children)))


def _of_part(part: ConfigPart, span: Span) -> Iterator[Layer]:
    width, rows = part.number("hidden_size"), part.number("vocab_size")
    if width and rows:
        settings = Setting(None, rows), Setting(None, width)
        yield Layer("embedding", "Embedding", settings, span=_span(part, "vocab_size", span))
    names: set[str] = set()
    for name, field, class_name in _STACKS:
        count = part.number(field) if field in part.held or not names else None
        if count and name not in names:
            names.add(name)
            inside = tuple(_layer(part, span))
            yield Layer(name, "ModuleList", children=(_stack(part, class_name, count, inside, span),), span=span)


def _stack(part: ConfigPart, class_name: str, count: int, inside: tuple[Layer, ...], span: Span) -> Layer:
    name = f"0-{count - 1}" if count > 1 else "0"
    return Layer(name, f"{part.type}.{class_name}".strip("."), children=inside, repeat=count, span=span)


def _layer(part: ConfigPart, span: Span) -> Iterator[Layer]:
    for name, class_name, fields in (
        ("attention", "Attention", _ATTENTION),
        ("feed_forward", "FeedForward", _FEED_FORWARD),
    ):
        if settings := tuple(_settings(part, fields)):
            yield Layer(name, class_name, settings, span=_span(part, fields[0], span))


def _stages(part: ConfigPart, span: Span) -> Iterator[Layer]:
    """Of networks in stages, whose numbers stand in lists."""
    for name in ("depths", "hidden_sizes", "block_out_channels", "down_block_types", "up_block_types"):
        if name in part.held:
            yield Layer(name, "Stages", tuple(_settings(part, (name,))), span=_span(part, name, span))


def _settings(part: ConfigPart, names: tuple[str, ...]) -> Iterator[Setting]:
    for name in names:
        value = part.value(name)
        if isinstance(value, (bool, int, float, str)) or (isinstance(value, tuple) and value):
            yield Setting(name, value, f"{name}={value!r}")


def _span(part: ConfigPart, name: str, otherwise: Span) -> Span:
    held = part.held.get(name)
    return Span(held.source, held.line) if held and held.line else otherwise or NOWHERE
