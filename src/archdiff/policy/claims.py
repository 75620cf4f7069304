"""What a paper says of its network, against the network that its authors print.

A spec `X.toml` beside a print `X.txt` holds claims in the paper's own terms and digits. A claim that the print does not
meet is a finding about the paper. Must not compare networks with each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.network import Layer, Recipe
from archdiff.model.outcome import LayerInfo, NetworkInfo
from archdiff.model.wording import did_you_mean
from archdiff.parse import toml

RULE: Final = "AD001"

_KEYS: Final = ("where", "page", "said")
_CLAIM_KEYS: Final = ("says", "of", "layer", "value")
_NUMBER = re.compile(r"([-+]?\d[\d,]*)(\.\d+)?(e[-+]?\d+)? ?(%|k|M)?$")
_UNITS: Final[dict[str, Fraction | int]] = {"%": 100, "k": Fraction(1, 1_000), "M": Fraction(1, 1_000_000)}


@dataclass(frozen=True, slots=True)
class Claim:
    """One number that a paper prints."""

    says: str  # the paper's word for it: "L1 F"
    of: str  # what is meant: "filters"
    layer: str  # "conv 1", a path, or "" for the whole network
    printed: str  # "9.5 %": its digits are its precision
    where: str  # "Table 3 (page 7)"
    source: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Actual:
    """The value that a network has for a claim; None where its text does not hold it."""

    value: Fraction | None
    because: str = ""  # "1200 of 12544"
    layer: LayerInfo | None = None


def read(document: toml.TomlFile) -> tuple[Claim, ...]:
    """Every claim of a spec, in the order of the file.

    Raises:
        ReadError: a claim in it makes no sense.
    """
    groups = document.values.get("claims", [])
    if not isinstance(groups, list):
        raise document.error("claims is not a list of tables: [[claims]]", ("claims",))
    return tuple(claim for index in range(len(groups)) for claim in _group(document, ("claims", index)))


def _group(document: toml.TomlFile, path: toml.Path) -> Iterator[Claim]:
    table = document.at(path)
    if (
        not isinstance(table, dict)
        or not isinstance(table.get("said"), list)
        or not isinstance(table.get("where"), str)
    ):
        raise document.error("claims without where or said", path, 'where = "Table 3", said = [{ ... }]')
    document.check_keys(path, _KEYS)
    where = f"{table['where']} (page {table['page']})" if "page" in table else table["where"]
    for index in range(len(table["said"])):
        yield _claim(document, (*path, "said", index), where)


def _claim(document: toml.TomlFile, path: toml.Path, where: str) -> Claim:
    table = document.at(path)
    if not isinstance(table, dict):
        raise document.error(
            "a claim is a table", path, '{ says = "L1 F", of = "filters", layer = "conv 1", value = "64" }'
        )
    document.check_keys(path, _CLAIM_KEYS)
    for key, value in table.items():
        if not isinstance(value, str):
            raise document.error(f"{key} is not a text in quotes", (*path, key), 'digits count: value = "10.0 %"')
    for key in ("says", "of", "value"):
        if key not in table:
            raise document.error(f"a claim without {key}", path)
    if not _NUMBER.match(table["value"]):
        raise document.error(f"'{table['value']}' is not a number as a paper prints it", (*path, "value"))
    if _quantity(table["of"]) is None:
        way_out = did_you_mean(table["of"], (*_QUANTITIES, "optimizer lr", "scheduler gamma"))
        raise document.error(f"nothing is called '{table['of']}'", (*path, "of"), way_out)
    layer = table.get("layer", "")
    return Claim(table["says"], table["of"], layer, table["value"], where, document.source, document.line(path))


# The claims against a network


def findings(
    claims: Sequence[Claim], reference: NetworkInfo, candidate: NetworkInfo | None = None
) -> Iterator[Finding]:
    """One for every claim that the paper's own network does not meet.

    All are UNKNOWN, for no text says which of the two the authors have run; none enters a verdict.

    Args:
        claims: those of a spec.
        reference: the network that the authors print.
        candidate: another one that may meet a claim which the reference does not.
    """
    both = [(network, list(network.layers)) for network in (reference, candidate) if network]
    for claim in claims:
        theirs, *ours = (actual(claim, network, layers) for network, layers in both)
        if theirs is None or not meets(claim, theirs.value):
            yield _finding(claim, theirs, ours[0] if ours else None)


def actual(claim: Claim, network: NetworkInfo, layers: Sequence[LayerInfo]) -> Actual | None:
    """The value of a network that a claim is about; None where there is no such layer."""
    quantity = _quantity(claim.of)
    assert quantity, "read has seen to it"
    if not claim.layer:
        return quantity(network, layers, None)
    index = _index(claim.layer, layers)
    return None if index is None else quantity(network, layers, index)


def meets(claim: Claim, value: Fraction | None) -> bool:
    """Whether a value prints as the paper prints it; either way to round a half will do."""
    if value is None:
        return False
    printed, digits, scale = _printed(claim.printed)
    if claim.of.startswith(("optimizer", "scheduler")):  # what is set and not actual is printed whole
        return value * scale == Fraction(printed)
    return any(_rounded(value * scale, digits, way) == printed for way in (ROUND_HALF_UP, ROUND_HALF_EVEN))


def _finding(claim: Claim, theirs: Actual | None, ours: Actual | None) -> Finding:
    claimed = f"{claim.where} of the paper prints {claim.printed} for {claim.says}"
    hints = ["about the paper, not about the network"]
    place = None
    if theirs is None:
        message = f"{claimed}, its own network has no {claim.layer}"
    elif theirs.value is None:
        message = f"{claimed}, the print of its network does not show it"
    else:
        own = _as_printed(claim, theirs.value)
        message = f"{claimed}, its own network has {own}" + (f" ({theirs.because})" if theirs.because else "")
        hints += _cut_off(claim, theirs.value)
        layer = theirs.layer
        place = Place(layer.path, layer.line, own, layer.class_name) if layer else Place("", 0, own)
    if ours and meets(claim, ours.value):
        hints.append("the candidate has what the paper prints")
    return Finding(RULE, Effect.UNKNOWN, message, "claim", None, place, claim.says, "; ".join(hints))


def _as_printed(claim: Claim, value: Fraction) -> str:
    """With as many digits as show the difference, in the paper's unit: 9.566 %."""
    _, digits, scale = _printed(claim.printed)
    unit = claim.printed[-1] if claim.printed[-1] in _UNITS else ""
    shown = _rounded(value * scale, digits + 2, ROUND_HALF_EVEN)
    text = f"{shown:,f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}{' ' if unit else ''}{unit}"


