"""Networks that share tensors, pack projections in their own way, or hold adapters shaped as those of PEFT."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from execute.keys.key_networks import Conv1D, attended

WIDTH = 12
HEADS = 2


# Queries, keys and values: apart, or in one matrix in some order, head by head


class Apart(nn.Module):
    def __init__(self, order: str = "qkv") -> None:
        super().__init__()
        for name in order:
            setattr(self, f"{name}_proj", nn.Linear(WIDTH, WIDTH))
        self.dense = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(attended(self.q_proj(x), self.k_proj(x), self.v_proj(x)))


class Packed(nn.Module):
    """`order` of the three in one matrix; `groups` > 1: that many times, head by head."""

    def __init__(self, name: str = "qkv", order: str = "qkv", groups: int = 1) -> None:
        super().__init__()
        self.name, self.order, self.num_heads, self.groups = name, order, HEADS, groups
        setattr(self, name, nn.Linear(WIDTH, 3 * WIDTH))
        self.dense = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        made = getattr(self, self.name)(x).unflatten(-1, (self.groups, 3, -1))
        held = {name: made[..., number, :].flatten(-2) for number, name in enumerate(self.order)}
        return self.dense(attended(*(held[name] for name in "qkv")))


class ByConvolution(nn.Module):
    """Projections of a map, apart or in one."""

    def __init__(self, packed: bool) -> None:
        super().__init__()
        self.packed = packed
        if packed:
            self.qkv = nn.Conv2d(6, 18, 1)
        else:
            self.q, self.k, self.v = (nn.Conv2d(6, 6, 1) for _ in range(3))
        self.proj = nn.Conv2d(6, 6, 1)

    def forward(self, x: Tensor) -> Tensor:
        made = self.qkv(x).chunk(3, 1) if self.packed else (self.q(x), self.k(x), self.v(x))
        mixed = attended(*(each.flatten(2).transpose(1, 2) for each in made))
        return self.proj(mixed.transpose(1, 2).reshape(x.shape))


def maps_apart() -> nn.Module:
    return ByConvolution(False)


def maps_packed() -> nn.Module:
    return ByConvolution(True)


class Crossed(nn.Module):
    """Keys and values of another width: torch then keeps three matrices and one bias."""

    def __init__(self, of_torch: bool) -> None:
        super().__init__()
        self.of_torch = of_torch
        if of_torch:
            self.attn = nn.MultiheadAttention(WIDTH, HEADS, kdim=8, vdim=8, batch_first=True)
        else:
            self.attn = nn.Module()
            self.attn.q, self.attn.k, self.attn.v = (nn.Linear(inputs, WIDTH) for inputs in (WIDTH, 8, 8))
            self.attn.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        other = x[..., :8]
        if self.of_torch:
            return self.attn(x, other, other, need_weights=False)[0]
        return self.attn.out(attended(self.attn.q(x), self.attn.k(other), self.attn.v(other)))


def crossed_of_torch() -> nn.Module:
    return Crossed(True)


def crossed() -> nn.Module:
    return Crossed(False)


class KeysWithValues(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.to_kv, self.to_q, self.dense = nn.Linear(WIDTH, 24), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(attended(self.to_q(x), *self.to_kv(x).chunk(2, -1)))


class TwoOutputs(nn.Module):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.count, self.body = count, nn.Linear(4, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        y = self.body(x)
        return tuple(y * (number + 1) for number in range(self.count))


def one_output() -> nn.Module:
    return TwoOutputs(1)


def two_outputs() -> nn.Module:
    return TwoOutputs(2)


class Normed(nn.Module):
    def __init__(self, eps: float, attention: nn.Module) -> None:
        super().__init__()
        self.norm, self.attn = nn.LayerNorm(WIDTH, eps=eps), attention

    def forward(self, x: Tensor) -> Tensor:
        return self.attn(self.norm(x))


def far_eps() -> nn.Module:
    return Normed(0.1, Apart())


def near_eps() -> nn.Module:
    return Normed(1e-5, Packed())


KeysWithValues.__name__ = "Attention"
for _ in (Apart, Packed):
    _.__name__ = "Attention"


class Grouped(nn.Module):
    """Four heads of queries on two of keys and values; packed as two groups of two queries, a key and a value."""

    def __init__(self, packed: bool) -> None:
        super().__init__()
        self.packed = packed
        if packed:
            self.wqkv = nn.Linear(8, 16, bias=False)
        else:
            self.wq, self.wk, self.wv = (nn.Linear(8, rows, bias=False) for rows in (8, 4, 4))
        self.wo = nn.Linear(8, 8, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.packed:
            made = self.wqkv(x).unflatten(-1, (2, 4, 2))
            q, k, v = made[..., :2, :], made[..., 2, :], made[..., 3, :]
        else:
            q, k, v = (
                self.wq(x).unflatten(-1, (2, 2, 2)),
                self.wk(x).unflatten(-1, (2, 2)),
                self.wv(x).unflatten(-1, (2, 2)),
            )
        q, k, v = q.flatten(-3, -2), k.repeat_interleave(2, -2), v.repeat_interleave(2, -2)
        q, k, v = (each.transpose(1, 2) for each in (q, k, v))
        weights = (q @ k.transpose(-2, -1)).softmax(-1)
        return self.wo((weights @ v).transpose(1, 2).flatten(2))


def apart() -> nn.Module:
    return Apart()


def apart_kvq() -> nn.Module:
    return Apart("kvq")


def packed_qkv() -> nn.Module:
    return Packed()


def packed_kqv() -> nn.Module:
    return Packed(order="kqv")


def packed_of_another_class() -> nn.Module:
    made = Packed()
    made.__class__ = type("SelfAttention", (Packed,), {})
    return made


def packed_by_head() -> nn.Module:
    return Packed(groups=HEADS)


def named_by_head() -> nn.Module:
    return Packed("query_key_value", groups=HEADS)


def named_below() -> nn.Module:
    return Packed("query_key_value")


def grouped() -> nn.Module:
    return Grouped(False)


def grouped_packed() -> nn.Module:
    return Grouped(True)


def chain_of_three() -> nn.Module:
    return nn.Sequential(OrderedDict((name, nn.Linear(6, 6)) for name in "qkv"))


def chain_of_one() -> nn.Module:
    return nn.Sequential(OrderedDict(qkv=nn.Linear(6, 18)))


# One tensor under two keys


def shared() -> nn.Module:
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, nn.ReLU(), layer)


def not_shared() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))


class Words(nn.Module):
    def __init__(self, tied: bool) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
        if tied:
            self.head.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.embed(x))


def tied() -> nn.Module:
    return Words(True)


def not_tied() -> nn.Module:
    return Words(False)


# Matrices that are kept as (inputs, outputs) by a class that nobody knows


class Projected(nn.Module):
    """As OpenAI's CLIP has it: a bare parameter, from the right."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(6)
        self.proj = nn.Parameter(torch.randn(6, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x) @ self.proj


class ProjectedByLinear(nn.Module):
    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(6)
        self.projection = nn.Linear(6, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.projection(self.norm(x))


def projected() -> nn.Module:
    return Projected(4)


def projected_by_linear() -> nn.Module:
    return ProjectedByLinear(4)


def square() -> nn.Module:
    return Projected(6)


def square_by_linear() -> nn.Module:
    return ProjectedByLinear(6)


# Statistics that are frozen, as detection models have them: buffers, and no count of batches


class FrozenBatchNorm2d(nn.Module):
    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.num_features, self.eps = num_features, eps
        for name, value in {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}.items():
            self.register_buffer(name, torch.full((num_features,), value))

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}"

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        return x * scale[:, None, None] + (self.bias - self.running_mean * scale)[:, None, None]


def frozen() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), FrozenBatchNorm2d(4))


