"""A key map as a table. Only lays out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from archdiff.execute.keys.keymap import Leftover, MappedTensor
from archdiff.execute.keys.transfer import KeyTransfer
from archdiff.model import inert
from archdiff.model.wording import plural

if TYPE_CHECKING:
    from archdiff.execute.keys.alternatives import TestedMap

_LISTED: Final = 6  # of what is taken, or not tested
_HEAD: Final = ("reference", "candidate", "what to do")
_BY: Final = {
    "shape": " (by shape and place)",
    "order": " (by order, and outputs are equal)",
    "tie": " (one tensor under two keys)",
}


def text(answer: KeyTransfer) -> str:
    """A headline, every key of the reference, and what is left over; without the keys where a file was written."""
    key_map = answer.key_map
    lines = [key_map.headline, *_notes(answer), ""]
    if not answer.written_to:
        lines += [*_table([_HEAD, *map(_row, key_map.mapped)]), ""]
    for what, found in _left_over(answer):
        lines += [f"{what}:", *_table([(f"  {left.key}", left.why) for left in found]), ""]
    lines += _outcome(answer)
    return "\n".join(map(inert.line, lines)).rstrip("\n") + "\n"


def _notes(answer: KeyTransfer) -> Iterator[str]:
    key_map = answer.key_map
    printed = [
        (name, side)
        for name, side in (("candidate", key_map.candidate), ("reference", key_map.reference))
        if not side.exact
    ]
    for name, side in printed:
        if side.unknown_classes:
            yield f"the print of the {name} does not hold the keys of {', '.join(side.unknown_classes)}"
    if printed:
        yield (
            "bare parameters and buffers of a class, and which layers share a tensor, are in no print: "
            "package.module:factory gives every key"
        )
    if key_map.differences and not answer.verified:
        count = plural(key_map.differences, "difference")
        yield f"{count} in the function, as far as the comparison can tell: see archdiff compare"
    if not answer.verified:
        yield from (f"taken for granted: {each}" for each in (*key_map.forwards, *key_map.packed))
        yield from (
            f"taken for granted: {key} is kept the same way round in both, as (outputs, inputs)"
            for key in key_map.squares
        )
        if key_map.candidate.adapter and key_map.reference.adapter:
            yield "taken for granted: the same adapters are active in both, and scaled alike, which no checkpoint holds"
        if key_map.gates:
            yield f"taken for granted: both have one order of gates in {', '.join(key_map.gates)}"
    for (name, scale), tensors in key_map.merged_adapters.items():
        yield f"LoRA adapter {name} merged, scaled by {scale:g}: {tensors} tensors"
    yield from answer.notes


def _row(mapped: MappedTensor) -> tuple[str, str, str]:
    shown = [part.key + (f"[{part.rows[0]}:{part.rows[1]}]" if part.rows else "") for part in mapped.parts]
    sources = " + ".join(shown[:_LISTED]) + (f" + {len(shown) - _LISTED} more" if shown[_LISTED:] else "")
    return mapped.key, sources, ", ".join(mapped.steps) + _BY.get(mapped.found_by, "")


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    for *cells, last in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last]).rstrip()


def _left_over(answer: KeyTransfer) -> Iterator[tuple[str, Sequence[Leftover]]]:
    key_map = answer.key_map
    for what, found in (
        ("of the reference without a counterpart", key_map.missing),
        ("of the candidate without a counterpart", key_map.unused),
        ("of the file that the map does not know", answer.unknown),
        ("of the reference for one tensor that would be made of several", answer.clashes),
        ("that {keep} the reference's own value", key_map.kept),
        ("of the candidate that the reference does without", key_map.dropped),
    ):
        if found:
            yield f"{plural(len(found), 'key')} {what.format(keep='keep' if found[1:] else 'keeps')}", found


def _outcome(answer: KeyTransfer) -> Iterator[str]:
    if answer.tested is not None:
        yield from _shown(answer.tested)
        if answer.key_map.clashes and answer.verified:
            yield "that is with equal tensors where the reference has one"
    elif any(mapped.found_by == "shape" for mapped in answer.key_map.mapped):
        yield "keys were found by shape and place: --verify runs two live modules with the mapped weights"
    elif answer.complete and answer.key_map.candidate.live and answer.key_map.reference.live:
        yield "neither was run: --verify compares what they compute with the mapped weights"
    if answer.written is not None:
        if answer.key_map.clashes and not answer.clashes:
            yield f"what the reference has as one tensor is equal in {answer.read_from}"
        yield f"{answer.written_to}: {plural(answer.written, 'tensor')} for the reference, from {answer.read_from}"
    elif answer.written_to:
        why = "one tensor of the reference would hold several" if _clash_alone(answer) else "keys are left over"
        yield f"{answer.written_to}: not written, since {why}; --partial writes what there is"


def _clash_alone(answer: KeyTransfer) -> bool:
    return bool(answer.clashes) and not (answer.key_map.missing or answer.key_map.unused or answer.unknown)


def _shown(tested: TestedMap) -> Iterator[str]:
    """What running both showed, or why they were not run."""
    if tested.difference is None:
        yield f"--verify: not run, since {tested.reason}"
        return
    if tested.of_another_map:
        maps = f"{plural(tested.others, 'map')} that choose{'s' if tested.others == 1 else ''} where this one does not"
        yield f"--verify: {maps}: outputs differ, of the first by {tested.difference:.2g} of the largest"
        return
    ours, theirs = tested.outputs
    outputs = "outputs" if ours == theirs == 1 else f"all {ours} outputs"
    if ours != theirs:
        outputs = f"first outputs (the candidate gives {ours}, the reference {theirs})"
    equal = "equal" if tested.equal else "not equal"
    yield f"{outputs} in eval are {equal}: they differ by {tested.difference:.2g} of the largest"
    yield from (f"found by running: {each}" for each in tested.found_by)
    if tested.untested:
        names = ", ".join(tested.untested[:_LISTED]) + (" ..." if tested.untested[_LISTED:] else "")
        yield f"not tested, since no output depends on it: {names}"
    if tested.parts_at is not None:
        yield f"they differ from {tested.parts_at[0]} of the candidate on, {tested.parts_at[1]} of the reference"
    if not tested.equal and tested.others:
        yield f"{plural(tested.others, 'other map')}, with other layouts of projections, differ too"
