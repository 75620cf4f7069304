# ruff: noqa: E501  (tables: a case a line)
"""A layer or block that only one side has: every finding, in words."""

from __future__ import annotations

from answers import Case, findings_test, holding

LINEAR = "Linear(in_features=4, out_features=4, bias=True)"
CONV = "Conv2d(3, 3, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
NORM = "LayerNorm((4,), eps=1e-05, elementwise_affine=True)"
BATCH_NORM = "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
HALF = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
CLASSES = "Linear(in_features={}, out_features=2, bias=True)"


def ordered(*children: str) -> str:
    return holding("Sequential", *children)


def net(**children: str) -> str:
    return holding("Net", **children)


def block(**children: str) -> str:
    return holding("Block", **children)


def in_a_list(*children: str) -> str:
    return net(h=holding("ModuleList", *children))


EIGHT = "Linear(in_features=8, out_features=8, bias=True)"
SPLIT = holding("Attention", q=EIGHT, k=EIGHT, v=EIGHT, proj=EIGHT)
FUSED = holding("Attention", qkv="Linear(in_features=8, out_features=24, bias=True)", proj=EIGHT)
TWICE = (holding("Attention", conv1=EIGHT, conv2=FUSED), holding("Attention", conv1=SPLIT, conv2=SPLIT))