# What has no counterpart: a bias before a norm, a slope that ReLU leaves nothing for, the other kind of convolution


def biased() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def not_biased() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4))


def idle_slope() -> nn.Module:
    return nn.Sequential(nn.ReLU(), nn.PReLU(), nn.Linear(4, 4))


def no_slope() -> nn.Module:
    return nn.Sequential(nn.ReLU(), nn.Linear(4, 4))


def transposed() -> nn.Module:
    return nn.Sequential(nn.ConvTranspose2d(4, 4, 1))


def not_transposed() -> nn.Module:
    return nn.Sequential(nn.Conv2d(4, 4, 1))


def shallow() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU())


def deep() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))


class Unused(nn.Module):
    """Holds a layer that its forward leaves out."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.aside = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


def close_norms() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 3))


def other_norms() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4, eps=0.1), nn.Linear(4, 3))


# LoRA, shaped as PEFT has it


class LoraLayer(nn.Module):
    """A layer with adapters around it: base_layer, lora_A, lora_B, scaling."""

    def __init__(self, base: nn.Module, ranks: dict[str, int], active: Sequence[str], turned: bool = False) -> None:
        super().__init__()
        self.base_layer = base
        self.lora_A, self.lora_B = nn.ModuleDict(), nn.ModuleDict()
        self.lora_embedding_A, self.lora_embedding_B = nn.ParameterDict(), nn.ParameterDict()
        self.lora_magnitude_vector = nn.ModuleDict()
        self.scaling = {name: (number + 2.0) / rank for number, (name, rank) in enumerate(ranks.items())}
        self.active_adapters = list(active)
        self.merged_adapters: list[str] = []
        self.disable_adapters, self.fan_in_fan_out = False, turned
        for name, rank in ranks.items():
            self._add(name, rank)

    def _add(self, name: str, rank: int) -> None:
        base = self.base_layer
        if isinstance(base, nn.Conv2d):
            self.lora_A[name] = nn.Conv2d(base.in_channels, rank, base.kernel_size, padding=base.padding, bias=False)
            self.lora_B[name] = nn.Conv2d(rank, base.out_channels, 1, bias=False)
        elif isinstance(base, nn.Embedding):
            self.lora_embedding_A[name] = nn.Parameter(torch.randn(rank, base.num_embeddings))
            self.lora_embedding_B[name] = nn.Parameter(torch.randn(base.embedding_dim, rank))
        else:
            inputs, outputs = base.weight.shape if self.fan_in_fan_out else base.weight.shape[::-1]
            self.lora_A[name] = nn.Linear(inputs, rank, bias=False)
            self.lora_B[name] = nn.Linear(rank, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        made = self.base_layer(x)
        for name in () if self.disable_adapters else self.active_adapters:
            if name in self.lora_A:
                made = made + self.scaling[name] * self.lora_B[name](self.lora_A[name](x))
            elif name in self.lora_embedding_A:
                added = self.lora_embedding_A[name].T[x] @ self.lora_embedding_B[name].T
                made = made + self.scaling[name] * added
        return made


class Saved(nn.Module):
    """A layer that is trained as a whole: the copy is active."""

    def __init__(self, base: nn.Module, copy: nn.Module) -> None:
        super().__init__()
        self.original_module, self.modules_to_save = base, nn.ModuleDict({"default": copy})
        self.active_adapters, self.disable_adapters = ["default"], False

    def forward(self, x: Tensor) -> Tensor:
        return self.modules_to_save["default"](x)


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.fc, self.c_proj, self.head = nn.Linear(6, 5), Conv1D(5, 5), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.c_proj(self.fc(self.conv(x).mean((2, 3)))))


def plain() -> nn.Module:
    return Plain()


def adapted(*active: str) -> Plain:
    made = Plain()
    active = active or ("default",)
    ranks = {"default": 2, "other": 3}
    made.conv = LoraLayer(made.conv, ranks, active)
    made.fc = LoraLayer(made.fc, {"default": 2}, active)
    made.c_proj = LoraLayer(made.c_proj, ranks, active, turned=True)
    made.head = Saved(made.head, nn.Linear(5, 2))
    return made


def one_adapter() -> nn.Module:
    return adapted()


def other_adapter() -> nn.Module:
    return adapted("other")


def both_adapters() -> nn.Module:
    return adapted("default", "other")


def disabled() -> nn.Module:
    made = adapted()
    for layer in (made.conv, made.fc, made.c_proj):
        layer.disable_adapters = True
    return made


def merged_already() -> nn.Module:
    """What PEFT leaves after merge_adapter(): the forward takes the base layer alone."""
    made = adapted()
    for layer in (made.conv, made.fc, made.c_proj):
        layer.merged_adapters, layer.disable_adapters = ["default"], False
        layer.forward = layer.base_layer.forward
    return made


def magnitudes() -> nn.Module:
    """DoRA."""
    made = adapted()
    made.fc.lora_magnitude_vector["default"] = nn.Linear(5, 1, bias=False)
    return made


def packed_base() -> nn.Module:
    """Weights of few bits."""
    made = adapted()
    base = nn.Linear(6, 5)
    base.weight = nn.Parameter(torch.zeros(15, 1, dtype=torch.uint8), requires_grad=False)
    made.fc.base_layer = base
    return made


class Bare(nn.Module):
    """An adapter in the layer itself, as loralib has it."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(5, 2)
        self.head.lora_A = nn.Parameter(torch.zeros(1, 5))
        self.head.lora_B = nn.Parameter(torch.zeros(2, 1))


def words_adapted() -> nn.Module:
    made = Words(False)
    made.embed = LoraLayer(made.embed, {"default": 2}, ["default"])
    return made
