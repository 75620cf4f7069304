"""A norm that one side alone has, with the biases before it that it makes idle: one decision, which the norm leads.

Must not join a bias that no such norm takes away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from archdiff.diff.decisions._proposal import Proposal, place_of, values
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.diff.settings import cancels_bias
from archdiff.model.finding import Finding
from archdiff.model.message import message

#: by the rule of a layer that one side alone has: which side, and the bias there and on the other side
_SIDES = {"AD104": (0, (False, True)), "AD103": (1, (True, False))}


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about norms; the findings are all differences."""
    lacking = [(number, each) for number, each in enumerate(findings) if each.rule in _SIDES]
    biases = [(number, each) for number, each in enumerate(findings) if each.setting == "bias"]
    for rule, (side, both) in _SIDES.items() if lacking and biases else ():
        network, without = (ours, theirs)[side], [each for each in biases if values(each[1]) == both]
        of_norms: dict[str, str] = {}  # the paths of all that is missing, with their classes
        numbers: dict[str, set[int]] = defaultdict(set)
        for number, finding in lacking:
            if finding.rule == rule:
                of_norms |= {place.path: place.class_name for places in finding.all_places if (place := places[side])}
                numbers[place_of(finding).class_name].add(number)
        idle: dict[str, set[int]] = defaultdict(set)
        for number, finding in without:
            maps = [place.path for places in finding.all_places if (place := places[side])]
            classes = {of_norms.get(_norm_behind(network, path), "") for path in maps}
            if len(classes) == 1 and (name := classes.pop()):
                idle[name].add(number)
        for name, parts in idle.items():
            count = sum(findings[number].count for number in numbers[name])
            where = ("candidate", "reference")[side]
            layers = message("layer", class_name=name, count=count if count > 1 else None)
            what = message("decided-norm", side=where, what=layers)
            yield Proposal(what, frozenset(parts | numbers[name]))


def _norm_behind(network: NetworkIndex, path: str) -> str:
    """The path of the layer right behind one, where it takes away any bias; else ""."""
    leaf = network.leaf(path)
    behind = network.behind(leaf) if leaf else None
    return behind.path if leaf and behind and cancels_bias(leaf, behind) else ""
