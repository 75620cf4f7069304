"""Inception-v3 of two public implementations that are not in a library of torch, by what they change."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from reference_specs.inception_v3 import networks

InceptionA, InceptionC, InceptionE = networks.InceptionA, networks.InceptionC, networks.InceptionE


class FIDInceptionA(InceptionA):  # type: ignore[valid-type]
    """As it is printed; averages leave out the padding, as in the authors' code."""


class FIDInceptionC(InceptionC):  # type: ignore[valid-type]
    """As `FIDInceptionA`."""


class FIDInceptionE_1(InceptionE):  # type: ignore[valid-type]  # noqa: N801 (as it is printed)
    """As `FIDInceptionA`."""


class FIDInceptionE_2(InceptionE):  # type: ignore[valid-type]  # noqa: N801 (as it is printed)
    """A maximum in place of the average."""

    def pooled(self, x: Tensor) -> Tensor:
        """The branch of the pooling."""
        pooled: Tensor = self.branch_pool(functional.max_pool2d(x, 3, 1, 1))
        return pooled


def fid_inception_v3() -> nn.Module:
    """fid_inception_v3 of mseitzer/pytorch-fid at 1232cd6: torchvision's network with 1008 classes and other blocks."""
    network: nn.Module = networks.NETWORKS["inception_v3"]()
    for name, inputs, pool in (("5b", 192, 32), ("5c", 256, 64), ("5d", 288, 64)):
        network.set_submodule(f"Mixed_{name}", FIDInceptionA(inputs, pool))
    for name, width in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
        network.set_submodule(f"Mixed_{name}", FIDInceptionC(768, width))
    network.set_submodule("Mixed_7b", FIDInceptionE_1(1280))
    network.set_submodule("Mixed_7c", FIDInceptionE_2(2048))
    network.set_submodule("dropout", nn.Dropout(0.5))
    network.set_submodule("fc", nn.Linear(2048, 1008))
    return _with_momentum(network, 0.1)


def keras_inception_v3() -> nn.Module:
    """inception_v3.py of keras-team/keras-applications, without the softmax behind its last layer.

    It has no dropout, and Keras' momentum 0.99. Its norms have no scale (nor have those of the authors' code), which
    torch cannot say.
    """
    network: nn.Module = networks.NETWORKS["inception_v3"]()
    network.set_submodule("dropout", nn.Identity())
    return _with_momentum(network, 0.01)


def _with_momentum(network: nn.Module, momentum: float) -> nn.Module:
    """With another momentum in all norms."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = momentum
    return network
