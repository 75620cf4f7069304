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
_SAYS_NOTHING: Final = frozenset({"proj", "projection", "lin", "linear", "to", "w", "fc"})

#: several projections of one input as one Linear: what each computes -> the names of such a layer
FUSED: Final = {
    ("query", "key", "value"): frozenset(
        {"c_attn", "in_proj", "qkv", "qkv_proj", "query_key_value", "to_qkv", "wqkv", "Wqkv"}
    ),
    ("key", "value"): frozenset({"kv", "kv_proj", "to_kv", "wkv", "key_value"}),
    ("gate", "up"): frozenset({"gate_up", "gate_up_proj"}),
}
#: names of projections to the queries of attention, alone or with others in one
QUERIES: Final = FUSED["query", "key", "value"] | {"q_b_proj"}


@cache
def projection(name: str) -> str:
    """`query`, `key`, `value` or `output`; "" where a name is of none of them."""
    words = [word for word in name.lower().split("_") if word not in _SAYS_NOTHING]
    return _PROJECTIONS.get(words[0], "") if len(words) == 1 else ""


@cache
def part(name: str) -> str:
    """What a projection gives: `query`, `key`, `value`, `gate` or `up`; "" where a name says none of them."""
    words = [word for word in name.lower().split("_") if word not in _SAYS_NOTHING]
    found = projection(name) or (words[0] if len(words) == 1 and words[0] in ("gate", "up") else "")
    return "" if found == "output" else found


def is_query(name: str) -> bool:
    """Whether a layer of this name gives the queries of attention."""
    return name in QUERIES or projection(name) == "query"
