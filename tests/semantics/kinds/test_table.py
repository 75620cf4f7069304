"""The table itself: names, defaults against torch's own constructors, old prints, and what a difference is worth."""

from __future__ import annotations

import inspect
from contextlib import suppress

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from archdiff import parse
from archdiff.model.effects import Effect
from archdiff.model.errors import PluginError
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import REQUIRED, Kind, Misfit, NotKnown, Settings, Trait
from archdiff.semantics.kinds.k_winners import winners
from known import known

#: fields that say what a class implies or what a mask does, which no constructor of torch takes
OURS = {
    *("frozen", "standardized"),
    *("synchronised", "weight_density", "weights"),
}
RECURRENT = {"RNN", "LSTM", "GRU"}  # take *args
BUILT = {
    name: kind for name, kind in kinds.by_name().items() if kind.constructor.startswith("torch.nn.") and kind.fields
}


def view(text: str) -> Settings:
    return kinds.settings_of(rules.normalize(parse.parse(text)[0]).root)


def signature(kind: Kind) -> dict[str, inspect.Parameter]:
    name = kind.constructor.removeprefix("torch.nn.")
    found = dict(inspect.signature(getattr(nn, "RNNBase" if name in RECURRENT else name).__init__).parameters)
    return found | (
        {"nonlinearity": inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")}
        if name == "RNN"
        else {}
    )


@pytest.mark.parametrize("name", BUILT)
class TestConstructors:
    def test_the_class_is_there(self, name: str) -> None:
        assert hasattr(nn, BUILT[name].constructor.removeprefix("torch.nn."))

    def test_fields_are_its_arguments(self, name: str) -> None:
        assert {field.name for field in BUILT[name].fields} - OURS <= signature(BUILT[name]).keys()

    def test_positions_are_fields(self, name: str) -> None:
        assert set(BUILT[name].positional) <= {field.name for field in BUILT[name].fields}

    def test_required_ones_have_no_default(self, name: str) -> None:
        for field in BUILT[name].fields:
            argument = signature(BUILT[name]).get(field.name)
            if field.default is REQUIRED and argument is not None:
                assert argument.default is inspect.Parameter.empty, field.name

    def test_defaults_are_those_of_torch(self, name: str) -> None:
        """What is not printed counts as the default, or most probably is it."""
        view = Settings(BUILT[name], {"kernel_size": 3, "padding": 1, "mode": "bilinear", "scale_factor": 1.5})
        for field in BUILT[name].fields:
            argument = signature(BUILT[name]).get(field.name)
            if field.default is REQUIRED or argument is None or field.name in view.printed:
                continue
            if argument.default is inspect.Parameter.empty:  # bias of RNNCellBase, printed where it is False
                continue
            if field.default is UNKNOWN and field.likely is UNKNOWN:  # never printed, and anything is possible
                continue
            value = view[field.name]
            if field.means_default:  # None stands for what torch works out
                assert argument.default in field.means_default, field.name
            elif field.follows:  # bias: torch asks for it, and gives none without affine
                assert value == view[field.follows], field.name
            elif argument.default is None and field.likely is False:
                assert not value, field.name
            else:
                assert value == argument.default or value == (argument.default,) * field.spread, field.name


def test_names() -> None:
    for kind in kinds.by_name().values():
        assert kind.name == kind.name.lower()
        assert len({field.name for field in kind.fields}) == len(kind.fields)
        for field in kind.fields:
            assert field.aspect in {"setting", "width", "input", "weight-density", "k-winners", "rounding"}
            assert not field.follows or kind.field(field.follows)


def test_dimensions_stand_apart() -> None:
    assert {"conv_2d", "batch_norm_2d", "max_pool_2d", "k_winners_2d", "log_softmax", "relu"} <= kinds.by_name().keys()


class TestFind:
    @pytest.mark.parametrize("class_name", ["Linear", "torch.nn.Linear", "torch::nn::Linear", "DSLinear"])
    def test_found(self, class_name: str) -> None:
        assert kinds.find(class_name) is kinds.by_name()["linear"]

    @pytest.mark.parametrize(
        "class_name", ["lora.Linear", "linear", "SomeLinear", "", "torch.nn.", "a.torch.nn.Linear"]
    )
    def test_left_alone(self, class_name: str) -> None:
        assert kinds.find(class_name) is None


class TestRefused:
    @pytest.mark.parametrize(
        ("first", "second", "error"),
        [
            (Kind("x", {"X": {}}), Kind("y", {"X": {}}), "b.py: the class X is already in a.py"),
            (Kind("x", {"X": {}}), Kind("x", {"Y": {}}), "b.py: the kind x is already in a.py"),
            (Kind("x", {"X": {}}), "X", "b.py: a row of KINDS is of class str, not archdiff.semantics.kinds.Kind"),
        ],
        ids=["a class twice", "a kind twice", "no kind"],
    )
    def test_what_two_families_claim(
        self, first: Kind, second: Kind | str, error: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kinds._table, "_families", lambda: iter([("a.py", (first,)), ("b.py", (second,))]))
        with pytest.raises(PluginError) as raised:
            kinds.table.__wrapped__()
        assert str(raised.value).partition("\n")[0] == error


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        # not printed: by no torch, or not by the old one
        ("Linear(in_features=2, out_features=4)", "bias", UNKNOWN),
        ("Linear (784 -> 10)", "bias", UNKNOWN),
        ("Linear (784 -> 10)", "in_features", 784),
        ("Conv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))", "bias", True),
        ("Conv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))", "weight_density", 1.0),
        ("Conv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))", "padding", (0, 0)),
        ("DSConv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))", "weight_density", UNKNOWN),
        ("DSLinear(in_features=1, out_features=2, bias=True)", "weight_density", UNKNOWN),
        ("BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True)", "track_running_stats", True),
        ("BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)", "bias", False),
        ("BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)", "bias", True),
        ("SyncBatchNorm(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)", "synchronised", True),
        ("BatchNorm2d(8)", "synchronised", False),
        ("FrozenBatchNorm2d(8, eps=1e-05)", "frozen", True),
        ("FrozenBatchNorm2d(num_features=8, eps=1e-05)", "num_features", 8),
        ("LayerNorm((768,), eps=1e-12, elementwise_affine=True)", "bias", True),
        ("LayerNorm(768)", "normalized_shape", (768,)),
        ("MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))", "kernel_size", (2, 2)),
        ("MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))", "ceil_mode", UNKNOWN),
        ("MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)", "return_indices", UNKNOWN),
        ("MaxPool2d(2)", "stride", (2, 2)),
        ("LPPool2d(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)", "stride", (3, 3)),
        ("AvgPool2d(kernel_size=2, stride=2, padding=0)", "ceil_mode", UNKNOWN),
        ("AvgPool2d(kernel_size=2, stride=2, padding=0)", "count_include_pad", True),  # nothing to count
        ("AvgPool2d(kernel_size=2, stride=2, padding=1)", "count_include_pad", UNKNOWN),
        ("LogSoftmax()", "dim", UNKNOWN),
        ("LogSoftmax(dim=None)", "dim", UNKNOWN),
        ("LogSoftmax(dim=1)", "dim", 1),
        ("Flatten()", "end_dim", -1),
        ("ReLU (inplace)", "inplace", True),
        ("LeakyReLU (0.2, inplace)", "negative_slope", 0.2),
        ("Threshold (0.5, 0.1)", "value", 0.1),
        ("Hardshrink(0.5)", "lambd", 0.5),
        ("Dropout (p = 0.5)", "p", 0.5),
        ("ZeroPad2d((1, 1, 1, 1))", "value", 0.0),
        ("ZeroPad2d(padding=(1, 1, 1, 1), value=0.0)", "value", 0.0),
        ("ReflectionPad2d((1, 1, 2, 2))", "padding", (1, 1, 2, 2)),
        ("AdaptiveAvgPool2d(output_size=1)", "output_size", (1, 1)),
        ("AdaptiveAvgPool2d(output_size=(None, 7))", "output_size", (None, 7)),
        ("InstanceNorm2d(8, eps=1e-05, momentum=0.1, affine=False)", "track_running_stats", False),
        ("Upsample(scale_factor=2.0, mode='bilinear')", "align_corners", UNKNOWN),
        ("Upsample(scale_factor=2.0, mode='nearest')", "align_corners", None),
        ("Upsample(scale_factor=2.5, mode='nearest')", "recompute_scale_factor", UNKNOWN),
        ("UpsamplingBilinear2d(scale_factor=2.0, mode='bilinear')", "align_corners", True),
        ("Embedding(10, 3, padding_idx=0)", "padding_idx", 0),
        ("EmbeddingBag(10, 3, mode='sum')", "mode", "sum"),
        ("LSTM(5, 6, num_layers=2)", "num_layers", 2),
        ("RNN(5, 6)", "nonlinearity", UNKNOWN),
        ("SparseWeights(\n  weight_sparsity=0.25\n)", "sparsity", 0.75),
        ("SparseWeights(\n  sparsity=0.75\n)", "weight_sparsity", 0.25),
        ("torch::nn::Linear(in_features=2, out_features=3, bias=true)", "bias", True),
    ],
)
def test_what_a_print_says(text: str, name: str, value: Value) -> None:
    assert view(text).known(name) == value


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Linear (784 -> 10)", "bias", True),
        ("LogSoftmax()", "dim", 1),
        ("AvgPool2d(kernel_size=2, stride=2, padding=1)", "count_include_pad", True),
        ("Upsample(scale_factor=2.0, mode='bilinear')", "align_corners", False),
    ],
)
def test_what_is_taken_for_likely(text: str, name: str, value: Value) -> None:
    assert view(text)[name] == value


