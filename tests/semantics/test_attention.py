"""Names of the projections of attention."""

from __future__ import annotations

import pytest

from archdiff.semantics.attention import is_query, projection

CASES = [
    # names of something else
    *((name, "") for name in ("fc", "proj", "conv_out_1", "q_gate_proj", "q_a_proj", "qkv", "norm_k_q", "", "_")),
    *((name, "query") for name in ("q", "q_proj", "to_q", "wq", "query", "W_query", "query_projection", "linear_Q")),
    *((name, "key") for name in ("k", "k_proj", "to_k", "wk", "key", "W_K")),
    *((name, "value") for name in ("v", "v_proj", "to_v", "wv", "value", "value_proj", "v_fc")),
    *((name, "output") for name in ("o", "o_proj", "out_proj", "to_out", "Wo", "output", "out_lin")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), CASES)
def test_a_name_of_a_projection(name: str, expected: str) -> None:
    assert projection(name) == expected
    assert is_query(name) is (expected == "query" or name == "qkv")
