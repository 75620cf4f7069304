"""What PEFT prints around layers: one finding for one decision, its effect, and nothing that is printed is dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from archdiff import api, parse
from archdiff.model.outcome import Outcome

WIDTHS = {"q": (8, 6), "v": (8, 4)}  # of two Linears in each of two blocks
Parts = Mapping[str, Mapping[str, str]]  # name and class of what holds a part -> adapter -> what is printed


def network(wrapped: Mapping[str, str], model: str = "", head: str = "") -> str:
    """Two blocks of two Linears, a norm and a head, some of them wrapped; with `model` as PEFT prints the whole."""
    layers = "".join(f"(q): {wrapped.get('q', linear('q'))}\n(v): {wrapped.get('v', linear('v'))}\n")
    block = f"Block(\n{layers}(norm): LayerNorm((4,), eps=1e-05)\n)"
    head = head or "Linear(in_features=4, out_features=3, bias=True)"
    net = f"Net(\n(blocks): ModuleList(\n(0-1): 2 x {block}\n)\n(head): {head}\n)"
    text = f"PeftModel(\n(base_model): {model}(\n(model): {net}\n)\n)" if model else net
    return indented(text)


def indented(text: str) -> str:
    depth, lines = 0, []
    for line in text.splitlines():
        depth -= line == ")"
        lines.append("  " * depth + line)
        depth += line.endswith("(")
    return "\n".join(lines) + "\n"


def linear(name: str) -> str:
    inputs, outputs = WIDTHS[name]
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=True)"


def wrap(class_name: str, base: str, parts: Parts) -> str:
    """A layer with its parts as PEFT prints them."""
    held = ""
    for (name, holder), entries in ((key.split(": "), value) for key, value in parts.items()):
        inside = "".join(f"({adapter}): {text}\n" for adapter, text in entries.items())
        held += f"({name}): {holder}(\n{inside})\n" if entries else f"({name}): {holder}()\n"
    return f"{class_name}(\n(base_layer): {base}\n{held})"


def size(*sizes: int) -> str:
    return f"Parameter containing: [torch.FloatTensor of size {'x'.join(map(str, sizes))}]"


def lora(
    name: str,
    ranks: Mapping[str, int],
    dropout: Mapping[str, float] = {},
    bias: bool = False,
    dora: tuple[str, ...] = (),
    class_name: str = "lora.Linear",
) -> str:
    inputs, outputs = WIDTHS[name]
    drops = {each: f"Dropout(p={dropout[each]}, inplace=False)" if each in dropout else "Identity()" for each in ranks}
    parts = {
        "lora_dropout: ModuleDict": drops,
        "lora_A: ModuleDict": {
            each: f"Linear(in_features={inputs}, out_features={rank}, bias=False)" for each, rank in ranks.items()
        },
        "lora_B: ModuleDict": {
            each: f"Linear(in_features={rank}, out_features={outputs}, bias={bias})" for each, rank in ranks.items()
        },
        "lora_embedding_A: ParameterDict": {},
        "lora_embedding_B: ParameterDict": {},
        "lora_magnitude_vector: ModuleDict": dict.fromkeys(dora, "lora.dora.DoraLinearLayer()"),
    }
    return wrap(class_name, linear(name), parts)


def adalora(name: str, rank: int) -> str:
    inputs, outputs = WIDTHS[name]
    parts = {
        "lora_dropout: ModuleDict": {"default": "Identity()"},
        "lora_A: ParameterDict": {"default": size(rank, inputs)},
        "lora_B: ParameterDict": {"default": size(outputs, rank)},
        "lora_embedding_A: ParameterDict": {},
        "lora_magnitude_vector: ModuleDict": {},
        "lora_E: ParameterDict": {"default": size(rank, 1)},
        "ranknum: ParameterDict": {"default": size(1)},
    }
    return wrap("adalora.SVDLinear", linear(name), parts)


def loha(name: str, rank: int) -> str:
    inputs, outputs = WIDTHS[name]
    ends = {"w1_a": (outputs, rank), "w1_b": (rank, inputs), "w2_a": (outputs, rank), "w2_b": (rank, inputs)}
    parts = {f"hada_{part}: ParameterDict": {"default": size(*sizes)} for part, sizes in ends.items()}
    return wrap("loha.Linear", linear(name), parts | {"hada_t1: ParameterDict": {}, "hada_t2: ParameterDict": {}})


def lokr(name: str, of: int = 2) -> str:
    inputs, outputs = WIDTHS[name]
    parts = {
        "lokr_w1: ParameterDict": {"default": size(of, of)},
        "lokr_w1_a: ParameterDict": {},
        "lokr_w2: ParameterDict": {"default": size(outputs // of, inputs // of)},
    }
    return wrap("lokr.Linear", linear(name), parts)


def ia3(name: str, inputs_first: bool = False) -> str:
    inputs, outputs = WIDTHS[name]
    sizes = size(1, inputs) if inputs_first else size(outputs, 1)
    return wrap("Linear", linear(name), {"ia3_l: ParameterDict": {"default": sizes}})


def vera(name: str, rank: int) -> str:
    inputs, outputs = WIDTHS[name]
    parts = {
        "vera_dropout: ModuleDict": {"default": "Identity()"},
        "vera_lambda_b: ParameterDict": {"default": size(outputs)},
        "vera_lambda_d: ParameterDict": {"default": size(rank)},
        "vera_A: BufferDict": {"default": size(rank, inputs).replace("Parameter", "Buffer")},
        "vera_B: BufferDict": {"default": size(outputs, rank).replace("Parameter", "Buffer")},
    }
    return wrap("vera.Linear", linear(name), parts)


def both(make: Callable[..., str], *args: object, **kwargs: object) -> dict[str, str]:
    return {name: make(name, *args, **kwargs) for name in WIDTHS}


def copied(base: str, *names: str) -> str:
    inside = "".join(f"({name}): {base}\n" for name in names)
    return f"ModulesToSaveWrapper(\n(original_module): {base}\n(modules_to_save): ModuleDict(\n{inside})\n)"


DOWN = "(default): Linear(in_features=8"
HEAD = "Linear(in_features=4, out_features=3, bias=True)"
DEEP = f"Sequential(\n(0): {HEAD}\n(1): Dropout(p=0.1)\n(2): Linear(in_features=3, out_features=3, bias=True)\n)"
LORA = network(both(lora, {"default": 8}, {"default": 0.1}), "LoraModel")
UNTRAINED = "(equal as long as the adapter was not trained)"
COPIES = "(the copy under modules_to_save runs and is trained, the original is kept beside it)"


def with_lora(ranks: Mapping[str, int], dropout: Mapping[str, float] = {}, **more: object) -> str:
    return network(both(lora, ranks, dropout, **more), "LoraModel")


#: as PEFT prints it that puts a function in the place of a dropout by 0
NO_DROPOUT = re.sub(r" *\(lora_dropout\): ModuleDict\(\n.*\n *\)\n", "", with_lora({"default": 8}))

#: id, candidate, reference, effect, message and places of what is found; names of modules apart
CASES = [
    ("itself", LORA, LORA, []),
    ("no adapter", LORA, network({}), [("function", f"adapter LoRA, not none {UNTRAINED}", 4)]),
    (
        "in one of the layers",
        network({"q": lora("q", {"default": 8}, {"default": 0.1})}, "LoraModel"),
        LORA,
        [("function", f"adapter none, not LoRA {UNTRAINED}", 2)],
    ),
    (
        "rank",
        LORA,
        with_lora({"default": 4}, {"default": 0.1}),
        [("function", f"lora_rank 8, not 4 {UNTRAINED}", 4)],
    ),
    ("dropout", LORA, with_lora({"default": 8}), [("training", "lora_dropout 0.1, not 0.0", 4)]),
    (
        "no dropout printed",
        NO_DROPOUT,
        with_lora({"default": 8}),
        [
            (
                "cosmetic",
                "printed differently, which changes no layer: (lora_A): ModuleDict(), not (lora_dropout): ModuleDict()",
                1,
            )
        ],
    ),
    ("no dropout printed against one", NO_DROPOUT, LORA, [("training", "lora_dropout 0.0, not 0.1", 4)]),
    (
        "bias of lora_B",
        LORA,
        with_lora({"default": 8}, {"default": 0.1}, bias=True),
        [("function", f"lora_bias False, not True {UNTRAINED}", 4)],
    ),
    (
        "DoRA",
        LORA,
        with_lora({"default": 8}, {"default": 0.1}, dora=("default",)),
        [("function", f"adapter LoRA, not DoRA {UNTRAINED}", 4)],
    ),
    (
        "name",
        LORA,
        with_lora({"other": 8}, {"other": 0.1}),
        [("cosmetic", "adapter_name default, not other: part of the checkpoint keys", 4)],
    ),
    (
        "a second adapter",
        with_lora({"default": 8, "other": 4}, {"default": 0.1}),
        LORA,
        [("function", f"adapter 2 x LoRA, not LoRA {UNTRAINED}", 4)],
    ),
    (
        "rank of the second adapter",
        with_lora({"default": 8, "other": 4}),
        with_lora({"default": 8, "other": 2}),
        [("function", f"lora_rank 8 and 4, not 8 and 2 {UNTRAINED}", 4)],
    ),
    (
        "dropout of the second adapter",
        with_lora({"default": 8, "other": 4}),
        with_lora({"default": 8, "other": 4}, {"other": 0.1}),
        [("training", "lora_dropout 0.0 and 0.0, not 0.0 and 0.1", 4)],
    ),
    (
        "magnitude of the second adapter",
        with_lora({"default": 8, "other": 4}),
        with_lora({"default": 8, "other": 4}, dora=("other",)),
        [("function", f"adapter 2 x LoRA, not LoRA and DoRA {UNTRAINED}", 4)],
    ),
    (
        "name of the second adapter",
        with_lora({"default": 8, "other": 4}),
        with_lora({"default": 8, "third": 4}),
        [("cosmetic", "adapter_name default and other, not default and third: part of the checkpoint keys", 4)],
    ),
    (  # those of `other` never run together with those of `default`
        "another adapter in some of the layers",
        network({"q": lora("q", {"default": 8}), "v": lora("v", {"other": 8})}, "LoraModel"),
        with_lora({"default": 8}),
        [
            (
                "unknown",
                "adapter_name other, not default: the adapters are grouped differently, and no print shows which of "
                "them are active",
                2,
            )
        ],
    ),
    (
        "another class",
        LORA,
        network(both(lora, {"default": 8}, {"default": 0.1}, class_name="lora.Oddity"), "LoraModel"),
        [("function", "adapter_class that of its layer, not Oddity", 4)],
    ),
    (
        "AdaLoRA",
        network(both(adalora, 8), "AdaLoraModel"),
        with_lora({"default": 8}),
        [("function", f"adapter AdaLoRA, not LoRA {UNTRAINED}", 4)],
    ),
    (
        "rank of AdaLoRA",
        network(both(adalora, 8), "AdaLoraModel"),
        network(both(adalora, 6), "AdaLoraModel"),
        [("function", f"lora_rank 8, not 6 {UNTRAINED}", 4)],
    ),
    (
        "LoHa",
        network(both(loha, 2), "LoHaModel"),
        LORA,
        [("function", f"adapter LoHa, not LoRA {UNTRAINED}", 4)],
    ),
    (
        "rank of LoHa",
        network(both(loha, 2), "LoHaModel"),
        network(both(loha, 3), "LoHaModel"),
        [("function", f"adapter_rank 2, not 3 {UNTRAINED}", 4)],
    ),
    (
        "LoKr",
        network(both(lokr), "LoKrModel"),
        network({}),
        [("function", f"adapter LoKr, not none {UNTRAINED}", 4)],
    ),
    (
        "sizes of LoKr",
        network({"q": lokr("q")}, "LoKrModel"),
        network({"q": lokr("q", 1)}, "LoKrModel"),
        [
            (
                "function",
                f"adapter_parts lokr_w1 2x2; lokr_w2 3x4, not lokr_w1 1x1; lokr_w2 6x8 {UNTRAINED}",
                2,
            )
        ],
    ),
    ("IA3", network(both(ia3), "IA3Model"), network({}), [("function", f"adapter IA3, not none {UNTRAINED}", 4)]),
    (
        "IA3 of inputs",
        network({"q": ia3("q", True)}, "IA3Model"),
        network({"q": ia3("q")}, "IA3Model"),
        [("function", f"adapter_parts ia3_l 1x8, not as usual {UNTRAINED}", 2)],
    ),
    (
        "precision",
        network(both(loha, 2), "LoHaModel"),
        network(both(loha, 2), "LoHaModel").replace("FloatTensor", "HalfTensor"),
        [("function", "adapter_dtype FloatTensor, not HalfTensor (how precise its numbers are)", 4)],
    ),
    (
        "weights of few bits in the adapter",
        network({"q": lora("q", {"default": 2})}, "LoraModel"),
        network({"q": lora("q", {"default": 2}).replace(DOWN, DOWN.replace("Linear", "Linear4bit"))}, "LoraModel"),
        [
            (
                "function",
                "lora_parts as usual, not lora_A Linear4bit(in_features=8, out_features=2, bias=False, "
                f"weights=4 bits, quantized_as=bitsandbytes) {UNTRAINED}",
                2,
            )
        ],
    ),
    (
        "VeRA against LoRA",
        network(both(vera, 8), "VeraModel"),
        LORA,
        [("function", f"adapter VeRA, not LoRA {UNTRAINED}", 4)],
    ),
    (
        "rank of VeRA",
        network(both(vera, 8), "VeraModel"),
        network(both(vera, 4), "VeraModel"),
        [("function", f"adapter_rank 8, not 4 {UNTRAINED}", 4)],
    ),
    (
        "a trained copy",
        network({}, head=copied(HEAD, "default")),
        network({}),
        [("training", f"trained_copies 1, not 0 {COPIES}", 1)],
    ),
    (
        "a trained copy of several layers",
        network({}, head=copied(DEEP, "default")),
        network({}, head=DEEP),
        [("training", f"trained_copies 1, not 0 {COPIES}", 2)],
    ),
    (
        "two trained copies",
        network({}, head=copied(HEAD, "default", "other")),
        network({}, head=copied(HEAD, "default")),
        [("training", f"trained_copies 2, not 1 {COPIES}", 1)],
    ),
    (
        "a trained copy and an adapter",
        network(both(lora, {"default": 8}), "LoraModel", head=copied(HEAD, "default")),
        network({}),
        [
            ("function", f"adapter LoRA, not none {UNTRAINED}", 4),
            ("training", f"trained_copies 1, not 0 {COPIES}", 1),
        ],
    ),
    (
        "LN tuning",
        network({}).replace(
            "(norm): LayerNorm((4,), eps=1e-05)",
            "(norm): ln_tuning.LNTuningLayer(\n(base_layer): LayerNorm((4,), eps=1e-05)\n"
            "(ln_tuning_layers): ModuleDict(\n(default): LayerNorm((4,), eps=1e-05)\n)\n)",
        ),
        network({}),
        [("training", f"trained_copies 1, not 0 {COPIES}", 2)],
    ),
]


def compared(ours: str, theirs: str) -> Outcome:
    (a,), (b,) = parse.parse(ours), parse.parse(theirs)
    return api.compare_networks(a, b)


@pytest.mark.parametrize(("ours", "theirs", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_one_finding_for_one_decision(ours: str, theirs: str, expected: list[tuple[str, str, int]]) -> None:
    found = [each for each in compared(ours, theirs).findings if each.is_difference and each.rule != "AD107"]
    assert [(each.effect.word, each.message, each.count) for each in found] == expected


@pytest.mark.parametrize(("ours", "theirs"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_the_other_way_round(ours: str, theirs: str) -> None:
    there, back = compared(ours, theirs), compared(theirs, ours)
    assert (there.verdicts, there.not_printed) == (back.verdicts, back.not_printed)
    assert [(each.setting, each.count) for each in there.findings] == [
        (each.setting, each.count) for each in back.findings
    ]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (network({}), []),
        (LORA, ["lora_alpha"]),
        (with_lora({"default": 8, "other": 4}), ["lora_alpha", "active_adapter"]),
        (network(both(loha, 2), "LoHaModel"), ["scaling"]),
        (network(both(ia3), "IA3Model"), []),
    ],
)
def test_what_no_print_holds_of_an_adapter(text: str, facts: list[str]) -> None:
    found = [each for each in compared(text, text).findings if each.setting != "num_heads"]
    assert [each.setting for each in found] == facts
    assert [each.hint for each in found] == [
        f'print({{str(m.{name}) for m in model.modules() if hasattr(m, "{name}")}})' for name in facts
    ]


#: in and out of q and v, with bias; both stand in two blocks
BARE = 2 * (8 * 6 + 6 + 8 * 4 + 4)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (LORA, 2 * 8 * (8 + 6 + 8 + 4)),
        (with_lora({"default": 8, "other": 4}), 2 * (8 + 4) * (8 + 6 + 8 + 4)),
        (with_lora({"default": 8}, bias=True), 2 * (8 * (8 + 6 + 8 + 4) + 6 + 4)),
        (with_lora({"default": 8}, dora=("default",)), 2 * (8 * (8 + 6 + 8 + 4) + 6 + 4)),
        (network(both(adalora, 8), "AdaLoraModel"), 2 * (8 * (8 + 6 + 8 + 4) + 2 * (8 + 1))),
        (network(both(loha, 2), "LoHaModel"), 2 * 2 * 2 * (8 + 6 + 8 + 4)),
        (network(both(lokr), "LoKrModel"), 2 * (4 + 12 + 4 + 8)),
        (network(both(ia3), "IA3Model"), 2 * (6 + 4)),
        (network(both(vera, 8), "VeraModel"), 2 * (6 + 8 + 4 + 8)),
    ],
)
def test_parameters(text: str, more: int) -> None:
    (parsed,) = parse.parse(text)
    facts = api.compare_networks(parsed, parsed).candidate
    assert sum(layer.parameters or 0 for layer in facts.layers if layer.kind == "linear") == BARE + 4 * 3 + 3 + more


#: what stays as it is printed, since it is not understood
LEFT = {
    "an adapter around an adapter": wrap("loha.Linear", lora("q", {"default": 8}), {"hada_w1_a: ParameterDict": {}}),
    "a block as a part": wrap("lora.Linear", linear("q"), {"lora_A: ModuleDict": {"default": DEEP}}),
    "a wrapper with other settings": lora("q", {"default": 8}).replace("(base_layer)", "in_features=9\n(base_layer)"),
    "a layer of nobody": wrap("Wrapper", linear("q"), {"extra: ModuleDict": {"default": "ReLU()"}}),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_understood_is_unknown_against_the_layer_alone(name: str) -> None:
    assert compared(network({"q": LEFT[name]}), network({})).verdict in ("function", "unknown")
    assert compared(network({"q": LEFT[name]}), network({"q": LEFT[name]})).verdict == "identical"


def test_a_wrapper_may_print_the_settings_of_its_layer_once_more() -> None:
    once = lora("q", {"default": 8})
    twice = once.replace("(base_layer)", "in_features=8, out_features=6, bias=True\n(base_layer)")
    found = compared(network({"q": twice}), network({})).findings
    assert [each.setting for each in found if each.effect.word == "function"] == ["adapter"]
    assert compared(network({"q": twice}), network({"q": once})).verdict in ("identical", "cosmetic")


def test_a_copy_that_is_another_layer_stays_as_it_is_printed() -> None:
    other = copied(HEAD, "default").replace(f"(default): {HEAD}", "(default): Linear(in_features=4, out_features=5)")
    assert compared(network({}, head=other), network({})).verdict == "function"


def chain(*layers: str) -> str:
    return indented("Sequential(\n" + "".join(f"({at}): {layer}\n" for at, layer in enumerate(layers)) + ")")


def adapted_convolution() -> str:
    own = "Conv2d(3, 4, kernel_size=(2, 2), stride=(1, 1))"
    parts = {
        "lora_A: ModuleDict": {"default": "Conv2d(3, 2, kernel_size=(2, 2), stride=(1, 1), bias=False)"},
        "lora_B: ModuleDict": {"default": "Conv2d(2, 4, kernel_size=(1, 1), stride=(1, 1), bias=False)"},
    }
    return wrap("lora.Conv2d", own, parts)


SQUARE = "Linear(in_features=8, out_features=8, bias=True)"
SQUARE_LORA = wrap(
    "lora.Linear",
    SQUARE,
    {
        "lora_A: ModuleDict": {"default": "Linear(in_features=8, out_features=2, bias=False)"},
        "lora_B: ModuleDict": {"default": "Linear(in_features=2, out_features=8, bias=False)"},
    },
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (chain(SQUARE_LORA, "ReLU()", SQUARE), chain(SQUARE, "ReLU()", SQUARE_LORA)),
        (
            chain(adapted_convolution(), "Flatten()"),
            chain("Flatten()", "Linear(in_features=12, out_features=4, bias=True)"),
        ),
        (chain(SQUARE_LORA, "ReLU()", "ReLU()"), chain(SQUARE, "ReLU()")),
    ],
    ids=["of another layer", "of a convolution that would be a Linear", "beside what changes nothing"],
)
def test_no_rule_takes_an_adapter_away(ours: str, theirs: str) -> None:
    assert compared(ours, theirs).verdict == "function"
    assert compared(theirs, ours).verdict == "function"
