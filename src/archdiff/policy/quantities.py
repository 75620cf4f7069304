"""What a paper may claim of a network, a row each, and the value that a network has for it.

A value that a network does not tell is None and never a guess. Must not know what a paper claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import UNKNOWN, Layer, Recipe, Value
from archdiff.model.outcome import LayerInfo, NetworkInfo
from archdiff.policy.printed_values import PaperValue
from archdiff.semantics import kinds


class Actual(NamedTuple):
    """The value that a network has; None where it does not tell it.

    Attributes:
        value: The value.
        because: How it comes about: "1200 of 12544".
        layer: Which layer has it; None where it is not of one.
    """

    value: PaperValue | None
    because: str = ""
    layer: LayerInfo | None = None


class Part(NamedTuple):
    """What of a network a claim is about.

    Attributes:
        network: The network.
        layers: All of its leaves, in the order in which they ran.
        path: Of a layer, or of a container; "" for the whole network.
    """

    network: NetworkInfo
    layers: Sequence[LayerInfo]
    path: str = ""

    @property
    def leaf(self) -> LayerInfo | None:
        """The layer, where it is one."""
        return next((layer for layer in self.layers if layer.path == self.path), None)

    @property
    def inside(self) -> Sequence[LayerInfo]:
        """The layers that stand in it; the layer itself."""
        begin = f"{self.path}." if self.path else ""
        return [each for each in self.layers if each.path == self.path or each.path.startswith(begin)]

    @property
    def behind(self) -> Iterator[LayerInfo]:
        """What stands behind a layer, up to the next one with weights."""
        paths = [layer.path for layer in self.layers]
        for layer in self.layers[paths.index(self.path) + 1 :] if self.path in paths else ():
            if layer.has_weights:
                return
            yield layer


Quantity: TypeAlias = Callable[[Part], Actual]


def part(word: str, network: NetworkInfo, layers: Sequence[LayerInfo]) -> Part | None:
    """A part of a network by its path, or counted: `conv 2` is the second layer of a kind that begins so.

    Returns:
        None where there is no such part.
    """
    kind, _, number = word.rpartition(" ")
    if kind and number.isdecimal():
        fits = [layer.path for layer in layers if layer.kind == kind or layer.kind.startswith(f"{kind}_")]
        return Part(network, layers, fits[int(number) - 1]) if 0 < int(number) <= len(fits) else None
    found = Part(network, layers, word)
    return found if found.inside else None


def quantity(of: str) -> Quantity | None:
    """What is called so; None where nothing is."""
    first, _, rest = of.partition(" ")
    if first in ("optimizer", "scheduler"):
        return lambda part: _of_recipe(part.network.recipe, first, rest)
    if of in QUANTITIES:
        return QUANTITIES[of]
    name = of.replace(" ", "_")
    return _setting(name) if name in _setting_names() else None


def is_set(of: str) -> bool:
    """Whether somebody has set it, so that a paper prints it whole. Rates of drop path fall from block to block."""
    return of.startswith(("optimizer", "scheduler")) or of == "dropout" or of not in QUANTITIES


#: of which torch has 1 - value where others have the value
_SHARES: Final = frozenset({"dropout", "drop path", "momentum", "p"})


def is_share(of: str) -> bool:
    """Whether it may be in another convention than torch's."""
    return of in _SHARES


@cache
def _setting_names() -> frozenset[str]:
    return frozenset(field.name for kind in kinds.by_name().values() for field in kind.fields)


# Of one layer


def _setting(name: str) -> Quantity:
    def quantity(part: Part) -> Actual:
        leaf = part.leaf
        return Actual(_value(leaf.settings.get(name, _default(leaf, name))) if leaf else None, "", leaf)

    return quantity


def _default(leaf: LayerInfo, name: str) -> Value:
    """What torch leaves out of a print, as the padding of a convolution that has none."""
    kind = kinds.by_name().get(leaf.kind)
    field = kind.field(name) if kind else None
    if field is None or callable(field.default) or field.default is kinds.REQUIRED:
        return UNKNOWN
    return field.default


