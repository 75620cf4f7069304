"""Projections of attention as one Linear or two: `qkv`, or `q` and `kv`, against `q_proj`, `k_proj` and `v_proj`."""

from archdiff.semantics.projections import ATTENTION
from archdiff.semantics.rules._fused import rule

RULE = rule("fused_query_key_value", ATTENTION)
