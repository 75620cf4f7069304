"""The values of a key map: the tensors of both state_dicts, and how those of the reference are made of the candidate's.

Knows no torch: a map is plain data, which `apply` follows and reports write down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.wording import size
from archdiff.semantics.kinds import Shape

ADAPTER: Final = "lora_"  # part of the keys of a LoRA adapter
_LISTED: Final = 4  # rows that are named of one tensor


class StoredTensor(NamedTuple):
    """One tensor of a state_dict, with what is known of it."""

    key: str
    shape: Shape | None  # as it is stored; None where it is not known
    buffer: bool = False
    counts: bool = False  # holds whole numbers, which no training moves
    columns: bool = False  # (inputs, outputs, ...), as the Conv1D of transformers and transposed convolutions keep it
    covers: bool = False  # a kernel that covers its whole map, so that a Linear behind a Flatten computes the same
    tied: str = ""  # the first key of the same tensor
    known: bool = True  # whether it is of a layer that archdiff knows, so that what its dimensions mean is known

    @property
    def layer(self) -> str:
        """The path of what holds it."""
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Its name in the layer."""
        return self.key.rpartition(".")[2]

    @property
    def beside(self) -> bool:
        """Whether it is no tensor, but what a class keeps beside them: its extra state."""
        return self.shape is None and self.counts

    @property
    def rows(self) -> Shape | None:
        """The shape with outputs first."""
        return transposed(self.shape) if self.columns else self.shape

    @property
    def squeezed(self) -> Shape | None:
        """The shape without dimensions of size 1."""
        return None if self.rows is None else tuple([size for size in self.rows if size != 1])

    @property
    def numel(self) -> int | None:
        """How many numbers it holds."""
        return None if self.shape is None else prod(self.shape)


class LowRank(NamedTuple):
    """What a LoRA adapter adds to a tensor: scale * (second @ first), both flattened to matrices, in its shape."""

    first: str  # key of lora_A
    second: str  # key of lora_B; "" where `first` is added as it is: the bias of lora_B
    scale: float
    transposed: bool = False  # before it takes the shape: an embedding, a Conv1D
    adapter: str = ""


class TensorPart(NamedTuple):
    """What a tensor of the reference takes of one of the candidate."""

    key: str
    transposed: bool = False  # after what is added
    rows: tuple[int, int] | None = None  # then from here to there; None for all
    added: tuple[LowRank, ...] = ()  # first of all

    @property
    def keys(self) -> tuple[str, ...]:
        """All that it takes."""
        return (self.key, *(key for term in self.added for key in (term.first, term.second) if key))


class MappedTensor(NamedTuple):
    """How a tensor of the reference is made: the parts one below the other, then transposed, then reshaped."""

    key: str
    parts: tuple[TensorPart, ...]
    transposed: bool = False
    shape: Shape | None = None  # None where it stays as it is
    #: "pair" of the comparison, "name", "shape", "order" of what else could be another, "tie" with another key
    found_by: str = "pair"

    @property
    def steps(self) -> tuple[str, ...]:
        """What is done, in words."""
        first = self.parts[0]
        if self == MappedTensor(self.key, (TensorPart(self.key),), found_by=self.found_by):
            return ("as it is",)
        done = ["merge LoRA"] if any(part.added for part in self.parts) else []
        spans = [part.rows for part in self.parts if part.rows]
        done += [f"rows {start} to {stop}" for start, stop in spans[:_LISTED]]
        done += [f"and {len(spans) - _LISTED} more"] if spans[_LISTED:] else []
        if len(self.parts) > 1:
            return (*done, "concatenate", *(["transpose"] if self.transposed else []))
        if first.transposed != self.transposed:
            done.append("transpose")
        if self.shape is not None:
            done.append(f"reshape to {size(self.shape)}")
        return tuple(done) or ("rename",)

    def to_dict(self) -> dict[str, object]:
        """An item of "keys" in what `archdiff keys --format json` prints."""
        return {
            "reference": self.key,
            "candidate": [part._asdict() | {"added": [term._asdict() for term in part.added]} for part in self.parts],
            "transposed": self.transposed,
            "shape": self.shape,
            "steps": list(self.steps),
            "found_by": self.found_by,
        }


class Leftover(NamedTuple):
    """A key without a counterpart, and why."""

    key: str
    why: str


