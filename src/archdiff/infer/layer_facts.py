"""The layers of a network by what they are: norms, activations, biases, kernels, vocabulary, k-winners, densities.

Counts stand behind each value, the most frequent first. Must not know of blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Final

from archdiff.infer.block_facts import given, runs, sizes
from archdiff.infer.leaf import Leaf
from archdiff.infer.ties import OF_POSITIONS, OF_TOKENS
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.model.wording import listed, percent, plural, size
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Kind, Trait

_MOST: Final = 6  # values of one row
_MOST_WINNERS: Final = 8  # k-winner layers that have a row each

Row = tuple[str, str]
#: path -> for how many layers the one under it stands
Times = Callable[[str], int]


def layer_rows(leaves: Sequence[Leaf], times: Times) -> Iterator[Row]:
    """What the layers are.

    Args:
        leaves: All of a network, in printed order.
        times: For how many layers each stands.
    """
    are_several = len(list(islice(filter(_is_convolution, leaves), 2))) > 1
    leaves, times = _alike(leaves, times)
    yield from _vocabulary(leaves)
    yield from _convolutions(leaves, times, are_several)
    yield "recurrent layers", _counted(leaves, times, _recurrent)
    yield "norm", _counted(leaves, times, _norm)
    yield "activation", _counted(leaves, times, _activation)
    yield "pooling", _counted(leaves, times, _pooling)
    yield "dropout", _dropout(leaves, times)
    yield "biases", _biases(leaves, times)
    yield "adapters", _counted(leaves, times, _adapter)
    yield "layers with weights", _counted(leaves, times, _weighted)
    yield "unknown classes", _counted(leaves, times, _unknown)


def _alike(leaves: Sequence[Leaf], times: Times) -> tuple[Sequence[Leaf], Times]:
    """The first of all leaves of equal class, settings and last name, and for how many layers these stand."""
    found: dict[object, Leaf] = {}
    counts: dict[str, int] = {}
    for leaf in leaves:
        key = leaf.settings, leaf.layer.class_name, leaf.path.rpartition(".")[2]
        first = found.setdefault(key, leaf).path
        counts[first] = counts.get(first, 0) + times(leaf.path)
    return list(found.values()), counts.__getitem__


def _title(leaf: Leaf) -> str:
    """What the field calls a kind: the class that torch has for it, else the class as printed."""
    named = _of_kind(leaf.kind) if leaf.kind else ""
    return named or leaf.layer.class_name


@cache
def _of_kind(kind: Kind) -> str:
    name = next(iter(kind.classes), "")
    return "" if "*" in name else name


def _counted(leaves: Iterable[Leaf], times: Times, value: Callable[[Leaf], str]) -> str:
    found = Counter[str]()
    for leaf in leaves:
        if told := value(leaf):
            found[told] += times(leaf.path)
    values = [f"{told} ({count:,})" for told, count in found.most_common()]
    apart = "; " if any(", " in told for told in found) else ", "
    more = [f"{len(values) - _MOST:,} more"] if len(values) > _MOST else []
    return apart.join([*values[:_MOST], *more])


def _number(value: Value) -> str:
    """`1e-05`; nothing where it is no number."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{value:g}" if is_number else ""


# Words and classes

#: names of the last layer of a network
_LAST: Final = frozenset({"fc", "head", "heads", "classifier", "score", "logits"})


def _vocabulary(leaves: Iterable[Leaf]) -> Iterator[Row]:
    embeddings = [leaf for leaf in leaves if leaf.kind and leaf.kind.name == "embedding"]
    for words, *rows in (
        (OF_TOKENS, ("vocabulary", "num_embeddings"), ("embedding size", "embedding_dim")),
        (OF_POSITIONS, ("positions", "num_embeddings")),
    ):
        found = [leaf for leaf in embeddings if leaf.path.rpartition(".")[2] in words]
        for name, setting in rows:
            told = dict.fromkeys(leaf.settings.known(setting) for leaf in found)
            written = str if name == "embedding size" else "{:,}".format
            yield name, "; ".join(written(each) for each in told if isinstance(each, int))


def outputs(leaves: Sequence[Leaf], named: bool) -> Iterator[Row]:
    """What the last layer with weights gives, if it is a Linear.

    Args:
        leaves: Those behind the blocks of a network.
        named: Whether it counts only where its name says that it is the last: others may be called after it.
    """
    last = next((leaf for leaf in reversed(leaves) if leaf.has(Trait.AFFINE_MAP)), None)
    if last is None or last.kind is None or last.kind.name != "linear" or (width := given(last)) is None:
        return
    if not named or _LAST & set(last.path.lower().split(".")):
        yield "outputs", str(width)


# Convolutions and pools


