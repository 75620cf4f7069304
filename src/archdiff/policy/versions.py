"""Two versions of a file that holds networks: which stand for each other, which differ, which were added or removed.

Must not print or lay out, nor know who keeps the versions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archdiff import api, parse
from archdiff.model.errors import ArchdiffError
from archdiff.model.network import Network
from archdiff.model.result import Versions


def networks(file: str, shown_as: str) -> tuple[Network, ...]:
    """What one version holds.

    Args:
        file: where its text is.
        shown_as: the name of the file that reports are to show.

    Returns:
        Its networks in their order; none where it holds none.
    """
    try:
        found = parse.read(file).networks
    except ArchdiffError:
        return ()
    return tuple([each._replace(source=shown_as) for each in found])


def compare(old: Sequence[Network], new: Sequence[Network]) -> Versions:
    """Compares the networks of two versions.

    Args:
        old: those of the version before, the references.
        new: those of the version after, the candidates.

    Raises:
        ArchdiffError: two that stand for each other cannot be compared.
    """
    pairs, removed, added = _paired(old, new)
    outcomes = [api.compare(candidate, reference) for reference, candidate in pairs]
    differing = [each for each in outcomes if any(finding.is_difference for finding in each.findings)]
    return Versions(tuple(differing), tuple(removed), tuple(added), len(outcomes) - len(differing))


def _paired(
    old: Sequence[Network], new: Sequence[Network]
) -> tuple[list[tuple[Network, Network]], list[Network], list[Network]]:
    """Networks of one label stand for each other, what is then left one after the other where it is as many."""
    before, now = dict(_labelled(old)), dict(_labelled(new))
    pairs = [(before.pop(label), now.pop(label)) for label in list(before) if label in now]
    removed, added = list(before.values()), list(now.values())
    if len(removed) == len(added):
        return [*pairs, *zip(removed, added, strict=True)], [], []
    return pairs, removed, added


def _labelled(networks: Sequence[Network]) -> Iterator[tuple[tuple[str, int], Network]]:
    """Each by its label, and how many before it have that too."""
    before: Counter[str] = Counter()
    for network in networks:
        yield (network.label, before[network.label]), network
        before[network.label] += 1
