"""A config.json as its fields with their lines, and what is no configuration: one error with the line and a way out."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.network import Value
from archdiff.parse import parse
from archdiff.parse.readers.model_config import read_config

LLAMA = """{
  "architectures": ["LlamaForCausalLM"],
  "model_type": "llama",
  "rope_scaling": {"rope_type": "linear",
    "factor": 2.0},
  "rope_extra": {}, "tie_word_embeddings": false,
  "id2label": {"0": "a \\"b\\"", "1": "c"},
  "experts": [{"name": "x", "k": 2}, ["y"]],

  "bos_token_id": null
}
"""

#: name, value, line
FIELDS = [
    ("architectures", ("LlamaForCausalLM",), 2),
    ("model_type", "llama", 3),
    ("rope_scaling.rope_type", "linear", 4),
    ("rope_scaling.factor", 2.0, 5),
    ("rope_extra", (), 6),
    ("tie_word_embeddings", False, 6),
    ("id2label.0", 'a "b"', 7),
    ("id2label.1", "c", 7),
    ("experts", ((("name", "x"), ("k", 2)), ("y",)), 8),
    ("bos_token_id", None, 10),
]


@pytest.mark.parametrize(("text", "what"), [(LLAMA, "lf"), (LLAMA.replace("\n", "\r\n"), "crlf")], ids=["lf", "crlf"])
def test_fields_with_their_lines(text: str, what: str) -> None:
    facts = read_config(what, text)
    assert [(each.name, each.value, each.line) for each in facts] == FIELDS
    assert {(each.source, each.provenance.value) for each in facts} == {(what, "config.json")}


NAMES: list[tuple[str, str, str]] = [
    ("by-its-class", '{"model_type": "bert", "architectures": ["BertModel"]}', "BertModel"),
    ("by-its-type", '{"model_type": "bert", "architectures": null}', "bert"),
    ("of-diffusers", '{"_class_name": "UNet2DModel"}', "UNet2DModel"),
    ("of-timm", '{"architecture": "resnet50", "num_classes": 10}', "resnet50"),
    ("of-somebody", '{"n_embd": 64, "n_layer": 2}', "config"),
]


@pytest.mark.parametrize(("text", "name"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_what_it_is_called(text: str, name: str) -> None:
    (network,) = parse(text)
    assert (network.label, network.root.children, network.first_line) == (name, (), 1)


def test_a_print_in_json_is_still_a_print() -> None:
    (network,) = parse('{"model": "Net(\\n  (a): Linear(in_features=2, out_features=2, bias=True)\\n)"}')
    assert network.root.class_name == "Net"


DEEP = '{"model_type": "x", "a": ' + '{"a": ' * 200 + "1" + "}" * 201
#: id, text, message, line
REFUSED: list[tuple[str, str, str, int]] = [
    ("cut-off", '{\n  "model_type": "llama",\n  "hidden_size": ', "no valid JSON: Expecting value", 3),
    ("no-colon", '{\n  "model_type": "llama",\n  "a" 1}', "no valid JSON: Expecting ':' delimiter", 3),
    ("a-list", "[1, 2]", "JSON, and no object of fields", 1),
    ("a-number", "12", "JSON, and no object of fields", 1),
    ("of-npm", '{"name": "pkg", "version": "1.0.0"}', "JSON, and no configuration of a model", 1),
    ("empty", "{}", "JSON, and no configuration of a model", 1),
    ("a-key-twice", '{\n"model_type": "x",\n"n_layer": 2,\n"n_layer": 3}', 'the key "n_layer" stands twice', 4),
    ("twice-inside", '{"model_type": "x",\n"a": {"b": 1,\n"b": 1}}', 'the key "b" stands twice', 3),
    ("nested-too-deep", DEEP, "nested deeper than 50 levels", 1),
    ("nested-very-deep", DEEP.replace('{"a": ', "[" * 3000, 1), "nested deeper than 50 levels", 1),
    ("a-huge-number", '{"model_type": "x", "n": ' + "1" * 5000 + "}", "no configuration", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "line"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(text: str, message: str, line: int) -> None:
    with pytest.raises(ReadError) as caught:
        read_config("config.json", text)
    assert message in caught.value.message
    assert caught.value.line == line
    assert caught.value.source == "config.json"
    assert caught.value.way_out


def test_values_are_as_settings_hold_them() -> None:
    (fact,) = (each for each in read_config("", '{"model_type": "x", "a": [1, [true, null]]}') if each.name == "a")
    expected: Value = (1, (True, None))
    assert fact.value == expected