def stem(leaves: Iterable[Leaf]) -> Iterator[Row]:
    """The first convolution of those layers that stand before the blocks."""
    first = next((leaf for leaf in leaves if _is_convolution(leaf)), None)
    if first and (each := sizes(first)) and (kernel := _size(first, "kernel_size")):
        stride = _other_than_one(first, "stride")
        apart = f", stride {stride}" if stride else ""
        yield "stem", f"{kernel} convolution{apart}, {each.taken} to {each.given} channels"


def _is_convolution(leaf: Leaf) -> bool:
    return leaf.kind is not None and leaf.kind.dims is not None and leaf.has(Trait.AFFINE_MAP)


def _convolutions(leaves: Iterable[Leaf], times: Times, are_several: bool) -> Iterator[Row]:
    found = [leaf for leaf in leaves if _is_convolution(leaf)]
    if are_several:
        yield "kernels", _counted(found, times, lambda leaf: _size(leaf, "kernel_size"))
        yield "strides", _counted(found, times, lambda leaf: _other_than_one(leaf, "stride"))
    yield "dilations", _counted(found, times, lambda leaf: _other_than_one(leaf, "dilation"))
    yield "groups", _counted(found, times, _groups)


def _size(leaf: Leaf, name: str) -> str:
    """`3x3`, and `2` for a stride that is the same along every side."""
    value = leaf.settings.known(name)
    parts = value if isinstance(value, tuple) else (value,)
    numbers = [part for part in parts if isinstance(part, int)]
    if len(numbers) < len(parts) or not numbers:
        return ""
    return str(numbers[0]) if name in ("stride", "dilation") and len(set(numbers)) == 1 else size(numbers)


def _other_than_one(leaf: Leaf, name: str) -> str:
    told = _size(leaf, name)
    return "" if told == "1" else told


def _groups(leaf: Leaf) -> str:
    groups, taken = leaf.settings.known("groups"), leaf.settings.known("in_channels")
    if not isinstance(groups, int) or groups == 1:
        return ""
    return "depthwise" if groups == taken else str(groups)


_POOLS: Final = ("MaxPool", "AvgPool", "LPPool")


def _pooling(leaf: Leaf) -> str:
    title = _title(leaf)
    if leaf.kind is None or not any(pool in title for pool in _POOLS):
        return ""
    if kernel := _size(leaf, "kernel_size"):
        stride = _size(leaf, "stride")
        return f"{title} {kernel}" + (f", stride {stride}" if stride and stride != kernel.partition("x")[0] else "")
    out = leaf.settings.known("output_size")
    return title if out in (1, (1,), (1, 1), (1, 1, 1), UNKNOWN) else f"{title} {_size(leaf, 'output_size')}".strip()


# Norms, activations, recurrent layers, dropout


def _norm(leaf: Leaf) -> str:
    if not leaf.has(Trait.NORMALIZES):
        return ""
    settings = leaf.settings
    parts = [_title(leaf)]
    groups = settings.known("num_groups")
    parts += [plural(groups, "group")] if isinstance(groups, int) else []
    parts += [f"eps {eps}"] if (eps := _number(settings.known("eps"))) else []
    parts += ["not affine"] if False in (settings.known("affine"), settings.known("elementwise_affine")) else []
    return ", ".join(parts)


def _activation(leaf: Leaf) -> str:
    if leaf.kind is None or leaf.kind.name not in _activations():
        return ""
    told = [f"{name}={_number(value) or value}" for name, value in _of_note(leaf)]
    return f"{_title(leaf)}({', '.join(told)})" if told else _title(leaf)


@cache
def _activations() -> frozenset[str]:
    """Kinds that apply a function to each number, and the gates."""
    is_one = {
        name for name, kind in kinds.by_name().items() if kind.function is not None or Trait.ELEMENTWISE in kind.traits
    }
    return frozenset((is_one - {"identity"}) | {"glu", "prelu", "rrelu", "softmax", "log_softmax"})


def _of_note(leaf: Leaf) -> Iterator[tuple[str, Value]]:
    """Settings that have not their default and change what is computed."""
    for field in leaf.kind.fields if leaf.kind else ():
        value = leaf.settings.known(field.name)
        is_default = callable(field.default) or value == field.default or field.name in ("dim", "num_parameters")
        if not is_default and value is not UNKNOWN and field.effect is Effect.FUNCTION:
            yield field.name, value


def _recurrent(leaf: Leaf) -> str:
    settings = leaf.settings
    hidden = settings.known("hidden_size")
    if leaf.kind is None or leaf.kind.field("hidden_size") is None or not isinstance(hidden, int):
        return ""
    layers, both = settings.known("num_layers"), settings.known("bidirectional")
    depth = f", {layers} layers" if isinstance(layers, int) and layers > 1 else ""
    return f"{_title(leaf)}, hidden size {hidden}{depth}" + (", both directions" if both is True else "")