MLP = block(fc=LINEAR, act="ReLU()")


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # measures and losses: part of no forward, unless a Sequential calls them
    ("metric-in-order", ordered(LINEAR, "Accuracy()", LINEAR), ordered(LINEAR, LINEAR), None,
     ["AD104 function 1|-: only in the candidate: Accuracy: its container calls it as a layer, with one input"]),
    ("metric-of-somebody", net(a=LINEAR, m="Accuracy()", b=LINEAR), net(a=LINEAR, b=LINEAR), None,
     ["AD104 cosmetic m|-: only in the candidate: Accuracy: measures outputs, not part of the forward pass"]),
    ("loss-in-order", ordered(LINEAR, "CrossEntropyLoss()"), ordered(LINEAR), None,
     ["AD104 function 1|-: only in the candidate: CrossEntropyLoss: its container calls it as a layer, with one input"]),
    ("loss-of-somebody", net(a=LINEAR, loss="CrossEntropyLoss()"), net(a=LINEAR), None,
     ["AD104 training loss|-: only in the candidate: CrossEntropyLoss: used in training, not part of the forward pass"]),
    # what a forward that is not printed may call as a function
    ("function-at-the-root", net(a=LINEAR, act="ReLU()", b=LINEAR), net(a=LINEAR, b=LINEAR), None,
     ["AD104 unknown act|-: only in the candidate: ReLU: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("function-in-a-block", net(x=block(a=LINEAR, act="ReLU()", b=LINEAR)), net(x=block(a=LINEAR, b=LINEAR)), None,
     ['AD104 unknown x.act|-: only in the candidate: ReLU: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("dropout-of-a-chain", net(x=holding("ConvBlock", conv=CONV, bn=BATCH_NORM, drop="Dropout(p=0.5)")),
     net(x=holding("ConvBlock", conv=CONV, bn=BATCH_NORM)), None,
     ['AD104 unknown x.drop|-: only in the candidate: Dropout: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("where-an-identity-stands", net(x=block(a=LINEAR, act="ReLU()", b=LINEAR)),
     net(x=block(a=LINEAR, act="Identity()", b=LINEAR)), None,
     ["AD105 function x.act|x.act: ReLU, not Identity"]),
    ("at-the-end-of-a-sequential", net(features=ordered(CONV, "ReLU()"), head=CONV),
     net(features=ordered(CONV), head=CONV), None,
     ["AD104 function features.1|-: only in the candidate: ReLU"]),
    ("held-as-a-setting", holding("TransformerEncoderLayer", linear1=LINEAR, activation="GELU(approximate='none')"),
     holding("TransformerEncoderLayer", linear1=LINEAR), None,
     ["AD104 unknown activation|-: only in the candidate: GELU: the other forward may call it as a function, which no print shows [...]",
      "AD701 unknown .|.: neither print shows norm_first of TransformerEncoderLayer [...]"]),
    # a norm with weights of its own is no other one that runs twice
    ("norm-beside-its-equal", net(x=block(a=LINEAR, n1=NORM, b=LINEAR, n2=NORM)),
     net(x=block(a=LINEAR, n1=NORM, b=LINEAR)), None,
     ["AD104 function x.n2|-: only in the candidate: LayerNorm"]),
    ("norm-beside-another", net(x=block(a=LINEAR, n1=NORM, b=LINEAR, n2=NORM.replace("05", "06"))),
     net(x=block(a=LINEAR, n1=NORM, b=LINEAR)), None,
     ["AD104 function x.n2|-: only in the candidate: LayerNorm"]),
    # whether the shapes leave room for it
    ("room-for-a-pool", net(x=block(a=CONV, p=HALF, b=CONV)), net(x=block(a=CONV, b=CONV)), (3, 8, 8),
     ['AD104 unknown x.p|-: only in the candidate: MaxPool2d: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("no-room-for-a-flatten", net(x=block(a=CONV, f="Flatten(start_dim=1, end_dim=-1)", b=CONV)),
     net(x=block(a=CONV, b=CONV)), (3, 8, 8),
     ["AD104 function x.f|-: only in the candidate: Flatten"]),
    ("no-room-for-a-flatten-any-size", net(x=block(a=CONV, f="Flatten(start_dim=1, end_dim=-1)", b=CONV)),
     net(x=block(a=CONV, b=CONV)), None,
     ['AD104 unknown x.f|-: only in the candidate: Flatten: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("nothing-behind", net(x=block(a=CONV, f="Flatten(start_dim=1, end_dim=-1)")), net(x=block(a=CONV)), (3, 8, 8),
     ['AD104 unknown x.f|-: only in the candidate: Flatten: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("unknown-behind", net(x=block(a=CONV, p=HALF, b="Odd()")), net(x=block(a=CONV, b="Odd()")), (3, 8, 8),
     ['AD104 unknown x.p|-: only in the candidate: MaxPool2d: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]',
      "AD701 unknown x.b|x.b: neither print shows the settings of Odd, which prints none [...]"]),
    ("room-before-a-linear", net(x=block(a=CONV, p=HALF, b="Linear(in_features=8, out_features=8, bias=True)")),
     net(x=block(a=CONV, b="Linear(in_features=8, out_features=8, bias=True)")), (3, 8, 8),
     ["AD104 function x.p|-: only in the candidate: MaxPool2d"]),
    # what is looked through for branches opens blocks that stand twice, and these add to it
    ("branches-in-blocks-that-stand-twice", ordered(EIGHT), ordered(*TWICE), None,
     ["AD103 function -|0.conv2: only in the reference: Attention (2 layers)",
      "AD103 function -|1.conv1: only in the reference: Attention (4 layers)",
      "AD103 function -|1.conv2: only in the reference: Attention (4 layers)",
      'AD108 unknown -|0: only in the reference, around layers that both have: Attention (3 layers): Attention may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("0")).forward))]',
      'AD108 unknown -|1: only in the reference, around layers that both have: Attention (8 layers): Attention may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("1")).forward))]',
      "AD107 cosmetic 0|0.conv1: names or nesting differ, so checkpoint keys change: 0 is 0.conv1"]),
    # what does nothing may be a branch
    ("identity-in-a-list", in_a_list(LINEAR, "Identity()", LINEAR), in_a_list(LINEAR, LINEAR), None,
     ["AD104 unknown h.1|-: only in the candidate: Identity: it may be a separate branch whose output is added [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("identity-called-skip", net(a=LINEAR, skip="Identity()", b=LINEAR), net(a=LINEAR, b=LINEAR), None,
     ["AD104 unknown skip|-: only in the candidate: Identity: it may be a separate branch whose output is added [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("identity-of-a-residual", net(x=holding("ResidualBlock", a=LINEAR, i="Identity()")),
     net(x=holding("ResidualBlock", a=LINEAR)), None,
     ['AD104 unknown x.i|-: only in the candidate: Identity: it may be a separate branch whose output is added [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("identity-of-somebody", net(x=block(a=LINEAR, i="Identity()")), net(x=block(a=LINEAR)), None,
     ["AD104 cosmetic x.i|-: only in the candidate: Identity: it does nothing: if Block runs its children in printed order"]),
    ("dropout-of-nothing", net(x=block(a=LINEAR, i="Dropout(p=0.0)", b=LINEAR)),
     net(x=block(a=LINEAR, b=LINEAR)), None,
     ["AD104 equivalent x.i|-: only in the candidate: Dropout: p is 0: if Block runs its children in printed order"]),
    ("identity-in-order", ordered(LINEAR, "Identity()"), ordered(LINEAR), None,
     ["AD302 cosmetic .|-: identity in the candidate (Sequential (2 children)): it gives back its input in training and in inference"]),
    # blocks
    ("one-copy-more", in_a_list(MLP, MLP, MLP), in_a_list(MLP, MLP), None,
     ["AD106 function h.2|-: the candidate has 3 Block blocks, not 2"]),
    ("one-copy-less", in_a_list(MLP, MLP), in_a_list(MLP, MLP, MLP), None,
     ["AD106 function -|h.2: the candidate has 2 Block blocks, not 3"]),
    ("two-blocks-of-none", in_a_list(MLP, MLP, LINEAR), in_a_list(LINEAR), None,
     ["AD104 function h.0|-: only in the candidate: Block (2 layers) x2"]),
    ("one-block", in_a_list(MLP, LINEAR), in_a_list(LINEAR), None,
     ["AD104 function h.0|-: only in the candidate: Block (2 layers)"]),
    ("block-of-a-dropout", ordered(LINEAR, ordered("Dropout(p=0.5)")), ordered(LINEAR), None,
     ["AD104 training 1.0|-: only in the candidate: Dropout"]),
    ("block-of-nothing", ordered(LINEAR, "Block()"), ordered(LINEAR), None,
     ["AD104 function 1|-: only in the candidate: Block"]),
    # a print that is cut
    ("cut-before-it", ordered(LINEAR, "Tanh()", LINEAR), ordered(LINEAR)[:-2], None,
     ["AD104 unknown 1|-: only in the candidate: Tanh: the print of the reference is incomplete [the whole print, to the `)` that closes it]",
      "AD104 unknown 2|-: only in the candidate: Linear: the print of the reference is incomplete [the whole print, to the `)` that closes it]",
      "AD103 unknown .|.: the print of the reference is incomplete: cut off, or part of a larger one, so the rest is unknown [the whole print, to the `)` that closes it]"]),
    ("cut-on-the-other-side", ordered(LINEAR)[:-2], ordered(LINEAR, "Tanh()", LINEAR), None,
     ["AD103 unknown -|1: only in the reference: Tanh: the print of the candidate is incomplete [the whole print, to the `)` that closes it]",
      "AD103 unknown -|2: only in the reference: Linear: the print of the candidate is incomplete [the whole print, to the `)` that closes it]",
      "AD103 unknown .|.: the print of the candidate is incomplete: cut off, or part of a larger one, so the rest is unknown [the whole print, to the `)` that closes it]"]),
    ("identity-behind-a-cut", ordered(LINEAR, "Identity()"), ordered(LINEAR)[:-2], None,
     ["AD103 unknown .|.: the print of the reference is incomplete: cut off, or part of a larger one, so the rest is unknown [the whole print, to the `)` that closes it]",
      "AD302 cosmetic .|-: identity in the candidate (Sequential (2 children)): it gives back its input in training and in inference"]),
    ("dropout-behind-a-cut", ordered(LINEAR, "Dropout(p=0.5)"), ordered(LINEAR)[:-2], None,
     ["AD103 unknown .|.: the print of the reference is incomplete: cut off, or part of a larger one, so the rest is unknown [the whole print, to the `)` that closes it]",
      "AD104 training 1|-: only in the candidate: Dropout: dropout does nothing in inference"]),
    # once is enough, where it runs right beside its equal
    ("relu-behind-a-relu", ordered(LINEAR, "ReLU()", "ReLU()"), ordered(LINEAR, "ReLU()"), None,
     ["AD104 equivalent 2|-: only in the candidate: ReLU: it runs next to its equal, and applied twice computes the same as once"]),
    ("relu-behind-a-block", ordered(block(fc=LINEAR, act="ReLU()"), "ReLU()"),
     ordered(block(fc=LINEAR, act="ReLU()")), None,
     ["AD104 function 1|-: only in the candidate: ReLU"]),
    ("relu-before-a-block", ordered("ReLU()", block(act="ReLU()", fc=LINEAR)),
     ordered(block(act="ReLU()", fc=LINEAR)), None,
     ["AD104 function 0|-: only in the candidate: ReLU"]),
    ("relu-behind-a-chain", ordered(holding("ConvBlock", conv=CONV, bn=BATCH_NORM, act="ReLU()"), "ReLU()"),
     ordered(holding("ConvBlock", conv=CONV, bn=BATCH_NORM, act="ReLU()")), None,
     ["AD104 function 1|-: only in the candidate: ReLU"]),
    ("relu-behind-another-function", ordered(LINEAR, "ReLU()", "Tanh()", "ReLU()"),
     ordered(LINEAR, "ReLU()", "Tanh()"), None,
     ["AD104 equivalent 3|-: only in the candidate: ReLU: the same function of the values that come in here"]),
    ("relu-between-two-of-them", ordered(LINEAR, "ReLU()", "ReLU()", "ReLU()"),
     ordered(LINEAR, "ReLU()", "ReLU()"), None,
     ["AD104 equivalent 3|-: only in the candidate: ReLU: it runs next to its equal, and applied twice computes the same as once"]),
    ("many-relus", ordered(LINEAR, *["ReLU()"] * 30), ordered(LINEAR, "ReLU()"), None,
     ["AD104 equivalent 2|-: only in the candidate: ReLU, repeated (29 layers): the same function of the values that come in here"]),
    ("many-relus-and-none", ordered(LINEAR, *["ReLU()"] * 3), ordered(LINEAR), None,
     ["AD104 function 1|-: only in the candidate: ReLU x3"]),
    ("tanh-behind-a-tanh", ordered(LINEAR, "Tanh()", "Tanh()"), ordered(LINEAR, "Tanh()"), None,
     ["AD104 function 2|-: only in the candidate: Tanh"]),
    # where the other network prints something that does nothing, nothing else is called
    ("beside-an-identity", net(x=block(a=LINEAR, act="ReLU()", b=LINEAR, n=NORM)),
     net(x=block(a=LINEAR, act="Identity()", b=LINEAR)), None,
     ["AD104 function x.act|-: only in the candidate: ReLU",
      "AD104 function x.n|-: only in the candidate: LayerNorm",
      "AD103 cosmetic -|x.act: only in the reference: Identity: it does nothing: if Block runs its children in printed order"]),
    ("beside-an-empty-sequential", net(x=block(a=LINEAR, act="ReLU()", b=LINEAR, n=NORM)),
     net(x=block(a=LINEAR, act="Sequential()", b=LINEAR)), None,
     ["AD104 function x.act|-: only in the candidate: ReLU",
      "AD104 function x.n|-: only in the candidate: LayerNorm",
      "AD103 cosmetic -|x.act: only in the reference: Sequential: it is empty: if Block runs its children in printed order"]),
    ("beside-nothing", net(x=block(a=LINEAR, act="ReLU()", b=LINEAR, n=NORM)), net(x=block(a=LINEAR, b=LINEAR)), None,
     ["AD104 function x.n|-: only in the candidate: LayerNorm",
      'AD104 unknown x.act|-: only in the candidate: ReLU: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
]  # fmt: skip


test_findings = findings_test(CASES)
