"""A network against the same one inside of another: what wraps it is opened, and what is in it stays together."""

from __future__ import annotations

import textwrap

import pytest
from torch import nn

from archdiff import api, parse
from archdiff.model.effects import Effect
from known import known

EMBEDDINGS = """\
(embeddings): Embeddings(
  (words): Embedding(100, 8)
  (norm): LayerNorm((8,), eps=1e-05, elementwise_affine=True)
)
"""
PROJECT = "(project): Linear(in_features=8, out_features=8, bias=True)\n"
ENCODER = """\
(encoder): Encoder(
  (layers): ModuleList(
    (0-3): 4 x Block(
      (attention): Attention(
        (q): Linear(in_features=8, out_features=8, bias=False)
        (k): Linear(in_features=8, out_features=8, bias=False)
        (o): Linear(in_features=8, out_features=8, bias=False)
      )
      (mlp): Mlp(
        (up): Linear(in_features=8, out_features=32, bias=False)
        (act): GELU(approximate='none')
        (down): Linear(in_features=32, out_features=8, bias=False)
      )
      (norm): LayerNorm((8,), eps=1e-05, elementwise_affine=True)
    )
  )
)
"""
NORM = "(norm): LayerNorm((8,), eps=1e-05, elementwise_affine=True)\n"
POOLER = "(pooler): Pooler(\n  (dense): Linear(in_features=8, out_features=8, bias=True)\n  (act): Tanh()\n)\n"
HEAD = "(head): Linear(in_features=8, out_features=100, bias=False)\n"
ENCODER_LAYER = nn.TransformerEncoderLayer(8, 2, 16)
BASE = EMBEDDINGS + ENCODER + NORM


def block(name: str, class_name: str, *parts: str) -> str:
    return f"({name}): {class_name}(\n{textwrap.indent(''.join(parts), '  ')})\n"


def network(*parts: str) -> str:
    return f"Net(\n{textwrap.indent(''.join(parts), '  ')})\n"


EXTRA = ("AD108", "model")  # beside a head, a class of somebody around all others may do more than run them

