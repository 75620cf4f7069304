"""What one source held, as a frozen value: networks, recipes, comments and facts, each with its place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archdiff.model.facts import Comment, Fact
from archdiff.model.network import Layer, Network

if TYPE_CHECKING:
    from archdiff.parse.toml import TomlFile


class Document(NamedTuple):
    """What one source held.

    Args:
        source: what messages call it: a path, another address, `<stdin>`.
        networks: every printed network in order, each with its own recipe, and with the comments and facts below.
        recipes: every printed optimizer and scheduler in order, also those that belong to no network.
        comments: every `# archdiff: ignore[...]` in order.
        facts: what holds for all its networks: the input shape of the spec beside it.
        spec: `X.toml` beside `X.txt`, with the claims of a paper; None where there is none.
    """

    source: str
    networks: tuple[Network, ...] = ()
    recipes: tuple[Layer, ...] = ()
    comments: tuple[Comment, ...] = ()
    facts: tuple[Fact, ...] = ()
    spec: TomlFile | None = None
