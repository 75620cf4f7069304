"""Two live modules with equal prints, or nearly so: what each holds otherwise is one finding, with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import nan
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

import archdiff
from archdiff.execute.live.attributes import function_name
from archdiff.model.finding import Finding
from execute import attribute_networks as nets
from execute.attribute_networks import WIDTH, Adapter, Bare, Mode, MyRotaryEmbedding, Net, Rotary, Scale

Make = Callable[[], nn.Module]


def held(**attributes: Any) -> Make:
    """Three blocks whose attention holds these as well."""
    return partial(Net, **attributes)


def two(cls: type[nn.Module], *args: Any, **settings: Any) -> Make:
    """A layer of torch in a Sequential."""
    return lambda: nn.Sequential(nn.Identity(), cls(*args, **settings))


class AvgPool2d(nn.AvgPool2d):
    """Under torch's name."""


class OwnPool(nn.AvgPool2d):
    """Under a name of its own."""


class Attending(nn.Module):
    """What its library calls a number of heads is for its caller to say."""

    def __init__(self, **held: int) -> None:
        super().__init__()
        self.__dict__.update(held)
        self.query, self.key = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)


def holding_a(*modules: nn.Module) -> nn.Module:
    return nn.ModuleDict(dict(zip("ab", modules, strict=False)))


class Plain(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor, self.mode = factor, "sum"


class Nothing(nn.Module):
    """Holds nothing."""


def of_heads(*heads: int) -> nn.Module:
    return nn.ModuleList(nets.Attention(each) for each in heads)


def odd(place: int, window: int) -> nn.Module:
    """A network of which one block holds more."""
    made = Net()
    vars(made.get_submodule(f"blocks.{place}.attention"))["window"] = window
    return made


def hook(function: Callable[..., Any]) -> str:
    """Its name with what its code says."""
    return str(function_name(function))


def hiding(**settings: Any) -> Make:
    return lambda: nn.ModuleDict({"h": nets.Hiding(**settings)})


def spectral(**settings: Any) -> Make:
    return lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(WIDTH, WIDTH), **settings))


encoder = partial(two, nn.TransformerEncoderLayer, WIDTH, 2, 16)
upsample = partial(two, nn.Upsample, scale_factor=2, mode="bilinear")

#: id, one module, the other: identical, whatever they hold
LEFT_ALONE: list[tuple[str, Make, Make]] = [
    ("the-same", Net, Net),
    ("numbers-from-one", Net, partial(Net, first=1)),
    ("one-side-holds-more", held(window=7), Net),
    ("under-other-names", held(window=7), held(window_size=8)),
    ("private", held(_window=7), held(_window=8)),
    ("a-device", held(device=torch.device("cpu")), held(device=torch.device("meta"))),
    ("a-path", held(weights="/home/me/a.pt"), held(weights="/home/you/b.pt")),
    ("an-address", held(url="https://a.b"), held(url="https://c.d")),
    ("a-dict-with-a-path", held(cfg={"hub_id": "timm/", "tag": "a"}), held(cfg={"hub_id": "timm/", "tag": "b"})),
    ("a-cache", held(cache=torch.zeros(3)), held(cache=torch.zeros(4))),
    ("a-list-of-modules", held(layers=[nn.ReLU()]), held(layers=[nn.Tanh()])),
    ("an-object", held(config=object()), held(config=object())),
    ("state-of-the-forward", partial(nets.counted, 0), partial(nets.counted, 2)),
    ("nan", held(fill=nan), held(fill=nan)),
    ("whole-or-not", held(p=0), held(p=0.0)),
    ("a-list-or-a-tuple", held(sizes=[1, 2]), held(sizes=(1, 2))),
    ("one-function-of-torch", held(act=torch.relu), held(act=functional.relu)),
    ("one-method-of-tensors", held(act=torch.Tensor.tanh), held(act=torch.tanh)),
    ("one-function-written-twice", held(act=nets.swish), held(act=nets.copied_swish())),
    ("one-class", held(norm=nn.LayerNorm), held(norm=nn.LayerNorm)),
    ("one-member", held(mode=Mode.SUM), held(mode=Mode.SUM)),
    ("one-hook", partial(nets.hooked, nets.doubled), partial(nets.hooked, nets.doubled)),
    ("bare", partial(Bare, token=(1, 4)), partial(Bare, token=(1, 4))),
    ("as-sparse", partial(nets.pruned, 0.5), partial(nets.pruned, 0.5)),
    ("as-frozen", partial(nets.frozen, 1), partial(nets.frozen, 1)),
    ("eval-where-nothing-depends-on-it", partial(nets.in_eval, 0), nets.normed),
    ("angles", Rotary, Rotary),
    ("both-in-eval", partial(nets.training_inside), partial(nets.training_inside)),
]  # fmt: skip

