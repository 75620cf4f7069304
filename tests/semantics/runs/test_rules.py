"""What runs of layers come to, held against torch: each case is built on both sides with equal weights and run."""

from __future__ import annotations

import contextlib
import copy
import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff import api, parse
from archdiff.model.errors import ArchdiffError
from archdiff.model.message import message
from archdiff.model.outcome import Outcome
from archdiff.semantics import kinds, runs
from archdiff.semantics.kinds import Shape

MAP = (4, 8, 8)
ROWS = (6,)


def conv(**more: Any) -> nn.Conv2d:
    return nn.Conv2d(4, 4, 3, **more)


#: id, candidate, reference, input shape, verdict; the cases that must be left alone come first
CASES: list[tuple[str, list[nn.Module], list[nn.Module], Shape | None, str]] = [
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
    ("channels-that-no-norm-counts", [nn.AdaptiveAvgPool2d(1), nn.Softmax(1), nn.GroupNorm(1, 1, affine=False)],
     [nn.AdaptiveAvgPool2d(1), nn.GroupNorm(1, 1, affine=False)], None, "function"),
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
    ("pads-of-two-numbers", [nn.ConstantPad2d(1, 0.5), nn.ConstantPad2d(1, 0.25), conv()],
     [nn.ConstantPad2d(2, 0.5), conv()], MAP, "function"),
    ("cut-and-padded-elsewhere", [nn.ConstantPad2d((-1, 1, 0, 0), 0.5), conv()],
     [nn.ConstantPad2d((-1, 1, 0, 0), 0.25), conv()], MAP, "function"),
    ("reflections-twice", [nn.ReflectionPad2d(1), nn.ReflectionPad2d(1), conv()],
     [nn.ReflectionPad2d(2), conv()], MAP, "function"),
    ("same-of-an-even-kernel", [nn.ZeroPad2d((2, 1, 2, 1)), nn.Conv2d(4, 4, 4)],
     [nn.Conv2d(4, 4, 4, padding="same")], MAP, "function"),
    ("padding-of-the-other-dimension", [nn.ZeroPad2d((0, 0, 1, 1)), conv()], [conv(padding=(0, 1))], MAP, "function"),
    ("kernel-is-map-in-groups", [nn.Conv2d(4, 6, 8, groups=2), nn.Flatten()],
     [nn.Flatten(), nn.Linear(256, 6)], MAP, "function"),
    ("kernel-is-map-with-padding", [nn.Conv2d(4, 6, 8, padding=1), nn.Flatten()],
     [nn.Flatten(), nn.Linear(256, 6)], MAP, "function"),
    ("signal-kernel-is-not-map", [nn.Conv1d(4, 6, 7, padding=0), nn.Flatten()],
     [nn.Flatten(), nn.Linear(32, 12)], (4, 8), "function"),
    ("slopes-past-a-pad-below-zero", [nn.PReLU(4), nn.ConstantPad2d(1, -1.0)],
     [nn.ConstantPad2d(1, -1.0), nn.PReLU(4)], MAP, "function"),
    ("slope-past-a-pad-below-zero", [nn.PReLU(), nn.ConstantPad2d(1, -1.0)],
     [nn.ConstantPad2d(1, -1.0), nn.PReLU()], MAP, "function"),
    ("softmax-past-flatten-of-all", [nn.Softmax(1), nn.Flatten()], [nn.Flatten(), nn.Softmax(1)], MAP, "function"),
    ("softmax-past-unfold", [nn.Softmax(1), nn.Unfold(2)], [nn.Unfold(2), nn.Softmax(1)], MAP, "function"),
    ("glu-of-places-past-copies", [nn.GLU(2), nn.ReplicationPad2d(1)],
     [nn.ReplicationPad2d(1), nn.GLU(2)], MAP, "function"),
    ("shuffle-of-two-groups", [nn.ChannelShuffle(2), conv()], [conv()], MAP, "function"),
    ("size-of-another", [nn.Upsample(size=(9, 9)), conv()], [conv()], MAP, "function"),
    ("largest-of-fewer-places", [nn.Upsample(scale_factor=0.5), nn.AdaptiveMaxPool2d(1)],
     [nn.AdaptiveMaxPool2d(1)], MAP, "function"),
    ("largest-of-a-smaller-size", [nn.Upsample(size=(9, 7)), nn.AdaptiveMaxPool2d(1)],
     [nn.AdaptiveMaxPool2d(1)], MAP, "function"),
    ("largest-of-what-is-cut", [nn.ReplicationPad2d(-1), nn.AdaptiveMaxPool2d(1)],
     [nn.AdaptiveMaxPool2d(1)], MAP, "function"),
    ("largest-of-what-is-blurred", [nn.Upsample(scale_factor=2, mode="bilinear"), nn.AdaptiveMaxPool2d(1)],
     [nn.AdaptiveMaxPool2d(1)], MAP, "function"),
    ("largest-past-a-gap", [nn.MaxPool1d(2, 3), nn.MaxPool1d(2)], [nn.MaxPool1d(5, 6)], (4, 11), "function"),
    ("means-of-largest", [nn.MaxPool2d(2), nn.AvgPool2d(2)], [nn.MaxPool2d(4)], MAP, "function"),
    ("second-power-of-what-is-negative", [nn.Tanh(), nn.LPPool2d(2, 1)], [nn.Tanh()], MAP, "function"),
    ("first-power-of-two", [nn.Sigmoid(), nn.LPPool2d(1, 2)], [nn.Sigmoid()], MAP, "function"),
    ("first-power-with-a-step", [nn.Sigmoid(), nn.LPPool2d(1, 1, stride=2)], [nn.Sigmoid()], MAP, "function"),
    ("half-a-power", [nn.Tanh(), nn.LPPool2d(0.5, 1)], [nn.Tanh()], MAP, "function"),
    ("flatten-some-dims", [nn.Flatten(1, 2)], [nn.Flatten()], MAP, "function"),
    ("shuffle-between-shapes", [nn.PixelShuffle(2), nn.Flatten()], [nn.Flatten()], MAP, "function"),
    ("softmin-then-log", [nn.Softmin(1), nn.LogSoftmax(1)], [nn.LogSoftmax(1)], ROWS, "function"),
    ("log-twice-of-other-dims", [nn.LogSoftmax(1), nn.LogSoftmax(2)], [nn.LogSoftmax(2)], MAP, "function"),
    ("logarithms-then-unfold", [nn.LogSoftmax(1), nn.Unfold(2), nn.Softmax(1)],
     [nn.Unfold(2), nn.Softmax(1)], MAP, "function"),
    ("logarithms-then-norm-of-two-dims", [nn.LogSoftmax(-1), nn.LayerNorm((8, 8))],
     [nn.LayerNorm((8, 8))], MAP, "function"),
    ("softmax-2d-of-places", [nn.Softmax2d()], [nn.Softmax(2)], MAP, "function"),
    ("factor-that-cuts", [nn.Upsample(scale_factor=1.3)], [nn.Upsample(size=(10, 10))], MAP, "function"),
    ("exact-by-a-part", [nn.Upsample(scale_factor=1.5, mode="nearest-exact")],
     [nn.Upsample(scale_factor=1.5)], MAP, "function"),
    ("exact-to-no-multiple", [nn.Upsample(size=(12, 16), mode="nearest-exact")],
     [nn.Upsample(size=(12, 16))], MAP, "function"),
    ("adaptive-mean-to-no-multiple", [nn.AdaptiveAvgPool2d(12)], [nn.Upsample(size=(12, 12))], MAP, "function"),
    ("bilinear-of-two-rows", [nn.Upsample(size=(4, 8), mode="bilinear")],
     [nn.Upsample(size=(4, 8))], (4, 2, 8), "function"),
    ("copies-of-a-row-then-largest", [nn.AdaptiveAvgPool2d((1, 8)), nn.Upsample(size=(4, 8)), nn.MaxPool2d(4)],
     [nn.AdaptiveAvgPool2d((1, 8))], MAP, "function"),
    ("two-windows-of-a-signal", [nn.MaxPool1d(5, 3)], [nn.MaxPool1d(5, 2)], (4, 8), "function"),
    ("rounding-that-decides", [nn.MaxPool1d(3, 2, ceil_mode=True)], [nn.MaxPool1d(3, 2)], (4, 8), "function"),
    ("adaptive-that-leaves-a-rest", [nn.AdaptiveMaxPool1d(3)], [nn.MaxPool1d(2, 3)], (4, 8), "function"),
    ("padded-mean-of-one-window", [nn.AvgPool1d(8, 3, 1)], [nn.AvgPool1d(8, 2, 1)], (4, 8), "function"),
    ("positive-behind-bicubic", [nn.Sigmoid(), nn.Upsample(scale_factor=2, mode="bicubic"), nn.ReLU()],
     [nn.Sigmoid(), nn.Upsample(scale_factor=2, mode="bicubic")], MAP, "function"),
    ("positive-behind-a-pad-below-zero", [nn.Sigmoid(), nn.ConstantPad2d(1, -1.0), nn.ReLU()],
     [nn.Sigmoid(), nn.ConstantPad2d(1, -1.0)], MAP, "function"),
    ("positive-behind-a-map", [nn.Sigmoid(), conv(), nn.ReLU()], [nn.Sigmoid(), conv()], MAP, "function"),
    ("shares-above-one", [nn.Softmax(1), nn.Hardtanh(0.0, 0.9)], [nn.Softmax(1)], ROWS, "function"),
    ("shares-of-places-that-reach-further", [nn.Sigmoid(), nn.Softmax2d(), nn.Hardtanh(0.2, 0.6)],
     [nn.Sigmoid(), nn.Softmax2d()], MAP, "function"),
    ("mean-slope-of-others", [nn.RReLU(0.1, 0.5)], [nn.LeakyReLU(0.2)], ROWS, "function"),
    ("zeros-through-a-norm-with-a-bias", [nn.LogSoftmax(1), nn.ReLU(), nn.Conv2d(4, 3, 3), nn.Tanh()],
     [nn.LogSoftmax(1), nn.ReLU(), nn.Tanh(), nn.Conv2d(4, 3, 3)], MAP, "function"),
    ("slopes-of-both-signs", [nn.PReLU(), nn.ReLU()], [nn.PReLU()], ROWS, "function"),
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
    # explicit_padding
    ("pads-that-cut-back", [nn.ZeroPad2d(1), nn.ZeroPad2d(-1), conv()], [conv()], MAP, "equivalent"),
    ("pads-of-one-number", [nn.ConstantPad2d(1, 0.5), nn.ConstantPad2d((0, 2, 1, 0), 0.5), conv()],
     [nn.ConstantPad2d((1, 3, 2, 1), 0.5), conv()], MAP, "equivalent"),
    ("pad-and-a-cut-of-another-number", [nn.ConstantPad2d(2, 0.5), nn.ConstantPad2d(-1, 0.25), conv()],
     [nn.ConstantPad2d(1, 0.5), conv()], MAP, "equivalent"),
    ("cut-by-any-number", [nn.ConstantPad2d(-1, 0.5), conv()], [nn.ConstantPad2d(-1, 0.25), conv()], MAP, "equivalent"),
    ("cut-of-one-side", [nn.ConstantPad2d((-1, 0, 0, 0), 0.5), conv()],
     [nn.ConstantPad2d((-1, 0, 0, 0), 0.25), conv()], MAP, "equivalent"),
    ("edges-of-other-sides", [nn.ReplicationPad2d((1, 0, 0, 2)), nn.ReplicationPad2d((0, 1, 1, 0)), conv()],
     [nn.ReplicationPad2d((1, 1, 1, 2)), conv()], MAP, "equivalent"),
    ("same-with-dilation", [nn.ZeroPad2d(2), nn.Conv2d(4, 4, 3, dilation=2)],
     [nn.Conv2d(4, 4, 3, padding="same", dilation=2)], None, "equivalent"),
    ("valid", [nn.Conv2d(4, 4, 3, padding="valid")], [conv()], MAP, "cosmetic"),
    ("padding-of-one-dimension", [nn.ZeroPad2d((0, 0, 1, 1)), conv()], [conv(padding=(1, 0))], MAP, "equivalent"),
    ("padding-of-a-signal", [nn.ConstantPad1d(2, 0.0), nn.Conv1d(4, 4, 3)],
     [nn.Conv1d(4, 4, 3, padding=2)], (4, 8), "equivalent"),
    ("fewer-dimensions-that-pad", [nn.ConstantPad2d((1, 2, 0, 0), 0.0), conv()],
     [nn.ZeroPad2d((1, 2, 0, 0)), conv()], MAP, "cosmetic"),
    ("mean-with-zeros-not-counted", [nn.ZeroPad2d(1), nn.AvgPool2d(3, 2)],
     [nn.AvgPool2d(3, 2, 1, count_include_pad=False)], MAP, "unknown"),
    # convolution_as_linear
    ("kernel-is-map-without-bias", [nn.Conv2d(4, 6, 8, bias=False), nn.Flatten()],
     [nn.Flatten(), nn.Linear(256, 6, bias=False)], MAP, "equivalent"),
    ("kernel-is-map-with-any-stride", [nn.Conv2d(4, 6, 8, stride=3), nn.Flatten()],
     [nn.Flatten(), nn.Linear(256, 6)], MAP, "equivalent"),
    ("kernel-of-one-with-dilation", [nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 6, 1, dilation=2), nn.Flatten()],
     [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 6)], MAP, "equivalent"),
    ("signal-kernel-is-map", [nn.Conv1d(4, 6, 8), nn.Flatten()],
     [nn.Flatten(), nn.Linear(32, 6)], (4, 8), "equivalent"),
    ("volume-kernel-is-map", [nn.Conv3d(2, 3, 2), nn.Flatten()],
     [nn.Flatten(), nn.Linear(16, 3)], (2, 2, 2, 2), "equivalent"),
    ("kernel-is-map-before-a-norm", [nn.Conv2d(4, 6, 8), nn.Flatten(), nn.Tanh()],
     [nn.Flatten(), nn.Linear(256, 6), nn.Tanh()], MAP, "equivalent"),
    # elementwise_first
    ("tanh-past-flatten", [nn.Tanh(), nn.Flatten()], [nn.Flatten(), nn.Tanh()], MAP, "equivalent"),
    ("rrelu-past-copies", [nn.RReLU(), nn.Upsample(scale_factor=2)],
     [nn.Upsample(scale_factor=2), nn.RReLU()], MAP, "training"),
    ("rrelu-past-max", [nn.RReLU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.RReLU()], MAP, "training"),
    ("tanh-past-shuffle", [nn.Tanh(), nn.PixelShuffle(2)], [nn.PixelShuffle(2), nn.Tanh()], MAP, "equivalent"),
    ("slope-past-flatten", [nn.PReLU(), nn.Flatten()], [nn.Flatten(), nn.PReLU()], MAP, "equivalent"),
    ("slope-past-max", [nn.PReLU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.PReLU()], MAP, "unknown"),
    ("slopes-past-flat-places", [nn.PReLU(4), nn.Flatten(2)], [nn.Flatten(2), nn.PReLU(4)], MAP, "equivalent"),
    ("slopes-past-copies", [nn.PReLU(4), nn.Upsample(scale_factor=2)],
     [nn.Upsample(scale_factor=2), nn.PReLU(4)], MAP, "equivalent"),
    ("slopes-past-ones", [nn.PReLU(4), nn.ConstantPad2d(1, 1.0)],
     [nn.ConstantPad2d(1, 1.0), nn.PReLU(4)], MAP, "equivalent"),
    ("slope-past-zeros", [nn.PReLU(), nn.ZeroPad2d(1)], [nn.ZeroPad2d(1), nn.PReLU()], MAP, "equivalent"),
    ("relu-past-alpha-dropout", [nn.ReLU(), nn.AlphaDropout()], [nn.AlphaDropout(), nn.ReLU()], ROWS, "training"),
    ("softmax-past-edges", [nn.Softmax(1), nn.ReplicationPad2d(1)],
     [nn.ReplicationPad2d(1), nn.Softmax(1)], MAP, "equivalent"),
    ("softmax-past-edges-from-the-end", [nn.Softmax(-3), nn.ReplicationPad2d(1)],
     [nn.ReplicationPad2d(1), nn.Softmax(-3)], MAP, "equivalent"),
    ("softmax-over-samples-past-identity", [nn.Softmax(0), nn.PixelShuffle(2)],
     [nn.PixelShuffle(2), nn.Softmax(0)], MAP, "equivalent"),
    ("glu-past-copies", [nn.GLU(1), nn.Upsample(scale_factor=2)],
     [nn.Upsample(scale_factor=2), nn.GLU(1)], MAP, "equivalent"),
    ("tanh-past-a-pad", [nn.Tanh(), nn.ConstantPad2d(1, 0.0)],
     [nn.ConstantPad2d(1, 0.0), nn.Tanh()], MAP, "equivalent"),
    # idle
    ("shuffle-of-one-group", [nn.ChannelShuffle(1), conv()], [conv()], MAP, "equivalent"),
    ("unflatten-to-its-own-size", [nn.Unflatten(1, (4,)), conv()], [conv()], MAP, "equivalent"),
    ("size-of-its-own", [nn.Upsample(size=(8, 8)), conv()], [conv()], MAP, "equivalent"),
    ("softmax-of-what-is-one", [nn.Conv2d(4, 1, 3), nn.Softmax(1)],
     [nn.Conv2d(4, 1, 3, bias=False), nn.Softmax(1)], MAP, "equivalent"),
    # largest_of_all
    ("largest-of-a-larger-size", [nn.Upsample(size=(9, 9)), nn.AdaptiveMaxPool2d(1)],
     [nn.AdaptiveMaxPool2d(1)], MAP, "equivalent"),
    # pools_in_a_row
    ("largest-of-largest-that-touch", [nn.MaxPool2d(2), nn.MaxPool2d(2)], [nn.MaxPool2d(4)], MAP, "equivalent"),
    ("largest-of-largest-with-a-step", [nn.MaxPool2d(2), nn.MaxPool2d(2, 1)], [nn.MaxPool2d(4, 2)], MAP, "equivalent"),
    ("three-in-a-row", [nn.AvgPool2d(2), nn.AvgPool2d(2), nn.AvgPool2d(2)], [nn.AvgPool2d(8)], MAP, "equivalent"),
    # reshapes
    ("flatten-of-samples", [nn.Flatten(0, 1), nn.Flatten(), nn.ReLU()], [nn.Flatten(), nn.ReLU()], None, "unknown"),
    ("unflatten-to-another-shape", [nn.Flatten(), nn.Unflatten(1, (8, 4, 8)), nn.Conv2d(8, 2, 3)],
     [nn.Unflatten(1, (1, 4)), nn.Flatten(1, 2), nn.Flatten(), nn.Unflatten(1, (8, 4, 8)), nn.Conv2d(8, 2, 3)],
     MAP, "equivalent"),
    ("two-flattens", [nn.Flatten(2), nn.Flatten()], [nn.Flatten()], MAP, "equivalent"),
    ("two-flattens-any-size", [nn.Flatten(2), nn.Flatten()], [nn.Flatten()], None, "equivalent"),
    ("unflatten-and-flatten", [nn.Unflatten(1, (2, 2)), nn.Flatten()], [nn.Flatten()], MAP, "equivalent"),
    ("flatten-by-its-dims", [nn.Flatten(1, 3)], [nn.Flatten()], MAP, "cosmetic"),
    # softmaxes
    ("log-then-softmin", [nn.LogSoftmax(1), nn.Softmin(1)], [nn.Softmin(1)], ROWS, "equivalent"),
    ("logarithms-then-copies", [nn.LogSoftmax(1), nn.Upsample(scale_factor=2), nn.Softmax(1)],
     [nn.Upsample(scale_factor=2), nn.Softmax(1)], MAP, "equivalent"),
    ("logarithms-of-the-last-dim-then-norm", [nn.LogSoftmax(3), nn.LayerNorm(8)], [nn.LayerNorm(8)], MAP, "equivalent"),
    ("softmax-2d-any-size", [nn.Softmax2d(), conv()], [nn.Softmax(1), conv()], None, "equivalent"),
    # upsampling
    ("factor-of-half", [nn.Upsample(scale_factor=0.5)], [nn.Upsample(size=(4, 4))], MAP, "equivalent"),
    ("factor-that-is-not-whole", [nn.Upsample(scale_factor=1.5)], [nn.Upsample(size=(12, 12))], MAP, "equivalent"),
    ("exact-to-a-multiple", [nn.Upsample(size=(16, 24), mode="nearest-exact")],
     [nn.Upsample(size=(16, 24))], MAP, "equivalent"),
    ("exact-by-two-factors", [nn.Upsample(scale_factor=(2.0, 3.0), mode="nearest-exact")],
     [nn.Upsample(scale_factor=(2.0, 3.0))], MAP, "equivalent"),
    ("adaptive-mean-to-a-multiple", [nn.AdaptiveAvgPool2d(16)], [nn.Upsample(scale_factor=2)], MAP, "equivalent"),
    ("bilinear-of-one-row", [nn.Upsample(size=(4, 8), mode="bilinear")],
     [nn.Upsample(size=(4, 8))], (4, 1, 8), "equivalent"),
    ("copies-then-copies", [nn.AdaptiveAvgPool2d(1), nn.Upsample(size=(2, 2)), nn.Upsample(size=(4, 4))],
     [nn.AdaptiveAvgPool2d(1), nn.Upsample(size=(4, 4))], MAP, "equivalent"),
    ("copies-then-largest", [nn.AdaptiveAvgPool2d(1), nn.Upsample(size=(4, 4)), nn.MaxPool2d(2)],
     [nn.AdaptiveAvgPool2d(1), nn.Upsample(size=(2, 2))], MAP, "equivalent"),
    ("copies-then-one", [nn.AdaptiveAvgPool2d(1), nn.Upsample(size=(4, 4)), nn.AvgPool2d(4)],
     [nn.AdaptiveAvgPool2d(1)], MAP, "equivalent"),
    # windows
    ("one-window-of-a-signal", [nn.MaxPool1d(7, 5)], [nn.MaxPool1d(7, 3)], (4, 8), "equivalent"),
    ("rounding-that-does-not", [nn.MaxPool1d(2, 2, ceil_mode=True), nn.Tanh()],
     [nn.MaxPool1d(2, 2), nn.Tanh()], (4, 8), "equivalent"),
    ("holes-in-one-number", [nn.MaxPool1d(1, 2, dilation=3)], [nn.MaxPool1d(1, 2)], (4, 8), "equivalent"),
    ("adaptive-of-all", [nn.AdaptiveMaxPool1d(8)], [nn.MaxPool1d(1)], (4, 8), "equivalent"),
    ("adaptive-of-one-side", [nn.AdaptiveAvgPool2d((4, None))], [nn.AvgPool2d((2, 1))], MAP, "equivalent"),
    # numbers that may come in
    ("clamped-behind-softplus", [nn.Softplus(), nn.ReLU()], [nn.Softplus()], ROWS, "equivalent"),
    ("clamped-behind-a-dropout", [nn.Sigmoid(), nn.Dropout(), nn.Hardtanh(-1, 1)],
     [nn.Sigmoid(), nn.Dropout()], ROWS, "training"),
    ("clamped-behind-an-alpha-dropout", [nn.Sigmoid(), nn.AlphaDropout(), nn.ReLU()],
     [nn.Sigmoid(), nn.AlphaDropout()], ROWS, "training"),
    ("positive-behind-a-dropout", [nn.Sigmoid(), nn.Dropout(), nn.ReLU()],
     [nn.Sigmoid(), nn.Dropout()], ROWS, "equivalent"),
    ("positive-behind-a-mean", [nn.Sigmoid(), nn.AvgPool2d(2), nn.ReLU()],
     [nn.Sigmoid(), nn.AvgPool2d(2)], MAP, "equivalent"),
    ("positive-behind-bilinear", [nn.Sigmoid(), nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReLU()],
     [nn.Sigmoid(), nn.Upsample(scale_factor=2, mode="bilinear")], MAP, "equivalent"),
    ("positive-behind-a-pad-above-zero", [nn.Sigmoid(), nn.ConstantPad2d(1, 1.0), nn.ReLU()],
     [nn.Sigmoid(), nn.ConstantPad2d(1, 1.0)], MAP, "equivalent"),
    ("positive-behind-an-even-power", [nn.Tanh(), nn.LPPool2d(2, 2), nn.ReLU()],
     [nn.Tanh(), nn.LPPool2d(2, 2)], MAP, "equivalent"),
    ("positive-behind-an-odd-power", [nn.Sigmoid(), nn.LPPool2d(3, 2), nn.ReLU()],
     [nn.Sigmoid(), nn.LPPool2d(3, 2)], MAP, "equivalent"),
    ("positive-behind-neighbours", [nn.Sigmoid(), nn.LocalResponseNorm(2), nn.ReLU()],
     [nn.Sigmoid(), nn.LocalResponseNorm(2)], MAP, "equivalent"),
    ("shares-of-samples", [nn.Softmax(0), nn.Hardtanh(0.0, 1.0)], [nn.Softmax(0)], ROWS, "equivalent"),
    ("softmin-below-one", [nn.Softmin(1), nn.Hardtanh(0.0, 1.0)], [nn.Softmin(1)], ROWS, "equivalent"),
    ("shares-of-places", [nn.Sigmoid(), nn.Softmax2d(), nn.Hardtanh(0.1, 0.6)],
     [nn.Sigmoid(), nn.Softmax2d()], MAP, "equivalent"),
    ("winner-of-a-clamp", [nn.Hardtanh(-2, -1), nn.MaxPool2d(2), nn.ReLU()],
     [nn.Hardtanh(-3, -1), nn.MaxPool2d(2), nn.ReLU()], MAP, "equivalent"),
    ("levels-in-a-row", [nn.Threshold(0.2, 0.1), nn.Threshold(0.15, 0.1)],
     [nn.Threshold(0.2, 0.1)], ROWS, "equivalent"),
    ("rrelu-twice", [nn.RReLU(0.1, 0.3), nn.ReLU()], [nn.ReLU()], ROWS, "equivalent"),
    ("rrelu-of-equal-bounds", [nn.RReLU(0.2, 0.2)], [nn.LeakyReLU(0.2)], ROWS, "equivalent"),
    ("zeros-through-a-norm", [nn.LogSoftmax(1), nn.ReLU(), nn.LayerNorm(8, bias=False), nn.Tanh()],
     [nn.LogSoftmax(1), nn.ReLU(), nn.Tanh(), nn.LayerNorm(8, bias=False)], MAP, "equivalent"),
]  # fmt: skip


