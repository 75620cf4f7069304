"""Prints with their config.json: what the configurations answer, contradict and add, each told once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from answers import holding, lines
from archdiff import api, parse
from archdiff.model.network import Network

Fields = dict[str, Any]


def llama(
    width: int = 64, wide: int = 96, layers: int = 2, rows: int = 50, dropout: str = "", act: str = "SiLU()"
) -> str:
    """A print of the classes of Llama, which hold heads and rope and print neither."""
    width, rows, layers = 64, 50, 2
    maps = {name: _linear(width, width) for name in ("q_proj", "k_proj", "v_proj", "o_proj")}
    attention = holding("LlamaAttention", **maps)
    block = holding(
        "LlamaDecoderLayer",
        self_attn=attention,
        mlp=holding("LlamaMLP", up=_linear(width, wide), act=act, down=_linear(wide, width)),
        **({"drop": dropout} if dropout else {}),
    )
    stack = holding("ModuleList", **{f"0-{layers - 1}": f"{layers} x {block}"})
    model = holding("LlamaModel", embed=f"Embedding({rows}, {width})", layers=stack, rotary="LlamaRotaryEmbedding()")
    return holding("LlamaForCausalLM", model=model, lm_head=_linear(width, rows))


def _linear(inputs: int, outputs: int) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=False)"


CONFIG: Fields = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_attention_heads": 8,
    "num_hidden_layers": 2,
    "vocab_size": 50,
}


def network(text: str, fields: Fields | None, name: str) -> Network:
    """A print with the configuration beside it: a field a line, the first on line 2."""
    (printed,) = parse.parse(text)
    if fields is None:
        return printed
    facts = parse.parse(json.dumps(fields, indent=1), name)[0].facts
    return printed._replace(facts=(*printed.facts, *facts))


def found(ours: str, own: Fields | None, theirs: str, other: Fields | None) -> list[str]:
    """The findings, without hints."""
    both = network(ours, own, "a.json"), network(theirs, other, "b.json")
    return [line.partition(" [")[0] for line in lines(api.compare_networks(*both).findings)]


PRINT = llama()
OPEN = [
    "AD701 unknown model.rotary|model.rotary: neither print shows rope_base of LlamaRotaryEmbedding",
    "AD701 unknown model.layers.0.self_attn|model.layers.0.self_attn: neither print shows the number of heads "
    "of LlamaAttention, nor its scale, dropout and window x2",
    "AD701 unknown lm_head|lm_head: neither print shows whether lm_head and model.embed share one weight",
]
DROP = "Dropout(p={}, inplace=False)"

#: id, print and configuration of the candidate, of the reference, findings
CASES: list[tuple[str, str, Fields | None, str, Fields | None, list[str]]] = [
    ("no-configuration", PRINT, None, PRINT, None, OPEN),
    ("equal", PRINT, CONFIG, PRINT, CONFIG, []),
    ("equal-in-another-spelling", PRINT, CONFIG, PRINT, {**CONFIG, "head_dim": 8, "rope_theta": 10000.0}, []),
    ("heads", PRINT, {**CONFIG, "num_attention_heads": 4}, PRINT, CONFIG, [
        "AD301 function model.layers.0.self_attn|model.layers.0.self_attn: attention heads 4 (a.json:8), not 8 "
        "(b.json:8) x2",
    ]),
    ("rope", PRINT, {**CONFIG, "rope_theta": 5e5}, PRINT, CONFIG, [
        "AD301 function model.rotary|model.rotary: rope base 500000.0 (a.json:11), not 10000.0 (by default)",
    ]),
    ("tied", PRINT, {**CONFIG, "tie_word_embeddings": True}, PRINT, CONFIG, [
        "AD301 function lm_head|lm_head: tied embeddings true (a.json:11), not false (by default)",
    ]),
    ("hidden-dropout", PRINT, {**CONFIG, "attention_dropout": 0.1}, PRINT, CONFIG, [
        "AD401 training .|.: attention dropout 0.1 (a.json:11), not 0.0 (by default)",
    ]),
    ("printed-dropout", llama(dropout=DROP.format(0.1)), {**CONFIG, "attention_dropout": 0.1},
     llama(dropout=DROP.format(0.2)), {**CONFIG, "attention_dropout": 0.2},
     ["AD401 training model.layers.0.drop|model.layers.0.drop: p 0.1, not 0.2 x2"]),
    ("printed-width", llama(wide=80), {**CONFIG, "intermediate_size": 80}, PRINT, CONFIG,
     ["AD301 function model.layers.0.mlp.up|model.layers.0.mlp.up: out_features 80, not 96 x2",
      "-> AD301 function model.layers.0.mlp.down|model.layers.0.mlp.down: in_features 80, not 96"]),
    ("printed-activation", llama(act="GELU(approximate='none')"), {**CONFIG, "hidden_act": "gelu"}, PRINT, CONFIG,
     ["AD105 function model.layers.0.mlp.act|model.layers.0.mlp.act: GELU, not SiLU x2"]),
    ("hidden-activation", llama(act="Act()"), {**CONFIG, "hidden_act": "gelu"}, llama(act="Act()"), CONFIG,
     ["AD301 function .|.: activation gelu (a.json:11), not silu (by default)"]),
    ("wrong-depth", PRINT, {**CONFIG, "num_hidden_layers": 32}, PRINT, CONFIG,
     ["AD303 unknown .|-: a.json:9 says layers 32, the print of the candidate has 2"]),
    ("wrong-vocabulary", PRINT, CONFIG, PRINT, {**CONFIG, "vocab_size": 60},
     ["AD303 unknown -|.: b.json:10 says vocabulary 60, the print of the reference has 50"]),
    ("of-another-model", PRINT, CONFIG, PRINT,
     {"model_type": "bert", "architectures": ["BertModel"], "hidden_size": 32, "num_hidden_layers": 7},
     ["AD303 unknown -|.: b.json belongs to another model: BertModel; the reference prints LlamaForCausalLM, so it is "
      "left out",
        "AD701 unknown model.rotary|model.rotary: rope base 10000.0 (by default) in the candidate; the reference must "
        "have the same, and does not print it",
        "AD701 unknown model.layers.0.self_attn|model.layers.0.self_attn: attention heads 8 (a.json:8) in the "
        "candidate; the reference must have the same, and does not print it x2",
        "AD701 unknown lm_head|lm_head: tied embeddings false (by default) in the candidate; the reference must have "
        "the same, and does not print it",
     ]),
    ("one-side", PRINT, None, PRINT, CONFIG, [
        "AD701 unknown model.rotary|model.rotary: rope base 10000.0 (by default) in the reference; the candidate must "
        "have the same, and does not print it",
        "AD701 unknown model.layers.0.self_attn|model.layers.0.self_attn: attention heads 8 (b.json:8) in the "
        "reference; the candidate must have the same, and does not print it x2",
        "AD701 unknown lm_head|lm_head: tied embeddings false (by default) in the reference; the candidate must have "
        "the same, and does not print it",
    ]),
    ("nobody-knows-it", PRINT, {**CONFIG, "n_sparks": 1}, PRINT, {**CONFIG, "n_sparks": 2},
     ["AD301 unknown .|.: n_sparks 1 (a.json:11), not 2 (b.json:11)"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "own", "theirs", "other", "findings"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_findings(ours: str, own: Fields | None, theirs: str, other: Fields | None, findings: list[str]) -> None:
    assert found(ours, own, theirs, other) == findings
    assert len(found(theirs, other, ours, own)) == len(findings)


def test_values_of_an_answered_fact() -> None:
    both = network(PRINT, {**CONFIG, "num_attention_heads": 4}, "a.json"), network(PRINT, CONFIG, "b.json")
    (finding,) = api.compare_networks(*both).findings
    places = finding.candidate, finding.reference
    assert [place and place.value for place in places] == [4, 8]
    assert (finding.setting, finding.count, len(finding.places)) == ("num_attention_heads", 2, 0)
