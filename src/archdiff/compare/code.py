"""Lines of Python that tell what no print holds, ready to be run where `model` is the network.

Must not be longer than somebody copies, nor need more than `model` and torch. What holds for a class is asked of all
its layers, so that one line fits both networks, whatever the paths, and a block of which only the first one differs.
"""

from __future__ import annotations

from typing import Final

from archdiff.infer.leaf import Leaf
from archdiff.semantics.kinds import CUT, Field, bare

#: in place of a line of code where parts of a print are missing
WHOLE_PRINT: Final = "the whole print, to the `)` that closes it"

#: the names under which a weight stands a second time
SHARED_WEIGHTS: Final = (
    "print({n for n, _ in model.named_parameters(remove_duplicate=False)} - {n for n, _ in model.named_parameters()})"
)


def forward(path: str) -> str:
    """Shows the code that calls what stands below this path."""
    return f"import inspect; print(inspect.getsource(type({_layer(path)}).forward))"


def class_of(path: str) -> str:
    """Shows the code of a layer."""
    return f"import inspect; print(inspect.getsource(type({_layer(path)})))"


def attributes(*class_names: str, buffers: bool = False) -> str:
    """Shows what all layers of these classes hold, under the names that the classes give it.

    Args:
        class_names: as printed, each once.
        buffers: their numbers too; what a layer without attributes was made with may show in them alone.
    """
    listed = ", ".join(f'"{name}"' for name in class_names)
    which = f"in ({listed})" if len(class_names) > 1 else f"== {listed}"
    held = "[*vars(m).items(), *m.named_buffers(recurse=False)]" if buffers else "vars(m).items()"
    return (
        f'print(*sorted({{f"{{k}}={{v}}" for m in model.modules() if m._get_name() {which} '
        f'for k, v in {held} if k[0] != "_"}}), sep="\\n")'
    )


def attributes_and_forward(class_name: str) -> str:
    """Shows what a layer of this class holds, and the code that may hold the rest."""
    return (
        f'import inspect; m = next(m for m in model.modules() if m._get_name() == "{class_name}"); '
        'print({k: v for k, v in vars(m).items() if k[0] != "_"}, inspect.getsource(type(m).forward), sep="\\n")'
    )


def values(a: Leaf, b: Leaf, field: Field, count: int) -> str:
    """Shows one setting of all layers that the candidate's `a` and the reference's `b` are the first of."""
    if count == 1 and a.path == b.path:
        return value(a, field.name)
    name = bare(a.layer.class_name)
    special = field.name == CUT or field.aspect == "weight-density" or field.shift
    if special or name != bare(b.layer.class_name):
        return value(a, field.name)
    if _holds_under_other_names(a):
        return attributes(name, buffers=True)
    return f'print({{m.{field.name} for m in model.modules() if m._get_name() == "{name}"}})'


def value(leaf: Leaf, name: str) -> str:
    """Shows one setting of one layer."""
    layer = _layer(leaf.path)
    if name == CUT:
        return f"print({layer})"
    field = leaf.kind.field(name) if leaf.kind else None
    if field and field.aspect == "weight-density":
        return f"print(({layer}.weight != 0).float().mean())"
    if field and field.shift:
        return f"print({layer}.bias is not None)"
    if field and _holds_under_other_names(leaf):
        return attributes(bare(leaf.layer.class_name), buffers=True)
    return f"print({layer}.{name})"


def _holds_under_other_names(leaf: Leaf) -> bool:
    """Whether its class may call a setting otherwise than torch does.

    Those of other libraries do, and blocks that others write under torch's name (DETR's TransformerEncoderLayer).
    """
    kind = leaf.kind
    return kind is not None and (
        len(kind.parts) > 1 or kind.constructor.rpartition(".")[2] != bare(leaf.layer.class_name)
    )


def _layer(path: str) -> str:
    return f'model.get_submodule("{path}")' if path else "model"
