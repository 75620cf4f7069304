"""Which fields of a configuration a print shows as well, and which numbers it contradicts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from answers import holding
from archdiff import infer, parse
from archdiff.diff.printed_fields import PrintedNumbers, checked, is_shown, printed_numbers
from archdiff.model.network import Value
from archdiff.semantics import configs, rules

CONFIG: dict[str, Any] = {"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 10}


def print_of(width: int = 8, wide: int = 12, layers: int = 2, share: float = 0.1) -> str:
    maps = {name: f"Linear(in_features={a}, out_features={b}, bias=True)"
            for name, a, b in (("q", width, width), ("up", width, wide), ("down", wide, width))}  # fmt: skip
    block = holding("LlamaLayer", **maps, drop=f"Dropout(p={share}, inplace=False)", act="ReLU()")
    stack = holding("ModuleList", **{str(number): block for number in range(layers)})
    return holding("LlamaModel", embed=f"Embedding(10, {width})", layers=stack)


def numbers(text: str) -> PrintedNumbers:
    return printed_numbers(infer.infer(rules.normalized(parse.parse(text)))[0])


def configuration(**fields: Any) -> configs.Configuration:
    held = configs.configuration(parse.parse(json.dumps({**CONFIG, **fields}, indent=1))[0])
    assert held
    return held


def test_numbers_of_a_print() -> None:
    found = numbers(print_of())
    assert {8, 10, 12} <= found.sizes
    assert (found.depths, found.activations) == (frozenset({2}), frozenset({"ReLU"}))
    assert found.rows == ((10, 8),)
    assert found.settings["p"] == {0.1}


#: id, field, values, prints, whether both show them
SHOWN: list[tuple[str, str, tuple[Value, Value], tuple[str, str], bool]] = [
    ("heads-of-one-width", "num_attention_heads", (2, 4), (print_of(), print_of()), False),
    ("window", "sliding_window", (8, 12), (print_of(), print_of(wide=16)), False),
    ("dropout-that-is-not-printed", "attention_dropout", (0.3, 0.2), (print_of(), print_of()), False),
    ("dropout", "attention_dropout", (0.1, 0.2), (print_of(), print_of(share=0.2)), True),
    ("width", "intermediate_size", (12, 16), (print_of(), print_of(wide=16)), True),
    ("a-width-that-both-have", "intermediate_size", (12, 16), (print_of(), print_of()), False),
    ("depth", "num_hidden_layers", (2, 3), (print_of(), print_of(layers=3)), True),
    ("activation", "hidden_act", ("relu", "gelu"), (print_of(), print_of().replace("ReLU", "GELU")), True),
    ("activation-of-both", "hidden_act", ("relu", "gelu"), (print_of(), print_of()), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values", "prints", "shown"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN]
)
def test_is_shown(name: str, values: tuple[Value, Value], prints: tuple[str, str], shown: bool) -> None:
    parts = configuration().whole, configuration().whole
    ours, theirs = map(numbers, prints)
    assert is_shown(name, values, parts, (ours, theirs), frozenset()) is shown


def test_is_shown_where_a_finding_is_about_these_values() -> None:
    parts = configuration().whole, configuration().whole
    prints = numbers(print_of()), numbers(print_of())
    assert is_shown("intermediate_size", (12, 8), parts, prints, frozenset({(12, 8)}))


#: id, fields, wrong numbers, whether it is of another model
CHECKED: list[tuple[str, dict[str, Any], list[tuple[str, int, int | None]], bool]] = [
    ("all-right", {"num_hidden_layers": 2, "intermediate_size": 12}, [], False),
    ("depth", {"num_hidden_layers": 5}, [("num_hidden_layers", 5, 2)], False),
    ("vocabulary", {"vocab_size": 11}, [("vocab_size", 11, 10)], False),
    ("heads-of-another-size", {"head_dim": 8}, [("num_attention_heads", 2, 1)], False),
    ("another-class-and-depth", {"num_hidden_layers": 5, "architectures": ["BertModel"]},
     [("num_hidden_layers", 5, 2)], True),
    ("another-class-with-all-numbers", {"architectures": ["BertModel"]}, [], False),
    ("labels-of-timm", {"model_type": "", "architecture": "resnet50", "num_classes": 1000},
     [("num_labels", 1000, None)], False),
    ("most-numbers", {"hidden_size": 7, "vocab_size": 11, "num_hidden_layers": 5},
     [("num_hidden_layers", 5, 2), ("vocab_size", 11, 10), ("hidden_size", 7, 8)],
     True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "wrong", "other"), [case[1:] for case in CHECKED], ids=[case[0] for case in CHECKED]
)
def test_checked(fields: dict[str, Any], wrong: list[tuple[str, int, int | None]], other: bool) -> None:
    found = checked(configuration(**fields), numbers(print_of()))
    assert [each[:3] for each in found.wrong] == wrong
    assert found.is_of_another_model is other
