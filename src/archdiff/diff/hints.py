"""Lines of Python that show what no print holds, ready to be run where `model` is the network.

Must not be longer than somebody copies, nor need more than `model` and torch. What holds for a class is shown of all
its layers, so that one line fits both networks, whatever the paths, and a block of which only the first one differs.
"""

from __future__ import annotations

import json
from typing import Final

from archdiff.infer.leaf import Leaf
from archdiff.semantics.kinds import CUT, bare

#: in place of a line of code where parts of a print are missing
WHOLE_PRINT: Final = "the whole print, to the `)` that closes it"

#: the names under which a weight stands a second time
SHARED_WEIGHTS: Final = (
    "print({n for n, _ in model.named_parameters(remove_duplicate=False)} - {n for n, _ in model.named_parameters()})"
)


def forward(path: str) -> str:
    """Shows the code that calls what stands below a path."""
    return f"import inspect; print(inspect.getsource(type({_layer(path)}).forward))"


def class_of(path: str) -> str:
    """Shows the code of the layer under a path."""
    return f"import inspect; print(inspect.getsource(type({_layer(path)})))"


def attributes(*class_names: str, buffers: bool = False, forward: bool = False) -> str:
    """Shows what all layers of these classes hold, under the names that the classes give it.

    Args:
        class_names: Names as printed, without repetitions.
        buffers: Their numbers too; what a layer without attributes was made with may show in them alone.
        forward: The code too, where what is not printed may be written there and held by no attribute.
    """
    listed = ", ".join(map(_quoted, class_names))
    which = f"in ({listed})" if len(class_names) > 1 else f"== {listed}"
    more = [
        *(["*m.named_buffers(recurse=False)"] if buffers else []),
        *(['("forward", __import__("inspect").getsource(m.forward))'] if forward else []),
    ]
    held = f"[*vars(m).items(), {', '.join(more)}]" if more else "vars(m).items()"
    return (
        f'print(*sorted({{f"{{k}}={{v}}" for m in model.modules() if m._get_name() {which} '
        f'for k, v in {held} if k[0] != "_"}}), sep="\\n")'
    )


def values(leaf: Leaf, name: str) -> str:
    """Shows one setting of all layers that have the class of a leaf."""
    class_name = bare(leaf.layer.class_name)
    if _holds_under_other_names(leaf, name):
        return attributes(class_name, buffers=True)
    return f"print({{{_of('m', leaf, name)} for m in model.modules() if m._get_name() == {_quoted(class_name)}}})"


def values_anywhere(name: str) -> str:
    """Shows one setting of all layers that have it, whatever their class."""
    return f"print({{str(m.{name}) for m in model.modules() if hasattr(m, {_quoted(name)})}})"


def value(leaf: Leaf, name: str) -> str:
    """Shows one setting of one layer."""
    if _holds_under_other_names(leaf, name):
        return attributes(bare(leaf.layer.class_name), buffers=True)
    return f"print({_of(_layer(leaf.path), leaf, name)})"


def _of(layer: str, leaf: Leaf, name: str) -> str:
    """The expression for a setting of a layer such as this one."""
    field = leaf.kind.field(name) if leaf.kind else None
    if name == CUT:
        return layer
    if field and field.aspect == "weight-density":
        return f"({layer}.weight != 0).float().mean().item()"
    return f"{layer}.bias is not None" if field and field.shift else f"{layer}.{name}"


def _holds_under_other_names(leaf: Leaf, name: str) -> bool:
    """Whether its class may call a setting otherwise than torch does.

    Those of other libraries do, and blocks that others write under torch's name (DETR's TransformerEncoderLayer).
    """
    kind = leaf.kind
    field = kind.field(name) if kind else None
    if kind is None or field is None or field.shift or field.aspect == "weight-density":
        return False
    return len(kind.parts) > 1 or kind.constructor.rpartition(".")[2] != bare(leaf.layer.class_name)


def _layer(path: str) -> str:
    return f"model.get_submodule({_quoted(path)})" if path else "model"


def _quoted(name: str) -> str:
    """A name as a string of Python; a print may hold any name, and people run these lines."""
    return json.dumps(name, ensure_ascii=False)
