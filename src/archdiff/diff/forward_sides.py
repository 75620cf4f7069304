"""What two traced forwards are compared by: a network with its trace, and one thing that both do otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.message import Message
from archdiff.model.trace import ForwardTrace, Operation

#: codes of what says nothing but that something before it differs: in what it is, or in its sizes alone
OTHERWISE: Final = "traced-otherwise"
SIZED, OUTPUT_SIZED = "traced-sized", "traced-output-sized"
FOLLOWS: Final = (OTHERWISE, SIZED, OUTPUT_SIZED)


class ForwardDifference(NamedTuple):
    """One thing that two forwards do otherwise.

    Attributes:
        what: In words.
        containers: Paths of the modules whose forwards do it, the candidate's first.
        layers: Paths of the layer that it is about, where it is one; "" where it is a function.
        places: Files and lines of the code; "" where none is known.
        is_order: Whether both do it, one of them earlier.
        is_drawn: Whether one side alone leaves something out at random there.
    """

    what: Message
    containers: tuple[str, str]
    layers: tuple[str, str]
    places: tuple[str, str]
    is_order: bool = False
    is_drawn: bool = False


class TracedSide(NamedTuple):
    """One network with its trace.

    Attributes:
        sized: The network.
        trace: What its forward does.
        leaves: Its layers of a known kind, by path.
        paths: Paths that the layers and containers of it have in the reference.
    """

    sized: Sized
    trace: ForwardTrace
    leaves: Mapping[str, Leaf]
    paths: Mapping[str, str]

    def container(self, path: str) -> str:
        """The module whose forward calls what a layer does; of what is no layer, itself."""
        return path.rpartition(".")[0] if path in self.leaves else path

    def there(self, path: str) -> str:
        """The path of a module in the reference; its own where it has no counterpart."""
        return self.paths.get(path, path)


def parameter_name(operation: Operation) -> str:
    """The name in the state_dict of a weight or a buffer."""
    return str(dict(operation.arguments)["name"])


def is_inside(path: str, container: str) -> bool:
    """Whether a module is another one, or in it."""
    return not container or path == container or path.startswith(f"{container}.")