def _winners(part: Part) -> Actual:
    winners = next((layer for layer in part.behind if layer.picks_winners), None)
    return Actual(_value(winners.k) if winners else Fraction(0), "", winners)


def _active(part: Part) -> Actual:
    winners = next((layer for layer in part.behind if layer.picks_winners), None)
    if winners is None:
        return Actual(Fraction(1), "no k-winners", part.leaf)
    if winners.k is None or not winners.n:
        return Actual(None, "", winners)
    return Actual(Fraction(winners.k, winners.n), f"{winners.k} of {winners.n}", winners)


def _nonzero_weights(part: Part) -> Actual:
    leaf = part.leaf
    return Actual(_value(leaf.weight_density) if leaf else None, "", leaf)


def _size(of_output: bool) -> Quantity:
    """Along each side, without the channels: of what goes into the first layer, of what comes out of the last."""

    def quantity(part: Part) -> Actual:
        layers = part.inside
        layer = layers[-1 if of_output else 0]
        shape = layer.output_shape if of_output else layer.input_shape
        return Actual(shape[1:] if shape and len(shape) > 1 else None, "", part.leaf)

    return quantity


# Of a layer, of a container or of the network


def _count(name: str, of_layers: bool = False) -> Quantity:
    """Of a network whose classes may hold more than is printed, those of its layers alone are known."""

    def quantity(part: Part) -> Actual:
        if not part.path:
            is_bound = not of_layers and name != "macs" and part.network.parameters_at_least is not None
            return Actual(None if is_bound else _value(getattr(part.network, name)))
        if name == "macs" and part.leaf is None and not _all_in_layers(part):
            return Actual(None)
        counts = [getattr(layer, name) for layer in part.inside]
        return Actual(None if None in counts else Fraction(sum(counts)), "", part.leaf)

    return quantity


def _all_in_layers(part: Part) -> bool:
    """Whether no product of the network is called as a function: of those nothing says which part they are of."""
    counts = [layer.macs for layer in part.layers]
    return None not in counts and sum(filter(None, counts)) == part.network.macs


_PRODUCTS: Final = re.compile(r"conv_|linear$")


def _weights(part: Part) -> Actual:
    """Without biases, norms and embeddings."""
    total = 0
    for layer in part.inside:
        if _PRODUCTS.match(layer.kind):
            bias = layer.settings.get("bias", True)  # torch prints it where it is not so
            width = layer.settings.get("out_channels", layer.settings.get("out_features"))
            if layer.parameters is None or not isinstance(bias, bool) or not isinstance(width, int):
                return Actual(None)
            total += layer.parameters - (width if bias else 0)
        elif layer.has_weights:
            return Actual(None)
    return Actual(Fraction(total), "", part.leaf)


def _convolutions(part: Part) -> Actual:
    return Actual(Fraction(sum(layer.kind.startswith("conv_") for layer in part.inside)))


def _blocks(part: Part) -> Actual:
    """How many children a container has."""
    begin = len(part.path) + 1 if part.path else 0
    return Actual(Fraction(len({layer.path[begin:].partition(".")[0] for layer in part.inside})))


def _dropout(*kinds_of_it: str) -> Quantity:
    """Of a layer that drops, of what stands behind a layer, or of all in a part that print the same."""

    def quantity(part: Part) -> Actual:
        leaf = part.leaf
        among = part.inside if leaf is None or leaf.kind in kinds_of_it else list(part.behind)
        found = [layer for layer in among if layer.kind in kinds_of_it]
        values = {layer.settings.get("p") for layer in found}
        if leaf is None and _called(part.network, DROPS):
            return Actual(None)
        if not found:
            return Actual(Fraction(0), "none")
        return Actual(_value(values.pop()) if len(values) == 1 else None, "", found[0])

    return quantity


