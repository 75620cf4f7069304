"""Softmaxes: outputs that compete along one dimension.

Before torch 0.3 there was no dim: the function chose one by the number of dimensions, and prints hold none. A print
without it, or with dim=None, does not hold which.
"""

from __future__ import annotations

from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, Settings, Shape, Trait, TraitsIf, axis, axis_of, of_rank

_FUNCTIONAL = frozenset({Trait.FUNCTIONAL})

_NO_COMPETITION = "without it the outputs are logits; argmax unchanged"


def _chosen(rank: int) -> int:
    """Source: torch.nn.functional._get_softmax_dim."""
    return 0 if rank in (0, 1, 3) else 1


#: 1 is what torch chooses for a flat input
_DIM = Field("dim", UNKNOWN, likely=1, means_default=(None,), meaning=axis_of, implied=_chosen)


def _along(settings: Settings, x: Shape) -> Shape:
    """The shape stays; a dim that is printed must be there."""
    dim = settings.known("dim")
    if isinstance(dim, int) and dim not in (0, -len(x) - 1):  # the batch, which is always there
        axis(dim, x, "dim")
    return x


def _keeps_argmax(settings: Settings) -> bool:
    """Not where the samples of a batch compete with each other."""
    return settings.known("dim") != 0


def _softmax(name: str, class_name: str, remark: str, traits_if: TraitsIf) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}},
        positional=("dim",),
        fields=(_DIM,),
        shape=_along,
        traits=_FUNCTIONAL,
        traits_if=traits_if,
        constructor=f"torch.nn.{class_name}",
        remark=remark,
    )


KINDS = (
    _softmax(
        "softmax",
        "Softmax",
        f"{_NO_COMPETITION}; before CrossEntropyLoss, which has its own, it is a softmax twice",
        {Trait.KEEPS_ARGMAX: _keeps_argmax},
    ),
    _softmax(
        "log_softmax",
        "LogSoftmax",
        f"{_NO_COMPETITION}; CrossEntropyLoss on logits equals NLLLoss on log-probabilities",
        {Trait.KEEPS_ARGMAX: _keeps_argmax},
    ),
    _softmax("softmin", "Softmin", "without it the outputs are logits, of which the smallest counts", {}),
    Kind(
        name="softmax_2d",
        classes={"Softmax2d": {}},
        shape=of_rank(2, 3),
        traits=_FUNCTIONAL | {Trait.KEEPS_ARGMAX},
        dims=2,
        constructor="torch.nn.Softmax2d",
        remark=f"{_NO_COMPETITION} at every position",
    ),
)
