# ruff: noqa: E501  (tables: a case a line)
"""Layers that differ and compute the same: where that is found, what it takes for granted, and where it is not tried."""

from __future__ import annotations

from answers import Case, findings_test, holding


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def conv(inputs: int, outputs: int, more: str = "") -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=(3, 3), stride=(1, 1){more})"


def ordered(*layers: str) -> str:
    return holding("Sequential", *layers)


def net(*layers: str) -> str:
    return holding("Net", *layers)


def block(*layers: str) -> str:
    return holding("Net", holding("Block", *layers))


PAD = "ZeroPad2d((1, 1, 1, 1))"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
OLD_POOL = "MaxPool2d(kernel_size=7, stride={})"
FLATTEN = "Flatten(start_dim=1, end_dim=-1)"
PADDED = ", padding=(1, 1)"
DROP = "Dropout(p=0.5)"
HEAD = "AdaptiveAvgPool2d(output_size=(1, 1))"


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # one window between layers with weights
    ("padding-in-order", ordered(PAD, conv(3, 4)), ordered(conv(3, 4, PADDED)), None,
     ["AD105 equivalent 0|0: ZeroPad2d, Conv2d computes the same as Conv2d: padding is the same inside a layer, before it, and in several steps"]),
    ("padding-at-the-root", net(PAD, conv(3, 4), "ReLU()"), net(conv(3, 4, PADDED), "ReLU()"), None,
     ["AD301 unknown 0|0: ZeroPad2d, Conv2d computes the same as Conv2d: equivalent if Net runs in printed order, which no print shows"]),
    ("padding-in-a-block", block(PAD, conv(3, 4), "ReLU()"), block(conv(3, 4, PADDED), "ReLU()"), None,
     ["AD301 unknown 0.0|0.0: ZeroPad2d, Conv2d computes the same as Conv2d: equivalent if Block runs in printed order, which no print shows"]),
    ("padding-and-another-width", ordered(PAD, conv(3, 5)), ordered(conv(3, 4, PADDED)), None,
     ["AD104 function 0|-: only in the candidate: ZeroPad2d",
      "AD301 function 1|0: out_channels 5, not 4",
      "AD301 function 1|0: padding 0x0, not 1x1"]),
    ("padding-and-another-bias", ordered(PAD, conv(3, 4)), ordered(conv(3, 4, ", padding=(1, 1), bias=False")), None,
     ["AD104 function 0|-: only in the candidate: ZeroPad2d",
      "AD301 function 1|0: padding 0x0, not 1x1",
      "AD301 function 1|0: bias True, not False"]),
    ("padding-and-another-difference", ordered(PAD, conv(3, 4), "ReLU()", linear(8, 8)),
     ordered(conv(3, 4, PADDED), "ReLU()", linear(8, 8, False)), None,
     ["AD301 function 3|2: bias True, not False",
      "AD105 equivalent 0|0: ZeroPad2d, Conv2d computes the same as Conv2d: padding is the same inside a layer, before it, and in several steps"]),
    ("paddings-in-two-places", ordered(PAD, conv(3, 4), "ReLU()", PAD, conv(4, 4)),
     ordered(conv(3, 4, PADDED), "ReLU()", conv(4, 4, PADDED)), None,
     ["AD105 equivalent 0|0: ZeroPad2d, Conv2d computes the same as Conv2d: padding is the same inside a layer, before it, and in several steps x2"]),
    ("paddings-past-equal-weights", ordered(PAD, conv(3, 4), linear(6, 6), PAD, conv(4, 4)),
     ordered(conv(3, 4, PADDED), linear(6, 6), conv(4, 4, PADDED)), None,
     ["AD105 equivalent 0|0: ZeroPad2d, Conv2d computes the same as Conv2d: padding is the same inside a layer, before it, and in several steps x2"]),
    ("head-of-convolutions", ordered(HEAD, "Conv2d(8, 4, kernel_size=(1, 1), stride=(1, 1))", FLATTEN),
     ordered(HEAD, FLATTEN, linear(8, 4)), None,
     ["AD105 equivalent 1|1: Conv2d, Flatten computes the same as Flatten, Linear: a convolution whose kernel covers all that comes in is a Linear; of several changes of shape only the last shape counts; a layer that gives back its input here does nothing"]),
    ("head-of-two-convolutions", ordered(HEAD, "Conv2d(8, 4, kernel_size=(1, 1), stride=(1, 1))", "ReLU()", "Conv2d(4, 2, kernel_size=(1, 1), stride=(1, 1))", FLATTEN),
     ordered(HEAD, FLATTEN, linear(8, 4), "ReLU()", linear(4, 2)), None,
     ["AD102 equivalent 1|1: Conv2d, ReLU, Conv2d and 1 more computes the same as Flatten, Linear, ReLU and 1 more: a convolution whose kernel covers all that comes in is a Linear; a function of each number alone passes what only moves, copies or ranks numbers; of several changes of shape only the last shape counts; a layer that gives back its input here does nothing"]),
    ("two-activations", ordered(linear(8, 8), "ReLU()", "Tanh()", linear(8, 8)),
     ordered(linear(8, 8), "Tanh()", "ReLU()", linear(8, 8)), None,
     ["AD101 equivalent 1|1: ReLU, Tanh computes the same as Tanh, ReLU: the same function of the values that come in here"]),
    ("two-activations-and-one-more", ordered(linear(8, 8), "Sigmoid()", "ReLU()", linear(8, 8)),
     ordered(linear(8, 8), "Sigmoid()", linear(8, 8)), None,
     ["AD104 equivalent 2|-: only in the candidate: ReLU: the same function of the values that come in here"]),
    ("one-more-in-a-block", block(linear(8, 8), "Sigmoid()", "ReLU()", linear(8, 8)),
     block(linear(8, 8), "Sigmoid()", linear(8, 8)), None,
     ['AD104 unknown 0.2|-: only in the candidate: ReLU: the other forward may call it as a function, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("0")).forward))]']),
    ("one-more-at-the-root", net(linear(8, 8), "Sigmoid()", "ReLU()"), net(linear(8, 8), "Sigmoid()"), None,
     ["AD104 function 2|-: only in the candidate: ReLU"]),
    ("one-other", ordered(linear(8, 8), "Sigmoid()", "ReLU()"),
     ordered(linear(8, 8), "Sigmoid()", "LeakyReLU(negative_slope=0.2)"), None,
     ["AD105 equivalent 2|2: ReLU computes the same as LeakyReLU: the same function of the values that come in here"]),
    ("one-other-that-differs", ordered(linear(8, 8), "Tanh()", "ReLU()"),
     ordered(linear(8, 8), "Tanh()", "LeakyReLU(negative_slope=0.2)"), None,
     ["AD105 function 2|2: ReLU, not LeakyReLU (negative_slope 0.2)"]),
    # in one mode only
    ("dropout-past-two", ordered(linear(8, 8), DROP, "Tanh()", "Sigmoid()"),
     ordered(linear(8, 8), "Tanh()", "Sigmoid()", DROP), None,
     ["AD102 training 1|3: Dropout moved past Tanh, Sigmoid: Dropout does nothing in eval mode"]),
    ("dropout-of-another-share", ordered(linear(8, 8), DROP, "Tanh()"),
     ordered(linear(8, 8), "Tanh()", "Dropout(p=0.1)"), None,
     ["AD101 training 1|2: Dropout runs before Tanh, not after it: Dropout does nothing in eval mode",
      "AD401 training 1|2: p 0.5, not 0.1"]),
    ("mean-slope", ordered(linear(8, 8), "RReLU(lower=0.1, upper=0.3)"),
     ordered(linear(8, 8), "LeakyReLU(negative_slope=0.2)"), None,
     ["AD105 training 1|1: RReLU computes the same as LeakyReLU: RReLU takes the mean slope in inference"]),
    ("mean-slope-and-another-order", ordered(linear(8, 8), "RReLU(lower=0.1, upper=0.3)", "ReLU()"),
     ordered(linear(8, 8), "ReLU()", "LeakyReLU(negative_slope=0.2)"), None,
     ["AD105 equivalent 1|1: RReLU, ReLU computes the same as ReLU, LeakyReLU: the same function of the values that come in here"]),
    ("batch-norm-past-a-function", ordered(conv(3, 4), "BatchNorm2d(4)", "Sigmoid()", "ReLU()"),
     ordered(conv(3, 4), "BatchNorm2d(4)", "Sigmoid()"), None,
     ["AD104 equivalent 3|-: only in the candidate: ReLU: the same function of the values that come in here"]),
    # if sizes are as they seem
    ("own-size", ordered(conv(3, 4), "AdaptiveAvgPool2d(output_size=(6, 6))", conv(4, 4)),
     ordered(conv(3, 4), conv(4, 4)), None,
     ["AD104 unknown 1|-: only in the candidate: AdaptiveAvgPool2d: if AdaptiveAvgPool2d returns its input unchanged here [--input-shape decides]"]),
    ("own-size-given", ordered(conv(3, 4), "AdaptiveAvgPool2d(output_size=(6, 6))", conv(4, 4)),
     ordered(conv(3, 4), conv(4, 4)), (3, 8, 8),
     ["AD104 equivalent 1|-: only in the candidate: AdaptiveAvgPool2d: its input already has the shape 4x6x6"]),
    ("own-size-solved", ordered(conv(3, 4), "AdaptiveAvgPool2d(output_size=(6, 6))", FLATTEN, linear(144, 2)),
     ordered(conv(3, 4), FLATTEN, linear(144, 2)), None,
     ["AD104 unknown 1|-: only in the candidate: AdaptiveAvgPool2d: its input already has the shape 4x6x6"]),
    ("kernel-of-the-map-solved", ordered(conv(3, 4), "Conv2d(4, 5, kernel_size=(6, 6), stride=(1, 1))", FLATTEN, linear(5, 2)),
     ordered(conv(3, 4), FLATTEN, linear(144, 5), linear(5, 2)), None,
     ["AD105 unknown 1|1: Conv2d, Flatten computes the same as Flatten, Linear: if the input is 3x8x8, the simplest size that fits [--input-shape decides]"]),
    ("rounding-not-printed", ordered(OLD_POOL.format(5), "Tanh()"), ordered(OLD_POOL.format(3), "Tanh()"), (3, 8, 8),
     ["AD301 function 0|0: stride 5x5, not 3x3",
      'AD701 unknown 0|0: neither print shows ceil_mode of MaxPool2d [print(model.get_submodule("0").ceil_mode)]']),
    ("rounding-not-printed-of-one-window", ordered(OLD_POOL.format(5), "Tanh()"),
     ordered(OLD_POOL.format(3), "Tanh()"), (3, 7, 7),
     ["AD301 equivalent 0|0: MaxPool2d computes the same as MaxPool2d: a function of each number alone passes what only moves, copies or ranks numbers; their windows are the same here"]),
    ("rounding-printed", ordered(OLD_POOL.format("5, padding=0, dilation=1, ceil_mode=False"), "Tanh()"),
     ordered(OLD_POOL.format("3, padding=0, dilation=1, ceil_mode=False"), "Tanh()"), (3, 8, 8),
     ["AD301 equivalent 0|0: MaxPool2d computes the same as MaxPool2d: a function of each number alone passes what only moves, copies or ranks numbers; their windows are the same here"]),
    # moved past layers with weights
    ("pool-of-one-past-weights", ordered("MaxPool2d(kernel_size=1, stride=1)", conv(3, 4), "Tanh()"),
     ordered(conv(3, 4), "MaxPool2d(kernel_size=1, stride=1)", "Tanh()"), None,
     ["AD101 equivalent 0|1: MaxPool2d runs before Conv2d, not after it: one of them does nothing"]),
    ("pointwise-past-a-mean", ordered("Conv2d(3, 4, kernel_size=(1, 1), stride=(1, 1))", "AvgPool2d(kernel_size=2)", "Tanh()"),
     ordered("AvgPool2d(kernel_size=2)", "Conv2d(3, 4, kernel_size=(1, 1), stride=(1, 1))", "Tanh()"), None,
     ["AD101 equivalent 0|1: Conv2d runs before AvgPool2d, not after it: Conv2d maps each position separately, and AvgPool2d copies positions or averages them with weights that sum to 1",
      'AD701 unknown 1|0: neither print shows ceil_mode of AvgPool2d [print({m.ceil_mode for m in model.modules() if m._get_name() == "AvgPool2d"})]',
      'AD701 unknown 1|0: neither print shows divisor_override of AvgPool2d [print({m.divisor_override for m in model.modules() if m._get_name() == "AvgPool2d"})]']),
    ("weights-that-are-forgotten", ordered(linear(8, 4), linear(4, 1), "Softmax(dim=1)"),
     ordered(linear(8, 4, False), linear(4, 1), "Softmax(dim=1)"), (8,),
     ["AD301 equivalent 0|0: Linear computes the same as Linear: a softmax or a norm of one number gives a constant"]),
    ("weights-that-are-not", ordered(linear(8, 4), linear(4, 2), "Softmax(dim=1)"),
     ordered(linear(8, 4, False), linear(4, 2), "Softmax(dim=1)"), (8,),
     ["AD301 function 0|0: bias True, not False"]),
    # what cannot be read as one piece
    ("beside-an-unpool", net(conv(3, 4), "Tanh()", POOL, "Sigmoid()", "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"),
     net(conv(3, 4), POOL, "Tanh()", "Sigmoid()", "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"), None,
     ["AD101 unknown 1|2: Tanh runs before MaxPool2d, not after it: equivalent if Net runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]",
      'AD701 unknown 2|1: neither print shows return_indices of MaxPool2d [print({m.return_indices for m in model.modules() if m._get_name() == "MaxPool2d"})]']),
    ("with-an-unknown-class", ordered(linear(8, 8), "ReLU()", "Odd()", "Tanh()"),
     ordered(linear(8, 8), "Tanh()", "Odd()", "ReLU()"), None,
     ["AD102 function 3|1: Tanh moved past Odd, ReLU",
      "AD101 function 1|3: ReLU runs before Odd, not after it",
      "AD701 unknown 2|2: neither print shows the settings of Odd, which prints none [...]"]),
    ("with-an-unknown-setting", ordered(linear(8, 8), "ReLU(odd=1)", "Tanh()"),
     ordered(linear(8, 8), "Tanh()", "ReLU(odd=1)"), None,
     ["AD101 function 1|2: ReLU runs before Tanh, not after it"]),
    ("with-cut-settings", ordered(linear(8, 8), "LeakyReLU(0.1, ...)", "Tanh()"),
     ordered(linear(8, 8), "Tanh()", "LeakyReLU(0.1, ...)"), None,
     ["AD101 function 1|2: LeakyReLU runs before Tanh, not after it"]),
    ("in-place-where-a-gradient-is-lost", ordered(linear(8, 8), "Sigmoid()", "ReLU(inplace=True)"),
     ordered(linear(8, 8), "Sigmoid()"), None,
     ["AD401 training 2|-: only the candidate cannot be trained: this overwrites the output that the gradient of Sigmoid needs, so training fails",
      "AD104 equivalent 2|-: only in the candidate: ReLU: the same function of the values that come in here"]),
    ("in-place-and-otherwise", ordered(linear(8, 8), "Tanh()", "ReLU(inplace=True)"),
     ordered(linear(8, 8), "Tanh()", "ReLU()"), None,
     ["AD401 training 2|2: inplace True, not False: this overwrites the output that the gradient of Tanh needs, so training fails"]),
    ("one-more-at-the-root-given", net(linear(8, 8), "Sigmoid()", "ReLU()", linear(8, 4)),
     net(linear(8, 8), "Sigmoid()", linear(8, 4)), (8,),
     ["AD104 function 2|-: only in the candidate: ReLU"]),
    ("one-more-in-a-sequential-of-somebody", holding("Net", x=ordered(linear(8, 8), "Sigmoid()", "ReLU()"), y=linear(8, 4)),
     holding("Net", x=ordered(linear(8, 8), "Sigmoid()"), y=linear(8, 4)), None,
     ["AD104 equivalent x.2|-: only in the candidate: ReLU: the same function of the values that come in here"]),
    ("one-more-in-a-chain", holding("Net", x=holding("Chain", conv=conv(3, 4), bn="BatchNorm2d(4)", act="Sigmoid()"), y=ordered("ReLU()", "Tanh()")),
     holding("Net", x=holding("Chain", conv=conv(3, 4), bn="BatchNorm2d(4)", act="Sigmoid()"), y=ordered("Tanh()")), None,
     ["AD104 function y.0|-: only in the candidate: ReLU"]),
]  # fmt: skip


test_findings = findings_test(CASES)
