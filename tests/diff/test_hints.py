"""Lines of Python that show what no print holds, word by word; `execute/test_hints` runs them."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff.diff import hints
from archdiff.infer.leaf import Leaf
from archdiff.semantics.kinds import CUT
from trees import found, index

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"


def leaf(layer: str) -> Leaf:
    """The one layer of a network, under a name."""
    return found(index(holding("Net", fc=layer)).leaf("fc"))


#: id, the path of a layer, the code that finds it
PATHS = [
    ("root", "", "model"),
    ("layer", "fc", 'model.get_submodule("fc")'),
    ("deeper", "blocks.0.fc", 'model.get_submodule("blocks.0.fc")'),
    ("a-name-that-quotes", 'a"]; exit()', 'model.get_submodule("a\\"]; exit()")'),
    ("a-name-with-a-backslash", "a\\", 'model.get_submodule("a\\\\")'),
    ("a-name-in-greek", "λ", 'model.get_submodule("λ")'),
]


@pytest.mark.parametrize(("path", "code"), [case[1:] for case in PATHS], ids=[case[0] for case in PATHS])
def test_the_code_of_a_layer(path: str, code: str) -> None:
    assert hints.forward(path) == f"import inspect; print(inspect.getsource(type({code}).forward))"
    assert hints.class_of(path) == f"import inspect; print(inspect.getsource(type({code})))"


#: id, class names, buffers too, the forward too, which classes, what is shown of each
ATTRIBUTES = [
    ("one-class", ["A"], False, False, '== "A"', "vars(m).items()"),
    ("two-classes", ["A", "B"], False, False, 'in ("A", "B")', "vars(m).items()"),
    ("buffers", ["A"], True, False, '== "A"', "[*vars(m).items(), *m.named_buffers(recurse=False)]"),
    ("forward", ["A"], False, True, '== "A"',
     '[*vars(m).items(), ("forward", __import__("inspect").getsource(m.forward))]'),
    ("both", ["A", "B"], True, True, 'in ("A", "B")',
     '[*vars(m).items(), *m.named_buffers(recurse=False), ("forward", __import__("inspect").getsource(m.forward))]'),
    ("a-name-that-quotes", ['A"'], False, False, '== "A\\""', "vars(m).items()"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "buffers", "forward", "which", "held"), [case[1:] for case in ATTRIBUTES], ids=[c[0] for c in ATTRIBUTES]
)
def test_attributes(names: list[str], buffers: bool, forward: bool, which: str, held: str) -> None:
    assert hints.attributes(*names, buffers=buffers, forward=forward) == (
        f'print(*sorted({{f"{{k}}={{v}}" for m in model.modules() if m._get_name() {which} for k, v in {held} '
        'if k[0] != "_"}), sep="\\n")'
    )


#: id, a layer, a setting, its class, the expression for the setting of a layer `m`
VALUES = [
    ("setting", LINEAR, "in_features", "Linear", "m.in_features"),
    ("bias", LINEAR, "bias", "Linear", "m.bias is not None"),
    ("density", LINEAR, "weight_density", "Linear", "(m.weight != 0).float().mean().item()"),
    ("cut", LINEAR, CUT, "Linear", "m"),
    ("bias-of-another-class", "Conv1D(nf=3, nx=2)", "bias", "Conv1D", "m.bias is not None"),
    ("density-of-another-class", "DSLinear(in_features=8, out_features=8, bias=True)", "weight_density", "DSLinear",
     "(m.weight != 0).float().mean().item()"),
    ("a-name-that-its-kind-lacks", "Conv1D(nf=3, nx=2)", "nx", "Conv1D", "m.nx"),
    ("a-class-without-a-kind", "Mystery(a=1)", "a", "Mystery", "m.a"),
    ("a-norm-of-torch", "RMSNorm((64,), eps=1e-06)", "eps", "RMSNorm", "m.eps"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "name", "class_name", "code"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES]
)
def test_one_setting(layer: str, name: str, class_name: str, code: str) -> None:
    which = f'for m in model.modules() if m._get_name() == "{class_name}"'
    assert hints.values(leaf(layer), name) == f"print({{{code} {which}}})"
    assert hints.value(leaf(layer), name) == f"print({code})".replace("m.", 'model.get_submodule("fc").').replace(
        "print(m)", 'print(model.get_submodule("fc"))'
    )


#: id, a layer of a class that may give a setting another name, the setting
ELSEWHERE = [
    ("a-norm-of-a-library", "LlamaRMSNorm((64,), eps=1e-06)", "eps", "LlamaRMSNorm"),
    ("a-block-that-prints-its-layers", holding("TransformerEncoderLayer", linear1=LINEAR), "norm_first",
     "TransformerEncoderLayer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "name", "class_name"), [case[1:] for case in ELSEWHERE], ids=[case[0] for case in ELSEWHERE]
)
def test_a_setting_that_its_class_may_call_otherwise(layer: str, name: str, class_name: str) -> None:
    shown = hints.attributes(class_name, buffers=True)
    assert hints.value(leaf(layer), name) == shown
    assert hints.values(leaf(layer), name) == shown


def test_a_setting_of_whatever_class() -> None:
    assert hints.values_anywhere("alpha") == ('print({str(m.alpha) for m in model.modules() if hasattr(m, "alpha")})')


def test_every_line_is_python() -> None:
    lines = [hints.SHARED_WEIGHTS, hints.values_anywhere("alpha")]
    lines += [show(path) for _, path, _ in PATHS for show in (hints.forward, hints.class_of)]
    lines += [hints.attributes(*names, buffers=b, forward=f) for _, names, b, f, _, _ in ATTRIBUTES]
    lines += [show(leaf(layer), name) for _, layer, name, *_ in VALUES for show in (hints.value, hints.values)]
    for line in lines:
        compile(line, "hint", "exec")
        assert "\n" not in line