def compared(ours: list[nn.Module], theirs: list[nn.Module], shape: Shape | None) -> Outcome:
    a, b = (parse.parse(str(nn.Sequential(*each)))[0] for each in (ours, theirs))
    return api.compare_networks(a, b, shape)


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "verdict"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_verdict(
    ours: list[nn.Module], theirs: list[nn.Module], shape: tuple[int, ...] | None, verdict: str, mirrored: bool
) -> None:
    outcome = compared(theirs, ours, shape) if mirrored else compared(ours, theirs, shape)
    assert outcome.verdict == verdict
    if verdict not in ("cosmetic", "function"):
        assert len([each for each in outcome.findings if each.is_difference and each.effect.word == verdict]) == 1


def shared(ours: list[nn.Module], theirs: list[nn.Module]) -> tuple[nn.Sequential, nn.Sequential]:
    """Both as they are, with the weights of the one in the other."""
    a, b = (nn.Sequential(*copy.deepcopy(each)).double() for each in (ours, theirs))
    numbers = [[p for name, p in net.named_parameters() if not _is_slope(net, name)] for net in (a, b)]
    for mine, other in zip(*numbers, strict=False):
        with torch.no_grad():
            other.copy_(mine.reshape(other.shape) if mine.numel() == other.numel() else other)
    return a, b


