"""EfficientNet-B0 as its first Table 1 has it, and of a library that wants arguments."""

from __future__ import annotations

from torch import nn

from reference_specs.efficientnet.networks import NETWORKS


def first_table_b0() -> nn.Module:
    """Stage 6 reads 28x28, as the first revision's Table 1 prints: the stride of stage 5 moved to stage 6."""
    network: nn.Module = NETWORKS["b0"]()
    for stage, stride in ((4, 1), (5, 2)):
        network.features[stage][0].block[1][0].stride = (stride, stride)
    return network


def huggingface_b0() -> nn.Module:
    """EfficientNet-B0 of transformers: its configuration for google/efficientnet-b0."""
    from transformers import EfficientNetConfig, EfficientNetForImageClassification

    sizes = {"width_coefficient": 1.0, "depth_coefficient": 1.0, "hidden_dim": 1280, "image_size": 224}
    return EfficientNetForImageClassification(EfficientNetConfig(**sizes, dropout_rate=0.2, num_labels=1000))