def _cut_off(claim: Claim, value: Fraction) -> list[str]:
    printed, digits, scale = _printed(claim.printed)
    return ["truncated, not rounded?"] if _rounded(value * scale, digits, ROUND_DOWN) == printed else []


def _printed(text: str) -> tuple[Decimal, int, Fraction | int]:
    """(number, digits behind the point, what a value is multiplied with to be in that unit)."""
    match = _NUMBER.match(text)
    assert match, "read has seen to it"
    number = Decimal(f"{match[1].replace(',', '')}{match[2] or ''}{match[3] or ''}")
    exponent = number.as_tuple().exponent
    return number, max(-exponent, 0) if isinstance(exponent, int) else 0, _UNITS.get(match[4] or "", 1)


def _rounded(value: Fraction, digits: int, way: str) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), way)


# What can be claimed

_Quantity = Callable[[NetworkInfo, Sequence[LayerInfo], int | None], Actual]


def _quantity(of: str) -> _Quantity | None:
    first, _, rest = of.partition(" ")
    if first in ("optimizer", "scheduler") and rest:
        return lambda network, _layers, _index: _of_recipe(network.recipe, first, rest)
    return _QUANTITIES.get(of)


def _index(word: str, layers: Sequence[LayerInfo]) -> int | None:
    """`conv 2` is the second layer of a kind that begins so; else it is a path."""
    kind, _, number = word.rpartition(" ")
    if kind and number.isdecimal():
        fits = [index for index, layer in enumerate(layers) if layer.kind == kind or layer.kind.startswith(f"{kind}_")]
        return fits[int(number) - 1] if 0 < int(number) <= len(fits) else None
    return next((index for index, layer in enumerate(layers) if layer.path == word), None)


