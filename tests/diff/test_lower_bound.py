"""The lower bound from layers alone: what it says of small networks, and that no distance is below it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdiff import api, parse
from archdiff.diff import distance, lower_bound
from archdiff.model.network import Network
from archdiff.semantics import rules

L8, L9 = (f"Linear(in_features=8, out_features={width}, bias=True)" for width in (8, 9))
CONV8, CONV9 = (f"Conv2d(8, {width}, kernel_size=(3, 3), stride=(1, 1))" for width in (8, 9))
POINT8 = "Conv2d(8, 8, kernel_size=(1, 1), stride=(1, 1))"
BATCH_NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
LAYER_NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"
WIDE = "Linear(in_features=8, out_features=24, bias=True)"


def block(*children: str, name: str = "Sequential") -> str:
    """Children as `name: text`, or numbered; a text may have several lines."""
    named = [child if child.startswith("(") else f"({at}): {child}" for at, child in enumerate(children)]
    inner = "".join(f"  {line}\n" for child in named for line in child.splitlines())
    return f"{name}(\n{inner})" if children else f"{name}()"


def read(text: str) -> Network:
    return parse.pick("x", parse.parse(text + "\n", "x"))


def bound(*texts: str) -> float:
    return lower_bound.at_least(*(lower_bound.of_network(rules.normalize(read(text))) for text in texts))


def apart(ours: str, theirs: str) -> float:
    return distance.match("", api.compare_networks(read(ours), read(theirs))).distance


@pytest.mark.parametrize(
    ("ours", "theirs", "least"),
    [
        pytest.param(block(L8, L9), block(L8, L9), 0, id="equal"),
        pytest.param(block(L8), block(block(L8)), 0, id="nested"),
        pytest.param(block(L8, POINT8), block(POINT8, L8), 0, id="another order"),
        pytest.param(block(L8), block(POINT8), 0, id="a convolution may be a Linear"),
        pytest.param(block(L8, "ReLU()"), block(L8, "Tanh()"), 0, id="no weights"),
        pytest.param(block(L8, L8), block("(0-1): 2 x " + L8), 0, id="folded"),
        pytest.param(block(L8), block(L9), 4, id="another width"),
        pytest.param(block(CONV8, "ReLU()"), block(CONV9), 4, id="another number of channels"),
        pytest.param(block(L8, L8), block(L8), 8, id="one more"),
        pytest.param(block(L8), block("(0-11): 12 x " + L8), 88, id="eleven more, folded"),
        pytest.param(block(L8, L8, L8), block(L9, CONV9), 16, id="two of another width and one more"),
        pytest.param(
            block(*(f"({name}): {L8}" for name in "qkv"), name="Attention"),
            block(f"(qkv): {WIDE}", name="Attention"),
            0,
            id="projections may be one",
        ),
        pytest.param(
            block(block(L8, L9, name="Net"), L8), block("Net()", L8), 0, id="a class of somebody without its body"
        ),
        pytest.param(
            block(block(L8, L9, L9, name="Net"), L8),
            block("Other()", L8),
            16,
            id="another class of somebody without its body is one layer at most",
        ),
        pytest.param(block(L8, "Unheard(width=3)"), block(L8, L9), 0, id="a class that is not known may be one"),
        pytest.param(block(L8, "Unheard(width=3)"), block(*[L8] * 4), 16, id="but not several"),
        pytest.param(
            block(L8, L8, *["Unheard(width=3)"] * 2), block(L9, L9), 8, id="what may stand for one need not do so"
        ),
        pytest.param(block(L8, BATCH_NORM), block(L8), 8, id="a norm"),
        pytest.param(block(L8, BATCH_NORM), block(L8, LAYER_NORM), 8, id="a norm of another kind"),
        pytest.param(block(L8, BATCH_NORM), block(L8, L8), 8, id="a layer in the place of a norm"),
        pytest.param(block(L8, BATCH_NORM), block(L9), 12, id="a norm and another width"),
        pytest.param(block(L8, "Softmax(dim=-1)"), block(*[L8] * 4), 0, id="a softmax may be of one number"),
        pytest.param(
            block(block(f"(fc1): {L8}", f"(fc2): {L8}", "(softmax): Softmax(dim=-1)", name="Attention")),
            block(*[L8] * 4),
            16,
            id="in a class of somebody a softmax forgets nothing",
        ),
        pytest.param(block(L8, "..."), block(*[L8] * 4), 0, id="cut out"),
    ],
)
def test_what_layers_alone_say(ours: str, theirs: str, least: float) -> None:
    assert bound(ours, theirs) == bound(theirs, ours) == least
    assert apart(ours, theirs) >= least


SOFT = block(f"(a): {L8}", f"(b): {L9}", "(softmax): Softmax(dim=-1)", name="Attention")
APART = block(*(f"({name}): {L8}" for name in "qkv"), f"(proj): {L8}", name="Attention")
TOGETHER = block(f"(qkv): {WIDE}", f"(proj): {L8}", name="Attention")
HELD = block("(out_proj): NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)").replace(
    "Sequential", "MultiheadAttention"
)

SMALL = st.sampled_from([L8, L9, CONV8, CONV9, POINT8, WIDE, "ReLU()", "Dropout(p=0.1, inplace=False)", "Identity()"])
STRANGE = st.sampled_from(
    [
        "Net()",
        "Unheard(width=3)",
        "Block(dim=8)",
        *(BATCH_NORM, LAYER_NORM, "GroupNorm(8, 8, eps=1e-05, affine=True)", "LayerNorm((1,), eps=1e-05)"),
        *("Softmax(dim=-1)", "LogSoftmax(dim=1)", "Linear(in_features=8, out_features=1, bias=True)"),
        BATCH_NORM.replace("affine=True", "affine=False"),
        *(APART, TOGETHER, HELD, SOFT),
        f"Linear(\n  in_features=8, out_features=8, bias=True\n  (probe): {L8}\n)",
    ]
)
CLASSES = st.sampled_from(["Sequential", "ModuleList", "Net", "Block", "ResidualBlock", "Attention"])
NAMES = st.sampled_from(
    [
        *(["conv1", "conv2", "fc", "norm", "act"]),
        *(["q", "k", "v", "qkv", "proj", "out_proj"]),
        *(["gate_proj", "up_proj", "w1", "w2", "w3"]),
    ]
)


@st.composite
def holders(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    """A container with named or numbered children, now and then one that is printed several times."""
    name, children = draw(CLASSES), draw(st.lists(inside, min_size=1, max_size=4))
    if name in ("Sequential", "ModuleList"):
        times = draw(st.sampled_from([1, 1, 1, 3]))
        return block(*children) if times == 1 else block(f"(0-{times - 1}): {times} x {children[0]}", name=name)
    names = draw(st.lists(NAMES, min_size=len(children), max_size=len(children), unique=True))
    return block(*(f"({name}): {child}" for name, child in zip(names, children, strict=True)), name=name)


NETWORKS = holders(st.recursive(SMALL | SMALL | STRANGE, holders, max_leaves=10))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two networks, often one with a line of it changed, doubled or taken out."""
    ours = draw(NETWORKS)
    if draw(st.booleans()):
        return ours, draw(NETWORKS)
    old, new = draw(
        st.sampled_from(
            [
                (APART, TOGETHER),
                (TOGETHER, HELD),
                (L8, L9),
                (L8, POINT8),
                (CONV8, CONV9),
                ("Net", "Plain"),
                ("Sequential", "Net"),
            ]
        )
    )
    return ours, ours.replace(old, new, draw(st.integers(1, 3)))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pairs())
def test_no_distance_is_below_the_bound(texts: tuple[str, str]) -> None:
    ours, theirs = (lower_bound.of_network(rules.normalize(read(text))) for text in texts)
    found = distance.match("", api.compare_networks(read(texts[0]), read(texts[1])))
    far = lower_bound.at_least(ours, theirs)
    assert far <= found.distance
    assert distance.share(far, ours.layers + theirs.layers) <= found.share
