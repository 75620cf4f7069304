"""Live modules whose code does what no module should: addresses `execute.faulty_networks:Exits`."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


class Plain(nn.Module):
    """One layer; what else a network does is done to its output."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Any:
        self.before(x)
        return self.behind(self.fc(x))

    def before(self, x: Tensor) -> None:
        pass

    def behind(self, y: Tensor) -> Any:
        return y


# What ends a program


def exits_in_its_factory() -> nn.Module:
    sys.exit()


class ExitsInInit(Plain):
    def __init__(self) -> None:
        raise SystemExit(0)


class ExitsInRepr(Plain):
    def extra_repr(self) -> str:
        raise SystemExit(0)


class ExitsInForward(Plain):
    def before(self, x: Tensor) -> None:
        raise SystemExit(0)


class ExitsInBackward(Plain):
    def behind(self, y: Tensor) -> Tensor:
        if y.requires_grad:
            y.register_hook(lambda _gradient: sys.exit(0))
        return y


class ExitsInDeepcopy(Plain):
    def __deepcopy__(self, memo: Any) -> Any:
        raise SystemExit(0)


class ExitsInStateDict(Plain):
    def state_dict(self, *args: Any, **settings: Any) -> Any:
        raise SystemExit(0)


class Interrupts(Plain):
    def before(self, x: Tensor) -> None:
        raise KeyboardInterrupt


class EndsAGenerator(Plain):
    def before(self, x: Tensor) -> None:
        raise GeneratorExit


class SaysNothing(Plain):
    def before(self, x: Tensor) -> None:
        class SilentError(Exception):
            def __str__(self) -> str:
                raise ValueError

        raise SilentError


class EndsTheProcess(Plain):
    def before(self, x: Tensor) -> None:
        os._exit(0)


# What changes more than itself


def seeds() -> nn.Module:
    torch.manual_seed(4711)
    return Plain()


class Sets(Plain):
    """Every kind of setting."""

    def before(self, x: Tensor) -> None:
        torch.set_default_dtype(torch.float16)
        torch.set_num_threads(2)
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(4711)
        random.seed(0)
        os.environ["FAULTY_NETWORKS"] = "1"
        os.chdir("/")
        sys.path.insert(0, "/nowhere")


class Overwrites(Plain):
    def before(self, x: Tensor) -> None:
        x.zero_()


class Prints(Plain):
    def before(self, x: Tensor) -> None:
        sys.stdout.write("NOISE\n")
        os.write(1, b"NOISE\n")


# What comes out


@dataclass
class Output:
    logits: Tensor
    loss: Tensor | None = None


class GivesADataclass(Plain):
    def behind(self, y: Tensor) -> Output:
        return Output(y)


class GivesADict(Plain):
    def behind(self, y: Tensor) -> dict[str, Tensor]:
        return {"logits": y, "twice": 2 * y}


class GivesItTurned(Plain):
    def behind(self, y: Tensor) -> dict[str, Tensor]:
        return {"twice": 2 * y, "logits": y}


class GivesNested(Plain):
    def behind(self, y: Tensor) -> Any:
        return [y, (None, {"more": (y,)})]


class GivesSparse(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return y.to_sparse()


class GivesANumber(Plain):
    def behind(self, y: Tensor) -> float:
        return float(y.sum())


class GivesNone(Plain):
    def behind(self, y: Tensor) -> None:
        return None


class GivesText(Plain):
    def behind(self, y: Tensor) -> str:
        return "text"


class GivesTwo(Plain):
    def behind(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return y, y


class GivesNoNumbers(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return y[:, :0]


class GivesNaN(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return y * float("nan")


class HasNaN(Plain):
    def __init__(self) -> None:
        super().__init__()
        nn.init.constant_(self.fc.weight, float("nan"))


class HidesNaN(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return (y * float("nan")) > 0


class HidesNaNInIndices(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return (y * float("nan")).argmax(1)


class GivesInfinity(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return y.abs() / 0


class GivesZeros(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return 0 * y


class GivesThrees(Plain):
    def behind(self, y: Tensor) -> Tensor:
        return 0 * y + 3
