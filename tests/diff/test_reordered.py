# ruff: noqa: E501  (tables: a case a line)
"""Another order: what it changes by the layers, and what no forward that is not printed lets anybody say."""

from __future__ import annotations

from answers import Case, findings_test, holding


def linear(inputs: int, outputs: int) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=True)"


def conv(inputs: int, outputs: int) -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"


def ordered(*layers: str) -> str:
    return holding("Sequential", *layers)


def net(**layers: str) -> str:
    return holding("Net", **layers)


def in_a_block(**layers: str) -> str:
    return net(x=holding("Block", **layers))


A, B, C, D = linear(8, 8), linear(8, 8).replace("True", "False"), "Tanh()", "Sigmoid()"
NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"
SELF = holding("Attention", qkv=linear(8, 24), proj=linear(8, 8))
MLP = holding("Mlp", fc1=linear(8, 32), act="GELU(approximate='none')", fc2=linear(32, 8))
POOL = "MaxPool2d(kernel_size=2, stride=2)"
DROP = "Dropout(p=0.5)"


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # neighbours that changed places
    ("two-layers", ordered(A, C, NORM, B), ordered(A, NORM, C, B), None,
     ["AD101 function 1|2: Tanh runs before LayerNorm, not after it"]),
    ("two-of-one-class", ordered(A, B, C), ordered(B, A, C), None,
     ["AD101 function 0|1: Linear 0 runs before Linear 1, not after it"]),
    ("two-of-somebody", in_a_block(a=A, c=C, n=NORM), in_a_block(a=A, n=NORM, c=C), None,
     ['AD101 unknown x.c|x.c: Block declares c in another order: function if Block runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("two-at-the-root", net(a=A, c=C, n=NORM), net(a=A, n=NORM, c=C), None,
     ["AD101 unknown c|c: Net declares c in another order: function if Net runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("two-blocks", ordered(A, SELF, MLP), ordered(A, MLP, SELF), None,
     ["AD101 function 1|2: Attention runs before Mlp, not after it",
      "AD701 unknown 1|2: neither print shows the number of heads of Attention, nor its scale, dropout and window [...]"]),
    ("two-that-commute", ordered(A, "ReLU()", DROP), ordered(A, DROP, "ReLU()"), None,
     ["AD101 equivalent 1|2: ReLU runs before Dropout, not after it: Dropout only scales or zeroes elements, and ReLU is positively homogeneous: f(cx) = c f(x) for c >= 0"]),
    ("two-that-commute-in-a-block", in_a_block(a=A, r="ReLU()", d=DROP), in_a_block(a=A, d=DROP, r="ReLU()"), None,
     ['AD101 unknown x.r|x.r: Block declares r in another order: equivalent if Block runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("two-that-commute-in-a-chain", net(x=holding("ConvBlock", conv=conv(3, 3), r="ReLU()", p=POOL)),
     net(x=holding("ConvBlock", conv=conv(3, 3), p=POOL, r="ReLU()")), None,
     ['AD101 unknown x.r|x.r: ConvBlock declares r in another order: equivalent if ConvBlock runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]',
      'AD701 unknown x.p|x.p: neither print shows ceil_mode of MaxPool2d [print(model.get_submodule("x.p").ceil_mode)]']),
    ("two-that-commute-beside-an-unpool", ordered(conv(3, 3), "ReLU()", POOL, "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"),
     ordered(conv(3, 3), POOL, "ReLU()", "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"), None,
     ["AD101 equivalent 1|2: ReLU runs before MaxPool2d, not after it: ReLU is non-decreasing, so the largest input stays the largest",
      'AD701 unknown 2|1: neither print shows ceil_mode of MaxPool2d [print({m.ceil_mode for m in model.modules() if m._get_name() == "MaxPool2d"})]',
      'AD701 unknown 2|1: neither print shows return_indices of MaxPool2d [print({m.return_indices for m in model.modules() if m._get_name() == "MaxPool2d"})]']),
    ("two-of-a-dict", holding("ModuleDict", a=A, n=NORM), holding("ModuleDict", n=NORM, a=A), None,
     ["AD101 unknown a|a: ModuleDict declares a in another order: function if ModuleDict runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("two-of-a-dict-of-somebody", net(h=holding("ModuleDict", a=A, n=NORM)),
     net(h=holding("ModuleDict", n=NORM, a=A)), None,
     ["AD101 unknown h.a|h.a: ModuleDict declares a in another order: function if Net runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("two-that-cannot-run-as-printed", in_a_block(a=linear(8, 16), n="LayerNorm((8,), eps=1e-05, elementwise_affine=True)", b=linear(16, 8)),
     in_a_block(n="LayerNorm((8,), eps=1e-05, elementwise_affine=True)", a=linear(8, 16), b=linear(16, 8)), (8,),
     ["AD101 init x.a|x.a: Block declares a in another order: Block cannot run in printed order: if both classes Block call their children in the same order",
      "AD701 unknown x|x: neither print shows the activation of Block [...]"]),
    ("a-branch-that-is-declared-elsewhere", in_a_block(a=linear(8, 16), b=linear(16, 8), down=linear(8, 8)),
     in_a_block(down=linear(8, 8), a=linear(8, 16), b=linear(16, 8)), (8,),
     ['AD102 unknown x.down|x.down: Block declares down in another order: function if Block runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("metric-and-loss", net(a=A, loss="MSELoss()", m="Accuracy()"), net(a=A, m="Accuracy()", loss="MSELoss()"), None,
     ["AD101 cosmetic loss|loss: Net declares loss in another order: one of them is not part of the forward pass: if Net runs its children in printed order"]),
    # one that stands elsewhere
    ("moved-past-two", ordered(A, NORM, C, B), ordered(A, C, B, NORM), None,
     ["AD102 function 1|3: LayerNorm moved past Tanh, Linear"]),
    ("moved-past-three", ordered(NORM, A, C, D, B), ordered(A, C, D, B, NORM), None,
     ["AD102 function 0|4: LayerNorm moved past Linear, Tanh, Sigmoid"]),
    ("dropout-moved-past-two", ordered(DROP, A, NORM, C), ordered(A, NORM, DROP, C), None,
     ["AD102 training 0|2: Dropout moved past Linear, LayerNorm: Dropout does nothing in eval mode"]),
    ("two-moved-together", ordered(NORM, D, A, C, B), ordered(A, C, B, NORM, D), None,
     ["AD102 function 0|3: LayerNorm and 1 more moved past Linear, Tanh"]),
    ("block-moved", ordered(SELF, A, C, B), ordered(A, C, B, SELF), None,
     ["AD102 function 0|3: Attention moved past Linear, Tanh",
      "AD701 unknown 0|3: neither print shows the number of heads of Attention, nor its scale, dropout and window [...]"]),
    ("moved-into-a-block", net(n=NORM, x=holding("Block", a=A, c=C)), net(x=holding("Block", n=NORM, a=A, c=C)), None,
     ["AD108 cosmetic n|x.n: the same layers in another container: if Net runs its children in printed order",
      "AD107 cosmetic n|x.n: names or nesting differ, so checkpoint keys change: n is x.n: if Net calls n where the reference calls x"]),
    ("moved-out-of-a-sequential", ordered(ordered(A, C), NORM, B), ordered(ordered(A, C, NORM), B), None,
     ["AD107 cosmetic 1|0.2: names or nesting differ, so checkpoint keys change: 1 is 0.2"]),
    # names that a forward calls, in another order
    ("three-names", in_a_block(a=A, n=NORM, c=C), in_a_block(c=C, a=A, n=NORM), None,
     ['AD102 unknown x.c|x.c: Block declares c in another order: function if Block runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("four-names-turned-round", in_a_block(a=A, n=NORM, c=C, d=D), in_a_block(d=D, c=C, n=NORM, a=A), None,
     ['AD102 unknown x.c|x.c: Block declares c, n, a in another order: function if Block runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("identity-among-names", in_a_block(a=A, i="Identity()", c=C), in_a_block(i="Identity()", a=A, c=C), None,
     ["AD101 cosmetic x.a|x.a: Block declares a in another order: one of them does nothing: if Block runs its children in printed order"]),
    ("blocks-among-names", in_a_block(s=SELF, m=MLP), in_a_block(m=MLP, s=SELF), None,
     ['AD101 unknown x.s|x.s: Block declares s in another order: function if Block runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]',
      "AD701 unknown x.s|x.s: neither print shows the number of heads of Attention, nor its scale, dropout and window [...]"]),
    ("numbers-among-names", net(h=holding("ModuleList", A, NORM, C)), net(h=holding("ModuleList", NORM, A, C)), None,
     ["AD101 unknown h.0|h.1: Linear runs before LayerNorm, not after it: function if Net runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("clamped-before-an-unpool", net(c=conv(3, 3), act="Hardtanh(min_val=-1.0, max_val=1.0)", p=POOL, u="MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"),
     net(c=conv(3, 3), p=POOL, act="Hardtanh(min_val=-1.0, max_val=1.0)", u="MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"), (3, 8, 8),
     ["AD101 unknown act|act: Net declares act in another order: equivalent if Net runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]",
      'AD701 unknown p|p: neither print shows return_indices of MaxPool2d [print(model.get_submodule("p").return_indices)]']),
    ("clamped-without-an-unpool", net(c=conv(3, 3), act="Hardtanh(min_val=-1.0, max_val=1.0)", p=POOL),
     net(c=conv(3, 3), p=POOL, act="Hardtanh(min_val=-1.0, max_val=1.0)"), (3, 8, 8),
     ["AD101 equivalent act|act: Net declares act in another order: Hardtanh is non-decreasing, so the largest input stays the largest: if Net runs its children in printed order"]),
]  # fmt: skip


test_findings = findings_test(CASES)
