"""A key map as a Python module with one function, `convert`, that does what `apply` does. Must not import torch."""

from __future__ import annotations

from collections.abc import Iterator
from pprint import pformat
from typing import Final

from archdiff.execute.keys.keymap import KeyMap, Leftover, LowRank, MappedTensor, TensorPart
from archdiff.execute.source.code import in_literals, literal, remark


def program(key_map: KeyMap) -> str:
    """A module with one function, which needs torch where tensors are put together."""
    plain = {each.key: each.parts[0].key for each in key_map.mapped if _is_plain(each)}
    others = [each for each in key_map.mapped if not _is_plain(each)]
    taken = "1 key is" if len(key_map.kept) == 1 else f"{len(key_map.kept)} keys are"
    own = f", own: the reference's state_dict, which {taken} taken from" if key_map.kept else ""
    adds = any(part.added for each in others for part in each.parts)
    renamed = in_literals(pformat(plain, width=110, sort_dicts=False))
    lines = [
        f'"""{remark(key_map.headline)}."""',
        "",
        *(["import torch", ""] if adds or any(len(each.parts) > 1 for each in others) else []),
        *([*_MERGED.splitlines(), "", ""] if adds else []),
        f"#: key of the reference -> key of the candidate\nRENAMED = {renamed}",
        "",
        "",
        f"def convert(state_dict{', own' if key_map.kept else ''}):",
        f'    """state_dict: tensors of the candidate{own}. Returns those of the reference."""',
        "    made = {key: state_dict[source] for key, source in RENAMED.items()}",
        *(f"    made[{literal(each.key)}] = {_expression(each)}" for each in others),
        *(f"    made[{literal(each.key)}] = own[{literal(each.key)}]" for each in key_map.kept),
        *(f"    # {what}: {remark(': '.join(filter(None, left)))}" for what, left in _comments(key_map)),
        "    return made",
    ]
    return "\n".join(lines) + "\n"


def _comments(key_map: KeyMap) -> Iterator[tuple[str, Leftover]]:
    yield from (("missing", left) for left in key_map.missing)
    yield from (("not used", left) for left in key_map.unused)
    yield from (("may differ", left) for left in key_map.clashes)
    yield from (
        ("taken for granted", Leftover(each, "")) for each in (*key_map.packed, *key_map.squares, *key_map.gates)
    )


def _is_plain(mapped: MappedTensor) -> bool:
    return mapped.steps in (("as it is",), ("rename",)) and mapped.found_by != "tie"


def _expression(mapped: MappedTensor) -> str:
    parts = [_taken(part) for part in mapped.parts]
    made = f"torch.cat([{', '.join(parts)}])" if len(parts) > 1 else parts[0]
    transposed = ".T.contiguous()" if mapped.transposed else ""
    shaped = f".reshape({mapped.shape})" if mapped.shape is not None else ""
    copied = "" if len(parts) > 1 or transposed else ".clone()"
    return f"{made}{transposed}{shaped}{copied}"


def _taken(part: TensorPart) -> str:
    rows = f"[{part.rows[0]}:{part.rows[1]}]" if part.rows else ""
    taken = f"state_dict[{literal(part.key)}]"
    if part.added:
        taken = f"merged({', '.join([taken, *map(_term, part.added)])})"
    return f"{taken}{'.T' if part.transposed else ''}{rows}"


def _term(term: LowRank) -> str:
    second = f"state_dict[{literal(term.second)}]" if term.second else "None"
    return f"({term.scale!r}, {second}, state_dict[{literal(term.first)}], {term.transposed})"


#: what `convert` calls where adapters are merged, as `apply` does it
_MERGED: Final = '''\
def merged(base, *terms):
    """base + scale * second @ first of every term; of half precision in single."""
    wide = torch.promote_types(base.dtype, torch.float32)
    made = base.to(wide)
    for scale, second, first, transposed in terms:
        added = first.to(wide)
        if second is not None:
            added = second.to(wide).flatten(1) @ added.flatten(1)
        made = made + ((added.T if transposed else added) * scale).reshape(base.shape)
    return made.to(base.dtype)'''
