"""Live modules and config.json: what both say of heads, held against each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff import api, parse
from archdiff.diff.live_fields import answers_of, disagreements, field_name
from archdiff.diff.live_modules import LiveNetwork
from archdiff.infer import infer
from archdiff.model.network import Network
from archdiff.semantics import rules
from archdiff.semantics.configs import Configuration, configuration
from known import known


class BertSelfAttention(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.num_attention_heads = heads
        self.query, self.key, self.value = (nn.Linear(64, 64) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (each(x).unflatten(-1, (self.num_attention_heads, -1)).transpose(1, 2)
                   for each in (self.query, self.key, self.value))  # fmt: skip
        attended: Tensor = torch.softmax(q @ k.mT, -1) @ v
        return attended.transpose(1, 2).flatten(2)


class BertModel(nn.Module):
    def __init__(self, *heads: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 64)
        self.layers = nn.Sequential(*map(BertSelfAttention, heads))

    def forward(self, input_ids: Tensor) -> Tensor:
        rows: Tensor = self.layers(self.embed(input_ids))
        return rows


def said(**fields: Any) -> str:
    """A configuration, a field a line, the first one on line 2."""
    return json.dumps({"model_type": "bert", "architectures": ["BertModel"], **fields}, indent=1)


def beside(module: nn.Module | str, text: str, name: str = "c.json") -> Network:
    """A network with what its configuration says."""
    network = api.read(module)
    return network._replace(facts=(*network.facts, *(parse.parse(text, name)[0].facts if text else ())))


def held(text: str) -> Configuration:
    return known(configuration(parse.parse(text, "c.json")[0]))


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("scale", ""),
        ("num_key_value_heads", ""),
        ("num_heads", "num_attention_heads"),
        ("n_head", "num_attention_heads"),
        ("rope_theta", "rope_base"),
        ("head_dim", "head_dim"),
    ],
)
def test_field_name(attribute: str, expected: str) -> None:
    assert field_name(attribute) == expected


def test_answers_of() -> None:
    text = said(num_attention_heads=8, vision_config={"num_attention_heads": 4})
    assert [(value, known(field).line) for value, field in answers_of(held(text), "num_attention_heads")] == [
        (8, 6),
        (4, 8),
    ]
    assert answers_of(held(text), "scale") == []


@pytest.mark.parametrize(
    ("heads", "text", "told", "expected"),
    [
        pytest.param((8, 8), said(hidden_size=64, num_attention_heads=8), (), [], id="the same"),
        pytest.param((8, 8), json.dumps({"model_type": "unheard_of", "depth": 2}), (), [], id="nothing is said"),
        pytest.param((8, 4), said(num_attention_heads=8), (), [("layers.1", 4, 1, 8)], id="one of two"),
        pytest.param((8, 8), said(num_attention_heads=32), (), [("layers.0", 8, 2, 32)], id="both"),
        pytest.param((8,), said(num_attention_heads=32), ("num_attention_heads",), [], id="told by the print"),
    ],
)
def test_disagreements(
    heads: tuple[int, ...], text: str, told: tuple[str, ...], expected: list[tuple[str, int, int, int]]
) -> None:
    [sized] = infer((rules.normalize(api.read(BertModel(*heads))),))
    found = disagreements(LiveNetwork(sized), held(text), told)
    assert [(each.live.path, each.live.value, each.live.modules, each.says) for each in found] == expected


MODEL = BertModel(8, 8)
PRINT = f"{MODEL!r}\n"
MUST = (
    "AD701 num_attention_heads of BertSelfAttention is 8 in the candidate (live attribute); the reference does not "
    "print it, and must have the same"
)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param("", said(num_attention_heads=8), [], id="of the other side, equal"),
        pytest.param(said(num_attention_heads=8), "", [MUST], id="its own, equal"),
        pytest.param(
            "",
            said(num_attention_heads=32),
            ["AD301 attention heads 8 (live attribute), not 32 (c.json:6)"],
            id="of the other side",
        ),
        pytest.param(
            said(num_attention_heads=32),
            "",
            ["AD303 c.json:6 says attention heads 32, the live module of the candidate has 8", MUST],
            id="its own",
        ),
    ],
)
def test_findings(ours: str, theirs: str, expected: list[str]) -> None:
    found = api.compare_networks(beside(MODEL, ours), beside(PRINT, theirs)).findings
    assert [f"{each.rule} {each.message}" for each in found] == expected
    back = api.compare_networks(beside(PRINT, theirs), beside(MODEL, ours)).findings
    assert [each.rule for each in back] == [each.rule for each in found]
