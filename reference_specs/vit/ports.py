"""Public Vision Transformers whose factories take arguments."""

from __future__ import annotations

from torch import nn


def timm() -> nn.Module:
    """The vit_base_patch16_224 of timm."""
    from timm import create_model

    return create_model("vit_base_patch16_224")


def transformers() -> nn.Module:
    """The ViTForImageClassification of transformers by its defaults, with 1000 classes."""
    from transformers import ViTConfig, ViTForImageClassification

    return ViTForImageClassification(ViTConfig(num_labels=1000))
