"""What authors call the projections of attention: `q_proj`, `to_q`, `wq`, `query`, `W_query` are one name."""

from __future__ import annotations

from functools import cache
from typing import Final

_NAMES: Final = {
    "query": ("q", "wq", "query", "queries"),
    "key": ("k", "wk", "key", "keys"),
    "value": ("v", "wv", "value", "values"),
    "output": ("o", "wo", "out", "output"),
}
_PROJECTIONS: Final = {name: projection for projection, names in _NAMES.items() for name in names}
#: words beside them that say no more than that it is one
_OF_ANY: Final = frozenset({"proj", "projection", "lin", "linear", "to", "w", "fc"})

#: and these beside a projection of which other words say what it gives: `attn_q`, `in_proj_qkv`, `mixed_query_layer`
_OF_ATTENTION: Final = _OF_ANY | {"attn", "attention", "self", "in", "layer", "mixed"}

#: several projections of one input as one Linear: what each computes -> the names of such a layer
FUSED: Final = {
    ("query", "key", "value"): frozenset(
        {"c_attn", "in_proj", "qkv", "qkv_proj", "query_key_value", "to_qkv", "wqkv", "Wqkv"}
    ),
    ("query", "key"): frozenset({"qk", "qk_proj", "to_qk"}),
    ("key", "value"): frozenset({"kv", "kv_proj", "to_kv", "wkv", "key_value"}),
    ("gate", "up"): frozenset({"gate_up", "gate_up_proj"}),
}
#: the same in other words beside those that say nothing; parts in the order of the name
_TOGETHER: Final = {
    **{name: parts for parts, names in FUSED.items() for name in names},
    "q_k_v": ("query", "key", "value"),
    "kqv": ("key", "query", "value"),
    "q_k": ("query", "key"),
    "query_key": ("query", "key"),
    "wqk": ("query", "key"),
    "k_v": ("key", "value"),
    "gateup": ("gate", "up"),
    "gate_and_up": ("gate", "up"),
    "up_gate": ("up", "gate"),
}
#: names of projections to the queries of attention, alone or with others in one
QUERIES: Final = FUSED["query", "key", "value"] | {"q_b_proj"}


@cache
def projection(name: str) -> str:
    """`query`, `key`, `value` or `output`; "" where a name is of none of them."""
    words = [word for word in name.lower().split("_") if word not in _OF_ANY]
    return _PROJECTIONS.get(words[0], "") if len(words) == 1 else ""


@cache
def part(name: str) -> str:
    """What a projection gives: `query`, `key`, `value`, `gate` or `up`; "" where a name says none of them."""
    words = [word for word in name.lower().split("_") if word not in _OF_ATTENTION]
    found = projection(name) or (_PARTS.get(words[0], "") if len(words) == 1 else "")
    return "" if found == "output" else found


_PARTS: Final = {
    **{name: projection for name, projection in _PROJECTIONS.items() if projection != "output"},
    **{name: name for name in ("gate", "up")},
}


@cache
def fused(name: str) -> tuple[str, ...]:
    """The projections that a layer of this name gives together, in the order of the name: `qkv` -> query, key, value.

    Empty where it is no such name.
    """
    words = (word for word in name.lower().split("_") if word not in _OF_ATTENTION)
    return _TOGETHER.get(name) or _TOGETHER.get("_".join(words), ())


def is_query(name: str) -> bool:
    """Whether a layer of this name gives the queries of attention."""
    return name in QUERIES or projection(name) == "query"
