"""Public Vision Transformers whose factories take arguments."""

from __future__ import annotations

from torch import nn


def timm() -> nn.Module:
    """timm's vit_base_patch16_224."""
    from timm import create_model

    return create_model("vit_base_patch16_224")


def transformers() -> nn.Module:
    """transformers' ViTForImageClassification by its defaults, with 1000 classes."""
    from transformers import ViTConfig, ViTForImageClassification

    return ViTForImageClassification(ViTConfig(num_labels=1000))
