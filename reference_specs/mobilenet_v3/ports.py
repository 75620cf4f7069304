"""Implementations of MobileNetV3 that are not in a package of Python, as variations of the paper's networks."""

from __future__ import annotations

from typing import Any

from torch import nn

from reference_specs.mobilenet_v3 import networks

# What the first revision printed for the last three bottlenecks of Table 1.
FIRST_REVISION = (
    *networks.LARGE[:12],
    (5, 672, 160, True, "HS", 1),
    (5, 672, 160, True, "HS", 2),
    (5, 960, 160, True, "HS", 1),
)


def d_li14_large() -> nn.Module:
    """d-li14/mobilenetv3.pytorch at 0426332, mobilenetv3_large: the first revision."""
    return _d_li14(networks.MobileNetV3(FIRST_REVISION, 1280))


def d_li14_small() -> nn.Module:
    """d-li14/mobilenetv3.pytorch at 0426332, mobilenetv3_small: head 1280, and stride 1 in the fourth bottleneck."""
    rows = tuple((*row[:5], 1) if row[1:3] == (96, 40) else row for row in networks.SMALL)
    return _d_li14(networks.MobileNetV3(rows, 1280))


def squeeze_before_activation() -> nn.Module:
    """d-li14/mobilenetv3.pytorch#18: the second activation of a bottleneck stands behind squeeze-and-excite."""
    network: Any = networks.MobileNetV3(networks.LARGE, 1280)
    for block in network.features[1:-1]:
        if isinstance(block.block[-2], networks.SqueezeExcitation):
            block.block.insert(len(block.block) - 1, block.block[-3].pop(2))
    return network


def _d_li14(network: Any) -> nn.Module:
    """What departs in both: batch norm as torch makes it, 1/4 not rounded to 8, h-swish of pooled maps, no dropout."""
    for layer in list(network.modules()):
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps, layer.momentum = 1e-5, 0.1
        elif isinstance(layer, networks.InvertedResidual) and isinstance(layer.block[-2], networks.SqueezeExcitation):
            width = layer.block[-2].fc2.out_channels
            layer.block[-2] = networks.SqueezeExcitation(width, width // 4)
    network.avgpool = nn.Sequential(network.avgpool, nn.Hardswish())
    network.classifier.pop(2)
    return network
