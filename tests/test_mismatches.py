"""What broke real replications, and the effect that each must get: one row a case, with what else must be said.

`parts` are the layers of a Sequential; every row is also compared the other way round and with itself.
"""

from __future__ import annotations

import pytest

from archdiff import diff, infer, parse
from archdiff.diff import Comparison
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.semantics import rules
from known import known

CONV = "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
NEXT = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1))"
BN = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
BARE_BN = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
AVG = "AvgPool2d(kernel_size=2, stride=2, padding=0)"
LINEAR = "Linear(in_features=20, out_features=30, bias=True)"
HEAD = "Linear(in_features=30, out_features=5, bias=True)"
LN = "LayerNorm((20,), eps=1e-05, elementwise_affine=True)"


def kw(settings: str = "", **changed: object) -> str:
    values = {
        "n": 1000,
        "percent_on": 0.1,
        "boost_strength": 1.5,
        "boost_strength_factor": 0.9,
        "k_inference_factor": 1.5,
        "duty_cycle_period": 1000,
    } | changed
    return f"KWinners({', '.join(f'{name}={value}' for name, value in values.items())}{settings})"


def kw2d(settings: str = "", **changed: object) -> str:
    return kw(settings, **changed).replace("KWinners(", "KWinners2d(channels=8, ")


def sequential(*parts: str) -> str:
    return "Sequential(\n" + "".join(f"  ({index}): {part}\n" for index, part in enumerate(parts)) + ")\n"


def named(class_name: str, **parts: str) -> str:
    return f"{class_name}(\n" + "".join(f"  ({name}): {part}\n" for name, part in parts.items()) + ")\n"


def sparse(settings: str, linear: str = LINEAR, wrapper: str = "SparseWeights") -> str:
    return f"{wrapper}(\n    {settings}\n    (module): {linear}\n  )"


def compared(candidate: str, reference: str) -> Comparison:
    networks = [rules.normalize(parse.parse(text)[0]) for text in (candidate, reference)]
    return diff.compare(*infer.infer(networks))


def block(stride_1: int, stride_2: int) -> str:
    return named(
        "Bottleneck",
        conv1=f"Conv2d(8, 4, kernel_size=(1, 1), stride=({stride_1}, {stride_1}), bias=False)",
        conv2=f"Conv2d(4, 4, kernel_size=(3, 3), stride=({stride_2}, {stride_2}), padding=(1, 1), bias=False)",
        conv3="Conv2d(4, 8, kernel_size=(1, 1), stride=(1, 1), bias=False)",
        relu="ReLU(inplace=True)",
    )


def stages(*depths: int) -> str:
    """Blocks of two layers in numbered stages, as ResNet prints them."""
    lines = ["ResNet("]
    for number, depth in enumerate(depths, 1):
        lines.append(f"  (layer{number}): Sequential(")
        for index in range(depth):
            lines += [f"    ({index}): BasicBlock(", f"      (conv): {NEXT}", f"      (bn): {BN}", "    )"]
        lines.append("  )")
    return "\n".join([*lines, ")", ""])


F, T, I, C, E, S, U = (  # noqa: E741
    Effect.FUNCTION,
    Effect.TRAINING,
    Effect.INFERENCE,
    Effect.COSMETIC,
    Effect.EQUIVALENT,
    Effect.STATE,
    Effect.UNKNOWN,
)

DEEP = sequential(
    "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))",
    POOL,
    "Flatten()",
    "Linear(in_features=1800, out_features=5, bias=True)",
)
PADDED = sequential(
    "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))",
    POOL,
    "Flatten()",
    "Linear(in_features=2048, out_features=5, bias=True)",
)
FUNCTIONAL = named("Net", conv1=CONV, conv2=NEXT, fc="Linear(in_features=200, out_features=5, bias=True)")
MODULES = named(
    "Net", conv1=CONV, pool1=POOL, conv2=NEXT, pool2=POOL, fc="Linear(in_features=200, out_features=5, bias=True)"
)
CEILING = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=True)"


