"""Queries, keys and values of attention as one Linear: `qkv` against `q_proj`, `k_proj` and `v_proj`."""

from archdiff.semantics.rules._fused import rule

RULE = rule("fused_query_key_value", "query", "key", "value")
