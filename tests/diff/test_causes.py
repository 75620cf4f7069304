# ruff: noqa: E501  (tables: a case a line)
"""What a difference makes of all that comes behind it: consequences, not findings of their own."""

from __future__ import annotations

from answers import Case, findings_test, holding


def conv(inputs: int, outputs: int, more: str = "", kernel: int = 3) -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=({kernel}, {kernel}), stride=(1, 1), padding=({kernel // 2}, {kernel // 2}){more})"


def linear(inputs: int, outputs: int, more: str = "") -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={more or True})"


def norm(channels: int) -> str:
    return f"BatchNorm2d({channels})"


def ordered(*layers: str) -> str:
    return holding("Sequential", *layers)


def net(*layers: str) -> str:
    return holding("Net", *layers)


def winners(n: int, share: float = 0.1) -> str:
    return f"KWinners(n={n}, percent_on={share}, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"


FLATTEN = "Flatten(start_dim=1, end_dim=-1)"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
MAPS = "KWinners2d(channels=4, n=0, percent_on=0.1, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # a width and what follows from it
    ("width", ordered(conv(3, 8), norm(8), conv(8, 4)), ordered(conv(3, 6), norm(6), conv(6, 4)), (3, 8, 8),
     ["AD301 function 0|0: out_channels 8, not 6",
      "-> AD301 function 1|1: num_features 8, not 6",
      "-> AD301 function 2|2: in_channels 8, not 6"]),
    ("width-any-size", ordered(conv(3, 8), norm(8), conv(8, 4)), ordered(conv(3, 6), norm(6), conv(6, 4)), None,
     ["AD301 function 0|0: out_channels 8, not 6",
      "-> AD301 function 1|1: num_features 8, not 6",
      "-> AD301 function 2|2: in_channels 8, not 6"]),
    ("two-widths", ordered(conv(3, 8), conv(8, 5), conv(5, 4)),
     ordered(conv(3, 6), conv(6, 7), conv(7, 4)), (3, 8, 8),
     ["AD301 function 0|0: out_channels 8, not 6",
      "-> AD301 function 1|1: in_channels 8, not 6",
      "AD301 function 1|1: out_channels 5, not 7",
      "-> AD301 function 2|2: in_channels 5, not 7"]),
    ("width-of-the-last", ordered(conv(3, 8)), ordered(conv(3, 6)), (3, 8, 8),
     ["AD301 function 0|0: out_channels 8, not 6"]),
    ("width-and-winners", ordered(linear(8, 50), winners(50), linear(50, 2)),
     ordered(linear(8, 100), winners(100), linear(100, 2)), (8,),
     ["AD301 function 0|0: out_features 50, not 100",
      "-> AD601 function 1|1: n 50, not 100; k 5/7, not 10/15",
      "-> AD301 function 2|2: in_features 50, not 100"]),
    ("width-and-the-same-winners", ordered(linear(8, 98), winners(98), linear(98, 2)),
     ordered(linear(8, 100), winners(100), linear(100, 2)), (8,),
     ["AD301 function 0|0: out_features 98, not 100",
      "-> AD601 function 1|1: n 98, not 100",
      "-> AD301 function 2|2: in_features 98, not 100"]),
    ("other-units-without-a-cause", ordered(winners(50)), ordered(winners(100)), None,
     ["AD601 function 0|0: n 50, not 100; k 5/7, not 10/15", "AD201 function 0|0: output shape 50, not 100"]),
    ("input-width-without-a-cause", net(linear(8, 4)), net(linear(6, 4)), None,
     ["AD301 function 0|0: in_features 8, not 6"]),
    # another shape
    ("kernel", ordered(conv(3, 4, kernel=3).replace("padding=(1, 1)", "padding=(0, 0)"), FLATTEN, linear(144, 2)),
     ordered(conv(3, 4, kernel=5).replace("padding=(2, 2)", "padding=(0, 0)"), FLATTEN, linear(64, 2)), (3, 8, 8),
     ["AD301 function 0|0: kernel_size 3x3, not 5x5", "-> AD301 function 2|2: in_features 144, not 64"]),
    ("stride-then-equal-again", ordered(conv(3, 4).replace("stride=(1, 1)", "stride=(2, 2)"), "AdaptiveAvgPool2d(output_size=(1, 1))", FLATTEN, linear(4, 2)),
     ordered(conv(3, 4), "AdaptiveAvgPool2d(output_size=(1, 1))", FLATTEN, linear(4, 2)), (3, 8, 8),
     ["AD301 function 0|0: stride 2x2, not 1x1"]),
    ("pool-missing", ordered(conv(3, 4), FLATTEN, linear(256, 2)),
     ordered(conv(3, 4), POOL, FLATTEN, linear(64, 2)), (3, 8, 8),
     ["AD103 function -|1: only in the reference: MaxPool2d", "-> AD301 function 2|3: in_features 256, not 64"]),
    ("pool-moved-before-winners", ordered(conv(3, 4), POOL, MAPS, FLATTEN, linear(64, 2)),
     ordered(conv(3, 4), MAPS, POOL, FLATTEN, linear(64, 2)), (3, 8, 8),
     ["AD101 function 1|2: MaxPool2d runs before KWinners2d, not after it",
      "-> AD601 function 2|1: n 64, not 256; k 6/10, not 26/38",
      "-> AD601 function 4|4: about 9.38 % (15.6 % in eval) of the input of 4 non-zero, not 34.8 % (47.4 % in eval)"]),
    ("pool-replaced", ordered(conv(3, 4), "AvgPool2d(kernel_size=4)", FLATTEN, linear(16, 2)),
     ordered(conv(3, 4), POOL, FLATTEN, linear(64, 2)), (3, 8, 8),
     ["AD105 function 1|1: AvgPool2d, not MaxPool2d (kernel_size 4x4, not 2x2)", "-> AD301 function 3|3: in_features 16, not 64"]),
    ("output-of-unknown-cause", ordered("Unflatten(dim=1, unflattened_size=(4, 2))", FLATTEN),
     ordered("Unflatten(dim=1, unflattened_size=(2, 4))", FLATTEN), (8,),
     ["AD301 equivalent 0|0: Unflatten computes the same as Unflatten: of several changes of shape only the last shape counts; a layer that gives back its input here does nothing"]),
    ("inputs-of-two-sizes", ordered(conv(3, 4), FLATTEN, linear(256, 2)),
     ordered(conv(3, 4), FLATTEN, linear(64, 2)), None,
     ["AD201 function 0|0: output shape 4x8x8, not 4x4x4",
      "-> AD301 function 2|2: in_features 256, not 64",
      "AD201 function .|.: no input size fits both: 3x8x8 and 3x4x4"]),
    ("inputs-of-other-channels", ordered(conv(3, 4), FLATTEN, linear(256, 2)),
     ordered(conv(1, 4), FLATTEN, linear(64, 2)), None,
     ["AD301 function 0|0: in_channels 3, not 1",
      "AD201 function 0|0: output shape 4x8x8, not 4x4x4",
      "-> AD301 function 2|2: in_features 256, not 64"]),
    # a bias that a norm takes away
    ("bias-before-a-norm", ordered(conv(3, 4), norm(4)), ordered(conv(3, 4, ", bias=False"), norm(4)), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load)"]),
    ("bias-before-a-norm-of-somebody", holding("Net", x=holding("Block", conv=conv(3, 4), a=conv(4, 4), bn=norm(4))),
     holding("Net", x=holding("Block", conv=conv(3, 4), a=conv(4, 4, ", bias=False"), bn=norm(4))), None,
     ["AD301 unknown x.a|x.a: bias True, not False (the layer after it cancels any bias, unless something that is not printed runs between them)"]),
    ("bias-before-a-norm-of-a-chain", holding("Net", x=holding("ConvBlock", conv=conv(3, 4), bn=norm(4))),
     holding("Net", x=holding("ConvBlock", conv=conv(3, 4, ", bias=False"), bn=norm(4))), None,
     ["AD301 equivalent x.conv|x.conv: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load): if ConvBlock runs its children in printed order"]),
    ("bias-before-relu", ordered(conv(3, 4), "ReLU()", norm(4)),
     ordered(conv(3, 4, ", bias=False"), "ReLU()", norm(4)), None,
     ["AD301 function 0|0: bias True, not False"]),
    ("bias-before-a-norm-of-rows", ordered(linear(8, 4), "BatchNorm1d(4)"),
     ordered(linear(8, 4, "False"), "BatchNorm1d(4)"), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load): if the input of Linear has one dimension besides the batch"]),
    ("bias-before-a-norm-of-maps-given", ordered(linear(8, 4), "BatchNorm1d(4)"),
     ordered(linear(8, 4, "False"), "BatchNorm1d(4)"), (4, 8),
     ["AD301 function 0|0: bias True, not False"]),
    ("bias-before-a-norm-of-maps-by-what-follows", ordered(linear(8, 4), "BatchNorm1d(4)", "Unflatten(dim=2, unflattened_size=(4, 1))"),
     ordered(linear(8, 4, "False"), "BatchNorm1d(4)", "Unflatten(dim=2, unflattened_size=(4, 1))"), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load): if the input of Linear has one dimension besides the batch"]),
    ("bias-before-a-norm-of-rows-given", ordered(linear(8, 4), "BatchNorm1d(4)"),
     ordered(linear(8, 4, "False"), "BatchNorm1d(4)"), (8,),
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load)"]),
    ("bias-before-a-softmax-of-places", ordered(conv(3, 4), "Softmax(dim=2)"),
     ordered(conv(3, 4, ", bias=False"), "Softmax(dim=2)"), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load)"]),
    ("bias-before-a-softmax-of-channels", ordered(conv(3, 4), "Softmax(dim=1)"),
     ordered(conv(3, 4, ", bias=False"), "Softmax(dim=1)"), None,
     ["AD301 function 0|0: bias True, not False"]),
    ("bias-before-a-softmax-of-samples", ordered(linear(8, 4), "Softmax(dim=0)"),
     ordered(linear(8, 4, "False"), "Softmax(dim=0)"), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load)"]),
    ("bias-before-a-softmax-of-features", ordered(linear(8, 4), "Softmax(dim=-1)"),
     ordered(linear(8, 4, "False"), "Softmax(dim=-1)"), None,
     ["AD301 function 0|0: bias True, not False"]),
    ("bias-before-a-softmax-from-the-end", ordered(linear(8, 4), "Softmax(dim=-2)"),
     ordered(linear(8, 4, "False"), "Softmax(dim=-2)"), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load)"]),
    ("bias-before-a-softmax2d", ordered(conv(3, 4), "Softmax2d()"),
     ordered(conv(3, 4, ", bias=False"), "Softmax2d()"), None,
     ["AD301 function 0|0: bias True, not False"]),
    ("bias-before-a-group-a-channel", ordered(conv(3, 4), "GroupNorm(4, 4)"),
     ordered(conv(3, 4, ", bias=False"), "GroupNorm(4, 4)"), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load)"]),
    ("bias-before-a-group-a-channel-without-weights", ordered(conv(3, 4), "GroupNorm(4, 4, affine=False)"),
     ordered(conv(3, 4, ", bias=False"), "GroupNorm(4, 4, affine=False)"), None,
     ["AD301 equivalent 0|0: bias True, not False (the layer after it cancels any bias; parameters differ, checkpoints do not load)"]),
    ("bias-before-two-channels-a-group", ordered(conv(3, 4), "GroupNorm(2, 2, affine=False)"),
     ordered(conv(3, 4, ", bias=False"), "GroupNorm(2, 2, affine=False)"), None,
     ["AD301 function 0|0: bias True, not False"]),
    ("bias-at-the-end", ordered(conv(3, 4)), ordered(conv(3, 4, ", bias=False")), None,
     ["AD301 function 0|0: bias True, not False"]),
    # density
    ("density-behind-another-order", ordered(conv(3, 4), MAPS, POOL, conv(4, 4)),
     ordered(conv(3, 4), POOL, MAPS, conv(4, 4)), (3, 8, 8),
     ["AD101 function 1|2: KWinners2d runs before MaxPool2d, not after it",
      "-> AD601 function 1|2: n 256, not 64; k 26/38, not 6/10",
      "-> AD601 function 3|3: about 34.8 % (47.4 % in eval) of the input of 3 non-zero, not 9.38 % (15.6 % in eval)"]),
    ("density-behind-another-share", ordered(linear(8, 100), winners(100, 0.5), linear(100, 2)),
     ordered(linear(8, 100), winners(100), linear(100, 2)), (8,),
     ["AD601 function 1|1: percent_on 0.5, not 0.1: k 50/75, not 10/15 of 100"]),
    ("winners-missing", ordered(linear(8, 100), linear(100, 2)),
     ordered(linear(8, 100), winners(100), linear(100, 2)), (8,),
     ["AD103 function -|1: only in the reference: KWinners",
      "-> AD601 function 1|2: about 100 % of the input of 1 non-zero, not 10 % (15 % in eval)"]),
    ("winners-for-relu", ordered(linear(8, 100), "ReLU()", linear(100, 2)),
     ordered(linear(8, 100), winners(100), linear(100, 2)), (8,),
     ["AD105 function 1|1: ReLU, not KWinners"]),
    # settings that are cut, not printed, or of a container
    ("cut-settings", ordered("Conv2d(3, 4, kernel_size=(3, 3), ...)"), ordered(conv(3, 4)), None,
     ['AD301 unknown 0|0: settings are cut off in the candidate [print(model.get_submodule("0"))]']),
    ("settings-of-a-container", holding("Net", a=linear(8, 8), settings="scale=0.5"),
     holding("Net", a=linear(8, 8), settings="scale=0.25"), None,
     ["AD301 function .|.: scale 0.5, not 0.25"]),
    ("settings-of-one-container", holding("Net", a=linear(8, 8), settings="scale=0.5"),
     holding("Net", a=linear(8, 8)), None,
     ["AD301 unknown .|.: scale is not printed by the reference; the other side has 0.5"]),
    ("empty-containers", holding("Net", a=linear(8, 8), b="Sequential()"),
     holding("Net", a=linear(8, 8), b="ModuleList()"), None,
     ["AD108 cosmetic b|b: Sequential around these layers, not ModuleList: both run their children in order"]),
    ("one-name-two-functions", ordered("ReLU()", "Flatten(start_dim=1, end_dim=-1)"),
     ordered("ReLU()", "Flatten(start_dim=0, end_dim=-1)"), None,
     ["AD301 function 1|1: start_dim 1, not 0"]),
]  # fmt: skip


test_findings = findings_test(CASES)
