"""Implementations of MobileNetV2 that are not in a package of Python, as variations of the paper's network."""

from __future__ import annotations

from typing import Any

from torch import nn

from reference_specs.mobilenet_v2 import networks

# What the first revision printed for the rows of 64 and 96 channels: stride 2 in the second of them.
FIRST_REVISION = tuple((t, c, n, {64: 1, 96: 2}.get(c, s)) for t, c, n, s in networks.BOTTLENECKS)


def caffe() -> nn.Module:
    """shicai/MobileNet-Caffe, mobilenet_v2_deploy.prototxt: the first revision, a 1x1 convolution for t = 1, ReLU."""
    network: Any = networks.MobileNetV2(FIRST_REVISION)
    network.features[1].conv.insert(0, networks.Conv2dNormActivation(32, 32, 1))
    for layer in list(network.modules()):
        if isinstance(layer, networks.Conv2dNormActivation):
            layer[2] = nn.ReLU(inplace=True)
        elif isinstance(layer, nn.BatchNorm2d):
            layer.eps = 1e-5
    return network


def transformers() -> nn.Module:
    """MobileNetV2ForImageClassification of transformers, with the 1000 classes of the paper's data."""
    from transformers import MobileNetV2Config, MobileNetV2ForImageClassification

    return MobileNetV2ForImageClassification(MobileNetV2Config(num_labels=1000))