def _dropout(leaves: Iterable[Leaf], times: Times) -> str:
    """By class, with the range of the rates where these are many."""
    found: dict[str, Counter[float]] = {}
    for leaf in leaves:
        if leaf.has(Trait.DROPS) and (p := leaf.settings.share("p")) is not None:
            found.setdefault(_title(leaf), Counter())[p] += times(leaf.path)
        elif leaf.kind and leaf.kind.field("num_layers") and (p := leaf.settings.share("dropout")):
            found.setdefault(f"{_title(leaf)} dropout", Counter())[p] += times(leaf.path)
    told: list[str] = []
    for name, rates in found.items():
        if len(rates) > 3:
            told.append(f"{name} {min(rates):.2g} to {max(rates):.2g} ({sum(rates.values()):,})")
        else:
            told += [f"{name} {rate:g} ({count:,})" for rate, count in rates.most_common()]
    return listed(told, _MOST)


# Biases, weights


def _biases(leaves: Iterable[Leaf], times: Times) -> str:
    """Of each class with weights whether all, none or how many have one; named where only some names have."""
    having: dict[str, Counter[str]] = {}
    without: dict[str, Counter[str]] = {}
    for leaf in leaves:
        bias = leaf.settings.known("bias") if leaf.has(Trait.AFFINE_MAP) else UNKNOWN
        if isinstance(bias, bool):
            side = having if bias else without
            side.setdefault(_title(leaf), Counter())[leaf.path.rpartition(".")[2]] += times(leaf.path)
    titles = dict.fromkeys([*having, *without])
    told = {title: _share(having.get(title, Counter()), without.get(title, Counter())) for title in titles}
    if len(set(told.values())) == 1 and next(iter(told.values())) in ("all", "none"):
        return next(iter(told.values()))
    return ", ".join(f"{title} {each}" for title, each in told.items())


def _share(having: Counter[str], without: Counter[str]) -> str:
    if not having or not without:
        return "all" if having else "none"
    told = f"{having.total():,} of {having.total() + without.total():,}"
    names = sorted(having)
    is_telling = len(names) <= 4 and not any(name.isdecimal() for name in names) and not set(names) & set(without)
    return f"{told} ({', '.join(names)})" if is_telling else told


def _weighted(leaf: Leaf) -> str:
    if leaf.kind is None or leaf.traits & {Trait.NORMALIZES, Trait.REPARAMETRIZES}:
        return ""
    return _title(leaf) if leaf.has(Trait.AFFINE_MAP) or leaf.kind.has_parameters else ""


def _unknown(leaf: Leaf) -> str:
    """What the rows of layers do not count: it may be anything."""
    return leaf.layer.class_name if leaf.kind is None else ""


def _adapter(leaf: Leaf) -> str:
    settings: Mapping[str, Value] = leaf.settings.printed
    adapter = settings.get("adapter")
    if not isinstance(adapter, str) or adapter == "none":
        return ""
    rank = settings.get("lora_rank")
    return f"{adapter}, rank {rank}" if isinstance(rank, int) else adapter


# k-winners and sparse weights


def winner_rows(leaves: Sequence[Leaf], times: Times) -> Iterator[Row]:
    """How many win in each k-winner layer, and how many weights are not zero.

    Args:
        leaves: With their shapes.
        times: For how many layers each stands.
    """
    found = [leaf for leaf in leaves if leaf.has(Trait.PICKS_WINNERS)]
    if len(found) <= _MOST_WINNERS:
        for number, leaf in enumerate(found, 1):
            yield f"k-winners {number}" if len(found) > 1 else "k-winners", _winners(leaf)
    else:
        yield "k-winners", _counted(found, times, _winners)
    known = [leaf.settings.share("weight_density") for leaf in leaves if leaf.kind and leaf.kind.weight_rows]
    if all(share == 1 for share in known):
        yield "weights", "dense" if known and found else ""
    elif any(share not in (None, 1) for share in known):
        told = [f"{count} x {each}" if count > 1 else each for count, each in runs(map(_density, known))]
        yield "weights", ", ".join(told) if len(told) <= 2 * _MOST else ""


def _density(share: float | None) -> str:
    return "?" if share is None else "dense" if share == 1 else f"{percent(share)} non-zero"


def _winners(leaf: Leaf) -> str:
    """`k 4,767 of 50,176 (9.5 %), 7,150 in inference`."""
    won = leaf.winners
    if won is None or won.k is None:
        on = leaf.settings.share("percent_on")
        return f"{percent(on)} of its input" if on is not None else ""
    of = f" of {won.n:,} ({percent(won.k / won.n)})" if won.n else ""
    where = " at each place" if leaf.settings.known("local") is True else ""
    inference = f", {won.k_inference:,} in inference" if won.k_inference not in (None, won.k) else ""
    return f"k {won.k:,}{of}{where}{inference}"
