"""Which kinds there are, and which of them a printed class is: by its name, its settings and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from archdiff.model import plugins
from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting
from archdiff.semantics.kinds._kind import CONTAINERS, Kind, Trait

#: entry points of installed packages that are tuples of `Kind`
GROUP: Final = "archdiff.kinds"
_FOLDER: Final = __name__.rpartition(".")[0]  # which holds a file for each family


@cache
def table() -> dict[str, Kind]:
    """Class name as printed -> kind: those of the files beside this one, then those of installed packages.

    Raises:
        PluginError: one of them cannot be loaded, or two claim a class or the name of a kind.
    """
    found: dict[str, Kind] = {}
    claimed: dict[str, str] = {}
    for origin, rows in _families():
        for row in rows:
            kind = plugins.checked(row, Kind, origin, "a row of KINDS")
            for claim in (f"the kind {kind.name}", *(f"the class {class_name}" for class_name in kind.classes)):
                if claim in claimed:
                    raise plugins.taken(origin, claim, claimed[claim])
                claimed[claim] = origin
            found |= dict.fromkeys(kind.classes, kind)
    return found


def _families() -> Iterator[tuple[str, tuple[object, ...]]]:
    """The file or the distribution, and the rows that it adds to the table."""
    for family, file in plugins.files(_FOLDER).items():
        yield file, plugins.one(_FOLDER, family, "KINDS", tuple)
    yield from plugins.installed(GROUP, tuple)


@cache
def by_name() -> dict[str, Kind]:
    """Kind name -> kind, `{"conv_2d": Kind(...), ...}`; raises what `table` raises."""
    return {kind.name: kind for kind in table().values()}


@cache
def may_have(kind: str, trait: Trait) -> bool:
    """Whether a layer of this kind, named as in `by_name`, can have a trait; one of no kind ("") has none."""
    found = by_name().get(kind)
    return found is not None and (trait in found.traits or trait in found.traits_if)


@cache
def find(class_name: str) -> Kind | None:
    """The kind of a printed class; torch's own prefixes do not count, others do: `lora.Linear` is another class."""
    return table().get(row_of(class_name))


def of_leaf(class_name: str, settings: tuple[Setting, ...]) -> Kind | None:
    """The kind of a printed class with these settings: what is named a dropout and has weights is none."""
    kind = find(class_name)
    drops = kind is not None and Trait.DROPS in kind.traits and by_ending(class_name)
    return None if drops and any(setting.name in _OF_WEIGHTS for setting in settings) else kind


#: settings that only a layer with weights prints
_OF_WEIGHTS: Final = frozenset(
    {
        *("in_features", "out_features", "in_channels", "out_channels", "input_size", "hidden_size"),
        *("num_embeddings", "embedding_dim", "num_features", "normalized_shape"),
    }
)


def of_layer(layer: Layer) -> Kind | None:
    """The kind of a printed layer with what is in it; None where it is of no known kind.

    A class of somebody may carry the name of one of torch, `ReLU((_net): ReLU())`, or end in such a name: where it has
    children, it is of that kind only if the kind holds children, prints just these, or its own settings are there.
    """
    kind = of_leaf(layer.class_name, layer.settings)
    if kind is None or not layer.children:
        return kind
    if kind.parts:
        return kind if all(child.name in kind.parts for child in layer.children) else None
    return kind if kind.traits & CONTAINERS or _prints_own(kind, layer.settings) else None


def _prints_own(kind: Kind, settings: tuple[Setting, ...]) -> bool:
    """Whether one of the settings is of this kind and changes what it computes."""
    named = {also: field for field in kind.fields for also in field.also}
    fields = [named.get(setting.name) or kind.field(setting.name) for setting in settings if setting.name]
    by_position = bool(kind.positional) and any(setting.name is None for setting in settings)
    return by_position or any(field is not None and field.effect is not Effect.COSMETIC for field in fields)


def bare(class_name: str) -> str:
    """A class name without torch's own prefix; C++ prints `torch::nn::Linear`."""
    return class_name.removeprefix("torch.nn.").removeprefix("torch::nn::")


def by_ending(class_name: str) -> bool:
    """Whether its kind is known by the end of its name alone, so that two such classes may differ in what they do."""
    return row_of(class_name).startswith("*")


def keeps_columns(class_name: str) -> bool:
    """Whether a class keeps its weight as (inputs, outputs, ...), as the Conv1D of transformers does."""
    kind = find(class_name)
    return kind is not None and bare(class_name) in kind.columns


@cache
def row_of(class_name: str) -> str:
    """The row of the table that a class falls under; a name that is no row where it falls under none.

    That is its own name without torch's prefix, else the longest "*Ending" or "*Part*". A dropout is one under the
    prefix of any library.
    """
    name = bare(class_name)
    if name in table():
        return name
    library, _, own = name.rpartition(".")
    is_class = own.isidentifier() and len(own) <= _LONGEST
    rows = [row for row in table() if row[0] == "*" and _falls_under(own, row)] if is_class else []
    if library:
        rows = [row for row in rows if Trait.DROPS in table()[row].traits]
    return max(rows, key=len, default=name)


def _falls_under(name: str, row: str) -> bool:
    """Whether a name ends as the row says; or holds what it says and does not go on as another layer (DropoutLSTM)."""
    if not row.endswith("*"):
        return name.endswith(row[1:])
    before, found, rest = name.partition(row[1:-1])
    return bool(found) and (not rest or find(rest) is None) and not before.endswith(_ALWAYS)


#: characters of a class whose parts are looked at, one behind the other
_LONGEST: Final = 100
#: Monte Carlo dropout drops in eval mode, too
_ALWAYS: Final = ("MC", "MonteCarlo", "Bayesian")
