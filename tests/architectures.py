"""Typical architectures, small, as prints; only what they print matters, so none of them has a forward.

A residual net, a vision transformer, an autoencoder with skips, an encoder of text, a net of inverted residuals.
"""

from __future__ import annotations

from torch import nn


def prints() -> dict[str, str]:
    """Name -> print."""
    makers = (ResNet, VisionTransformer, UNet, TextEncoder, MobileNet)
    return {maker.__name__: repr(maker()) + "\n" for maker in makers}


def holder(name: str, **children: nn.Module) -> nn.Module:
    """A module of a class of somebody, with these children."""
    module: nn.Module = type(name, (nn.Module,), {})()
    for child, part in children.items():
        module.add_module(child, part)
    return module


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(basic_block(16, 16, 1), basic_block(16, 16, 1))
        self.layer2 = nn.Sequential(basic_block(16, 32, 2), basic_block(32, 32, 1))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(32, 10)


def basic_block(width: int, out: int, stride: int) -> nn.Module:
    parts: dict[str, nn.Module] = {
        "conv1": nn.Conv2d(width, out, 3, stride=stride, padding=1, bias=False),
        "bn1": nn.BatchNorm2d(out),
        "relu": nn.ReLU(inplace=True),
        "conv2": nn.Conv2d(out, out, 3, padding=1, bias=False),
        "bn2": nn.BatchNorm2d(out),
    }
    if width != out:
        parts["downsample"] = nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))
    return holder("BasicBlock", **parts)


class VisionTransformer(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.patch_embed = holder("PatchEmbed", proj=nn.Conv2d(3, width, 8, stride=8), norm=nn.Identity())
        self.pos_drop = nn.Dropout(0.0)
        self.blocks = nn.Sequential(*(vision_block(width) for _ in range(2)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, 10)


def vision_block(width: int) -> nn.Module:
    attention = holder(
        "Attention",
        qkv=nn.Linear(width, 3 * width),
        attn_drop=nn.Dropout(0.0),
        proj=nn.Linear(width, width),
        proj_drop=nn.Dropout(0.1),
    )
    mlp = holder(
        "Mlp",
        fc1=nn.Linear(width, 4 * width),
        act=nn.GELU(),
        drop1=nn.Dropout(0.1),
        fc2=nn.Linear(4 * width, width),
        drop2=nn.Dropout(0.1),
    )
    norms = [nn.LayerNorm(width, eps=1e-6) for _ in range(2)]
    return holder("Block", norm1=norms[0], attn=attention, norm2=norms[1], mlp=mlp)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inc = double_conv(3, 8)
        self.down1 = holder("Down", maxpool_conv=nn.Sequential(nn.MaxPool2d(2), double_conv(8, 16)))
        self.down2 = holder("Down", maxpool_conv=nn.Sequential(nn.MaxPool2d(2), double_conv(16, 32)))
        self.up1 = holder("Up", up=nn.ConvTranspose2d(32, 16, 2, stride=2), conv=double_conv(32, 16))
        self.up2 = holder("Up", up=nn.ConvTranspose2d(16, 8, 2, stride=2), conv=double_conv(16, 8))
        self.outc = holder("OutConv", conv=nn.Conv2d(8, 2, 1))


def double_conv(width: int, out: int) -> nn.Module:
    convs = [nn.Conv2d(each, out, 3, padding=1, bias=False) for each in (width, out)]
    layers = [part for conv in convs for part in (conv, nn.BatchNorm2d(out), nn.ReLU(inplace=True))]
    return holder("DoubleConv", double_conv=nn.Sequential(*layers))


class TextEncoder(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embeddings = holder(
            "Embeddings",
            word_embeddings=nn.Embedding(100, width, padding_idx=0),
            position_embeddings=nn.Embedding(64, width),
            LayerNorm=nn.LayerNorm(width, eps=1e-12),
            dropout=nn.Dropout(0.1),
        )
        self.encoder = holder("Encoder", layer=nn.ModuleList(text_layer(width) for _ in range(3)))
        self.pooler = holder("Pooler", dense=nn.Linear(width, width), activation=nn.Tanh())
        self.classifier = nn.Sequential(nn.Dropout(0.1), nn.Linear(width, 2))


def text_layer(width: int) -> nn.Module:
    projections = {name: nn.Linear(width, width) for name in ("query", "key", "value")}
    attention = holder(
        "TextAttention",
        self=holder("SelfAttention", **projections, dropout=nn.Dropout(0.1)),
        output=holder(
            "SelfOutput",
            dense=nn.Linear(width, width),
            LayerNorm=nn.LayerNorm(width, eps=1e-12),
            dropout=nn.Dropout(0.1),
        ),
    )
    wide = holder("Intermediate", dense=nn.Linear(width, 4 * width), intermediate_act_fn=nn.GELU())
    output = text_output("Output", 4 * width, width)
    return holder("TextLayer", attention=attention, intermediate=wide, output=output)


def text_output(name: str, width: int, out: int) -> nn.Module:
    norm = nn.LayerNorm(out, eps=1e-12)
    return holder(name, dense=nn.Linear(width, out), LayerNorm=norm, dropout=nn.Dropout(0.1))


class MobileNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        stages = [inverted_residual(8, 8, 1, 1), inverted_residual(8, 16, 2, 6), inverted_residual(16, 16, 1, 6)]
        self.features = nn.Sequential(conv_norm_relu(3, 8, 3, 2), *stages, conv_norm_relu(16, 64, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(64, 10))


def inverted_residual(width: int, out: int, stride: int, expand: int) -> nn.Module:
    inner = width * expand
    layers = [conv_norm_relu(width, inner, 1)] if expand != 1 else []
    layers += [
        conv_norm_relu(inner, inner, 3, stride, inner),
        nn.Conv2d(inner, out, 1, bias=False),
        nn.BatchNorm2d(out),
    ]
    return holder("InvertedResidual", conv=nn.Sequential(*layers))


def conv_norm_relu(width: int, out: int, size: int, stride: int = 1, groups: int = 1) -> nn.Module:
    conv = nn.Conv2d(width, out, size, stride, (size - 1) // 2, groups=groups, bias=False)
    return ConvNormReLU(conv, nn.BatchNorm2d(out), nn.ReLU6(inplace=True))


class ConvNormReLU(nn.Sequential):
    """Somebody's class that is a Sequential."""
