"""What runs of layers come to, held against torch: each case is built on both sides with equal weights and run."""

from __future__ import annotations

import contextlib
import copy
import re

import pytest
import torch
from torch import nn

from archdiff import api, parse
from archdiff.model.errors import ArchdiffError
from archdiff.semantics import runs

MAP = (4, 8, 8)
ROWS = (6,)


def conv(**more) -> nn.Conv2d:
    return nn.Conv2d(4, 4, 3, **more)


#: id, candidate, reference, input shape, verdict; the cases that must be left alone come first
CASES = [
    # left alone
    ("pad-by-another-number", [nn.ConstantPad2d(1, 0.5), conv()], [conv(padding=1)], MAP, "function"),
    ("pad-of-one-side", [nn.ZeroPad2d((1, 0, 1, 0)), conv()], [conv(padding=1)], MAP, "function"),
    ("reflect-for-zeros", [nn.ReflectionPad2d(1), conv()], [conv(padding=1)], MAP, "function"),
    ("gelu-past-max", [nn.GELU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.GELU()], MAP, "function"),
    ("relu-past-mean", [nn.ReLU(), nn.AvgPool2d(2)], [nn.AvgPool2d(2), nn.ReLU()], MAP, "function"),
    ("relu-past-bilinear", [nn.ReLU(), nn.Upsample(scale_factor=2, mode="bilinear")],
     [nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReLU()], MAP, "function"),
    ("sigmoid-past-zeros", [nn.Sigmoid(), nn.ZeroPad2d(1)], [nn.ZeroPad2d(1), nn.Sigmoid()], MAP, "function"),
    ("relu-of-what-is-negative", [nn.Tanh(), nn.ReLU()], [nn.Tanh()], MAP, "function"),
    ("another-slope", [nn.LeakyReLU(0.1)], [nn.LeakyReLU(0.2)], ROWS, "function"),
    ("level-within-reach", [nn.Sigmoid(), nn.Threshold(0.5, 0.0)], [nn.Sigmoid()], ROWS, "function"),
    ("clamped-in-the-middle", [nn.Hardtanh(-1, 1), nn.ReLU6()], [nn.ReLU6()], ROWS, "function"),
    ("slope-between-clamps", [nn.PReLU(), nn.Hardtanh(-2, 2)], [nn.Hardtanh(-2, 2), nn.PReLU(), nn.Hardtanh(-2, 2)],
     ROWS, "function"),
    ("kernel-smaller-than-map", [conv(), nn.Flatten()], [nn.Flatten(), nn.Linear(256, 144)], MAP, "function"),
    ("pool-of-two", [nn.MaxPool2d(2, 1)], [], MAP, "function"),
    ("stride-skips", [nn.AvgPool2d(1, 2)], [], MAP, "function"),
    ("sizes-do-not-divide", [nn.AdaptiveAvgPool2d(3)], [nn.AvgPool2d(2)], MAP, "function"),
    ("another-axis", [nn.Softmax(1)], [nn.Softmax(2)], MAP, "function"),
    ("softmax-then-log", [nn.Softmax(1), nn.LogSoftmax(1)], [nn.LogSoftmax(1)], ROWS, "function"),
    ("shuffled-between", [nn.ChannelShuffle(2), nn.Softmax(1)], [nn.Softmax(1)], MAP, "function"),
    ("softmax-over-places", [nn.Softmax(2), nn.ReflectionPad2d(1)], [nn.ReflectionPad2d(1), nn.Softmax(2)], MAP,
     "function"),
    ("not-flat", [nn.Flatten(2)], [nn.Flatten()], MAP, "function"),
    ("another-norm-axis", [nn.Conv2d(4, 4, 1), nn.LayerNorm(8)], [nn.Conv2d(4, 4, 1, bias=False), nn.LayerNorm(8)],
     MAP, "function"),
    ("gelu-past-max-of-some-negative", [nn.Hardtanh(-1, 1), nn.GELU(), nn.MaxPool2d(2)],
     [nn.Hardtanh(-1, 1), nn.MaxPool2d(2), nn.GELU()], MAP, "function"),
    ("clamped-past-mean", [nn.Tanh(), nn.Hardtanh(-0.5, 1), nn.AvgPool2d(2)],
     [nn.Tanh(), nn.AvgPool2d(2), nn.Hardtanh(-0.5, 1)], MAP, "function"),
    ("padded-by-what-was-not-mapped", [nn.Sigmoid(), nn.ConstantPad2d(1, 0.25)], [nn.ZeroPad2d(1), nn.Sigmoid()], MAP,
     "function"),
    ("norm-of-two", [nn.Linear(6, 2), nn.Tanh(), nn.LayerNorm(2)], [nn.Linear(6, 2), nn.LayerNorm(2)], ROWS,
     "function"),
    ("another-bias-of-a-norm-of-one", [nn.Linear(6, 1), nn.LayerNorm(1), nn.Hardtanh(0.5, 1)],
     [nn.Linear(6, 1), nn.LayerNorm(1)], ROWS, "function"),
    ("groups-of-two", [nn.Tanh(), nn.GroupNorm(3, 6)], [nn.GroupNorm(3, 6)], ROWS, "function"),
    ("logarithms-shifted", [nn.LogSoftmax(1), nn.Threshold(-1, 1.0)],
     [nn.Tanh(), nn.LogSoftmax(1), nn.Threshold(-1, 1.0)], ROWS, "function"),
    ("bias-of-those-that-compete", [nn.Conv2d(4, 4, 1), nn.Softmax(1)], [nn.Conv2d(4, 4, 1, bias=False), nn.Softmax(1)],
     MAP, "function"),
    ("bias-past-zeros", [nn.Conv2d(4, 4, 1), nn.ZeroPad2d(1)], [nn.ZeroPad2d(1), nn.Conv2d(4, 4, 1)], MAP, "function"),
    ("power-of-what-is-negative", [nn.Tanh(), nn.LPPool2d(2, 1)], [nn.Tanh()], MAP, "function"),
    ("largest-of-some-padding", [nn.AdaptiveAvgPool2d(2), nn.MaxPool2d(3, 1, 1)], [nn.AdaptiveAvgPool2d(2)], MAP,
     "function"),
    ("cut-and-padded", [nn.ZeroPad2d(-1), nn.ZeroPad2d(1)], [], MAP, "function"),
    ("zeros-among-negative", [nn.ZeroPad2d(1), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, 1)], MAP, "function"),
    ("neighbours-that-change-signs", [nn.LogSoftmax(1), nn.LocalResponseNorm(2, -9.0, 1.0), nn.ReLU()],
     [nn.LogSoftmax(1), nn.ReLU(), nn.LocalResponseNorm(2, -9.0, 1.0)], MAP, "function"),
    ("neighbours-that-keep-signs", [nn.LogSoftmax(1), nn.LocalResponseNorm(2, 9.0, 1.0), nn.ReLU()],
     [nn.LogSoftmax(1), nn.ReLU(), nn.LocalResponseNorm(2, 9.0, 1.0)], MAP, "equivalent"),
    ("uneven-windows", [nn.MaxPool1d(3, 2)], [nn.AdaptiveMaxPool1d(3)], (4, 8), "function"),
    ("norm-of-all-rows", [nn.LayerNorm(8)], [nn.GroupNorm(1, 8)], (8, 8), "function"),
    ("largest-of-windows", [nn.CircularPad2d(1), nn.AdaptiveMaxPool2d(2)], [nn.AdaptiveMaxPool2d(2)], MAP, "function"),
    ("logarithms-then-largest", [nn.LogSoftmax(1), nn.MaxPool2d(2), nn.Softmax(1)], [nn.MaxPool2d(2), nn.Softmax(1)],
     MAP, "function"),
    ("means-that-overlap", [nn.AvgPool2d(2, 1), nn.AvgPool2d(7)], [nn.AvgPool2d(8)], MAP, "function"),
    ("largest-of-some", [nn.MaxPool2d(1, 2), nn.MaxPool2d(2)], [nn.MaxPool2d(3, 4)], (4, 9, 9), "function"),
    ("largest-of-what-is-padded", [nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(2)], [nn.MaxPool2d(5, 4)], (4, 9, 9),
     "function"),
    ("largest-of-holes", [nn.MaxPool1d(2, 2, dilation=2), nn.MaxPool1d(2)], [nn.MaxPool1d(4)], (4, 6), "function"),
    ("means-that-share-some", [nn.AvgPool2d(2)], [nn.AdaptiveAvgPool2d(3)], (4, 7, 7), "function"),
    ("means-of-means-that-share-some", [nn.AvgPool1d(3, 2), nn.AvgPool1d(2)], [nn.AvgPool1d(5, 4)], (4, 9), "function"),
    ("means-of-some", [nn.AvgPool2d(3), nn.AdaptiveAvgPool2d(1)], [nn.AdaptiveAvgPool2d(1)], MAP, "function"),
    ("logarithms-of-other-rows", [nn.LogSoftmax(1), nn.LayerNorm(8)], [nn.LayerNorm(8)], MAP, "function"),
    # explicit_padding
    ("zero-pad", [nn.ZeroPad2d(1), conv()], [conv(padding=1)], MAP, "equivalent"),
    ("zero-pad-any-size", [nn.ZeroPad2d(1), conv()], [conv(padding=1)], None, "equivalent"),
    ("reflect", [nn.ReflectionPad2d(1), conv()], [conv(padding=1, padding_mode="reflect")], MAP, "equivalent"),
    ("replicate", [nn.ReplicationPad2d(1), conv()], [conv(padding=1, padding_mode="replicate")], MAP, "equivalent"),
    ("circular", [nn.CircularPad2d(1), conv()], [conv(padding=1, padding_mode="circular")], MAP, "equivalent"),
    ("same", [nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(4, 4, 4)], [nn.Conv2d(4, 4, 4, padding="same")], MAP,
     "equivalent"),
    ("two-pads", [nn.ZeroPad2d(1), nn.ZeroPad2d((0, 1, 0, 1)), conv()], [nn.ZeroPad2d((1, 2, 1, 2)), conv()], MAP,
     "equivalent"),
    ("pad-and-padding", [nn.ZeroPad2d(1), conv(padding=1)], [conv(padding=2)], MAP, "equivalent"),
    # convolution_as_linear
    ("kernel-is-map", [nn.Conv2d(4, 6, 8), nn.Flatten()], [nn.Flatten(), nn.Linear(256, 6)], MAP, "equivalent"),
    ("one-by-one", [nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 6, 1), nn.Flatten()],
     [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 6)], None, "equivalent"),
    ("head", [nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 6, 1), nn.ReLU(), nn.Conv2d(6, 3, 1), nn.Flatten()],
     [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)], MAP, "equivalent"),
    ("kernel-may-be-map", [nn.Conv2d(4, 6, 8), nn.Flatten()], [nn.Flatten(), nn.Linear(256, 6)], None, "unknown"),
    # idle
    ("own-size", [nn.AdaptiveAvgPool2d(8)], [], MAP, "equivalent"),
    ("own-size-not-known", [conv(), nn.AdaptiveAvgPool2d(6), conv()], [conv(), conv()], None, "unknown"),
    ("pool-of-one", [nn.MaxPool2d(1, 1), conv()], [conv()], None, "equivalent"),
    ("pad-by-nothing", [nn.ZeroPad2d(0), conv()], [conv()], None, "equivalent"),
    ("scale-of-one", [conv(), nn.Upsample(scale_factor=1)], [conv()], None, "equivalent"),
    ("groups-are-channels", [nn.ChannelShuffle(4), conv()], [conv()], MAP, "equivalent"),
    ("pool-that-steps-on-the-one-number", [nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 4, 1)], [nn.Conv2d(4, 4, 1)],
     (4, 1, 1), "equivalent"),
    ("moved-past-weights", [nn.MaxPool2d(1, 1), conv()], [conv(), nn.MaxPool2d(1, 1)], MAP, "equivalent"),
    # elementwise_first
    ("relu-past-nearest", [nn.ReLU(), nn.Upsample(scale_factor=2)], [nn.Upsample(scale_factor=2), nn.ReLU()], None,
     "equivalent"),
    ("relu-past-zeros", [nn.ReLU(), nn.ZeroPad2d(1), conv()], [nn.ZeroPad2d(1), nn.ReLU(), conv()], None, "equivalent"),
    ("silu-past-reflection", [nn.SiLU(), nn.ReflectionPad2d(1)], [nn.ReflectionPad2d(1), nn.SiLU()], None,
     "equivalent"),
    ("tanh-past-unfold", [nn.Tanh(), nn.Unfold(2)], [nn.Unfold(2), nn.Tanh()], MAP, "equivalent"),
    # one function of each number
    ("relu-past-tanh", [nn.ReLU(), nn.Tanh()], [nn.Tanh(), nn.ReLU()], None, "equivalent"),
    ("nothing-is-negative", [nn.Sigmoid(), nn.LeakyReLU()], [nn.Sigmoid()], None, "equivalent"),
    ("slope-of-one", [nn.LeakyReLU(1.0), conv()], [conv()], None, "equivalent"),
    ("level-of-zero", [nn.Softshrink(0.0)], [nn.Identity()], None, "equivalent"),
    ("level-out-of-reach", [nn.Softmax(1), nn.Hardtanh(-1, 1)], [nn.Softmax(1)], MAP, "equivalent"),
    ("elu-behind-relu", [nn.ReLU(), nn.ELU(0.5)], [nn.ReLU()], None, "equivalent"),
    ("clamped-twice", [nn.ReLU6(), nn.Hardtanh(-1, 7)], [nn.ReLU6()], None, "equivalent"),
    ("prelu-behind-relu", [nn.ReLU(), nn.PReLU()], [nn.ReLU()], ROWS, "equivalent"),
    ("prelu-before-relu", [nn.PReLU(), nn.ReLU()], [nn.ReLU()], ROWS, "unknown"),
    ("rounding-near-zero", [nn.Tanh(), nn.ELU(), nn.PReLU(), nn.Tanhshrink(), nn.ReLU()],
     [nn.ELU(), nn.Tanh(), nn.Sequential(nn.PReLU()), nn.Tanhshrink(), nn.ReLU()], ROWS, "unknown"),
    # softmaxes
    ("softmax-2d", [nn.Softmax2d()], [nn.Softmax(1)], MAP, "equivalent"),
    ("from-the-end", [nn.Softmax(-1)], [nn.Softmax(3)], MAP, "cosmetic"),
    ("log-then-softmax", [nn.LogSoftmax(1), nn.Softmax(1)], [nn.Softmax(1)], None, "equivalent"),
    # windows, upsampling, reshapes, constants
    ("adaptive-that-divides", [nn.AdaptiveMaxPool2d(4)], [nn.MaxPool2d(2)], MAP, "equivalent"),
    ("largest-of-largest", [nn.MaxPool2d(3, 1), nn.MaxPool2d(2)], [nn.MaxPool2d(4, 2)], MAP, "equivalent"),
    ("means-of-means", [nn.AvgPool2d(2), nn.AvgPool2d(2)], [nn.AvgPool2d(4)], MAP, "equivalent"),
    ("whole-windows-whatever-ceil-mode", [nn.AvgPool2d(4)], [nn.AdaptiveAvgPool2d(2)], MAP, "equivalent"),
    ("one-window", [nn.MaxPool2d(8, 1)], [nn.MaxPool2d(8, 3)], MAP, "equivalent"),
    ("size-and-factor", [nn.Upsample(size=(16, 16))], [nn.Upsample(scale_factor=2)], MAP, "equivalent"),
    ("back-and-forth", [nn.Flatten(), nn.Unflatten(1, (4, 8, 8)), conv()], [conv()], MAP, "equivalent"),
    ("one-output", [nn.Linear(6, 1), nn.Tanh(), nn.Softmax(1)], [nn.Linear(6, 1), nn.Softmax(1)], ROWS, "equivalent"),
    ("norm-of-one", [nn.Linear(6, 1), nn.Tanh(), nn.LayerNorm(1)], [nn.Linear(6, 1), nn.LayerNorm(1)], ROWS,
     "equivalent"),
    ("softmax-past-copies", [nn.Softmax(1), nn.Upsample(scale_factor=2)], [nn.Upsample(scale_factor=2), nn.Softmax(1)],
     None, "equivalent"),
    ("softmax-over-samples", [nn.Softmax(0), nn.Flatten()], [nn.Flatten(), nn.Softmax(0)], MAP, "equivalent"),
    ("nothing-is-positive", [nn.LogSoftmax(1), nn.ReLU()], [nn.Tanh(), nn.LogSoftmax(1), nn.ReLU()], ROWS,
     "equivalent"),
    ("norm-of-one-any-size", [nn.Conv2d(4, 4, 8), nn.Tanh(), nn.LayerNorm((1, 1))],
     [nn.Conv2d(4, 4, 8), nn.LayerNorm((1, 1))], None, "equivalent"),
    ("groups-of-one", [nn.Tanh(), nn.GroupNorm(6, 6)], [nn.GroupNorm(6, 6, eps=0.1)], ROWS, "equivalent"),
    ("nothing-is-positive-any-size", [nn.Tanh(), conv(), nn.LogSoftmax(1), nn.ReLU()],
     [conv(), nn.LogSoftmax(1), nn.ReLU()], None, "equivalent"),
    ("weights-before-a-constant", [nn.LayerNorm(8), nn.LogSoftmax(1), nn.ReLU()], [nn.LogSoftmax(1), nn.ReLU()], MAP,
     "equivalent"),
    ("bias-before-a-constant", [nn.Linear(6, 1), nn.Softmax(1)], [nn.Linear(6, 1, bias=False), nn.Softmax(1)], ROWS,
     "equivalent"),
    ("zeros-stay-zeros", [nn.LogSoftmax(1), nn.ReLU(), nn.Conv2d(4, 3, 3, bias=False), nn.Tanh()],
     [nn.LogSoftmax(1), nn.ReLU(), nn.Tanh(), nn.Conv2d(4, 3, 3, bias=False)], MAP, "equivalent"),
    ("shares-below-a-level", [nn.Tanh(), nn.Softmax(1), nn.Hardshrink(0.9)], [nn.Softmax(1), nn.Hardshrink(0.9)], ROWS,
     "function"),
    ("shares-of-what-is-bounded", [nn.Sigmoid(), nn.LogSoftmax(1), nn.Hardtanh(-4, -0.1)],
     [nn.Sigmoid(), nn.LogSoftmax(1)], ROWS, "equivalent"),
    ("largest-of-one", [nn.AdaptiveAvgPool2d(1), nn.MaxPool2d(3, 2, 1)], [nn.AdaptiveAvgPool2d(1)], None, "equivalent"),
    ("copies-of-one", [nn.AdaptiveAvgPool2d(1), nn.SiLU(), nn.AdaptiveMaxPool2d(2)],
     [nn.AdaptiveAvgPool2d(1), nn.Upsample(size=(2, 2), mode="bilinear"), nn.SiLU()], MAP, "equivalent"),
    ("constant-pad-mapped", [nn.Sigmoid(), nn.ConstantPad2d(1, 0.5)], [nn.ZeroPad2d(1), nn.Sigmoid()], None,
     "equivalent"),
    ("pad-mapped-to-zero", [nn.SiLU(), nn.ConstantPad2d(1, -1.0), nn.ReLU()],
     [nn.ConstantPad2d(1, -1.0), nn.SiLU(), nn.ReLU()], MAP, "equivalent"),
    ("silu-past-max-of-none-negative", [nn.ReLU(), nn.SiLU(), nn.MaxPool2d(2)], [nn.ReLU(), nn.MaxPool2d(2), nn.SiLU()],
     None, "equivalent"),
    ("straight-past-mean", [nn.Tanh(), nn.Hardsigmoid(), nn.AvgPool2d(2)],
     [nn.Tanh(), nn.AvgPool2d(2), nn.Hardsigmoid()], None, "equivalent"),
    ("softmax-past-flatten", [nn.Softmax(1), nn.Flatten(2)], [nn.Flatten(2), nn.Softmax(1)], MAP, "equivalent"),
    ("neighbours-past-copies", [nn.LocalResponseNorm(3), nn.CircularPad2d(1)],
     [nn.CircularPad2d(1), nn.LocalResponseNorm(3)], MAP, "equivalent"),
    ("map-past-zeros", [nn.Conv2d(4, 4, 1, bias=False), nn.ZeroPad2d(1)],
     [nn.ZeroPad2d(1), nn.Conv2d(4, 4, 1, bias=False)], MAP, "equivalent"),
    ("bias-of-other-places", [nn.Conv2d(4, 4, 1), nn.Softmax(-1)], [nn.Conv2d(4, 4, 1, bias=False), nn.Softmax(-1)],
     None, "equivalent"),
    ("channels-told-behind", [nn.ChannelShuffle(4), nn.Tanh(), conv()], [nn.Tanh(), conv()], None, "equivalent"),
    ("rows-of-a-bag", [nn.Linear(6, 4), nn.Flatten()], [nn.Flatten(), nn.Linear(6, 4)], ROWS, "equivalent"),
    ("clamped-behind-prelu", [nn.Tanh(), nn.PReLU(), nn.Hardtanh()], [nn.Tanh(), nn.PReLU()], ROWS, "unknown"),
    ("logarithms-then-mean", [nn.LogSoftmax(1), nn.AvgPool2d(2), nn.Softmax(1)], [nn.AvgPool2d(2), nn.Softmax(1)], MAP,
     "equivalent"),
    ("copies-before-the-largest", [nn.CircularPad2d(1), nn.AdaptiveMaxPool2d(1)], [nn.AdaptiveMaxPool2d(1)], None,
     "equivalent"),
    ("more-places-before-the-largest", [nn.Upsample(scale_factor=2), nn.AdaptiveMaxPool2d(1)],
     [nn.AdaptiveMaxPool2d(1)], None, "equivalent"),
    ("one-window-again", [nn.MaxPool1d(3, 2)], [nn.AdaptiveMaxPool1d(3)], (4, 7), "equivalent"),
    ("exact-by-a-whole-factor", [nn.Upsample(scale_factor=2, mode="nearest-exact")], [nn.Upsample(scale_factor=2)],
     None, "equivalent"),
    ("zeros-below-all", [nn.ReLU(), nn.ZeroPad2d(1), nn.MaxPool2d(3, 2)], [nn.ReLU(), nn.MaxPool2d(3, 2, 1)], None,
     "equivalent"),
    ("zeros-that-count", [nn.ZeroPad2d(1), nn.AvgPool2d(3, 2)], [nn.AvgPool2d(3, 2, 1)], None, "unknown"),
    ("edges-twice", [nn.ReplicationPad2d(1), conv(padding=1, padding_mode="replicate")],
     [conv(padding=2, padding_mode="replicate")], None, "equivalent"),
    ("padded-and-cut", [nn.ZeroPad2d(2), nn.ZeroPad2d(-1), conv()], [nn.ZeroPad2d(1), conv()], None, "equivalent"),
    ("fewer-dimensions", [nn.ConstantPad3d((1, 1, 1, 1, 0, 0), 0.0), conv()], [nn.ZeroPad2d(1), conv()], MAP,
     "equivalent"),
    ("no-holes-in-one", [nn.Conv2d(4, 4, (1, 3), dilation=(2, 1))], [nn.Conv2d(4, 4, (1, 3))], None, "equivalent"),
    ("norms-of-rows", [nn.LayerNorm(6)], [nn.GroupNorm(1, 6)], ROWS, "equivalent"),
    ("slopes-past-zeros", [nn.PReLU(4), nn.ZeroPad2d(1)], [nn.ZeroPad2d(1), nn.PReLU(4)], MAP, "equivalent"),
    ("means-of-means", [nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1)], [nn.AdaptiveAvgPool2d(1)], MAP, "equivalent"),
    ("maxima-of-maxima", [nn.MaxPool2d(3, 1), nn.MaxPool2d(2)], [nn.MaxPool2d(4, 2)], MAP, "equivalent"),
    ("mean-of-copies", [nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((3, 1)), nn.AdaptiveAvgPool2d(1)],
     [nn.AdaptiveAvgPool2d(1)], None, "equivalent"),
    ("copies-of-copies", [nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((3, 1)), nn.AdaptiveMaxPool2d(2)],
     [nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d(2)], None, "equivalent"),
    ("logarithms-then-norm", [nn.LogSoftmax(-1), nn.LayerNorm(6)], [nn.LayerNorm(6)], ROWS, "equivalent"),
    # power_of_one
    ("clamped-before-a-power", [nn.Threshold(0, 0.0), nn.Hardtanh(), nn.LPPool2d(2, 1)],
     [nn.Hardtanh(), nn.Threshold(0, 0.0), nn.LPPool2d(2, 1)], MAP, "equivalent"),
    ("first-power-of-one", [nn.Tanh(), nn.LPPool2d(1, 1)], [nn.Tanh()], MAP, "equivalent"),
    ("power-of-one", [nn.Sigmoid(), nn.LPPool2d(2, 1)], [nn.Sigmoid()], MAP, "equivalent"),
    # drops, mean_slopes
    ("dropout-past-swap", [nn.Dropout(), nn.Tanh(), nn.ReLU()], [nn.ReLU(), nn.Tanh(), nn.Dropout()], ROWS, "training"),
    ("mean-slope", [nn.RReLU(0.1, 0.3)], [nn.LeakyReLU(0.2)], ROWS, "training"),
]  # fmt: skip