@pytest.mark.parametrize("text", ["DSLinear(in_features=1, out_features=2, bias=True)", "SparseWeights()"])
def test_no_density_is_guessed(text: str) -> None:
    settings = view(text)
    with pytest.raises(NotKnown):
        settings["weight_density" if "DS" in text else "sparsity"]


class TestNumbers:
    def test_one_number_stands_for_all_sides(self) -> None:
        assert view("MaxPool2d(kernel_size=2)").ints("kernel_size", 2) == (2, 2)

    @pytest.mark.parametrize("value", [(1, 2, 3), (1,), (1, 2.0), ("a", "b"), "same", None, True, (True, False)])
    def test_everything_else_is_not_known(self, value: Value) -> None:
        kind = kinds.by_name()["conv_2d"]
        with pytest.raises(NotKnown):
            Settings(kind, {"kernel_size": value}).ints("kernel_size", 2)

    @pytest.mark.parametrize("value", [1.0, "1", None, True, (1,)])
    def test_no_whole_number(self, value: Value) -> None:
        with pytest.raises(NotKnown):
            Settings(kinds.by_name()["linear"], {"in_features": value}).int("in_features")


@pytest.mark.parametrize(
    ("name", "field", "value", "shape", "means"),
    [
        ("log_softmax", "dim", -1, (12,), 1),
        ("log_softmax", "dim", 1, (12,), 1),
        ("log_softmax", "dim", -1, (12, 4, 4), 3),
        ("flatten", "end_dim", -1, (3, 4, 4), 3),
        ("flatten", "start_dim", -3, (3, 4, 4), 1),
        ("log_softmax", "dim", 7, (12,), 7),
        ("adaptive_avg_pool_2d", "output_size", (None, 7), (3, 5, 5), (5, 7)),
        ("upsample", "scale_factor", 2.0, (3, 5, 5), (2.0, 2.0)),
        ("upsample", "size", (10, 10), (3, 5, 5), (10, 10)),
        ("glu", "dim", -1, (4,), 1),
    ],
)
def test_what_a_value_comes_to_for_an_input(
    name: str, field: str, value: Value, shape: tuple[int, ...], means: Value
) -> None:
    found = kinds.by_name()[name].field(field)
    assert found is not None
    assert found.meaning is not None
    assert found.meaning(value, Settings(kinds.by_name()[name], {}), shape) == means


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Flatten(start_dim=0, end_dim=-1)", (3, 4)),
        ("Unflatten(dim=0, unflattened_size=(2, 2))", (3, 4)),
        ("GLU(dim=0)", (4,)),
    ],
)
def test_what_reaches_into_the_batch_has_no_shape_without_it(text: str, shape: tuple[int, ...]) -> None:
    settings = view(text)
    with pytest.raises(NotKnown):
        known(settings.kind.shape)(settings, shape)