class Packing(NamedTuple):
    """How projections stand in one matrix: one group below the other, in each the projections in this order.

    One group: all of the first projection, then all of the second. As many as heads: head by head.
    """

    order: tuple[str, ...]
    groups: int = 1


#: name of a layer -> how it packs
Packings: TypeAlias = "Mapping[str, Packing]"


@dataclass(frozen=True, slots=True)
class NetworkKeys:
    """One network of a map."""

    source: str
    label: str
    live: bool  # whether its keys are those of a module, or what its print holds
    stored: tuple[StoredTensor, ...]
    unknown_classes: tuple[str, ...] = ()  # classes whose keys no print holds: "LayerScale (12)"
    from_file: bool = False  # its keys are those of a print together with those of a checkpoint
    chains: frozenset[str] = frozenset()  # paths of containers that run one layer behind the other
    packings: Packings = field(default_factory=dict)  # how it packs projections, where that is given
    classes: Mapping[str, str] = field(default_factory=dict)  # path of a container -> its printed class
    adapted: bool = False  # its keys are those that it has once adapters are merged

    @property
    def by_key(self) -> Mapping[str, StoredTensor]:
        """Its tensors by their keys."""
        return {stored.key: stored for stored in self.stored}

    @property
    def exact(self) -> bool:
        """Whether all its keys are known."""
        return self.live or self.from_file

    @property
    def adapter(self) -> str:
        """The first key of a LoRA adapter; "" where there is none."""
        return next((each.key for each in self.stored if ADAPTER in each.key), "")

    def to_dict(self) -> dict[str, object]:
        """The "candidate" or the "reference" in what `archdiff keys --format json` prints."""
        return {
            "source": self.source,
            "label": self.label,
            "live": self.live,
            "keys": [{"key": stored.key, "shape": stored.shape} for stored in self.stored],
            "not_printed": list(self.unknown_classes),
        }


@dataclass(frozen=True, slots=True)
class KeyMap:
    """A checkpoint of the candidate under the keys of the reference.

    Attributes:
        candidate: the network whose checkpoint is read.
        reference: the network under whose keys it is written.
        mapped: what the reference's keys are made of, in the order of its state_dict.
        kept: keys of the reference whose own value stays, because it is no trained number.
        dropped: keys of the candidate that the reference can do without.
        missing: keys of the reference without a counterpart.
        unused: keys of the candidate without a counterpart.
        differences: in the function, as the comparison found.
        clashes: keys of the reference that are one tensor and would be made of several; right only for a checkpoint in
            which these are equal.
        packed: how matrices of several projections are taken to be packed.
        squares: keys of matrices that are taken to be kept the same way round, which neither prints nor shapes show.
        gates: keys of a recurrent layer against one of an unknown class, which is taken to keep its gates in the same
            order.
        forwards: which layers are taken to be called where others are, as their names do not say it.
    """

    candidate: NetworkKeys
    reference: NetworkKeys
    mapped: tuple[MappedTensor, ...]
    kept: tuple[Leftover, ...] = ()
    dropped: tuple[Leftover, ...] = ()
    missing: tuple[Leftover, ...] = ()
    unused: tuple[Leftover, ...] = ()
    differences: int = 0
    clashes: tuple[Leftover, ...] = ()
    packed: tuple[str, ...] = ()
    squares: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    forwards: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing that is trained is left over on either side, and no tensor would be made of two."""
        return not (self.missing or self.unused or self.clashes)

    @property
    def headline(self) -> str:
        """One sentence: which checkpoint goes where, and how many keys of the reference have a counterpart."""
        done, total = len(self.mapped) + len(self.kept), len(self.reference.stored)
        printed = "" if self.candidate.exact and self.reference.exact else " that the prints hold"
        candidate, reference = (side.source or side.label for side in (self.candidate, self.reference))
        ends = f"candidate {candidate} -> reference {reference}"
        return f"checkpoint of the {ends}: {done} of {total} keys{printed} (swap the two networks for the way back)"

    @property
    def merged_adapters(self) -> Mapping[tuple[str, float], int]:
        """How many tensors each LoRA adapter is merged into, by its name and the scale of what it adds."""
        terms = (term for each in self.mapped for part in each.parts for term in part.added if term.second)
        return Counter((term.adapter, term.scale) for term in terms)


def transposed(shape: Shape | None) -> Shape | None:
    """With the first two sizes exchanged."""
    return None if shape is None else (*shape[1::-1], *shape[2:])
