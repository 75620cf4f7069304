"""k-winners: the k strongest units of a sample pass with their value, the rest is zero.

    KWinners    (batch, ..., n) -> the same                       among the units of a sample
    KWinners2d  (batch, channels, height, width) -> the same      among those of a map; local=True: at every position

There are two generations of published code. Which one is meant follows from what is given, as for a print:

    the paper's    winners: strict top k of x * exp((k/n - duty) * boost);  in eval mode k is min(round(k * factor), n)
                   given: k, or a percent_on of 10 to 12 digits;  KWinners2d: no channels
                   k of n or more: a ReLU, in both modes
    nupic.torch    winners: x * exp(-boost * duty) at or above its k-th value, so that ties all win;  with
                   break_ties=True the top k;  where break_ties is not given (code that printed none) as the paper's
                   percent_on and percent_on * k_inference_factor lie between 0 and 1, both excluded

Boosting picks winners in eval mode too, but never changes their value. The gradient reaches the winners only. relu=True
takes away the winners below zero, and with break_ties=True those of exactly zero, which then get no gradient. While
training, the duty cycle of a unit (of a channel, for maps) is the share of samples in which it was positive:

    duty = (duty * (period - batch) + count of positives) / period,   period = min(duty_cycle_period, samples seen)

in this order, each step rounded to single precision, so that units with equal counts stay equal; a map counts the mean
over its positions. Source: Ahmad and Scheinkman, "How Can We Be So Dense?", 2019, and the documentation of nupic.torch.
Must not read prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypedDict, Unpack

import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff.semantics import kinds
from archdiff.semantics.kinds import NotKnown, Settings
from archdiff.semantics.kinds.k_winners import generation, winners

#: names of buffers in older checkpoints, and what they are called today
_OLDER: Final = {"dutyCycle": "duty_cycle", "_boost_strength": "boost_strength", "boostStrength": "boost_strength"}


class KWinnersSettings(TypedDict, total=False):
    """What KWinners takes; what is not given is not printed."""

    n: int  # units; required
    percent_on: float  # share of winners, 0 < percent_on < 1; required unless k is given
    k: int  # winners in training, the paper's code only
    k_inference: int  # winners in eval mode, the paper's code only
    k_inference_factor: float  # more winners in eval mode; 1.0 where it is not given
    boost_strength: float  # 0.0 where it is not given
    boost_strength_factor: float  # what update_boost_strength multiplies it with; 1.0
    duty_cycle_period: int  # 1000
    break_ties: bool  # True: never more than k winners
    relu: bool  # True: negative winners become zero
    inplace: bool  # True: the input is overwritten


class KWinners2dSettings(KWinnersSettings, total=False):
    """What KWinners2d takes; `n` is 0 or missing until the first forward."""

    channels: int
    local: bool  # True: winners among the channels, at every position


class _Base(nn.Module):
    """What both have in common. Settings keep their order, so that each form prints as it was given."""

    KIND: ClassVar[str]
    duty_cycle: Tensor
    boost_strength: Tensor

    def __init__(
        self,
        settings: Mapping[str, Any],
        duty_shape: tuple[int, ...],
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        kind = kinds.by_name()[self.KIND]
        taken = {field.name for field in kind.fields}
        for name in settings:
            if name not in taken:
                raise TypeError(f"{type(self).__name__} takes no {name!r}")
        self._given = dict(settings)
        self.break_ties = bool(settings.get("break_ties", True))
        self.relu = bool(settings.get("relu", False))
        self.inplace = bool(settings.get("inplace", False))
        self.boost_strength_factor = float(settings.get("boost_strength_factor", 1.0))
        self.duty_cycle_period = int(settings.get("duty_cycle_period", 1000))
        self.samples_seen = 0
        self.n = self.k = self.k_inference = 0
        self._strength = float(settings.get("boost_strength", 0.0))  # read without waiting for a device
        # half precision would lose counts: 0.1 * 999 / 1000 is 0.1 again
        wide = torch.promote_types(dtype or torch.get_default_dtype(), torch.float32)
        self.register_buffer("duty_cycle", torch.zeros(duty_shape, device=device, dtype=wide))
        self.register_buffer("boost_strength", torch.full((), self._strength, device=device, dtype=wide))
        self._kept: tuple[Tensor, object, Tensor] | None = None  # what eval mode boosts with, and what it follows from
        self._rivals = 0  # among how many a winner is picked
        self._paper = generation(Settings(kind, self._given)) == "paper"
        _refuse(settings, self._paper)
        self._fix(int(settings.get("n", 0)))

    def update_boost_strength(self) -> None:
        """Multiplies boost_strength by boost_strength_factor; the published recipes do it after every epoch."""
        self._strength *= self.boost_strength_factor
        if not self._paper and "break_ties" not in self._given:
            # the first nupic.torch holds it in single precision: 30 times .9 of 1.5 are 0.06358673423528671
            self._strength = float(torch.tensor(self._strength, dtype=self.boost_strength.dtype, device="cpu"))
        self.boost_strength.fill_(self._strength)

    def extra_repr(self) -> str:
        """The settings that were given, in that order, with the boost strength of today."""
        now = {"n": self.n, "boost_strength": self._strength}
        return ", ".join(f"{name}={now.get(name, value)}" for name, value in self._given.items())

    def _fix(self, n: int) -> None:
        """From the first n on, that is what k is taken from."""
        if n == 0:
            return
        try:
            counts = winners(Settings(kinds.by_name()[self.KIND], self._given), n)
        except NotKnown as missing:
            raise TypeError(f"{type(self).__name__} needs a number as {missing}") from None
        self.n, self.k, self.k_inference = n, counts.k or 0, counts.k_inference or 0
        self._rivals = counts.n or n
        fits = all(0 <= k <= self._rivals for k in (self.k, self.k_inference))
        if not fits and not self._is_relu:
            raise ValueError(f"{self.k} winners ({self.k_inference} in eval mode) of {self._rivals} units")

    @property
    def _is_relu(self) -> bool:
        """The paper's code is a plain ReLU where all units win, and counts no duty cycles."""
        return self._paper and self.k >= self._rivals > 0

    def _passed(self, x: Tensor, dim: int, flatten: bool = False) -> Tensor:
        """The winners along `dim` with their values, zeros elsewhere."""
        k = self.k if self.training else self.k_inference
        values_only = x.detach()
        boosted = self._boosted(values_only, k)
        spare = boosted is not values_only and boosted.dtype == x.dtype
        if flatten:
            x, boosted = x.flatten(1), boosted.flatten(1)
        # Forward and backward in times of topk + scatter (n 1500 and 12544, batch 64, one CPU thread): unsorted topk +
        # gather + scatter 0.85 and 0.74. Ties need a compare: unsorted topk + compare + multiply 0.84 and 0.77, with
        # where() for the multiply 1.03 and 0.86, with kthvalue for the topk 1.02 and 0.84, with sort 4.5 and 4.3.
        values, places = boosted.topk(k, dim, sorted=False)
        if self.break_ties or not k:
            room = boosted if spare else torch.empty_like(x)  # large tensors cost more to allocate than to fill
            if not self.inplace:
                passed = x.gather(dim, places)
                return room.zero_().scatter_(dim, places, passed.masked_fill(values <= 0, 0) if self.relu else passed)
            loses = torch.ones_like(x, dtype=torch.bool).scatter_(dim, places, False)
            if self.relu:
                loses |= boosted <= 0
        else:
            # a zero at the threshold wins with relu too: it passes nothing but its gradient, as in the published code
            least = values.amin(dim, keepdim=True)
            loses = boosted < (least.clamp_(min=0) if self.relu else least)
        return x.masked_fill_(loses, 0) if self.inplace else x.masked_fill(loses, 0)

    def _boosted(self, x: Tensor, k: int) -> Tensor:
        """What winners are picked by."""
        if self._strength == 0:
            return x
        duty, kept = self.duty_cycle, self._kept
        if self.training or duty.is_inference():  # it changes every time, or cannot be told
            return x * self._factors(k)
        key = (duty._version, self._strength, k)
        if kept is None or kept[0] is not duty or kept[1] != key:
            self._kept = kept = (duty, key, self._factors(k))
        return x * kept[2]

    def _factors(self, k: int) -> Tensor:
        """exp((target - duty) * boost); later code leaves out the target, which scales all units alike."""
        targeted = self._paper or "break_ties" not in self._given
        duty = self.duty_cycle - k / self._rivals if targeted else self.duty_cycle
        return torch.exp(duty * -self._strength)

    def _count(self, out: Tensor, dims: int | tuple[int, ...]) -> None:
        """Update the duty cycles: `dims` are those of the samples and of the positions in a sample."""
        samples = len(out)
        if not out.numel():
            return
        self.samples_seen += samples
        period = min(self.duty_cycle_period, self.samples_seen)
        # as numbers: a sum of bools takes up to 12 times as long
        positive = torch.gt(out.detach(), 0, out=torch.empty_like(out, dtype=self.duty_cycle.dtype))
        count = positive.sum(dims).view_as(self.duty_cycle)
        positions = out.numel() // (samples * self.duty_cycle.numel())
        # not lerp_, which rounds otherwise: units with equal counts must tie as they do in the published code
        self.duty_cycle.mul_(period - samples).add_(count / positions).div_(period)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Takes the names of today and of older checkpoints; those of 2019 hold no boost_strength."""
        for old, new in _OLDER.items():
            if prefix + old in state_dict:
                state_dict[prefix + new] = state_dict.pop(prefix + old)
        state_dict.setdefault(prefix + "boost_strength", self.boost_strength)
        duty = state_dict.get(prefix + "duty_cycle")
        if isinstance(duty, Tensor) and not self.duty_cycle.numel():
            self.duty_cycle = self.duty_cycle.new_zeros(1, duty.numel(), 1, 1)
        for name in ("duty_cycle", "boost_strength"):
            value, own = state_dict.get(prefix + name), getattr(self, name)
            if isinstance(value, Tensor) and value.numel() == own.numel():
                state_dict[prefix + name] = value.reshape(own.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)
        if not self.boost_strength.is_meta and self.boost_strength != self._strength:
            self._strength = float(self.boost_strength)


class KWinners(_Base):
    """Winners among the n units of a sample: (batch, ..., n) -> the same.

    KWinners(n=1000, percent_on=0.1, boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5,
    duty_cycle_period=1000): k is round(n * percent_on), in eval mode int(k * k_inference_factor). The print holds the
    settings that were given, in that order.

    Checkpoints hold `duty_cycle` (n,) and `boost_strength` (). Loaded too: `dutyCycle`, `_boost_strength`, and
    checkpoints without a boost strength. `samples_seen` is in none, so that the period starts anew, unless it is set.

    Args:
        device: where its buffers are.
        dtype: of its buffers, which are never of half precision.
        settings: by name, see `KWinnersSettings`; `n` is required.

    Raises:
        TypeError: `n` is missing, or a setting is not one of KWinners.
        ValueError: percent_on, or percent_on * k_inference_factor, is not between 0 and 1; there are more than n
            winners; boost_strength is below 0.
    """

    KIND = "k_winners"

    def __init__(
        self,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        **settings: Unpack[KWinnersSettings],
    ) -> None:
        if not settings.get("n"):
            raise TypeError("KWinners needs n, the number of units")
        super().__init__(settings, (settings["n"],), device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """The winners of each sample with their values, zeros elsewhere.

        Args:
            x: (batch, ..., n).

        Raises:
            ValueError: x has another shape.
        """
        if x.dim() < 2 or x.shape[-1] != self.n:
            raise ValueError(f"KWinners takes (batch, ..., {self.n}), not {tuple(x.shape)}")
        if self._is_relu:
            return functional.relu(x, self.inplace)
        out = self._passed(x, -1)
        if self.training:
            self._count(out.reshape(-1, self.n), 0)
        return out


class KWinners2d(_Base):
    """Winners in a map: (batch, channels, height, width) -> the same.

    KWinners2d(channels=64, percent_on=0.095, ...): settings as for KWinners, with `channels` and `local`. `n`, the
    number of units, is that of the first input and stays. k is round(n * percent_on), in eval mode
    round(n * percent_on * k_inference_factor); local=True picks at every position, with channels in place of n. Without
    `channels` it is the paper's own code.

    Checkpoints hold `duty_cycle` (1, channels, 1, 1) and `boost_strength` (); older ones are loaded as by KWinners.

    Args:
        device: where its buffers are.
        dtype: of its buffers, which are never of half precision.
        settings: by name, see `KWinners2dSettings`.

    Raises:
        TypeError: a setting is not one of KWinners2d.
        ValueError: as for KWinners.
    """

    KIND = "k_winners_2d"

    def __init__(
        self,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        **settings: Unpack[KWinners2dSettings],
    ) -> None:
        super().__init__(settings, (1, settings.get("channels", 0), 1, 1), device, dtype)
        self.local = bool(settings.get("local", False))

    def forward(self, x: Tensor) -> Tensor:
        """The winners of each map with their values, zeros elsewhere.

        Args:
            x: (batch, channels, height, width).

        Raises:
            ValueError: x has another shape.
        """
        self._fit(x)
        if self._is_relu:
            return functional.relu(x, self.inplace)
        out = self._passed(x, 1, flatten=not self.local).view_as(x)
        if self.training:
            self._count(out, (0, 2, 3))
        return out

    def _fit(self, x: Tensor) -> None:
        channels = self.duty_cycle.shape[1]
        if x.dim() != 4 or x.shape[1] != (channels or x.shape[1]):
            raise ValueError(f"KWinners2d takes (batch, {channels or 'channels'}, height, width), not {tuple(x.shape)}")
        if not channels:  # of the paper's code, which prints none
            with torch.inference_mode(False):  # it may be trained later
                self.duty_cycle = self.duty_cycle.new_zeros((1, x.shape[1], 1, 1), device=x.device)
        if not self.n:
            self._fix(x[0].numel())


def _refuse(settings: Mapping[str, Any], paper: bool) -> None:
    """What the published constructors refuse; the paper's code caps the winners of eval mode instead."""
    share, factor = (settings.get(name, 1.0) for name in ("percent_on", "k_inference_factor"))
    if "percent_on" in settings and isinstance(share, (int, float)):
        _between("percent_on", share)
        if not paper and isinstance(factor, (int, float)):
            _between("percent_on * k_inference_factor", share * factor)
    strength, decay = (settings.get(name, 0.0) for name in ("boost_strength", "boost_strength_factor"))
    if not strength >= 0:
        raise ValueError(f"boost_strength is 0 or more, not {strength}")
    if not paper and not 0 <= decay <= 1:
        raise ValueError(f"boost_strength_factor lies between 0 and 1, not {decay}")


def _between(name: str, share: float) -> None:
    if not 0 < share < 1:
        raise ValueError(f"{name} lies between 0 and 1, both excluded, not {share:.12g}")