# What a difference in one setting is worth: id in the table of mismatches, class, field, effect, what must be said

WORTH = [
    ("bn-eps", "BatchNorm2d", "eps", Effect.FUNCTION, "small"),
    ("ln-eps", "LayerNorm", "eps", Effect.FUNCTION, "small"),
    ("bn-momentum", "BatchNorm2d", "momentum", Effect.TRAINING, "1 - m"),
    ("bn-momentum-0", "BatchNorm2d", "momentum", Effect.TRAINING, "the statistics never move"),
    ("bn-affine", "BatchNorm2d", "affine", Effect.FUNCTION, "equal at initialisation"),
    ("bn-track", "BatchNorm2d", "track_running_stats", Effect.INFERENCE, ""),
    ("frozen-bn", "FrozenBatchNorm2d", "frozen", Effect.TRAINING, ""),
    ("sync-bn", "SyncBatchNorm", "synchronised", Effect.TRAINING, "on several devices only"),
    ("gelu", "GELU", "approximate", Effect.FUNCTION, "4.7e-4"),
    ("leaky", "LeakyReLU", "negative_slope", Effect.FUNCTION, ""),
    ("dropout-p", "Dropout", "p", Effect.TRAINING, ""),
    ("dropout-swap", "Dropout", "p", Effect.TRAINING, "drop or keep probability?"),
    ("inplace", "ReLU", "inplace", Effect.COSMETIC, ""),
    ("heads", "MultiheadAttention", "num_heads", Effect.FUNCTION, ""),
    ("norm-place", "TransformerEncoderLayer", "norm_first", Effect.FUNCTION, ""),
]


