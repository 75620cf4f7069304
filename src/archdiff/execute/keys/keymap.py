"""The values of a key map: the tensors of both state_dicts, and how those of the reference are made of the candidate's.

Knows no torch: a map is plain data, which `apply` follows and reports write down.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from archdiff.semantics.kinds import Shape


class Stored(NamedTuple):
    """One tensor of a state_dict, with what is known of it."""

    key: str
    shape: Shape | None  # as it is stored; None where it is not known
    buffer: bool = False
    counts: bool = False  # holds whole numbers, which no training moves
    columns: bool = False  # (inputs, outputs, ...), as the Conv1D of transformers and transposed convolutions keep it
    covers: bool = False  # a kernel that covers its whole map, so that a Linear behind a Flatten computes the same
    tied: str = ""  # the first key of the same tensor

    @property
    def layer(self) -> str:
        """The path of what holds it."""
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Its name in the layer."""
        return self.key.rpartition(".")[2]

    @property
    def rows(self) -> Shape | None:
        """The shape with outputs first."""
        return turned(self.shape) if self.columns else self.shape

    @property
    def squeezed(self) -> Shape | None:
        """The shape without dimensions of size 1."""
        return None if self.rows is None else tuple([size for size in self.rows if size != 1])

    @property
    def numel(self) -> int | None:
        """How many numbers it holds."""
        return None if self.shape is None else prod(self.shape)


class Part(NamedTuple):
    """What a tensor of the reference takes of one of the candidate."""

    key: str
    transposed: bool = False  # first of all
    rows: tuple[int, int] | None = None  # then from here to there; None for all


class Mapped(NamedTuple):
    """How a tensor of the reference is made: the parts one below the other, then transposed, then reshaped."""

    key: str
    parts: tuple[Part, ...]
    transposed: bool = False
    shape: Shape | None = None  # None where it stays as it is
    #: "pair" of the comparison, "name", "shape", "order" of what else could be another, "tie" with another key
    found_by: str = "pair"

    @property
    def steps(self) -> tuple[str, ...]:
        """What is done, in words."""
        first = self.parts[0]
        if self == Mapped(self.key, (Part(self.key),), found_by=self.found_by):
            return ("as it is",)
        done = [f"rows {part.rows[0]} to {part.rows[1]}" for part in self.parts if part.rows]
        if len(self.parts) > 1:
            return (*done, "concatenate", *(["transpose"] if self.transposed else []))
        if first.transposed != self.transposed:
            done.append("transpose")
        if self.shape is not None:
            done.append(f"reshape to {size(self.shape)}")
        return tuple(done) or ("rename",)


class Left(NamedTuple):
    """A key without a counterpart, and why."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Side:
    """One network of a map."""

    source: str
    label: str
    live: bool  # whether its keys are those of a module, or what its print holds
    stored: tuple[Stored, ...]
    untold: tuple[str, ...] = ()  # classes whose keys no print holds: "LayerScale (12)"
    from_file: bool = False  # its keys are those of a print together with those of a checkpoint

    @property
    def exact(self) -> bool:
        """Whether all its keys are known."""
        return self.live or self.from_file


@dataclass(frozen=True, slots=True)
class KeyMap:
    """A checkpoint of the candidate under the keys of the reference.

    mapped: what the reference's keys are made of, in the order of its state_dict. kept: keys of the reference whose own
    value stays, because it is no trained number. dropped: keys of the candidate that the reference can do without.
    missing, unused: keys of the reference and of the candidate without a counterpart.
    """

    candidate: Side
    reference: Side
    mapped: tuple[Mapped, ...]
    kept: tuple[Left, ...] = ()
    dropped: tuple[Left, ...] = ()
    missing: tuple[Left, ...] = ()
    unused: tuple[Left, ...] = ()
    differences: int = 0  # in the function, which the comparison found

    @property
    def complete(self) -> bool:
        """Whether nothing that is trained is left over on either side."""
        return not (self.missing or self.unused)


def turned(shape: Shape | None) -> Shape | None:
    """With the first two sizes exchanged."""
    return None if shape is None else (*shape[1::-1], *shape[2:])


def size(shape: Shape | None) -> str:
    """`64x3x7x7`."""
    return "?" if shape is None else "x".join(map(str, shape)) or "a number"