def _activation(part: Part) -> Actual:
    """The class of a layer that is one, of the first one behind a layer, or of all in the network."""
    leaf = part.leaf
    if leaf is None:
        return _fact("activation")(part) if not _called(part.network, DROPS, others=True) else Actual(None)
    if named := leaf.settings.get("activation"):
        return Actual(_value(named), "", leaf)
    names = {kind.name for kind in kinds.by_name().values() if kind.function is not None and kind.name != "identity"}
    found = next((layer for layer in (leaf, *part.behind) if layer.kind in names), None)
    return Actual(found.class_name if found else None, "", found)


# Of the network


def _called(network: NetworkInfo, names: Collection[str], others: bool = False) -> bool:
    """Whether its forward calls one of these as a function, or one that is none of these."""
    row = next((row.value for row in network.facts if row.name == "called as functions"), "")
    called = {each.partition(" ")[0] for each in row.split(", ") if each}
    return bool(called - {*names} if others else called & {*names})


def _fact(name: str) -> Quantity:
    """A row of its fact sheet that holds one value: `12`, `pre (24)`, `50 convolutions and linear layers`."""

    def quantity(part: Part) -> Actual:
        row = next((row.value for row in part.network.facts if row.name == name), "")
        match = _ONE_VALUE.match(row) if not part.path else None
        if match is None:
            return Actual(None)
        return Actual(Fraction(match["number"].replace(",", "")) if match["number"] else match["word"])

    return quantity


_ONE_VALUE: Final = re.compile(
    r"(?:(?P<number>\d[\d,]*)|(?P<word>\w+))(?: \([\d,]+\)| convolutions [\w ]+)?$", re.ASCII
)


def _of_recipe(recipe: Recipe | None, which: str, name: str) -> Actual:
    """A setting of the printed optimizer (or its groups) or scheduler, where all print the same; its class."""
    printed: Sequence[Layer] = (
        () if recipe is None else recipe.optimizers if which == "optimizer" else recipe.schedulers
    )
    if not name:
        classes = {layer.class_name for layer in printed}
        return Actual(classes.pop() if len(classes) == 1 else None)
    holders = [holder for layer in printed for holder in (layer, *layer.children)]
    values = {setting.value for holder in holders for setting in holder.settings if setting.name == name}
    return Actual(_value(values.pop()) if len(values) == 1 else None)


def _value(value: Value) -> PaperValue | None:
    """As it was printed: 0.1 is one tenth."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return Fraction(str(value)) if abs(value) < float("inf") else None
        case tuple() if value and all(isinstance(each, int) and not isinstance(each, bool) for each in value):
            return tuple(each for each in value if isinstance(each, int))
        case str():
            return value
    return None


#: what drops numbers, as torch's operators are called
DROPS: Final = frozenset({"dropout", "native_dropout", "alpha_dropout", "feature_dropout", "bernoulli"})
#: what only the whole network has -> the row of its fact sheet
OF_NETWORK: Final = {
    "depth": "longest path",
    **{row: row for row in ("norm placement", "heads", "head size", "hidden size", "feed-forward size")},
    **{row: row for row in ("vocabulary", "positions")},
}

QUANTITIES: Final[dict[str, Quantity]] = {
    "filters": _setting("out_channels"),
    "units": _setting("out_features"),
    "winners": _winners,
    "active outputs": _active,
    "non-zero weights": _nonzero_weights,
    "input size": _size(of_output=False),
    "output size": _size(of_output=True),
    "parameters": _count("parameters"),
    "non-zero parameters": _count("nonzero_parameters"),
    "printed parameters": _count("parameters", of_layers=True),
    "printed non-zero parameters": _count("nonzero_parameters", of_layers=True),
    "weights": _weights,
    "multiply-adds": _count("macs"),
    "convolutions": _convolutions,
    "blocks": _blocks,
    "dropout": _dropout("dropout", "dropout_1d", "dropout_2d", "dropout_3d"),
    "drop path": _dropout("drop_path"),
    "activation": _activation,
    **{of: _fact(row) for of, row in OF_NETWORK.items()},
}
