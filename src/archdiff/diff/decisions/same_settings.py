"""Settings that one decision changes: the same value everywhere, several settings of one layer.

Must not look at widths.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from archdiff.diff.decisions._proposal import Proposal, place_of, shown, values
from archdiff.diff.moved_strides import MOVED
from archdiff.diff.network_index import Counterparts, NetworkIndex, leaf_pairs
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import Value

#: of a window over its input: two classes may change these alike for reasons of their own
_OF_A_WINDOW: Final = ("kernel_size", "stride", "padding", "output_padding", "dilation", "ceil_mode")

_BIAS: Final = "bias"  # of an attention it is known from its output projection, and one decision with that

_Numbered = tuple[int, Finding]


def proposals(
    findings: Sequence[Finding], both: Sequence[Counterparts], _ours: NetworkIndex, _theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about settings; the findings are all differences."""
    settings = [
        (number, finding)
        for number, finding in enumerate(findings)
        if finding.setting and finding.candidate and finding.reference
        if finding.setting == _BIAS or finding.aspect not in ("width", "input")
        if finding.what is None or finding.what.code not in MOVED  # says of two layers what they have
    ]
    yield from _everywhere(settings, both)
    yield from _of_one_layer(settings)
    yield from _patches(findings)


def _patches(findings: Sequence[Finding]) -> Iterator[Proposal]:
    """The size of the patches that a convolution cuts a map into, with what goes with its square.

    That is how many positions there are, and how many numbers a patch is.
    """
    strides = {
        (place_of(finding).path, values(finding)): number
        for number, finding in enumerate(findings)
        if finding.setting == "stride"
    }
    for number, finding in enumerate(findings):
        stride = strides.get((place_of(finding).path, values(finding))) if finding.setting == "kernel_size" else None
        ours, theirs = values(finding)
        if stride is None or not (_is_square(ours) and _is_square(theirs)):
            continue
        square = Fraction(ours[0], theirs[0]) ** 2  # type: ignore[index, arg-type]
        follow = {each for each, other in enumerate(findings) if _ratio(other) in (square, 1 / square)}
        if follow:
            what = message("decided-setting", name="patch size", ours=shown(ours), theirs=shown(theirs))
            yield Proposal(what, frozenset({number, stride} | follow))


def _is_square(value: Value) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and value[0] == value[1]
        and isinstance(value[0], int)
        and value[0] > 0
    )


def _ratio(finding: Finding) -> Fraction | None:
    """Of the numbers of a table's rows, or of features."""
    ours, theirs = values(finding)
    counted = finding.setting in ("num_embeddings", "setting 1") or finding.aspect == "width"
    return Fraction(ours, theirs) if counted and isinstance(ours, int) and isinstance(theirs, int) and theirs else None


def _everywhere(settings: Sequence[_Numbered], both: Sequence[Counterparts]) -> Iterator[Proposal]:
    """One setting of layers of several classes, or with several reasons, that changed in the same way.

    Where layers keep the value that others changed, it says how many changed. What a window over the input has is one
    decision for layers of one class alone.
    """
    groups: dict[object, list[_Numbered]] = defaultdict(list)
    for number, finding in settings:
        of_class = place_of(finding).class_name if finding.setting in _OF_A_WINDOW else ""
        groups[finding.setting, of_class, repr(values(finding)), finding.effect].append((number, finding))
    several = [group for group in groups.values() if len(group) > 1]
    kept = _kept(both, {(str(finding.setting), repr(values(finding)[1])) for ((_, finding), *_) in several})
    for group in several:
        findings = [finding for _, finding in group]
        changed = {pair[1].path for finding in findings for pair in finding.all_places if pair[1]}
        stay = kept[str(findings[0].setting), repr(values(findings[0])[1])]
        yield Proposal(_setting(findings[0], len(changed), stay), frozenset(number for number, _ in group))


def _kept(both: Sequence[Counterparts], wanted: set[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How many layers have a value of a setting in both networks."""
    found: Counter[tuple[str, str]] = Counter()
    names = {name for name, _ in wanted}
    for pair in both if wanted else ():
        for a, b in leaf_pairs(pair):
            fields = b.kind.fields if b.kind and b.kind is a.kind else ()
            for name in names.intersection(field.name for field in fields):
                value = b.settings.known(name)
                if (name, repr(value)) in wanted and a.settings.known(name) == value:
                    found[name, repr(value)] += 1
    return found


def _setting(finding: Finding, changed: int, stay: int) -> Message:
    ours, theirs = values(finding)
    some = {"changed": changed, "layers": changed + stay} if stay else {}
    code = "decided-setting-of-some" if stay else "decided-setting"
    return message(code, name=finding.setting, ours=shown(ours), theirs=shown(theirs), **some)


def _of_one_layer(settings: Sequence[_Numbered]) -> Iterator[Proposal]:
    """Settings of one layer that changed by one decision: the kernel with its stride, or with the padding it needs."""
    groups: dict[object, list[_Numbered]] = defaultdict(list)
    for number, finding in settings:
        places = tuple((a and a.path, b and b.path) for a, b in finding.all_places)
        groups[places, finding.effect].append((number, finding))
    for group in groups.values():
        alike: dict[str, list[_Numbered]] = defaultdict(list)
        for each in group:
            alike[repr(values(each[1])) if not isinstance(values(each[1])[0], bool) else repr(each[1].setting)].append(
                each
            )
        pads = [each for each in group if each[1].setting == "padding"]
        for same in alike.values():
            wide = [each for each in same if each[1].setting in ("kernel_size", "dilation")]
            fitting = [(main, pad) for main in wide for pad in pads if pad not in same and _fits(pad[1], main[1])]
            main, pad = fitting[0] if fitting else (same[0], None)
            ordered = [main, *(each for each in same if each is not main)]
            ours, theirs = map(shown, values(main[1]))
            code = "decided-setting-padded" if pad else "decided-setting"
            name = " and ".join(str(finding.setting) for _, finding in ordered)
            parts = frozenset(number for number, _ in (*ordered, *([pad] if pad else ())))
            yield Proposal(message(code, name=name, ours=ours, theirs=theirs), parts)


def _fits(padding: Finding, wide: Finding) -> bool:
    """Whether a padding is the one that keeps the size of a map, behind a kernel or a dilation."""
    needs = _OF_DILATION if wide.setting == "dilation" else _OF_KERNEL
    return any(all(map(_is_padding, values(padding), values(wide), (need,) * 2)) for need in needs)


#: the padding that keeps the size of a map, or all that comes before, by the size of the kernel; that by the dilation
_OF_KERNEL: Final[tuple[Callable[[int], int], ...]] = (lambda kernel: kernel // 2, lambda kernel: kernel - 1)
_OF_DILATION: Final[tuple[Callable[[int], int], ...]] = (lambda dilation: dilation,)


def _is_padding(padding: Value, value: Value, need: Callable[[int], int]) -> bool:
    if isinstance(padding, tuple) and isinstance(value, tuple):
        return len(padding) == len(value) and all(
            _is_padding(one, other, need) for one, other in zip(padding, value, strict=True)
        )
    return isinstance(padding, int) and isinstance(value, int) and padding == need(value)
