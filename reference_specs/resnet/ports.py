"""ResNet-50 of two public implementations that are no torch modules: the paper's network, and what they change."""

from __future__ import annotations

import torch
from torch import nn

from reference_specs.resnet.networks import NETWORKS


def caffe_resnet50() -> nn.Module:
    """ResNet-50-deploy.prototxt of KaimingHe/deep-residual-networks.

    Its conv1 leaves `bias_term` at Caffe's default, which is true (that of ResNet-101 does not); its pooling pads
    nothing, and Caffe rounds the size of a pooled map up.
    """
    network: nn.Module = NETWORKS["resnet50"]()
    _give_bias(network.conv1)
    network.maxpool = nn.MaxPool2d(3, 2, ceil_mode=True)
    return network


def keras_resnet50() -> nn.Module:
    """resnet_common.py of keras-team/keras-applications, without the softmax behind its last layer.

    All convolutions have biases, batch normalization has epsilon 1.001e-5 and Keras' momentum 0.99, and zeros are
    padded before the pooling, which behind a ReLU is what padding of the pooling is.
    """
    network: nn.Module = NETWORKS["resnet50"]()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            _give_bias(layer)
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps, layer.momentum = 1.001e-5, 0.01
    network.maxpool = nn.Sequential(nn.ZeroPad2d(1), nn.MaxPool2d(3, 2))
    return network


def _give_bias(layer: nn.Conv2d) -> None:
    layer.bias = nn.Parameter(torch.zeros(layer.out_channels))


def huggingface_resnet50() -> nn.Module:
    """The default of transformers."""
    from transformers import ResNetConfig, ResNetForImageClassification

    return ResNetForImageClassification(ResNetConfig(num_labels=1000))


def huggingface_resnet50_v1() -> nn.Module:
    """The network of the paper in transformers, where it is an option."""
    from transformers import ResNetConfig, ResNetForImageClassification

    return ResNetForImageClassification(ResNetConfig(num_labels=1000, downsample_in_bottleneck=True))
