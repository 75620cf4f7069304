"""Whether two kinds may be one: by the settings that a text does not hold, and by none that it holds."""

from __future__ import annotations

import pytest

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Settings
from archdiff.semantics.open_settings import may_be_one


def layer(kind_name: str, **printed: Value) -> Settings:
    """A layer of which nothing else is known, as in a row of a summary table."""
    kind = kinds.by_name()[kind_name]
    return Settings(kind, {field.name: UNKNOWN for field in kind.fields} | printed)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param(layer("leaky_relu"), layer("relu"), True, id="a slope of 0"),
        pytest.param(layer("leaky_relu", negative_slope=0.1), layer("relu"), False, id="another slope"),
        pytest.param(layer("leaky_relu", negative_slope=0.0), layer("relu"), False, id="nothing is open"),
        pytest.param(layer("hardtanh"), layer("relu6"), True, id="from 0 to 6"),
        pytest.param(layer("hardtanh", max_val=5), layer("relu6"), False, id="to 5"),
        pytest.param(layer("elu"), layer("celu"), True, id="an alpha of 1"),
        pytest.param(layer("threshold"), layer("relu"), True, id="0 below 0"),
        pytest.param(layer("gelu"), layer("relu"), False, id="no approximation"),
        pytest.param(layer("prelu"), layer("relu"), False, id="a slope that is learned"),
        pytest.param(layer("avg_pool_2d"), layer("adaptive_avg_pool_2d"), True, id="the whole map"),
        pytest.param(layer("max_pool_2d"), layer("adaptive_max_pool_2d"), True, id="the largest of the whole map"),
        pytest.param(layer("avg_pool_2d"), layer("max_pool_2d"), False, id="a mean and the largest"),
        pytest.param(layer("avg_pool_1d"), layer("avg_pool_2d"), False, id="lines and maps"),
        pytest.param(layer("softmax"), layer("softmax_2d"), True, id="a softmax over channels"),
        pytest.param(layer("softmax", dim=1), layer("softmax_2d"), False, id="a softmax over what may be features"),
        pytest.param(layer("softmax", dim=1), layer("softmax_2d", parameters=0), True, id="over the channels of a row"),
        pytest.param(layer("softmax", dim=-1), layer("softmax_2d", parameters=0), False, id="over the places of a row"),
        pytest.param(layer("log_softmax"), layer("softmax_2d"), False, id="logarithms"),
        pytest.param(layer("dropout"), layer("relu"), False, id="not a function of one number"),
    ],
)
def test_may_be_one(a: Settings, b: Settings, expected: bool) -> None:
    assert (may_be_one(a, b), may_be_one(b, a)) == (expected, expected)