def after_pool(pool: str, features: int) -> str:
    return sequential(CONV, pool, "Flatten()", f"Linear(in_features={features}, out_features=5, bias=True)")


MHA = """MultiheadAttention(
    (out_proj): NonDynamicallyQuantizableLinear(in_features=64, out_features=64, bias=True)
  )"""
ENCODER = f"""TransformerEncoderLayer(
    (self_attn): {MHA}
    (linear1): Linear(in_features=64, out_features=128, bias=True)
    (dropout): Dropout(p=0.1, inplace=False)
    (linear2): Linear(in_features=128, out_features=64, bias=True)
    (norm1): LayerNorm((64,), eps=1e-05, elementwise_affine=True)
  )"""
NEW_BN = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
NEW_BARE_BN = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=True)"


#: id, candidate, reference, effect, rule id of a finding with that effect, words that the report must hold
CASES = [
    ("order-bn-act", sequential(CONV, BN, "ReLU()"), sequential(CONV, "ReLU()", BN), F, "AD101", ()),
    ("order-kw-pool", sequential(CONV, POOL, kw2d()), sequential(CONV, kw2d(), POOL), F, "AD101", ()),
    ("order-relu-pool", sequential(CONV, "ReLU()", POOL), sequential(CONV, POOL, "ReLU()"), E, "AD101", ()),
    (
        "order-leaky-pool",
        sequential(CONV, "LeakyReLU(negative_slope=0.2)", POOL),
        sequential(CONV, POOL, "LeakyReLU(negative_slope=0.2)"),
        E,
        "AD101",
        (),
    ),
    ("order-tanh-pool", sequential(CONV, "Tanh()", POOL), sequential(CONV, POOL, "Tanh()"), E, "AD101", ()),
    (
        "order-gelu-pool",
        sequential(CONV, "GELU(approximate='none')", POOL),
        sequential(CONV, POOL, "GELU(approximate='none')"),
        F,
        "AD101",
        (),
    ),
    ("order-silu-pool", sequential(CONV, "SiLU()", POOL), sequential(CONV, POOL, "SiLU()"), F, "AD101", ()),
    ("order-relu-avg", sequential(CONV, "ReLU()", AVG), sequential(CONV, AVG, "ReLU()"), F, "AD101", ()),
    ("order-bn-pool", sequential(CONV, BARE_BN, POOL), sequential(CONV, POOL, BARE_BN), T, "AD101", ()),
    ("order-bn-affine-pool", sequential(CONV, BN, POOL), sequential(CONV, POOL, BN), U, "AD101", ("gamma",)),
    (
        "order-drop-linear",
        sequential("Dropout(p=0.5, inplace=False)", LINEAR),
        sequential(LINEAR, "Dropout(p=0.5, inplace=False)"),
        T,
        "AD101",
        (),
    ),
    ("stride-place", block(2, 1), block(1, 2), F, "AD301", ("stride 2x2 on conv1, not on conv2",)),
    ("norm-place", named("Net", layer=ENCODER), named("Net", layer=ENCODER), U, "AD701", ("norm_first",)),
    ("heads", named("Net", attn=MHA), named("Net", attn=MHA), U, "AD701", ("num_heads",)),
    (
        "gru-reset",
        named("Net", rnn="GRU(10, 20, reset_after=True)"),
        named("Net", rnn="GRU(10, 20, reset_after=False)"),
        F,
        "AD301",
        ("reset_after",),
    ),
    (
        "bn-affine-2.13",
        sequential(CONV, NEW_BN),
        sequential(CONV, NEW_BARE_BN),
        F,
        "AD301",
        ("affine True, not False",),
    ),
    ("bn-2.13-against-2019", sequential(CONV, NEW_BN), sequential(CONV, BN), C, "AD302", ()),
    (
        "logsoftmax-last-dim",
        sequential(HEAD, "LogSoftmax(dim=-1)"),
        sequential(HEAD, "LogSoftmax(dim=1)"),
        U,
        "AD301",
        ("one dimension besides the batch",),
    ),
    (
        "logsoftmax-last-dim-of-rows",
        sequential("Flatten()", HEAD, "LogSoftmax(dim=-1)"),
        sequential("Flatten()", HEAD, "LogSoftmax(dim=1)"),
        C,
        "AD302",
        (),
    ),
    (
        "missing-bn",
        sequential(LINEAR, kw(n=30)),
        sequential(LINEAR, "BatchNorm1d(30, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)", kw(n=30)),
        F,
        "AD103",
        (),
    ),
    ("functional-op", FUNCTIONAL, MODULES, U, "AD103", ("call it as a function",)),
    ("extra-softmax", sequential(HEAD, "Softmax(dim=1)"), sequential(HEAD), F, "AD104", ("argmax", "twice")),
    (
        "missing-logsoftmax",
        sequential(HEAD),
        sequential(HEAD, "LogSoftmax(dim=1)"),
        F,
        "AD103",
        ("argmax", "CrossEntropy"),
    ),
    ("extra-identity", sequential(LINEAR, "Identity()", "ReLU()"), sequential(LINEAR, "ReLU()"), C, "AD302", ()),
    ("depth", stages(2, 2, 2), stages(4, 4, 4), F, "AD106", ()),
    (
        "width",
        sequential(
            CONV,
            BN,
            "Conv2d(8, 12, kernel_size=(3, 3), stride=(1, 1))",
            BN.replace("8,", "12,", 1),
            "Conv2d(12, 4, kernel_size=(3, 3), stride=(1, 1))",
        ),
        sequential(CONV, BN, NEXT, BN, "Conv2d(8, 4, kernel_size=(3, 3), stride=(1, 1))"),
        F,
        "AD301",
        ("out_channels 12, not 8", "num_features 12, not 8", "in_channels 12, not 8"),
    ),
    ("first-pad", DEEP, PADDED, F, "AD301", ("padding 0x0, not 1x1", "in_features 1800, not 2048")),
    ("ceil-mode-cut", after_pool(POOL, 200), after_pool(CEILING, 288), F, "AD301", ("cut off",)),
    ("ceil-mode-even", after_pool(POOL, 200), after_pool(CEILING, 200), E, "AD301", ("no window",)),
    (
        "pool-k3",
        sequential(CONV, "MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)"),
        sequential(CONV, POOL),
        F,
        "AD301",
        ("kernel_size 3x3, not 2x2",),
    ),
    ("bn-eps", sequential(CONV, BN), sequential(CONV, BN.replace("1e-05", "0.001")), F, "AD301", ("small",)),
    ("bn-momentum", sequential(CONV, BN), sequential(CONV, BN.replace("=0.1", "=0.9")), T, "AD401", ("1 - m",)),
    ("bn-momentum-0", sequential(CONV, BN), sequential(CONV, BN.replace("=0.1", "=0.0")), T, "AD401", ("never move",)),
    ("bn-affine", sequential(CONV, BN), sequential(CONV, BARE_BN), F, "AD301", ("initialisation",)),
    ("bn-track", sequential(CONV, BN), sequential(CONV, BN.replace("stats=True", "stats=False")), I, "AD301", ()),
    ("frozen-bn", sequential(CONV, BN), sequential(CONV, "FrozenBatchNorm2d(8, eps=1e-05)"), T, "AD401", ()),
    (
        "sync-bn",
        sequential(CONV, BN),
        sequential(CONV, BN.replace("BatchNorm2d", "SyncBatchNorm")),
        T,
        "AD401",
        ("several devices",),
    ),
    ("ln-eps", sequential(LN), sequential(LN.replace("1e-05", "1e-06")), F, "AD301", ("small",)),
    ("ln-eps-12", sequential(LN), sequential(LN.replace("1e-05", "1e-12")), F, "AD301", ("small",)),
    (
        "gelu",
        sequential(LINEAR, "GELU(approximate='none')"),
        sequential(LINEAR, "GELU(approximate='tanh')"),
        F,
        "AD301",
        ("4.7e-4",),
    ),
    (
        "leaky",
        sequential(LINEAR, "LeakyReLU(negative_slope=0.01)"),
        sequential(LINEAR, "LeakyReLU(negative_slope=0.2)"),
        F,
        "AD301",
        (),
    ),
    ("bias-before-bn", sequential(CONV, BN), sequential(CONV[:-1] + ", bias=False)", BN), E, "AD301", ("checkpoints",)),
    (
        "bias-before-kw",
        sequential(LINEAR, kw(n=30)),
        sequential(LINEAR.replace("True", "False"), kw(n=30)),
        F,
        "AD301",
        (),
    ),
    (
        "logsoftmax-dim",
        sequential(HEAD, "LogSoftmax()"),
        sequential(HEAD, "LogSoftmax(dim=1)"),
        U,
        "AD701",
        ("probably the same",),
    ),
    (
        "dropout-p",
        sequential(LINEAR, "Dropout(p=0.5, inplace=False)"),
        sequential(LINEAR, "Dropout(p=0.2, inplace=False)"),
        T,
        "AD401",
        (),
    ),
    (
        "dropout-swap",
        sequential(LINEAR, "Dropout(p=0.1, inplace=False)"),
        sequential(LINEAR, "Dropout(p=0.9, inplace=False)"),
        T,
        "AD401",
        ("drop or keep",),
    ),
    ("inplace", sequential(LINEAR, "ReLU(inplace=True)"), sequential(LINEAR, "ReLU()"), C, "AD302", ()),
    (
        "int-tuple",
        sequential(CONV, POOL),
        sequential(CONV, POOL.replace("kernel_size=2", "kernel_size=(2, 2)")),
        C,
        "AD302",
        (),
    ),
    (
        "rename",
        named("Net", fc1=LINEAR, act="ReLU()", fc2=HEAD),
        named("Net", fc1=LINEAR, act="ReLU()", classifier=HEAD),
        C,
        "AD107",
        ("checkpoint keys",),
    ),
    (
        "folded",
        named("Net", blocks="ModuleList(\n    (0-2): 3 x Linear(in_features=20, out_features=20, bias=True)\n  )"),
        named(
            "Net",
            blocks="ModuleList(\n"
            + "".join(f"    ({i}): Linear(in_features=20, out_features=20, bias=True)\n" for i in range(3))
            + "  )",
        ),
        C,
        "AD302",
        (),
    ),
    (
        "flat",
        sequential(f"Sequential(\n    (0): {LINEAR}\n    (1): ReLU()\n  )", HEAD),
        sequential(LINEAR, "ReLU()", HEAD),
        C,
        "AD107",
        (),
    ),
    (
        "float-noise",
        sequential(LINEAR, kw(n=30, boost_strength=1.67)),
        sequential(LINEAR, kw(n=30, boost_strength=1.6699999570846558)),
        C,
        "AD302",
        (),
    ),
    ("kw-state", sequential(CONV, kw2d(n=0)), sequential(CONV, kw2d(n=50176)), S, "AD601", ("first forward",)),
    (
        "kw-decayed",
        sequential(LINEAR, kw(n=30)),
        sequential(LINEAR, kw(n=30, boost_strength=0.06358673423528671)),
        S,
        "AD601",
        ("30 epochs",),
    ),
    (
        "kw-boost",
        sequential(LINEAR, kw(n=30)),
        sequential(LINEAR, kw(n=30, boost_strength=1.67)),
        F,
        "AD601",
        ("duty cycles",),
    ),
    ("kw-infer", sequential(kw()), sequential(kw(k_inference_factor=1.0)), I, "AD601", ("150", "100")),
    ("kw-factor", sequential(kw()), sequential(kw(boost_strength_factor=0.85)), T, "AD401", ()),
    ("kw-period", sequential(kw()), sequential(kw(duty_cycle_period=500)), T, "AD401", ()),
    ("kw-local", sequential(CONV, kw2d(local=False)), sequential(CONV, kw2d(local=True)), F, "AD601", ()),
    ("kw-ties", sequential(kw()), sequential(kw(break_ties=False)), E, "AD601", ("tie",)),
    ("kw-relu", sequential(kw(relu=True)), sequential("ReLU()", kw()), E, "AD601", ()),
    (
        "kw-k",
        sequential(kw(n=1500, percent_on=0.067)),
        sequential(kw(n=1500, percent_on=0.0666666666667)),
        E,
        "AD601",
        ("100/150",),
    ),
    ("density-dialect", sequential(sparse("weight_sparsity=0.4")), sequential(sparse("sparsity=0.6")), E, "AD501", ()),
    (
        "density-clash",
        sequential(sparse("weight_sparsity=0.4")),
        sequential(sparse("sparsity=0.4")),
        F,
        "AD501",
        ("opposite conventions",),
    ),
    (
        "density-round",
        sequential(sparse("sparsity=0.5", "Conv2d(1, 8, kernel_size=(5, 5), stride=(1, 1))", "SparseWeights2d")),
        sequential(sparse("weight_sparsity=0.5", "Conv2d(1, 8, kernel_size=(5, 5), stride=(1, 1))", "SparseWeights2d")),
        F,
        "AD501",
        ("48 %", "12 of 25"),
    ),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "effect", "rule", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
class TestMismatches:
    def test_has_this_effect(
        self, candidate: str, reference: str, effect: Effect, rule: str, said: tuple[str, ...]
    ) -> None:
        comparison = compared(candidate, reference)
        assert rule in {finding.rule for finding in comparison.findings if finding.effect is effect}
        decided = [f.effect for f in comparison.findings if f.is_difference]
        assert decided == [] if rule == "AD701" else max(decided) == effect

    def test_says(self, candidate: str, reference: str, effect: Effect, rule: str, said: tuple[str, ...]) -> None:
        told = "\n".join(words for finding in compared(candidate, reference).findings for words in texts(finding))
        assert [words for words in said if words not in told] == []

    def test_the_other_way_round(
        self, candidate: str, reference: str, effect: Effect, rule: str, said: tuple[str, ...]
    ) -> None:
        there, back = compared(candidate, reference), compared(reference, candidate)
        assert sorted(f.effect for f in there.findings) == sorted(f.effect for f in back.findings)

    def test_with_itself(
        self, candidate: str, reference: str, effect: Effect, rule: str, said: tuple[str, ...]
    ) -> None:
        for text in (candidate, reference):
            assert not [finding for finding in compared(text, text).findings if finding.is_difference]


def texts(finding: Finding) -> list[str]:
    return [finding.message, finding.hint, *(words for inner in finding.consequences for words in texts(inner))]


def test_depth_is_one_finding_a_stage() -> None:
    findings = compared(stages(2, 2, 2), stages(4, 4, 4)).findings
    assert [(f.rule, f.count, known(f.reference).path) for f in findings] == [
        ("AD106", 2, "layer1.2"),
        ("AD106", 2, "layer2.2"),
        ("AD106", 2, "layer3.2"),
    ]


def test_first_pad_tells_the_linear_once_as_a_consequence() -> None:
    (finding,) = compared(DEEP, PADDED).findings
    assert finding.message == "padding 0x0, not 1x1"
    assert [inner.message for inner in finding.consequences] == ["in_features 1800, not 2048"]
