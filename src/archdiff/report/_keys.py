"""A key map as a table, as JSON and as a Python function that carries it out. Only lays out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pprint import pformat
from typing import Final

from archdiff.execute.keys.asked import Answer
from archdiff.execute.keys.keymap import KeyMap, Left, Mapped, Part, Side

_BACK: Final = "swap the two networks for the way back"
_HEAD: Final = ("reference", "candidate", "what to do")
_BY: Final = {
    "shape": " (by shape and place)",
    "order": " (by order, and outputs are equal)",
    "tie": " (one tensor under two keys)",
}


def terminal(answer: Answer) -> str:
    """A headline, every key of the reference, and what is left over; without the keys where a file was written."""
    key_map = answer.key_map
    lines = [_headline(key_map), *_notes(answer), ""]
    if not answer.written_to:
        lines += [*_table([_HEAD, *map(_row, key_map.mapped)]), ""]
    for what, found in _left_over(answer):
        lines += [f"{what}:", *_table([(f"  {left.key}", left.why) for left in found]), ""]
    lines += _outcome(answer)
    return "\n".join(lines).rstrip("\n") + "\n"


def _headline(key_map: KeyMap) -> str:
    done, total = len(key_map.mapped) + len(key_map.kept), len(key_map.reference.stored)
    told = "" if key_map.candidate.exact and key_map.reference.exact else " that the prints hold"
    ends = f"candidate {_name(key_map.candidate)} -> reference {_name(key_map.reference)}"
    return f"checkpoint of the {ends}: {done} of {total} keys{told} ({_BACK})"


def _name(side: Side) -> str:
    return side.source or side.label


def _notes(answer: Answer) -> Iterator[str]:
    key_map = answer.key_map
    printed = [
        (name, side)
        for name, side in (("candidate", key_map.candidate), ("reference", key_map.reference))
        if not side.exact
    ]
    for name, side in printed:
        if side.untold:
            yield f"the print of the {name} does not hold the keys of {', '.join(side.untold)}"
    if printed:
        yield "bare parameters and buffers of a class are in no print: package.module:factory gives every key"
    if key_map.differences and answer.difference is None:
        count = "1 difference" if key_map.differences == 1 else f"{key_map.differences} differences"
        yield f"{count} in the function, as far as the comparison can tell: see archdiff compare"


def _row(mapped: Mapped) -> tuple[str, str, str]:
    sources = " + ".join(part.key + (f"[{part.rows[0]}:{part.rows[1]}]" if part.rows else "") for part in mapped.parts)
    return mapped.key, sources, ", ".join(mapped.steps) + _BY.get(mapped.found_by, "")


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    for *cells, last in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last]).rstrip()


def _left_over(answer: Answer) -> Iterator[tuple[str, Sequence[Left]]]:
    key_map = answer.key_map
    for what, found in (
        ("keys of the reference without a counterpart", key_map.missing),
        ("keys of the candidate without a counterpart", key_map.unused),
        ("keys of the file that the map does not know", answer.unknown),
        ("keys that keep the reference's own value", key_map.kept),
        ("keys of the candidate that the reference does without", key_map.dropped),
    ):
        if found:
            yield f"{len(found)} {what}", found


def _outcome(answer: Answer) -> Iterator[str]:
    if answer.difference is not None:
        equal = "equal" if answer.equal else "not equal"
        yield f"outputs in eval are {equal}: they part by {answer.difference:.2g} of the largest"
    elif answer.tried_in_order is not None:
        yield f"taken in order, what could be several makes outputs part by {answer.tried_in_order:.2g} of the largest"
    elif any(mapped.found_by == "shape" for mapped in answer.key_map.mapped):
        yield "keys were found by shape and place: --verify runs two live modules with the mapped weights"
    if answer.written is not None:
        yield f"{answer.written_to}: {answer.written} tensors for the reference, from {answer.read_from}"
    elif answer.written_to:
        yield f"{answer.written_to}: not written, since keys are left over; --partial writes what there is"


# JSON


def as_json(answer: Answer) -> str:
    key_map = answer.key_map
    document = {
        "schema": "archdiff/keys/1",
        "complete": answer.complete,
        "candidate": _side(key_map.candidate),
        "reference": _side(key_map.reference),
        "keys": [_mapped(mapped) for mapped in key_map.mapped],
        **{
            name: [left._asdict() for left in found]
            for name, found in (
                ("kept", key_map.kept),
                ("dropped", key_map.dropped),
                ("missing", key_map.missing),
                ("unused", key_map.unused),
                ("unknown", answer.unknown),
            )
        },
        "difference": answer.difference,
        "tried_in_order": answer.tried_in_order,
        "written": answer.written,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _side(side: Side) -> dict[str, object]:
    held = [{"key": stored.key, "shape": stored.shape} for stored in side.stored]
    return {
        "source": side.source,
        "label": side.label,
        "live": side.live,
        "keys": held,
        "not_printed": list(side.untold),
    }


def _mapped(mapped: Mapped) -> dict[str, object]:
    return {
        "reference": mapped.key,
        "candidate": [part._asdict() for part in mapped.parts],
        "transposed": mapped.transposed,
        "shape": mapped.shape,
        "steps": list(mapped.steps),
        "found_by": mapped.found_by,
    }


# Python


def as_python(answer: Answer) -> str:
    """A module with one function, which needs torch where tensors are put together."""
    key_map = answer.key_map
    plain = {each.key: each.parts[0].key for each in key_map.mapped if _is_plain(each)}
    others = [each for each in key_map.mapped if not _is_plain(each)]
    own = f", own: the reference's state_dict, which {len(key_map.kept)} keys are taken from" if key_map.kept else ""
    lines = [
        f'"""{_headline(key_map)}."""',
        "",
        *(["import torch", ""] if any(len(each.parts) > 1 for each in others) else []),
        f"#: key of the reference -> key of the candidate\nRENAMED = {pformat(plain, width=110, sort_dicts=False)}",
        "",
        "",
        f"def convert(state_dict{', own' if key_map.kept else ''}):",
        f'    """state_dict: tensors of the candidate{own}. Returns those of the reference."""',
        "    made = {key: state_dict[source] for key, source in RENAMED.items()}",
        *(f"    made[{each.key!r}] = {_expression(each)}" for each in others),
        *(f"    made[{each.key!r}] = own[{each.key!r}]" for each in key_map.kept),
        *(f"    # {what}: {left.key}: {left.why}" for what, left in _comments(key_map)),
        "    return made",
    ]
    return "\n".join(lines) + "\n"


def _comments(key_map: KeyMap) -> Iterator[tuple[str, Left]]:
    yield from (("missing", left) for left in key_map.missing)
    yield from (("not used", left) for left in key_map.unused)


def _is_plain(mapped: Mapped) -> bool:
    return mapped.steps in (("as it is",), ("rename",)) and mapped.found_by != "tie"


def _expression(mapped: Mapped) -> str:
    parts = [_taken(part) for part in mapped.parts]
    made = f"torch.cat([{', '.join(parts)}])" if len(parts) > 1 else parts[0]
    transposed = ".T.contiguous()" if mapped.transposed else ""
    shaped = f".reshape({mapped.shape})" if mapped.shape is not None else ""
    copied = "" if len(parts) > 1 or transposed else ".clone()"
    return f"{made}{transposed}{shaped}{copied}"


def _taken(part: Part) -> str:
    rows = f"[{part.rows[0]}:{part.rows[1]}]" if part.rows else ""
    return f"state_dict[{part.key!r}]{'.T' if part.transposed else ''}{rows}"


FORMATS: Final[Mapping[str, Callable[[Answer], str]]] = {
    "terminal": terminal,
    "json": as_json,
    "python": as_python,
}