BLOCKS = "blocks.0.attention"
LIVE = "(live attribute)"
#: id, candidate, reference, verdict, each finding and what follows from it: rule, effect, setting, places, message
CASES: list[tuple[str, Make, Make, str, list[str]]] = [
    ("heads", held(heads=2), Net, "unknown",
     [f"AD301 unknown num_heads {BLOCKS}=2 {BLOCKS}=4: num_heads 2, not 4 {LIVE} x3",
      f"-> head_dim 4, not 2 {LIVE}", f"-> scale 0.5, not 0.7071067811865476 {LIVE}"]),
    ("rope-base", held(base=5e5), Net, "unknown",
     [f"AD301 unknown rope_base {BLOCKS}=500000.0 {BLOCKS}=10000.0: rope_base 500000.0, not 10000.0 {LIVE} x3"]),
    ("a-word", held(mode="sum"), held(mode="mean"), "unknown",
     [f"AD301 unknown mode {BLOCKS}=sum {BLOCKS}=mean: mode sum, not mean {LIVE} x3"]),
    ("a-truth", held(causal=True), held(causal=False), "unknown",
     [f"AD301 unknown causal {BLOCKS}=True {BLOCKS}=False: causal True, not False {LIVE} x3"]),
    ("none-or-a-number", held(window=None), held(window=7), "unknown",
     [f"AD301 unknown window {BLOCKS}=None {BLOCKS}=7: window None, not 7 {LIVE} x3"]),
    ("a-tuple", held(window=(7, 7)), held(window=(8, 8)), "unknown",
     [f"AD301 unknown window {BLOCKS}=(7, 7) {BLOCKS}=(8, 8): window 7x7, not 8x8 {LIVE} x3"]),
    ("a-member", held(mode=Mode.SUM), held(mode=Mode.MEAN), "unknown",
     [f"AD301 unknown mode {BLOCKS}=Mode.SUM {BLOCKS}=Mode.MEAN: mode Mode.SUM, not Mode.MEAN {LIVE} x3"]),
    ("a-dtype", held(softmax=torch.float32), held(softmax=torch.float16), "unknown",
     [f"AD301 unknown softmax {BLOCKS}=torch.float32 {BLOCKS}=torch.float16: softmax torch.float32, not torch.float16 "
      f"{LIVE} x3"]),
    ("a-function", held(act=functional.relu), held(act=functional.gelu), "unknown",
     [f"AD301 unknown act {BLOCKS}=torch.nn.functional.relu {BLOCKS}=torch.nn.functional.gelu: act "
      f"torch.nn.functional.relu, not torch.nn.functional.gelu {LIVE} x3"]),
    ("a-class", held(norm=nn.LayerNorm), held(norm=nn.RMSNorm), "unknown",
     [f"AD301 unknown norm {BLOCKS}=torch.nn.LayerNorm {BLOCKS}=torch.nn.RMSNorm: norm torch.nn.LayerNorm, not "
      f"torch.nn.RMSNorm {LIVE} x3"]),
    ("a-partial", held(act=nets.leaky), held(act=partial(functional.leaky_relu, negative_slope=0.1)), "unknown",
     [f"AD301 unknown act {BLOCKS}=('partial', 'torch.nn.functional.leaky_relu', ('negative_slope', 0.2)) "
      f"{BLOCKS}=('partial', 'torch.nn.functional.leaky_relu', ('negative_slope', 0.1)): act ('partial', "
      f"'torch.nn.functional.leaky_relu', ('negative_slope', 0.2)), not ('partial', "
      f"'torch.nn.functional.leaky_relu', ('negative_slope', 0.1)) {LIVE} x3"]),
    ("a-number-of-a-place-too-many", partial(Net, 4), Net, "function",
     ["AD106 function None blocks.3=None -: the candidate has 4 Block blocks, not 3"]),
    ("a-width-and-what-follows", partial(Net, 1, width=16), partial(Net, 1), "function",
     [f"AD301 function in_features {BLOCKS}.qkv=16 {BLOCKS}.qkv=8: in_features 16, not 8",
      f"-> width 16, not 8 {LIVE}", f"-> head_dim 4, not 2 {LIVE}", f"-> scale 0.5, not 0.7071067811865476 {LIVE}",
      f"AD301 function out_features {BLOCKS}.qkv=48 {BLOCKS}.qkv=24: out_features 48, not 24",
      f"AD301 function in_features {BLOCKS}.out=16 {BLOCKS}.out=8: in_features 16, not 8",
      f"AD301 function out_features {BLOCKS}.out=16 {BLOCKS}.out=8: out_features 16, not 8",
      "-> normalized_shape 16, not 8"]),
    ("of-one-block", lambda: odd(1, 7), lambda: odd(1, 8), "unknown",
     [f"AD301 unknown window blocks.1.attention=7 blocks.1.attention=8: window 7, not 8 {LIVE}"]),
    ("two-decisions", held(causal=True, base=5e5), held(causal=False), "unknown",
     [f"AD301 unknown causal {BLOCKS}=True {BLOCKS}=False: causal True, not False {LIVE} x3",
      f"AD301 unknown rope_base {BLOCKS}=500000.0 {BLOCKS}=10000.0: rope_base 500000.0, not 10000.0 {LIVE} x3"]),
    ("lora", Adapter, partial(Adapter, 32), "unknown",
     [f"AD301 unknown lora_alpha .=(('default', 16),) .=(('default', 32),): lora_alpha (('default', 16),), not "
      f"(('default', 32),) {LIVE}", f"-> scaling (('default', 4.0),), not (('default', 8.0),) {LIVE}"]),
    ("angles", partial(Rotary, 5e5), Rotary, "unknown",
     ["AD301 unknown angles .=fc1e95d4 .=5b403fe1: angles holds other numbers (live attribute), which the constructor "
      "works out of its arguments"]),
    ("more-angles", partial(Rotary, places=8), Rotary, "unknown",
     [f"AD301 unknown angles .=(8,) .=(4,): angles 8, not 4 {LIVE}"]),
    ("base-of-a-known-class", lambda: nn.Sequential(MyRotaryEmbedding(5e5)), lambda: nn.Sequential(MyRotaryEmbedding()),
     "function",
     [f"AD301 function rope_base 0=500000.0 0=10000.0: rope_base 500000.0, not 10000.0 {LIVE}",
      "-> inv_freq holds other numbers (live attribute), which the constructor works out of its arguments"]),
    ("eps-of-another-library", lambda: nn.Sequential(nets.T5LayerNorm(1e-3)), lambda: nn.Sequential(nets.T5LayerNorm()),
     "function",
     [f"AD301 function eps 0=0.001 0=1e-06: eps 0.001, not 1e-06 (small) {LIVE}",
      f"-> variance_epsilon 0.001, not 1e-06 {LIVE}"]),
    ("norm-first", encoder(norm_first=True), encoder(), "function",
     [f"AD301 function norm_first 1=True 1=False: norm_first True, not False (pre-norm or post-norm) {LIVE}"]),
    ("activation-of-a-block", encoder(activation="gelu"), encoder(), "function",
     [f"AD301 function activation 1=gelu 1=relu: activation gelu, not relu {LIVE}"]),
    ("batch-first", two(nn.MultiheadAttention, 8, 2, batch_first=True), two(nn.MultiheadAttention, 8, 2), "function",
     [f"AD301 function batch_first 1=True 1=False: batch_first True, not False (which dimension is the batch) {LIVE}"]),
    ("heads-of-torch", two(nn.MultiheadAttention, 8, 2), two(nn.MultiheadAttention, 8, 4), "function",
     [f"AD301 function num_heads 1=2 1=4: num_heads 2, not 4 {LIVE}"]),
    ("count-include-pad", two(nn.AvgPool2d, 3, padding=1), two(nn.AvgPool2d, 3, padding=1, count_include_pad=False),
     "function", [f"AD301 function count_include_pad 1=True 1=False: count_include_pad True, not False {LIVE}"]),
    ("of-a-class-called-as-torch's", two(AvgPool2d, 3, padding=1),
     two(AvgPool2d, 3, padding=1, count_include_pad=False), "function",
     [f"AD301 function count_include_pad 1=True 1=False: count_include_pad True, not False {LIVE}"]),
    ("of-a-class-under-its-own-name", two(OwnPool, 3, padding=1), two(OwnPool, 3, padding=1, count_include_pad=False),
     "unknown", [f"AD301 unknown count_include_pad 1=True 1=False: count_include_pad True, not False {LIVE}"]),
    ("align-corners", upsample(align_corners=True), upsample(), "function",
     ["AD301 function align_corners 1=True 1=None: align_corners True, not None (moves every interpolated number) "
      f"{LIVE}"]),
    ("nonlinearity", two(nn.RNN, 3, 4, nonlinearity="relu"), two(nn.RNN, 3, 4), "function",
     [f"AD301 function nonlinearity 1=relu 1=tanh: nonlinearity relu, not tanh {LIVE}"]),
    ("of-a-parametrization", spectral(n_power_iterations=3), spectral(), "training",
     [f"AD301 training n_power_iterations 0.parametrizations.weight.0=3 0.parametrizations.weight.0=1: "
      f"n_power_iterations 3, not 1 {LIVE}: 0 is only in the candidate"]),
    ("tied-head", partial(nets.tied, True), partial(nets.tied, False), "function",
     ["AD301 function shared head=embed.weight, head.weight head=: embed.weight, head.weight share one weight in the "
      "candidate only"]),
    ("a-bare-parameter", partial(Bare, token=(1, 4)), Bare, "unknown",
     [f"AD301 unknown token .=(1, 4) .=none: a parameter of Bare only in the candidate {LIVE}: token"]),
    ("a-bare-buffer", partial(Bare, buffer=(4,)), Bare, "unknown",
     [f"AD301 unknown buffer .=(4,) .=none: a buffer of Bare only in the candidate {LIVE}: buffer"]),
    ("a-bare-parameter-of-three", lambda: nn.ModuleList(Bare(token=(1, n)) for n in (1, 2, 3)),
     lambda: nn.ModuleList(Bare() for _ in range(3)), "unknown",
     [f"AD301 unknown token 0=(1, 1) 0=none: a parameter of Bare only in the candidate {LIVE}: token x3"]),
    ("another-shape", partial(Bare, token=(1, 4)), partial(Bare, token=(1, 5)), "function",
     [f"AD301 function token .=(1, 4) .=(1, 5): token 1x4, not 1x5 {LIVE}"]),
    ("another-name", partial(Bare, token=(1, 4)), partial(Bare, cls=(1, 4)), "cosmetic",
     [f"AD107 cosmetic None token=None cls=None: names or nesting differ, so checkpoint keys change: token is cls "
      f"{LIVE}"]),
    ("another-name-and-shape", partial(Bare, token=(1, 4)), partial(Bare, cls=(1, 5)), "unknown",
     [f"AD301 unknown token .=(1, 4) .=none: a parameter of Bare only in the candidate {LIVE}: token",
      f"AD301 unknown cls .=none .=(1, 5): a parameter of Bare only in the reference {LIVE}: cls"]),
    ("held-elsewhere", lambda: holding_a(Bare(token=(1, 4)), Bare()), lambda: holding_a(Bare(), Bare(token=(1, 4))),
     "cosmetic",
     [f"AD107 cosmetic None a.token=None b.token=None: names or nesting differ, so checkpoint keys change: a.token is "
      f"b.token {LIVE}"]),
    ("a-width-that-is-hidden", hiding(width=16), hiding(), "function",
     [f"AD301 function weight h.layers.0=(16, 8) h.layers.0=(8, 8): weight 16x8, not 8x8 {LIVE}",
      f"-> out_features 16, not 8 {LIVE}",
      f"AD301 function bias h.layers.0=(16,) h.layers.0=(8,): bias 16, not 8 {LIVE}"]),
    ("a-layer-that-is-hidden", hiding(layers=2), hiding(), "unknown",
     [f"AD301 unknown weight h.layers.1=(8, 8) -: a parameter of Hiding only in the candidate {LIVE}: weight",
      f"AD301 unknown bias h.layers.1=(8,) -: a parameter of Hiding only in the candidate {LIVE}: bias"]),
    ("a-class-that-is-hidden", hiding(act=nn.ReLU()), hiding(act=nn.Tanh()), "unknown",
     [f"AD301 unknown class h.act=ReLU h.act=Tanh: class ReLU, not Tanh {LIVE}"]),
    ("heads-that-are-hidden", hiding(heads=2), hiding(), "unknown",
     [f"AD301 unknown num_heads h.inner=2 h.inner=4: num_heads 2, not 4 {LIVE}", f"-> head_dim 4, not 2 {LIVE}",
      f"-> scale 0.5, not 0.7071067811865476 {LIVE}"]),
    ("a-hook", partial(nets.hooked, nets.doubled), nets.mlp, "function",
     [f"AD301 function forward_hook 1={hook(nets.doubled)} 1=none: a forward hook only in the candidate {LIVE}: "
      f"{hook(nets.doubled)}: 1 * 2 is only in the candidate"]),
    ("a-hook-before", partial(nets.hooked, print, "forward_pre"), nets.mlp, "equivalent",
     [f"AD301 equivalent forward_pre_hook 1=builtins.print 1=none: a forward_pre hook only in the candidate {LIVE}: "
      "builtins.print: the forwards do the same, as traced"]),
    ("a-hook-of-gradients", partial(nets.hooked, print, "full_backward"), nets.mlp, "unknown",
     [f"AD301 unknown backward_hook 1=builtins.print 1=none: a backward hook only in the candidate {LIVE}: "
      "builtins.print"]),
    ("a-mask", partial(nets.pruned, 0.5), nets.mlp, "function",
     [f"AD501 function weight_density 0=0.5 0=1.0: weights 50 % non-zero (4 of 8 a unit), not dense {LIVE}"]),
    ("another-mask", partial(nets.pruned, 0.5), partial(nets.pruned, 0.25), "function",
     [f"AD501 function weight_density 0=0.5 0=0.75: weights 50 % non-zero (4 of 8 a unit), not 75 % non-zero (6 of 8 a "
      f"unit) {LIVE}"]),
    ("precision", nets.in_half, nets.normed, "function",
     ["AD301 function dtype 0=bfloat16 0=float32: dtype bfloat16, not float32 (live attribute: another precision, so "
      "results differ by rounding) x3"]),
    ("frozen", partial(nets.frozen, 0, 3), nets.normed, "training",
     [f"AD401 training requires_grad 0=False 0=True: requires_grad False, not True {LIVE} x2"]),
    ("frozen-norm", partial(nets.in_eval, 1), nets.normed, "training",
     ["AD401 training training 1=eval 1=train: in eval mode in the candidate only, whose network is in train mode"]),
    ("training-in-eval", partial(nets.training_inside, 2), nets.training_inside, "inference",
     ["AD301 inference training 2=train 2=eval: in train mode in the candidate only, whose network is in eval mode"]),
    ("the-whole-network", nets.training_inside, nets.normed, "state",
     ["AD301 state training .=eval .=train: the network is in eval mode, not in train mode"]),
    ("heads-by-another-name", lambda: holding_a(Attending(num_heads=2)), lambda: holding_a(Attending(n_head=4)),
     "unknown",
     [f"AD301 unknown num_heads a=2 a=4: num_heads 2, not 4 {LIVE}"]),
    ("printed-by-one", lambda: nn.Sequential(Scale(3.0)), lambda: nn.Sequential(Scale(2.0, True)), "function",
     [f"AD301 function factor 0=3.0 0=2.0: factor 3.0, not 2.0 {LIVE}"]),
]  # fmt: skip