@pytest.mark.parametrize(
    ("class_name", "name", "effect", "said"), [row[1:] for row in WORTH], ids=[row[0] for row in WORTH]
)
def test_what_a_difference_is_worth(class_name: str, name: str, effect: Effect, said: str) -> None:
    field = known(known(kinds.find(class_name)).field(name))
    assert field.effect is effect
    assert said in " ".join((field.remark, field.complement, *(text for _, text in field.remarks)))


def test_gelu_differs_by_what_is_said() -> None:
    x = torch.linspace(-6, 6, 1_000_001, dtype=torch.float64)
    largest = (nn.GELU()(x) - nn.GELU("tanh")(x)).abs().max().item()
    assert largest == pytest.approx(4.7e-4, abs=0.05e-4)


def test_inplace_is_spelling_everywhere() -> None:
    assert {field.effect for kind in kinds.by_name().values() for field in kind.fields if field.name == "inplace"} == {
        Effect.COSMETIC
    }


def test_a_bias_is_a_shift() -> None:
    for name in ("conv_2d", "conv_transpose_1d", "linear", "batch_norm_1d", "layer_norm"):
        assert known(kinds.by_name()[name].field("bias")).shift


@pytest.mark.parametrize(
    ("class_name", "said"),
    [
        ("Softmax", ("argmax unchanged", "twice")),
        ("LogSoftmax", ("logits", "argmax unchanged", "CrossEntropyLoss")),
    ],
)
def test_what_is_said_of_a_missing_softmax(class_name: str, said: tuple[str, ...]) -> None:
    assert all(words in known(kinds.find(class_name)).remark for words in said)


# Whatever is printed, a rule raises Misfit or NotKnown and nothing else

numbers = st.integers(-3, 9) | st.just(10**29) | st.floats()  # the reader takes longer ints for text
values: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | numbers | st.sampled_from(["same", "valid", "reflect", "bilinear", "x", UNKNOWN]),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=4,
)


@st.composite
def nonsense(draw: st.DrawFn, kind: Kind) -> tuple[Settings, tuple[int, ...]]:
    odd = draw(st.integers(0, 3))
    held: dict[str, Value] = {}
    for field in kind.fields:
        if draw(st.integers(0, 5)):
            held[field.name] = draw(st.integers(1, 3) if draw(st.integers(0, 3)) > odd else values)
    return Settings(kind, held), tuple(draw(st.lists(st.integers(0, 4), max_size=5)))


@pytest.mark.parametrize("name", kinds.by_name())
def test_rules_never_fail(name: str) -> None:
    @settings(max_examples=40, database=None, derandomize=True)
    @given(nonsense(kinds.by_name()[name]))
    def check(case: tuple[Settings, tuple[int, ...]]) -> None:
        view, x = case
        kind = view.kind
        for field in kind.fields:
            value = view.known(field.name)
            if field.meaning:
                field.meaning(value, view, x)
                field.meaning(value, view, None)
            if field.idle:
                assert isinstance(field.idle(view), str)
        for count in (kind.parameters, kind.weight_rows or kind.parameters, lambda view: cost(view, x)):
            with suppress(Misfit, NotKnown):
                count(view)
        assert isinstance(kind.traits_of(view), frozenset)
        if kind.has(Trait.PICKS_WINNERS, view):
            with suppress(NotKnown):
                winners(view, x[0] if x else None)

    check()


def cost(view: Settings, x: tuple[int, ...]) -> None:
    if view.kind.shape is not None:
        y = view.kind.shape(view, x)
        assert all(type(size) is int for size in y)
        view.kind.macs(view, x, y)


@pytest.mark.parametrize(("times", "row"), [(1, "*Dropout*"), (9, "*Dropout*"), (2_000, None)])
def test_a_class_name_of_many_parts_takes_no_stack(times: int, row: str | None) -> None:
    name = f"Some{'DropoutSo' * times}"
    assert kinds.find(name) is (kinds.table()[row] if row else None)
