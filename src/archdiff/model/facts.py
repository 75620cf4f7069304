"""What is known of a network beside the tree that its print holds, each with where it is known from.

What was printed or given is certain, and equality may rest on it; what was worked out is a hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from archdiff.model.network import Value


class Provenance(Enum):
    """Where a value is known from; the words are those of the JSON report."""

    PRINTED = "printed"  # in the same text: the input of a summary table, a traced forward
    REFERENCE = "reference"  # by the spec of a published network
    GIVEN = "given"  # by the user
    LIVE = "live attribute"  # what a live module holds and does not print
    TRACED = "traced"  # what the forward of a live module did
    CONFIG = "config.json"  # a field of the configuration that a library writes beside the weights
    SOLVED = "solved"  # from sizes that the text fixes: several may fit


class Fact(NamedTuple):
    """One value that belongs to a network or to a layer of it.

    Attributes:
        name: Which value: one of the names below.
        value: The value, as settings hold it.
        provenance: Where it is known from.
        path: Path of the layer; "" for the whole network.
        source: The file that says so, where that is another one than the network's.
        line: Its line there, counted from 1; 0 where there is none.
    """

    name: str
    value: Value
    provenance: Provenance
    path: str = ""
    source: str = ""
    line: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether it was printed or given, and neither solved nor chosen for a trace."""
        return self.provenance not in (Provenance.SOLVED, Provenance.TRACED)


INPUT_SHAPE: Final = "input_shape"  # without the batch
FORWARD: Final = "forward"  # numbers and texts of lines of code
CLOSED: Final = "closed"  # layers of blocks that a summary table shows as one row
TOTALS: Final = "totals"  # what a summary table adds up behind its rows: name, number as it is printed
SHAPES: Final = "shapes"  # of each row of a summary table: line, class, input and output without the batch
SHARED: Final = "shared"  # of a live module: names of one weight, for each that has several
TRACES: Final = "traces"  # of a live module: what its forward does in eval mode, and in training
NOT_TRACED: Final = "not traced"  # why there is no such trace
CODE: Final = "code"  # a digest of the code of its classes, torch's apart
CALLED: Final = "called"  # how a module was called for its traces: the fields of `HowCalled`
PACKED: Final = "packed traces"  # those that a text holds: the fields of `PackedTraces`
EDITED: Final = "edited"  # a digest of the traces of a text whose print is another one now
LEFT_OUT: Final = "left out"  # which facts of a text no longer fit the print before them: a sentence
CHANGES: Final = "changes"  # what making a live module changed for all that runs behind it, a sentence each
ATTRIBUTES: Final = "plain attributes"  # of a module of somebody: name, value; unknown where an object was not read
TENSORS: Final = "own tensors"  # that a module holds itself: the fields of `HeldTensor` of each
HOOKS: Final = "called hooks"  # of a module: when it is called, its name
MODE: Final = "training mode"  # "train" or "eval": of the network, and of the modules that are in the other one
REPEATS: Final = "repeats"  # what a summary table shows to run again: line, class, class of the row before

LAYERS: Final = "layers"  # how many are printed, where folded lines are taken apart
STANDS_FOR: Final = "stands_for"  # path of one of a folded line that is compared for others, and for how many


#: what a live module holds beside the settings of its layers; no attribute has a space in its name
HELD: Final = frozenset({SHARED, CHANGES, ATTRIBUTES, TENSORS, HOOKS, MODE})


#: how inputs are passed to a forward; `OWN` are those that came with the module, which no words tell
BY_NAME, BY_POSITION, OWN = "by name", "by position", "with its own"


class HowCalled(NamedTuple):
    """How a live module was called for its traces.

    Attributes:
        way: One of those above.
        torch: The version of torch that ran it: "2.9.1"; operations may have other names in another one.
        plain: Arguments beside tensors, by name.
    """

    way: str
    torch: str
    plain: tuple[tuple[str, Value], ...] = ()


class PackedTraces(NamedTuple):
    """Traces as a text holds them: they are unpacked where there is a forward to compare them with.

    Attributes:
        inputs: Name, dtype and shape of what the module was called with: "x:float32[2,3,224,224]"; as `Trace.inputs`.
        called: How.
        data: The traces, compressed.
    """

    inputs: tuple[str, ...]
    called: HowCalled
    data: str


class HeldTensor(NamedTuple):
    """A parameter or a buffer of a live module.

    Attributes:
        name: Its name in the module.
        role: "parameter", "buffer", or "constant" for a buffer that no checkpoint holds.
        dtype: "float32".
        trained: Whether a gradient is computed for it.
        shape: Its sizes.
        bare: Whether the class of the module does not say that it holds such a tensor, so that no print shows it.
        digest: Of the numbers of a small constant, which the constructor works out of its arguments; else "".
    """

    name: str
    role: str
    dtype: str
    trained: bool
    shape: tuple[int, ...]
    bare: bool
    digest: str = ""


class Comment(NamedTuple):
    """One `# archdiff: ignore[AD401] reason` in the text of a network.

    Args:
        line: its line, counted from 1.
        alone: nothing but quoting stands before it on its line.
        words: what stands in its brackets, as it was written.
        reason: what stands behind them.
    """

    line: int
    alone: bool
    words: tuple[str, ...]
    reason: str


def find(facts: Iterable[Fact], name: str, path: str = "") -> Fact | None:
    """The first fact of a name.

    Args:
        facts: Of one network.
        name: One of the names above, or of a setting.
        path: Path of the layer; "" for the whole network.

    Returns:
        The fact; None where nothing is known.
    """
    return next((fact for fact in facts if (fact.name, fact.path) == (name, path)), None)


def shape(value: object) -> tuple[int, ...] | None:
    """A value that is a shape.

    Args:
        value: Of a setting or of a fact.

    Returns:
        The sizes; None where it is no tuple of whole numbers.
    """
    return value if isinstance(value, tuple) and value and all(isinstance(size, int) for size in value) else None


def is_shape(sizes: object) -> bool:
    """Whether it holds the sizes of an input, at least one, as whole numbers from 1 to 2147483647."""
    if not isinstance(sizes, (list, tuple)) or not sizes:
        return False
    return all(type(size) is int and 0 < size < 1 << 31 for size in sizes)