def compared(ours, theirs, shape):
    both = [parse.parse(str(nn.Sequential(*each)))[0] for each in (ours, theirs)]
    return api.compare_networks(*both, shape)


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "verdict"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_verdict(ours, theirs, shape, verdict, mirrored):
    outcome = compared(theirs, ours, shape) if mirrored else compared(ours, theirs, shape)
    assert outcome.verdict == verdict
    if verdict not in ("cosmetic", "function"):
        assert len([each for each in outcome.findings if each.is_difference and each.effect.word == verdict]) == 1


def shared(ours, theirs):
    """Both as they are, with the weights of the one in the other."""
    a, b = (nn.Sequential(*copy.deepcopy(each)).double() for each in (ours, theirs))
    numbers = [[p for name, p in net.named_parameters() if not _is_slope(net, name)] for net in (a, b)]
    for mine, other in zip(*numbers, strict=False):
        with torch.no_grad():
            other.copy_(mine.reshape(other.shape) if mine.numel() == other.numel() else other)
    return a, b


def _is_slope(net, name):
    return isinstance(net[int(name.split(".")[0])], nn.PReLU)


def outputs(net, shape, train):
    torch.manual_seed(1)
    x = torch.randn(5, *(shape or MAP), dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 3
    x.requires_grad_()
    y = net.train(train)(x)
    weights = torch.linspace(-1, 1, y.numel(), dtype=torch.float64).reshape(y.shape)
    (y * weights).sum().backward()
    return y, x.grad


def equal(pairs):
    return all(a.shape == b.shape and torch.allclose(a, b, atol=1e-9) for a, b in zip(*pairs, strict=True))


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "verdict"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_measured(ours, theirs, shape, verdict):
    if verdict == "unknown":
        return
    a, b = shared(ours, theirs)
    inference, training = (equal([outputs(net, shape, train) for net in (a, b)]) for train in (False, True))
    assert inference is (verdict != "function")
    assert training is (verdict in ("equivalent", "cosmetic"))


def test_every_rule_has_a_case():
    """By its words, which every finding ends with that it made."""
    told = " ".join(each.message for _, *case, _ in CASES for each in compared(*case).findings)
    assert [rule.name for rule in runs.table().values() if rule.because not in told] == []


@pytest.mark.parametrize("odd", ["(1, 1, 1)", "()", "inf", "None", "'x'", "-3"])
@pytest.mark.parametrize(("ours", "theirs", "shape"), [case[1:4] for case in CASES], ids=[case[0] for case in CASES])
def test_no_setting_is_too_odd(ours, theirs, shape, odd):
    """Whatever stands in the place of a number, the answer is a verdict or a clear error."""
    texts = [str(nn.Sequential(*(each or [nn.Identity()]))) for each in (ours, theirs)]
    for number in re.finditer(r"(?<![\w.(])\d+(?:\.\d+)?(?=[,)])|\(\d[^()]*,[^()]*\)", texts[0]):
        odder = texts[0][: number.start()] + odd + texts[0][number.end() :]
        with contextlib.suppress(ArchdiffError):
            api.compare_networks(parse.parse(odder)[0], parse.parse(texts[1])[0], shape)


def test_statistics_that_are_kept_before_a_constant():
    """The outputs are 0 on both sides, and the running statistics of what is trained are not the same."""
    tail = [nn.BatchNorm2d(4), nn.LogSoftmax(1), nn.ReLU()]
    assert compared([nn.ReLU(), *tail], tail, MAP).verdict == "training"


def test_levels_that_are_nearly_one():
    """0.5 and 0.500001 behind a Sigmoid part where the input is 0.000002."""
    ours, theirs = ([nn.Sigmoid(), nn.Threshold(level, 0.0)] for level in (0.5, 0.500001))
    assert compared(ours, theirs, ROWS).verdict == "function"


def test_nothing_is_said_of_numbers_that_are_too_large_to_look_at():
    assert compared([nn.Hardtanh(-1e7, 1e7)], [nn.Identity()], ROWS).verdict == "function"
