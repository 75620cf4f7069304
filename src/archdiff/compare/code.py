"""Lines of Python that tell what no print holds, ready to be run where `model` is the network.

Must not be longer than somebody copies, nor need more than `model` and torch.
"""

from __future__ import annotations

from typing import Final

from archdiff.infer.leaf import Leaf
from archdiff.semantics.kinds import CUT

#: in place of a line of code where parts of a print are missing
WHOLE_PRINT: Final = "the whole print, to the `)` that closes it"


def forward(path: str) -> str:
    """Shows the code that calls what stands below this path."""
    return f"import inspect; print(inspect.getsource(type({_layer(path)}).forward))"


def class_of(path: str) -> str:
    """Shows the code of a layer."""
    return f"import inspect; print(inspect.getsource(type({_layer(path)})))"


def attributes(path: str) -> str:
    """Shows what a layer holds, under the names that its class gives it."""
    return f'print({{k: v for k, v in vars({_layer(path)}).items() if k[0] != "_"}})'


def value(leaf: Leaf, name: str) -> str:
    """Shows one setting; classes of other libraries than torch have names of their own for it."""
    layer = _layer(leaf.path)
    if name == CUT:
        return f"print({layer})"
    field = leaf.kind.field(name) if leaf.kind else None
    if field and field.aspect == "weight-density":
        return f"print(({layer}.weight != 0).float().mean())"
    if field and field.shift:
        return f"print({layer}.bias is not None)"
    if field and leaf.kind and leaf.kind.constructor.rpartition(".")[2] != leaf.layer.class_name:
        return attributes(leaf.path)
    return f"print({layer}.{name})"


def _layer(path: str) -> str:
    return f'model.get_submodule("{path}")' if path else "model"
