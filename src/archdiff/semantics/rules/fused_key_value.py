"""Keys and values of attention as one Linear: `kv` against `k` and `v`."""

from archdiff.semantics.rules._fused import rule

RULE = rule("fused_key_value", "key", "value")