def _behind(layers: Sequence[LayerInfo], index: int) -> Iterator[LayerInfo]:
    """What stands behind a layer, up to the next one with weights."""
    for layer in layers[index + 1 :]:
        if layer.has_weights:
            return
        yield layer


def _setting(name: str) -> _Quantity:
    def quantity(_network: NetworkInfo, layers: Sequence[LayerInfo], index: int | None) -> Actual:
        layer = layers[index] if index is not None else None
        return Actual(_number(layer.settings.get(name)) if layer else None, "", layer)

    return quantity


def _winners(_network: NetworkInfo, layers: Sequence[LayerInfo], index: int | None) -> Actual:
    winners = next((layer for layer in _behind(layers, index or 0) if layer.picks_winners), None)
    return Actual(_number(winners.k) if winners else Fraction(0), "", winners)


def _active(_network: NetworkInfo, layers: Sequence[LayerInfo], index: int | None) -> Actual:
    winners = next((layer for layer in _behind(layers, index or 0) if layer.picks_winners), None)
    if winners is None:
        return Actual(Fraction(1), "no k-winners", layers[index or 0])
    if winners.k is None or not winners.n:
        return Actual(None, "", winners)
    return Actual(Fraction(winners.k, winners.n), f"{winners.k} of {winners.n}", winners)


def _nonzero_weights(_network: NetworkInfo, layers: Sequence[LayerInfo], index: int | None) -> Actual:
    layer = layers[index or 0]
    return Actual(_number(layer.weight_density), "", layer)


def _count(name: str) -> _Quantity:
    def quantity(network: NetworkInfo, layers: Sequence[LayerInfo], index: int | None) -> Actual:
        layer = layers[index] if index is not None else None
        return Actual(_number(getattr(layer or network, name)), "", layer)

    return quantity


def _dropout(_network: NetworkInfo, layers: Sequence[LayerInfo], index: int | None) -> Actual:
    among = layers if index is None else list(_behind(layers, index))
    dropouts = [layer for layer in among if layer.kind.startswith("dropout")]
    values = {layer.settings.get("p") for layer in dropouts}
    if not dropouts:
        return Actual(Fraction(0), "no dropout")
    return Actual(_number(values.pop()) if len(values) == 1 else None, "", dropouts[0])


def _of_recipe(recipe: Recipe | None, which: str, name: str) -> Actual:
    """A setting of the printed optimizer (or its parameter groups) or scheduler, where all print the same."""
    printed: Sequence[Layer] = (
        () if recipe is None else recipe.optimizers if which == "optimizer" else recipe.schedulers
    )
    holders = [holder for layer in printed for holder in (layer, *layer.children)]
    values = {setting.value for holder in holders for setting in holder.settings if setting.name == name}
    return Actual(_number(values.pop()) if len(values) == 1 else None)


def _number(value: object) -> Fraction | None:
    """As it was printed: 0.1 is one tenth."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return Fraction(str(value)) if abs(value) < float("inf") else None


_QUANTITIES: Final[dict[str, _Quantity]] = {
    "filters": _setting("out_channels"),
    "units": _setting("out_features"),
    "winners": _winners,
    "active outputs": _active,
    "non-zero weights": _nonzero_weights,
    "parameters": _count("parameters"),
    "non-zero parameters": _count("nonzero_parameters"),
    "dropout": _dropout,
}