#: id, candidate, reference, (rule, its place) of all that is more than another name
CASES = [
    (
        "more inside of one layer",
        network("(c): Linear(\n  in_features=8, out_features=8, bias=True\n  (fake): FakeQuantize()\n)\n", NORM),
        network("(c): Linear(in_features=8, out_features=8, bias=True)\n", NORM),
        [("AD104", "c.fake")],
    ),
    ("the same in a wrapper", network(BASE), network(block("model", "Base", BASE)), []),
    ("a head behind it", network(block("model", "Base", BASE), HEAD), network(BASE), [("AD104", "head"), EXTRA]),
    (
        "in wrappers of wrappers",
        network(block("base_model", "Lora", block("model", "ForCausalLM", block("model", "Base", BASE), HEAD))),
        network(block("model", "Base", BASE), HEAD),
        [],
    ),
    (
        "a layer of the base that is like the head",
        network(block("model", "Base", EMBEDDINGS, PROJECT, ENCODER, NORM), HEAD),
        network(EMBEDDINGS, PROJECT, ENCODER, NORM),
        [("AD104", "head"), EXTRA],
    ),
    (
        "another part of the base, and a head",
        network(block("bert", "Bert", EMBEDDINGS, ENCODER), HEAD),
        network(EMBEDDINGS, ENCODER, POOLER),
        [("AD301", "head"), ("AD301", "head"), ("AD103", "pooler.act"), ("AD108", "bert")],  # its width and its bias
    ),
    (
        "changed inside",
        network(block("model", "Base", BASE.replace("eps=1e-05", "eps=1e-06"))),
        network(BASE),
        [("AD301", "model.embeddings.norm")],  # one finding for all six norms
    ),
    (
        "two towers in one model",
        network(block("model", "Both", block("a", "A", ENCODER), block("b", "B", EMBEDDINGS, ENCODER)), HEAD),
        network(block("a", "A", ENCODER), block("b", "B", EMBEDDINGS, ENCODER)),
        [("AD104", "head"), EXTRA],
    ),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_one_side_wraps_up_meets_its_counterpart(
    candidate: str, reference: str, expected: list[tuple[str, ...]]
) -> None:
    (a,), (b,) = parse.parse(candidate), parse.parse(reference)
    other_rule = {"AD103": "AD104", "AD104": "AD103"}
    for ours, theirs, rules in ((a, b, {}), (b, a, other_rule)):
        findings = api.compare_networks(ours, theirs).findings
        differing = [each for each in findings if each.is_difference and each.effect > Effect.COSMETIC]
        both = [(each.candidate, each.reference) for each in differing]
        places = [known(theirs or ours if rules else ours or theirs) for ours, theirs in both]
        told = [(each.rule, place.path) for each, place in zip(differing, places, strict=True)]
        assert sorted(told) == sorted((rules.get(rule, rule), path) for rule, path in expected)


def outer(inner: nn.Module, *more: nn.Module) -> str:
    """What wraps a network of torch, with a head and more beside it."""
    parts = {"inner": inner, "head": nn.Linear(8, 4), **{f"more_{number}": each for number, each in enumerate(more)}}
    return network(*(f"({name}): {each}\n" for name, each in parts.items()))


def transformer(last: bool = True, bias: bool = True) -> nn.Module:
    """Of torch, if so wished without its last norms or the biases of its attentions."""
    model = nn.Transformer(8, 2, 2, 2, 16, batch_first=True)
    for stack in (model.encoder, model.decoder) if not last else ():
        del stack.norm
    for each in [*model.modules()] if not bias else ():
        for name, child in [*each.named_children()]:
            if isinstance(child, nn.MultiheadAttention):
                setattr(each, name, nn.MultiheadAttention(8, 2, bias=False))
    return model


IN_PARTS = [
    ("transformer", str(transformer()), outer(transformer()), ["AD103 head"]),
    (
        "without-last-norms",
        str(transformer()),
        outer(transformer(last=False), nn.Embedding(9, 8)),
        ["AD103 head", "AD103 more_0", "AD104 decoder.norm", "AD104 encoder.norm", "AD108 -"],
    ),
    (
        "of-other-attentions",
        str(transformer()),
        outer(transformer(bias=False)),
        [
            "AD103 head",
            "AD301 decoder.layers.0.multihead_attn",
            "AD301 decoder.layers.0.self_attn",
            "AD301 encoder.layers.0.self_attn",
            "AD301 encoder.layers.0.self_attn.out_proj",
        ],
    ),
    ("a-layer-of-torch", str(ENCODER_LAYER), outer(ENCODER_LAYER), ["AD103 head"]),
    (
        "parts-in-an-order-that-does-not-run",
        outer(nn.ModuleList([ENCODER_LAYER])),
        outer(nn.ModuleList(ENCODER_LAYER.children())),
        ["AD104 inner.0"],
    ),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"), [case[1:] for case in IN_PARTS], ids=[case[0] for case in IN_PARTS]
)
def test_a_network_that_is_a_part_of_the_other(candidate: str, reference: str, expected: list[str]) -> None:
    (a,), (b,) = parse.parse(candidate), parse.parse(reference)
    for ours, theirs, rules in ((a, b, {}), (b, a, {"AD103": "AD104", "AD104": "AD103"})):
        findings = api.compare_networks(ours, theirs).findings
        differing = [each for each in findings if each.is_difference and each.effect > Effect.COSMETIC]
        both = [(each.reference, each.candidate) if rules else (each.candidate, each.reference) for each in differing]
        places = [known(mine or other).path or "-" for mine, other in both]
        told = [f"{rules.get(each.rule, each.rule)} {path}" for each, path in zip(differing, places, strict=True)]
        assert sorted(told) == expected


def _linears(count: int) -> str:
    return "".join(f"(l{number}): Linear(in_features=8, out_features=8, bias=True)\n" for number in range(count))


def test_a_block_beside_one_that_holds_a_block_of_its_name_is_that_block() -> None:
    """Although it has as many layers as the other one with all that is in it."""
    a = network(block("encoder", "Encoder", _linears(4)), block("decoder", "Decoder", _linears(8)))
    parts = block("encoder", "Enc", _linears(3)) + block("decoder", "Dec", _linears(5))
    b = network(block("transformer", "Transformer", parts))
    both = parse.parse(a)[0], parse.parse(b)[0]
    for networks, rule in ((both, "AD104"), (both[::-1], "AD103")):
        found = [each for each in api.compare_networks(*networks).findings if each.effect is Effect.FUNCTION]
        told = [(each.rule, known(each.candidate or each.reference).path) for each in found]
        assert told == [(rule, path) for path in ("encoder.l3", "decoder.l5", "decoder.l6", "decoder.l7")]


HELD = "(module): Linear(in_features=8, out_features=8, bias=True)\n"
SPARSE = f"Sequential(\n  (0): {{}}(\n    sparsity=0.5\n    {HELD}  )\n)\n"
PARALLEL = f"{{}}(\n  {HELD})\n"
WRAPPERS = [
    ("around-a-layer", SPARSE, "SparseWeights", "SparseWeights2d"),
    ("around-a-network", PARALLEL, "DataParallel", "DistributedDataParallel"),
]


@pytest.mark.parametrize(
    ("text", "ours", "theirs"), [case[1:] for case in WRAPPERS], ids=[case[0] for case in WRAPPERS]
)
def test_another_wrapper_is_told(text: str, ours: str, theirs: str) -> None:
    a, b = (parse.parse(text.format(name))[0] for name in (ours, theirs))
    (finding,) = api.compare_networks(a, b).findings
    told = f"{ours} and {theirs} leave the layers in them unchanged, or change them alike"
    assert (finding.rule, finding.effect.word, finding.message) == ("AD302", "cosmetic", told)


TUNED = (
    "PeftModel(\n" + textwrap.indent(block("base_model", "LoraModel", block("model", "Net", BASE, HEAD)), "  ") + ")\n"
)
TAKEN_OFF = [
    (
        "its name",
        network(block("module", "Net", BASE, HEAD)).replace("Net(", "DataParallel(", 1),
        network(BASE, HEAD),
        "",
    ),
    ("its names", TUNED, network(BASE, HEAD), ""),
    ("names inside", TUNED.replace("(head)", "(lm_head)"), network(BASE, HEAD), "if Net calls lm_head where"),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "taken"), [case[1:] for case in TAKEN_OFF], ids=[case[0] for case in TAKEN_OFF]
)
def test_a_wrapper_alone_makes_no_forward_another_code(candidate: str, reference: str, taken: str) -> None:
    """What a class of somebody calls by another name is taken for granted; the name before all of a network is none."""
    a, b = (parse.parse(text)[0] for text in (candidate, reference))
    both = (a, b)
    for ours, theirs in (both, both[::-1]):
        (renamed,) = [each for each in api.compare_networks(ours, theirs).findings if each.rule == "AD107"]
        assert (": if " in renamed.message) == bool(taken)
    assert taken in next(each for each in api.compare_networks(*both).findings if each.rule == "AD107").message