#: id, the live module, the print, findings with the candidate live
BESIDE_A_PRINT: list[tuple[str, Make, Make, str, list[str]]] = [
    ("nothing-that-a-print-leaves-open", partial(Bare, token=(1, 4)), Bare, "identical", []),
    ("masks", partial(nets.pruned, 0.5), nets.mlp, "identical", []),
    ("modes-and-precision", nets.in_half, nets.training_inside, "identical", []),
    ("hooks", partial(nets.hooked, nets.doubled), nets.mlp, "identical",
     ["AD701 unknown forward .=unknown .=unknown: what the forward of the reference does beside its layers is not "
      "printed; that of the candidate calls mul"]),
    ("attributes-of-blocks", held(heads=2), Net, "identical",
     [f"AD701 unknown num_heads {BLOCKS}=2 {BLOCKS}=unknown: num_heads of Attention is 2 in the candidate {LIVE}; the "
      "reference does not print it, and must have the same x3"]),
    ("other-heads-in-each-block", lambda: of_heads(2, 4), lambda: of_heads(4, 4), "identical",
     [f"AD701 unknown num_heads 0=(2, 4) 0=unknown: num_heads of Attention is 2, 4 in the candidate {LIVE}; the "
      "reference does not print it, and must have the same x2"]),
    ("settings-of-a-class-that-prints-none", lambda: nn.Sequential(Plain(3.0)), lambda: nn.Sequential(Plain(2.0)),
     "identical",
     ["AD701 unknown settings 0=factor=3.0, mode=sum 0=unknown: Plain has factor=3.0, mode=sum in the candidate (live "
      "attributes); the reference prints none of it, and must have the same"]),
    ("no-settings", lambda: nn.Sequential(Nothing()), lambda: nn.Sequential(Nothing()), "identical",
     ["AD701 unknown settings 0= 0=unknown: Nothing holds no settings in the candidate (live module); the reference "
      "prints none of it"]),
    ("printed-by-one-and-equal", lambda: nn.Sequential(Scale(2.0)), lambda: nn.Sequential(Scale(2.0, True)), "cosmetic",
     ["AD302 cosmetic None 0=None 0=None: printed differently, which changes no layer: (0): Scale(), not (0): "
      "Scale(factor=2.0)"]),
    ("printed-by-one", lambda: nn.Sequential(Scale(3.0)), lambda: nn.Sequential(Scale(2.0, True)), "function",
     [f"AD301 function factor 0=3.0 0=2.0: factor 3.0, not 2.0 {LIVE}"]),
    ("eps-of-another-library", lambda: nn.Sequential(nets.T5LayerNorm(1e-3)), lambda: nn.Sequential(nets.T5LayerNorm()),
     "identical",
     [f"AD701 unknown eps 0=0.001 0=unknown: eps is not printed by the reference; the other side has 0.001 {LIVE}"]),
    ("lora", lambda: nn.Sequential(Adapter()), lambda: nn.Sequential(Adapter()), "identical",
     [f"AD701 unknown lora_alpha 0=(('default', 16),) 0=unknown: lora_alpha of Linear is (('default', 16),) in the "
      f"candidate {LIVE}; the reference does not print it, and must have the same"]),
]  # fmt: skip


