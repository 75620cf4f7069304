"""Where a number stays that a decision about widths changes everywhere else: what people look for in a width change.

A number is an exception in a role of which most others changed (`layers.#.fc1.out_features`), and where it is the only
one of its value that stays. What a network takes and gives as a whole is none. Must not change what is explained.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from archdiff.diff.decisions._proposal import numberless, place_of, values
from archdiff.diff.decisions.widths import role
from archdiff.diff.network_index import Counterparts, leaf_pairs
from archdiff.infer.flow import SizedOccurrence
from archdiff.infer.leaf import width_of
from archdiff.model.finding import Finding
from archdiff.model.memo import Memo
from archdiff.model.message import Message, message
from archdiff.semantics.kinds import Settings, counts_channels

_CODES: Final = frozenset({"decided-width", "decided-factor"})
_ASPECTS: Final = ("width", "input")
_MOST: Final = 4  # twice as many as stay of a number that changed in all other roles
_SMALLEST: Final = 8  # a smaller number is no width


class Stays(NamedTuple):
    """A number that is the same in both networks."""

    path: str  # in the candidate
    roles: tuple[str, ...]
    value: int
    aspect: str  # "width" of what a layer gives
    is_between: bool  # whether a layer before or behind it changed this number


def told(what: Message, parts: Sequence[Finding], staying: Callable[[], Sequence[Stays]]) -> Message:
    """The decision with its exceptions.

    Args:
        what: What it says.
        parts: The findings that it explains.
        staying: The widths that are the same in both networks.
    """
    if what.code not in _CODES:
        return what
    of_roles: Counter[str] = Counter()
    numbers: Counter[int] = Counter()
    changed_at: dict[object, list[str]] = defaultdict(list)
    for finding in (each for part in parts for each in (part, *part.consequences)):
        old = width_of(values(finding)[1])
        if type(old) is int and finding.candidate and finding.setting and finding.setting != "num_embeddings":
            of_roles.update(dict.fromkeys(roles(place_of(finding).path, finding.setting), finding.count))
            numbers[old] += finding.count
            changed_at[old] += [place.path for place, _ in finding.all_places if place]
    known = staying()
    staying_roles = Counter(role for each in known for role in each.roles)
    of_number = Counter(each.value for each in known)
    scales = what.code == "decided-factor"
    scales_all = scales and what["every"] == "every width"
    found = []
    for each in known:
        times, changed = of_number[each.value], numbers[each.value]
        would_change = changed or (scales and (scales_all or each.aspect == "width"))
        is_rare = each.is_between and 2 * times <= min(changed, _MOST)
        is_against_all = scales_all and times < changed
        is_of_few = would_change and any(staying_roles[role] < of_roles[role] for role in each.roles)
        if is_rare or is_against_all or is_of_few:
            found.append(each)
    beside = {(each.path.rpartition(".")[0], each.value) for each in found}
    found = [each for each in known if (each.path.rpartition(".")[0], each.value) in beside]
    return message(what.code, **dict(what.values), but=_worded(found, changed_at)) if found else what


def roles(path: str, setting: str) -> tuple[str, str]:
    """What a value is for: in the blocks of any list, and in blocks whose names differ in nothing but numbers.

    Args:
        path: Of the layer.
        setting: Its setting.
    """
    holder, dot, name = path.rpartition(".")
    return role(path, setting), f"{numberless(holder)}{dot}{'#' if name.isdigit() else name}.{setting} by name"


def staying(both: Sequence[Counterparts]) -> list[Stays]:
    """Widths that stay, but for what the whole network takes and gives.

    Args:
        both: The layers, and the blocks, that stand for each other.
    """
    numbers = Memo(lambda settings: tuple(_numbers(settings)))
    wide = Memo(lambda block: any(numbers(leaf.settings) for leaf in block.leaves))
    found: list[tuple[int, Stays]] = []
    changed: list[set[int]] = []  # of each layer with widths, those of the reference that are others here
    first, last = "", ""
    for pair in both:
        a, _ = pair
        if isinstance(a, SizedOccurrence) and not wide(a.block.bare):
            continue
        for ours, theirs in leaf_pairs(pair):
            own, other = numbers(ours.settings), numbers(theirs.settings)
            if not own:
                continue
            for name, aspect, value in own:
                first = first or (ours.path if aspect == "input" else "")
                last = ours.path if aspect == "width" else last
                if value >= _SMALLEST and (name, aspect, value) in other:
                    found.append((len(changed), Stays(ours.path, roles(theirs.path, name), value, aspect, False)))
            changed.append({value for name, aspect, value in other if (name, aspect, value) not in own})
    changed.append(set())  # beside the first, and behind the last
    return [
        each._replace(is_between=each.value in changed[at - 1] | changed[at + 1])
        for at, each in found
        if each.path != (first if each.aspect == "input" else last)
    ]


def _numbers(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """Name, aspect and number."""
    if not counts_channels(settings):
        return
    for field in settings.kind.fields:
        value = width_of(settings.known(field.name)) if field.aspect in _ASPECTS else None
        if type(value) is int:
            yield field.name, field.aspect, value


def _worded(found: Sequence[Stays], changed: Mapping[object, Sequence[str]]) -> Message:
    """Of each number the innermost layer that holds all of its exceptions."""
    by_number: dict[int, list[str]] = {}
    for each in found:
        by_number.setdefault(each.value, []).append(each.path)
    return keeps((value, place) for value, paths in by_number.items() for place in places(paths, changed[value]))


def keeps(exceptions: Iterable[tuple[object, str]]) -> Message:
    """The words for values with where they stay; there is at least one."""
    (value, path), *more = exceptions
    return message("keeps", path=path, value=value, more=len(more) or None)


def places(paths: Iterable[str], changed: Iterable[str]) -> list[str]:
    """Where a value stays: `layers.3.mlp` of all that is in it; each layer apart where others in it changed.

    Args:
        paths: Of the layers that keep it.
        changed: Of the layers that had it.
    """
    split = [path.split(".") for path in dict.fromkeys(paths)]
    shared = 0
    while all(len(each) > shared and each[shared] == split[0][shared] for each in split):
        shared += 1
    holder = split[0][:shared]
    is_whole = bool(holder) and all(each.split(".")[:shared] != holder for each in changed)
    return [".".join(each) for each in ([holder] if is_whole else split)]
