# ruff: noqa: E501  (tables: a case a line)
"""The same finding in many places as one, and a block that one side lacks as one."""

from __future__ import annotations

import pytest

from answers import Case, compared, findings_test, holding


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=({kernel}, {kernel}), stride=({stride}, {stride}), padding=({kernel // 2}, {kernel // 2}))"


def ordered(*layers: str) -> str:
    return holding("Sequential", *layers)


def net(**children: str) -> str:
    return holding("Net", **children)


def stack(*blocks: str) -> str:
    return net(layers=holding("ModuleList", *blocks))


def block(*layers: str, name: str = "Block") -> str:
    return holding(name, **{f"l{at}": layer for at, layer in enumerate(layers)})


def folded(count: int, layer: str) -> str:
    inner = holding("Block", fc=layer).replace("\n", "\n    ")
    return f"Net(\n  (layers): ModuleList(\n    (0-{count - 1}): {count} x {inner}\n  )\n)"


def adapted(base: str) -> str:
    parts = {
        f"lora_{name}": holding("ModuleDict", default=text)
        for name, text in (("A", linear(8, 2, False)), ("B", linear(2, 8, False)))
    }
    return holding("lora.Linear", base_layer=base, **parts)


DROP = "Dropout(p={})"


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # one edit in numbered neighbours
    ("same-in-two-blocks", stack(block(linear(8, 8)), block(linear(8, 8))),
     stack(block(linear(8, 8, False)), block(linear(8, 8, False))), None,
     ["AD301 function layers.0.l0|layers.0.l0: bias True, not False x2"]),
    ("another-in-each-block", stack(block(DROP.format(0.1)), block(DROP.format(0.2))),
     stack(block(DROP.format(0.3)), block(DROP.format(0.3))), None,
     ["AD401 training layers.0.l0|layers.0.l0: p 0.1, not 0.3",
      "AD401 training layers.1.l0|layers.1.l0: p 0.2, not 0.3"]),
    ("same-in-two-classes", stack(block("Dropout(p=0.1)", name="A"), block("Dropout(p=0.1)", name="B")),
     stack(block("Dropout(p=0.2)", name="A"), block("Dropout(p=0.2)", name="B")), None,
     ["AD401 training layers.0.l0|layers.0.l0: p 0.1, not 0.2 x2"]),
    ("same-for-two-kinds", stack(block("Dropout(p=0.1)"), block("Dropout2d(p=0.1)")),
     stack(block("Dropout(p=0.2)"), block("Dropout2d(p=0.2)")), None,
     ["AD401 training layers.0.l0|layers.0.l0: p 0.1, not 0.2",
      "AD401 training layers.1.l0|layers.1.l0: p 0.1, not 0.2"]),
    ("same-in-a-folded-block", folded(3, linear(8, 8)), folded(3, linear(8, 8, False)), None,
     ["AD301 function layers.0.fc|layers.0.fc: bias True, not False x3"]),
    ("fewer-of-a-folded-block", folded(3, linear(8, 8)), folded(5, linear(8, 8)), None,
     ["AD106 function -|layers.3: the candidate has 3 Block blocks, not 5 x2"]),
    ("missing-in-each-block", stack(block(linear(8, 8), "Tanh()"), block(linear(8, 8), "Tanh()")),
     stack(block(linear(8, 8)), block(linear(8, 8))), None,
     ['AD104 unknown layers.0.l1|-: only in the candidate: Tanh: the other forward may call it as a function, which no print shows x2 [import inspect; print(inspect.getsource(type(model.get_submodule("layers.0")).forward))]']),
    ("replaced-in-each-block", stack(block(linear(8, 8), "Tanh()"), block(linear(8, 8), "Tanh()")),
     stack(block(linear(8, 8), "ReLU()"), block(linear(8, 8), "ReLU()")), None,
     ["AD105 function layers.0.l1|layers.0.l1: Tanh, not ReLU x2"]),
    ("replaced-under-two-names", net(a="Tanh()", b=linear(8, 8), c="Tanh()"),
     net(a="ReLU()", b=linear(8, 8), c="ReLU()"), None,
     ["AD105 function a|a: Tanh, not ReLU x2"]),
    ("missing-under-two-names", net(a=ordered(linear(8, 8), "Tanh()"), b=ordered(linear(8, 8), "Tanh()")),
     net(a=ordered(linear(8, 8)), b=ordered(linear(8, 8))), None,
     ["AD104 function a.1|-: only in the candidate: Tanh", "AD104 function b.1|-: only in the candidate: Tanh"]),
    ("widths-with-consequences", stack(block(linear(8, 16), linear(16, 8)), block(linear(8, 16), linear(16, 8))),
     stack(block(linear(8, 32), linear(32, 8)), block(linear(8, 32), linear(32, 8))), None,
     ["AD301 function layers.0.l0|layers.0.l0: out_features 16, not 32 x2",
      "-> AD301 function layers.0.l1|layers.0.l1: in_features 16, not 32",
      "AD701 unknown layers.0|layers.0: neither print shows the activation of Block x2 [...]"]),
    ("two-stages-of-another-depth", net(a=holding("ModuleList", *[block(linear(8, 8), "Tanh()")] * 3), b=holding("ModuleList", *[block(linear(8, 8), "Tanh()")] * 3)),
     net(a=holding("ModuleList", *[block(linear(8, 8), "Tanh()")] * 2), b=holding("ModuleList", *[block(linear(8, 8), "Tanh()")] * 2)), None,
     ["AD106 function a.2|-: the candidate has 3 Block blocks, not 2",
      "AD106 function b.2|-: the candidate has 3 Block blocks, not 2"]),
    ("swapped-in-each-block", ordered(ordered(linear(8, 8), "Tanh()", "Dropout(p=0.1)"), ordered(linear(8, 8), "Tanh()", "Dropout(p=0.1)")),
     ordered(ordered(linear(8, 8), "Dropout(p=0.1)", "Tanh()"), ordered(linear(8, 8), "Dropout(p=0.1)", "Tanh()")), None,
     ["AD101 training 0.1|0.2: Tanh runs before Dropout, not after it: Dropout does nothing in eval mode x2"]),
    # layers that one side lacks as a block
    ("whole-sequential", net(a=linear(8, 8), b=ordered(linear(8, 8), "Tanh()")), net(a=linear(8, 8)), None,
     ["AD104 function b|-: only in the candidate: Sequential (2 layers)"]),
    ("whole-sequential-of-one", net(a=linear(8, 8), b=ordered(linear(8, 8))), net(a=linear(8, 8)), None,
     ["AD104 function b|-: only in the candidate: Sequential (1 layer)"]),
    ("whole-sequential-in-a-sequential", ordered(linear(8, 8), ordered(linear(8, 8), "Tanh()")),
     ordered(linear(8, 8)), None,
     ["AD104 function 1|-: only in the candidate: Sequential (2 layers)"]),
    ("whole-sequential-in-the-reference", ordered(linear(8, 8)),
     ordered(linear(8, 8), ordered(linear(8, 8), "Tanh()")), None,
     ["AD103 function -|1: only in the reference: Sequential (2 layers)"]),
    ("part-of-a-sequential", ordered(linear(8, 8), ordered(linear(8, 8), "Tanh()", "Sigmoid()")),
     ordered(linear(8, 8), ordered(linear(8, 8))), None,
     ["AD104 function 1.1|-: only in the candidate: Tanh", "AD104 function 1.2|-: only in the candidate: Sigmoid"]),
    ("whole-sequential-of-two-effects", ordered(linear(8, 8), ordered(linear(8, 8), "Dropout(p=0.1)")),
     ordered(linear(8, 8)), None,
     ["AD104 function 1.0|-: only in the candidate: Linear",
      "AD104 training 1.1|-: only in the candidate: Dropout"]),
    ("all-of-a-network", ordered(linear(8, 8), "Tanh()"), ordered("Sigmoid()"), None,
     ["AD104 function 0|-: only in the candidate: Linear", "AD105 function 1|0: Tanh, not Sigmoid"]),
    ("two-whole-sequentials", ordered(linear(8, 8), ordered(linear(8, 8), "Tanh()"), ordered(linear(8, 8), "Tanh()")),
     ordered(linear(8, 8)), None,
     ["AD104 function 1|-: only in the candidate: Sequential (2 layers) x2"]),
    # adapters are one decision, whatever the class of their layers
    ("adapters-of-two-classes", net(q=adapted(linear(8, 8)), k=adapted(linear(8, 8).replace("Linear", "NonDynamicallyQuantizableLinear"))),
     net(q=linear(8, 8), k=linear(8, 8).replace("Linear", "NonDynamicallyQuantizableLinear")), None,
     ["AD301 function q|q: adapter LoRA, not none (equal as long as the adapter was not trained) x2 [...]",
      "AD701 unknown .|.: neither print shows the number of heads of Net, nor its scale, dropout and window [...]"]),
]  # fmt: skip


test_findings = findings_test(CASES)


@pytest.mark.parametrize(("candidate", "reference"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_places(candidate: str, reference: str) -> None:
    """All places where a finding stands for several; of one it is its own."""
    for finding in compared(candidate, reference).findings:
        assert len(finding.places) in ((0,) if finding.count == 1 else (0, finding.count))
