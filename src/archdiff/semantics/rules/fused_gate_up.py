"""The gate of a feed-forward part and what it gates as one Linear: `gate_up_proj` against two."""

from archdiff.semantics.projections import GATED
from archdiff.semantics.rules._fused import rule

RULE = rule("fused_gate_up", GATED)