def _is_slope(net: nn.Sequential, name: str) -> bool:
    return isinstance(net[int(name.split(".")[0])], nn.PReLU)


def outputs(net: nn.Sequential, shape: Shape | None, train: bool) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    x = torch.randn(5, *(shape or MAP), dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 3
    x.requires_grad_()
    y = net.train(train)(x)
    weights = torch.linspace(-1, 1, y.numel(), dtype=torch.float64).reshape(y.shape)
    (y * weights).sum().backward()
    assert x.grad is not None
    return y, x.grad


def equal(pairs: list[tuple[Tensor, Tensor]]) -> bool:
    return all(a.shape == b.shape and torch.allclose(a, b, atol=1e-9) for a, b in zip(*pairs, strict=True))


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "verdict"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_measured(ours: list[nn.Module], theirs: list[nn.Module], shape: tuple[int, ...] | None, verdict: str) -> None:
    if verdict == "unknown":
        return
    a, b = shared(ours, theirs)
    inference, training = (equal([outputs(net, shape, train) for net in (a, b)]) for train in (False, True))
    assert inference is (verdict != "function")
    assert training is (verdict in ("equivalent", "cosmetic"))


def test_every_rule_has_a_case() -> None:
    """By its words, which every finding ends with that it made."""
    told = " ".join(
        each.message for _, ours, theirs, shape, _ in CASES for each in compared(ours, theirs, shape).findings
    )
    assert [rule.name for rule in runs.table().values() if rule.because not in told] == []


def test_a_rewrite_that_takes_nothing_for_granted_is_found_first() -> None:
    """`stepwise` goes on behind a conditional one, and tries the steps in order with the neighbours before each."""
    relu, tanh, identity = (runs.operation(kinds.by_name()[name], {}, None) for name in ("relu", "tanh", "identity"))
    needs = message("of-one-input")

    def one(op: runs.Op) -> runs.Rewritten | None:
        return runs.Rewritten((), needs) if op is relu else None

    def two(first: runs.Op, second: runs.Op) -> runs.Rewritten | None:
        return runs.Rewritten((identity,)) if (first, second) == (tanh, tanh) else None

    rewrite = runs.stepwise((1, one), (2, two))
    assert rewrite(()) is None
    assert rewrite((tanh, identity)) is None
    assert rewrite((tanh, relu, relu)) == runs.Rewritten((tanh, relu), needs)
    assert rewrite((relu, tanh, tanh, tanh)) == runs.Rewritten((relu, identity, tanh))


#: one case for each set of classes
OF_CLASSES = list({frozenset(map(type, (*case[1], *case[2]))): case for case in CASES}.values())


@pytest.mark.parametrize("odd", ["(1, 1, 1)", "()", "inf", "None", "'x'", "-3"])
@pytest.mark.parametrize(
    ("ours", "theirs", "shape"), [case[1:4] for case in OF_CLASSES], ids=[case[0] for case in OF_CLASSES]
)
def test_no_setting_is_too_odd(
    ours: list[nn.Module], theirs: list[nn.Module], shape: tuple[int, ...] | None, odd: str
) -> None:
    """Whatever stands in the place of a number, the answer is a verdict or a clear error."""
    texts = [str(nn.Sequential(*(each or [nn.Identity()]))) for each in (ours, theirs)]
    for number in re.finditer(r"(?<![\w.(])\d+(?:\.\d+)?(?=[,)])|\(\d[^()]*,[^()]*\)", texts[0]):
        odder = texts[0][: number.start()] + odd + texts[0][number.end() :]
        with contextlib.suppress(ArchdiffError):
            api.compare_networks(parse.parse(odder)[0], parse.parse(texts[1])[0], shape)


def test_statistics_that_are_kept_before_a_constant() -> None:
    """The outputs are 0 on both sides, and the running statistics of what is trained are not the same."""
    tail = [nn.BatchNorm2d(4), nn.LogSoftmax(1), nn.ReLU()]
    assert compared([nn.ReLU(), *tail], tail, MAP).verdict == "training"


def test_levels_that_are_nearly_one() -> None:
    """0.5 and 0.500001 behind a Sigmoid part where the input is 0.000002."""
    ours, theirs = ([nn.Sigmoid(), nn.Threshold(level, 0.0)] for level in (0.5, 0.500001))
    assert compared(ours, theirs, ROWS).verdict == "function"


def test_nothing_is_said_of_numbers_that_are_too_large_to_look_at() -> None:
    assert compared([nn.Hardtanh(-1e7, 1e7)], [nn.Identity()], ROWS).verdict == "function"
