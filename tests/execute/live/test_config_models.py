"""Networks that a library builds of a config.json: without weights, offline, and one clear line where it cannot.

The library is one of a few lines with the functions of transformers that are called, since that is no dependency.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from archdiff import commands
from archdiff.execute.live import config_models
from archdiff.model.errors import UsageError
from archdiff.model.outcome import Outcome

LIBRARY = """
import os
import torch
from torch import nn

__version__ = "5.0"

class Config:
    def __init__(self, fields):
        self.__dict__.update(fields)
    @classmethod
    def from_dict(cls, fields):
        return cls(fields)

CONFIG_MAPPING = {"plain": Config}

class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.q, self.k, self.v = (nn.Linear(8, 8) for _ in range(3))
    def forward(self, x):
        q, k, v = (each(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for each in (self.q, self.k, self.v))
        return ((q @ k.mT).softmax(-1) @ v).transpose(1, 2).flatten(2)

class Plain(nn.Module):
    def __init__(self, config):
        super().__init__()
        if config.num_attention_heads < 1:
            raise ValueError("no heads")
        assert os.environ["HF_HUB_OFFLINE"] == "1"
        self.embed = nn.Embedding(20, 8)
        self.attention = Attention(config)
    def forward(self, input_ids):
        return self.attention(self.embed(input_ids))

class PlainWithHead(Plain):
    def __init__(self, config):
        super().__init__(config)
        self.head = nn.Linear(8, 20)
    def forward(self, input_ids):
        return self.head(super().forward(input_ids))

class AutoModel:
    @staticmethod
    def from_config(config):
        return Plain(config)
"""
FIELDS: dict[str, Any] = {"model_type": "plain", "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "transformers.py").write_text(LIBRARY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "transformers", raising=False)
    yield tmp_path
    sys.modules.pop("transformers", None)


def text(**fields: object) -> str:
    return json.dumps({**FIELDS, **fields})


@pytest.mark.parametrize(
    ("fields", "class_name"),
    [
        pytest.param({}, "Plain", id="of the type"),
        pytest.param({"architectures": ["PlainWithHead"]}, "PlainWithHead", id="of the class that is named"),
        pytest.param({"architectures": ["Unheard"]}, "Plain", id="of a class that there is not"),
        pytest.param({"architectures": ["os"]}, "Plain", id="of what is no module"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_build(fields: dict[str, object], class_name: str) -> None:
    before = os.environ.get("HF_HUB_OFFLINE")
    module, made_by = config_models.build("a.json", text(**fields))
    assert (type(module).__name__, made_by) == (class_name, "transformers 5.0")
    assert isinstance(module, nn.Module)
    assert {each.device.type for each in module.parameters()} == {"meta"}
    assert os.environ.get("HF_HUB_OFFLINE") == before


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model_type": "other"}, "model type other: none that transformers 5.0 builds"),
        ({"model_type": ["plain"]}, "no model_type: none that transformers 5.0 builds"),
        ({"model_type": None}, "no model_type: none that transformers 5.0 builds"),
        ({"num_attention_heads": 0}, "building it with transformers 5.0 raises ValueError: no heads"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_one_clear_error(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        config_models.build("a.json", text(**fields))
    assert message in caught.value.message
    assert "a.json" in str(caught.value)


def compared(folder: Path, ours: str, theirs: str) -> Outcome:
    (folder / "a.json").write_text(ours)
    (folder / "b.json").write_text(theirs)
    return commands.compare(commands.Request("a.json", "b.json", build=True))


def test_two_that_are_equal(folder: Path) -> None:
    outcome = compared(folder, text(), text(use_cache=False))
    assert (outcome.verdict, outcome.traced) == ("equivalent", ("input_ids:int64[2,16]",))
    assert len(outcome.candidate.layers) == 4
    assert "a.json: built with transformers 5.0, without weights" in outcome.notes


def test_heads(folder: Path) -> None:
    outcome = compared(folder, text(), text(num_attention_heads=4))
    assert outcome.verdict == "function"
    assert [each.candidate.path for each in outcome.findings if each.candidate and each.setting == "num_heads"] == [
        "attention"
    ]


def test_another_class(folder: Path) -> None:
    outcome = compared(folder, text(), text(architectures=["PlainWithHead"]))
    assert "AD103" in {each.rule for each in outcome.findings}
    assert outcome.verdict == "function"


def test_beside_a_print(folder: Path) -> None:
    (folder / "a.json").write_text(text())
    (folder / "b.txt").write_text(f"{config_models.build('a.json', text())[0]!r}\n")
    outcome = commands.compare(commands.Request("a.json", "b.txt", build=True))
    assert outcome.verdict == "identical"
    assert outcome.candidate.source == "transformers:Plain"
