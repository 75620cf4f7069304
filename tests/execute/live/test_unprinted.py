"""What no print shows and a live module holds: two that print alike and differ in one argument are told apart.

Every argument of every class of torch.nn is held against what it prints; what is not read is named here, with why.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from archdiff import api, parse
from archdiff.execute.live import unprinted
from archdiff.model.network import Network

WIDTH = 8

#: arguments that the classes need, by the name of the argument, and by class where one differs
NEEDED: dict[str, Any] = {
    **dict.fromkeys(("in_channels", "out_channels", "in_features", "out_features", "num_features", "num_channels"), 4),
    **dict.fromkeys(("in1_features", "in2_features", "normalized_shape", "input_size", "hidden_size"), 4),
    **dict.fromkeys(("embedding_dim", "num_embeddings"), 5),
    **dict.fromkeys(("num_groups", "groups", "upscale_factor", "downscale_factor", "norm_type", "num_heads"), 2),
    **dict.fromkeys(("nhead", "num_layers"), 2),
    **dict.fromkeys(("embed_dim", "d_model"), WIDTH),
    "kernel_size": 3,
    "output_size": 2,
    "size": 5,
    "dim": 1,
    "padding": 1,
    "value": 0.5,
    "threshold": 0.1,
    "unflattened_size": (2, 2),
    "mode": "LSTM",
    "num_chunks": 1,
    "bias": True,
    "scale_factor": 1.3,
}
OF_CLASS: dict[str, dict[str, Any]] = {
    "AdaptiveLogSoftmaxWithLoss": {"n_classes": 10, "cutoffs": [2, 5]},
    **{f"AvgPool{dims}d": {"kernel_size": 3, "padding": 1} for dims in (1, 2, 3)},
    **{f"FractionalMaxPool{dims}d": {"output_size": 2} for dims in (2, 3)},
    "Fold": {"output_size": (4, 4)},
    "RNN": {"num_layers": 2},
    "Upsample": {"scale_factor": 1.3, "mode": "bilinear"},
    "Transformer": {"num_encoder_layers": 1, "num_decoder_layers": 1, "dim_feedforward": 16},
    "TransformerEncoder": {"encoder_layer": nn.TransformerEncoderLayer(WIDTH, 2, 16)},
    "TransformerDecoder": {"decoder_layer": nn.TransformerDecoderLayer(WIDTH, 2, 16)},
}
#: another value, where it is not twice the number or the other of True and False
OTHERS: dict[str, Any] = {
    "divisor_override": 3,
    "recompute_scale_factor": True,
    "align_corners": True,
    "activation": "gelu",
    "approximate": "tanh",
    "padding_mode": "reflect",
    "nonlinearity": "relu",
    "padding_idx": 1,
    "max_norm": 1.0,
    "reduction": "sum",
    "kdim": 4,
    "vdim": 4,
    "proj_size": 2,
    "output_ratio": (0.5, 0.5),
    "stride": 2,
    "dropout": 0.3,
    "mode": "GRU",
    "dilation": 2,
    "weight": torch.tensor([1.0, 2.0]),
    "pos_weight": torch.tensor([1.0, 2.0]),
}
#: not read, and why
LEFT = {
    ("PReLU", "init"): "a weight to start with",
    ("Hardsigmoid", "inplace"): "the same numbers",
    ("Hardswish", "inplace"): "the same numbers",
    ("InstanceNorm1d", "bias"): "of no effect without affine, where it is printed",
    ("InstanceNorm2d", "bias"): "of no effect without affine, where it is printed",
    ("InstanceNorm3d", "bias"): "of no effect without affine, where it is printed",
    ("RNNCellBase", "num_chunks"): "it is held by no attribute; no layer of its own",
    ("TransformerEncoder", "enable_nested_tensor"): "a fast path",
    ("TransformerEncoder", "mask_check"): "a fast path",
}
DEPRECATED = ("size_average", "reduce")  # torch makes a reduction of them
NOT_SET = ("self", "device", "dtype", "_weight", "_random_samples", *DEPRECATED)


def arguments(cls: type[nn.Module]) -> dict[str, Any]:
    """Arguments that a class takes, with their defaults; those of recurrent layers stand in their base."""
    base = nn.RNNBase if cls in (nn.RNN, nn.LSTM, nn.GRU) else cls
    taken = inspect.signature(base.__init__).parameters.values()
    found = {each.name: each.default for each in taken if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)}
    if cls is not base:
        del found["mode"]
    if cls is nn.RNN:
        found["nonlinearity"] = "tanh"
    return {name: default for name, default in found.items() if name not in NOT_SET}


def other(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if name in OTHERS:
        return OTHERS[name]
    return 2 * value or 1 if isinstance(value, int | float) else None


def not_printed() -> Iterator[tuple[str, str, nn.Module, nn.Module]]:
    """Each argument of which two values print alike, with a module of each."""
    warnings.simplefilter("ignore")
    classes = [each for each in vars(nn).values() if isinstance(each, type) and issubclass(each, nn.Module)]
    for cls in classes:
        taken = arguments(cls)
        given = {name: NEEDED[name] for name, default in taken.items() if default is inspect._empty and name in NEEDED}
        given |= OF_CLASS.get(cls.__name__, {})
        try:
            first = cls(**given)
        except (TypeError, ValueError, NotImplementedError):
            continue  # a base, or what holds other modules
        for name, default in taken.items():
            value = other(name, given.get(name, default))
            try:
                second = None if value is None else cls(**{**given, name: value})
            except (TypeError, ValueError, RuntimeError, AssertionError):
                continue
            if second is not None and repr(first) == repr(second):
                yield cls.__name__, name, first, second


CASES = list(not_printed())


def read(module: nn.Module) -> Network:
    return unprinted.add_unprinted(parse.parse(f"{module}\n")[0], module)


def test_there_are_as_many_as_torch_has() -> None:
    names = {(class_name, name) for class_name, name, _, _ in CASES}
    assert len(names) > 90
    assert {each for each in LEFT if each not in names} == set()
    for each in (("AvgPool2d", "divisor_override"), ("Upsample", "recompute_scale_factor"),
                 ("MaxPool2d", "return_indices"), ("MultiheadAttention", "batch_first"),
                 ("TransformerEncoderLayer", "norm_first"), ("TransformerEncoderLayer", "activation")):  # fmt: skip
        assert each in names


@pytest.mark.parametrize(
    ("class_name", "name", "first", "second"), CASES, ids=[f"{class_name}.{name}" for class_name, name, *_ in CASES]
)
def test_an_argument_that_is_not_printed(class_name: str, name: str, first: nn.Module, second: nn.Module) -> None:
    for around in (lambda module: module, lambda module: nn.Sequential(nn.Identity(), module), nn.DataParallel):
        ours, theirs = (read(around(module)) for module in (first, second))
        for sides in ((ours, theirs), (theirs, ours)):
            outcome = api.compare_networks(*sides)
            assert (outcome.verdict == "identical") is ((class_name, name) in LEFT)
            assert api.compare_networks(sides[0], sides[0]).verdict == "identical"


attention = partial(nn.MultiheadAttention, WIDTH, 2)
average = partial(nn.AvgPool2d, 2)


def encoder(dropout: float = 0.0, **settings: Any) -> nn.Module:
    return nn.TransformerEncoder(
        nn.TransformerEncoderLayer(WIDTH, 2, 16, dropout, **settings), 3, enable_nested_tensor=False
    )


def shared(*, twice: bool) -> nn.Module:
    first = nn.Linear(WIDTH, WIDTH)
    return nn.Sequential(first, nn.ReLU(), first if twice else nn.Linear(WIDTH, WIDTH))


def tied(*, head: bool) -> nn.Module:
    net = nn.Sequential(nn.Embedding(50, WIDTH), nn.Linear(WIDTH, 50, bias=False))
    if head:
        net[1].weight = net[0].weight
    return net


def in_a_list(*values: bool) -> nn.Module:
    return nn.ModuleList(attention(batch_first=value) for value in values)


def nested(net: nn.Module) -> nn.Module:
    assert isinstance(net, nn.Sequential)
    return nn.Sequential(nn.Sequential(net[0], net[1]), nn.Sequential(net[2]))


#: id, candidate, reference, verdict, settings of the findings, whether they differ
PAIRS: list[tuple[str, Callable[[], nn.Module], Callable[[], nn.Module], str, list[tuple[str | None, str]]]] = [
    ("1-nothing-to-ask", attention, attention, "identical", []),
    ("2-dropout", attention, partial(attention, dropout=0.5), "training", [("dropout", "training")]),
    ("3-all-blocks-alike", encoder, partial(encoder, norm_first=True), "function", [("norm_first", "function")]),
    ("4-a-function", encoder, partial(encoder, activation="gelu"), "function", [("activation", "function")]),
    ("5-of-a-fold", partial(in_a_list, True, True), partial(in_a_list, False, False), "function",
     [("batch_first", "function")]),
    ("6-a-fold-of-two-values", partial(in_a_list, True, False), partial(in_a_list, True, True), "function",
     [("batch_first", "function")]),
    ("7-means-halved", lambda: nn.Sequential(average()), lambda: nn.Sequential(average(divisor_override=2)),
     "function", [("divisor_override", "function")]),
    ("8-one-by-one-halved", lambda: nn.Sequential(nn.ReLU(), nn.AvgPool2d(1, divisor_override=2)),
     lambda: nn.Sequential(nn.ReLU()), "function", [(None, "function")]),
    ("9-one-by-one", lambda: nn.Sequential(nn.ReLU(), nn.AvgPool2d(1)), lambda: nn.Sequential(nn.ReLU()),
     "equivalent", [(None, "equivalent")]),
    ("10-twice-run", partial(shared, twice=True), partial(shared, twice=False), "function", [("shared", "function")]),
    ("11-twice-run-on-both", partial(shared, twice=True), partial(shared, twice=True), "identical", []),
    ("12-twice-run-elsewhere", partial(shared, twice=True), lambda: nested(shared(twice=True)), "cosmetic",
     [(None, "cosmetic")]),
    ("13-twice-run-elsewhere-alone", lambda: nested(shared(twice=True)), partial(shared, twice=False), "function",
     [("shared", "function"), (None, "cosmetic")]),
    ("14-wrapped", lambda: nn.DataParallel(shared(twice=True)), partial(shared, twice=False), "function",
     [("shared", "function"), (None, "cosmetic"), (None, "cosmetic")]),
    ("15-tied", partial(tied, head=True), partial(tied, head=False), "function", [("shared", "function")]),
    ("16-not-tied", partial(tied, head=False), partial(tied, head=False), "identical", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "expected"), [case[1:] for case in PAIRS], ids=[case[0] for case in PAIRS]
)
def test_two_live_modules(
    ours: Callable[[], nn.Module], theirs: Callable[[], nn.Module], verdict: str, expected: list[tuple[str | None, ...]]
) -> None:
    sides = read(ours()), read(theirs())
    for both in (sides, sides[::-1]):
        outcome = api.compare_networks(*both)
        assert outcome.verdict == verdict
        found = [each for each in outcome.findings if each.is_difference or each.setting == expected[0][0]]
        assert [(each.setting, each.effect.word) for each in found] == expected


#: id, the live module, settings of the facts that are asked of the print beside it
BESIDE_A_PRINT = [
    ("1-what-people-set", attention, ["num_heads", "dropout", "batch_first"]),
    ("2-what-is-set-otherwise", partial(attention, add_zero_attn=True),
     ["num_heads", "dropout", "add_zero_attn", "batch_first"]),
    ("3-nothing-unusual", average, ["divisor_override", "ceil_mode"]),
    ("4-another-divisor", partial(average, divisor_override=2), ["divisor_override", "ceil_mode"]),
    ("5-twice-run", partial(shared, twice=True), ["shared"]),
    ("6-not-twice-run", partial(shared, twice=False), []),
    ("7-tied", partial(tied, head=True), ["shared"]),
    ("8-not-tied", partial(tied, head=False), ["tie_word_embeddings"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "expected"), [case[1:] for case in BESIDE_A_PRINT], ids=[case[0] for case in BESIDE_A_PRINT]
)
def test_a_live_module_beside_its_print(make: Callable[[], nn.Module], expected: list[str]) -> None:
    module = nn.Sequential(make())
    live, text = read(module), parse.parse(f"{module}\n")[0]
    for sides in ((live, text), (text, live)):
        outcome = api.compare_networks(*sides)
        assert outcome.verdict == "identical"
        assert [each.setting for each in outcome.findings] == expected
        assert {each.rule for each in outcome.findings} <= {"AD701"}
        for each in outcome.findings:
            exec(each.hint, {"model": module})