def told(findings: Iterable[Finding]) -> Iterator[str]:
    """Each finding with both places and values; of what follows from one its message."""
    for each in findings:
        places = [f"{at.path or '.'}={at.value}" if at else "-" for at in (each.candidate, each.reference)]
        count = f" x{each.count}" if each.count > 1 else ""
        yield f"{each.rule} {each.effect.word} {each.setting} {' '.join(places)}: {each.message}{count}"
        yield from (f"-> {consequence.message}" for consequence in each.consequences)


@pytest.mark.parametrize(("ours", "theirs"), [case[1:] for case in LEFT_ALONE], ids=[case[0] for case in LEFT_ALONE])
def test_what_is_left_alone(ours: Make, theirs: Make) -> None:
    for sides in ((ours(), theirs()), (theirs(), ours())):
        outcome = archdiff.compare(*sides)
        assert (outcome.verdict, outcome.findings) == ("identical", ())


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_two_hold_otherwise(ours: Make, theirs: Make, verdict: str, expected: list[str]) -> None:
    outcome = archdiff.compare(ours(), theirs())
    assert [*told(outcome.findings)] == expected
    assert outcome.verdict == verdict
    back = archdiff.compare(theirs(), ours())
    assert back.verdict == verdict
    assert sorted((each.effect, each.count) for each in back.findings) == sorted(
        (each.effect, each.count) for each in outcome.findings
    )
    for make in (ours, theirs):
        assert archdiff.compare(make(), make()).verdict == "identical"


@pytest.mark.parametrize(
    ("live", "printed", "verdict", "expected"),
    [case[1:] for case in BESIDE_A_PRINT],
    ids=[case[0] for case in BESIDE_A_PRINT],
)
def test_a_live_module_beside_a_print(live: Make, printed: Make, verdict: str, expected: list[str]) -> None:
    text = f"{printed()!r}\n"
    outcome = archdiff.compare(live(), text)
    assert [*told(outcome.findings)] == expected
    assert outcome.verdict == verdict
    back = archdiff.compare(text, live())
    assert back.verdict == verdict
    assert [(each.rule, each.effect, each.setting) for each in back.findings] == [
        (each.rule, each.effect, each.setting) for each in outcome.findings
    ]
