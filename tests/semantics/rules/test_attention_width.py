"""A MultiheadAttention prints no setting; the output projection that it prints tells its width and its bias."""

from __future__ import annotations

import pytest
from torch import nn

from archdiff import parse
from archdiff.semantics import rules


@pytest.mark.parametrize("bias", [True, False])
def test_the_width_is_that_of_the_output_projection(bias: bool) -> None:
    (network,) = parse.parse(f"{nn.Sequential(nn.MultiheadAttention(8, 2, bias=bias))}\n")
    (attention,) = rules.normalize(network).root.children
    assert {setting.name: setting.value for setting in attention.settings} == {"embed_dim": 8, "bias": bias}
