"""`FILE#SELECTOR`: which of several networks is meant.

A selector is a number counted from 1, or a name: heading, label line, name line, class, or two of them joined
(`Original Sparse`); case does not count, an exact name wins over a part of one, and it must fit one network only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Final

from archdiff.model import places
from archdiff.model.errors import ReadError, UsageError
from archdiff.model.network import Network
from archdiff.model.wording import nearest
from archdiff.parse.grammar.module import opening_line, unclosed
from archdiff.parse.sources.address import split_address

LISTED: Final = 20  # networks that an error lists


def pick(address: str, networks: Sequence[Network]) -> Network:
    """The one network that an address means.

    Args:
        address: with a selector, where its source holds several.
        networks: all that its source holds.

    Raises:
        UsageError: the selector fits none of them, or several; with all that there are.
        ReadError: the network was cut off.
    """
    path, selector = split_address(address)
    fits = list(networks) if selector is None else _fits(selector, networks)
    if len(fits) == 1:
        return whole(fits[0])
    listed, near = fits, ""
    if selector is None:
        message = f"holds {len(networks)} networks; say which"
    elif fits:
        message = f"'{selector}' fits {len(fits)} networks; say which"
    else:
        message = f"no network is called '{selector}'; there {'are' if len(networks) > 1 else 'is'}"
        listed = list(networks)
        near = _nearest(path, selector, networks)
    way_out = near or f'for example "{path}#{_selector(listed[0], networks)}"'
    raise UsageError(f"{message}\n{_listed(listed, networks)}", source=path, way_out=way_out)


def _fits(selector: str, networks: Sequence[Network]) -> list[Network]:
    wanted = _folded(selector)
    exact = [network for network in networks if wanted in map(_folded, network.names)]
    if not exact and wanted.isdecimal() and len(wanted) < 10:
        return [networks[int(wanted) - 1]] if 0 < int(wanted) <= len(networks) else []
    exact = exact or [network for network in networks if wanted in _joined(network)]
    if exact:
        return exact
    names = [(network, [*map(_folded, network.names), *_joined(network)]) for network in networks]
    return [network for network, all_names in names if any(wanted in name for name in all_names)]


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _joined(network: Network) -> list[str]:
    """Heading and label joined: names are few, so every pair is as good."""
    return [_folded(f"{first} {second}") for first, second in permutations(network.names, 2)]


def whole(network: Network) -> Network:
    """The network, unless it was cut off: half a network compared would find differences that are none.

    Raises:
        ReadError: It was cut off; with the line of the bracket that is never closed.
    """
    layer = unclosed(network.root)
    if layer is None:
        return network
    raise ReadError(
        f"the print is cut off after {places.line(network.last_line)}: this bracket is never closed",
        source=network.source,
        line=layer.span.line,
        column=layer.span.column,
        length=layer.span.length,
        line_text=opening_line(layer),
        way_out="paste the whole print, to the `)` that closes it",
    )


def _listed(shown: Sequence[Network], networks: Sequence[Network]) -> str:
    """A line a network: a selector that fits it alone, what else it is called, and where it stands."""
    rows = [_row(network, networks) for network in shown[:LISTED]]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"  {row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]
    more = len(shown) - len(rows)
    return "\n".join([*lines, f"  and {more} more, to be picked by number"] if more else lines)


def _row(network: Network, networks: Sequence[Network]) -> tuple[str, str, str]:
    selector, class_name = _selector(network, networks), network.root.class_name
    also = class_name if network.label in (selector, class_name) else f"{network.label}: {class_name}"
    return f"#{selector}", also, places.span(network.first_line, network.last_line)


def _selector(network: Network, networks: Sequence[Network]) -> str:
    """The best selector that fits this network alone."""
    heading_first = (f"{second} {first}" for first, second in permutations(network.names, 2))
    for name in (*network.names, *heading_first):
        fits = _fits(name, networks)
        if len(fits) == 1 and fits[0] is network and "#" not in name:
            return name
    return str(1 + next(number for number, other in enumerate(networks) if other is network))


def _nearest(path: str, selector: str, networks: Sequence[Network]) -> str:
    names = {_folded(name): _selector(network, networks) for network in reversed(networks) for name in network.names}
    near = nearest(_folded(selector), names, 0.5)
    return f'did you mean "{path}#{names[near]}"?' if near else ""
